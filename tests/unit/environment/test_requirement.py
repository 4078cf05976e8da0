"""What METADATA says that something needs: the short ways read it as `packaging` does."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.markers import (
    UndefinedComparison,
    UndefinedEnvironmentName,
    default_environment,
)
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from support.fuzz import fuzzed
from xrun.environment.requirement import parse_requirement

MARKERS = {name: str(value) for name, value in default_environment().items()}
# What a marker is made of: comparisons, and what may look like one inside a string or a URL.
PLAIN = st.sampled_from(
    [
        *('extra == "x"', "extra=='X'", 'extra == "y"', "extra  ==  'Y_1'", "extra != 'y'"),
        *("'y' == extra", "python_version >= '3'", "python_version < '3'", "os_name in 'or nt'"),
        *("os_name != \"and extra == 'y'\"", "os_name == '(' or 'a;b' != os_name", "extra == ''"),
    ]
)
ODD = st.sampled_from(
    [
        *('extra in "x y"', "extra === 'y'", 'extra == "x', "os_name", "odd == '1'", "False", "("),
        *("os_name not in ' or (\"'", 'sys_platform ~= "linux"', "xextra == 'y'", ""),
    ]
)
BETWEEN = st.sampled_from([" and ", " or ", "and ", " or(os_name=='') and ", "\tor\t"])


def join(parts: list[str], between: list[str], *, is_closed: bool) -> str:
    """Join comparisons, in parentheses or not."""
    text = "".join(f"{word}{part}" for part, word in zip(parts, ["", *between], strict=False))
    return f"({text})" if is_closed else text


def combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Combine markers to longer ones."""
    parts = st.lists(inner, min_size=1, max_size=3)
    between = st.lists(BETWEEN, min_size=3, max_size=3)
    return st.builds(join, parts, between, is_closed=st.booleans())


HEADS = st.sampled_from(
    [
        *("six", " Six_Two ", "six>=1", "six [a, B.c]>=1", "six(>=1)", "six==1!2", "six >= 1, <2"),
        *("six (>=1,<2)", "six ( >=1 ) ", "six ()", "six (>=1),<2", "six (>=1),(<2)", "six ("),
        *("six-", "six_", "-six", "", "six\u00e9", "six @ https://a/b ", "six @ file:///a;b"),
    ]
)
TEXTS = st.builds(
    lambda head, semicolon, marker: f"{head}{semicolon}{marker}",
    HEADS,
    st.sampled_from([";", "; ", " ;", ""]),
    st.recursive(PLAIN, combine, max_leaves=4) | st.recursive(PLAIN | ODD, combine, max_leaves=6),
)


def parse_by_packaging(text: str, extras: tuple[str, ...]) -> Requirement | None:
    """Parse a requirement; `None` where it does not hold."""
    try:
        found = Requirement(text)
        chosen = ({**MARKERS, "extra": extra} for extra in extras)
        holds = found.marker is None or any(map(found.marker.evaluate, chosen))
    except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName):
        return None
    found.marker = None
    return found if holds else None


@example(text="six @ https://a/b;extra=='y'", extras=("",), names=None)
@fuzzed(300, full=20_000)
@given(
    text=TEXTS,
    extras=st.sampled_from([("",), ("", "x"), ("", "x", "y-1")]),
    names=st.sampled_from([None, (), ("six",), ("six-two", "six-")]),
)
def test_the_short_ways_agree_with_packaging(
    text: str, extras: tuple[str, ...], names: tuple[str, ...] | None
) -> None:
    expected = parse_by_packaging(text, extras)
    found = parse_requirement(text, lambda: MARKERS, extras, names)
    if expected is None or (names is not None and canonicalize_name(expected.name) not in names):
        assert found == []
    else:
        (need,) = found
        assert need.name == canonicalize_name(expected.name)
        assert need.extras == expected.extras
        assert Requirement(need.text) == expected


NOTHING_TO_JUDGE = [
    *("six", "six>=1,<2", "six [a]>=1", "none; python_version < '3.13'", "none===1"),
    *("six (>=1)", "six (>=1, <2)", "six[a] (>=1,<2) ; extra == 'x'"),
    *("six; extra == 'y'", 'six>=1 ; extra=="x"', "six; python_version < '3' and extra == 'y'"),
    *("six; (extra == 'y' or extra == 'z') and os_name == 'a'", "six; extra=='y' or extra=='z'"),
    *("six; (python_version < '3.14') and extra == 'zstd'", "none @ https://a/b"),
]
WITHOUT_PACKAGING = """
import sys
from xrun.environment.requirement import parse_requirement
for text in sys.argv[1:]:
    parse_requirement(text, dict, ("", "x"), ("six",))
    assert "packaging" not in sys.modules, text
"""


def test_packaging_is_not_loaded_where_there_is_nothing_to_judge() -> None:
    command = (sys.executable, "-c", WITHOUT_PACKAGING)
    subprocess.run((*command, *NOTHING_TO_JUDGE), check=True)
    judged = subprocess.run((*command, "six; python_version < '3'"), check=False)
    assert judged.returncode != 0


@pytest.mark.parametrize("extra", ["", " ; extra == 'x'"])
@pytest.mark.parametrize(
    "text",
    [
        *("six", "Six_Two.three", " six ", "six>=1", "six >= 1.0, <2", "six==1.*", "six~=1.4.2"),
        *("six[a]", "six [a, B.c]>=1", "six[]", "six[a,]", "six(>=1)", "six!=1.0rc1,==2.post3"),
        *(
            "six (>=1,<2)",
            "six( >= 1 )",
            "six ()",
            "six(",
            "six )",
            "six (>=1),<2",
            "six (>=1),(<2)",
        ),
        *("six=>1", "six==1.x", "six~=1", "six>=1.*", "six ===1", "six,", "six>=", "six>=1,"),
        *("-six", "six-", "six>1 <2", "six @ https://a/b", "six @ file:///a;b", "six>=1 ; x", ""),
        *(
            "six>=1.0a1.*",
            "six v1",
            "six==v1",
            "six==1!2",
            "six==1+local",
            "six\u00e9",
            "six>=1\u0661",
        ),
    ],
)
def test_a_plain_requirement_is_read_as_packaging_reads_it(text: str, extra: str) -> None:
    found = parse_requirement(f"{text}{extra}", dict, ("", "x"))
    try:
        expected = Requirement(text)
    except InvalidRequirement:
        assert found == []
    else:
        (need,) = found
        assert need.name == canonicalize_name(expected.name)
        assert need.extras == expected.extras
        assert Requirement(need.text) == expected
