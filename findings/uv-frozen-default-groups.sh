#!/usr/bin/env bash
# uv 0.13.9: with `--frozen --package`, `uv sync` and `uv run` select different default groups.
#
# Expected: `default-groups` is read from `pyproject.toml`, with `--frozen` too: that option says
# which versions count, and `uv sync`, `uv run` and `uv export` select the same.
# Seen: since 0.12.22 the lock file records a member's default groups, and of the three
# `uv sync --frozen --package part` alone goes by them; in the member's own folder, without
# `--package`, it goes by `pyproject.toml` as well. Nothing says so, and status is 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache

mkdir -p app/part
cd app
cat >pyproject.toml <<'TOML'
[tool.uv.workspace]
members = ["part"]
TOML
cat >part/pyproject.toml <<'TOML'
[project]
name = "part"
version = "1"
requires-python = ">=3.10"

[dependency-groups]
test = ["six==1.17.0"]
docs = ["idna==3.10"]

[tool.uv]
default-groups = ["test"]
TOML
"$uv" lock --quiet
sed -i 's/default-groups = \["test"\]/default-groups = ["docs"]/' part/pyproject.toml

names() { "$uv" pip list --quiet --format freeze | tr '\n' ' '; }

"$uv" sync --quiet --frozen --package part
synced=$(names)
"$uv" run --quiet --exact --frozen --package part true
run=$(names)
exported=$("$uv" export --quiet --frozen --package part --no-hashes --no-annotate --no-header | tr '\n' ' ')
(cd part && "$uv" sync --quiet --frozen)
inside=$(names)

echo "uv sync --frozen --package part:   $synced"
echo "uv run --frozen --package part:    $run"
echo "uv export --frozen --package part: $exported"
echo "uv sync --frozen in part:          $inside"
[ "$synced" = "six==1.17.0 " ]
[ "$run" = "idna==3.10 " ]
[ "$exported" = "idna==3.10 " ]
[ "$inside" = "idna==3.10 " ]
