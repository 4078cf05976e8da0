#!/usr/bin/env bash
# uv 0.13.9: where a file for `--env-file` sets a name twice, the first line counts.
#
# Expected: the last one, as for shells, Docker Compose and python-dotenv; and as uv's documentation has it
# for two files ("subsequent files overriding values defined in previous files").
# Seen: a line that was added at the end to override one above has no effect, without a warning.
# poethepoet 0.49.0, just 1.59.0, honcho 2.0.0, tox 4.67.15 and pipenv 2026.10.3 take the last. (just, too,
# leaves a variable alone that the environment sets: it is not that rule.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check \
  uv==0.13.9 poethepoet==0.49.0 rust-just==1.59.0 honcho==2.0.0 tox==4.67.15 pipenv==2026.10.3
export PATH=$work/tools/bin:$PATH UV_CACHE_DIR=$work/cache PIPENV_VENV_IN_PROJECT=1 PIPENV_PIPFILE=$work/Pipfile
unset LEVEL UV_ENV_FILE UV_NO_ENV_FILE

printf 'LEVEL=first\nLEVEL=last\n' >.env
printf '[tool.poe]\nexecutor = "simple"\n[tool.poe.tasks.show]\nshell = "echo $LEVEL"\nenvfile = ".env"\n' >pyproject.toml
printf '[tox]\nno_package = true\n[testenv]\nallowlist_externals = *\nset_env = file|.env\ncommands = sh -c "echo seen: $LEVEL"\n' >tox.ini
printf 'set dotenv-load\nshow:\n    @echo $LEVEL\n' >justfile
touch Pipfile
echo 'LEVEL=first' >one.env
echo 'LEVEL=last' >two.env

seen="sh:$(. ./.env && echo "$LEVEL")"
seen="$seen poe:$(poe -q show)"
seen="$seen just:$(just show)"
seen="$seen honcho:$(honcho run sh -c 'echo $LEVEL')"
seen="$seen tox:$(tox -q 2>/dev/null | sed -n 's/^seen: //p')"
seen="$seen pipenv:$(pipenv run sh -c 'echo $LEVEL' 2>/dev/null)"
seen="$seen uv-two-files:$(uv run --quiet --no-project --env-file one.env --env-file two.env sh -c 'echo $LEVEL')"
seen="$seen uv:$(uv run --no-project --env-file .env sh -c 'echo $LEVEL' 2>said)"

echo "$seen"
cat said
[ ! -s said ]
[ "$seen" = "sh:last poe:last just:last honcho:last tox:last pipenv:last uv-two-files:last uv:first" ]
