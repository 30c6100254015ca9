"""Settings of the carbon account: section ``[sinks]`` of a region file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from guanghui.geo.errors import InputError
from guanghui.sinks.factors.table import Factors, OwnCurve, OwnFactor, OwnRange, load_factors

__all__ = [
    "CLIMATES",
    "CcerSettings",
    "ChangeSettings",
    "CroplandSettings",
    "LedgerSettings",
    "OwnFactorSetting",
    "PotentialSettings",
    "ProjectionSettings",
    "SinkSettings",
    "WetlandSettings",
    "Work",
]

Climate = Literal[
    "warm_temperate_moist", "warm_temperate_dry", "cool_temperate_moist", "cool_temperate_dry", "polar_moist",
    "polar_dry", "boreal_moist", "boreal_dry", "tropical_montane", "tropical_wet", "tropical_moist", "tropical_dry",
]  # fmt: skip
CLIMATES: tuple[str, ...] = get_args(Climate)
"""IPCC climate zones, in the order of the codes 1-12 of the published map."""

WorkKind = Literal[
    "afforestation", "degraded_restoration", "closure", "tending", "wetland_restoration", "salt_marsh_planting",
    "straw_return",
]  # fmt: skip
Share = Annotated[float, Field(ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OwnFactorSetting(_Section):
    """A factor measured in the region, put in place of a shipped one."""

    id: str = Field(description="id of the shipped factor it replaces, for instance stock.marsh.soil.0-100")
    value: float = Field(description="mean, in the unit of the shipped factor")
    low: float = Field(description="lower end of the 95 % range, same unit")
    high: float = Field(description="upper end of the 95 % range, same unit")
    source: str = Field(description="who measured it, when and how")


class WetlandSettings(_Section):
    """What is known of the wetlands of the region."""

    salinity_ppt: float | None = Field(
        default=None,
        ge=0,
        le=45,
        description="salinity of tidal wetlands [ppt]; unknown counts as below 18",
    )
    trophic_state: Literal["oligotrophic", "mesotrophic", "eutrophic", "hypereutrophic"] | None = Field(
        default=None,
        description="trophic state of reservoirs; scales the default methane of the 2019 Refinement, no measured one",
    )
    reservoir_age_years: float = Field(
        default=30.0, ge=0, description="age of the reservoirs [yr]; up to 20 they emit more, and CO2 too"
    )
    downstream: bool = Field(default=True, description="count methane released below the dams of reservoirs")


class CanopyAllometry(_Section):
    """Above-ground dry biomass from canopy height, ``B = a H^b``, by plots of the region.

    There is no default: no relation for the forests of Jiangxi or Jiangsu was found that could be verified.
    """

    coefficient: float = Field(gt=0, description="a [t/ha per m^b]")
    exponent: float = Field(gt=0, le=5, description="b [1]")


class CroplandSettings(_Section):
    """What is known of the farmland of the region."""

    paddy_share: Share | None = Field(
        default=None,
        description="part of cropland that is paddy where the legend does not say [1]",
    )
    rice_seasons: Literal["single", "double"] | None = Field(
        default=None, description="rice crops a year on paddy; south of 31° N double, north of it single when left out"
    )
    straw_return_share: Share = Field(
        default=0.0,
        description="part of the paddy on which giving back straw began within the last 20 years [1]",
    )


class PotentialSettings(_Section):
    """Where planting trees is thought possible."""

    max_slope_deg: float = Field(default=35.0, gt=0, le=90, description="steepest slope planted [°]")
    min_patch_m2: float = Field(default=667.0, ge=0, description="smallest patch planted, one mu by default [m²]")
    classes: tuple[str, ...] = Field(
        default=("bare", "sparse", "grassland", "shrub", "woodland"), description="land classes that may be planted"
    )
    max_water_distance_m: float | None = Field(
        default=None, gt=0, description="greatest distance to open water [m]; no limit when left out"
    )
    group: str = Field(default="mixed", description="species group planted")
    years: tuple[int, ...] = Field(default=(2030, 2045, 2060), description="years the gain is given for")
    first_year: int = Field(default=2026, description="year of planting")


class Work(_Section):
    """Works of one kind in one or several years."""

    kind: WorkKind = Field(description="what is done")
    first_year: int = Field(ge=1990, le=2100, description="first year of the works")
    last_year: int | None = Field(default=None, ge=1990, le=2100, description="last year; the first when left out")
    area_ha: float = Field(gt=0, description="area of all these years together [ha]; 1 mu = 1/15 ha")
    group: str = Field(default="mixed", description="species group planted (afforestation)")
    township: str = Field(default="", description="name or code of the township; the whole region when left out")

    @model_validator(mode="after")
    def _in_order(self) -> Work:
        if self.last_year is not None and self.last_year < self.first_year:
            raise InputError(
                f"last_year {self.last_year} lies before first_year {self.first_year}",
                f"last_year {self.last_year} 早于 first_year {self.first_year}",
            )
        return self

    def by_year(self) -> Mapping[int, float]:
        """Area of each year [ha], spread evenly."""
        last = self.last_year or self.first_year
        years = range(self.first_year, last + 1)
        return {year: self.area_ha / len(years) for year in years}


class ProjectionSettings(_Section):
    """Works and years of the projection."""

    first_year: int = Field(default=2020, description="year the projection starts from")
    last_year: int = Field(default=2060, description="year it ends")
    works: tuple[Work, ...] = Field(default=(), description="works of the plan")
    survival: Share = Field(
        default=0.85,
        description="part of a plantation that lives [1] (GB/T 15776: 85 % counts as success in the south)",
    )
    growth_decline_per_year: Share = Field(
        default=0.02, description="yearly decline of the net growth rate of the standing forest as it ages [1]; assumed"
    )


class ChangeSettings(_Section):
    """How the change between two dates is counted."""

    border_m: float = Field(
        default=3.0, ge=0, le=100,
        description="pieces that changed and are narrower than this on average are a border drawn anew, not land that "
        "changed [m]; 0.3 mm on a map of 1:10,000; assumed",
    )  # fmt: skip
    count_border: bool = Field(
        default=True, description="count such pieces as change, so that it closes with the stocks of both dates"
    )
    surveyed: Literal["dated", "hold", "maps"] = Field(
        default="dated",
        description="ground under surveyed stands and wetlands: named by the survey with its coming and going dated by "
        "the maps, of its surveyed class at both dates, or what the maps show",
    )  # fmt: skip


class LedgerSettings(_Section):
    """Years of the account of events."""

    first_year: int | None = Field(
        default=None, ge=1990, le=2100,
        description="year whose beginning the stock of the inputs stands for; the first event's when left out",
    )  # fmt: skip
    last_year: int | None = Field(
        default=None, ge=1990, le=2100, description="last year; the last event's when left out"
    )
    temperature_c: float = Field(
        default=10.0, ge=-20, le=35, description="mean temperature, for the decay of dead wood [°C]; rates hold at 10"
    )


class CcerSettings(_Section):
    """Rules of the screening; each can be switched off."""

    min_patch_m2: float = Field(
        default=400.0,
        ge=0,
        description="smallest connected patch [m²] (CCER-14-001: 400; 667 for projects begun by 2019)",
    )
    history_years: int = Field(default=3, ge=0, description="years the land must not have been forest (CCER-14-001)")
    exclude_wetland: bool = Field(default=True, description="leave wetland out (CCER-14-001)")
    exclude_orchard: bool = Field(default=True, description="leave economic forest out (CCER-14-001)")
    exclude_urban: bool = Field(default=True, description="leave roadside and settlement greening out (CCER-14-001)")
    max_marsh_cover: Share = Field(
        default=0.05, description="greatest vegetation cover of a bare flat [1] (CCER-14-003)"
    )
    buffer: Share = Field(default=0.10, description="part of the gain held back against loss [1]; assumed")
    leakage: Share = Field(default=0.0, description="part of the gain lost elsewhere [1]; assumed")
    crediting_years: int = Field(default=20, gt=0, le=40, description="crediting period [yr]")


class SinkSettings(_Section):
    """Section ``[sinks]``: what is known of the carbon of the region and how it is counted."""

    standing_volume_m3: float | None = Field(
        default=None, gt=0, description="official standing volume (活立木蓄积) of the whole region [m³]"
    )
    township_volume_m3: dict[str, float] = Field(
        default_factory=dict,
        description="official standing volume by township code [m³]; sums to the total where both are given",
    )
    forest_cover_pct: float | None = Field(
        default=None, ge=0, le=100, description="official forest cover of the whole region [%]"
    )
    accept_factor: bool = Field(default=False, description="explicit yes to a reconciliation factor outside 0.5-2")
    conversion: Literal["bef", "fang"] = Field(
        default="bef", description="volume to carbon: SVD x BEF x (1+R) x CF, or Fang's (aV + b) x CF"
    )
    species_mix: dict[str, float] = Field(
        default_factory=dict,
        description="species group -> share of volume, summing to 1; by forest kind of the land cover when left out",
    )
    growth_rate_pct: float | None = Field(
        default=None, ge=0, le=40, description="yearly gross growth of standing volume [%]"
    )
    consumption_rate_pct: float | None = Field(
        default=None, ge=0, le=40, description="yearly harvest and mortality of standing volume [%]"
    )
    soil: bool = Field(default=True, description="count soil carbon")
    soil_depth_cm: Literal[30, 100] = Field(
        default=100, description="depth of soil counted [cm]; depths are never mixed"
    )
    soil_source: Literal["regional", "tier1"] = Field(
        default="regional", description="soil stocks of regional studies, or IPCC Tier 1 references of the climate zone"
    )
    soil_type: Literal["hac", "lac", "sandy"] = Field(
        default="lac", description="soil of the Tier 1 references: high- or low-activity clay (red soils), sandy"
    )
    map_accuracy: dict[str, dict[str, int]] = Field(
        default_factory=dict, description="confusion matrix: map class -> reference class -> number of samples"
    )
    climate: Climate = Field(default="warm_temperate_moist", description="IPCC climate zone of the region")
    gwp: Literal["AR6-100", "AR6-20", "AR5-100"] = Field(default="AR6-100", description="global warming potentials")
    draws: int = Field(default=10_000, ge=100, le=1_000_000, description="random draws of the uncertainty")
    min_known_share: Share = Field(default=0.95, description="townships with less of their area known are flagged [1]")
    canopy_allometry: CanopyAllometry | None = Field(
        default=None, description="the raster of [biomass] holds canopy height [m], and biomass is a H^b of plots"
    )
    own_factors: tuple[OwnFactorSetting, ...] = Field(default=(), description="factors measured in the region")
    own_pools: dict[str, dict[str, float]] = Field(
        default_factory=dict, description="filled from [carbon] table: code of the land cover -> pool -> t C/ha"
    )
    own_ranges: dict[str, dict[str, OwnRange]] = Field(
        default_factory=dict, description="filled from [carbon] table: code of the land cover -> pool -> range"
    )
    own_growth: dict[str, OwnCurve] = Field(
        default_factory=dict, description="filled from [carbon] growth: species group and origin -> curve by age"
    )
    wetland: WetlandSettings = Field(default=WetlandSettings(), description="wetlands")
    cropland: CroplandSettings = Field(default=CroplandSettings(), description="farmland")
    potential: PotentialSettings = Field(default=PotentialSettings(), description="where planting is possible")
    projection: ProjectionSettings = Field(default=ProjectionSettings(), description="works of the plan to 2060")
    change: ChangeSettings = Field(default=ChangeSettings(), description="change between two dates of polygons")
    ledger: LedgerSettings = Field(default=LedgerSettings(), description="account of events year by year")
    ccer: CcerSettings = Field(default=CcerSettings(), description="screening for carbon credits")

    @field_validator("township_volume_m3")
    @classmethod
    def _positive(cls, value: dict[str, float]) -> dict[str, float]:
        bad = [k for k, v in value.items() if v < 0]
        if bad:
            raise InputError(f"volume of {bad[0]!r} is negative", f"{bad[0]!r} 的蓄积量为负")
        return value

    @field_validator("species_mix")
    @classmethod
    def _sums_to_one(cls, value: dict[str, float]) -> dict[str, float]:
        if value and (min(value.values()) < 0 or abs(sum(value.values()) - 1) > 1e-6):
            raise InputError(
                f"shares must not be negative and must sum to 1, found {sum(value.values()):g}",
                f"份额不得为负且合计应为 1，现为 {sum(value.values()):g}",
            )
        return value

    @model_validator(mode="after")
    def _tier1_depth(self) -> SinkSettings:
        if self.soil_source == "tier1" and self.soil and self.soil_depth_cm != 30:
            raise InputError(
                "Tier 1 soil references are those of 0-30 cm; set soil_depth_cm = 30 too",
                "Tier 1 土壤参考值对应 0-30 cm；请同时设 soil_depth_cm = 30",
            )
        return self

    def factors(self) -> Factors:
        """Factors that ship, with those measured in the region in their place."""
        return load_factors(
            (OwnFactor(**own.model_dump()) for own in self.own_factors), self.own_pools, self.own_ranges,
            self.own_growth,
        )  # fmt: skip

    @property
    def depth(self) -> str:
        """Depth of soil as the factor tables write it."""
        return f"0-{self.soil_depth_cm}"
