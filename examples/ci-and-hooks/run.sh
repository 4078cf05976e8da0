#!/bin/sh
# The session of README.md, in a new folder: the one that is named, else one that is removed afterwards.
folder=${1:-$(mktemp -d)}
[ "$1" ] || trap 'rm -rf "$folder"' EXIT
cp -R "$(dirname "$0")/." "$folder" && cd "$folder" && rm README.md run.sh || exit 1
set -x
cd shop && uv sync -q
xrunctl explain -- python -c pass
CI=true xrunctl explain -- python -c pass
PRE_COMMIT=1 xrunctl explain -- python -c pass
xrunctl explain -- .venv/bin/pip install six | sed -n 1,4p
CI=true xrunctl explain --output-format json -- python -c pass | grep -E '"(clean|matches|why_not)"'
