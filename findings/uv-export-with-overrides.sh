#!/usr/bin/env bash
# uv 0.13.9 and pip 26.3: what `uv export` writes of a project with `override-dependencies`, pip refuses
# to install.
#
# Expected: an exported requirements.txt, all of it pinned, can be installed by any installer.
# Seen: pip resolves it again and finds the conflict that the override settled: ResolutionImpossible.
# (The file has no word of the override; `pip install --no-deps -r` takes it.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache

mkdir app
cd app
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["python-dateutil==2.9.0"]

[tool.uv]
override-dependencies = ["six==1.4.1"]
TOML

"$uv" export --quiet --no-hashes --no-emit-project --output-file requirements.txt
python3 -m venv fresh
fresh/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3
status=0
fresh/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt 2>problem || status=$?
fresh/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt

grep -v '^ *#' requirements.txt
grep ResolutionImpossible problem
echo "pip install -r: $status; with --no-deps: 0"
[ "$status" = 1 ]
