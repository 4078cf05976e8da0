#!/usr/bin/env python3
"""Build two indexes (PEP 503) of stand-ins: torch for any machine, and torch for CUDA 12.8."""

from __future__ import annotations

import zipfile
from pathlib import Path

WHEEL = "Wheel-Version: 1.0\nGenerator: make_indexes\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
TORCH = "class version:\n    cuda = {!r}\n"


def build(index: str, name: str, version: str, text: str, requires: str = "") -> None:
    """Build a wheel of one module into the folder of an index, and the page that links to it."""
    folder = Path("indexes", index, name)
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    files = {
        f"{name}.py": text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": WHEEL,
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    file = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(folder / file, "w") as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)
    link = file.replace("+", "%2B")
    (folder / "index.html").write_text(f'<a href="{link}">{file}</a>\n', encoding="utf-8")


build("cpu", "torch", "2.9.1+cpu", TORCH.format(None))
build("cu128", "torch", "2.9.1+cu128", TORCH.format("12.8"))
