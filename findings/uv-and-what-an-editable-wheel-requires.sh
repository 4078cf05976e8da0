#!/usr/bin/env bash
# uv 0.13.9: what an editable wheel itself requires is not installed (hatchling 1.33.0, dev-mode-exact).
#
# Expected: the METADATA of what is installed counts, as with pip 26.3: hatchling adds `editables` there,
# which its .pth file imports.
# Seen: uv takes the static dependencies of pyproject.toml. The project cannot be imported, each start of
# Python prints a traceback, `uv sync --check` says that all is well, and `uv pip check` that it is not.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache

mkdir -p project/app
cd project
touch app/__init__.py
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"

[build-system]
requires = ["hatchling==1.33.0"]
build-backend = "hatchling.build"

[tool.hatch.build]
dev-mode-exact = true
TOML

"$uv" sync --quiet
check=0 pip_check=0 by_uv=0 by_pip=0
"$uv" sync --quiet --check || check=$?
"$uv" pip check 2>incompatible || pip_check=$?
cd "$work"  # else the project is imported from the current folder
project/.venv/bin/python -c 'import app' 2>problem || by_uv=$?
python3 -m venv other
other/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3
other/bin/python -m pip install --quiet -e project
other/bin/python -c 'import app' || by_pip=$?

tail -1 project/incompatible
echo "import: by uv $by_uv, by pip $by_pip; uv sync --check: $check; uv pip check: $pip_check"
grep -q 'requires `editables' project/incompatible
grep -q "No module named 'editables'" problem
[ "$by_uv $by_pip $check $pip_check" = "1 0 0 1" ]
