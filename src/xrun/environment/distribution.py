"""An installed distribution: what its `.dist-info` folder says (PEP 376, 610, 627)."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
from functools import cached_property
from pathlib import Path

from xrun.project.names import canonicalize_name, is_name
from xrun.project.spelling import folds_case, spell
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from xrun.environment.requirement import Need


BYTE_CODE = (".pyc", ".pyo")  # made again at the next import
AT_ONCE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# Before 2001 no file said who installed something: such a time is an archive's (1970, 1980).
EARLIEST = 978_307_200


@dataclass(frozen=True)
class Provenance:
    """Where an installed distribution came from (PEP 376, 610, 627).

    Attributes:
        installer: Who installed it (`pip`, `uv`, …); empty where nothing says so.
        installed_at: When, in seconds since the epoch: the age of INSTALLER.
        is_requested: Whether it is marked as asked for by name; `False` where nothing is known.
        direct_url: What `direct_url.json` says, credentials stripped; empty for what came from an
            index.
    """

    installer: str
    installed_at: float | None
    is_requested: bool
    direct_url: Mapping[str, object]

    @property
    def is_brought(self) -> bool:
        """Whether it is known to be there only because something needed it.

        Of the installers only pip tells the two apart (PEP 376); uv marks everything.
        """
        return self.installer == "pip" and not self.is_requested

    @property
    def is_editable(self) -> bool:
        """Whether it is a link to a folder (PEP 610), as the project itself is by default."""
        info = self.direct_url.get("dir_info")
        return isinstance(info, dict) and info.get("editable") is True

    @property
    def source(self) -> str:
        """The folder that it is a link to; empty where it is none."""
        from urllib.parse import unquote, urlsplit

        url = self.direct_url.get("url") if self.is_editable else ""
        return unquote(urlsplit(url).path) if isinstance(url, str) else ""


@dataclass(frozen=True)
class Distribution:
    """An installed distribution.

    Attributes:
        name: Normalised.
        version: As in the name of the folder.
        folder: The `.dist-info` folder.
    """

    name: str
    version: str
    folder: Path

    @property
    def is_ghost(self) -> bool:
        """Whether it is only a folder that an uninstallation left; uv counts it all the same."""
        return not any(os.path.lexists(self.folder / file) for file in ("METADATA", "RECORD"))

    @cached_property
    def provenance(self) -> Provenance:
        """Where it came from; to be read before it is removed."""
        installer = read_text(f"{self.folder}{os.sep}INSTALLER").strip()
        # uv marks everything as requested, so its mark says nothing (seen on uv 0.13.9).
        is_requested = installer != "uv" and (self.folder / "REQUESTED").is_file()
        return Provenance(installer, self._read_age(), is_requested, self._read_direct_url())

    @property
    def has_record(self) -> bool:
        """Whether a RECORD says which files are its own."""
        return bool(self.files)

    @property
    def has_absolute_paths(self) -> bool:
        """Whether its RECORD has absolute paths, as Poetry writes them for editables (2.5.1)."""
        return bool(self._absolute)

    @property
    def is_read_by_uv(self) -> bool:
        """Whether uv can read its RECORD: UTF-8 without NUL (0.13.9 removes none with others)."""
        try:
            return "\0" not in _read_bytes(self.folder / "RECORD").decode()
        except UnicodeDecodeError:
            return False
        except OSError:  # there is none
            return True

    def guess_modules(self) -> set[str]:
        """Guess the files and folders of its modules: by `top_level.txt`, and by its own name."""
        tops = {*read_text(self.folder / "top_level.txt").split(), self.name.replace("-", "_")}
        tops = {top for top in tops if top.removesuffix("-stubs").isidentifier()}  # and no path
        return tops | {f"{top}.py" for top in tops}

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Its own files: the paths in RECORD, from the folder it is installed in.

        Nothing comes where there is no RECORD, an empty one, or one that cannot be read: then its
        files cannot be distinguished from others, and uv cannot remove it.
        """
        files = tuple(row[0] for row in self._record)
        info = str(self.folder)
        if absolute := self._absolute:
            # Where it was installed; it may have been moved since.
            own = f"{os.sep}{self.folder.name}{os.sep}RECORD"
            places = (file.removesuffix(own) for file in absolute if file.endswith(own))
            base = next(places, os.path.dirname(info))  # noqa: PTH120 - as text
            files = tuple(
                os.path.relpath(file, base).replace(os.sep, "/") if file in absolute else file
                for file in files
            )
        is_folding = folds_case(f"{info}{os.sep}RECORD")
        return tuple(self._spell(files)) if is_folding else files

    def may_list(self, words: Iterable[str]) -> bool:
        """Whether its RECORD has one of some words in it, however spelled; sooner read than files.

        Args:
            words: Parts of a path; case does not count.
        """
        text = read_text(self.folder / "RECORD").casefold()
        return any(word.replace('"', '""').casefold() in text for word in words)

    @cached_property
    def paths(self) -> frozenset[str]:
        """Its files as absolute paths, normalised, there or not."""
        return frozenset(itertools.chain.from_iterable(self.folders.values()))

    @cached_property
    def folders(self) -> Mapping[str, list[str]]:
        """Its files as `paths`, by the folder that each is in; these are few."""
        found: dict[str, list[str]] = {}
        for folder, path in self._places:
            found.setdefault(folder, []).append(path)
        return found

    @property
    def sizes(self) -> dict[str, int]:
        """Its files as `paths`, each with its size in bytes; 0 where RECORD has none."""
        rows = zip(self._places, self._record, strict=True)
        return {path: _parse_size("".join(row[2:3])) for (_, path), row in rows}

    @cached_property
    def _places(self) -> list[tuple[str, str]]:
        """The folder and the path of each of its files."""
        base = f"{self.folder.parent}{os.sep}"
        known: dict[str, tuple[str, str]] = {}
        found = []
        for file in self.files:
            folder, _, name = file.rpartition("/")
            if name in {"", os.curdir, os.pardir} or os.sep != "/":
                path = os.path.normpath(base + file)
                found.append((os.path.dirname(path), path))  # noqa: PTH120
                continue
            if folder not in known:
                place = os.path.normpath(base + folder)
                known[folder] = (place, place.rstrip(os.sep) + os.sep)
            place, start = known[folder]
            found.append((place, start + name))
        return found

    def _spell(self, files: Iterable[str]) -> Iterator[str]:
        base = str(self.folder.parent)
        known: dict[str, dict[str, str]] = {}
        for file in files:
            path = spell(os.path.normpath(os.path.join(base, file)), known)  # noqa: PTH118
            yield os.path.relpath(path, base).replace(os.sep, "/")

    @cached_property
    def _absolute(self) -> frozenset[str]:
        """The absolute paths in RECORD."""
        may_be = (row[0] for row in self._record if os.sep != "/" or row[0][0] == "/")
        return frozenset(filter(os.path.isabs, may_be))

    @property
    def hashes(self) -> dict[str, str]:
        """Its files as `paths`, each with its hash (`sha256=…`); empty where RECORD has none."""
        rows = zip(self._places, self._record, strict=True)
        return {path: "".join(row[1:2]) for (_, path), row in rows}

    @cached_property
    def _record(self) -> list[list[str]]:
        """The rows of RECORD: the path of a file, its hash, its size."""
        # No path has a NUL in it, and Python 3.10 reads no text that has one.
        text = read_text(f"{self.folder}{os.sep}RECORD").removeprefix("\ufeff").replace("\0", "")
        return [row for row in _read_csv(text) if row and row[0]]

    def _read_age(self) -> float | None:
        # INSTALLER is written at the installation; METADATA may be a link into uv's cache, older.
        for file in (self.folder / "INSTALLER", self.folder / "RECORD"):
            if file.is_file():
                age = file.stat().st_mtime
                return age if age > EARLIEST else None
        return None

    def _read_direct_url(self) -> Mapping[str, object]:
        if self.link:  # its second line leads from there to `setup.py`
            rest = read_text(self.folder).split("\n")[1:2]
            source = Path(os.path.normpath(os.path.join(self.link, *rest)))  # noqa: PTH118
            return {"url": source.as_uri(), "dir_info": {"editable": True}}
        try:
            found = json.loads(read_text(self.folder / "direct_url.json") or "{}")
        except (ValueError, RecursionError):  # others write it
            return {}
        if not isinstance(found, dict):
            return {}
        url = found.get("url")
        return {**found, "url": strip_credentials(url)} if isinstance(url, str) else found

    @property
    def link(self) -> str:
        """The folder that an `.egg-link` names; empty for any other form."""
        link = read_text(self.folder).split("\n")[0] if self.folder.suffix == ".egg-link" else ""
        return link if Path(link).is_absolute() else ""

    @property
    def old_info(self) -> Path:
        """The `.egg-info` of an old form; an `.egg-link` names the folder with it."""
        infos = Path(self.link).glob("*.egg-info") if self.link else ()
        return next((x for x in infos if canonicalize_name(x.stem) == self.name), self.folder)

    def read_requirements(
        self,
        markers: Callable[[], Mapping[str, str]],
        extras: Iterable[str] = (),
        names: Collection[str] | None = None,
    ) -> tuple[Need, ...]:
        """Read what it needs with these extras; the rest as for `parse_requirement`."""
        from xrun.environment.requirement import parse_requirement  # not needed to compare

        chosen = ("", *map(canonicalize_name, extras))
        texts = self._read_fields("requires-dist")
        return tuple(x for text in texts for x in parse_requirement(text, markers, chosen, names))

    def read_extras(self) -> tuple[str, ...]:
        """Read which extras it offers; what is no name (PEP 508) is left out."""
        return tuple(filter(is_name, self._read_fields("provides-extra")))

    def _read_fields(self, wanted: str) -> Iterator[str]:
        """Read the values of a field of METADATA that may stand there several times."""
        text = read_text(f"{self.folder}{os.sep}METADATA")
        # A description follows an empty line; not one of spaces only: licence texts have those.
        for line in f"\n{text}".partition("\n\n")[0].splitlines():
            field, _, value = line.partition(":")
            if field.lower() == wanted:
                yield value.strip()


