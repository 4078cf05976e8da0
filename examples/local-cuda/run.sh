#!/bin/sh
# The session of README.md, in a folder of its own that is removed afterwards.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$(dirname "$0")/." "$folder" && cd "$folder" && rm README.md run.sh || exit 1
set -x
python3 make_indexes.py
cd train && uv sync -q --extra cpu
xrun python -c 'import torch; print(torch.version.cuda)'
xrunctl select --extra cu128
xrunctl explain -- python -c 'import torch; print(torch.version.cuda)'
xrun python -c 'import torch; print(torch.version.cuda)'
xrun python -c 'import torch; print(torch.version.cuda)'
