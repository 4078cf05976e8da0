#!/usr/bin/env bash
# watchfiles 1.3.0, uv 0.13.9: `watchfiles 'uv run python server.py'` on a terminal leaves the old server
# running at each reload.
#
# Expected: a change ends the server and starts the next one, as `watchfiles 'python server.py'` does.
# Seen: watchfiles sends SIGINT to the process that it started, which is uv. On a terminal uv takes
# that for a Ctrl-C, which the command would have got too, and does not forward it. So nothing ends;
# after `--sigint-timeout` uv gets a SIGKILL, the old server lives on without a parent, keeps its port,
# and the next one starts beside it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check watchfiles==1.3.0 uv==0.13.9
export UV_CACHE_DIR=$work/cache PATH=$work/tools/bin:$PATH

mkdir -p app/watched
cd app
printf '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10"\n' >pyproject.toml
cat >server.py <<'END'
import os, time

with open("started", "a") as file:
    file.write(f"{os.getpid()}\n")
time.sleep(60)
END
cat >reload.py <<'END'
"""Run watchfiles on a terminal, change a file, and say what became of the first server."""
import os, pathlib, pty, signal, sys, threading, time

started = pathlib.Path("started")
started.unlink(missing_ok=True)


def wait_for(count):
    for _ in range(600):
        pids = [int(line) for line in started.read_text().split()] if started.exists() else []
        if len(pids) >= count:
            return pids
        time.sleep(0.1)
    sys.exit(f"server {count} did not start")


def drain():
    try:
        while os.read(terminal, 1024):
            pass
    except OSError:
        pass


child, terminal = pty.fork()
if child == 0:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.execvp("watchfiles", ["watchfiles", "--sigint-timeout", "2", sys.argv[1], "watched"])
threading.Thread(target=drain, daemon=True).start()
wait_for(1)
time.sleep(2)  # watching begins after the start
pathlib.Path("watched/file").touch()
first, second = wait_for(2)
try:
    os.kill(first, 0)
    print("lives on")
except ProcessLookupError:
    print("has ended")
os.kill(child, signal.SIGKILL)
for pid in (first, second):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
END
uv sync --quiet

plain=$(python3 reload.py "python3 server.py")
behind=$(python3 reload.py "uv run python server.py")
echo "python3 server.py: the first server $plain"
echo "uv run python server.py: the first server $behind"
[ "$plain" = "has ended" ]
[ "$behind" = "lives on" ]
