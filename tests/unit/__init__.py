"""Unit tests: one file for each of the sources, in the same folders."""
