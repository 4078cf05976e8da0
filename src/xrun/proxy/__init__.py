"""The `xrun` command while all is unchanged: imports os, sys, time and itself, nothing else."""
