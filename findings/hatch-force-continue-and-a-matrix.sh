#!/usr/bin/env bash
# hatch 1.18.2: `hatch env run --force-continue` ends at the first environment of a matrix that has an error.
#
# Expected: "Run every command and if there were any errors exit with the first code" (its help): the commands
# of each environment of the matrix, as `tox` and `nox` go on with the next.
# Seen: every command of the first environment, then status 3; the second environment is not even made. A
# matrix of versions so shows one that fails, never whether others do.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check hatch==1.18.2 virtualenv==21.15.11
export PATH=$work/tools/bin:$PATH HATCH_DATA_DIR=$work/data HATCH_CACHE_DIR=$work/cache NO_COLOR=1
unset HATCH_ENV HATCH_ENV_ACTIVE

mkdir app
cd app
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"

[tool.hatch.envs.test]
detached = true
skip-install = true

[[tool.hatch.envs.test.matrix]]
number = ["1", "2"]

[tool.hatch.envs.test.scripts]
all = ["echo A of {matrix:number} >> ../ran && exit 3", "echo B of {matrix:number} >> ../ran"]
TOML

try() { # OPTION...: which commands ran
  : >../ran
  status=0
  hatch env run --env test "$@" -- all >../output 2>&1 || status=$?
  echo "$(paste -s -d , ../ran), status $status"
}
plain=$(try)
forced=$(try --force-continue)
sed -i 's/exit 3/exit 0/' pyproject.toml
passing=$(try --force-continue)

hatch env run --help | grep -A1 -e '--force-continue'
printf '%s\n' "without it: $plain" "with it: $forced" "with it, no error: $passing"
[ "$plain" = "A of 1, status 3" ]
[ "$forced" = "A of 1,B of 1, status 3" ]
[ "$passing" = "A of 1,B of 1,A of 2,B of 2, status 0" ]