def read_old_form(name: str, path: Path) -> Distribution:
    """Read a distribution of an old form; its version is empty where nothing says it."""
    info = Distribution(name, "", path).old_info
    found = re.search(r"(?m)^Version: *(\S+)", read_text(info / "PKG-INFO") or read_text(info))
    return Distribution(name, found[1] if found else "", path)


def _parse_size(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 20 else 0  # noqa: PLR2004 - 64 bits


def _read_csv(text: str) -> list[list[str]]:
    """Read rows of fields; none where they cannot be read."""
    if '"' not in text:  # as nearly all are
        return [line.split(",") for line in text.split("\n")]
    import csv
    import io

    # A quote that nothing closes makes one field of all the rest; uv reads that too.
    csv.field_size_limit(2**31 - 1)
    with contextlib.suppress(csv.Error):
        return list(csv.reader(io.StringIO(text, newline="")))
    return []


def strip_credentials(url: str) -> str:
    """Strip the user's name and password out of a URL; a user of SSH is none of the two."""
    from urllib.parse import urlsplit, urlunsplit

    try:
        parts = urlsplit(url)
    except ValueError:  # not a URL at all
        return ""
    user, at, host = parts.netloc.rpartition("@")
    if not at or (parts.scheme.endswith("ssh") and ":" not in user):
        return url
    return urlunsplit(parts._replace(netloc=host))


def read_text(path: str | Path) -> str:
    """Read a small text file; empty where it is not there, not to be read, or a named pipe."""
    try:
        text = _read_bytes(path).decode("utf-8", "replace")
    except OSError:
        return ""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_bytes(path: str | Path) -> bytes:
    """Read a file; a pipe without a writer is empty, and not waited for."""
    file = os.open(path, AT_ONCE)  # many files are read, and `open` takes twice as long
    try:
        return b"".join(iter(lambda: os.read(file, 1 << 16), b""))
    finally:
        os.close(file)
