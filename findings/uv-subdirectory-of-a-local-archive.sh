#!/usr/bin/env bash
# uv 0.13.9: `subdirectory` of an archive is not heeded where the archive is a local file: uv installs the
# project of the archive's root in its place, status 0.
#
# Expected: the project in that folder, as from the same archive behind `http:`, and as pip 26.3 does
# (`NAME @ file:///repo.tar.gz#subdirectory=DIR`; pylock.toml: "Build the package, respecting
# `packages.archive.subdirectory`").
# Seen: version 9 of the root, where version 1 lies in the folder named; for a requirement and for a
# pylock.toml, which then gives different packages by uv and by pip. Where the root is no project, uv
# fails ("does not appear to be a Python project"), so also on what `pip freeze` writes.
set -euo pipefail
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pip==26.3 uv==0.13.9
export UV_CACHE_DIR=$work/cache

project() { # FOLDER VERSION
  mkdir -p "$1"
  echo "VERSION = $2" >"$1/part.py"
  cat >"$1/pyproject.toml" <<TOML
[project]
name = "part"
version = "$2"
description = "An example"

[build-system]
requires = ["flit_core==4.2.0"]
build-backend = "flit_core.buildapi"
TOML
}
project repo 9
project repo/old 1
mkdir files
tar -czf files/repo.tar.gz repo
python3 -u -m http.server --bind 127.0.0.1 --directory files 0 >log 2>&1 &
server=$!
for _ in $(seq 100); do grep -q 'port [0-9]' log && break || sleep 0.1; done
port=$(sed -n 's/.* port \([0-9]*\).*/\1/p' log)
local="part @ file://$work/files/repo.tar.gz#subdirectory=old"
remote="part @ http://127.0.0.1:$port/repo.tar.gz#subdirectory=old"
cat >pylock.toml <<TOML
lock-version = "1.0"
created-by = "an example"

[[packages]]
name = "part"
archive = { path = "files/repo.tar.gz", subdirectory = "old", hashes = { sha256 = "$(sha256sum files/repo.tar.gz | cut -d' ' -f1)" } }
TOML

seen=
try() { # NAME TOOL [ARGUMENTS]
  python3 -m venv --clear --without-pip env
  case $2 in
    uv) tools/bin/uv pip install --quiet --python env "${@:3}" ;;
    pip) tools/bin/pip --python env/bin/python install --quiet --disable-pip-version-check "${@:3}" 2>&1 | grep -v WARNING || true ;;
  esac
  seen="$seen $1:$(env/bin/python -c 'import part; print(part.VERSION)')"
}
try pip-file pip "$local"
try pip-pylock pip -r pylock.toml
try uv-http uv "$remote"
try uv-file uv "$local"
try uv-pylock uv -r pylock.toml

echo "version:$seen"
[ "$seen" = " pip-file:1 pip-pylock:1 uv-http:1 uv-file:9 uv-pylock:9" ]
