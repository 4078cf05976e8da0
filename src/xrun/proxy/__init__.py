"""The `xrun` command while all is unchanged: imports os, sys, time and itself, nothing else.

What differs between platforms stands here: code asks for a fact by its name, not for a platform,
and a test sets it by that name (the layout before anything else is imported).
"""

import sys

# Whether an exec replaces the process; else a process of its own is started, and waited for.
REPLACES = sys.platform != "win32"
# Whether a folder can be locked, by a lock that goes on through exec.
LOCKS_FOLDERS = sys.platform != "win32"
# Whether files have an owner and a mode.
HAS_OWNERS = sys.platform != "win32"
# Where processes can be looked into; others' may be hidden, and elsewhere than on Linux all are.
PROC = "/proc"

# How an environment is laid out: programs, what their names end with, a glob for the folder that
# holds the standard library and `site-packages`.
BIN = "bin" if sys.platform != "win32" else "Scripts"
EXE = "" if sys.platform != "win32" else ".exe"
LIBRARY = "lib/*" if sys.platform != "win32" else "Lib"
