"""Waiting for what another thread or process does, as long as it takes on the busiest machine."""

import time
from collections.abc import Callable

PATIENCE = 300  # seconds, after which something is broken, and not slow


def wait_for(condition: Callable[[], bool], told: Callable[[], object] = lambda: "it did not happen") -> None:
    """Returns as soon as the condition holds; fails with what is told when it never does."""
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, told()
        time.sleep(0.01)
