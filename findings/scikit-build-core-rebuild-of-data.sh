#!/usr/bin/env bash
# scikit-build-core 1.1.2: a rebuild on import updates modules, and data files in a folder long gone.
#
# Expected: `editable.rebuild` brings a changed data file into the environment, as it does a module.
# Seen: CMake installs it into the temporary folder of the first build. That was deleted; each import
# makes it again and leaves it there. The environment keeps the old file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TMPDIR=$work/tmp
mkdir tmp
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3 \
  scikit-build-core==1.1.2 cmake==4.4.5 ninja==1.13.2
export PATH=$work/env/bin:$PATH

mkdir -p project/app
cd project
touch app/__init__.py
echo 'VALUE = 1' >version.py
echo 'old' >app.txt
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"

[build-system]
requires = ["scikit-build-core==1.1.2"]
build-backend = "scikit_build_core.build"

[tool.scikit-build]
build-dir = "build"
editable.rebuild = true
editable.verbose = false
TOML
cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.20)
project(app LANGUAGES NONE)
install(FILES version.py DESTINATION app)
install(FILES app.txt DESTINATION ${SKBUILD_DATA_DIR}/share/app)
CMAKE
python -m pip install --quiet --no-build-isolation -e .
before=$(find "$TMPDIR" -name app.txt | wc -l)
sleep 1  # CMake compares times
echo 'VALUE = 2' >version.py
echo 'new' >app.txt

cd "$work"
value=$(python -c 'from app.version import VALUE; print(VALUE)')
data=$(cat env/share/app/app.txt)
after=$(find "$TMPDIR" -path '*/wheel/data/share/app/app.txt' -exec cat {} +)
echo "after the import: VALUE $value; in the environment: $data; in a temporary folder: $after (before: $before)"
[ "$value $data $after $before" = "2 old new 0" ]
