#!/usr/bin/env bash
# `.env` files: with poethepoet 0.49.0, tox 4.67.15, honcho 2.0.0 and pipenv 2026.10.3 the file wins over
# a variable that is set; with uv 0.13.9 and just 1.59.0 the variable wins.
#
# Expected: the environment wins, so that `V=x tool ...` and CI's variables override a file of defaults.
# Seen: as above; the same line gives another value by another runner.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check \
  poethepoet==0.49.0 tox==4.67.15 honcho==2.0.0 pipenv==2026.10.3 rust-just==1.59.0 uv==0.13.9
export PATH=$work/tools/bin:$PATH UV_CACHE_DIR=$work/cache PIPENV_VENV_IN_PROJECT=1 PIPENV_PIPFILE=$work/Pipfile

echo V=file >.env
printf '[tool.poe]\nexecutor = "simple"\n[tool.poe.tasks.show]\nshell = "echo $V"\nenvfile = ".env"\n' >pyproject.toml
printf '[tox]\nno_package = true\n[testenv]\nallowlist_externals = *\npass_env = V\nset_env = file|.env\ncommands = sh -c "echo seen: $V"\n' >tox.ini
printf 'show: sh -c "echo seen: $V"\n' >Procfile
printf 'set dotenv-load\nshow:\n    @echo $V\n' >justfile
touch Pipfile

export V=environment
seen="poe:$(poe -q show)"
seen="$seen tox:$(tox -q 2>/dev/null | sed -n 's/^seen: //p')"
seen="$seen honcho:$(honcho start 2>&1 | sed -n 's/.*seen: //p')"
seen="$seen pipenv:$(pipenv run sh -c 'echo $V' 2>/dev/null)"
seen="$seen uv:$(uv run --quiet --no-project --env-file .env sh -c 'echo $V')"
seen="$seen just:$(just show)"

echo "$seen"
[ "$seen" = "poe:file tox:file honcho:file pipenv:file uv:environment just:environment" ]
