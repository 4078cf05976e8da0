
# A typed `uv run ...` goes to xrun, with what stands before `run`; all else goes to uv.
uv() {
    local -a before=()
    while [ $# -gt 0 ]; do
        case $1 in
        run)
            shift
            command xrun "${before[@]}" "$@"
            return
            ;;
        --directory | --project | --cache-dir | --config-file | --color | --allow-insecure-host)
            before+=("$1")
            [ $# -gt 1 ] && shift && before+=("$1")
            ;;
        -*) before+=("$1") ;;
        *) break ;;
        esac
        shift
    done
    command uv "${before[@]}" "$@"
}
