"""Settings of the map pages: section ``[maps]`` of a region file."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["LabelLayer", "MapSettings"]


class LabelLayer(BaseModel):
    """A layer of names or roads shown on the maps, ``[[maps.labels]]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="layer of points, lines or polygons")
    kind: Literal["village", "water", "road", "place"] = Field(
        description="what it names; villages are written before water, roads and other places"
    )
    name: str = Field("name", description="column of the name; lines without one are drawn all the same")
    layer: str | None = Field(None, description="layer of a file that holds several")
    crs: str | None = Field(None, description='where the file has none; "gcj02" for shifted degrees')
    encoding: str | None = Field(None, description='of a Shapefile without .cpg, usually "gbk"')


class MapSettings(BaseModel):
    """How the pages look and what they say about themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lang: Literal["zh", "en"] = Field("zh", description="language shown first; the page holds both")
    unit: Literal["ha", "mu"] = Field(
        "ha", description="unit of every area of land that is read: on pages, in workbook and briefs; 1 mu = 1/15 ha"
    )
    basemap: str = Field(
        "none",
        description='tiles below the map: "none", "tianditu", an address with {z}, {x} and {y}, or such a folder '
        "beside the page; every map works without",
    )
    tianditu: Literal["vec", "img", "ter"] = Field("vec", description="Tianditu layer: streets, imagery or terrain")
    review_number: str = Field(
        "", description="review number of the base map (审图号), shown at the foot of every page"
    )
    internal_use: bool = Field(
        True, description="say that the map is for internal use and borders are not authoritative"
    )
    source_zh: str = Field("", description="data sources in Chinese, for the foot of every page")
    source_en: str = Field("", description="data sources in English")
    labels: tuple[LabelLayer, ...] = Field((), description="names of the place and its roads, packed into the pages")
    sun: bool = Field(
        False,
        description="show where the sun is through a day (solstices, equinox) from the skyline of each roof; the roofs "
        "are surveyed a second time for it",
    )
    sun_most: int = Field(
        10_000, ge=0, description="most roofs of a township whose page holds their skylines; above it they are left out"
    )
    max_px: int = Field(2048, ge=256, le=4096, description="longest side of a raster picture [px]")
