#!/bin/sh
# The session of README.md, in a new folder: the one that is named, else one that is removed afterwards.
folder=${1:-$(mktemp -d)}
[ "$1" ] || trap 'rm -rf "$folder"' EXIT
cp -R "$(dirname "$0")/." "$folder" && cd "$folder" && rm README.md run.sh || exit 1
set -x
python3 make_indexes.py
cd by-hand && uv sync -q
uv pip install -q --index "file://$PWD/../indexes/cu128" torch
uv run python -c 'import torch; print(torch.version.cuda)'
xrunctl check
uv add -q --index cu128=../indexes/cu128 torch==2.9.1+cu128
xrun python -c 'import torch; print(torch.version.cuda)'
xrunctl check
cd ../by-extra && uv sync -q --extra cu128
uv run python -c 'import torch; print(torch.version.cuda)'
uv sync -q --extra cu128
xrun python -c 'import torch; print(torch.version.cuda)'
xrunctl select --extra cu128
xrun python -c 'import torch; print(torch.version.cuda)'
xrunctl check
