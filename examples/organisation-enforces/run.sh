#!/bin/sh
# The session of README.md, in a new folder: the one that is named, else one that is removed afterwards.
folder=${1:-$(mktemp -d)}
[ "$1" ] || trap 'rm -rf "$folder"' EXIT
cp -R "$(dirname "$0")/." "$folder" && cd "$folder" && rm README.md run.sh || exit 1
set -x
export XDG_CONFIG_DIRS="$PWD/etc" && uv sync -q
xrunctl explain -- python -c 'print("sold")'
xrun python -c 'print("sold")'
xrunctl explain -- --inexact python -c 'print("sold")' | sed -n 1,4p
xrun --inexact python -c 'print("sold")'
xrunctl explain -- pip install six | sed -n 1,4p
