#!/usr/bin/env bash
# An extra that names its own project (`all = ["app[a]", "app[b]"]`): uv 0.13.9 and pip 25.3 take it,
# poetry 2.5.1 refuses the project, deptry 0.25.1 calls the project an unused dependency of itself.
#
# Expected: what installers take (pip since 21.2) the others take too: `poetry lock` locks both parts,
# and deptry, which reads extras, sees that "app" is the project that it looks at.
# Seen: "Package 'app[a]' is listed as a dependency of itself", without a lock file, for each poetry
# command that resolves; deptry reports DEP002 for "app".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export POETRY_VIRTUALENVS_IN_PROJECT=true POETRY_CACHE_DIR=$work/cache
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check \
  pip==25.3 uv==0.13.9 poetry==2.5.1 deptry==0.25.1 flit_core==3.12.0
mkdir project
cd project
cat >pyproject.toml <<'X'
[project]
name = "app"
version = "1"
description = "An example"
requires-python = ">=3.10"

[project.optional-dependencies]
a = ["idna==3.7"]
b = ["toml==0.10.2"]
all = ["app[a]", "app[b]"]

[build-system]
requires = ["flit_core==3.12.0"]
build-backend = "flit_core.buildapi"
X
printf 'import idna\nimport toml\n' >app.py

../tools/bin/uv lock --quiet
by_uv=$(../tools/bin/uv export --quiet --extra all --no-hashes --no-emit-project | grep -cE '^(idna|toml)==')
by_pip=$(../tools/bin/pip install --disable-pip-version-check --no-build-isolation --dry-run '.[all]' | grep -oE '(idna-3.7|toml-0.10.2)' | sort -u | wc -l)
status=0
by_poetry=$(../tools/bin/poetry lock --no-interaction 2>&1) || status=$?
by_deptry=$(../tools/bin/deptry --no-ansi . 2>&1) || true

echo "uv: $by_uv of 2, pip: $by_pip of 2"
echo "poetry lock: status $status; $(grep -i itself <<<"$by_poetry")"
echo "deptry: $(grep -om1 "DEP002.*" <<<"$by_deptry")"
[ "$by_uv" = 2 ]
[ "$by_pip" = 2 ]
[ "$status" = 1 ] && [ ! -e poetry.lock ]
grep -q "'app\[.\]' is listed as a dependency of itself" <<<"$by_poetry"
grep -q "'app' defined as a dependency but not used" <<<"$by_deptry"
