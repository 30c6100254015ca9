"""Roofs that are taken already, and roofs that may not be: existing systems and exclusions."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.geo.side_table import match_township, plain_numbers, read_side_table

__all__ = ["exclude", "locate", "read_existing"]

_SIZES = {"capacity_kwp": 1.0, "capacity_kw": 1.0, "capacity_mw": 1000.0}
_PLACES = ("building_id", "building_match", "township_code", "township")


def read_existing(path: Path) -> pd.DataFrame:
    """Read existing or committed systems.

    Parameters
    ----------
    path : pathlib.Path
        CSV, Excel or vector layer with ``capacity_kwp`` or ``capacity_mw`` and one of ``building_id``,
        ``building_match`` (the beginning of building names), ``township_code`` or ``township``; ``name``, ``year`` and
        ``roof_m2`` optional.

    Returns
    -------
    pandas.DataFrame
        ``name building_id building_match township capacity_kwp year roof_m2``.

    Raises
    ------
    InputError
        Unreadable, or without size or place.
    """
    raw = read_side_table(path)
    size = next((c for c in _SIZES if c in raw), None)
    if size is None or not any(p in raw for p in _PLACES):
        raise InputError(
            f"{path.name}: existing systems need capacity_kwp or capacity_mw and one of {listing(_PLACES)}; "
            f"found {listing(raw.columns)}.",
            f"{path.name}：需要 capacity_kwp 或 capacity_mw，以及 {listing(_PLACES)} 之一；"
            f"现有 {listing(raw.columns)}。",
        )
    kwp = plain_numbers(raw[size]) * _SIZES[size]
    if kwp.isna().any() or (kwp < 0).any():
        row = int((kwp.isna() | (kwp < 0)).to_numpy().argmax())
        raise InputError(
            f"{path.name}: {size} of row {row + 1} is {raw[size].iloc[row]!r}; give a number not below 0.",
            f"{path.name}：第 {row + 1} 行 {size} 为 {raw[size].iloc[row]!r}；请给出不小于 0 的数。",
        )

    def text(column: str) -> pd.Series:
        return raw[column].fillna("") if column in raw else pd.Series("", index=raw.index)

    def number(column: str) -> pd.Series:
        return plain_numbers(raw[column]) if column in raw else pd.Series(np.nan, index=raw.index)

    place = text("township_code").where(text("township_code") != "", text("township"))
    return pd.DataFrame({"name": text("name"), "building_id": text("building_id"),
                         "building_match": text("building_match"), "township": place, "capacity_kwp": kwp,
                         "year": number("year"), "roof_m2": number("roof_m2")})  # fmt: skip


def locate(roofs: pd.DataFrame, systems: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Put systems on roofs.

    Parameters
    ----------
    roofs : pandas.DataFrame
        From :func:`pv.assess`.
    systems : pandas.DataFrame
        From :func:`read_existing`.

    Returns
    -------
    tuple
        Capacity on each roof [kWp], index ``building_id``; capacity known by township only [kWp], index
        ``township_code``; and one row a system: its capacity, roofs, their footprint and usable area, W per m² of each,
        and what this survey would put there.

    Raises
    ------
    InputError
        A system that is on no roof and in no township.
    """
    names = roofs["name"].fillna("").astype(str) if "name" in roofs else pd.Series("", index=roofs.index)
    ids = roofs["building_id"].astype(str)
    size = roofs["capacity_kwp"].to_numpy(float)
    on_roof = np.zeros(len(roofs))
    loose: dict[str, float] = {}
    codes = {}
    for code, town in zip(roofs["township_code"].astype(str), roofs["township"].astype(str), strict=True):
        codes[code] = codes[town] = code
    full = match_township(systems["township"].astype(str).unique(), codes)
    rows = []
    for system in systems.itertuples():
        hit = np.zeros(len(roofs), dtype=bool)
        if system.building_id:
            hit = (ids == system.building_id).to_numpy()
        elif system.building_match:
            hit = names.str.startswith(system.building_match).to_numpy()
        hit = hit & (size > 0)
        if hit.any():
            on_roof[hit] += system.capacity_kwp * size[hit] / size[hit].sum()
        elif system.township in full:
            code = codes[full[system.township]]
            loose[code] = loose.get(code, 0.0) + float(system.capacity_kwp)
        else:
            raise InputError(
                f"[existing] {system.name or system.building_id or system.township}: there is no such building or "
                f"township; townships are {listing(sorted(set(roofs['township'].astype(str))))}.",
                f"[existing] {system.name or system.building_id or system.township}：没有此建筑或乡镇；"
                f"乡镇有 {listing(sorted(set(roofs['township'].astype(str))))}。",
            )
        rows.append(_beside(system, roofs[hit]))
    placed = pd.Series(on_roof, index=pd.Index(roofs["building_id"], name="building_id"), name="existing_kwp")
    return placed, pd.Series(loose, dtype=float, name="existing_kwp"), pd.DataFrame(rows)


