"""`python -m xrun` is the `xrun` command."""

from __future__ import annotations

from xrun.proxy import main

raise SystemExit(main())
