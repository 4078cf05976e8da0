"""`python -m xrun` is the `xrun` command."""

from __future__ import annotations

from xrun.proxy.main import main

raise SystemExit(main())
