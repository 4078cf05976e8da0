#!/usr/bin/env python3
"""Build stand-ins into `wheels`, a flat index: two versions of GDAL's bindings, and a library."""

from __future__ import annotations

import zipfile
from pathlib import Path

FOLDER = Path("wheels")
WHEEL = "Wheel-Version: 1.0\nGenerator: make_wheels\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build(name: str, version: str, module: str, text: str) -> None:
    """Build a wheel of one module."""
    info = f"{name}-{version}.dist-info"
    files = {
        module: text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": WHEEL,
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(FOLDER / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)


FOLDER.mkdir(exist_ok=True)
build("gdal", "3.6.2", "osgeo/gdal.py", 'def VersionInfo():\n    return "3060200"\n')
build("gdal", "3.12.1", "osgeo/gdal.py", 'def VersionInfo():\n    return "3120100"\n')
build("plotter", "1.0", "plotter.py", "")
