"""How the process of a gateway runs: when Python looks for garbage.

A choice of speed alone; docs/performance.md has what it is worth.
"""

import gc

YOUNG = 20_000
"""New objects after which Python looks for circles of them that nobody holds; a case leaves hardly any behind."""
OLDER = 20
"""Looks at the young after which older ones are looked at, too."""


def settle_memory() -> None:
    """Leave what was loaded for the whole life of the process out of every later look for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)
