#!/usr/bin/env bash
# pex 2.105.2: a package of a pylock.toml whose `requires-python` the interpreter does not meet is left out,
# and the PEX is built without it, status 0.
#
# Expected: "If `packages.requires-python` is specified, check if it is satisfied; an error MUST be raised if
# it isn't" (specification of pylock.toml, "Installation"). Only a marker leaves a package out.
# Seen: no error, no warning; the PEX fails where the module is imported. pip 26.3 and uv 0.13.9 refuse the
# file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pex==2.105.2 pip==26.3 uv==0.13.9
export UV_CACHE_DIR=$work/cache PEX_ROOT=$work/pex

python3 - <<'PY'
import hashlib
import pathlib
import sys
import zipfile

newer = f">={sys.version_info[0]}.{sys.version_info[1] + 1}"
lock = 'lock-version = "1.0"\ncreated-by = "an example"\n'
for name, requires in (("any", ">=3.8"), ("newer", newer)):
    file = pathlib.Path(f"{name}_part-1-py3-none-any.whl")
    info = f"{name}_part-1.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}-part\nVersion: 1\nRequires-Python: {requires}\n"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr(f"{name}_part.py", "")
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{name}_part.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    lock += f"""
[[packages]]
name = "{name}-part"
version = "1"
requires-python = "{requires}"
wheels = [{{ path = "{file}", hashes = {{ sha256 = "{digest}" }} }}]
"""
pathlib.Path("pylock.toml").write_text(lock)
PY
status() {
  local status=0
  "$@" >output 2>&1 || status=$?
  echo "$status"
}
python3 -m venv env
by_pip=$(status tools/bin/pip --python env/bin/python install --disable-pip-version-check -r pylock.toml)
grep -i 'python.*newer-part' output
by_uv=$(status tools/bin/uv pip install --quiet --python env -r pylock.toml)
grep -i 'newer-part' output
by_pex=$(status tools/bin/pex --pylock pylock.toml --output-file app.pex)
said=$(cat output)
any=$(status ./app.pex -c 'import any_part')
newer=$(status ./app.pex -c 'import newer_part')
grep 'ModuleNotFoundError' output

echo "pip: $by_pip; uv: $by_uv; pex: $by_pex, says '$said'; in the PEX: any-part $any, newer-part $newer"
[ "$by_pip" != 0 ] && [ "$by_uv" != 0 ]
[ "$by_pex $any $newer" = "0 0 1" ]
[ "$said" = app.pex ]
