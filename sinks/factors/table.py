"""Factor tables: every number with its unit, range, region, depth, distribution, source and mark of trust."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.data import read_table
from guanghui.geo.errors import InputError, listing
from guanghui.geo.units import Z95

__all__ = [
    "CONFIDENCE",
    "DISTRIBUTIONS",
    "MARKS",
    "OWN_TABLE",
    "TABLES",
    "Factor",
    "Factors",
    "OwnCurve",
    "OwnFactor",
    "OwnRange",
    "column_label",
    "column_labels",
    "confidence",
    "load_factors",
    "pool_labels",
    "species_groups",
    "species_lineage",
]

Floats = npt.NDArray[np.float64]

TABLES = ("forest", "soil", "growth", "stock", "wetland", "cropland", "ipcc", "inventory")
MARKS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "own": ("用户提供", "given by the user"),
    "V": ("已核对原文", "read in the source"),
    "R": ("据原文数值推算", "computed from values of the source"),
    "A": ("仅见摘要", "abstract only"),
    "2": ("二手资料", "second hand"),
    "M": ("未核实", "unverified"),
    "assumed": ("假定", "assumed"),
})  # fmt: skip
OWN_TABLE = "#"
"""Before a code of the land cover that a carbon table of the user speaks of; stands in the place of a species."""
UNVERIFIED = ("M", "assumed")
LOW_CONFIDENCE = ("2", "M", "assumed")
DISTRIBUTIONS = ("normal", "lognormal", "uniform", "fixed")
_REQUIRED = ("unit", "depth_cm", "region", "climate", "distribution", "mark", "source", "basis")


@dataclass(frozen=True)
class Factor:
    """One number of a table and all that is known of it."""

    id: str
    subject: str
    """Land class, species group or other thing the number is about."""
    quantity: str
    value: float
    """Mean used in accounts."""
    low: float
    high: float
    """95 % range of the mean of a county (lognormal and normal), or the whole range (uniform)."""
    unit: str
    depth_cm: str
    """``"0-30"``, ``"0-100"``, a layer, or ``"-"`` where depth has no meaning."""
    region: str
    climate: str
    distribution: str
    mark: str
    source: str
    basis: str
    """Where the range comes from, and what was done to the number."""
    plots_sd: float = math.nan
    """Standard deviation between plots as published."""
    plots: str = ""
    twin: str = ""
    """Factors of one twin are one measurement under several ids and are drawn alike; the id itself by default."""

    @property
    def drawn_as(self) -> str:
        """Name under which the factor is drawn."""
        return self.twin or self.id

    @property
    def log_sd(self) -> float:
        """Standard deviation of the logarithm (lognormal only)."""
        return math.log(self.high / self.low) / (2 * Z95)

    @property
    def sd(self) -> float:
        """Standard uncertainty of the value, in its unit."""
        if self.distribution == "lognormal":
            return self.value * math.sqrt(math.expm1(self.log_sd**2))
        width = self.high - self.low
        return width / math.sqrt(12) if self.distribution == "uniform" else width / (2 * Z95)

    def draw(self, draws: int, seed: int) -> Floats:
        """Random values of the factor, the same for the same seed whoever asks.

        Lognormal draws keep ``value`` as their mean: taking the published value as the mode of a skewed distribution
        would raise methane 1.6 to 2.3 times.

        Parameters
        ----------
        draws : int
            How many.
        seed : int
            Seed of the region.
        """
        if self.distribution == "fixed":
            return np.full(draws, self.value)
        rng = np.random.default_rng([seed, zlib.crc32(self.drawn_as.encode())])
        if self.distribution == "uniform":
            return rng.uniform(self.low, self.high, draws)
        z = rng.standard_normal(draws)
        if self.distribution == "normal":
            return self.value + self.sd * z
        s = self.log_sd
        return self.value * np.exp(s * z - s * s / 2)


@dataclass(frozen=True)
class OwnFactor:
    """A factor measured by the user, put in the place of one that ships."""

    id: str
    value: float
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class OwnRange:
    """Range of a value of the user's carbon table."""

    low: float
    high: float
    distribution: str
    row: str
    """Row of the table; codes that share one are one measurement."""


@dataclass(frozen=True)
class OwnCurve:
    """Growth of a species group by a table of the user."""

    age: tuple[float, ...]
    """[yr], rising from 0."""
    volume: tuple[float, ...] = ()
    """At those ages [m³/ha]; empty where the table has none."""
    above: tuple[float, ...] = ()
    """Carbon of the living trees above ground [t C/ha]; empty where the table has none."""
    below: tuple[float, ...] = ()
    """Below ground [t C/ha]; empty where the table has none."""
    source: str = ""
    range_of_most: OwnRange | None = None
    """Of the fullest value that has one; the whole curve carries its relative uncertainty."""


