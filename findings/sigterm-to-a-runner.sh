#!/usr/bin/env bash
# tox 4.67.15, just 1.59.0, nox 2026.10.20, invoke 3.0.3: a SIGTERM to the runner leaves its command
# running; poethepoet 0.49.0, taskipy 1.14.1 and uv 0.13.9 end it.
#
# Expected: tox and just end what they started, as on Ctrl-C; just's manual says that it forwards
# SIGTERM and waits, "to avoid leaving it behind".
# Seen: tox ends at once by the signal; just forwards it to the shell of the recipe's line, which ends
# without its command. That goes on without a parent. Supervisors, CI and `timeout` send SIGTERM, often
# to one process: what looks cancelled still writes and listens.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check \
  tox==4.67.15 rust-just==1.59.0 nox==2026.10.20 invoke==3.0.3 \
  poethepoet==0.49.0 taskipy==1.14.1 uv==0.13.9
export UV_CACHE_DIR=$work/cache PATH=$work/tools/bin:$PATH

cat >wait.py <<'END'
import os, time

with open("pid", "w") as file:
    file.write(f"{os.getpid()}\n")
time.sleep(60)
END
cat >pyproject.toml <<'END'
[tool.poe]
executor = "simple"
[tool.poe.tasks]
wait = "python3 wait.py"
[tool.taskipy.tasks]
wait = "python3 wait.py"
END
printf '[tox]\nno_package = true\n[testenv]\ncommands = python wait.py\n' >tox.ini
printf 'wait:\n    python3 wait.py && echo done\n' >justfile
printf 'import nox\n@nox.session(python=False)\ndef wait(s):\n    s.run("python3", "wait.py")\n' >noxfile.py
printf 'from invoke import task\n@task\ndef wait(c):\n    c.run("python3 wait.py")\n' >tasks.py

seen=
try() {
  rm -f pid
  "$@" >output 2>&1 </dev/null &
  local runner=$! command count=0
  until [ -s pid ] || [ $((count += 1)) = 600 ]; do sleep 0.1; done
  command=$(cat pid)
  sleep 1 # the runner waits for it
  kill -TERM "$runner"
  wait "$runner" || true
  sleep 1
  if kill -KILL "$command" 2>&-; then seen="$seen $1:lives"; else seen="$seen $1:ended"; fi
}
try tox run
try just wait
try nox -s wait
try invoke wait
try poe wait
try task wait
try uv run --no-project python3 wait.py

echo "$seen"
[ "$seen" = " tox:lives just:lives nox:lives invoke:lives poe:ended task:ended uv:ended" ]
