"""Real wheels, built by hand: a folder of them is an index that needs no network.

The same description always gives the same bytes, so that hashes in a lock file hold.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PERMISSIONS = 0o644 << 16
_WHEEL = "Wheel-Version: 1.0\nGenerator: xrun-tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True)
class Wheel:
    """One distribution to build; without `modules` it has one package of its own name."""

    name: str
    version: str = "1.0"
    requires: tuple[str, ...] = ()
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """Name and version as they stand in file names."""
        return f"{self.name.replace('-', '_')}-{self.version}"

    @property
    def filename(self) -> str:
        """The name of the wheel file."""
        return f"{self.stem}-py3-none-any.whl"

    def build(self, folder: Path) -> Path:
        """Write the wheel into `folder` and return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.filename
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in _with_record(self._files(), self.stem):
                info = zipfile.ZipInfo(name, _EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = _PERMISSIONS
                archive.writestr(info, content)
        return path

    def _files(self) -> dict[str, str]:
        package = self.name.replace("-", "_")
        default = {f"{package}/__init__.py": f'__version__ = "{self.version}"\n'}
        files = dict(self.modules) or default
        files[f"{self.stem}.dist-info/METADATA"] = self._metadata()
        files[f"{self.stem}.dist-info/WHEEL"] = _WHEEL
        if self.scripts:
            lines = [f"{name} = {target}\n" for name, target in sorted(self.scripts.items())]
            entry_points = "[console_scripts]\n" + "".join(lines)
            files[f"{self.stem}.dist-info/entry_points.txt"] = entry_points
        return files

    def _metadata(self) -> str:
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in self.requires]
        for extra, requirements in sorted(self.extras.items()):
            lines.append(f"Provides-Extra: {extra}")
            lines += [f'Requires-Dist: {each}; extra == "{extra}"' for each in requirements]
        return "\n".join(lines) + "\n"


def _with_record(files: Mapping[str, str], stem: str) -> list[tuple[str, bytes]]:
    """The files in order, encoded, with the RECORD that lists them last."""
    encoded = [(name, files[name].encode()) for name in sorted(files)]
    lines = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in encoded]
    record = f"{stem}.dist-info/RECORD"
    lines.append(f"{record},,")
    return [*encoded, (record, ("\n".join(lines) + "\n").encode())]


def _digest(content: bytes) -> str:
    """The hash of `content` as RECORD wants it."""
    digest = hashlib.sha256(content).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


_PROBE = '''\
import sys


def main():
    """Say how this was called."""
    print("probe", sys.argv[1:])
    return 3 if "--fail" in sys.argv else 0
'''

DEFAULT_WHEELS = (
    Wheel("alpha", "1.0"),
    Wheel("alpha", "2.0"),
    Wheel("beta", requires=("gamma",)),
    Wheel("gamma"),
    Wheel("delta"),
    Wheel("epsilon"),
    Wheel("zeta"),
    Wheel("eta", "1.0"),
    Wheel("eta", "2.0"),
    Wheel("anchor", requires=("alpha<2",)),
    # Both have a module of the other's name, as some pairs on PyPI have.
    Wheel("twin-one", modules={"twin/__init__.py": "who = 1\n", "twin/one.py": ""}),
    Wheel("twin-two", modules={"twin/__init__.py": "who = 2\n", "twin/two.py": ""}),
    Wheel("toolbox", extras={"colour": ("gamma",)}),
    Wheel(
        "probe",
        modules={
            "probe/__init__.py": _PROBE,
            "probe/__main__.py": "import sys\n\nfrom probe import main\n\nsys.exit(main())\n",
        },
        scripts={"probe": "probe:main"},
    ),
)
"""One of each kind that the tests need; no distribution of this name comes from elsewhere."""


def build_index(folder: Path, wheels: Iterable[Wheel] = DEFAULT_WHEELS) -> Path:
    """Build all wheels into `folder`, which can then be used as a flat index."""
    for wheel in wheels:
        wheel.build(folder)
    return folder
