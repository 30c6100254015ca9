"""What the parts of a place are called, and the whole: townships of a city, counties of a province."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

import geopandas as gpd

__all__ = ["Level", "Place", "in_words_of", "level_here", "level_of", "speaking_of"]

P = ParamSpec("P")
T = TypeVar("T")
_WHOLE = {"省": "province", "市": "city", "区": "district", "县": "county", "州": "prefecture", "盟": "league",
          "旗": "banner"}  # fmt: skip
_COUNTY_DIGITS = 6
"""Digits of the code of a county; a township has nine."""


@dataclass(frozen=True)
class Level:
    """Words for the parts and the whole of a place."""

    part: tuple[str, str] = ("乡镇", "township")
    parts: str = "townships"
    whole: tuple[str, str] = ("市", "city")

    def __call__(self, zh: str, en: str) -> tuple[str, str]:
        """A Chinese and an English text that were written for townships of a city, in the words of this place.

        Parameters
        ----------
        zh, en : str
            The texts.

        Examples
        --------
        >>> province = Level(("县区", "county"), "counties", ("省", "province"))
        >>> province("全市各乡镇", "Townships of the city, by capacity")
        ('全省各县区', 'Counties of the province, by capacity')
        """
        if self == _USUAL:
            return zh, en
        zh = zh.replace("乡镇（街道）", "乡镇").replace("乡镇", self.part[0])
        zh = zh.replace("全市", f"全{self.whole[0]}").replace("本市", f"本{self.whole[0]}")
        for old, new in (("townships", self.parts), ("township", self.part[1]), ("city", self.whole[1])):
            en = re.sub(rf"\b{old}\b", new, en)
            en = re.sub(rf"\b{old.capitalize()}\b", new.capitalize(), en)
        return zh, en


_USUAL = Level()
_HERE: ContextVar[Level] = ContextVar("guanghui_level", default=_USUAL)


class Place(Protocol):
    """What is asked of a place."""

    @property
    def name(self) -> str:
        """Chinese name."""

    @property
    def townships(self) -> gpd.GeoDataFrame:
        """Its parts, with ``code``."""


def level_of(name: str, codes: Sequence[object]) -> Level:
    """Level of a place by its name and the codes of its parts.

    Parameters
    ----------
    name : str
        Chinese name; its last character says what it is.
    codes : sequence
        Codes of the parts: six digits are counties.

    Examples
    --------
    >>> level_of("江西省", ["360481", "360924"]).part, level_of("江西省", ["360481"]).whole
    (('县区', 'county'), ('省', 'province'))
    >>> level_of("共青城市", ["360482001"]) == Level()
    True
    """
    whole = name[-1:] if name[-1:] in _WHOLE else "市"
    given = [str(code) for code in codes]
    counties = bool(given) and all(code.isdigit() and len(code) == _COUNTY_DIGITS for code in given)
    part, parts = (("县区", "county"), "counties") if counties else (_USUAL.part, _USUAL.parts)
    return Level(part, parts, (whole, _WHOLE[whole]))


def level_here() -> Level:
    """Level of the place that is spoken of."""
    return _HERE.get()


@contextmanager
def speaking_of(place: Place) -> Iterator[None]:
    """Speak of a place in the block: words have its level.

    Parameters
    ----------
    place : Place
        City, province or county.
    """
    token = _HERE.set(level_of(place.name, place.townships["code"].tolist()))
    try:
        yield
    finally:
        _HERE.reset(token)


def in_words_of(make: Callable[P, T]) -> Callable[P, T]:
    """Let a function speak of the place that is its first argument.

    Parameters
    ----------
    make : callable
        Page, picture, brief or sheets of a place.
    """

    @wraps(make)
    def spoken(*args: P.args, **named: P.kwargs) -> T:
        place: Any = args[0]
        with speaking_of(place):
            return make(*args, **named)

    return spoken
