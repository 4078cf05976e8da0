"""Rows about uv's environments: projects, selections, locks, and where `.venv` is."""

from __future__ import annotations

from .row import CLEAN, OFF, Row

_SEE = """\
import importlib.metadata, sys
print(sys.prefix)
print(sorted(each.name for each in importlib.metadata.distributions()))
"""
SEE = ("python", "-c", _SEE)
"""Prints the environment that the command runs in, and what is installed there."""
_OTHER = {"VIRTUAL_ENV": "<arena>/other"}

SELECTIONS = (
    Row("default selection", SEE),
    Row("extra", ("--extra", "shiny", *SEE)),
    Row("extra with an equals sign", ("--extra=shiny", "--extra=more", *SEE)),
    Row("all extras", ("--all-extras", *SEE)),
    Row("all extras but one", ("--all-extras", "--no-extra", "more", *SEE)),
    Row("group", ("--group", "docs", *SEE)),
    Row("only group", ("--only-group", "docs", *SEE)),
    Row("all groups", ("--all-groups", *SEE)),
    Row("no dev", ("--no-dev", *SEE)),
    Row("only dev", ("--only-dev", *SEE)),
    Row("no default groups", ("--no-default-groups", *SEE)),
    Row("no dev by variable", SEE, environ={"UV_NO_DEV": "1"}),
    Row("with", ("--with", "beta", *SEE)),
    Row("with a stray", ("--with", "delta", *SEE)),
    Row("with requirements", ("--with-requirements", "wanted.txt", *SEE)),
    Row("env-file", ("--env-file", "variables.env", "printenv", "COLOUR", "UV_NO_SYNC")),
    Row("reinstall", ("--reinstall", *SEE)),
    Row("upgrade", ("-U", *SEE)),
    Row("no cache", ("-n", *SEE)),
)

LOCKS = (
    Row("frozen", ("--frozen", *SEE)),
    Row("frozen, stale lock", ("--frozen", *SEE), state="stale"),
    Row("frozen, no lock", ("--frozen", *SEE), state="unlocked"),
    Row("frozen by variable", SEE, state="stale", environ={"UV_FROZEN": "1"}),
    Row("locked", ("--locked", *SEE)),
    Row("locked, stale lock", ("--locked", *SEE), state="stale"),
    Row("locked, no lock", ("--locked", *SEE), state="unlocked"),
    Row("locked by variable", SEE, environ={"UV_LOCKED": "1"}),
    Row("stale lock", SEE, state="stale"),
    Row("no lock", SEE, state="unlocked"),
)

MODES = (
    Row("no environment yet", SEE, state="fresh", modes=CLEAN),
    Row("no sync", ("--no-sync", *SEE)),
    Row("no sync by variable", SEE, environ={"UV_NO_SYNC": "1"}),
    Row("no sync, stale lock", ("--no-sync", *SEE), state="stale"),
    Row("no project", ("--no-project", *SEE)),
    Row("isolated", ("--isolated", *SEE)),
    Row("isolated by variable", SEE, environ={"UV_ISOLATED": "1"}),
    Row("isolated, no sync", ("--isolated", "--no-sync", *SEE)),
    Row("unmanaged", SEE, state="unmanaged"),
    Row("only tools configured", SEE, state="tools-only", modes=OFF),
    Row("installed project", ("python", "-c", "import mine"), state="package"),
)

PLACES = (
    Row("folder of the project", SEE, folder="sub"),
    Row("project option", ("--project", "..", *SEE), folder="sub"),
    Row("project option to a member", ("--project", "one", *SEE), state="workspace"),
    Row("project by variable", SEE, state="workspace", environ={"UV_PROJECT": "one"}),
    Row("directory option", ("--directory", "sub", *SEE)),
    Row("directory option to a member", ("--directory", "one", *SEE), state="workspace"),
    Row("workspace root", SEE, state="workspace"),
    Row("member's folder", SEE, state="workspace", folder="one"),
    Row("member's script", ("one/x.py",), state="workspace"),
    Row("package option", ("--package", "one", *SEE), state="workspace"),
    Row("package option from a member", ("--package=two", *SEE), state="workspace", folder="one"),
    Row("all packages", ("--all-packages", *SEE), state="workspace"),
    Row("extra of a package", ("--package", "one", "--extra", "shiny", *SEE), state="workspace"),
    Row("outside", ("echo", "hello"), state="outside", modes=CLEAN),
    Row("outside, script", ("say.py", "a"), state="outside", modes=CLEAN),
    Row("outside, locked", ("--locked", "true"), state="outside", modes=CLEAN),
    Row("outside, extra", ("--extra", "a", "true"), state="outside", modes=CLEAN),
    Row(
        "outside, with",
        ("--with", "beta", "python", "-c", "import beta"),
        state="outside",
        modes=CLEAN,
    ),
    Row("outside, with an environment", SEE, state="outside-with-environment"),
    Row("outside, isolated", ("--isolated", *SEE), state="outside-with-environment"),
)

ENVIRONMENTS = (
    Row(
        "environment elsewhere", SEE, state="elsewhere", environ={"UV_PROJECT_ENVIRONMENT": "other"}
    ),
    Row(
        "environment elsewhere, not yet there",
        SEE,
        environ={"UV_PROJECT_ENVIRONMENT": "<arena>/new"},
        modes=CLEAN,
    ),
    Row("another environment active", SEE, state="elsewhere", environ=_OTHER),
    Row(
        "another environment active and wanted",
        ("--active", *SEE),
        state="elsewhere",
        environ=_OTHER,
    ),
    Row("own environment active", SEE, environ={"VIRTUAL_ENV": "<arena>/.venv"}),
    Row(
        "outside, another environment active",
        SEE,
        state="outside-with-environment",
        environ={"VIRTUAL_ENV": "<arena>/.venv"},
        folder="sub",
    ),
)

SELECTION_ROWS = (*SELECTIONS, *LOCKS, *MODES, *PLACES, *ENVIRONMENTS)
