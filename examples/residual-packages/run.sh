#!/bin/sh
# The session of README.md, in a new folder: the one that is named, else one that is removed afterwards.
folder=${1:-$(mktemp -d)}
[ "$1" ] || trap 'rm -rf "$folder"' EXIT
cp -R "$(dirname "$0")/." "$folder" && cd "$folder" && rm README.md run.sh || exit 1
set -x
uv sync -q --group dev
uv run tox list
xrunctl check | cut -c 1-100
xrunctl why tox
xrun tox list
xrunctl restore --list | head -n 3
xrunctl restore tox
xrun tox list
xrunctl check
