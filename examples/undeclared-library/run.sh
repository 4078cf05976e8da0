#!/bin/sh
# The session of README.md, in a folder of its own that is removed afterwards.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
set -x
uv init -q app && cd app && uv add -q pip
uv run pip install -q requests
uv run python -c 'import requests'
xrun python -c 'import requests'
uv add -q requests
xrun python -c 'import requests'
