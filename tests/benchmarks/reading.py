"""What it costs to explain drift: a large environment read, a large project searched for imports.

    python tests/benchmarks/reading.py [DISTRIBUTIONS [FILES]]

makes an environment of so many distributions (1000; 45 modules each) and a project of so many
source files (5000; 200 lines each), and prints the seconds that each part takes: the median of
three. Needs xrun, and no network.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.drift.imports.importers import find_importers
from xrun.drift.imports.sources import list_sources
from xrun.drift.strays import find_strays
from xrun.environment.environment import Environment
from xrun.environment.modules import read_modules
from xrun.environment.needs import find_needs
from xrun.project.workspace import find_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS = 3
NEEDS = 5  # requirements that hold, of each distribution; and twice as many of an extra
BLOCK = '''
def handle_{0}(request, settings=None):
    """Handle a request of kind {0}.

    What comes out is ready to be sent.
    """
    if request.kind != {0}:
        raise ValueError(f"not of kind {0}: {{request.kind}}")
    # The settings may lack what is new.
    return render(request, (settings or {{}}).get("kind-{0}", "plain"))

'''


def make_environment(folder: Path, number: int) -> Environment:
    """Make an environment as an installer leaves it."""
    site = folder / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /nowhere\nversion_info = 3.11.7\n")
    for at in range(number):
        name = f"dist{at:04}"
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        files = [f"{name}/part{part // 10}/module{part}.py" for part in range(45)]
        (info / "RECORD").write_text("".join(f"{file},sha256=x,0\n" for file in files))
        needs = [f"dist{(at * 7 + step) % number:04}>=1" for step in range(NEEDS)]
        needs += [f'tool{step}>=1; extra == "dev"' for step in range(2 * NEEDS)]
        head = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n"
        (info / "METADATA").write_text(head + "".join(f"Requires-Dist: {need}\n" for need in needs))
        (info / "INSTALLER").write_text("uv")
        (site / name).mkdir()
    return Environment(folder, ".venv")


def make_sources(folder: Path, number: int) -> None:
    """Make a project of which every file imports a distribution."""
    (folder / "pyproject.toml").write_text('[project]\nname = "app"\nversion = "1"\n')
    body = "".join(BLOCK.format(at) for at in range(18))
    for at in range(number):
        file = folder / f"part{at // 100}" / f"module{at}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"import dist0001.part0.module1\n{body}")


def measure(what: str, action: Callable[[], object]) -> None:
    """Print the median seconds of an action."""
    seconds = []
    for _ in range(TURNS):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    print(f"{what:52} {statistics.median(seconds):6.2f} s")


def read_all(environment: Environment) -> None:
    """Read all that is known of each distribution."""
    again = Environment(environment.folder, environment.name)
    for distribution in again.distributions.values():
        _ = distribution.provenance
    find_needs(again, ((name, ()) for name in again.distributions))
    read_modules(again)


def main() -> None:
    """Make both, measure both."""
    numbers = [int(word) for word in sys.argv[1:]]
    distributions, files = [*numbers, *[1000, 5000][len(numbers) :]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = make_environment(folder / ".venv", distributions)
        make_sources(folder, files)
        workspace = find_workspace(folder)
        if workspace is None:
            raise SystemExit(f"no project in {folder}")
        modules = read_modules(environment)
        measure(
            f"{distributions} distributions, all that is known of them",
            lambda: read_all(environment),
        )
        measure(
            f"{distributions} distributions, what uv cannot see",
            lambda: find_strays(environment, {}),
        )
        measure(f"{files} source files, found", lambda: list_sources(workspace, environment))
        sources = list_sources(workspace, environment)
        for asked, share in (("dist0001", "each imports it"), ("dist0002", "none imports it")):
            measure(
                f"{files} source files, searched ({share})",
                lambda asked=asked: find_importers(sources, folder, modules, [asked]),  # type: ignore[misc]
            )


if __name__ == "__main__":
    main()
