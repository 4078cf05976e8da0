#!/usr/bin/env python3
"""Build stand-ins into `wheels`, a flat index: what the members of the workspace declare."""

from __future__ import annotations

import zipfile
from pathlib import Path

FOLDER = Path("wheels")
WHEEL = "Wheel-Version: 1.0\nGenerator: make_wheels\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build(name: str) -> None:
    """Build a wheel of one empty module."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": WHEEL,
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(FOLDER / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)


FOLDER.mkdir(exist_ok=True)
for distribution in ("checker", "jobqueue", "webframe"):
    build(distribution)
