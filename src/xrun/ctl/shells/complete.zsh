# xrun in zsh: completion. Made by `xrunctl shell-init zsh`.

_xrun_complete() {
    local -a lines described
    local line offset
    lines=("${(@f)$(xrunctl --complete ${service:-xrun} "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    for line in $lines; do
        case $line in
        ':command '*)
            offset=${line#:command }
            shift $offset words
            ((CURRENT -= offset))
            _normal
            return
            ;;
        :files) ;;
        *) described+=("${${line%%$'\t'*}//:/\\:}${${(M)line%%$'\t'*}:+:${line#*$'\t'}}") ;;
        esac
    done
    (($#described)) && _describe -V ${service:-xrun} described && return
    ((${lines[(Ie):files]})) && _files
}
if (($+functions[compdef])); then
    compdef _xrun_complete xrun xrunctl
else # before `compinit`: it is there once the first prompt is
    _xrun_defer() {
        (($+functions[compdef])) || { autoload -Uz compinit && compinit; }
        compdef _xrun_complete xrun xrunctl
        add-zsh-hook -d precmd _xrun_defer
        unfunction _xrun_defer
    }
    autoload -Uz add-zsh-hook && add-zsh-hook precmd _xrun_defer
fi
