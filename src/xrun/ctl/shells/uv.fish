
# A typed `uv run ...` goes to xrun, with what stands before `run`; all else goes to uv.
function uv --wraps uv
    set -l before
    set -l rest $argv
    while set -q rest[1]
        switch $rest[1]
            case run
                set -e rest[1]
                command xrun $before $rest
                return
            case --directory --project --cache-dir --config-file --color --allow-insecure-host
                set -a before $rest[1]
                set -e rest[1]
                set -q rest[1]; or break
            case '-*'
            case '*'
                break
        end
        set -a before $rest[1]
        set -e rest[1]
    end
    command uv $argv
end
