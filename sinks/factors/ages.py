"""Age classes (龄组) and the years they span, by species group, origin and purpose (林种)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from guanghui.data.files import read_table
from guanghui.geo.errors import InputError
from guanghui.sinks.factors.table import species_lineage

__all__ = ["AGE_CLASSES", "EDITIONS", "ORIGINS", "PURPOSES", "AgeLimits", "age_limits"]

AGE_CLASSES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "young": ("幼龄林", "young"),
    "middle": ("中龄林", "middle-aged"),
    "near_mature": ("近熟林", "near-mature"),
    "mature": ("成熟林", "mature"),
    "over_mature": ("过熟林", "over-mature"),
})  # fmt: skip
ORIGINS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "planted": ("人工林", "planted"), "natural": ("天然林", "natural"),
})  # fmt: skip
PURPOSES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "timber": ("用材林", "timber"),
    "fast": ("速生丰产用材林", "fast-growing timber"),
    "short_rotation": ("短轮伐期用材林", "short-rotation timber"),
    "protection": ("防护林与特用林", "protection and special use"),
    "firewood": ("薪炭林", "firewood"),
})  # fmt: skip
EDITIONS = ("older", "newer")
_LAST_STRETCH = 1.5
"""The open last class is taken to end at this times its beginning."""


@dataclass(frozen=True)
class AgeLimits:
    """Last years of the classes before the open one."""

    ends: tuple[float, float, float, float]
    """Of young, middle-aged, near-mature and mature stands [yr]."""
    mark: str
    source: str

    def years(self, age_class: str) -> tuple[float, float]:
        """First and last year of a class [yr]; the open class ends at 1.5 times its beginning.

        Parameters
        ----------
        age_class : str
            One of ``AGE_CLASSES``.

        Raises
        ------
        ValueError
            If there is no such class.
        """
        i = list(AGE_CLASSES).index(age_class)
        bounds = (0.0, *self.ends, self.ends[-1] * _LAST_STRETCH)
        return bounds[i], bounds[i + 1]

    def age_class(self, age: float) -> str:
        """Class of a stand of an age [yr].

        Parameters
        ----------
        age : float
            [yr]; the last year of a class belongs to it.

        Returns
        -------
        str
            Key of ``AGE_CLASSES``.
        """
        return list(AGE_CLASSES)[sum(age > end for end in self.ends)]


@lru_cache(maxsize=256)
def age_limits(group: str, origin: str, purpose: str = "timber", edition: str = "older") -> AgeLimits:
    """Limits of the age classes of a stand.

    Parameters
    ----------
    group : str
        Species group; the nearest group with rows in ``factors/age_limits.csv`` stands in.
    origin : {"planted", "natural"}
        Origin (起源).
    purpose : str, default "timber"
        Key of :data:`PURPOSES` (林种).
    edition : {"older", "newer"}
        Table of the inventory system.

    Raises
    ------
    InputError
        If origin, purpose or edition is not known.
    """
    for word, known, what, zh in (
        (origin, tuple(ORIGINS), "origin", "起源"),
        (purpose, tuple(PURPOSES), "purpose", "林种"),
        (edition, EDITIONS, "edition", "龄组划分版本"),
    ):
        if word not in known:
            raise InputError(
                f"growth: {what} is one of {', '.join(known)}, not {word!r}.",
                f"growth：{zh}应为 {', '.join(known)} 之一，而非 {word!r}。",
            )
    rows = _rows()
    for subject in species_lineage(group):
        own = rows.get(subject)
        if own:
            return max(own, key=lambda r: _nearness(r, origin, purpose, edition))[3]
    raise KeyError(group)  # the table has rows of `tree`, which every lineage ends with


_Row = tuple[str, str, str, AgeLimits]


def _nearness(row: _Row, origin: str, purpose: str, edition: str) -> tuple[bool, bool, bool, bool]:
    """Purpose counts most, then timber for a purpose without rows, the edition, the origin."""
    return (row[1] == purpose, row[1] == "timber", row[2] in (edition, "any"), row[0] in (origin, "any"))


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, list[_Row]]:
    out: dict[str, list[_Row]] = {}
    for r in read_table("factors", "age_limits.csv").to_dict("records"):
        ends = tuple(float(r[c]) for c in list(AGE_CLASSES)[:-1])
        limits = AgeLimits((ends[0], ends[1], ends[2], ends[3]), str(r["mark"]), str(r["source"]))
        out.setdefault(str(r["group"]), []).append((str(r["origin"]), str(r["purpose"]), str(r["edition"]), limits))
    return MappingProxyType(out)
