#!/usr/bin/env bash
# uv 0.13.9: where `uv.toml` lies beside `pyproject.toml`, uv warns that `constraint-dependencies` of
# `[tool.uv]` is ignored, and locks by it all the same.
#
# Expected: what uv says it ignores has no effect.
# Seen: "The following fields from `[tool.uv]` will be ignored in favor of the `uv.toml` file:
# - constraint-dependencies", and the lock file has the constraint, and the version that it allows.
# (The same for `override-dependencies`.)
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
dependencies = ["six"]

[tool.uv]
constraint-dependencies = ["six==1.15.0"]
TOML
echo 'resolution = "highest"' >uv.toml

"$uv" lock 2>warning
locked=$(grep -A1 '^name = "six"' uv.lock | tail -1)

grep -A2 'will be ignored' warning
echo "locked: six, $locked"
grep -q '^- constraint-dependencies$' warning
[ "$locked" = 'version = "1.15.0"' ]
