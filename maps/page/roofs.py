"""Roofs of a township for the page: what is coloured, what the card shows, what is packed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.buildings import BUILDING_CLASSES
from guanghui.geo.units import Z95
from guanghui.maps.drawing.style import BUILDING_COLOURS, NEUTRAL, Categories, Ramp, phase_colours, ramp, round_breaks
from guanghui.maps.page.faces import pack_faces
from guanghui.maps.page.more import pack_more
from guanghui.maps.page.pack import Packer, Terms, pack_outlines
from guanghui.maps.page.sun import RoofSky, sun_measure, sun_payload
from guanghui.maps.page.whatif import WhatIf, whatif_payload
from guanghui.maps.words.i18n import words
from guanghui.pv.roofs.account import LOSSES, REASONS
from guanghui.pv.roofs.mounts import MOUNTS

__all__ = ["FIELDS", "Field", "Programme", "category", "measures", "roof_payload"]

_MONTHS = [f"yield_{m:02d}" for m in range(1, 13)]
_MONTH_SCALE = 10_000
_MONTH_ORDER = (7, 1, 4, 10, 12, 6, 2, 3, 5, 8, 9, 11)
"""Months as they are packed: the first four tell most of the others."""
_MONTH_LIMITS = (40.0, 60.0, 80.0, 100.0, 120.0)
"""Class limits of the energy of a month, the same for all months [kWh/kWp]."""
_LEAST = (0.0, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6)


class Programme(Protocol):
    """What the pages need of a coverage plan; :class:`pv.programme.phases.CoveragePlan` is one."""

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
    def by_roof(self) -> pd.DataFrame:
        """By year one row a developed roof, and one a system known by township only (empty ``building_id``)."""

    @property
    def available(self) -> pd.Series:
        """Usable area of each roof that may be used [m²]; index ``building_id``."""


@dataclass(frozen=True)
class Field:
    """A column of the roof table in the page."""

    column: str
    unit: str
    scale: int = 1
    """10 keeps one decimal."""
    card: bool = True
    like: Terms = ()
    """Columns that nearly tell it (:meth:`maps.page.pack.Packer.numbers`)."""


FIELDS = (
    Field("yield_kwh", "kwh", card=False, like=(("capacity_kwp", "specific_yield_kwh_kwp"),)),
    Field("capacity_kwp", "kwp", 100),
    Field("specific_yield_kwh_kwp", "kwh_kwp", 10),
    Field("poa_kwh_m2", "kwh_m2", 10, like=(("specific_yield_kwh_kwp",),)),
    Field("shading_loss_pct", "pct", 10),
    Field("roof_m2", "m2", 10, like=(("footprint_m2",),)),
    Field("usable_m2", "m2", 10, like=(("roof_m2",), *((column,) for column in LOSSES))),
    Field("modules_m2", "m2", 10, like=(("capacity_kwp",),)),
    Field("footprint_m2", "m2", 10),
    Field("surface_tilt", "deg", 10),
    Field("surface_azimuth", "deg", 1),
    Field("faces", "count", 1),
    Field("height_m", "m", 10),
    Field("yield_p90_kwh", "kwh", 1, like=(("yield_kwh",),)),
    *(Field(column, "m2", 10) for column in (*LOSSES, "lost_excluded_m2")),
    Field("capex_yuan", "yuan", 1, like=(("capacity_kwp",),)),
    Field("lcoe_yuan_kwh", "yuan_kwh", 10_000),
    Field("payback_years", "years", 10),
)
_CATEGORIES = {
    "building_class": ("class", BUILDING_CLASSES),
    "roof_form": ("form", ("flat", "pitched", "mixed", "unseen")),
    "lod": ("lod", ("surface", "outline")),
    "height_source": ("height", ("measured", "surface", "storeys", "raster", "assumed")),
    "mount": ("mount", MOUNTS),
    "reason": ("reason", (*REASONS, "excluded")),
}
_PROGRAMME = ("usable_m2", "capacity_kwp", "yield_kwh", "capex_yuan")
_CARD_CATEGORIES = ("roof_form", "height_source", "lod", "mount", "reason")
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
    """Names and colours of the classes that occur in a column, known ones first and in their order.

    Parameters
    ----------
    column : str
        Column of the roofs, such as ``building_class``.
    values : Series
        Its values, one a roof.
    """
    prefix, order = _CATEGORIES[column]
    present = set(values.astype(str))
    names = [name for name in order if name in present] + sorted(present - set(order))
    return Categories(
        tuple((n, *words().get(f"{prefix}_{n}", (n, n)), BUILDING_COLOURS.get(n, NEUTRAL)) for n in names)
    )


def roof_payload(
    roofs: gpd.GeoDataFrame,
    legends: Mapping[str, Ramp | Categories],
    plan: Programme | None = None,
    sums: Mapping[int, Mapping[str, float | None]] | None = None,
    study: WhatIf | None = None,
    sky: RoofSky | None = None,
    middle_deg: tuple[float, float] | None = None,
    more: Sequence[str] = (),
    faces: gpd.GeoDataFrame | None = None,
    modules: gpd.GeoDataFrame | None = None,
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
    sums : mapping, optional
        Year (0 for every roof) -> row of :func:`maps.page.facts.pv_facts`: what the page shows where no filter is on.
    study : WhatIf, optional
        Prices and module, so that the page can show what others would give.
    sky : RoofSky, optional
        Skylines, so that the page can show where the sun is through a day.
    middle_deg : tuple of float, optional
        Latitude and longitude of the page [°].
    more : sequence of str, optional
        Columns of the user's own, shown under their own names.
    faces, modules : geopandas.GeoDataFrame, optional
        Polygons of faces and modules for the sheet of a roof (:func:`maps.page.faces.pack_faces`).
    """
    packer = Packer()
    pack_outlines(packer, roofs)
    packer.texts("building_id", roofs["building_id"].astype(str).tolist())
    names = roofs["name"].fillna("").astype(str).tolist() if "name" in roofs else [""] * len(roofs)
    packer.texts("name", names)
    fields = [f for f in FIELDS if f.column in roofs]
    for field in sorted(fields, key=lambda f: bool(f.like)):  # what tells others comes first
        packer.numbers(field.column, roofs[field.column].to_numpy(float), scale=field.scale, like=field.like)
    categories = _pack_categories(packer, roofs, legends)
    payload: dict[str, Any] = {"categories": categories, "month_shape": _pack_months(packer, roofs)}
    payload["phases"] = _pack_phases(packer, roofs, plan) if plan is not None else None
    payload["sums"] = {str(year): dict(row) for year, row in (sums or {}).items()}
    payload["whatif"] = whatif_payload(packer, roofs, study)
    payload["uncertainty"] = _uncertainty(roofs, categories)
    payload["measures"] = _measure_payload(legends, payload["month_shape"])
    payload["sun"] = sun_payload(packer, roofs, sky, middle_deg)
    if payload["sun"] is not None:
        payload["measures"].append(sun_measure())
    payload["card"] = [{"column": f.column, "word": f"field_{f.column}", "unit": f.unit} for f in fields if f.card]
    payload["card"] += [
        {"column": c, "word": f"field_{c}", "category": True} for c in _CARD_CATEGORIES if c in categories
    ]
    payload["card"] += pack_more(packer, roofs, more, categories)
    payload["least_steps"] = _least_steps(roofs)
    payload["shapes"] = pack_faces(packer, roofs, faces, modules)
    payload["packed"] = packer.payload()
    return payload


