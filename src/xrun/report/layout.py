"""Rows in columns, as wide as there is room: aligned, shortened, or one below the other."""

from __future__ import annotations

from itertools import zip_longest

from xrun.proxy.dataclass import dataclass, replace
from xrun.report.width import ELLIPSIS, measure, pad, shorten, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PLAIN = "\x1b[0m"
BETWEEN = 2  # columns that stay free before each column
BELOW = "    "  # what stands before a line that belongs to the one above
LEAST_LAST = 16  # columns that the last cell of a table has, however narrow the terminal is
LEAST = 20  # columns that a text has, however narrow the terminal is, or it goes to a new line


@dataclass(frozen=True)
class Row:
    """One row: a word for the kind, name and version, explanation, what settles it.

    Attributes:
        word: Says what is wrong; coloured.
        subject: Which thing: never cut.
        parts: The explanation, the least important part first.
        cure: Never cut either, because it is copied.
        colour: What switches the colour of the word on.
        count: How many findings the row stands for.
    """

    word: str
    subject: str
    parts: tuple[str, ...] = ()
    cure: str = ""
    colour: str = ""
    count: int = 1

    @property
    def explanation(self) -> str:
        """The explanation in one line."""
        return "; ".join(self.parts)

    def shorten_explanation(self, width: int) -> str:
        """Shorten the explanation to a number of columns: the least important parts go first."""
        if measure(self.explanation) <= width:
            return self.explanation
        for at in range(1, len(self.parts)):
            text = f"{ELLIPSIS} {'; '.join(self.parts[at:])}"
            if measure(text) <= width:
                return text
        return _shorten_at_blank(self.parts[-1], width)


@dataclass(frozen=True)
class Columns:
    """How wide the columns are.

    Attributes:
        word: Of the first column.
        subject: Of the second.
        width: Of the terminal; `None` where there is none.
        least: How narrow the third may get before a cure has to leave it.
        explanation: Of the third, where a cure stands beside it.
    """

    word: int
    subject: int
    width: int | None
    least: int = 0
    explanation: int = 0

    @property
    def second(self) -> int:
        """Where the second column begins."""
        return BETWEEN + self.word + BETWEEN

    @property
    def third(self) -> int:
        """Where the third column begins."""
        return self.second + self.subject + BETWEEN


def align(rows: Sequence[Row], *, width: int | None = None, has_colour: bool = False) -> list[str]:
    """Align rows in columns.

    Where that is wider than there is room, explanations are shortened; where little would be left
    of them, the cure goes to a line of its own; where even that is too wide, so does all else.

    Args:
        rows: Their texts are safe for a terminal.
        width: How many columns there are; as many as it takes if `None`.
        has_colour: Whether the first column is coloured.
    """
    word = max((measure(row.word) for row in rows), default=0)
    # A row that ends with the second column may be as long as it likes; so may an odd long name.
    most = width // 3 if width is not None else None
    subjects = [measure(row.subject) for row in rows if row.parts or row.cure]
    subject = max((each for each in subjects if most is None or each <= most), default=0)
    whole = [row for row in rows if (row.parts or row.cure) and measure(row.subject) <= subject]
    longest = max((measure(row.explanation) for row in whole if row.cure), default=0)
    columns = Columns(word, subject, width, min(LEAST, longest))
    if width is not None and (not whole or columns.third + LEAST > width):
        blocks = [_stack(row, columns, len(BELOW)) for row in rows]
    else:
        columns = replace(columns, explanation=_choose_explanation(whole, columns))
        blocks = [_lay_out(row, columns) for row in rows]
    for row, block in zip(rows, blocks, strict=True):
        if has_colour and row.colour:
            line, end = block[0], columns.second - BETWEEN  # the first column holds ASCII only
            block[0] = line[:BETWEEN] + paint(line[BETWEEN:end], row.colour) + line[end:]
    return [line.rstrip() for block in blocks for line in block]


def align_notes(
    rows: Sequence[Row], *, width: int | None = None, has_colour: bool = False
) -> list[str]:
    """Align rows of which nothing is cut: what has no room is wrapped. Coloured as a whole."""
    word = max((measure(row.word) for row in rows), default=0)
    columns = Columns(word, max((measure(row.subject) for row in rows), default=0), width)
    lines = []
    for row in rows:
        room = measure(row.explanation) if width is None else width - columns.third
        if width is not None and room < LEAST:
            block = _stack(row, columns, len(BELOW))
        else:
            cells = (row.word, row.subject, row.explanation)
            block = _render_cells(cells, (word, columns.subject, room))
        lines += [paint(line.rstrip(), row.colour if has_colour else "") for line in block]
    return lines


