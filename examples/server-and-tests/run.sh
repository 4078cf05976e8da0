#!/bin/sh
# The session of README.md, in a new folder: the one that is named, else one that is removed afterwards.
folder=${1:-$(mktemp -d)}
[ "$1" ] || trap 'rm -rf "$folder"' EXIT
cp -R "$(dirname "$0")/." "$folder" && cd "$folder" && rm README.md run.sh || exit 1
set -x
cd app && uv sync -q && uv pip install -q six
XRUN_MODE=report xrun python server.py >server.log 2>&1 &
until grep -qs ready server.log; do sleep 1; done; xrun python -c 'print("the tests pass")'
kill $!; wait; cat server.log
xrun python -c 'print("the tests pass")'
