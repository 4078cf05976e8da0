#!/usr/bin/env bash
# uv_build 0.13.6: a dependency for `python_version >= '3.15'` is not one on Python 3.15.0rc1.
#
# Expected: METADATA has the marker as it stands in `pyproject.toml`, or one that means the same.
# `python_version` is "3.15" on a release candidate of 3.15 ('.'.join(platform.python_version_tuple()[:2])).
# Seen: uv_build writes `python_full_version >= '3.15'`, and 3.15.0rc1 comes before 3.15. So what goes by
# the standard (pip, by way of packaging 26.4) leaves the dependency out on alphas, betas and candidates.
# The wheel by hatchling 1.33.0 is right. (`uv export` writes markers so too; uv itself drops the "rc1".)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check \
  build==1.6.1 uv_build==0.13.6 hatchling==1.33.0 packaging==26.4
export PATH=$work/tools/bin:$PATH

for backend in uv_build hatchling.build; do
  mkdir -p "$backend/src/app"
  touch "$backend/src/app/__init__.py"
  cat >"$backend/pyproject.toml" <<TOML
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["six; python_version >= '3.15'"]

[build-system]
requires = ["${backend%.*}"]
build-backend = "$backend"
TOML
  python -m build --no-isolation --wheel --outdir "$backend/dist" "$backend" >/dev/null
done
required() { # BACKEND PYTHON: is the dependency one on that Python?
  python - "$1" "$2" <<'PY'
import pathlib
import sys
import zipfile

from packaging.metadata import Metadata

backend, python = sys.argv[1:]
(path,) = pathlib.Path(backend, "dist").glob("*.whl")
wheel = zipfile.ZipFile(path)
metadata = Metadata.from_email(wheel.read("app-1.dist-info/METADATA"), validate=False)
(requirement,) = metadata.requires_dist
print(f"{backend}: {requirement}", file=sys.stderr)
environment = {"python_version": ".".join(python.split(".")[:2]), "python_full_version": python}
print(requirement.marker.evaluate(environment))
PY
}
seen=
for python in 3.14.0 3.15.0rc1 3.15.0; do
  seen="$seen $python: $(required hatchling.build $python) $(required uv_build $python);"
done

echo "hatchling, uv_build:$seen"
[ "$seen" = " 3.14.0: False False; 3.15.0rc1: True False; 3.15.0: True True;" ]
