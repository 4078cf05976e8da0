#!/usr/bin/env bash
# uv 0.13.9: uninstalling what `setup.py develop` installed leaves its script, which no longer runs.
#
# Expected: `uv pip uninstall` takes the script with it, as pip 26.3 does.
# Seen: uv takes the .egg-link and the line in easy-install.pth, says "Uninstalled 1 package", and leaves
# bin/app. No tool can name its owner any more.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3 setuptools==65.5.0

mkdir -p project/app
cd project
echo 'def main(): print("ran")' >app/__init__.py
cat >setup.py <<'PYTHON'
from setuptools import setup

setup(name="app", version="1", packages=["app"], entry_points={"console_scripts": ["app=app:main"]})
PYTHON
develop() { ../env/bin/python -W ignore setup.py --quiet develop 2>/dev/null; }

develop
ran=$(../env/bin/app)
"$uv" pip uninstall --quiet --python ../env app
by_uv=$(ls ../env/bin | grep -cx app || true)
status=0
(cd / && "$work/env/bin/app") 2>/dev/null || status=$?
develop
../env/bin/python -m pip uninstall --quiet --yes app
by_pip=$(ls ../env/bin | grep -cx app || true)

echo "$ran; scripts left: by uv $by_uv (it ends with $status), by pip $by_pip"
[ "$ran $by_uv $status $by_pip" = "ran 1 1 0" ]
