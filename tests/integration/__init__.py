"""Tests with the real uv."""
