#!/usr/bin/env bash
# uv_build 0.13.6: a file that git ignores goes into the wheel; hatchling 1.33.0 leaves it out.
#
# Expected: what `.gitignore` names (a local settings file, say) is not published, whichever of the two
# is the build backend.
# Seen: uv_build takes all files below the module but `__pycache__` and its like, and does not read
# `.gitignore`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv_build==0.13.6 hatchling==1.33.0 build==1.3.0
export PATH=$work/tools/bin:$PATH

make_project() {
  mkdir -p "$1/src/app"
  cd "$1"
  git init --quiet
  echo local.ini >.gitignore
  echo token >src/app/local.ini
  touch src/app/__init__.py
  printf '[project]\nname = "app"\nversion = "1"\n[build-system]\nrequires = []\nbuild-backend = "%s"\n' "$2" >pyproject.toml
  python -m build --wheel --no-isolation --skip-dependency-check . >output 2>&1
  python3 -m zipfile --list dist/*.whl | grep -c local.ini || true
  cd ..
}
by_uv=$(make_project one uv_build)
by_hatchling=$(make_project two hatchling.build)

echo "ignored files in the wheel: uv_build $by_uv, hatchling $by_hatchling"
[ "$by_uv" = 1 ]
[ "$by_hatchling" = 0 ]
