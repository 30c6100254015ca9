"""A small live map in a notebook, complete and offline."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from guanghui.geo.townships import select_townships
from guanghui.maps.inputs import MapCity
from guanghui.maps.page.document import save
from guanghui.maps.page.township import township_page

__all__ = ["InlinePage", "township"]


@dataclass(frozen=True)
class InlinePage:
    """A page that shows itself as the result of a notebook cell."""

    html: str
    height: int = 620
    """Height of the frame [px]."""

    def __repr__(self) -> str:
        """Say what it is; the page itself is shown where HTML is."""
        return f"InlinePage({len(self.html) / 1e6:.2f} MB)"

    def _repr_html_(self) -> str:
        """Frame with the whole page inside; nothing is loaded from anywhere."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts allow-modals allow-downloads" '
            f'style="width:100%;height:{self.height}px;border:1px solid #e2e3dc;border-radius:10px"></iframe>'
        )

    def save(self, path: Path | str) -> Path:
        """Write the page to a file of its own.

        Parameters
        ----------
        path : pathlib.Path or str
            HTML file; it opens without a network.

        Returns
        -------
        pathlib.Path
            The path.
        """
        return save(self.html, Path(path))


def township(city: MapCity, name: str, *, height: int = 620, **results: Any) -> InlinePage:
    """Show the page of a township in a notebook.

    Parameters
    ----------
    city : MapCity
        City.
    name : str
        Name, English name or code of the township.
    height : int, default 620
        Height of the frame [px].
    **results
        ``roofs``, ``plan``, ``stock`` and whatever else :func:`maps.township_page` takes.

    Returns
    -------
    InlinePage

    Raises
    ------
    InputError
        If there is no such township.

    Examples
    --------
    A page of borders and names alone, of a city without any result:

    >>> from types import SimpleNamespace as City
    >>> import geopandas as gpd, shapely
    >>> from guanghui import geo, maps
    >>> towns = gpd.GeoDataFrame(
    ...     {"code": ["001"], "name": ["甲乡"], "name_en": ["Jia"], "area_m2": [1.08e6]},
    ...     geometry=[shapely.box(115.80, 29.20, 115.81, 29.21)], crs=4326,
    ... )
    >>> city = City(
    ...     name="甲县", name_en="Jia County", code="000", townships=towns, crs=towns.crs, illustrative=False,
    ...     settings=City(maps=maps.MapSettings()), notes=geo.Notes(), wetlands=None, terrain=None, landcover=None,
    ...     landcover_before=None,
    ... )
    >>> page = maps.township(city, "甲乡")
    >>> "甲乡" in page.html
    True
    """
    row = select_townships(city.townships, [name], "maps.township").iloc[0]
    return InlinePage(township_page(city, str(row["code"]), **{"home": "", **results}), height)
