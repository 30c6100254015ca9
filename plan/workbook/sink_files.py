"""Rasters and charts of the carbon side."""

from __future__ import annotations

from pathlib import Path

from guanghui.geo.files import safe_name
from guanghui.geo.raster import write_cog
from guanghui.plan.inputs.region import Region
from guanghui.sinks import Outlook, Stock
from guanghui.sinks.years.charts import projection_chart, save_chart

__all__ = ["write_carbon"]


def write_carbon(region: Region, stock: Stock, outlook: Outlook | None, folder: Path) -> list[Path]:
    """Write densities, land classes and eligible land as COG, and the projection as a chart in both languages.

    Parameters
    ----------
    region : Region
        Names.
    stock, outlook
        Results.
    folder : pathlib.Path
        Output folder; files go into ``rasters`` and ``charts``.

    Returns
    -------
    list of pathlib.Path
    """
    tags = {"source": region.name_en, "illustrative": str(region.illustrative)}
    rasters = folder / "rasters"
    out = [
        write_cog(array, rasters / f"carbon_{safe_name(str(name))}.tif", tags=tags)
        for name, array in stock.density.data_vars.items()
    ]
    out.append(write_cog(stock.classes, rasters / "land_classes.tif", categorical=True, tags=tags))
    if outlook is None:
        return out
    masks = {} if outlook.potential is None else {"planting": outlook.potential.screen.mask}
    masks |= {c.methodology.lower(): c.screen.mask for c in outlook.credits}
    for name, mask in masks.items():
        path = rasters / f"eligible_{safe_name(name)}.tif"
        out.append(write_cog(mask, path, categorical=True, tags=tags))
    for lang, name in (("zh", region.name), ("en", region.name_en)):
        chart = projection_chart(outlook.projection, language=lang, title=name)
        out.append(save_chart(chart, folder / "charts" / f"projection_{lang}.png"))
    return out
