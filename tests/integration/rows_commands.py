"""Rows about what is typed: how a command line is split, and which command it names."""

from __future__ import annotations

from .row import CLEAN, OFF, Row, piped
from .states import VERSION

_SAY = ("python", "say.py")

SPLITTING = (
    # uv prunes here although nothing is run; xrun deliberately does not.
    Row("no command", (), modes=CLEAN),
    Row("plain command", ("echo", "hello")),
    Row("quiet", ("-q", "echo", "hello")),
    Row("verbose", ("-v", "echo", "hello"), compares_stderr=False),
    Row("verbose twice", ("-vv", "echo", "hello"), compares_stderr=False),
    Row("python after -p", ("-p", VERSION, *_SAY)),
    Row("python after -p in one word", (f"-p{VERSION}", *_SAY)),
    Row("clustered short options", (f"-qp{VERSION}", *_SAY)),
    Row("clustered short options, value apart", ("-qp", VERSION, *_SAY)),
    Row("python with an equals sign", (f"--python={VERSION}", *_SAY)),
    Row(
        "several options",
        ("--no-progress", "--extra", "shiny", "--no-config", "-q", *_SAY),
        changes_files=True,
    ),
    Row("two dashes", ("--", *_SAY)),
    Row("two dashes after options", ("-q", "--no-progress", "--", *_SAY)),
    Row("two dashes twice", ("--", "--", "echo")),
    Row("exact is the command's", ("--", *_SAY, "--exact")),
    Row("exact is the command's, no dashes", (*_SAY, "--exact", "-h", "--version")),
    Row("isolated is the command's", (*_SAY, "--isolated", "--no-sync")),
    Row("dashes are the command's", (*_SAY, "--", "-q", "--")),
    Row("help of uv behind an option", ("-q", "--help")),
    Row("exact typed", ("--exact", *_SAY), settled=True),
    Row(
        "exact typed behind a value",
        ("--extra", "shiny", "--exact", *_SAY),
        settled=True,
        changes_files=True,
    ),
    Row("inexact typed", ("--inexact", *_SAY), settled=True),
    Row("no-exact typed", ("--no-exact", *_SAY), settled=True),
    Row("exact, then inexact typed", ("--exact", "--inexact", *_SAY), settled=True),
)

_EMPTY, _SPACES = ("", ""), (" ", "a b", "\ttab", "a\nb", "\n")
_SPECIAL, _UNICODE = ("'", '"', "\\", "$HOME", "`id`", "*"), ("naïve", "日本語", "🦀")

WORDS = (
    Row("no words", (*_SAY,)),
    Row("words of every kind", (*_SAY, *_EMPTY, *_SPACES, *_SPECIAL, *_UNICODE)),
    Row("unicode without a locale", (*_SAY, "naïve"), environ={"LANG": None}),
    Row("not unicode", (*_SAY, b"caf\xe9", b"\xff\xfe")),
    Row("not unicode under C", (*_SAY, b"caf\xe9"), environ={"LANG": None, "LC_ALL": "C"}),
    Row("long word", ("sh", "-c", 'echo "${#1}"', "sh", "x" * 100_000)),
)

DISPATCH = (
    Row("script file", ("x.py",)),
    Row("root of the file system", ("/",)),
    Row("script file with arguments", ("x.py", "a", "--exact")),
    Row("script file in a folder", ("sub/x.py",)),
    Row("script file from a folder", ("../x.py",), folder="sub"),
    Row("script option", ("--script", "plain-script", "a")),
    Row("script option, short", ("-s", "plain-script", "a")),
    Row("inline metadata", ("inline.py", "a"), state="scripted"),
    Row("inline metadata, first run", ("inline.py", "a"), changes_files=True),
    Row("inline metadata, script option", ("--script", "inline-script"), changes_files=True),
    Row("inline metadata, isolated", ("--isolated", "inline.py"), state="scripted"),
    Row("inline metadata, no sync", ("--no-sync", "inline.py"), state="scripted"),
    Row("inline metadata is python's comment", ("python", "inline.py")),
    Row("missing script file", ("missing.py",)),
    Row("module", ("-m", "probe", "a")),
    Row("module, long option", ("--module", "probe", "a")),
    Row("help of a module", ("-m", "probe", "--help")),
    Row("missing module", ("-m", "missing")),
    Row("console script", ("probe", "a")),
    Row("console script that fails", ("probe", "--fail")),
    Row(
        "program on standard input", ("-", "a"), way=piped(b"import alpha, sys\nprint(sys.argv)\n")
    ),
    Row("binary input", ("cat",), way=piped(bytes(range(256)) * 300)),
    Row("command not found", ("no-such-command",)),
    Row("not executable", ("./not-executable",)),
    Row("folder as a command", ("./sub",)),
)

STATUSES = tuple(
    Row(f"status {status}", ("sh", "-c", f"echo out; echo err >&2; exit {status}"))
    for status in (0, 1, 3, 125, 255)
)

DEATHS = tuple(
    Row(f"command dies of {name}", ("sh", "-c", f"ulimit -c 0; kill -{name} $$"))
    for name in ("KILL", "SEGV", "INT", "PIPE")  # of TERM: where it is sent, in `SIGNALS`
)

ERRORS = (
    Row("unknown option", ("--frobnicate", "true"), settled=True),
    Row("abbreviated option", ("--exac", "true")),
    Row("missing value", ("--python",)),
    Row("value for a flag", ("--no-sync=true", "true"), settled=True),
    Row("conflicting options", ("--locked", "--frozen", "true"), settled=True),
    Row("unknown extra", ("--extra", "nope", "true")),
    Row("unknown group", ("--group", "nope", "true")),
    Row("unknown package", ("--package", "nope", "true"), state="workspace"),
    Row("unknown python", ("--python", "3.99", "true")),
    Row("missing env-file", ("--env-file", "missing.env", "true")),
    Row("missing directory", ("--directory", "missing", "true")),
    Row("bad variable", ("true",), environ={"UV_NO_SYNC": "perhaps"}),
    Row("broken pyproject", ("true",), state="broken", modes=OFF),
    Row("broken pyproject, status", ("true",), state="broken", compares_only_status=True),
    Row("unmet requirement", ("--with", "no-such-distribution", "true")),
)
