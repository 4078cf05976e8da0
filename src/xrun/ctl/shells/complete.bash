# xrun in bash: completion. Made by `xrunctl shell-init bash`.

_xrun_complete() {
    local program=${1##*/} line at
    # bash splits words at `=` and `:`; they are put together again.
    local -a words=()
    for ((at = 1; at <= COMP_CWORD; at++)); do
        local word=${COMP_WORDS[at]}
        if [[ $at -gt 1 && ( $word == [=:]* || ${COMP_WORDS[at - 1]} == *[=:] ) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
    done
    local begun=${words[${#words[@]} - 1]}
    local -a lines=()
    mapfile -t lines < <(xrunctl --complete "$program" "${words[@]}" 2>/dev/null)
    COMPREPLY=()
    for line in "${lines[@]}"; do
        case $line in
        ":command "*)
            local offset=${line#:command }
            if declare -F _comp_command_offset >/dev/null; then
                _comp_command_offset "$offset"
            elif declare -F _command_offset >/dev/null; then
                _command_offset "$offset"
            else
                compopt -o default 2>/dev/null
            fi
            return
            ;;
        :files) compopt -o default -o bashdefault 2>/dev/null ;;
        *)
            line=${line%%$'\t'*}
            # What stands before the last `=` or `:` is a word of its own to bash.
            [[ $begun == *[=:]* && $COMP_WORDBREAKS == *=* ]] && line=${line#"${begun%[=:]*}"?}
            COMPREPLY+=("$line")
            ;;
        esac
    done
    [[ ${#COMPREPLY[@]} -eq 0 ]] || compopt +o default 2>/dev/null
}
complete -F _xrun_complete xrun xrunctl
