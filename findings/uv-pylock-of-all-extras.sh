#!/usr/bin/env bash
# uv 0.13.9: `uv export --format pylock.toml --all-extras --all-groups` writes a file whose plain install
# brings every extra and group.
#
# Expected: a lock file for several uses (PEP 751): `extras`, `dependency-groups`, and a marker at each
# package that only one of them has, as pdm 2.29 writes it.
# Seen: no such keys and no markers. `uv pip sync pylock.toml` installs what only `dev` and `x` have.
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
dependencies = ["six==1.17.0"]

[project.optional-dependencies]
x = ["idna==3.10"]

[dependency-groups]
dev = ["iniconfig==2.1.0"]
TOML

"$uv" export --quiet --all-extras --all-groups --format pylock.toml --output-file pylock.toml
"$uv" venv --quiet
"$uv" pip sync --quiet pylock.toml
installed=$("$uv" pip list --quiet --format freeze | tr '\n' ' ')

echo "installed from pylock.toml: $installed"
grep -E '^(extras|dependency-groups)|^marker' pylock.toml || echo "no extras, no groups, no markers"
[ "$installed" = "idna==3.10 iniconfig==2.1.0 six==1.17.0 " ]
! grep -qE '^(extras|dependency-groups)|^marker' pylock.toml
