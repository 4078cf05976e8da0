"""Drift in, text out: for people and for programs."""

from __future__ import annotations
