"""Words of the pages in Chinese and English, one table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from guanghui.maps.offline import asset_text
from guanghui.maps.words.level import Level, level_here

__all__ = ["LANGS", "source_words", "word", "words"]

LANGS = ("zh", "en")


def words() -> Mapping[str, tuple[str, str]]:
    """Every word: key -> (Chinese, English), from ``assets/words.csv``, for the place that is spoken of."""
    return _table(level_here())


@lru_cache(maxsize=16)
def _table(level: Level) -> Mapping[str, tuple[str, str]]:
    lines = [line for line in asset_text("words.csv").splitlines() if line and not line.startswith("#")]
    rows = csv.DictReader(io.StringIO("\n".join(lines)))
    return MappingProxyType({row["key"]: level(row["zh"], row["en"]) for row in rows})


def source_words(source: str) -> tuple[str, str]:
    """What a note is about, in Chinese and English; its key where the table has no word.

    Parameters
    ----------
    source : str
        Key of the note.
    """
    return words().get(f"note_{source}", (source, source))


def word(key: str, lang: str = "zh", **values: object) -> str:
    """One word or sentence; ``{name}`` in it is filled from ``values``.

    Parameters
    ----------
    key : str
        Key of the table.
    lang : str, default "zh"
        ``zh`` or ``en``.
    **values : object
        What stands for each ``{name}``; without any, braces stay as they are.

    Raises
    ------
    KeyError
        If the table has no such key.
    """
    text = words()[key][LANGS.index(lang)]
    return text.format(**values) if values else text
