"""A picture of a terminal: what a session of a document puts out, as SVG.

`python tests/support/picture.py` makes that of the README's session from what really comes out; it
needs `xrun` and `uv` on `PATH`, and a package index.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.transcripts import Step, read_steps, run_steps

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "examples" / "undeclared-library" / "terminal.svg"
COLUMNS = 100


def draw(steps: list[Step], outputs: list[str]) -> str:
    """Draw commands with their output; colours as in the output. No font is fetched."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for step, output in zip(steps, outputs, strict=True):
        console.print(Text.assemble(("$ ", "bold green"), (step.command, "bold")))
        if output:
            console.print(Text.from_ansi(output.rstrip()))
    svg = console.export_svg(title="xrun", unique_id="xrun")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def main() -> None:
    """Run the README's session with colours, and write its picture."""
    steps = read_steps(ROOT / "README.md")
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, "session")
        folder.mkdir()
        environ = {**os.environ, "HOME": home, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
        outputs = run_steps(steps, folder, environ)
    PICTURE.write_text(draw(steps, outputs), encoding="utf-8")


if __name__ == "__main__":
    main()
