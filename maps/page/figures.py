"""Plain tables of a page: cells in both languages or numbers with a unit, which the page writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

__all__ = ["figure", "figure_table", "words_of"]


def words_of(zh: object, en: object = "", small: Sequence[str] = ("", "")) -> dict[str, Any]:
    """Cell with words in Chinese and English, and smaller ones below.

    Parameters
    ----------
    zh, en : object
        What it says; the Chinese stands in for no English.
    small : sequence of str, default ("", "")
        Smaller words in Chinese and English.

    Returns
    -------
    dict
        ``text`` and ``small``, pairs of Chinese and English.
    """
    return {"text": [str(zh), str(en or zh)], "small": list(small)}


def figure(value: float, unit: str, small: Sequence[str] = ("", "")) -> dict[str, Any]:
    """Cell with a number in one of the units of the pages; null where there is none.

    Parameters
    ----------
    value : float
        In the base unit of ``unit``; NaN or infinite is none.
    unit : str
        Key of the units of the pages, for instance ``"kwh"``.
    small : sequence of str, default ("", "")
        Smaller words in Chinese and English.

    Returns
    -------
    dict
        ``value``, ``unit`` and ``small``.
    """
    number = float(value)
    return {"value": number if math.isfinite(number) else None, "unit": unit, "small": list(small)}


def figure_table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[dict[str, Any]]], *, hint: str = ""
) -> dict[str, Any]:
    """A table for ``G.figureTable``; title, heads and hint are keys of the words.

    Parameters
    ----------
    title : str
        Key of the words.
    heads : sequence of str
        Keys of the words, one a column.
    rows : sequence
        Cells of :func:`words_of` and :func:`figure`.
    hint : str, default ""
        Key of the words below the table; empty for none.
    """
    return {"title": title, "heads": list(heads), "rows": [list(row) for row in rows], "hint": hint}
