#!/usr/bin/env bash
# uv 0.13.9: `--no-group lint` does not leave out the group `lint` where a selected group includes it.
#
# Expected: what is excluded by name is not installed, whoever includes it.
# Seen: `uv sync --group dev --no-group lint` installs what `lint` has, because `dev` includes it
# (`{ include-group = "lint" }`, PEP 735). Where `lint` is only a default group it is left out.
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

[dependency-groups]
lint = ["six==1.17.0"]
dev = ["idna==3.10", { include-group = "lint" }]

[tool.uv]
default-groups = ["lint"]
TOML

names() { "$uv" pip list --quiet --format freeze | tr '\n' ' '; }

"$uv" sync --quiet --no-group lint
excluded=$(names)
"$uv" sync --quiet --group dev --no-group lint
included=$(names)

echo "--no-group lint:             ${excluded:-nothing}"
echo "--group dev --no-group lint: $included"
[ -z "$excluded" ]
[ "$included" = "idna==3.10 six==1.17.0 " ]
