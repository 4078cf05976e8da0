"""What installers, other versions and strangers wrote: any bytes are read, and never raise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from support.fuzz import fuzzed
from unit.make import write
from xrun.environment.attic.journal import find_journal, load_entries
from xrun.environment.attic.store import MANIFEST, list_places, list_removals
from xrun.environment.distribution import Distribution
from xrun.proxy.files import read_records

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment

PIECES = st.sampled_from(
    [
        *(b"Requires-Dist: ", b"Provides-Extra: ", b"six", b"; extra == 'x'", b"(", b")>=1", b","),
        *(
            b"[x]",
            b" @ http://",
            b"\n",
            b"\r",
            b"\0",
            b'"',
            b"\xff",
            b"\xef\xbb\xbf",
            b"../",
            b"/etc",
            b"6" * 400,
        ),
        *(
            b"python_version",
            b" < ",
            b" and ",
            b" in ",
            b"'3'",
            b"~=",
            b"sha256=x",
            b"{",
            b"}",
            b"[",
            b"]",
            b":",
        ),
        *(b'"url"', b'"dir_info"', b"https://u:p@[", b"1e999", b"true", b"platform_release"),
    ]
)
CONTENT = st.lists(PIECES | st.binary(max_size=4), max_size=12).map(b"".join)
NESTED = [b"[" * 100_000, b"Requires-Dist: six; " + b"(" * 5_000 + b"os_name"]
SCALARS = st.sampled_from(
    [None, True, 1, -1, 10**400, 1e300, "", "six", "1.0", "../x", "/x", "\0", "\udcff", "x" * 300]
)
KEYS = st.sampled_from(
    ["name", "version", "files", "direct_url", "replaced_by", "installer", "url"]
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner), max_leaves=5
)


@fuzzed(60, full=20000)
@given(content=CONTENT)
@example(content=NESTED[0])
@example(content=NESTED[1])
def test_a_distribution_of_any_bytes_is_read(tmp_path: Path, content: bytes) -> None:
    names = ("METADATA", "RECORD", "direct_url.json", "INSTALLER")
    folder = write(tmp_path / "six-1.0.dist-info", dict.fromkeys(names, content))
    found = Distribution("six", "1.0", folder)
    assert found.provenance.is_editable in {True, False}
    assert found.has_record is any(found.files)
    assert isinstance(found.has_absolute_paths, bool)
    markers = {"os_name": "posix", "python_version": "3.12"}
    assert isinstance(found.read_requirements(lambda: markers, ["x"]), tuple)
    assert isinstance(found.read_extras(), tuple)


@fuzzed(60, full=20000)
@given(
    changes=st.dictionaries(
        st.sampled_from(["at", "size", "key", "environment", "version", "distributions"]), ANYTHING
    ),
    removed=st.dictionaries(KEYS, ANYTHING),
    content=CONTENT,
)
@example(changes={"at": 10**400}, removed={}, content=NESTED[0])
@example(changes={"size": float("inf")}, removed={}, content=b"")
def test_a_backup_of_any_content_is_listed_or_passed_over(
    environment: Environment, changes: dict[str, Any], removed: dict[str, Any], content: bytes
) -> None:
    folder = str(environment.folder)
    place = list_places(environment)[0][0]
    each = {"name": "six", "version": "1.0", "files": [], **removed}
    right: dict[str, Any] = {"at": 1.0, "size": 0, "key": folder, "environment": folder}
    document = {**right, "version": 1, "distributions": [each], "removed": [each], **changes}
    text = json.dumps(document).encode()
    write(place, {f"1/{MANIFEST}": text, f"2/{MANIFEST}": content})
    write(find_journal().parent, {find_journal().name: b"\n".join([text, content, text])})
    for removal in (*list_removals(environment), *load_entries(environment)):
        assert removal.oddity == ""
        assert all(isinstance(each.render_install("."), str) for each in removal.distributions)
    assert read_records(str(place / "1" / MANIFEST)) == []
