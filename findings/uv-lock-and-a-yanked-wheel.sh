#!/usr/bin/env bash
# uv 0.13.9: where one wheel of a release is yanked, `uv sync` installs that one; `uv pip install` does not.
#
# Expected: the other wheel, by both. A yanked file is ignored where one that is not meets the request
# (PEP 592, which yanks single files too: a rebuild that came out broken, say), as pip 26.3 has it.
# Seen: the lock file has both wheels and no word of the yank, and the higher build number wins. No warning.
# What `uv export` makes of it takes the yanked file to pip as well.
set -euo pipefail
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pip==26.3 uv==0.13.9
export PATH=$work/tools/bin:$PATH UV_CACHE_DIR=$work/cache PIP_NO_CACHE_DIR=1
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT

python3 - <<'PY'
import hashlib
import pathlib
import zipfile

folder = pathlib.Path("index/part")
folder.mkdir(parents=True)
info = "part-1.1.dist-info"
page = "<!DOCTYPE html><html><body>"
for build, yanked in (("", ""), ("-2", ' data-yanked="broken"')):
    path = folder / f"part-1.1{build}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("part.py", f"FILE = '{path.name}'\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: part\nVersion: 1.1\n")
        number = f"Build: {build[1:]}\n" if build else ""
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\n{number}Root-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*wheel.namelist(), f"{info}/RECORD"]))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    page += f'<a href="{path.name}#sha256={digest}"{yanked}>{path.name}</a>'
(folder / "index.html").write_text(page + "</body></html>")
PY
python3 -u -m http.server --bind 127.0.0.1 --directory index 0 >log 2>&1 &
server=$!
for _ in $(seq 100); do grep -q 'port [0-9]' log && break || sleep 0.1; done
index=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\).*/\1/p' log | head -1)/

mkdir app
cd app
cat >pyproject.toml <<TOML
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["part>=1"]

[[tool.uv.index]]
url = "$index"
default = true
TOML
in_use() { .venv/bin/python -c 'import part; print(part.FILE)'; }

uv sync --quiet
by_sync=$(in_use)
uv venv --quiet --clear
uv pip install --quiet 'part>=1'
by_uv_pip=$(in_use)
uv venv --quiet --clear
pip --python .venv/bin/python install --quiet --disable-pip-version-check --index-url "$index" 'part>=1'
by_pip=$(in_use)
uv export --quiet --no-emit-project --format pylock.toml --output-file pylock.toml
uv venv --quiet --clear
pip --python .venv/bin/python install --quiet --disable-pip-version-check -r pylock.toml 2>/dev/null
by_export=$(in_use)

printf '%s\n' "uv sync: $by_sync" "uv pip install: $by_uv_pip" "pip install: $by_pip" "pip, of uv's pylock.toml: $by_export"
[ "$by_sync" = part-1.1-2-py3-none-any.whl ]
[ "$by_uv_pip" = part-1.1-py3-none-any.whl ]
[ "$by_pip" = part-1.1-py3-none-any.whl ]
[ "$by_export" = part-1.1-2-py3-none-any.whl ]
! grep -qi yanked uv.lock pylock.toml
