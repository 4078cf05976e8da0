#!/usr/bin/env bash
# uv 0.13.9: the preview feature "detect-module-conflicts" looks only at what one command installs.
#
# Expected: where two distributions of a project have the same file, uv warns whenever it installs
# one of them over the other.
# Seen: `uv add PyJWT`, then `uv add jwt`, which writes over `jwt/__init__.py`: no warning, nor in any
# `uv sync` after it. `uv sync` of the same lock file into a new environment warns: "The file ... is
# provided by more than one package, which causes an install race condition".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache NO_COLOR=1
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT

mkdir app
cd app
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = []

[tool.uv]
preview-features = ["detect-module-conflicts"]
TOML

"$uv" add pyjwt==2.10.1 2>first
before=$(sha256sum .venv/lib/python3*/site-packages/jwt/__init__.py | cut -d' ' -f1)
"$uv" add jwt==1.3.1 2>second
after=$(sha256sum .venv/lib/python3*/site-packages/jwt/__init__.py | cut -d' ' -f1)
"$uv" sync 2>third
rm -rf .venv
"$uv" sync 2>fresh

warning='is provided by more than one package'
echo "two adds and a sync: $(cat first second third | grep -c "$warning") warnings"
echo "a sync into a new environment: $(grep "$warning" fresh)"
[ "$before" != "$after" ]
[ "$(cat first second third | grep -c "$warning")" = 0 ]
grep -q "$warning" fresh
