"""What starts a command: xrun itself, as that uv would start it, or uv; and why uv.

What is looked at here is in the key of a stamp, or watched by it; `proxy.launch` looks at the rest.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from xrun import proxy
from xrun.project.uv_variables import STARTS
from xrun.project.workspace import PYPROJECT, load_project
from xrun.proxy import uv
from xrun.proxy.dataclass import dataclass
from xrun.proxy.files import read_identity, read_records, resolve_cache_file, write_records
from xrun.proxy.launch import (
    DEPTH,
    DEPTH_VARIABLE,
    MOST_FILES,
    NOFILE,
    UV,
    resolve_environ,
)
from xrun.proxy.stamp import NO_VARIABLES
from xrun.run.plan import Target
from xrun.run.stamp_inputs import list_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xrun.environment.environment import Environment
    from xrun.run.decision import Launch
    from xrun.run.request import Run

# Options of uv's that decide what is in the environment, or what uv says of that: nothing else.
OPTIONS = frozenset(
    {"--active", "--no-active", "--exact", "--inexact", "--frozen", "--locked", "--no-sync"}
    | {"--all-extras", "--extra", "--no-extra", "--dev", "--no-dev", "--only-dev"}
    | {"--all-groups", "--group", "--no-default-groups", "--no-group", "--only-group"}
    | {"--all-packages", "--package", "--project", "--python", "--no-env-file"}
    | {"--module", "--script", "--no-progress", "--offline", "--quiet"}
)
# The same of its variables, behind `UV_`; a new one may be anything.
VARIABLES = frozenset(
    {"CACHE_DIR", "CONFIG_FILE", "DEFAULT_INDEX", "EXTRA_INDEX_URL", "FIND_LINKS", "FROZEN"}
    | {"GIT_LFS", "INDEX", "INDEX_STRATEGY", "INDEX_URL", "INSECURE_HOST", "KEYRING_PROVIDER"}
    | {"LINK_MODE", "LOCKED", "LOCK_TIMEOUT", "MANAGED_PYTHON", "NO_CONFIG", "NO_DEFAULT_GROUPS"}
    | {"NO_DEV", "NO_EDITABLE", "NO_ENV_FILE", "NO_GROUP", "NO_MANAGED_PYTHON", "NO_PROGRESS"}
    | {"NO_SOURCES", "NO_SYNC", "NO_WRAP", "OFFLINE", "PRERELEASE", "PROJECT"}
    | {"PROJECT_ENVIRONMENT", "PYTHON", "PYTHON_BIN_DIR", "PYTHON_CACHE_DIR", "PYTHON_DOWNLOADS"}
    | {"PYTHON_INSTALL_DIR", "PYTHON_INSTALL_MIRROR", "PYTHON_PREFERENCE", "REQUEST_TIMEOUT"}
    | {"RESOLUTION", "SYSTEM_CERTS", "TOOL_BIN_DIR", "TOOL_DIR", "TORCH_BACKEND"}
)
# How others of them begin.
FAMILIES = ("CONCURRENT_", "HTTP_", "NO_BINARY", "NO_BUILD", "PUBLISH_")
# Settings by which uv does something at each run though nothing has changed: how they begin.
SETTINGS = ("compile-bytecode", "malware", "preview", "refresh", "reinstall", "upgrade")
# Ray looks for `uv run` above itself, to start its workers so (2.47 and newer).
RAY = "ray"
UNASKED = "what uv would say is not known"

# Learned from a Python that is started with few files allowed: how it was started.
FEW = 256
PROBE = (
    "import os, resource, sys; soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE);"
    "print(ascii([sys.executable, soft, hard, [*os.environb.items()]]))"
)


@dataclass(frozen=True)
class Launcher:
    """What starts a command.

    Attributes:
        text: How xrun does, for `proxy.launch.start`; empty where uv does.
        why: Why uv does.
    """

    text: str = ""
    why: str = ""


def choose_launcher(launch: Launch, *, asks: bool = True) -> Launcher:
    """Choose what starts a command.

    Args:
        launch: How it is launched, as decided.
        asks: Whether a uv that is not known may be asked how it starts commands, once.
    """
    why = next(_list_reasons(launch), "")
    if why:
        return Launcher(why=why)
    run = launch.run
    sets = read_starts(run, asks=asks)
    if not sets:
        version = run.request.render_version()
        return Launcher(why=f"it is not known how uv {version} starts a command")
    return Launcher(f"{sets} {os.path.realpath(run.facts.uv)}")


def find_reason(launch: Launch) -> str:
    """Find why uv starts a command without asking it anything: what is known goes before the rest.

    Args:
        launch: How the command was launched the last time.
    """
    return min(_list_reasons(launch), key=lambda why: why == UNASKED, default=UNASKED)


def _list_reasons(launch: Launch) -> Iterator[str]:
    """List why uv starts the command, the most telling first."""
    run = launch.run
    yield from _list_wishes(run)
    if not proxy.REPLACES:
        yield "no process is replaced on this platform"
    yield from _list_unknown(launch)
    yield from _list_typed(launch)
    if uv.is_shim(run.facts.uv):
        yield f"{run.facts.uv} is a script"
    yield from _list_settings(run)


def _list_unknown(launch: Launch) -> Iterator[str]:
    """List what uv may still do or say before the command."""
    comparison = launch.comparison
    if comparison is None:
        yield UNASKED
        return
    named, environment = comparison.answer.environment, comparison.drift.environment
    is_there = str(named or launch.folder) == launch.folder and environment.is_virtual
    if launch.run.plan.target is not Target.PROJECT or not is_there:
        yield "uv says where it runs"
    if comparison.answer.warns:
        yield "uv warns of something"
    if comparison.answer.is_refused:
        yield "uv refuses the lock file"


def _list_typed(launch: Launch) -> Iterator[str]:
    """List what was typed, and the variables, by which uv does more than to start the command."""
    invocation = launch.run.invocation
    yield from (f"{name} (typed)" for name in sorted(invocation.names - OPTIONS))
    if invocation.unknown or {"--module", "--script"} <= invocation.names:
        yield "what was typed is uv's to judge"
    for name in sorted(name for name in os.environ if name.startswith("UV_")):
        word = name.removeprefix("UV_")
        is_plain = word in VARIABLES or word.startswith(FAMILIES)
        if not (is_plain or name.endswith(NO_VARIABLES)):
            yield name
    active = launch.run.facts.environ.get("VIRTUAL_ENV") or launch.folder
    if active != launch.folder and invocation.last_of("--active", "--no-active") != "--no-active":
        yield "VIRTUAL_ENV names another environment, and uv warns of that"


def _list_wishes(run: Run) -> Iterator[str]:
    """List what asks for uv: the policy, or Ray where the policy says nothing."""
    step = run.policy.find_step("launch")
    if step.value == "uv":
        yield f'launch = "uv" ({step.origin})'
    environment = run.facts.environment
    folders = environment.site_packages if environment is not None else ()
    has_ray = any((folder / RAY).is_dir() for folder in folders)
    if has_ray and "launch" not in run.policy.origins:
        yield "ray, which is installed, looks for `uv run` above itself"


def _list_settings(run: Run) -> Iterator[str]:
    """List settings by which uv does more than to start the command."""
    for file in list_settings(run.facts):
        for name in _read_names(run, file):
            if name.startswith(SETTINGS):
                yield f"{name} ({file})"


def _read_names(run: Run, path: str) -> Iterable[str]:
    """Read the names of the settings in a file, if it is there."""
    if not os.path.exists(path):  # noqa: PTH110 - most are not
        return ()
    file = Path(path)
    if file.name == PYPROJECT:
        root = run.workspace.root
        project = root if root.file == file else load_project(file.parent)
        return project.find_table("tool", "uv") or ()
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    return [line.partition("=")[0].strip() for line in lines]


def read_starts(run: Run, *, asks: bool) -> str:
    """Read how a uv starts commands: known from measurement, or asked once and remembered.

    Args:
        run: In whose environment it is asked.
        asks: Whether it may be asked.

    Returns:
        The name of its Python and what it sets; empty where it is not known, or something else.
    """
    facts = run.facts
    known = [sets for first, last, sets in STARTS if first <= facts.version <= last]
    if known and sys.platform == "linux":
        return known[0]
    memory, identity = resolve_cache_file("starts", facts.uv), read_identity(facts.uv)
    records = read_records(memory)
    if records[:2] != [facts.uv, identity] and asks and run.facts.environment is not None:
        records = [facts.uv, identity, _learn_starts(run, run.facts.environment)]
        write_records(memory, records)
    return records[2] if records[:2] == [facts.uv, identity] else ""


def _learn_starts(run: Run, environment: Environment) -> str:
    """Ask a uv how it starts commands: what it sets, where the rest is as `proxy.launch` has it."""
    import resource
    from ast import literal_eval

    folder = str(environment.folder)
    environ = {**os.environ, "VIRTUAL_ENV": folder, "PYTHONCOERCECLOCALE": "0"}
    words = ["run", "--no-sync", "--active", f"--project={run.facts.start}", "python"]
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, limits[1]))
        done = uv.ask_uv(run.facts.uv, [*words, "-S", "-s", "-c", PROBE], environ)
        python, soft, hard, variables = literal_eval(done.stdout)
    except (OSError, ValueError, SyntaxError):
        return ""
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    seen, real = dict(variables), os.fsencode(os.path.realpath(run.facts.uv))
    most = MOST_FILES if hard < 0 else min(hard, MOST_FILES)
    sets = [UV] if seen.get(b"UV") == real else []
    sets += [DEPTH] if DEPTH_VARIABLE in seen else []
    sets += [NOFILE] if soft == most > FEW else []
    text = ",".join(sets) or "-"
    own = {os.fsencode(name): os.fsencode(value) for name, value in environ.items()}
    expected = resolve_environ(own, os.fsencode(folder), text, real)
    place, _, name = python.rpartition("/")
    is_same = expected is not None and [*expected.items()] == variables
    is_same = is_same and soft in {FEW, most} and place == f"{folder}/bin"
    return f"{name} {text}" if is_same else ""
