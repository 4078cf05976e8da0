#!/usr/bin/env bash
# pyproject-fmt 2.30.6 with tox 4.67.15: after formatting, a plain `tox` fails that succeeded before.
#
# Expected: a formatter of `pyproject.toml` leaves alone what its order means, as this one does with indexes,
# tox's `commands`, pytest's `filterwarnings` and mypy's `overrides`.
# Seen: it sorts `env_list` of `[tool.tox]` by name, and that is the order in which tox (of the same makers)
# runs the environments: "report" now comes before "unit", whose result it reads.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pyproject-fmt==2.30.6 tox==4.67.15
export PATH=$work/tools/bin:$PATH
unset TOXENV TOX_SKIP_ENV

mkdir app
cd app
cat >pyproject.toml <<'TOML'
[tool.tox]
no_package = true
env_list = [ "unit", "report" ]
env.unit.commands = [ [ "python", "-c", "open('result', 'w').write('passed')" ] ]
env.report.commands = [ [ "python", "-c", "print('report:', open('result').read())" ] ]
TOML

before=0
tox run --quiet >first 2>&1 || before=$?
rm -f result
pyproject-fmt pyproject.toml >difference || true # 1: the file was changed
after=0
tox run --quiet >second 2>&1 || after=$?

grep env_list pyproject.toml
grep -E '^report' first second
echo "tox: $before, and $after once formatted"
[ "$before" = 0 ]
[ "$after" != 0 ]
grep -q 'env_list = \[ "report", "unit" \]' pyproject.toml
[ -e result ] # "unit" ran too, but later
