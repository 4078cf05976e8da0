#!/usr/bin/env bash
# uv 0.13.9: `uv pip install --group dev` installs nothing, status 0, where the group requires a newer Python.
#
# Expected: an error that names the group's `requires-python` (of `[tool.uv.dependency-groups]`), as for
# `uv sync --group dev`.
# Seen: all that the group has is left out, without a warning. So is it from what `uv pip compile --group dev`
# writes: a requirements file without a line, which then installs nothing anywhere.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
export PATH=$work/tools/bin:$PATH UV_CACHE_DIR=$work/cache UV_PYTHON_DOWNLOADS=never
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT

mkdir app
cd app
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"

[dependency-groups]
dev = ["six==1.17.0"]

[tool.uv.dependency-groups]
dev = { requires-python = ">=3.99" }
TOML
uv venv --quiet --python ../tools/bin/python

sync=0
uv sync --group dev --python ../tools/bin/python 2>problem || sync=$?
install=0
uv pip install --group dev >message 2>&1 || install=$?
uv pip compile --quiet --group dev >requirements.txt
installed=$(uv pip list --format freeze 2>/dev/null)

grep error: problem
echo "uv sync: $sync; uv pip install: $install, installed: ${installed:-nothing}, it says: $(cat message)"
[ "$sync" != 0 ]
grep -q 'from `tool.uv.dependency-groups.dev.requires-python`' problem
[ "$install" = 0 ]
[ -z "$installed" ]
[ "$(grep -ciE 'python|group|warning' message)" = 0 ]
[ "$(grep -vc '^#' requirements.txt)" = 0 ]
sed -i 's/>=3.99/>=3.10/' pyproject.toml
uv pip install --quiet --group dev
[ "$(uv pip list --format freeze)" = six==1.17.0 ]
