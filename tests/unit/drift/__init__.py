"""Drift: how what uv answers is read."""
