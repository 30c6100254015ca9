"""Names out of data, made fit to be written anywhere."""

from __future__ import annotations

import unicodedata

__all__ = ["plain_text"]


def plain_text(text: object, limit: int | None = None) -> str:
    r"""One line of an untrusted text: no control characters, no halves of characters, not too long.

    Letters, signs and 4-byte characters of any script are kept as they are.

    Parameters
    ----------
    text : object
        Anything with a readable ``str``.
    limit : int, optional
        Longer texts are cut and end with an ellipsis.

    Returns
    -------
    str

    Examples
    --------
    >>> plain_text("甘\x00露镇\n<b>"), plain_text("abcdef", limit=4)
    ('甘露镇 <b>', 'abc…')
    """
    spaced = "".join(" " if c.isspace() else c for c in str(text))
    kept = "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co"))
    line = " ".join(kept.split())
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"