def paint(text: str, colour: str) -> str:
    """Colour a text; plain where the colour is empty."""
    return f"{colour}{text}{PLAIN}" if colour else text


def _shorten_at_blank(text: str, width: int) -> str:
    """Shorten text before a word, if half of the room is used then: `and 1…` would be a number."""
    cut = shorten(text, width)
    whole = text[: len(cut)].rpartition(" ")[0].rstrip()
    return f"{whole}{ELLIPSIS}" if cut != text and 2 * measure(whole) >= width else cut


def _choose_explanation(rows: Sequence[Row], columns: Columns) -> int:
    """Choose the width of the third column: for the rows that have their cure beside it."""
    beside = [row for row in rows if row.cure and _fits_beside(row, columns)]
    texts = [row.explanation for row in beside]
    if columns.width is not None and beside:
        cure = max(measure(row.cure) for row in beside)
        room = columns.width - columns.third - BETWEEN - cure
        texts = [row.shorten_explanation(room) for row in beside]
    return max(map(measure, texts), default=0)


def _fits_beside(row: Row, columns: Columns) -> bool:
    """Whether a cure fits beside an explanation, however much that is shortened."""
    if columns.width is None:
        return True
    if measure(row.cure) > columns.width // 3:  # one odd long cure does not squeeze the others
        return False
    return columns.third + columns.least + BETWEEN + measure(row.cure) <= columns.width


def _lay_out(row: Row, columns: Columns) -> list[str]:
    """Lay out a row in one line, or two with the cure below."""
    if not row.parts and not row.cure:
        return _stack(row, columns, columns.second)
    if measure(row.subject) > columns.subject:
        line = (" " * BETWEEN).join(filter(None, (row.subject, row.explanation, row.cure)))
        fits = columns.width is not None and columns.second + measure(line) <= columns.width
        row = Row(row.word, line) if fits else row
        return _stack(row, columns, columns.second)
    head = _render_head(row, columns)
    if row.cure and _fits_beside(row, columns):
        if not columns.explanation:
            return [head + row.cure]
        text = row.shorten_explanation(columns.explanation)
        return [f"{head}{pad(text, columns.explanation)}{' ' * BETWEEN}{row.cure}"]
    line = head + (" " * BETWEEN).join(filter(None, (row.explanation, row.cure)))
    if columns.width is None or measure(line) <= columns.width:
        return [line]
    text = row.shorten_explanation(columns.width - columns.third)
    return [head + text, *_lay_below(row.cure, columns, columns.second)]


def _stack(row: Row, columns: Columns, below: int) -> list[str]:
    """Lay out a row as lines one below the other, the later ones indented; nothing is cut."""
    head = _render_head(row, columns, is_last=True)
    if columns.width is None:
        return [head]
    lines = [head]
    if measure(head) > columns.width and not row.parts and not row.cure:  # names
        first, *rest = wrap(row.subject, columns.width - columns.second, breaks=False)
        lines = [_render_head(Row(row.word, first), columns, is_last=True)]
        lines += [" " * columns.second + line for line in rest]
    for part in row.parts:
        lines += [" " * below + line for line in wrap(part, max(columns.width - below, LEAST))]
    return [*lines, *_lay_below(row.cure, columns, below)]


def _lay_below(cure: str, columns: Columns, below: int) -> list[str]:
    """Lay a cure out below its row, indented if it has room then."""
    if not cure:
        return []
    has_room = columns.width is None or below + measure(cure) <= columns.width
    return [(" " * below if has_room else BELOW) + cure]


def _render_head(row: Row, columns: Columns, *, is_last: bool = False) -> str:
    gap = " " * BETWEEN
    subject = row.subject if is_last else pad(row.subject, columns.subject) + gap
    return f"{gap}{pad(row.word, columns.word)}{gap}{subject}"


def render_table(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Render rows of cells: each column as wide as it has to be, the last one gets the rest.

    Args:
        rows: Of the same number of cells each, safe for a terminal.
        width: How many columns there are.
    """
    if not rows:
        return []
    most = max(width // 3, LEAST_LAST)
    columns = [min(max(map(measure, cells)), most) for cells in zip(*rows, strict=True)]
    columns[-1] = max(width - sum(each + BETWEEN for each in columns[:-1]) - BETWEEN, LEAST_LAST)
    return [line for row in rows for line in _render_cells(row, columns)]


def _render_cells(row: Sequence[str], columns: Sequence[int]) -> list[str]:
    cells = [wrap(cell, column) for cell, column in zip(row, columns, strict=True)]
    gap = " " * BETWEEN
    return [
        (gap + gap.join(map(pad, line, columns))).rstrip()
        for line in zip_longest(*cells, fillvalue="")
    ]
