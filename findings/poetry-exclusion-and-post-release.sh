#!/usr/bin/env bash
# poetry 2.5.1: `part >=1.0,!=1.1` takes 1.1.post1 out too, and locks 1.0.
#
# Expected: `!=1.1` excludes 1.1 alone (version specifiers: `!=` is `==` negated, and `==1.1` does not match
# 1.1.post1). That is how a broken release is left out whose files were then mended as a post-release.
# pip 26.3, uv 0.13.9 and pdm 2.29.4 take 1.1.post1.
# Seen: the older 1.0, without a word. poetry makes the two `>=1.0,<1.1 || >1.1`, and `>1.1` does not match
# 1.1.post1 (a rule for a `>` that a requirement has).
set -euo pipefail
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
for tool in poetry==2.5.1 "pdm==2.29.4 hishel[httpx2]==1.4.0" "pip==26.3 uv==0.13.9"; do
  python3 -m venv "tools/${tool%%=*}"
  # shellcheck disable=SC2086
  "tools/${tool%%=*}/bin/pip" install --quiet --disable-pip-version-check $tool
done
export UV_CACHE_DIR=$work/cache PDM_CHECK_UPDATE=0 POETRY_VIRTUALENVS_IN_PROJECT=true POETRY_CACHE_DIR=$work/poetry

python3 - <<'PY'
import pathlib
import zipfile

folder = pathlib.Path("index/part")
folder.mkdir(parents=True)
for version in ("1.0", "1.1", "1.1.post1"):
    info = f"part-{version}.dist-info"
    with zipfile.ZipFile(folder / f"part-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: part\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
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
dependencies = ["part>=1.0,!=1.1"]

[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "local"
url = "$index"

[[tool.pdm.source]]
name = "pypi"
url = "$index"

[[tool.uv.index]]
url = "$index"
default = true
TOML
locked() { grep -A1 '^name = "part"' "$1" | sed -n 's/^version = "\(.*\)"/\1/p'; }
../tools/poetry/bin/poetry lock --quiet --no-interaction
../tools/pdm/bin/pdm lock --quiet >../log.pdm 2>&1
../tools/pip/bin/uv lock --quiet
by_pip=$(../tools/pip/bin/pip install --disable-pip-version-check --dry-run --index-url "$index" 'part>=1.0,!=1.1' | sed -n 's/^Would install part-//p')
seen="poetry $(locked poetry.lock), pdm $(locked pdm.lock), uv $(locked uv.lock), pip $by_pip"

echo "$seen"
[ "$seen" = "poetry 1.0, pdm 1.1.post1, uv 1.1.post1, pip 1.1.post1" ]
