"""uv run, in an environment that holds exactly what the project declares."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__version__ = "0.2.0"


def leave_path_to_command() -> None:
    """Import nothing from PYTHONPATH, which is the command's and stays as it is for it.

    A module in it would stand before the standard library's (`typing.py`). A folder that xrun
    itself comes from stays.
    """
    named = os.environ.get("PYTHONPATH")
    if named:
        own = os.path.dirname(os.path.dirname(__file__))
        folders = {*map(os.path.abspath, named.split(os.pathsep))} - {own}
        sys.path[:] = [each for each in sys.path if os.path.abspath(each) not in folders]


def end(status: int) -> "NoReturn":
    """End this process, all being said: to take apart what was loaded costs half a Python's start.

    What is registered for the end is done (`multiprocessing` has something there, and coverage).
    """
    import atexit

    atexit._run_exitfuncs()  # noqa: SLF001
    os._exit(status)
