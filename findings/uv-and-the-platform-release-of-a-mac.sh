#!/usr/bin/env bash
# uv 0.13.9: on a Mac (`platform_release` is "25.1.0" on macOS 26) what requires `platform_release >= "9.0"`
# is not installed, and what requires `platform_release < "9.0"` is.
#
# Expected: 25.1.0 is newer than 9.0. Where both sides are versions they are compared as such (specification
# of dependency specifiers, "Version | String", with the example `platform_release >= "12"`), as pip 26.3 does.
# Seen: uv compares the strings, "2" with "9". Seven requirements of pyobjc 12.2.2 have that marker.
# (No Mac is needed: `sitecustomize` lets the environment's Python answer as one.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pip==26.3 uv==0.13.9
export PATH=$work/tools/bin:$PATH UV_CACHE_DIR=$work/cache
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT

python3 - <<'PY'
import pathlib
import zipfile

pathlib.Path("wheels").mkdir()
for name in ("mac", "newer", "older"):
    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(f"wheels/{name}-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
PY
cat >requirements.txt <<'TXT'
mac; platform_release == "25.1.0"
newer; platform_release >= "9.0"
older; platform_release < "9.0"
TXT
installed_by() { # COMMAND...: what it brings into a new environment of the Mac
  rm -rf env
  python3 -m venv --without-pip env
  packages=$(env/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  echo 'import platform; platform.release = lambda: "25.1.0"' >"$packages/sitecustomize.py"
  "$@" --quiet --no-index --find-links wheels -r requirements.txt
  (cd "$packages" && echo *.dist-info)
}
by_pip=$(installed_by pip --disable-pip-version-check --python env/bin/python install)
by_uv=$(installed_by uv pip install --python env/bin/python)

printf '%s\n' "pip: $by_pip" "uv: $by_uv"
[ "$by_pip" = "mac-1.dist-info newer-1.dist-info" ]
[ "$by_uv" = "mac-1.dist-info older-1.dist-info" ]
