"""The project states that conformance rows start from; each is built once and then copied."""

from __future__ import annotations

import sys
import zipfile
from typing import TYPE_CHECKING

from support.projects import Project, Pyproject, index_table, inline_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

SIMPLE = Pyproject(
    dependencies=("alpha<2", "probe"),
    extras={"shiny": ("epsilon",), "more": ("toolbox[colour]",)},
    groups={"dev": ("zeta",), "docs": ("beta",)},
)

_SAY = "import os, sys\nprint([os.fsencode(word) for word in sys.argv], os.getcwd())\n"
_WHERE = "import alpha, sys\nprint(alpha.__version__, sys.prefix, sys.argv[1:])\n"
_WATCH = """\
import signal, sys, time
seen = []
for name in ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT"):
    signal.signal(getattr(signal, name), lambda number, _: seen.append(signal.Signals(number).name))
print("ready", flush=True)
latest = time.monotonic() + 25
while not seen and time.monotonic() < latest:
    time.sleep(0.01)
until = time.monotonic() + 0.25
while time.monotonic() < until:
    time.sleep(0.01)
print(*seen)
sys.exit(7)
"""
_RESIZE = """\
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})
print(*os.get_terminal_size(), "ready", flush=True)
signal.sigwait({signal.SIGWINCH})
print(*os.get_terminal_size())
"""
_HOW = """\
import os, sys
with open("/proc/self/cmdline", "rb") as file:
    print(file.read(), sys.orig_argv, sys.executable, sys.prefix, sys.path[0], __file__)
print(sys.flags.utf8_mode, sys.flags.isolated, os.environ.get("VIRTUAL_ENV"))
"""
_POOL = """\
import multiprocessing, os, sys
def tell(number):
    return number * 2, sys.executable, os.environ.get("VIRTUAL_ENV")
if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print(pool.map(tell, range(3)))
"""
_TTY = "import os, sys\nprint(*map(os.isatty, range(3)))\n"


def _files(project: Project) -> None:
    """The programs and files that rows name."""
    project.write("x.py", _WHERE)
    project.write("sub/x.py", _WHERE)
    project.write("say.py", _SAY)
    project.write("watch.py", _WATCH)
    project.write("resize.py", _RESIZE)
    project.write("tty.py", _TTY)
    project.write("plain-script", _WHERE, mode=0o755)
    for name in ("how.py", "HOW.PY", ".how.py", "how.pyw", "main/__main__.py"):
        project.write(name, _HOW)
    (project.folder / "linked.py").symlink_to("how.py")
    project.write("pool.py", _POOL)
    _programs(project)
    metadata = inline_metadata(("gamma",), project.sandbox.index)
    project.write("inline.py", f"{metadata}import gamma, sys\nprint(gamma.__file__, sys.argv)\n")
    project.write("inline-script", f"{metadata}import gamma\nprint(gamma.__file__)\n")
    project.write("not-executable", "#!/bin/sh\nexit 0\n", mode=0o644)
    project.write("variables.env", "COLOUR=blue\nUV_NO_SYNC=1\n")
    project.write("wanted.txt", "beta\n")


def _programs(project: Project) -> None:
    """Programs for PATH, and zip files that Python runs."""
    tell = '#!/bin/sh\necho "$0" "$@"\n'
    for name, text in (("tool", tell), ("tool.py", tell), ("bare", 'echo "$@"\n')):
        project.write(f"programs/{name}", text, mode=0o755)
    project.write("programs/lost", "#!/no/such/interpreter\n", mode=0o755)
    project.write("programs/cat", tell, mode=0o644)
    project.write("programs/head/file", "")
    for name in ("app.pyz", "nice"):
        with zipfile.ZipFile(project.folder / name, "w") as file:
            file.writestr("__main__.py", "import sys; print(sys.argv, sys.executable)\n")


def _simple(project: Project) -> None:
    _files(project)
    project.declare(SIMPLE)
    project.sync("--all-extras", "--all-groups")
    project.sync()


def _scripted(project: Project) -> None:
    """The simple project, whose inline script already has its environment in uv's cache."""
    _simple(project)
    project.uv("run", "inline.py")


def _stale(project: Project) -> None:
    """A lock file that lacks a dependency declared since."""
    _simple(project)
    project.declare(Pyproject(dependencies=("alpha<2", "probe", "beta")))


def _unlocked(project: Project) -> None:
    _simple(project)
    (project.folder / "uv.lock").unlink()


def _fresh(project: Project) -> None:
    """Declared and locked; no environment yet."""
    _files(project)
    project.declare(SIMPLE)
    project.uv("lock")


def _elsewhere(project: Project) -> None:
    """The simple project with a second environment beside its own."""
    _simple(project)
    project.uv("venv", "other")
    project.install("zeta", environment=project.folder / "other")


def _workspace(project: Project) -> None:
    _files(project)
    project.declare(Pyproject("root", ("alpha<2",), members=("one", "two")))
    project.declare(Pyproject("one", ("beta",), extras={"shiny": ("epsilon",)}), "one")
    project.declare(Pyproject("two", ("toolbox",)), "two")
    project.write("one/x.py", "import gamma\nprint(gamma.__version__)\n")
    project.sync("--all-packages", "--all-extras")
    project.sync("--all-packages")


def _package(project: Project) -> None:
    """A project that is itself installed, in editable form."""
    project.declare(Pyproject("mine", ("alpha<2",), package=True))
    project.sync()


def _outside(project: Project) -> None:
    _files(project)


def _outside_with_environment(project: Project) -> None:
    _files(project)
    project.uv("venv", ".venv")
    project.install("alpha<2", "probe")


def _unmanaged(project: Project) -> None:
    _outside_with_environment(project)
    project.declare(Pyproject(dependencies=("alpha<2",), managed=False))


def _tools_only(project: Project) -> None:
    """A `pyproject.toml` that only configures a tool."""
    _outside_with_environment(project)
    index = index_table(project.sandbox.index)
    project.write("pyproject.toml", f"[tool.black]\nline-length = 88\n{index}")


def _broken(project: Project) -> None:
    _simple(project)
    project.write("pyproject.toml", "[project\n")


STATES: Mapping[str, Callable[[Project], None]] = {
    "simple": _simple,
    "scripted": _scripted,
    "stale": _stale,
    "unlocked": _unlocked,
    "fresh": _fresh,
    "elsewhere": _elsewhere,
    "workspace": _workspace,
    "package": _package,
    "outside": _outside,
    "outside-with-environment": _outside_with_environment,
    "unmanaged": _unmanaged,
    "tools-only": _tools_only,
    "broken": _broken,
}
"""How each state is built in an empty folder."""
