#!/bin/sh
# The session of README.md, in a new folder: the one that is named, else one that is removed afterwards.
folder=${1:-$(mktemp -d)}
[ "$1" ] || trap 'rm -rf "$folder"' EXIT
cp -R "$(dirname "$0")/." "$folder" && cd "$folder" && rm README.md run.sh || exit 1
set -x
python3 make_indexes.py
cd train && uv sync -q --extra cpu
xrun python -c 'import torch; print(torch.version.cuda)'
xrunctl select --extra cu128
xrunctl explain -- python -c 'import torch; print(torch.version.cuda)'
xrun python -c 'import torch; print(torch.version.cuda)'
xrun python -c 'import torch; print(torch.version.cuda)'
