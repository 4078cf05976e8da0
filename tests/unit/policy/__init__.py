"""The policy: its keys, its files, its layers."""
