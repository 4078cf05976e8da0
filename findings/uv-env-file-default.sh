#!/usr/bin/env bash
# uv 0.13.9: `${NAME:-default}` in a file for `--env-file` is empty where NAME is not set.
#
# Expected: the default, as shells, Docker Compose and python-dotenv take it; or an error.
# Seen: an empty value, without a warning. `${NAME}` alone is replaced.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target tools uv==0.13.9
uv=$work/tools/bin/uv
export UV_CACHE_DIR=$work/cache

python3 -m pip install --quiet --disable-pip-version-check --target other python-dotenv==1.1.1
cat >.env <<'DOTENV'
HOST=localhost
PORT=${PORT_THAT_IS_NOT_SET:-8000}
URL=http://${HOST}
DOTENV

by_uv=$("$uv" run --quiet --no-project --env-file .env sh -c 'echo "PORT=$PORT URL=$URL"')
cat >read.py <<'PY'
import dotenv

values = dotenv.dotenv_values(".env")
print("PORT={PORT} URL={URL}".format(**values))
PY
by_dotenv=$(PYTHONPATH=other python3 read.py)

echo "uv:            $by_uv"
echo "python-dotenv: $by_dotenv"
[ "$by_uv" = "PORT= URL=http://localhost" ]
[ "$by_dotenv" = "PORT=8000 URL=http://localhost" ]
