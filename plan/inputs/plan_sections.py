"""Sections of the region file that hold the plan: its targets, what was reached each year, areas targets speak of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Actual", "AreaSection", "BalanceSection", "Target"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(_Section):
    """One figure of a plan, ``[[targets]]``."""

    item: str = Field(description="as in legends/target_items.csv")
    value: float | None = Field(None, description="none where the plan gives words only")
    unit: str = Field("", description="of the value")
    year: int | None = Field(None, ge=1990, le=2100, description="by the end of this year")
    text: str = Field("", description="words of the plan, where the figure has more to it")
    text_en: str = Field("", description="the same in English")
    section: str = Field("", description="of the document")
    document: str = Field(min_length=1, description="title and date")
    responsible: str = Field("", description="who answers for it (责任单位)")


class Actual(_Section):
    """What the statistics or the yearly report give for one item and year, ``[[actuals]]``."""

    item: str = Field(description="as in legends/target_items.csv")
    year: int = Field(ge=1990, le=2100, description="at the end of this year")
    value: float = Field(description="in the unit of the item's targets")
    unit: str = Field("", description="of the value; it must be that of the targets of the item")
    source: str = Field(min_length=1, description="who counted it: title and date")


class AreaSection(_Section):
    """``[protected]`` or ``[built_up]``: polygons that a target is stated for."""

    path: str = Field(description="polygon layer")
    layer: str | None = Field(None, description="layer of a file that holds several")
    crs: str | None = Field(None, description='where the file has none; "gcj02" for shifted degrees')
    encoding: str | None = Field(None, description='of a Shapefile without .cpg, usually "gbk"')


class BalanceSection(_Section):
    """``[balance]``: the place's carbon dioxide, from its plan."""

    co2_t: dict[str, float] = Field(min_length=1, description="year -> emissions [t CO₂]")
    source: str = Field(min_length=1, description="document of the series")
    co2_per_gdp: dict[str, float] = Field(
        {}, description="year -> emissions per product as the plan prints it [t CO₂ / 10⁴ yuan]; a check of co2_t"
    )
    gdp_yuan: dict[str, float] = Field({}, description="year -> product as the plan prints it [yuan]")
    last_year: int = Field(2030, ge=2000, le=2100, description="end of trend and scenario")
    population_growth: float = Field(0.0, gt=-0.2, lt=0.2, description="a year [1/a] (assumed)")
    gdp_growth: float = Field(0.05, gt=-0.2, lt=0.3, description="of product per head, a year [1/a] (assumed)")
    energy_intensity_change: float = Field(-0.03, gt=-0.3, lt=0.3, description="energy per product [1/a] (assumed)")
    carbon_intensity_change: float = Field(-0.01, gt=-0.3, lt=0.3, description="CO₂ per energy [1/a] (assumed)")
