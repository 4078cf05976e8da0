#!/usr/bin/env bash
# uv 0.13.9: `uv add` of a distribution that `exclude-dependencies` names succeeds without a word: the
# requirement is written, and is neither locked nor installed.
#
# Expected: an error or a warning, as `uv add` fails where what it writes cannot be resolved; or the
# distribution is there afterwards.
# Seen: status 0, "Resolved 1 package"; `dependencies` has "idna==3.10", the lock file has no such
# package, `uv lock --check` agrees, and the import fails.
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
dependencies = []

[tool.uv]
exclude-dependencies = ["idna"]
TOML

"$uv" add idna==3.10 2>said && status=0 || status=$?
sed 's/^/uv add: /' said
echo "status: $status"
grep -A1 '^dependencies = \[' pyproject.toml
"$uv" lock --check 2>/dev/null && echo 'uv lock --check: 0'
imported=$("$uv" run python -c 'import idna' 2>&1 | tail -1) || true
echo "$imported"

[ "$status" = 0 ]
! grep -qi 'warning\|exclu' said
grep -q '"idna==3.10"' pyproject.toml
! grep -q '^name = "idna"' uv.lock
[ "$imported" = "ModuleNotFoundError: No module named 'idna'" ]
