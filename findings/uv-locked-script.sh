#!/usr/bin/env bash
# uv 0.13.9: where the lock file of a script is out of date, `uv run --locked` names another file, and its
# hint does not help.
#
# Expected: it names `script.py.lock`, and `uv lock --script script.py`.
# Seen: "The lockfile at `uv.lock` needs to be updated", "To update the lockfile, run `uv lock`". There is
# no `uv.lock`, and `uv lock` fails where there is no project.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache

printf '# /// script\n# requires-python = ">=3.10"\n# dependencies = ["six==1.17.0"]\n# ///\n' >script.py
"$uv" lock --quiet --script script.py
sed -i 's/"six==1.17.0"/"six==1.17.0", "idna==3.10"/' script.py

status=0
"$uv" run --locked script.py 2>problem || status=$?
hint=0
"$uv" lock 2>/dev/null || hint=$?
"$uv" lock --quiet --script script.py
"$uv" run --quiet --locked script.py

cat problem
echo "uv run --locked: $status; uv lock: $hint; uv lock --script script.py: 0"
[ "$status" != 0 ]
[ "$hint" != 0 ]
grep -q 'at `uv.lock` needs to be updated' problem
grep -q 'run `uv lock`\.' problem
[ ! -e uv.lock ]
