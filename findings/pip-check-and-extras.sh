#!/usr/bin/env bash
# pip 26.3, uv 0.13.9: `pip check` and `uv pip check` find nothing wrong where what a requested extra needs is
# missing; pipdeptree 4.2.15 with `--warn fail` neither.
#
# Expected: "app" requires `part[fast]`, and the extra "fast" of "part" requires "speed". Once "speed" is
# uninstalled, a check of "installed packages [that] have compatible dependencies" names it.
# Seen: "No broken requirements found.", "All installed packages are compatible", status 0; and the installers
# of the same two tools say that "speed" would have to be installed for "app", which is there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pip==26.3 uv==0.13.9 pipdeptree==4.2.15
export PATH=$work/tools/bin:$PATH UV_CACHE_DIR=$work/cache PIP_DISABLE_PIP_VERSION_CHECK=1 NO_COLOR=1
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT

python3 - <<'PY'
import pathlib
import zipfile

pathlib.Path("wheels").mkdir()
for name, fields in {
    "app": "Requires-Dist: part[fast]\n",
    "part": "Provides-Extra: fast\nRequires-Dist: speed; extra == 'fast'\n",
    "speed": "",
}.items():
    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(f"wheels/{name}-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{fields}")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
PY
python3 -m venv --without-pip env
pip --python env/bin/python install --quiet --no-index --find-links wheels app
pip --python env/bin/python uninstall --quiet --yes speed

by_pip=0 by_uv=0 by_pipdeptree=0
pip --python env/bin/python check || by_pip=$?
uv pip check --python env/bin/python 2>&1 || by_uv=$?
pipdeptree --python env/bin/python --warn fail || by_pipdeptree=$?
missing_for_pip=$(pip --python env/bin/python install --dry-run --no-index --find-links wheels app | grep Would)
missing_for_uv=$(uv pip install --python env/bin/python --dry-run --no-index --find-links wheels app 2>&1 | grep +)

echo "status of the checks: pip $by_pip, uv $by_uv, pipdeptree $by_pipdeptree"
printf '%s\n' "pip install --dry-run: $missing_for_pip" "uv pip install --dry-run: $missing_for_uv"
[ "$by_pip $by_uv $by_pipdeptree" = "0 0 0" ]
[ "$missing_for_pip" = "Would install speed-1" ]
[ "$missing_for_uv" = " + speed==1" ]
pip --python env/bin/python uninstall --quiet --yes part # what is required without an extra, they see
! pip --python env/bin/python check
