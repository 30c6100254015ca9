"""Numbers for people: the same rounding and units in Chinese and English, here and in the page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from guanghui.geo.units import MU_PER_HA

__all__ = [
    "PLAN_UNITS",
    "UNITS",
    "area_unit",
    "areas_in",
    "format_column",
    "format_number",
    "format_range",
    "land_areas_in",
    "units_payload",
]

UNITS: dict[str, dict[str, Any]] = {
    "count": {"zh": [(0, 1, "")], "en": [(0, 1, "")], "digits": 0},
    "roofs": {"zh": [(0, 1, "座")], "en": [(0, 1, "roofs")], "digits": 0},
    "modules": {"zh": [(0, 1, "块")], "en": [(0, 1, "modules")], "digits": 0},
    "kwh": {
        "zh": [(1e8, 1e8, "亿千瓦时"), (1e4, 1e4, "万千瓦时"), (0, 1, "千瓦时")],
        "en": [(1e6, 1e6, "GWh"), (1e4, 1e3, "MWh"), (0, 1, "kWh")],
    },
    "kwp": {"zh": [(1e3, 1e3, "MWp"), (0, 1, "kWp")], "en": [(1e3, 1e3, "MWp"), (0, 1, "kWp")]},
    "pieces": {"zh": [(0, 1, "个")], "en": [(0, 1, "")], "digits": 0},
    "w": {"zh": [(0, 1, "瓦")], "en": [(0, 1, "W")], "digits": 0},
    "m2": {
        "zh": [(1e6, 1e6, "平方公里"), (1e5, 1e4, "万平方米"), (0, 1, "平方米")],
        "en": [(1e6, 1e6, "km²"), (0, 1, "m²")],
    },
    "ha": {"zh": [(1e5, 1e4, "万公顷"), (0, 1, "公顷")], "en": [(1e5, 1e3, "1,000 ha"), (0, 1, "ha")]},
    "mu": {"zh": [(1e5, 1e4, "万亩"), (0, 1, "亩")], "en": [(0, 1, "mu")]},
    "m3": {"zh": [(1e4, 1e4, "万立方米"), (0, 1, "立方米")], "en": [(0, 1, "m³")]},
    "tc": {"zh": [(1e5, 1e4, "万吨碳"), (0, 1, "吨碳")], "en": [(1e5, 1e3, "kt C"), (0, 1, "t C")]},
    "tco2": {"zh": [(1e5, 1e4, "万吨 CO₂"), (0, 1, "吨 CO₂")], "en": [(1e5, 1e3, "kt CO₂"), (0, 1, "t CO₂")]},
    "tco2e": {"zh": [(1e5, 1e4, "万吨 CO₂e"), (0, 1, "吨 CO₂e")], "en": [(1e5, 1e3, "kt CO₂e"), (0, 1, "t CO₂e")]},
    "tc_ha": {"zh": [(0, 1, "吨碳/公顷")], "en": [(0, 1, "t C/ha")]},
    "yuan": {
        "zh": [(1e8, 1e8, "亿元"), (1e4, 1e4, "万元"), (0, 1, "元")],
        "en": [(1e6, 1e6, "million yuan"), (0, 1, "yuan")],
    },
    "yuan_kwh": {"zh": [(0, 1, "元/千瓦时")], "en": [(0, 1, "yuan/kWh")]},
    "years": {"zh": [(0, 1, "年")], "en": [(0, 1, "years")]},
    "pct": {"zh": [(0, 1, "%")], "en": [(0, 1, "%")], "digits": 1},
    "kwh_m2": {"zh": [(0, 1, "千瓦时/平方米")], "en": [(0, 1, "kWh/m²")], "digits": 0},
    "kwh_kwp": {"zh": [(0, 1, "小时")], "en": [(0, 1, "kWh/kWp")], "digits": 0},
    "deg": {"zh": [(0, 1, "°")], "en": [(0, 1, "°")], "digits": 0},
    "m": {"zh": [(0, 1, "米")], "en": [(0, 1, "m")], "digits": 1},
}
"""Unit -> per language the steps (from this size on, divide by, unit word), largest first; fixed digits if given."""
PLAN_UNITS = {"亩": ("mu", 1.0), "GWh": ("kwh", 1e6), "m²": ("m2", 1.0), "m³": ("m3", 1.0), "个": ("pieces", 1.0)}
"""Unit as a plan writes it -> unit of the pages, and how many of it one is."""
_SMALL = 0.005
_SHOWN = 0.01
"""Values below this share of the largest of a column do not set its digits."""
_READ = 0.1
"""Where the least value that counts is below this in the unit of the largest, the next smaller unit is taken."""
_LARGE = 1000.0
"""A column that holds such a number has whole numbers."""


_AREA: ContextVar[str] = ContextVar("area_unit", default="ha")
_AREAS = re.compile(r"(?<![A-Za-z\d.,/])(\d[\d,]*(?:\.\d+)?)( ?)(ha|公顷)(?![A-Za-z\d²/⁻-])")
_MU = {"ha": "mu", "公顷": "亩"}


@contextmanager
def areas_in(unit: str) -> Iterator[None]:
    """Write areas of land in a unit inside the block.

    Parameters
    ----------
    unit : {"ha", "mu"}
        Of ``[maps] unit``; amounts stay in hectares, only what is written changes.

    Examples
    --------
    >>> with areas_in("mu"):
    ...     format_number(2, "ha", "zh"), format_number(2, "ha", "en")
    ('30.0 亩', '30.0 mu')
    """
    token = _AREA.set(unit)
    try:
        yield
    finally:
        _AREA.reset(token)


def area_unit() -> str:
    """Unit in which areas of land are written just now, ``ha`` or ``mu``."""
    return _AREA.get()


def land_areas_in(text: str, unit: str) -> str:
    """A sentence with its hectares written in a unit.

    Parameters
    ----------
    text : str
        A sentence; areas stand in it as a number before ``ha`` or 公顷.
    unit : str
        ``ha``, which changes nothing, or ``mu``.

    Examples
    --------
    >>> land_areas_in("1,200.5 ha of paddy at 4 m³/ha", "mu")
    '18,007.5 mu of paddy at 4 m³/ha'
    """
    if unit != "mu":
        return text

    def turned(found: re.Match[str]) -> str:
        number = found[1].replace(",", "")
        digits = len(number.partition(".")[2])
        return f"{float(number) * MU_PER_HA:,.{digits}f}{found[2]}{_MU[found[3]]}"

    return _AREAS.sub(turned, text)


def _steps(unit: str, lang: str) -> list[tuple[float, float, str]]:
    """Steps of a unit; hectares in mu where areas are written so."""
    if unit == "ha" and _AREA.get() == "mu":
        return _hectares_in_mu(lang)
    return list(UNITS[unit][lang])


def _hectares_in_mu(lang: str) -> list[tuple[float, float, str]]:
    return [(start / MU_PER_HA, size / MU_PER_HA, word) for start, size, word in UNITS["mu"][lang]]


def _digits(value: float) -> int:
    size = abs(value)
    return 0 if size >= 100 or size < _SMALL else 1 if size >= 10 else 2


def _round(value: float, digits: int) -> str:
    text = str(Decimal(value).quantize(Decimal(f"1e-{digits}"), rounding=ROUND_HALF_UP))
    sign, body = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, part = body.partition(".")
    grouped = f"{int(whole):,}" + (f".{part}" if part else "")
    return grouped if set(body) <= {"0", "."} else sign + grouped


def _step(value: float, unit: str, lang: str) -> tuple[float, float, str]:
    return next(step for step in _steps(unit, lang) if abs(value) >= step[0])


def _join(number: str, word: str) -> str:
    return number + word if word in ("", "%", "°") else f"{number} {word}"


def format_number(value: float, unit: str = "count", lang: str = "zh") -> str:
    """Write a number with its unit as the pages do.

    Parameters
    ----------
    value : float
        In the base unit (kWh, kWp, m², t C …); not a number gives a dash.
    unit : str, default "count"
        Key of ``UNITS``.
    lang : str, default "zh"
        ``zh`` or ``en``.

    Returns
    -------
    str
        Three digits that count, thousands grouped, unit scaled to the size.

    Examples
    --------
    >>> format_number(123456789, "kwh", "zh"), format_number(123456789, "kwh", "en")
    ('1.23 亿千瓦时', '123 GWh')
    """
    if not math.isfinite(value):
        return "—"
    _, divisor, word = _step(value, unit, lang)
    scaled = value / divisor
    digits = UNITS[unit].get("digits", _digits(scaled))
    return _join(_round(scaled, digits), word)


def format_range(low: float, high: float, unit: str = "count", lang: str = "zh", *, figure: float = math.nan) -> str:
    """Write an interval in the unit of its figure; without one, in that of its larger end.

    Parameters
    ----------
    low, high : float
        Ends, in the plain unit; NaN gives a dash.
    unit : str, default "count"
        Key of ``UNITS``.
    lang : {"zh", "en"}, default "zh"
        Language of the words.
    figure : float, optional
        The figure the interval belongs to; both are written in its step.

    Examples
    --------
    >>> format_range(950, 1100, "tc", "en")
    '950–1,100 t C'
    >>> format_range(8400, 10600, "kwh", "zh", figure=9500)
    '8,400–10,600 千瓦时'
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return "—"
    _, divisor, word = _step(figure if math.isfinite(figure) else max(abs(low), abs(high)), unit, lang)
    ends = low / divisor, high / divisor
    digits = UNITS[unit].get("digits", _digits(max(map(abs, ends))))
    return _join((" ~ " if low < 0 else "–").join(_round(v, digits) for v in ends), word)


