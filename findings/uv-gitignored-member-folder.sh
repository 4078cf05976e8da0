#!/usr/bin/env bash
# uv 0.13.9: a folder of a workspace's glob is skipped for `libs/old/*` in `.gitignore`, not for `libs/old/`.
#
# Expected: since 0.10.4 uv skips folders that hold git-ignored files alone (what is left of a member
# after a branch was switched: caches, build output). For git both lines ignore the same files.
# Seen: where `.gitignore` names the folder itself, every uv command of the workspace fails: the
# member "is missing a `pyproject.toml`". Where it names the folder's content, the folder is skipped.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache

mkdir -p app/libs/part app/libs/old/build
cd app
git init --quiet
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"

[tool.uv.workspace]
members = ["libs/*"]
TOML
cat >libs/part/pyproject.toml <<'TOML'
[project]
name = "part"
version = "1"
requires-python = ">=3.10"
TOML
touch libs/old/build/output.txt

try() {
    printf '%s\n' "$1" >.gitignore
    git check-ignore --quiet libs/old/build/output.txt
    status=0
    "$uv" lock --quiet 2>error.txt || status=$?
    echo "$1: git ignores it, uv lock ends with $status $(tr '\n' ' ' <error.txt)"
}

try "libs/old/*"
[ "$status" = 0 ]
try "libs/old/"
[ "$status" = 2 ]
grep -q 'missing a `pyproject.toml`' error.txt
