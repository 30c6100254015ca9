"""Plain tables of a page: cells in both languages or numbers with a unit, which the page writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

__all__ = ["figure", "figure_table", "words_of"]


def words_of(zh: object, en: object = "", small: Sequence[str] = ("", "")) -> dict[str, Any]:
    """Cell with words in Chinese and English, and smaller ones below."""
    return {"text": [str(zh), str(en or zh)], "small": list(small)}


def figure(value: float, unit: str, small: Sequence[str] = ("", "")) -> dict[str, Any]:
    """Cell with a number in one of the units of the pages; null where there is none."""
    number = float(value)
    return {"value": number if math.isfinite(number) else None, "unit": unit, "small": list(small)}


def figure_table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[dict[str, Any]]], *, hint: str = ""
) -> dict[str, Any]:
    """A table for ``G.figureTable``; title, heads and hint are keys of the words."""
    return {"title": title, "heads": list(heads), "rows": [list(row) for row in rows], "hint": hint}
