#!/usr/bin/env bash
# hatchling 1.33.0: in `license-files`, `licenses/**/*.txt` does not match `licenses/a.txt`: the licence is
# missing from the wheel, without a word.
#
# Expected: `**` is any number of folders, also none and several (the specification of glob patterns, whose
# reference is `glob(pattern, recursive=True)`; build tools "MUST include all files matched"), as
# flit_core 4.2.0, pdm-backend 2.5.0, setuptools 84.2.1, poetry-core 2.5.0 and uv_build 0.13.6 take it.
# Seen: `**` is exactly one folder. `licenses/a.txt` and `licenses/b/c/c.txt` are neither in the wheel nor in
# its METADATA, `licenses/b/b.txt` is in both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check build==1.6.1 \
  hatchling==1.33.0 flit_core==4.2.0 pdm-backend==2.5.0 setuptools==84.2.1 poetry-core==2.5.0 uv_build==0.13.6
export PATH=$work/tools/bin:$PATH

licences() { # WHEEL: those that METADATA names; fails where one is not in the wheel
  python - "$1" <<'PY'
import email
import sys
import zipfile

wheel = zipfile.ZipFile(sys.argv[1])
metadata = email.message_from_bytes(wheel.read("app-1.dist-info/METADATA"))
named = metadata.get_all("License-File", [])
packed = [name for name in wheel.namelist() if "/licenses/licenses/" in name and name.endswith(".txt")]
assert sorted(packed) == sorted(f"app-1.dist-info/licenses/{name}" for name in named), (packed, named)
print(*sorted(name.removeprefix("licenses/") for name in named))
PY
}
for backend in hatchling.build flit_core.buildapi pdm.backend setuptools.build_meta poetry.core.masonry.api uv_build; do
  mkdir -p "$backend/src/app" "$backend/licenses/b/c"
  echo '"""An example."""' >"$backend/src/app/__init__.py"
  for file in a b/b b/c/c; do echo text >"$backend/licenses/$file.txt"; done
  cat >"$backend/pyproject.toml" <<TOML
[project]
name = "app"
version = "1"
description = "An example"
license = "MIT"
license-files = ["licenses/**/*.txt"]

[build-system]
requires = []
build-backend = "$backend"
TOML
  python -m build --no-isolation --skip-dependency-check --wheel --outdir "$backend/dist" "$backend" >log 2>&1
  found=$(licences "$backend"/dist/*.whl)
  echo "$backend: $found"
  case $backend in
    hatchling.build) [ "$found" = "b/b.txt" ] ;;
    *) [ "$found" = "a.txt b/b.txt b/c/c.txt" ] ;;
  esac
done
