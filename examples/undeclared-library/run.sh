#!/bin/sh
# The session of README.md, in a new folder: the one that is named, else one that is removed afterwards.
folder=${1:-$(mktemp -d)}
[ "$1" ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder" && cd "$folder" || exit 1
set -x
uv init -q app && cd app && uv sync -q
uv pip install -q requests                        # a try, then forgotten
uv run python -c 'import requests'                # works on this machine
uv run -q --isolated python -c 'import requests'  # in CI, or at a colleague's
xrun python -c 'import requests'
uv add -q requests
xrun python -c 'import requests'