def format_column(values: Sequence[float], unit: str = "count", lang: str = "zh") -> tuple[str, list[str]]:
    """Write the numbers of a column of a table: one unit for all of them, for its heading, and the same digits.

    Parameters
    ----------
    values : sequence of float
        In the base unit.
    unit : str, default "count"
        Key of ``UNITS``.
    lang : str, default "zh"
        ``zh`` or ``en``.

    Returns
    -------
    unit : str
        Unit word, scaled to the largest value, or smaller where the least would lose its digits.
    texts : list of str
        A dash for what is not a number.

    Examples
    --------
    >>> format_column([123456789, 2345678], "kwh", "en")
    ('GWh', ['123.46', '2.35'])
    """
    sizes = [abs(value) for value in values if math.isfinite(value)]
    most = max(sizes, default=0.0)
    least = min((size for size in sizes if size > _SHOWN * most), default=0.0)
    steps = _steps(unit, lang)
    below = steps[steps.index(_step(most, unit, lang)) :]
    _, divisor, word = next((step for step in below if least / step[1] >= _READ), steps[-1])
    digits = UNITS[unit].get("digits", 0 if most / divisor >= _LARGE else _digits(least / divisor))
    return word, [_round(value / divisor, digits) if math.isfinite(value) else "—" for value in values]


def units_payload(area: str = "ha") -> dict[str, Any]:
    """Units for the page's own formatter, which follows the same rules.

    Parameters
    ----------
    area : {"ha", "mu"}
        Unit in which hectares are written; ``other_area`` writes them in the other one.
    """
    with areas_in(area):
        out = {
            unit: {"zh": _listed(unit, "zh"), "en": _listed(unit, "en"), "digits": rule.get("digits")}
            for unit, rule in UNITS.items()
        }
    with areas_in("ha" if area == "mu" else "mu"):
        out["other_area"] = {"zh": _listed("ha", "zh"), "en": _listed("ha", "en"), "digits": None}
    return out


def _listed(unit: str, lang: str) -> list[list[Any]]:
    return [list(step) for step in _steps(unit, lang)]
