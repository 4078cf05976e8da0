# xrun in fish: completion. Made by `xrunctl shell-init fish`.

function __xrun_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l program (path basename -- $words[1])
    for line in (xrunctl --complete $program $words[2..] 2>/dev/null)
        switch $line
            case ':command *'
                set -l offset (string replace ':command ' '' -- $line)
                complete -C (string join ' ' -- (string escape -- $words[(math $offset + 1)..-2]) $words[-1])
                return
            case :files
                __fish_complete_path (commandline -ct)
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c xrun -f -a '(__xrun_complete)'
complete -c xrunctl -f -a '(__xrun_complete)'
