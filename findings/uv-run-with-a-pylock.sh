#!/usr/bin/env bash
# uv 0.13.9: `uv run --with-requirements pylock.toml` runs without what the file has, as if the option was not
# there. So do `uv tool run` and `uv tool install`.
#
# Expected: as `uv pip install -r pylock.toml`, or an error, as `uv add -r` and `uv pip compile` give for such a
# file.
# Seen: status 0, no warning, nothing installed; with the requirements.txt of the same project it is there.
# (Where the command fails for a missing module, it fails as if the lock file lacked it.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
export PATH=$work/tools/bin:$PATH UV_CACHE_DIR=$work/cache UV_PYTHON=$work/tools/bin/python
export UV_TOOL_DIR=$work/uv-tools UV_TOOL_BIN_DIR=$work/uv-bin
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT

mkdir app
cat >app/pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["six==1.17.0"]
TOML
for format in pylock.toml requirements.txt; do
  uv export --quiet --project app --no-emit-project --format $format --output-file $format
done
cat >find.py <<'PY'
import importlib.util

print("found" if importlib.util.find_spec("six") else "missing")
PY

status=0
by_run=$(uv run --with-requirements pylock.toml find.py 2>message) || status=$?
by_tool_run=$(uv tool run --quiet --from iniconfig==2.1.0 --with-requirements pylock.toml python find.py)
uv tool install --quiet pyflakes==3.4.0 --with-requirements pylock.toml
by_tool_install=$(uv-tools/pyflakes/bin/python find.py)
by_requirements=$(uv run --quiet --with-requirements requirements.txt find.py)
uv venv --quiet env
uv pip install --quiet --python env/bin/python -r pylock.toml
by_pip_install=$(env/bin/python find.py)

printf '%s\n' "uv run: $by_run, status $status, it says: $(cat message)" "uv tool run: $by_tool_run" \
  "uv tool install: $by_tool_install" "uv run with requirements.txt: $by_requirements" "uv pip install: $by_pip_install"
[ "$by_run $by_tool_run $by_tool_install" = "missing missing missing" ]
[ "$status" = 0 ]
[ ! -s message ]
[ "$by_requirements $by_pip_install" = "found found" ]
