"""Command lines of `uv run`, made of its own options: right ones, odd ones, and wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from xrun.proxy.options import ALIASES, FLAGS, VALUE_OPTIONS

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Words = tuple[str, ...]

NAMES = ("say", "tell", "x")
"""What may be a value as well as a program, a module or a script: all of them are there."""

# Their own, or they would change more than this line's meaning.
_VALUES = {
    "--color": ("always", "never", "auto", "x"),
    "--directory": (".", "sub", "missing"),
    "--env-file": ("x.env", "missing.env"),
    "--exclude-newer": ("2030-01-01", "say"),
    "--extra": ("shiny", "Shiny", "more", "missing"),
    "--group": ("docs", "dev", "missing"),
    "--index-strategy": ("first-index", "x"),
    "--link-mode": ("copy", "hardlink", "x"),
    "--max-recursion-depth": ("7", "0", "x"),
    "--no-extra": ("shiny", "missing"),
    "--no-group": ("docs", "dev", "missing"),
    "--only-group": ("docs", "dev"),
    "--package": ("project", "missing"),
    "--prerelease": ("allow", "x"),
    "--project": (".", "sub", "missing"),
    "--python": ("3", "x", ">=3.10"),
    "--python-preference": ("system", "only-system", "x"),
    "--resolution": ("highest", "lowest", "x"),
    "--with": ("gamma", "delta", "x"),
    "--with-editable": (".", "x"),
    "--with-requirements": ("x.txt", "missing.txt"),
}
_ODD_VALUES = ("", "-", "--", "-q", "--exact", "=", "a=b", "a b", "ü", "\udcff", "-x", "../x")

_LONG = sorted(name for name in VALUE_OPTIONS if name.startswith("--"))
_SHORT = sorted(VALUE_OPTIONS.difference(_LONG))
_LETTERS = sorted(name[1] for name in FLAGS if not name.startswith("--"))


def _values(name: str) -> SearchStrategy[str]:
    usual = _VALUES.get(ALIASES.get(name, name), NAMES)
    return st.one_of(st.sampled_from(usual), st.sampled_from(usual), st.sampled_from(_ODD_VALUES))


@st.composite
def _with_value(draw: st.DrawFn) -> Words:
    """An option with a value: apart, behind `=`, joined, at the end of a cluster, or without."""
    name = draw(st.sampled_from(draw(st.sampled_from((_LONG, _SHORT)))))
    value = draw(_values(name))
    forms: list[Words] = [(name, value), (f"{name}={value}",), (name,)]
    if name in _SHORT:
        letters = draw(_CLUSTERS)
        forms += [(f"{name}{value}",), (f"-{letters}{name[1]}{value}",)]
        forms += [(f"-{letters}{name[1]}={value}",), (f"-{letters}{name[1]}", value)]
    return draw(st.sampled_from(forms))


_CLUSTERS = st.text(st.sampled_from(_LETTERS), max_size=3)
_FLAGS = st.sampled_from(sorted(FLAGS)).map(lambda name: (name,))
_OPTION = st.sampled_from(sorted(FLAGS | VALUE_OPTIONS))
# Abbreviated, negated, in capitals, with a value that a flag does not take: mostly refused.
_ODD = st.one_of(
    _OPTION.map(lambda name: (name[:-1],)),
    _OPTION.map(lambda name: (f"--no-{name.lstrip('-')}",)),
    _OPTION.map(lambda name: (name.upper(),)),
    st.builds(lambda name, value: (f"{name}={value}",), _OPTION, st.sampled_from(_ODD_VALUES)),
    st.sampled_from(("--frobnicate", "---", "--=x", "-z", "-", "--\udcff", "-\udcff", "-ü")).map(
        lambda word: (word,)
    ),
)
OPTIONS = st.one_of(
    _FLAGS, _with_value(), _with_value(), _CLUSTERS.map(lambda all_: (f"-{all_}",)), _ODD
)
"""The words of one option."""


_ARGUMENTS = st.lists(
    st.one_of(OPTIONS, st.sampled_from(NAMES).map(lambda name: (name,))), max_size=2
)
_PROGRAMS = st.sampled_from(
    [
        (form.format(name),)
        for form in ("{}", "{}", "{}.py", "./{}", "sub/../{}.py")
        for name in NAMES
    ]
    + [("python", "say"), ("python", "x.py"), ("PYTHON", "tell"), ("python3", "say"), ("-",), ("",)]
    + [("-m", "say"), ("-s", "tell"), ("./sub",), ("missing",), ("missing.py",)]
)


def lines(most: int) -> SearchStrategy[list[str]]:
    """Lines with so many options at most, in front of a command that may be there."""
    return st.builds(
        lambda *parts: [word for words in parts for each in words for word in each],
        st.lists(OPTIONS, max_size=most),
        st.sampled_from([[], [], [], [("--",)]]),
        _PROGRAMS.map(lambda words: [words]),
        _ARGUMENTS,
    )


_SWITCH = st.sampled_from(("1", "1", "0", "true", "", "x"))
VARIABLES = st.dictionaries(
    st.sampled_from(
        (
            *("UV_NO_SYNC", "UV_FROZEN", "UV_LOCKED", "UV_ISOLATED", "UV_NO_DEV", "UV_NO_PROJECT"),
            *("UV_NO_DEFAULT_GROUPS", "UV_NO_GROUP", "UV_NO_EDITABLE", "UV_NO_ENV_FILE"),
            *("UV_NO_PROGRESS", "UV_COMPILE_BYTECODE", "UV_NO_CONFIG"),
            *("UV_NO_CACHE", "UV_SYSTEM_PYTHON", "UV_MANAGED_PYTHON", "UV_NO_WRAP"),
            *("UV_RUN_RECURSION_DEPTH", "UV_RUN_MAX_RECURSION_DEPTH", "UV_LINK_MODE", "UV_FROB"),
            *("UV", "VIRTUAL_ENV", "UV_PYTHON", "UV_ENV_FILE", "UV_WORKING_DIR", "UV_PROJECT"),
            *("PYTHONPATH", "PYTHONSAFEPATH", "LC_ALL", "NO_COLOR", "FORCE_COLOR", "CI", "ODD"),
        )
    ),
    st.one_of(_SWITCH, st.sampled_from(("sub", ".", "3", "copy", "C", "\udcff"))),
    max_size=2,
)
"""Variables for uv and for the command, few at a time."""
