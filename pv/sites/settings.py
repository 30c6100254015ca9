"""Settings of plants beyond roofs, as written in ``[[sites]]`` and ``[site_rules]`` of a region file."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["SiteExclusion", "SiteRules", "SiteSettings"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SiteSettings(_Section):
    """One plant, or land for plants, beyond roofs, ``[[sites]]``."""

    name: str = Field(min_length=1, description="shown in tables and on the map")
    path: str = Field(description="polygon layer; of façades the outlines of buildings with a height")
    kind: Literal["ground", "agri", "forest_light", "fishery", "floating", "carport", "facade"] = Field(
        description="as in factors/site_presets.csv"
    )
    status: Literal["existing", "approved", "possible"] = Field(
        "possible", description="what stands or is approved keeps its land; what is only possible obeys the rules"
    )
    year: int | None = Field(None, ge=1990, le=2100, description="it stands by the end of this year; none: no year yet")
    w_m2: float | None = Field(None, gt=0, le=300, description="power per land in place of the preset's [W/m²]")
    capacity_mw: float | None = Field(None, gt=0, description="known power of the plant [MW]")
    share: float | None = Field(None, gt=0, le=1, description="part of what the rules leave that is used [1]")
    tilt: float | None = Field(None, ge=0, le=90, description="of the modules [°]")
    azimuth: float | None = Field(None, ge=0, lt=360, description="of the modules, clockwise from north [°]")
    height: str | None = Field(None, description="column of the height of walls [m] (façades)")
    layer: str | None = Field(None, description="layer of a file that holds several")
    crs: str | None = Field(None, description='where the file has none; "gcj02" for shifted degrees')
    encoding: str | None = Field(None, description='of a Shapefile without .cpg, usually "gbk"')


class SiteExclusion(_Section):
    """A layer where no plant may stand, ``[[site_rules.exclude]]``."""

    path: str = Field(description="polygon layer: basic farmland, ecological red line, flood bed, own layers")
    reason: str = Field(min_length=1, description="shown with the area it takes, for instance 永久基本农田")
    reason_en: str = Field("", description="the same in English")
    crs: str | None = Field(None, description="where the file has none")


class SiteRules(_Section):
    """Where no new plant may stand, ``[site_rules]``."""

    max_slope_pct: float | None = Field(None, gt=0, description="in place of the preset's [%]")
    max_north_pct: float = Field(
        8.0, gt=0, description="steepest slope that falls away from the noon sun [%] (assumed)"
    )
    cell_m: float = Field(10.0, ge=1, le=100, description="cells in which slope and land are judged [m]")
    exclude: tuple[SiteExclusion, ...] = Field((), description="layers that take land away")
    near: str | None = Field(None, description="layer of lines or stations a plant must stand near")
    near_km: float = Field(5.0, gt=0, description="farthest from it [km] (assumed)")