def _uncertainty(roofs: pd.DataFrame, categories: Mapping[str, Any]) -> dict[str, Any] | None:
    """What all roofs share, each roof's own by how it was seen, and the width of the interval."""
    spread = roofs.attrs.get("uncertainty")
    if not spread:
        return None
    found = {"common": spread["common"], "independent": spread["independent"], "z": Z95}
    if "yield_sd_kwh" in roofs and "lod" in categories:
        own = (roofs["yield_sd_kwh"] / roofs["yield_kwh"].where(roofs["yield_kwh"] > 0)).groupby(
            roofs["lod"].astype(str)
        )  # one figure for all roofs seen the same way
        by_lod = own.median().dropna().to_dict()  # roofs without yield tell nothing
        found["by_lod"] = [by_lod.get(item["code"], spread["independent"]) for item in categories["lod"]]
        if "yield_common" in roofs:
            shared = roofs["yield_common"].groupby(roofs["lod"].astype(str)).median().dropna().to_dict()
            found["common_by_lod"] = [shared.get(item["code"], spread["common"]) for item in categories["lod"]]
    return found


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
    before: list[tuple[str, ...]] = []
    for month in _MONTH_ORDER:
        values = np.nan_to_num(share[:, month - 1] - shape[month - 1])
        packer.numbers(f"month_{month}", values, scale=_MONTH_SCALE, like=before)
        before.append((f"month_{month}",))
    return shape


def _pack_phases(packer: Packer, roofs: pd.DataFrame, plan: Programme) -> dict[str, Any]:
    years = sorted(plan.shares)
    built = roofs["building_id"].map(plan.phase).fillna(0).astype(int)
    packer.integers("phase", built.map({year: place for place, year in enumerate([0, *years])}))
    shares = {str(year): float(share) for year, share in plan.shares.items()}
    factor = float(plan.co2_kg_kwh) if np.isfinite(plan.co2_kg_kwh) else None
    developed = {str(year): _developed(roofs, plan, year) for year in years}
    return {"years": years, "shares": shares, "co2_kg_kwh": factor, "developed": developed}


def _developed(roofs: pd.DataFrame, plan: Programme, year: int) -> dict[str, Any]:
    """Rows of the programme that differ from the surveyed roof times the part most roofs are developed by.

    Returns
    -------
    dict
        ``part`` and ``rows``: position of the roof -> its figures in the programme.
    """
    names = [n for n in _PROGRAMME if n in plan.by_roof and n in roofs]
    rows = plan.by_roof[(plan.by_roof["year"] == year) & (plan.by_roof["building_id"] != "")].set_index("building_id")
    rows = rows.reindex(roofs["building_id"])
    on = rows["part"].notna().to_numpy()
    usual = rows["part"].mode()
    part = float(usual.iloc[0]) if len(usual) else 1.0
    found: dict[str, dict[str, float]] = {}
    surveyed = roofs[names].to_numpy(float) * part
    there = rows[names].to_numpy(float)
    other = on & ~np.isclose(there, surveyed, rtol=1e-9, atol=1e-9, equal_nan=True).all(axis=1)
    for position in np.flatnonzero(other):
        found[str(position)] = dict(zip(names, there[position].round(3).tolist(), strict=True))
    return {"part": part, "rows": found}


def _least_steps(roofs: pd.DataFrame) -> list[float]:
    if "yield_kwh" not in roofs or roofs.empty:
        return []
    most = float(np.nanmax(roofs["yield_kwh"].to_numpy(float), initial=0.0))
    return [step for step in _LEAST if step < most]
