"""The one error a user is meant to read."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["InputError", "listing"]


class InputError(ValueError):
    """Input that cannot be used; one sentence names the file, the field, what was found and how to mend it."""


def listing(values: Iterable[object], limit: int = 10) -> str:
    """Write values after each other, cut at ``limit``.

    Parameters
    ----------
    values : iterable
        Anything with a readable ``str``.
    limit : int, default 10
        How many are shown before "and N more".

    Returns
    -------
    str

    Examples
    --------
    >>> listing("abcd", limit=2)
    'a, b and 2 more'
    """
    texts = [str(v) for v in values]
    shown = ", ".join(texts[:limit])
    return shown if len(texts) <= limit else f"{shown} and {len(texts) - limit} more"
