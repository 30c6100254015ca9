"""Two dates on the map of units: what a survey of wetlands and stands holds is the same at both of them.

A survey has one date. Where its polygons lie, the two maps may still differ; that is their error, or a change the
survey cannot date, so it is told with its hectares and not counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.landcover import AnyCover
from guanghui.geo.notes import Notes
from guanghui.sinks.carbon.forest import has_volume
from guanghui.sinks.land.areas import overlay_pieces
from guanghui.sinks.land.layers import Layers
from guanghui.sinks.years.change import transitions
from guanghui.sinks.years.transitions import PAIR, Transitions

__all__ = ["Surveyed", "say_surveyed", "surveyed_ground", "with_survey"]

_LEAST = 1e-12
_SAID_HA = 0.005


@dataclass(frozen=True)
class Surveyed:
    """What the two maps say of the ground that a survey holds."""

    found: Transitions
    """Of the maps, its ``code`` the number of a piece as text."""
    pieces: gpd.GeoDataFrame
    """``code`` of the township and ``class`` of every piece, in the order of the numbers."""

    def by_township(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows with the township of their piece in the place of its number.

        Parameters
        ----------
        frame : pandas.DataFrame
            With ``code``, the number of a piece as text.
        """
        return frame.assign(code=self.pieces["code"].to_numpy()[frame["code"].to_numpy().astype(int)])


def surveyed_ground(
    before: AnyCover, after: AnyCover, townships: gpd.GeoDataFrame, layers: Layers, border_m: float = 0.0
) -> Surveyed | None:
    """What two dates say of the ground under surveyed wetlands and stands.

    Parameters
    ----------
    before, after : AnyCover
        Two dates.
    townships : geopandas.GeoDataFrame
        ``code`` and polygons.
    layers : Layers
        Wetlands and stands in the CRS of the townships.
    border_m : float, default 0
        As for :func:`sinks.years.change.transitions`.

    Returns
    -------
    Surveyed or None
        None where no polygon lies in a township.
    """
    parts = [pieces[["code", "class", "geometry"]] for _, pieces in overlay_pieces(layers, townships)]
    parts = [part for part in parts if len(part)]
    if not parts:
        return None
    pieces = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=townships.crs)
    zones = pieces.assign(code=pieces.index.astype(str))
    return Surveyed(transitions(before, after, zones, border_m), pieces)


def with_survey(found: Transitions, ground: Surveyed) -> Transitions:
    """Transitions in which surveyed ground is of its surveyed class at both dates.

    Parameters
    ----------
    found : Transitions
        Of the maps.
    ground : Surveyed
        Of the same dates, cut with the same width of borders.

    Returns
    -------
    Transitions
        ``codes`` stay those of the maps.
    """
    under = ground.by_township(ground.found.frame)
    both = ground.found.coverage["both_ha"]
    held = ground.pieces.iloc[both.index.to_numpy().astype(int)][["code", "class"]]
    kept = pd.DataFrame({"code": held["code"].to_numpy(), "before": held["class"].to_numpy(),
                         "after": held["class"].to_numpy(), "area_ha": both.to_numpy(float)})  # fmt: skip
    columns = [*PAIR, "area_ha"]
    whole = pd.concat([found.frame[columns], under.assign(area_ha=-under["area_ha"])[columns], kept[columns]])
    frame = whole.groupby(PAIR, as_index=False)["area_ha"].sum()
    frame = frame[frame["area_ha"] > _LEAST * frame["area_ha"].sum()].reset_index(drop=True)
    out = replace(found, frame=frame)
    return out if found.pieces is None else replace(out, pieces=_left(found.pieces, ground, frame))


def _left(pieces: pd.DataFrame, ground: Surveyed, frame: pd.DataFrame) -> pd.DataFrame:
    """Changed pieces of polygons outside the surveyed ground."""
    assert ground.found.pieces is not None
    sums = [c for c in pieces.columns if c not in PAIR]
    under = ground.by_township(ground.found.pieces)
    both = pd.concat([pieces, under.assign(**{c: -under[c] for c in sums})])
    out = both.groupby(PAIR, as_index=False)[sums].sum().merge(frame, on=PAIR)
    out[sums] = out[sums].clip(lower=0.0)
    out["border_ha"] = np.minimum(out["border_ha"], out["area_ha"])
    return out.drop(columns="area_ha")


def say_surveyed(notes: Notes, ground: Surveyed) -> None:
    """Say how much of what the maps changed lies on surveyed ground and is not counted.

    Parameters
    ----------
    notes : Notes
        Told.
    ground : Surveyed
        Of the two dates.
    """
    frame = ground.found.frame
    changed = frame[frame["before"] != frame["after"]]
    area = float(changed["area_ha"].sum())
    if area < _SAID_HA:
        return
    was, now = (changed[side].map(has_volume).astype(bool) for side in ("before", "after"))
    came, went = (float(changed["area_ha"][a & ~b].sum()) for a, b in ((now, was), (was, now)))
    notes.add("landcover", f"{area:,.1f} ha that changed class on the maps lie under surveyed stands or wetlands, "
                   f"which hold at both dates (forest on the maps {came:,.1f} ha new, {went:,.1f} ha gone): not "
                   "counted; `surveyed = \"maps\"` in [sinks.change] counts them",
                   f"图上地类变化中 {area:,.1f} 公顷位于已调查的小班或湿地内，两期均按调查地类计（图上新增林地 "
                   f"{came:,.1f} 公顷、减少 {went:,.1f} 公顷），不计入变化；在 [sinks.change] 设 surveyed = \"maps\" "
                   "则计入")  # fmt: skip