def _beside(system: object, on: pd.DataFrame) -> dict[str, object]:
    """A project's own figures beside what the survey says of the same roofs."""
    kwp = float(system.capacity_kwp)  # type: ignore[attr-defined]
    gross = float(on["footprint_m2"].sum()) if "footprint_m2" in on else float("nan")
    usable, modelled = float(on["usable_m2"].sum()), float(on["capacity_kwp"].sum())
    nan = float("nan")
    return {
        "project": system.name,  # type: ignore[attr-defined]
        "existing_kwp": kwp,
        "roofs": len(on),
        "footprint_m2": gross,
        "usable_m2": usable,
        "capacity_kwp": modelled,
        "plan_w_m2": 1000 * kwp / gross if gross > 0 else nan,
        "survey_w_m2": 1000 * modelled / gross if gross > 0 else nan,
        "survey_usable_w_m2": 1000 * modelled / usable if usable > 0 else nan,
    }


def exclude(
    roofs: gpd.GeoDataFrame,
    *,
    layers: list[tuple[gpd.GeoDataFrame, str]] | None = None,
    max_shading_pct: float | None = None,
    buildings: dict[str, str] | None = None,
) -> pd.Series:
    """Say why a roof may not be used.

    Parameters
    ----------
    roofs : geopandas.GeoDataFrame
        From :func:`pv.assess`.
    layers : list of tuple, optional
        Polygons and the reason of each layer, or its column ``reason``; a roof whose middle lies inside is left out.
    max_shading_pct : float, optional
        Roofs that lose more to shade are left out [%].
    buildings : dict, optional
        ``building_id`` -> reason.

    Returns
    -------
    pandas.Series
        Reason, empty where the roof may be used; index ``building_id``.
    """
    reason = pd.Series("", index=pd.Index(roofs["building_id"], name="building_id"), dtype=object, name="excluded")
    if max_shading_pct is not None:
        reason[(roofs["shading_loss_pct"] > max_shading_pct).to_numpy()] = f"遮挡超过 {max_shading_pct:g} % shaded"
    for layer, word in layers or []:
        middle = gpd.GeoDataFrame(geometry=roofs.geometry.representative_point(), crs=roofs.crs)
        hit = gpd.sjoin(middle.reset_index(drop=True), layer.to_crs(roofs.crs), predicate="within")
        given = hit["reason"].astype(str) if "reason" in hit else pd.Series(word, index=hit.index)
        first = given[~given.index.duplicated()]
        reason.iloc[first.index.to_numpy()] = first.to_numpy()
    for building, why in (buildings or {}).items():
        if building not in reason.index:
            raise InputError(
                f"[coverage] exclude: there is no building {building!r}; take ids of the roof list.",
                f"[coverage] exclude：没有建筑 {building!r}；请用屋顶清单中的编号。",
            )
        reason[building] = why
    return reason
