"""Memory that was freed, handed back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress

__all__ = ["give_back"]


def give_back() -> None:
    """Give freed memory back to the system: glibc kept 230 to 590 MB after a batch of roofs."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").malloc_trim(0)
