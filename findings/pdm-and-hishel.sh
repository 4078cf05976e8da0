#!/usr/bin/env bash
# pdm 2.29.4 with hishel 2.0.0: no command that asks an index works. pdm allows that hishel (>=1.4.0).
#
# Expected: a fresh `pip install pdm==2.29.4` works, whenever it is made.
# Seen: "module 'hishel' has no attribute 'SyncSqliteStorage'" from `pdm lock`. With hishel 1.4.0 (what
# `pdm[locked]` brings) the same project is locked.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
install() { tools/bin/pip install --quiet --disable-pip-version-check "$@"; }
install pdm==2.29.4 'hishel[httpx2]==2.0.0'
export PDM_CHECK_UPDATE=0
mkdir app
cd app
printf '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["six==1.17.0"]\n' >pyproject.toml
../tools/bin/pip check >/dev/null # pdm's own requirements are met

status=0
../tools/bin/pdm lock >problem 2>&1 || status=$?
(cd .. && install 'hishel[httpx2]==1.4.0')
../tools/bin/pdm lock >/dev/null 2>&1

grep AttributeError problem
echo "pdm lock: $status with hishel 2.0.0, 0 with 1.4.0"
[ "$status" = 1 ]
grep -q "no attribute 'SyncSqliteStorage'" problem
