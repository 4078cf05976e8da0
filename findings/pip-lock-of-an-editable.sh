#!/usr/bin/env bash
# pip 26.3: `pip lock -e .` writes a pylock.toml that `pip install -r` refuses.
#
# Expected: pip installs what it locked (both are experimental, and say so).
# Seen: "The editable requirement ... cannot be installed when requiring hashes, because there is no
# single file to hash." uv 0.13.9 installs the same file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache

python3 -m venv fresh
fresh/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3
mkdir -p app/src/app
cd app
touch src/app/__init__.py
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
description = "An example."
requires-python = ">=3.10"
dependencies = ["six==1.17.0"]

[build-system]
requires = ["flit_core==3.12.0"]
build-backend = "flit_core.buildapi"

[tool.flit.module]
name = "app"
TOML

../fresh/bin/python -m pip lock --quiet -e . -o pylock.toml 2>/dev/null
status=0
../fresh/bin/python -m pip install --quiet -r pylock.toml 2>problem || status=$?
"$uv" venv --quiet
"$uv" pip sync --quiet pylock.toml
by_uv=$("$uv" pip list --quiet --format freeze | tr '\n' ' ')

grep '^ERROR' problem
echo "pip install -r: $status; uv pip sync: $by_uv"
[ "$status" = 1 ]
grep -q 'cannot be installed when requiring hashes' problem
[[ $by_uv == *"six==1.17.0 " ]]
