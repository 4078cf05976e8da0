#!/bin/sh
# The session of README.md, in a new folder: the one that is named, else one that is removed afterwards.
folder=${1:-$(mktemp -d)}
[ "$1" ] || trap 'rm -rf "$folder"' EXIT
cp -R "$(dirname "$0")/." "$folder" && cd "$folder" && rm README.md run.sh || exit 1
set -x
cd shop && python3 make_wheels.py && uv sync -q
xrunctl explain -- python -c pass
xrunctl explain --project api -- python -c pass
xrun -q --project api python -c 'import checker, webframe'
xrunctl explain --project api -- python -c pass | sed -n 2,4p
echo 'packages = "all"' >> xrun.toml
xrunctl explain -- python -c pass | sed -n 2,4p
xrunctl explain --project web -- python -c pass | sed -n 2,4p
