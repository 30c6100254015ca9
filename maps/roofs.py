"""Roofs of a township for the page: what is coloured, what the card shows, what is packed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.buildings import BUILDING_CLASSES
from maps.i18n import words
from maps.pack import Packer, pack_outlines
from maps.style import BUILDING_COLOURS, NEUTRAL, Categories, Ramp, phase_colours, ramp, round_breaks

__all__ = ["FIELDS", "Field", "Programme", "category", "measures", "roof_payload", "standing"]

_MONTHS = [f"yield_{m:02d}" for m in range(1, 13)]
_MONTH_SCALE = 10_000
_MONTH_LIMITS = (40.0, 60.0, 80.0, 100.0, 120.0)
"""Class limits of the energy of a month, the same for all months [kWh/kWp]."""
_LEAST = (0.0, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6)


class Programme(Protocol):
    """What the pages need of a coverage plan; :class:`pv.coverage.CoveragePlan` is one."""

    @property
    def phase(self) -> pd.Series:
        """Year each roof is built, 0 for none; index ``building_id``."""

    @property
    def shares(self) -> Mapping[int, float]:
        """Year -> share of the available area asked for [1]."""

    @property
    def co2_kg_kwh(self) -> float:
        """Emission factor [kg/kWh]; NaN where none is given."""

    @property
    def built(self) -> pd.DataFrame:
        """``capacity_kwp``, ``yield_kwh`` and ``existing_kwp`` of each roof, may be empty; index ``building_id``."""


@dataclass(frozen=True)
class Field:
    """A column of the roof table in the page."""

    column: str
    unit: str
    scale: int = 1
    """10 keeps one decimal."""
    card: bool = True


FIELDS = (
    Field("yield_kwh", "kwh", card=False),
    Field("capacity_kwp", "kwp", 100),
    Field("specific_yield_kwh_kwp", "kwh_kwp", 10),
    Field("poa_kwh_m2", "kwh_m2", 10),
    Field("shading_loss_pct", "pct", 10),
    Field("roof_m2", "m2", 10),
    Field("usable_m2", "m2", 10),
    Field("modules_m2", "m2", 10),
    Field("footprint_m2", "m2", 10),
    Field("surface_tilt", "deg", 10),
    Field("surface_azimuth", "deg", 1),
    Field("faces", "count", 1),
    Field("height_m", "m", 10),
    Field("yield_p90_kwh", "kwh", 1),
    Field("capex_yuan", "yuan", 1),
    Field("lcoe_yuan_kwh", "yuan_kwh", 1000),
    Field("payback_years", "years", 10),
)
_CATEGORIES = {
    "building_class": ("class", BUILDING_CLASSES),
    "roof_form": ("form", ("flat", "pitched", "mixed")),
    "lod": ("lod", ("surface", "outline")),
    "height_source": ("height", ("measured", "storeys", "assumed")),
}
_CARD_CATEGORIES = ("height_source", "lod")
_RAMPS = (("yield_kwh", "sun", "kwh"), ("specific_yield_kwh_kwp", "sun", "kwh_kwp"), ("poa_kwh_m2", "sun", "kwh_m2"),
          ("shading_loss_pct", "loss", "pct"))  # fmt: skip


def measures(roofs: pd.DataFrame, plan: Programme | None = None) -> dict[str, Ramp | Categories]:
    """What roofs can be coloured by, with one legend for the whole city, so that townships compare.

    Parameters
    ----------
    roofs : pandas.DataFrame
        All roofs of the city.
    plan : Programme, optional
        Adds the phases.
    """
    found: dict[str, Ramp | Categories] = {}
    for column, colours, unit in _RAMPS:
        if column in roofs and np.isfinite(roofs[column].to_numpy(float)).any():
            found[column] = ramp(colours, unit, round_breaks(roofs[column]))
    if plan is not None:
        years = sorted(plan.shares)
        colours_of = phase_colours(years)
        none = (0, *words()["phase_none"], NEUTRAL)
        found["phase"] = Categories((none, *((year, str(year), str(year), colours_of[year]) for year in years)))
    if "building_class" in roofs:
        found["building_class"] = category("building_class", roofs["building_class"])
    return found


def category(column: str, values: pd.Series) -> Categories:
    """Names and colours of the classes that occur in a column, known ones first and in their order."""
    prefix, order = _CATEGORIES[column]
    present = set(values.astype(str))
    names = [name for name in order if name in present] + sorted(present - set(order))
    return Categories(
        tuple((n, *words().get(f"{prefix}_{n}", (n, n)), BUILDING_COLOURS.get(n, NEUTRAL)) for n in names)
    )


def roof_payload(
    roofs: gpd.GeoDataFrame, legends: Mapping[str, Ramp | Categories], plan: Programme | None = None
) -> dict[str, Any]:
    """Everything the page knows of the roofs of a township.

    Parameters
    ----------
    roofs : geopandas.GeoDataFrame
        Roofs of the township; ``building_id`` and geometry are needed, columns of ``FIELDS``, ``building_class``,
        ``roof_form``, ``name`` and the months are used where there are any.
    legends : mapping
        From :func:`measures`, made from all roofs of the city.
    plan : Programme, optional
        Phases.
    """
    packer = Packer()
    pack_outlines(packer, roofs)
    packer.texts("building_id", roofs["building_id"].astype(str).tolist())
    names = roofs["name"].fillna("").astype(str).tolist() if "name" in roofs else [""] * len(roofs)
    packer.texts("name", names)
    fields = [f for f in FIELDS if f.column in roofs]
    for field in fields:
        packer.numbers(field.column, roofs[field.column].to_numpy(float), scale=field.scale)
    categories = _pack_categories(packer, roofs, legends)
    payload: dict[str, Any] = {"categories": categories, "month_shape": _pack_months(packer, roofs)}
    payload["phases"] = _pack_phases(packer, roofs, plan) if plan is not None else None
    payload["uncertainty"] = roofs.attrs.get("uncertainty")
    payload["measures"] = _measure_payload(legends, payload["month_shape"])
    payload["card"] = [{"column": f.column, "word": f"field_{f.column}", "unit": f.unit} for f in fields if f.card]
    payload["card"] += [
        {"column": c, "word": f"field_{c}", "category": True} for c in _CARD_CATEGORIES if c in categories
    ]
    payload["least_steps"] = _least_steps(roofs)
    payload["packed"] = packer.payload()
    return payload


def _measure_payload(legends: Mapping[str, Ramp | Categories], month_shape: list[float] | None) -> list[dict[str, Any]]:
    """Measures of the page: those of the table, the energy of a month, roofs before and after shade."""
    found = [{"key": key, "column": key, "legend": legend.payload()} for key, legend in legends.items()]
    if month_shape is not None and "specific_yield_kwh_kwp" in legends:
        limits = ramp("sun", "kwh_kwp", _MONTH_LIMITS).payload()
        found.append({"key": "month", "column": "", "legend": limits})
    if {"poa_kwh_m2", "shading_loss_pct"} <= set(legends):
        legend = legends["poa_kwh_m2"].payload()
        found.append({"key": "shade", "column": "poa_kwh_m2", "before": "open_poa", "legend": legend})
    return [{**measure, "title": list(words()[f"measure_{measure['key']}"])} for measure in found]


def _pack_categories(
    packer: Packer, roofs: pd.DataFrame, legends: Mapping[str, Ramp | Categories]
) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for column in _CATEGORIES:
        if column not in roofs:
            continue
        legend = legends.get(column)
        if not isinstance(legend, Categories):
            legend = category(column, roofs[column])
        packer.integers(column, legend.places(roofs[column].astype(str)))
        found[column] = legend.payload()["items"]
    return found


def _pack_months(packer: Packer, roofs: pd.DataFrame) -> list[float] | None:
    """Pack the months as differences from the mean shape of the year; return that shape."""
    if not set(_MONTHS) <= set(roofs.columns) or "yield_kwh" not in roofs:
        return None
    monthly = roofs[_MONTHS].to_numpy(float)
    year = monthly.sum(axis=1, keepdims=True)
    share = np.divide(monthly, year, out=np.full_like(monthly, np.nan), where=year > 0)
    if not np.isfinite(share).any():
        return None
    shape = [round(float(np.nanmean(share[:, month])), 4) for month in range(12)]
    for month, mean in enumerate(shape):
        packer.numbers(f"month_{month + 1}", np.nan_to_num(share[:, month] - mean), scale=_MONTH_SCALE)
    return shape


def _pack_phases(packer: Packer, roofs: pd.DataFrame, plan: Programme) -> dict[str, Any]:
    years = sorted(plan.shares)
    built = roofs["building_id"].map(plan.phase).fillna(0).astype(int)
    packer.integers("phase", built.map({year: place for place, year in enumerate([0, *years])}))
    shares = {str(year): float(share) for year, share in plan.shares.items()}
    factor = float(plan.co2_kg_kwh) if np.isfinite(plan.co2_kg_kwh) else None
    stands = standing(roofs, plan).round(1).to_dict("index")
    return {"years": years, "shares": shares, "co2_kg_kwh": factor, "standing": stands}


def standing(roofs: pd.DataFrame, plan: Programme) -> pd.DataFrame:
    """What stands on roofs that carry a system already, in place of what they could carry.

    Parameters
    ----------
    roofs : pandas.DataFrame
        Surveyed roofs.
    plan : Programme
        ``built`` says what is there.

    Returns
    -------
    pandas.DataFrame
        ``capacity_kwp``, ``yield_kwh`` and ``capex_yuan`` (0: it is paid for), index: position in ``roofs``.
    """
    columns = ["capacity_kwp", "yield_kwh"]
    if plan.built.empty:
        return pd.DataFrame(columns=[*columns, "capex_yuan"], dtype=float)
    found = plan.built.reindex(roofs["building_id"]).reset_index(drop=True)
    return found.loc[found["existing_kwp"] > 0, columns].assign(capex_yuan=0.0)


def _least_steps(roofs: pd.DataFrame) -> list[float]:
    if "yield_kwh" not in roofs or roofs.empty:
        return []
    most = float(np.nanmax(roofs["yield_kwh"].to_numpy(float), initial=0.0))
    return [step for step in _LEAST if step < most]
