"""Nothing lost: what a run removes goes to the attic first, and comes back from there.

Nothing is imported here: a run that removes nothing needs next to nothing of it.
"""
