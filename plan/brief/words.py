"""Words and sentences of the brief in Chinese and English; ``{name}`` is filled in with numbers from the results."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from guanghui.data import read_table
from guanghui.maps.words.i18n import LANGS
from guanghui.maps.words.level import Level, level_here

__all__ = ["brief_words", "say", "sentences"]


def brief_words() -> Mapping[str, tuple[str, str]]:
    """Every word: key -> (Chinese, English), from ``legends/brief_words.csv``, for the place that is spoken of."""
    return _table(level_here())


@lru_cache(maxsize=16)
def _table(level: Level) -> Mapping[str, tuple[str, str]]:
    table = read_table("legends", "brief_words.csv")
    pairs = map(level, table["zh"].astype(str), table["en"].astype(str))
    return MappingProxyType(dict(zip(table["key"].astype(str), pairs, strict=True)))


def say(key: str, lang: str, **values: object) -> str:
    """One word or sentence in a language.

    Parameters
    ----------
    key : str
        Key of the table.
    lang : str
        ``zh`` or ``en``.
    **values
        What is filled in.

    Raises
    ------
    KeyError
        If there is no such word, or a value is missing.
    """
    text = brief_words()[key][LANGS.index(lang)]
    return text.format(**values) if values else text


def sentences(lang: str, *parts: str) -> str:
    """Sentences as one paragraph; Chinese has no space between them.

    Parameters
    ----------
    lang : str
        ``zh`` or ``en``.
    *parts : str
        Whole sentences with their full stops.
    """
    return ("" if lang == "zh" else " ").join(parts)
