#!/usr/bin/env bash
# uv 0.13.9: a group that a member does not have is taken from the workspace root, without a word.
#
# Expected: `uv sync --package part --group docs` is an error where `part` has no group `docs`, as it
# is in a project that has none.
# Seen: what the root's `docs` has is installed beside the member, although the root itself, with all
# that it depends on, is not selected. Where the member has a group of that name too, the root's is
# not taken.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache

mkdir -p app/part app/other
cd app
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["packaging==25.0"]

[dependency-groups]
docs = ["six==1.17.0"]

[tool.uv.workspace]
members = ["part", "other"]
TOML
cat >part/pyproject.toml <<'TOML'
[project]
name = "part"
version = "1"
requires-python = ">=3.10"
dependencies = ["idna==3.10"]
TOML
cat >other/pyproject.toml <<'TOML'
[project]
name = "other"
version = "1"
requires-python = ">=3.10"

[dependency-groups]
docs = ["pluggy==1.6.0"]
TOML

names() { "$uv" pip list --quiet --format freeze | tr '\n' ' '; }

"$uv" sync --quiet --package part --group docs
lacking=$(names)
"$uv" sync --quiet --package other --group docs
having=$(names)

echo "--package part --group docs:  $lacking"
echo "--package other --group docs: $having"
[ "$lacking" = "idna==3.10 six==1.17.0 " ]
[ "$having" = "pluggy==1.6.0 " ]
