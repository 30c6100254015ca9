"""Roofs known by their outline, with the figures of the forms they may have in the place of the level ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.notes import Notes
from guanghui.pv.assessment.outlined import Expected, Outlined, common_spread
from guanghui.pv.roofs.form import FORMS, known_forms, outline_shape
from guanghui.pv.roofs.form_clear import with_clear
from guanghui.pv.roofs.form_prior import FormPrior, form_prior
from guanghui.pv.settings import PvSettings

__all__ = ["ASSUMED", "FORM_COLUMNS", "UNSEEN", "Formed", "tell", "with_form_columns", "with_forms"]

ASSUMED = "assumed"
"""Source of the form of a roof that nobody has seen."""
UNSEEN = "unseen"
"""``roof_form`` of such a roof."""
FORM_COLUMNS = (*(f"form_{f}" for f in FORMS), "form_sd", "form_low", "form_high", "form_common")
_PITCHED = {"flat": "flat", "gable": "pitched", "hip": "pitched", "shed": "pitched"}
_MANY = 0.005
"""Share of the energy from which assumed forms are told [1]."""


@dataclass(frozen=True)
class Formed:
    """Faces with what is expected of the outlined roofs, and what is known of their form."""

    faces: pd.DataFrame
    roofs: pd.DataFrame
    """By position of the building: ``roof_form``, ``form_source``, ``FORM_COLUMNS``; no row for roofs that are seen."""


def seen_roofs(buildings: gpd.GeoDataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Roofs of the region whose form is known, with their outline's shape and all that is known of them."""
    here = (known["form"] != "").to_numpy()
    if not here.any():
        return pd.DataFrame({"form": []})
    return outline_shape(buildings[here]).join(known[here])


def with_forms(
    faces: pd.DataFrame,
    outlined: Sequence[Outlined],
    buildings: gpd.GeoDataFrame,
    months: Sequence[str],
    settings: PvSettings,
    prior: FormPrior | None = None,
) -> Formed:
    """Put expected figures in the place of level ones.

    Parameters
    ----------
    faces : pandas.DataFrame
        All faces with their energy, level for the outlined roofs.
    outlined : sequence of Outlined
        These roofs, by weather.
    buildings : geopandas.GeoDataFrame
        Of the region; ``form``, ``form_tilt``, ``form_clear`` and ``form_source`` where any form is known.
    months : sequence of str
        Columns of the energy.
    settings : PvSettings
        ``form`` is what the region states of its roofs.
    prior : FormPrior, optional
        The shipped one by default.
    """
    if not outlined:
        return Formed(faces, pd.DataFrame(columns=["roof_form", "form_source", *FORM_COLUMNS]))
    prior = form_prior() if prior is None else prior
    known = known_forms(buildings)
    seen = seen_roofs(buildings, known)
    prior = prior.here(seen)
    prior = with_clear(prior, pd.concat([o.told_clear(prior, known.iloc[o.position]) for o in outlined]))
    found = [o.expect(prior, known.iloc[o.position], seen, settings.form.shares) for o in outlined]
    common = common_spread(found, prior, len(seen))
    rows = pd.concat([_rows(f, months) for f in found], ignore_index=True).set_index("building")
    level = faces[faces["building"].isin(rows.index)]
    first = level.groupby("building").first()
    new = first.reindex(rows.index)
    for column in ("area_m2", "usable_m2", "modules_m2", "capacity_kwp", "poa_kwh_m2", "open_poa", *months):
        new[column] = rows[column]
    new["ground_m2"] = level.groupby("building")["ground_m2"].sum().reindex(rows.index)
    new["obstacle_m2"] = 0.0
    form = known["form"].iloc[rows.index].to_numpy(object)
    tilt = known["tilt"].iloc[rows.index].to_numpy(float)
    pitched = form != "flat"
    new["surface_tilt"] = np.where(pitched, tilt, new["surface_tilt"])
    for column in ("surface_azimuth", "module_tilt", "module_azimuth"):
        new[column] = new[column].where(~pitched)
    new["rack"] = new["rack"].to_numpy(bool) & ~pitched
    if "geometry" in new:
        new["geometry"] = buildings.geometry.to_numpy()[rows.index]
    rest = faces[~faces["building"].isin(rows.index)]
    table = pd.concat([rest, new.reset_index()[list(faces.columns)]], ignore_index=True)
    about = rows[[c for c in FORM_COLUMNS if c in rows]].assign(form_common=common)
    source = buildings["form_source"].iloc[rows.index].to_numpy(object) if "form_source" in buildings else ""
    about.insert(0, "form_source", np.where(form == "", ASSUMED, source))
    about.insert(0, "roof_form", [_PITCHED.get(f, UNSEEN) for f in form])
    return Formed(table.sort_values(["building", "face"], ignore_index=True), about)


def _rows(found: Expected, months: Sequence[str]) -> pd.DataFrame:
    return pd.concat([found.table, pd.DataFrame(found.months, columns=list(months))], axis=1)


def tell(roofs: pd.DataFrame, notes: Notes) -> None:
    """Say how many roofs and how much of the energy rest on an assumed form, and what is shared of its error.

    Parameters
    ----------
    roofs : pandas.DataFrame
        Surveyed, with ``form_source``.
    notes : Notes
        Of the region.
    """
    assumed = (roofs["form_source"] == ASSUMED).to_numpy()
    energy = roofs["yield_kwh"].to_numpy(float)
    if not assumed.any() or energy[assumed].sum() < _MANY * energy.sum():
        return
    share = 100.0 * energy[assumed].sum() / energy.sum()
    common = 100.0 * float(roofs.loc[assumed, "form_common"].iloc[0])
    looked = int(roofs["form_source"].isin(["looked", "column"]).sum())
    notes.add(
        "surface",
        f"the form of {int(assumed.sum())} of {len(roofs)} roofs ({share:.0f} % of the energy) is assumed from their "
        f"outlines; all of them may be wrong together by {common:.1f} % (one standard deviation), {looked} roofs have "
        "a known form; `guanghui sample` draws roofs to look at",
        f"{len(roofs)} 个屋顶中有 {int(assumed.sum())} 个（占发电量 {share:.0f} %）的屋顶形式由轮廓推断，可能共同偏差 "
        f"{common:.1f} %（一倍标准差），已知形式的屋顶 {looked} 个；可用 guanghui sample 抽取屋顶供人工判读",
    )


def with_form_columns(roofs: gpd.GeoDataFrame, about: pd.DataFrame) -> gpd.GeoDataFrame:
    """Put on the roofs where their form is known from, and what is assumed of those that nobody has seen.

    Parameters
    ----------
    roofs : geopandas.GeoDataFrame
        All buildings of the region with ``lod`` and ``roof_form``.
    about : pandas.DataFrame
        ``roofs`` of :class:`Formed`.
    """
    roofs = roofs.drop(columns=["form", "form_tilt", "form_clear", "form_source"], errors="ignore")
    source = np.where(roofs["lod"] == "surface", "surface", "level").astype(object)
    source[about.index] = about["form_source"]
    columns = {"form_source": source}
    if len(about):
        roofs.loc[about.index, "roof_form"] = about["roof_form"]
        columns |= {c: about[c].reindex(roofs.index).to_numpy(float) for c in FORM_COLUMNS}
    at = roofs.columns.get_loc("roof_form") + 1
    out = pd.concat([roofs.iloc[:, :at], pd.DataFrame(columns, index=roofs.index), roofs.iloc[:, at:]], axis=1)
    out.attrs = roofs.attrs
    return gpd.GeoDataFrame(out, geometry="geometry", crs=roofs.crs)
