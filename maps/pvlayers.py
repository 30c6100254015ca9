"""Pictures of the irradiation that reaches every roof cell, in the year and by month."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd

from maps.i18n import words
from maps.layers import LayerSpec, add_pictures
from maps.raster import paint_tiles
from maps.sheet import Sheet
from maps.style import ramp
from maps.warp import Raster

__all__ = ["add_irradiation"]

_SHARES = (0.6, 0.75, 0.85, 0.95, 1.02)
"""Class limits as shares of what open level ground receives in the year."""
_MONTH_LIMITS = (30.0, 50.0, 75.0, 100.0, 130.0, 160.0)
_USUAL_GHI = 1250.0
_ROUND = 50.0


def add_irradiation(
    sheet: Sheet, year: Raster, months: Sequence[Raster] | None = None, roofs: gpd.GeoDataFrame | None = None
) -> None:
    """Add the irradiation of roof cells as one layer, and a layer for each month.

    Parameters
    ----------
    sheet : Sheet
        Page.
    year : xarray.DataArray or RasterSource
        [kWh/m²], NaN off the roofs.
    months : sequence of 12 rasters, optional
        [kWh/m²].
    roofs : geopandas.GeoDataFrame, optional
        ``ghi_kwh_m2`` sets the classes of the year.
    """
    ghi = float(roofs["ghi_kwh_m2"].median()) if roofs is not None and "ghi_kwh_m2" in roofs else _USUAL_GHI
    legend = ramp("sun", "kwh_m2", [_ROUND * round(share * ghi / _ROUND) for share in _SHARES])
    pictures = paint_tiles(year, legend, within=sheet.clip.bounds, clip=sheet.clip)
    if not pictures:
        return
    spec = sheet.add(LayerSpec("irradiation", words()["irradiation"], "pv", "overlay", legend, on=False))
    add_pictures(sheet.view, spec, pictures)
    legend = ramp("sun", "kwh_m2", _MONTH_LIMITS)
    for number, month in enumerate(months or (), start=1):
        found = paint_tiles(month, legend, within=sheet.clip.bounds, clip=sheet.clip)
        spec = sheet.add(LayerSpec(f"irradiation_{number}", words()["irradiation"], "pv", "month", legend, on=False))
        add_pictures(sheet.view, spec, found)
