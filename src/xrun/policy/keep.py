"""Entries of `keep`: which distributions stay in an environment although nothing declares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from packaging.requirements import Requirement


@dataclass(frozen=True)
class Keep:
    """One entry of `keep`.

    Attributes:
        requirement: Keeps a distribution if name, specifier and marker match what is installed;
            never with a URL.
        reason: Why it has to stay; may be empty.
        until: The day from which on the entry is an error; `None` where it holds for good.
        origin: Where it stands, as messages name it (`xrun.toml, keep[0]`).
    """

    requirement: Requirement
    reason: str = ""
    until: date | None = None
    origin: str = ""


# What editors and kernels put into an environment themselves (their closure is kept with them).
EDITORS = ("debugpy", "ipykernel", "pip")
