"""What changed on the land, where trees could be planted, what works bring: rows for panels, tables and briefs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from guanghui.geo.landcover import land_class
from guanghui.maps.drawing.ground import LAND_GROUPS, land_group
from guanghui.maps.page.forestry_inputs import (
    CreditScreening,
    Growth,
    LandChange,
    Planting,
    PlantingScreen,
    TreeLedger,
)
from guanghui.maps.words.i18n import words
from guanghui.sinks.tables import WHOLE_NAME, city_row

__all__ = [
    "change_matrix",
    "change_rows",
    "credit_payload",
    "growth_payload",
    "ledger_payload",
    "planting_rows",
    "planting_years",
    "plot_rows",
    "ranged",
    "rule_rows",
    "survey_rows",
    "work_rows",
    "years_of",
]

_MOST = 6
_LEAST_HA = 0.01
_CITY = ""
_GAIN, _EXPECTED = r"gain_(\d{4})_co2_t", r"expected_(\d{4})_tc"
SUMS = (("usual", "#7b8689", "7 4"), ("works", "#c2611a", ""), ("total", "#1f6b4a", ""))
"""Sums of a projection, their colours and dashes; words ``line_…``."""
_ENDS = {"values": "change_tc", "low": "low_tc", "high": "high_tc"}


def group_of(key: str) -> str:
    """Display group of a land class."""
    return list(LAND_GROUPS)[land_group()[land_class(key).id]]


def change_rows(change: LandChange, code: str = _CITY) -> list[dict[str, Any]]:
    """Largest changes from one land group to another in a township, or in the city.

    Parameters
    ----------
    change : LandChange
        Transitions.
    code : str
        Code of the township; empty for the city.

    Returns
    -------
    list of dict
        ``before`` and ``after`` (labels in both languages), their colours, ``area_ha``; at most six.
    """
    frame = change.frame if code == _CITY else change.frame[change.frame["code"].astype(str) == code]
    keys = pd.unique(pd.concat([frame["before"], frame["after"]]))
    group = {key: group_of(key) for key in keys}
    moved = frame.assign(before=frame["before"].map(group), after=frame["after"].map(group))
    moved = moved[moved["before"] != moved["after"]].groupby(["before", "after"], as_index=False)["area_ha"].sum()
    moved = moved[moved["area_ha"] >= _LEAST_HA].sort_values(
        ["area_ha", "before", "after"], ascending=[False, True, True]
    )
    return [
        {"before": _named(row.before), "after": _named(row.after), "area_ha": float(row.area_ha),
         "color": LAND_GROUPS[row.after][2]}
        for row in moved.head(_MOST).itertuples()
    ]  # fmt: skip


def _named(group: str) -> list[str]:
    return list(words()[LAND_GROUPS[group][0]])


def planting_rows(potential: Planting, code: str = _CITY) -> dict[str, Any] | None:
    """Land to plant in a township, or in the city, and the carbon it would hold by year.

    Parameters
    ----------
    potential : Planting
        Table by township with ``eligible_ha`` and ``gain_<year>_co2_t``.
    code : str, default ""
        Code of the township; empty for the city.

    Returns
    -------
    dict or None
        ``eligible_ha`` and ``gains`` (year, t CO₂); None when the table has no such row.
    """
    rows = potential.table[potential.table["code"].astype(str) == code]
    if rows.empty:
        return None
    row = rows.iloc[0]
    gains = [{"year": year, "value": float(row[f"gain_{year}_co2_t"])} for year in planting_years(potential)]
    return {"eligible_ha": float(row["eligible_ha"]), "gains": gains}


def planting_years(potential: Planting) -> list[int]:
    """Years the table gives a gain for.

    Parameters
    ----------
    potential : Planting
        Table by township with ``gain_<year>_co2_t``.
    """
    return years_of(potential.table, _GAIN)


def change_matrix(change: LandChange) -> dict[str, Any]:
    """Area of every land group before that became one after, over the whole city.

    Parameters
    ----------
    change : LandChange
        Area by township and pair of classes [ha].

    Returns
    -------
    dict
        ``groups`` (label in both languages, colour) that occur, in their usual order, and ``area_ha`` (rows before,
        columns after), and ``border_ha`` along borders drawn anew, where two surveys of polygons were laid over each
        other.
    """
    frame = change.frame
    group = {key: group_of(key) for key in pd.unique(pd.concat([frame["before"], frame["after"]]))}
    table = frame.assign(before=frame["before"].map(group), after=frame["after"].map(group)).pivot_table(
        "area_ha", "before", "after", "sum", fill_value=0.0
    )
    names = [name for name in LAND_GROUPS if name in table.index or name in table.columns]
    table = table.reindex(index=names, columns=names, fill_value=0.0)
    groups = [{"label": _named(name), "color": LAND_GROUPS[name][2]} for name in names]
    found = {"years": f"{change.years:g}", "groups": groups, "area_ha": table.to_numpy(float).tolist()}
    return found if change.pieces is None else {**found, "border_ha": float(change.pieces["border_ha"].sum())}


def rule_rows(screen: PlantingScreen) -> list[dict[str, Any]]:
    """Land left after each rule that is used, the land to begin with first.

    Parameters
    ----------
    screen : PlantingScreen
        Rules and the land each leaves [ha].

    Returns
    -------
    list
        ``label`` (Chinese, English) and ``area_ha``.
    """
    used = screen.rules[screen.rules["used"].astype(bool)]
    return [{"label": [r.label_zh, r.label_en], "area_ha": float(r.left_ha)} for r in used.itertuples()]


def survey_rows(survey: pd.DataFrame) -> list[dict[str, Any]]:
    """Areas that a land survey states beside those of its polygons, code by code, all of them last [ha].

    Parameters
    ----------
    survey : pandas.DataFrame
        ``code``, labels, ``stated_ha``, ``mapped_ha``, ``difference_ha``.
    """
    columns = {"stated": "stated_ha", "mapped": "mapped_ha", "difference": "difference_ha"}
    rows = [
        {"code": str(r["code"]), "label": [str(r["label_zh"]), str(r["label_en"])],
         **{k: float(r[c]) for k, c in columns.items()}}
        for r in survey.to_dict("records")
    ]  # fmt: skip
    total = {k: float(survey[c].sum()) for k, c in columns.items()}
    return [*rows, {"code": "", "label": list(words()["line_total"]), **total}]


def plot_rows(plots: pd.DataFrame) -> dict[str, Any]:
    """Where the next field plot helps most, for the page.

    Parameters
    ----------
    plots : pandas.DataFrame
        Ranking of :func:`sinks.factors.sampling.next_plots`.

    Returns
    -------
    dict
        ``now`` (half the range of the stock [t C]) and ``rows``: ``land``, ``pool`` and ``place`` in both languages,
        ``area_ha``, ``part`` of the variance, ``one`` and ``ten`` [t C] that the range is narrower by, ``known``.
    """
    rows = [
        {
            "land": [row["land_zh"], row["land_en"]],
            "pool": [row["pool_zh"], row["pool_en"]],
            "place": [str(row["name"])] * 2,
            "area_ha": float(row["area_ha"]),
            "part": float(row["variance_pct"]),
            "one": float(row["now_tc"] - row["after_1_tc"]),
            "ten": float(row["now_tc"] - row["after_10_tc"]),
            "known": bool(row["spread_known"]),
        }
        for row in plots.head(_MOST).to_dict("records")
    ]
    return {"now": float(plots["now_tc"].iloc[0]), "rows": rows}


def credit_payload(screening: CreditScreening) -> dict[str, Any]:
    """A screening for the page: rules, land and yearly credit of the city with its interval.

    Parameters
    ----------
    screening : CreditScreening
        Screening by one methodology.

    Returns
    -------
    dict
        ``eligible_ha`` and ``credit``, ``low``, ``high`` [t CO₂/yr], with ``methodology`` and ``rules``.
    """
    whole = city_row(screening.table)
    return {
        "methodology": screening.methodology,
        "rules": rule_rows(screening.screen),
        "eligible_ha": float(whole["eligible_ha"]),
        "credit": float(whole["credit_tco2_yr"]),
        "low": float(whole["credit_low_tco2_yr"]),
        "high": float(whole["credit_high_tco2_yr"]),
    }


def growth_payload(growth: Growth, years: Sequence[int]) -> dict[str, Any]:
    """Change of the stock for a chart and a table.

    Parameters
    ----------
    growth : Growth
        Projection.
    years : sequence of int
        Years of the table; those it does not reach are left out.

    Returns
    -------
    dict
        ``years``; ``series`` of ``SUMS`` (values, low, high) and ``lines`` with their figures in the wanted years
        [t C]; what is zero throughout is left out.
    """
    frame = growth.frame
    all_years = sorted(int(y) for y in frame["year"].unique())
    wanted = [year for year in years if year in all_years]
    series = []
    for line, colour, dashes in SUMS:
        own = frame[frame["line"] == line].set_index("year").reindex(all_years)
        if own["change_tc"].fillna(0.0).ne(0.0).any():
            values = {end: [_or_none(v) for v in own[column]] for end, column in _ENDS.items()}
            series.append({"key": line, "color": colour, "dashes": dashes, **values})
    at = frame.set_index(["line", "year"])
    lines = [
        {"key": line, "at": [{end: _or_none(at.loc[(line, year), column]) for end, column in _ENDS.items()}
                             for year in wanted]}
        for line in dict.fromkeys(frame.loc[frame["change_tc"] != 0, "line"])
    ]  # fmt: skip
    return {"years": all_years, "series": series, "wanted": wanted, "lines": lines}


_LEDGER = ("opening", "growth", "works", "harvest", "fire", "pest", "conversion", "closing")


def ledger_payload(ledger: TreeLedger | None) -> dict[str, Any] | None:
    """Ledger of the whole city: years, and a line for each item with losses below zero [t C]; None without one.

    Parameters
    ----------
    ledger : TreeLedger, optional
        Ledger of the living trees.

    Returns
    -------
    dict or None
        ``years`` and ``lines``; lines that are zero in all years are left out, opening, growth and closing never.
    """
    if ledger is None:
        return None
    rows = ledger.city_years
    loss = ("harvest", "fire", "pest", "conversion")
    lines = [
        {"key": key, "values": [(-v if key in loss else v) for v in rows[f"{key}_tc"].astype(float)]} for key in _LEDGER
    ]
    shown = [line for line in lines if line["key"] in ("opening", "growth", "closing") or any(line["values"])]
    return {"years": [int(y) for y in rows["year"]], "lines": shown}


def work_rows(works: pd.DataFrame) -> list[dict[str, Any]]:
    """Works of the plan: word of their kind, place, years, area, what they bring by year [t C].

    Parameters
    ----------
    works : pandas.DataFrame
        A work a row: ``line``, ``name``, years, ``area_ha``, ``expected_<year>_tc`` and its interval.

    Returns
    -------
    list
        One a work; ``gases`` by year [t CO₂e]; None where unknown.
    """
    years = years_of(works, _EXPECTED)
    return [
        {
            "word": f"line_{row['line']}",
            "place": list(WHOLE_NAME) if not row.get("code", "-") else [str(row["name"])] * 2,
            "first": int(row["first_year"]),
            "last": int(row["last_year"]),
            "area_ha": float(row["area_ha"]),
            "counted": bool(row.get("counted", True)),
            "gases": [{"year": year, "value": _or_none(row.get(f"gases_{year}_tco2e"))} for year in years],
            "expected": [{"year": year, **ranged(row, f"expected_{year}")} for year in years],
        }
        for row in works.to_dict("records")
    ]


def ranged(row: Any, name: str) -> dict[str, float | None]:
    """Figure ``<name>_tc`` of a row and its interval where it has one [t C].

    Parameters
    ----------
    row : object
        Mapping of column to value.
    name : str
        Name of the figure, without its unit.

    Returns
    -------
    dict
        ``value``, ``low`` and ``high``; None where unknown.
    """
    ends = {"value": f"{name}_tc", "low": f"{name}_low_tc", "high": f"{name}_high_tc"}
    return {end: _or_none(row.get(column)) for end, column in ends.items()}


def years_of(table: pd.DataFrame, pattern: str) -> list[int]:
    """Years in the names of the columns that match a pattern, rising.

    Parameters
    ----------
    table : pandas.DataFrame
        Table with years in its column names.
    pattern : str
        Regular expression that fits a whole name, its first group the year.
    """
    return sorted(int(found.group(1)) for c in table.columns if (found := re.fullmatch(pattern, str(c))))


def _or_none(value: Any) -> float | None:
    return float(value) if pd.notna(value) else None
