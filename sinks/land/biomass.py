"""Forest from a raster of above-ground biomass, as canopy and radar products give it."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from guanghui.geo.cellarea import cell_areas
from guanghui.geo.grid import Grid
from guanghui.geo.landcover import land_class
from guanghui.geo.raster import on_grid
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.zonal import class_sums
from guanghui.sinks.carbon.forest import has_volume, species_mix
from guanghui.sinks.factors.table import Factors, species_lineage
from guanghui.sinks.settings import CanopyAllometry, SinkSettings

__all__ = ["biomass_from_height", "biomass_on", "biomass_volumes", "volume_per_biomass"]


def biomass_on(source: RasterSource, like: xr.DataArray) -> xr.DataArray:
    """Lay above-ground biomass on the grid of the land classes, lazily [t/ha dry].

    Coarser products keep their cells (nearest), finer ones are averaged. Zero counts as unknown: some copies of the
    global products write no data as 0, and a forest without biomass is none.

    Parameters
    ----------
    source : RasterSource
        Above-ground biomass [t/ha dry], any CRS.
    like : xarray.DataArray
        Land classes, dims (y, x); their grid and chunks are taken.

    Returns
    -------
    xarray.DataArray
        Dims (y, x); NaN where unknown or 0.
    """
    grid = Grid.of(like)
    finer = _cell_m2(source.grid) < _cell_m2(grid)
    out = on_grid(source, grid, resampling="average" if finer else "nearest", name="biomass", units="t/ha")
    out = out.chunk(dict(zip(like.dims, like.chunks, strict=True))) if like.chunks else out
    return out.where(out > 0).assign_coords(x=like.x, y=like.y)


def biomass_from_height(height_m: xr.DataArray, allometry: CanopyAllometry) -> xr.DataArray:
    """Above-ground dry biomass from canopy height, ``B = a H^b`` [t/ha], lazily.

    Parameters
    ----------
    height_m : xarray.DataArray
        Canopy height [m]; heights of nothing or less are unknown.
    allometry : CanopyAllometry
        a and b of plots of the region.
    """
    out = (allometry.coefficient * height_m.where(height_m > 0) ** allometry.exponent).astype(np.float32)
    out.name, out.attrs = "biomass", {"units": "t/ha", "long_name": "above-ground biomass from canopy height"}
    return out.rio.write_crs(height_m.rio.crs)


def _cell_m2(grid: Grid) -> float:
    middle = slice(grid.height // 2, grid.height // 2 + 1), slice(grid.width // 2, grid.width // 2 + 1)
    return float(cell_areas(grid).block(*middle)[0, 0])


def volume_per_biomass(key: str, settings: SinkSettings, factors: Factors) -> float:
    """Standing volume that a tonne of above-ground biomass stands for, ``1 / (SVD x BEF)`` [m³ t⁻¹].

    Parameters
    ----------
    key : str
        Land class of a forest.
    settings : SinkSettings
        ``species_mix`` of the region.
    factors : Factors
        ``svd`` [t m⁻³] and ``bef`` [1].

    Raises
    ------
    InputError
        If no table gives a factor.
    """
    mix: Mapping[str, float] = species_mix(key, settings.species_mix)
    found = {g: [factors.find(q, species_lineage(g)).value for q in ("svd", "bef")] for g in mix}
    return 1 / sum(share * svd * bef for share, (svd, bef) in ((mix[g], found[g]) for g in mix))


def biomass_volumes(
    biomass: xr.DataArray, classes: xr.DataArray, townships: gpd.GeoDataFrame, settings: SinkSettings, factors: Factors
) -> pd.Series:
    """Mean standing volume of each township and forest class by the biomass raster.

    Biomass is turned into the volume it stands for, so that it can be reconciled with the inventory like any other,
    and turned back the same way under either method: the carbon above ground is again biomass x carbon fraction.

    Parameters
    ----------
    biomass : xarray.DataArray
        Above-ground dry biomass [t/ha], NaN where unknown, on the grid of ``classes``.
    classes : xarray.DataArray
        Land classes (uint8).
    townships : geopandas.GeoDataFrame
        ``code`` and polygons.
    settings : SinkSettings
        Species mix.
    factors : Factors
        Tables.

    Returns
    -------
    pandas.Series
        Index (``code``, ``class``), [m³/ha]; only where the raster knows something.
    """
    sums, known = class_sums(classes, biomass, townships.set_index("code")[["geometry"]])
    out = {}
    for class_id in sums.columns:
        key = land_class(int(class_id)).key
        if class_id == 0 or not has_volume(key):
            continue
        factor = volume_per_biomass(key, settings, factors)
        for code in sums.index[known[class_id] > 0]:
            out[str(code), key] = sums.loc[code, class_id] / (known.loc[code, class_id] / 1e4) * factor
    index = (
        pd.MultiIndex.from_tuples(list(out), names=["code", "class"]) if out else pd.MultiIndex.from_arrays([[], []])
    )
    return pd.Series(np.array(list(out.values()), float), index=index, name="volume_m3_ha")
