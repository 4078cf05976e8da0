#!/usr/bin/env bash
# uv 0.13.9: a wheel file that is a path source and was built again: `uv lock --check` says 0, sync fails.
#
# Expected: `uv lock --check` ends with 1, because the lock file's hash is no longer the file's, and
# `uv lock --refresh` writes the new one.
# Seen: `uv lock --check`, `uv lock` and `uv lock --refresh` end with 0 and leave the old hash, and
# each sync fails with "Hash mismatch", whose hint names only who depends on it. What helps is
# `uv lock --upgrade-package NAME`, although there is no other version.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache

mkdir -p app part/src/part
cat >part/pyproject.toml <<'TOML'
[project]
name = "part"
version = "1"
requires-python = ">=3.10"

[build-system]
requires = ["uv_build>=0.13,<0.14"]
build-backend = "uv_build"
TOML
cat >app/pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["part"]

[tool.uv.sources]
part = { path = "wheels/part-1-py3-none-any.whl" }
TOML
build() {
    echo "WHICH = $1" >part/src/part/__init__.py
    "$uv" build --quiet --wheel --out-dir app/wheels part
}

build 1
"$uv" sync --quiet --project app
build 2
cd app
for words in "lock --check" "lock" "lock --refresh" "sync" "lock --upgrade-package part" "sync"; do
    status=0
    # shellcheck disable=SC2086
    "$uv" $words --quiet 2>error.txt || status=$?
    echo "uv $words: $status $(grep -o 'Hash mismatch' error.txt || true)"
    seen="${seen:-}$status"
done
[ "$seen" = 000100 ]