class Factors(Mapping[str, Factor]):
    """Factors by id, and found by what they are about."""

    growth: Mapping[str, OwnCurve] = MappingProxyType({})
    """``group|origin`` (origin empty for both) -> curve of the user."""

    def __init__(self, rows: Iterable[Factor]) -> None:
        self._rows = {row.id: row for row in rows}
        self._index: dict[tuple[str, str, str], dict[str, Factor]] = {}
        for row in self._rows.values():
            self._index.setdefault((row.subject, row.quantity, row.depth_cm), {})[row.climate] = row

    def __getitem__(self, key: str) -> Factor:
        """Return the factor of an id."""
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return how many factors there are."""
        return len(self._rows)

    def find(self, quantity: str, lineage: Sequence[str], *, depth: str = "-", climate: str = "any") -> Factor:
        """Factor of the nearest subject that has one, for the climate where it is told apart.

        Parameters
        ----------
        quantity : str
            For instance ``"soil"``.
        lineage : sequence of str
            Subject and what stands in for it, nearest first.
        depth : str, default "-"
            ``"0-30"`` or ``"0-100"`` for soil.
        climate : str, default "any"
            IPCC climate zone.

        Raises
        ------
        InputError
            If no subject has one.
        """
        for subject in lineage:
            found = self._index.get((subject, quantity, depth), {})
            if climate in found or "any" in found:
                return found.get(climate) or found["any"]
        raise InputError(
            f"factors: no table gives {quantity!r} (depth {depth}) of {lineage[0]!r} or what stands for it.",
            f"factors：没有 {lineage[0]!r}（或其替代）的 {quantity!r}（深度 {depth}）。",
        )

    def has(self, quantity: str, lineage: Sequence[str], *, depth: str = "-") -> bool:
        """Tell whether a subject or what stands in for it has the quantity.

        Parameters
        ----------
        quantity : str
            For instance ``"soil"``.
        lineage : sequence of str
            Subject and what stands in for it.
        depth : str, default "-"
            ``"0-30"`` or ``"0-100"`` for soil.
        """
        return any((subject, quantity, depth) in self._index for subject in lineage)

    def with_own(self, own: Iterable[OwnFactor]) -> Factors:
        """Factors with those the user measured in place of the shipped ones.

        Parameters
        ----------
        own : iterable of OwnFactor
            Value, range and source by id, in the unit of the shipped factor.

        Raises
        ------
        InputError
            If an id does not exist, or value and range do not fit each other.
        """
        rows = dict(self._rows)
        for item in own:
            if item.id not in rows:
                near = [k for k in rows if k.rsplit(".", 1)[0] == item.id.rsplit(".", 1)[0]]
                raise InputError(
                    f"own_factors: there is no factor {item.id!r}; near it are {listing(near or rows)}.",
                    f"own_factors：没有参数 {item.id!r}；相近的有 {listing(near or rows)}。",
                )
            if not item.low <= item.value <= item.high:
                raise InputError(
                    f"own_factors: {item.id}: {item.value} lies outside its range {item.low}-{item.high}.",
                    f"own_factors：{item.id} 的值 {item.value} 不在 {item.low}-{item.high} 内。",
                )
            kind = "fixed" if item.low == item.high else "lognormal" if item.low > 0 else "normal"
            rows[item.id] = replace(
                rows[item.id], value=item.value, low=item.low, high=item.high, distribution=kind, mark="own",
                source=item.source, basis="given by the user", plots_sd=math.nan, plots="",
            )  # fmt: skip
        return Factors(rows.values())

    def report(self, used: Iterable[str]) -> pd.DataFrame:
        """Say what the named factors are and where they come from, the least trusted first.

        Parameters
        ----------
        used : iterable of str
            Ids of factors; one twice is reported once.

        Returns
        -------
        pandas.DataFrame
            ``id``, ``subject``, ``quantity``, ``value``, ``low``, ``high``, ``unit``, ``depth_cm``, ``region``,
            ``climate``, ``distribution``, ``mark``, ``mark_zh``, ``mark_en``, ``unverified``, ``source``, ``citation``,
            ``basis``.
        """
        cite = citations()
        rows = [self._rows[i] for i in sorted(set(used))]
        frame = pd.DataFrame({name: [getattr(r, name) for r in rows] for name in
                              ("id", "subject", "quantity", "value", "low", "high", "unit", "depth_cm", "region",
                               "climate", "distribution", "mark")})  # fmt: skip
        frame["mark_zh"] = [MARKS[r.mark][0] for r in rows]
        frame["mark_en"] = [MARKS[r.mark][1] for r in rows]
        frame["unverified"] = [r.mark in UNVERIFIED for r in rows]
        frame["source"] = [r.source for r in rows]
        frame["citation"] = [cite.get(r.source, r.source) for r in rows]
        frame["basis"] = [f"n = {r.plots}; {r.basis}" if r.plots else r.basis for r in rows]
        order = list(MARKS)
        key = frame["mark"].map(order.index)
        return frame.iloc[np.lexsort((frame["id"], -key))].reset_index(drop=True)


@lru_cache(maxsize=1)
def _shipped() -> Factors:
    rows: list[Factor] = []
    for name in TABLES:
        table = read_table("factors", f"{name}.csv")
        for record in table.to_dict("records"):
            rows.append(_row(name, {str(k): v for k, v in record.items()}))
    repeated = pd.Series([r.id for r in rows])
    if repeated.duplicated().any():
        raise InputError(
            f"factors: ids {listing(repeated[repeated.duplicated()])} occur twice.",
            f"factors：编号 {listing(repeated[repeated.duplicated()])} 重复。",
        )
    return Factors(rows)


def _row(table: str, record: Mapping[str, object]) -> Factor:
    """Check one line of a table."""
    text = {k: "" if v is None or v != v else str(v).strip() for k, v in record.items()}
    where = f"factors/{table}.csv: {text.get('id')}"
    empty = [k for k in _REQUIRED if not text.get(k)]
    if empty:
        raise InputError(f"{where}: {listing(empty)} is empty.", f"{where}：{listing(empty)} 为空。")
    if text["mark"] not in MARKS or text["distribution"] not in DISTRIBUTIONS:
        raise InputError(
            f"{where}: mark {text['mark']!r} or distribution {text['distribution']!r} is not known.",
            f"{where}：mark {text['mark']!r} 或 distribution {text['distribution']!r} 未知。",
        )
    if text["source"] not in citations():
        raise InputError(
            f"{where}: source {text['source']!r} is not in sources.csv.",
            f"{where}：来源 {text['source']!r} 不在 sources.csv 中。",
        )
    value, low, high = (float(text[k]) for k in ("value", "low", "high"))
    if not low <= value <= high or (text["distribution"] == "lognormal" and low <= 0):
        raise InputError(
            f"{where}: {value} lies outside its range {low}-{high}, or a lognormal range is not positive.",
            f"{where}：{value} 不在 {low}-{high} 内，或对数正态范围不为正。",
        )
    return Factor(
        text["id"], text["subject"], text["quantity"], value, low, high, text["unit"], text["depth_cm"], text["region"],
        text["climate"], text["distribution"], text["mark"], text["source"], text["basis"],
        float(text["sd"]) if text["sd"] else math.nan, text["n"].removesuffix(".0"),
    )  # fmt: skip


def load_factors(
    own: Iterable[OwnFactor] = (),
    pools: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
    ranges: Mapping[str, Mapping[str, OwnRange]] = MappingProxyType({}),
    growth: Mapping[str, OwnCurve] = MappingProxyType({}),
) -> Factors:
    """Factors that ship, with those of the user in their place.

    Parameters
    ----------
    own : iterable of OwnFactor
        Measured values.
    pools : mapping, optional
        Code of the land cover -> pool -> carbon by a table of the user [t C/ha].
    ranges : mapping, optional
        Code -> pool -> range, where the table has one.
    growth : mapping, optional
        ``group|origin`` -> curve by a table of the user.

    Raises
    ------
    InputError
        If a row of a table lacks something, or an own factor does not fit.
    """
    found = _shipped().with_own(own)
    if not pools and not growth:
        return found
    rows = [_of_curve(key, curve) for key, curve in growth.items()]
    for code, by_pool in pools.items():
        for pool, value in by_pool.items():
            none = OwnRange(value, value, "fixed", code)
            own_range = ranges.get(code, {}).get(pool, none)
            told = "given by the user" + (", without a range" if own_range.distribution == "fixed" else "")
            rows.append(
                Factor(f"{OWN_TABLE}{code}.{pool}", f"{OWN_TABLE}{code}", pool, value, own_range.low, own_range.high,
                       "t C/ha", "-", "own", "any", own_range.distribution, "own", "[carbon] table", told,
                       twin=f"{OWN_TABLE}{own_range.row}.{pool}")
            )  # fmt: skip
    out = Factors([*found.values(), *rows])
    out.growth = MappingProxyType(dict(growth))
    return out


def _of_curve(key: str, curve: OwnCurve) -> Factor:
    """Row of the report for a curve of the user: its fullest value, with the range of the curve where it has one."""
    group, _, origin = key.partition("|")
    values, unit = (curve.above, "t C/ha") if curve.above else (curve.volume, "m³/ha")
    most, place = max(values), origin or "any"
    spread, told = curve.range_of_most, f"given by the user: {curve.source}"
    low, high, kind = (most, most, "fixed") if spread is None else (spread.low, spread.high, spread.distribution)
    return Factor(
        f"own_growth.{group}.{place}", f"own growth of {group}", f"{place}_growth", most, low, high, unit, "-", "own",
        "any", kind, "own", "[carbon] growth", told if spread is not None else f"{told}, without a range",
    )  # fmt: skip


@lru_cache(maxsize=1)
def citations() -> Mapping[str, str]:
    """Source key -> full citation."""
    table = read_table("factors", "sources.csv")
    return MappingProxyType(dict(zip(table["source"], table["citation"], strict=True)))


@lru_cache(maxsize=1)
def species_groups() -> pd.DataFrame:
    """Species groups: index ``key``; ``parent``, ``label_zh``, ``label_en``, ``words``."""
    return read_table("factors", "species.csv").fillna("").set_index("key")


@lru_cache(maxsize=64)
def species_lineage(group: str) -> tuple[str, ...]:
    """Species group and those that stand in for it, nearest first.

    Parameters
    ----------
    group : str
        Key of :func:`species_groups`.

    Raises
    ------
    InputError
        If there is no such group.
    """
    groups = species_groups()
    if group not in groups.index:
        raise InputError(
            f"there is no species group {group!r}; the groups are {listing(groups.index, 30)}.",
            f"没有树种组 {group!r}；可用 {listing(groups.index, 30)}。",
        )
    parent = str(groups.loc[group, "parent"])
    return (group, *(species_lineage(parent) if parent else ()))


@lru_cache(maxsize=1)
def pool_labels() -> pd.DataFrame:
    """Pools in the order they are shown: index ``key``; ``label_zh``, ``label_en``, ``colour``."""
    return read_table("factors", "pools.csv").set_index("key")


@lru_cache(maxsize=1)
def column_labels() -> pd.DataFrame:
    """Columns of the carbon tables: index ``column``; ``label_zh``, ``label_en``, ``unit``."""
    return read_table("factors", "columns.csv").fillna("").set_index("column")


def column_label(column: str) -> tuple[str, str, str]:
    """Chinese label, English label and unit of a column; one that names a year is looked up by its pattern.

    Parameters
    ----------
    column : str
        Name in a result table; one year of four digits in it stands for any.

    Raises
    ------
    InputError
        If the column has no label.
    """
    labels = column_labels()
    year = re.search(r"\d{4}", column)
    key = column if column in labels.index or year is None else column.replace(year.group(), "{year}")
    if key not in labels.index:
        raise InputError(
            f"data/factors/columns.csv has no label for the column {column!r}.",
            f"data/factors/columns.csv 没有列 {column!r} 的名称。",
        )
    zh, en, unit = (str(v) for v in labels.loc[key, ["label_zh", "label_en", "unit"]])
    return (
        (zh.format(year=year.group()), en.format(year=year.group()), unit) if year and key != column else (zh, en, unit)
    )


def confidence(marks: Iterable[str], *, wetland: bool = False) -> str:
    """How far a number can be trusted, from the marks of its factors.

    Parameters
    ----------
    marks : iterable of str
        Marks of the factors it is made of.
    wetland : bool, default False
        Wetlands differ so much from each other that only local samples lift them above low confidence.

    Returns
    -------
    str
        ``"own"`` when every factor was measured by the user, ``"low"`` when one is second hand, unverified or assumed,
        else ``"default"``.
    """
    found = set(marks)
    if found and found <= {"own"}:
        return "own"
    return "low" if wetland or found & set(LOW_CONFIDENCE) else "default"


CONFIDENCE: Mapping[str, tuple[str, str]] = MappingProxyType({
    "own": ("本地样本", "local samples"),
    "default": ("文献默认值", "published default"),
    "low": ("默认值，可信度低", "default, low confidence"),
})  # fmt: skip
"""Labels of :func:`confidence`."""
