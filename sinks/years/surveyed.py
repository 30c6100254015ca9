"""Two dates on the map of units: a survey of wetlands and stands names the land, the maps date what came and went.

A survey has one date. Where both maps show its kind of land, or neither does, its class holds at both. Where one of
them does, land came into the survey or left it; both ways count, so that maps that err alike at both change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.geo.landcover import AnyCover, land_class
from guanghui.geo.notes import Notes
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

    def named(self, frame: pd.DataFrame, *, hold: bool) -> pd.DataFrame:
        """Rows with the classes of the survey, by township.

        Parameters
        ----------
        frame : pandas.DataFrame
            With ``code`` (number of a piece as text), ``before`` and ``after``.
        hold : bool
            Whether the surveyed class holds at both dates whatever the maps show.
        """
        own = self.pieces["class"].to_numpy()[frame["code"].to_numpy().astype(int)]
        kin = {side: _kin(frame[side], own) | hold for side in ("before", "after")}
        alike = kin["before"] == kin["after"]
        sides = {side: np.where(alike | kin[side], own, frame[side].to_numpy()) for side in kin}
        return self.by_township(frame).assign(**sides)


def _kin(classes: pd.Series, own: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Where a map shows the kind of land that the survey holds: its group of classes."""
    group = {key: land_class(key).group for key in {*classes, *own}}
    return np.array([group[a] == group[b] for a, b in zip(classes, own, strict=True)], bool)


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


def with_survey(found: Transitions, ground: Surveyed, *, hold: bool = False) -> Transitions:
    """Transitions in which surveyed ground is named by its survey.

    Parameters
    ----------
    found : Transitions
        Of the maps.
    ground : Surveyed
        Of the same dates, cut with the same width of borders.
    hold : bool, default False
        Whether the surveyed class holds at both dates whatever the maps show.

    Returns
    -------
    Transitions
        ``codes`` stay those of the maps.
    """
    frame = _exchanged(found.frame, ground.found.frame, ground, ["area_ha"], hold=hold)
    frame = frame[frame["area_ha"] > _LEAST * frame["area_ha"].sum()].reset_index(drop=True)
    out = replace(found, frame=frame)
    if found.pieces is None or ground.found.pieces is None:
        return out
    sums = [c for c in found.pieces.columns if c not in PAIR]
    pieces = _exchanged(found.pieces, ground.found.pieces, ground, sums, hold=hold)
    pieces = pieces[pieces["before"] != pieces["after"]].merge(frame, on=PAIR)
    pieces[sums] = pieces[sums].clip(lower=0.0)
    pieces["border_ha"] = np.minimum(pieces["border_ha"], pieces["area_ha"])
    return replace(out, pieces=pieces.drop(columns="area_ha"))


def _exchanged(
    whole: pd.DataFrame, under: pd.DataFrame, ground: Surveyed, sums: list[str], *, hold: bool
) -> pd.DataFrame:
    """Pairs of the maps without those of the surveyed ground, and these by the names of the survey."""
    gone = ground.by_township(under)
    columns = [*PAIR, *sums]
    gone = gone.assign(**{c: -gone[c] for c in sums})
    rows = pd.concat([whole[columns], gone[columns], ground.named(under, hold=hold)[columns]])
    return rows.groupby(PAIR, as_index=False)[sums].sum()


def say_surveyed(notes: Notes, ground: Surveyed, *, hold: bool = False) -> None:
    """Say what the maps show to have come and gone on surveyed ground, and whether it counts.

    Parameters
    ----------
    notes : Notes
        Told.
    ground : Surveyed
        Of the two dates.
    hold : bool, default False
        Whether the surveyed class holds at both dates.
    """
    raw = ground.found.frame
    named = ground.named(raw, hold=False)
    own = ground.pieces["class"].to_numpy()[raw["code"].to_numpy().astype(int)]
    changed = (named["before"] != named["after"]).to_numpy()
    area, new = raw["area_ha"].to_numpy(float), (named["after"].to_numpy() == own)
    came, went = float(area[changed & new].sum()), float(area[changed & ~new].sum())
    if came + went < _SAID_HA:
        return
    en, zh = ("not counted, the surveyed class holds at both dates", "不计入，两期均按调查地类计")
    if not hold:
        en, zh = (
            'counted net; `surveyed = "hold"` in [sinks.change] leaves it out',
            ('按净变化计入；在 [sinks.change] 设 `surveyed = "hold"` 则不计'),
        )
    notes.add("landcover", f"on ground under surveyed stands or wetlands the maps show {came:,.1f} ha that came to "
                   f"it and {went:,.1f} ha that left it between the dates: {en}",
                   f"已调查小班、湿地范围内，两期图上新增 {came:,.1f} 公顷、减少 {went:,.1f} 公顷：{zh}")  # fmt: skip
