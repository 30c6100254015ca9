"""Sections of the region file that several files share, and those of land: land cover, own carbon, value."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.registry import TABLE_ENDS
from guanghui.sinks.settings import OwnFactorSetting

__all__ = ["CarbonSection", "LandcoverSection", "OwnValue", "Paths", "Section", "ValueSection"]


class Section(BaseModel):
    """A section: unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_codes(value: Any) -> Any:
    values = value if isinstance(value, list | tuple) else [value]
    return [str(v).strip() for v in values]


Void = Annotated[tuple[str, ...], BeforeValidator(_as_codes)]
"""One code or a list of codes."""
Paths = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One path, a list of paths, or a pattern with ``*``."""


class LandcoverSection(Section):
    """``[landcover]``: class raster or polygons of a land survey; without it only PV runs."""

    path: Paths = Field(description="raster: file, list or pattern of tiles; or one polygon layer (DLTB)")
    legend: str | dict[str, str] | None = Field(
        None,
        description="name of a shipped legend, a CSV with the columns code and class, or a table of your own codes: "
        '{7 = "bamboo", 9 = "unknown"}; polygons with DLBM are the third land survey by default',
    )
    nodata: Void = Field((), description="code or codes that mean no data, beside those of file and legend")
    code: str | None = Field(None, description="column of the codes of a polygon layer (DLBM)")
    name: str | None = Field(None, description="column of the names of the codes (DLMC), held against them")
    area: str | None = Field(None, description="column of the layer's own areas (TBMJ), put beside the polygons'")
    layer: str | None = Field(None, description="layer of a file that holds several")
    encoding: str | None = Field(None, description='of a Shapefile without .cpg, usually "gbk"')
    year: int = Field(ge=1970, le=2100, description="what it shows")
    band: int | None = Field(None, ge=1, description="of a file with several bands")
    crs: str | None = Field(None, description="where the files have none")
    accept_versions: bool = Field(
        False, description="explicit yes to two dates of different versions of a product, whose algorithms differ"
    )

    @property
    def void(self) -> frozenset[str]:
        """Codes of ``nodata``, also without leading zeros."""
        return frozenset({*self.nodata, *(c.lstrip("0") for c in self.nodata)} - {""})

    @property
    def legend_file(self) -> str | None:
        """Path of a legend in a table of its own, or None."""
        own = self.legend
        return own if isinstance(own, str) and own.lower().endswith(TABLE_ENDS) else None


def _as_factor(value: Any) -> Any:
    """A bare number is a factor without a range."""
    return {"value": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


class OwnValue(Section):
    """A factor of the user's own in ``[carbon.factors]``; without ends it has no range."""

    value: float = Field(description="mean, in the unit of the shipped factor")
    low: float | None = Field(None, description="lower end of the 95 % range")
    high: float | None = Field(None, description="upper end of the 95 % range")
    source: str = Field("", description="who measured it, when and how")


class CarbonSection(Section):
    """``[carbon]``: carbon and factors of the user's own in the place of those that ship."""

    table: str | None = Field(
        None,
        description="CSV of carbon by land-cover code (lucode, c_above, c_below, c_soil, c_dead) or by land class "
        "(class, above, below, understorey, dead, litter, soil) [t C/ha], with ranges where known: "
        "c_above_low and c_above_high (95 %), or c_above_sd or c_above_cv (of the mean); it rules the land cover, not "
        "surveyed stands and wetlands",
    )
    growth: str | None = Field(
        None,
        description="CSV of growth by age: species_group, origin (both when left out), age_a, and volume_m3_ha or "
        "agb_tc_ha with bgb_tc_ha [t C/ha], or both; in the place of the shipped curves",
    )
    factors: dict[str, Annotated[OwnValue, BeforeValidator(_as_factor)]] = Field(
        {}, description='id of a shipped factor -> value: {"stock.marsh.soil.0-100" = 120}, or with low, high, source'
    )

    def own_factors(self) -> tuple[OwnFactorSetting, ...]:
        """Factors as the account asks for them."""
        return tuple(
            OwnFactorSetting(
                id=key, value=own.value, low=own.value if own.low is None else own.low,
                high=own.value if own.high is None else own.high, source=own.source or "[carbon.factors]",
            )
            for key, own in self.factors.items()
        )  # fmt: skip


class ValueSection(Section):
    """``[value]``: price of the carbon that land takes up (生态产品价值：固碳); a band without one."""

    price_yuan_t: float | None = Field(None, gt=0, le=100_000, description="yuan for a tonne of CO₂ [yuan/t CO₂]")
    price_low_yuan_t: float | None = Field(None, gt=0, le=100_000, description="lower end of the price [yuan/t CO₂]")
    price_high_yuan_t: float | None = Field(None, gt=0, le=100_000, description="upper end of the price [yuan/t CO₂]")
    source: str = Field("", description="where the price comes from")

    @model_validator(mode="after")
    def _in_order(self) -> ValueSection:
        price, low, high = self.price_yuan_t, self.price_low_yuan_t, self.price_high_yuan_t
        if price is None and (low is not None or high is not None):
            raise InputError(
                "price_yuan_t is missing beside the ends of its band; add it",
                "给出了价格区间而缺少 price_yuan_t；请补充",
            )
        if price is not None and not (low or price) <= price <= (high or price):
            raise InputError(f"price_yuan_t {price:g} lies outside its band", f"price_yuan_t {price:g} 不在所给区间内")
        return self
