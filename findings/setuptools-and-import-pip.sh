#!/usr/bin/env bash
# setuptools 84.2.1 with pip 26.3, Python 3.10 and 3.11: `import pip` takes away the distutils that
# setuptools brought. (Not so in Python 3.12 and newer, which have no other.)
#
# Expected: once setuptools is imported, `distutils` is its own, whatever is imported besides.
# Seen: `import setuptools, distutils` gives `setuptools._distutils`. `import setuptools, pip,
# distutils` gives the standard library's, and warns that "Setuptools is replacing distutils", which
# it has just stopped to do. What was imported from it before stays setuptools': one process then has
# classes of two distutils.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset SETUPTOOLS_USE_DISTUTILS
python3 -c 'import sys; assert sys.version_info < (3, 12), sys.version'
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3 setuptools==84.2.1

locate() {
    env/bin/python -W ignore - "$@" <<'PY'
import importlib, sys

for name in sys.argv[1:]:
    importlib.import_module(name)
import distutils

is_setuptools = "setuptools" in distutils.__file__
print("setuptools' distutils" if is_setuptools else "the standard library's distutils")
PY
}
alone=$(locate setuptools)
beside=$(locate setuptools pip)
warning=$(env/bin/python -c 'import setuptools, pip' 2>&1)

echo "import setuptools: $alone"
echo "import setuptools, pip: $beside"
echo "$warning" | grep -o 'Setuptools is replacing distutils'
[ "$alone" = "setuptools' distutils" ]
[ "$beside" = "the standard library's distutils" ]
