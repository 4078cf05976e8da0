#!/usr/bin/env bash
# uv 0.13.9: `uv run` fails after the command has succeeded, where its caller ignores SIGCHLD.
#
# Expected: the command's status. Who starts a process may ignore SIGCHLD (`trap '' CHLD` in a shell,
# a supervisor that does not wait for its children), and what is ignored stays so through an exec.
# Seen: the command runs to its end, then uv says "No child processes (os error 10)", status 2,
# because the kernel has thrown the command's status away. The command itself does not see why.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
export UV_CACHE_DIR=$work/cache PATH=$work/tools/bin:$PATH

mkdir app
cd app
printf '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10"\n' >pyproject.toml
uv sync --quiet

status=0
uv run sh -c 'echo ran' >plain 2>&1 || status=$?
ignored=0
bash -c "trap '' CHLD; exec uv run sh -c 'echo ran'" >output 2>&1 || ignored=$?

echo "SIGCHLD as usual: status $status: $(tr '\n' ' ' <plain)"
echo "SIGCHLD ignored:  status $ignored: $(tr '\n' ' ' <output)"
[ "$status" = 0 ]
[ "$ignored" = 2 ]
grep -qx ran output
grep -q "No child processes" output
