#!/usr/bin/env bash
# uv 0.13.9: with its preview `lockfile-format-check`, `--check` refuses a lock file in which one name
# is quoted otherwise, and accepts one with blank lines or a comment that uv would never write.
#
# Expected: what is not written as uv writes it is refused ("Rejects non-canonical lockfile formatting
# when using `--locked` or `--check`", uv's documentation).
# Seen: `name = 'six'` ends with 1, "has non-canonical formatting at line N"; a blank line and a comment
# end with 0, and stay.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache UV_PREVIEW_FEATURES=lockfile-format-check

mkdir app
cd app
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["six==1.17.0"]
TOML
"$uv" lock --quiet
cp uv.lock canonical

check() {  # after a change: the status of `uv lock --check`
    cp canonical uv.lock
    sed -i "$1" uv.lock
    cmp -s canonical uv.lock && { echo "nothing was changed"; exit 1; }
    status=0
    "$uv" lock --check 2>said || status=$?
    echo "$2: $status $(grep -o 'non-canonical formatting at line [0-9]*' said || true)"
}

check "s/^name = \"six\"/name = 'six'/" "single quotes"
[ "$status" = 1 ] && grep -q 'non-canonical formatting' said
check '/^\[\[package\]\]/i\\' "a blank line more"
[ "$status" = 0 ]
check '/^requires-python/a # by hand' "a comment"
[ "$status" = 0 ]
"$uv" lock --quiet
grep '# by hand' uv.lock
