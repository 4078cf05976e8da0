"""Which source lines import what: the project's Python files, parsed."""
