"""The way of a run walked with a few roofs, so that what it would refuse late is refused early.

The roofs of one place are surveyed as in a run; the others borrow their figures, so that programme, existing systems,
exclusions and prices meet all ids, classes and townships; doubts about these borrowed figures are not kept. The carbon
account is small and is made whole. Nothing is written.
"""

from __future__ import annotations

import copy

import geopandas as gpd
import numpy as np

from guanghui import pv
from guanghui.geo.notes import Notes
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import assemble
from guanghui.plan.results.keeping import carbon_of
from guanghui.pv.assessment.survey import ROOF_UNITS

__all__ = ["rehearse_carbon", "rehearse_roofs"]

_ROOFS = 16


def _shadow(region: Region) -> Region:
    """The same region with doubts of its own."""
    other = copy.copy(region)
    other.notes = Notes()
    other.__dict__.pop("whole", None)
    return other


def rehearse_roofs(region: Region) -> None:
    """Survey a few roofs and take all of them through the programme.

    Parameters
    ----------
    region : Region
        Whose inputs were read.

    Raises
    ------
    InputError
        What a run would refuse.
    """
    buildings = region.buildings
    if buildings is None:
        return
    other = _shadow(region)
    few = _neighbours(buildings)
    other.__dict__["buildings"] = buildings.iloc[few].reset_index(drop=True)
    found = pv.survey(other, detail="table").roofs
    if not (found["usable_m2"] > 0).any():
        return
    found = found[found["usable_m2"] > 0].reset_index(drop=True)
    like = found.iloc[np.arange(len(buildings)) % len(found)].reset_index(drop=True)
    own = [c for c in buildings.columns if c in like and c != "geometry"]
    roofs = gpd.GeoDataFrame(like.assign(**{c: buildings[c].to_numpy() for c in own}), crs=found.crs)
    roofs = roofs.set_geometry(buildings.geometry.to_numpy(), crs=buildings.crs)
    roofs.attrs = {"units": ROOF_UNITS, "illustrative_weather": region.weather.illustrative}
    other.__dict__["landcover"] = None
    assemble(other, roofs)


def rehearse_carbon(region: Region) -> None:
    """Make the carbon account and what follows from it.

    Parameters
    ----------
    region : Region
        Whose inputs were read.

    Raises
    ------
    InputError
        What a run would refuse.
    """
    if region.landcover is not None:
        carbon_of(region)


def _neighbours(buildings: gpd.GeoDataFrame) -> np.ndarray:
    """Positions of a few outlines that stand together, in the order of the table."""
    middle = buildings.geometry.centroid
    x, y = middle.x.to_numpy(), middle.y.to_numpy()
    start = len(buildings) // 2
    near = np.hypot(x - x[start], y - y[start])
    return np.sort(np.argsort(near, kind="stable")[:_ROOFS])
