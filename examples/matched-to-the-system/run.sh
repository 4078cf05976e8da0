#!/bin/sh
# The session of README.md, in a new folder: the one that is named, else one that is removed afterwards.
folder=${1:-$(mktemp -d)}
[ "$1" ] || trap 'rm -rf "$folder"' EXIT
cp -R "$(dirname "$0")/." "$folder" && cd "$folder" && rm README.md run.sh || exit 1
set -x
python3 make_wheels.py
uv sync -q
uv pip install -q gdal==3.6.2 plotter
uv run python -c 'from osgeo import gdal; print(gdal.VersionInfo())'
uv pip install -q gdal==3.6.2
xrun python -c 'from osgeo import gdal; print(gdal.VersionInfo())'
xrunctl check
xrunctl why gdal
echo 'until = 2025-01-01' >> xrun.toml
xrun python -c 'from osgeo import gdal; print(gdal.VersionInfo())'
