#!/usr/bin/env bash
# tox 4.67.15 with tox-uv 1.37.1, lock runner: to add a group takes others out of the environment.
#
# Expected: `dependency_groups = docs` adds the group "docs" to what the environment has without that
# line, as `uv sync --group docs` does.
# Seen: without the line tox-uv starts `uv sync --locked`, which installs the default groups ("dev");
# with it, `uv sync --locked --no-default-groups --group docs`, so that "dev" goes as "docs" comes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset UV_NO_DEV UV_NO_DEFAULT_GROUPS UV_NO_GROUP
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check tox==4.67.15 tox-uv==1.37.1 uv==0.13.9
export PATH=$work/tools/bin:$PATH
mkdir project
cd project
cat >pyproject.toml <<'X'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"

[dependency-groups]
dev = ["idna==3.7"]
docs = ["toml==0.10.2"]
X
cat >tox.ini <<'X'
[tox]
env_list = plain, docs
no_package = true

[testenv]
runner = uv-venv-lock-runner
commands = uv pip list --format freeze
allowlist_externals = uv

[testenv:docs]
dependency_groups = docs
X
uv lock --quiet
list() { tox -q -e "$1" 2>&1 | grep -oE '^(idna|toml)==[0-9.]+' | tr '\n' ' '; }
plain=$(list plain)
docs=$(list docs)
UV_PROJECT_ENVIRONMENT=$work/synced uv sync --quiet --locked --group docs
synced=$(uv pip list --python "$work/synced" --format freeze 2>/dev/null | tr '\n' ' ')

echo "tox, no dependency_groups:     $plain"
echo "tox, dependency_groups = docs: $docs"
echo "uv sync --group docs:          $synced"
[ "$plain" = "idna==3.7 " ]
[ "$docs" = "toml==0.10.2 " ]
[ "$synced" = "idna==3.7 toml==0.10.2 " ]
