#!/usr/bin/env bash
# tox 4.67.15, invoke 3.0.3: a command that SIGTERM ends gives status 241; poethepoet 0.49.0,
# just 1.59.0 and uv 0.13.9 give 143.
#
# Expected: 143 (128 + 15) from each, as shells give it; CI and supervisors tell a killed job by it.
# Seen: the two hand on Python's -15, of which the lowest eight bits are 241. So a job that ran out of
# memory (SIGKILL) ends with 247 and not with 137.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check \
  tox==4.67.15 invoke==3.0.3 poethepoet==0.49.0 rust-just==1.59.0 uv==0.13.9
export UV_CACHE_DIR=$work/cache

printf '#!/bin/sh\nkill -TERM $$\n' >end.sh
chmod +x end.sh
printf '[tox]\nno_package = true\n[testenv]\nallowlist_externals = *\ncommands = ./end.sh\n' >tox.ini
printf 'from invoke import task\n@task\ndef end(c):\n    c.run("./end.sh")\n' >tasks.py
printf '[tool.poe]\nexecutor = "simple"\n[tool.poe.tasks]\nend = "./end.sh"\n' >pyproject.toml
printf 'end:\n    ./end.sh\n' >justfile

seen=
try() {
  local status=0
  "$@" >output 2>&1 || status=$?
  seen="$seen $1:$status"
}
export PATH=$work/tools/bin:$PATH
try tox run
try invoke end
try poe end
try just end
try uv run --no-project ./end.sh

echo "$seen"
[ "$seen" = " tox:241 invoke:241 poe:143 just:143 uv:143" ]
