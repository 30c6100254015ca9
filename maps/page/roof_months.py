"""The months of one roof, cell by cell as the survey wrote them, for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import rioxarray
import xarray as xr
from pyproj import CRS
from rioxarray.exceptions import NoDataInBounds

from guanghui.geo.errors import InputError
from guanghui.maps.drawing.style import Ramp, ramp, round_breaks
from guanghui.maps.words.i18n import word
from guanghui.maps.words.numbers import format_column

__all__ = ["RoofMonths", "roof_months"]

_MONTHS = 12
_WIDE_PX = 132


@dataclass(frozen=True)
class RoofMonths:
    """Irradiation of the cells of a roof by month; shows itself as the result of a notebook cell."""

    values: xr.DataArray
    """[kWh/m²], dims (month, y, x), in the cells of the survey; NaN off the roof."""
    legend: Ramp
    """Classes, the same for all months."""
    lang: str = "zh"

    def _repr_html_(self) -> str:
        """Twelve small pictures and their classes; nothing is loaded from anywhere."""
        places = self.legend.classify(self.values.to_numpy())
        known = np.isfinite(self.values.to_numpy())
        figures = "".join(
            f'<figure style="margin:0">{_squares(places[m], known[m], self.legend.colours)}'
            f'<figcaption style="font-size:12px">{escape(word("month_n", self.lang, n=m + 1))}'
            f" · {float(np.nanmean(self.values[m])):.0f}</figcaption></figure>"
            for m in range(_MONTHS)
        )
        unit, limits = format_column(list(self.legend.breaks), "kwh_m2", self.lang)
        names = [f"&lt; {limits[0]}", *(f"≥ {limit}" for limit in limits)] if limits else [""]
        key = "".join(
            f'<span style="margin-right:10px"><i style="display:inline-block;width:11px;height:11px;background:{c}">'
            f"</i> {name}</span>"
            for c, name in zip(self.legend.colours, names, strict=True)
        )
        return (
            f'<div style="display:grid;grid-template-columns:repeat(6,{_WIDE_PX}px);gap:8px">{figures}</div>'
            f'<p style="font-size:12px">{key}{escape(unit)}</p>'
        )


def roof_months(files: Sequence[Path], roof: Any, crs: Any, *, lang: str = "zh") -> RoofMonths:
    """Irradiation of one roof by month at the cells of the survey, 1 m where the surface is of 1 m.

    The page of a township holds months in cells of 4 m or more to keep its size; the files of the run hold them whole.

    Parameters
    ----------
    files : sequence of pathlib.Path
        Rasters as :func:`pv.assess` writes them: the year, then twelve months [kWh/m²]; they may overlap.
    roof : shapely geometry
        Outline of the roof.
    crs : object
        CRS of the outline, in any form pyproj reads.
    lang : {"zh", "en"}, default "zh"
        Language of the captions.

    Returns
    -------
    RoofMonths
        Months of the file that holds most of the roof's cells.

    Raises
    ------
    InputError
        No file has months of a cell whose middle is on this roof.
    """
    found = [values for path in sorted(files) if (values := _read(path, roof, CRS.from_user_input(crs))) is not None]
    if not found:
        raise InputError(
            "roof months: none of the rasters holds months of this roof; a run with a surface writes them.",
            "逐月辐照：没有栅格含该屋顶的逐月值；有地表高程的运行会写出这些栅格。",
        )
    values = max(found, key=lambda one: int(one.notnull().sum()))
    seen = values.to_numpy()[np.isfinite(values.to_numpy())]
    return RoofMonths(values, ramp("sun", "kwh_m2", round_breaks(seen)), lang)


def _read(path: Path, roof: Any, crs: CRS) -> xr.DataArray | None:
    with rioxarray.open_rasterio(path, masked=True, cache=False) as data:
        assert isinstance(data, xr.DataArray)
        if data.sizes["band"] <= _MONTHS or data.rio.crs is None:
            return None
        try:
            months = data.isel(band=slice(1, _MONTHS + 1)).rio.clip([roof], crs, from_disk=True)
        except NoDataInBounds:
            return None
        values = months.rename(band="month").assign_coords(month=range(1, _MONTHS + 1)).astype(np.float32).load()
    values.attrs = {"units": "kWh/m²"}
    return values if values.notnull().any() else None


def _squares(places: np.ndarray, known: np.ndarray, colours: Sequence[str]) -> str:
    """Cells as squares of a drawing, one path a colour."""
    height, width = places.shape
    paths = []
    for place, colour in enumerate(colours):
        at = np.argwhere(known & (places == place))
        if len(at):
            paths.append(f'<path fill="{colour}" d="{"".join(f"M{c} {r}h1v1h-1z" for r, c in at)}"/>')
    tall = round(_WIDE_PX * height / width)
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{_WIDE_PX}" height="{tall}" shape-rendering="crispEdges">'
        f"{''.join(paths)}</svg>"
    )
