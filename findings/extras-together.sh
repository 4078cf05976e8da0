#!/usr/bin/env bash
# pip 26.3, uv 0.13.9, pdm 2.29.4, poetry 2.5.1: what `part[a,b]` installs of one wheel. Three results.
#
# Expected: `extra == "name"` asks whether the name is among all extras requested of the package, and
# `extra != "name"` whether it is not (the specification of dependency specifiers, "Defined environment
# marker fields": "the full set of requested extras").
# Seen: pip and uv evaluate each marker once for each extra and take what holds for one of them: "both" is
# missing (`extra == "a" and extra == "b"`), "only-a" and "only-b" come (`extra == "a" and extra != "b"`).
# poetry takes whatever names a requested extra by `==`, all three here, and never "without-a"
# (`extra != "a"`), not even for plain `part`. pdm is right but for "without-a".
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

part = """Provides-Extra: a
Provides-Extra: b
Requires-Dist: both; extra == "a" and extra == "b"
Requires-Dist: only-a; extra == "a" and extra != "b"
Requires-Dist: only-b; extra == "b" and extra != "a"
Requires-Dist: without-a; extra != "a"
"""
for name in ("part", "both", "only-a", "only-b", "without-a"):
    folder = pathlib.Path("index", name)
    folder.mkdir(parents=True)
    file = name.replace("-", "_")
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{part if name == 'part' else ''}"
    with zipfile.ZipFile(folder / f"{file}-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{file}-1.dist-info/METADATA", metadata)
        wheel.writestr(f"{file}-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{file}-1.dist-info/RECORD", f"{file}-1.dist-info/RECORD,,\n")
PY
python3 -u -m http.server --bind 127.0.0.1 --directory index 0 >log 2>&1 &
server=$!
for _ in $(seq 100); do grep -q 'port [0-9]' log && break || sleep 0.1; done
index=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\).*/\1/p' log | head -1)/

locked() { sed -n 's/^name = "\(.*\)"/\1/p' "$1" | grep -vxE 'app|part' | sort -u | tr '\n' ' '; }
try() { # REQUIREMENT
  mkdir "$1"
  cd "$1"
  cat >pyproject.toml <<TOML
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["$1"]

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
  ../tools/poetry/bin/poetry lock --quiet --no-interaction
  ../tools/pdm/bin/pdm lock --quiet >../log.pdm 2>&1
  ../tools/pip/bin/uv lock --quiet
  ../tools/pip/bin/pip install --quiet --disable-pip-version-check --dry-run --index-url "$index" "$1" --report report.json
  by_pip=$(python3 -c 'import json; print(*sorted(i["metadata"]["name"] for i in json.load(open("report.json"))["install"] if i["metadata"]["name"] != "part"), "")')
  echo "$1: pip ${by_pip}| uv $(locked uv.lock)| pdm $(locked pdm.lock)| poetry $(locked poetry.lock)"
  cd ..
}
try 'part' | tee -a seen
try 'part[a]' | tee -a seen
try 'part[a,b]' | tee -a seen
diff seen - <<'END'
part: pip without-a | uv without-a | pdm without-a | poetry 
part[a]: pip only-a without-a | uv only-a without-a | pdm only-a without-a | poetry both only-a 
part[a,b]: pip only-a only-b without-a | uv only-a only-b without-a | pdm both without-a | poetry both only-a only-b 
END
