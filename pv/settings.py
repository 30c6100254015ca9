"""Settings of the PV room, as written in ``[pv]``, ``[coverage]`` and ``[economics]`` of a region file."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from guanghui.geo.buildings import BUILDING_CLASSES
from guanghui.geo.errors import InputError
from guanghui.geo.roof_forms import FORMS
from guanghui.pv.presets import VINTAGES, preset_shares, vintage_values

__all__ = [
    "MODULE_TYPES", "CoverageSettings", "EconomicsSettings", "Exclusion", "FormSettings", "NewBuildings", "Phase",
    "PvSettings",
]  # fmt: skip

MODULE_TYPES = {
    "premium": {"module_efficiency": 0.21, "gamma_pdc": -0.0035},
    "standard": {"module_efficiency": 0.19, "gamma_pdc": -0.0037},
    "thin-film": {"module_efficiency": 0.18, "gamma_pdc": -0.0032},
}
"""Nominal efficiency [1] and power coefficient [1/K] of the module types of PVWatts version 8."""


Roof = Literal[
    "government", "public", "industrial", "commercial", "warehouse", "residential", "rural_residential", "other",
    "steel", "concrete", "tile",
]  # fmt: skip
"""Building classes and roof materials that a mount may be named for."""


class FormSettings(BaseModel):
    """Roofs that no surface model shows, ``[pv.form]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assume: Literal["prior", "level"] = Field(
        "prior", description="their form from outline, class and storeys with an interval, or level as outlines are"
    )
    looked: str | None = Field(
        None,
        description="CSV of roofs somebody looked at: building_id, form, tilt, clear_pct; `guanghui sample` draws them",
    )
    shares: dict[str, dict[str, float]] = Field(
        {}, description="building class -> form -> share of its roofs [1], where the place has its own figures"
    )

    @field_validator("shares")
    @classmethod
    def _whole(cls, shares: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for kind, of in shares.items():
            unknown = sorted(set(of) - set(FORMS))
            if kind not in BUILDING_CLASSES:
                raise InputError(
                    f"{kind} is no building class; use one of {', '.join(BUILDING_CLASSES)}",
                    f"{kind} 不是建筑类别；可用 {'、'.join(BUILDING_CLASSES)}",
                )
            if unknown:
                raise InputError(
                    f"{unknown[0]} is no form of a roof; use one of {', '.join(FORMS)}",
                    f"{unknown[0]} 不是屋顶形式；可用 {'、'.join(FORMS)}",
                )
            if any(v < 0 for v in of.values()) or abs(sum(of.values()) - 1.0) > 0.01:
                raise InputError(
                    f"the shares of {kind} add up to {sum(of.values()):g}; they must add up to 1",
                    f"{kind} 各形式的份额之和为 {sum(of.values()):g}；应为 1",
                )
        return shares


class PvSettings(BaseModel):
    """How roofs, sky and systems are modelled; every default names its source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # --- sky and skyline
    sky_model: Literal["perez-driesse", "perez", "haydavies", "isotropic"] = Field(
        "perez-driesse", description="sky-diffuse model (pvlib)"
    )
    albedo: float = Field(
        0.2, ge=0, le=0.9, description="reflectance of the surroundings [1] (pvlib urban 0.18, GRASS 0.2)"
    )
    azimuth_steps: int = Field(72, ge=24, le=720, multiple_of=4, description="azimuth steps of the skyline [1]")
    near_cells: int = Field(16, ge=2, le=128, description="cells of the exact near field of the skyline [cells]")
    every_cell: bool = Field(
        False, description="work every cell of open roof too, where others take the mean of their neighbours"
    )
    reach_m: float = Field(300.0, ge=20, le=5000, description="farthest obstacle in the surface model [m]")
    terrain_reach_m: float = Field(
        10_000.0, ge=0, le=50_000, description="farthest hill in the bare-earth model [m]; 0: none"
    )
    canopy_opacity: float = Field(
        0.97, ge=0, le=1, description="part of the sky a tree in leaf hides [1] (SOLWEIG: 3 % shine through)"
    )
    bare_opacity: float = Field(0.5, ge=0, le=1, description="the same without leaves [1] (SOLWEIG: 0.5)")
    bare_months: tuple[int, ...] = Field((), description="months in which trees are bare; none: evergreen")

    # --- roofs
    plane_tolerance_m: float = Field(0.2, gt=0, le=1, description="farthest a cell may lie from its roof plane [m]")
    setback_m: float = Field(0.5, ge=0, le=5, description="strip kept free along the outline [m] (assumed)")
    min_patch_m2: float = Field(10.0, ge=0, description="smallest usable face [m²] (Gagnon et al. 2018: 10 m²)")
    min_sun_share: float = Field(
        0.7,
        ge=0,
        le=1,
        description="least plane irradiation relative to an open level plane [1] (NREL rooftop data: 0.7)",
    )
    max_tilt: float = Field(60.0, gt=0, le=90, description="steepest roof used [°] (Gagnon et al. 2018: 60°)")
    flat_below: float = Field(10.0, ge=0, le=30, description="faces flatter than this carry racks [°] (PHYSICS: 10°)")

    outline_snap: Literal["report", "apply", "off"] = Field(
        "report", description="outlines that lie beside the surface: tell how far, move them, or do not look"
    )

    form: FormSettings = Field(FormSettings(), description="roofs that no surface model shows")

    # --- modules and racks
    preset: Literal["flush", "rows-south", "east-west"] = Field(
        "rows-south",
        description="on flat roofs: flush with the roof, rows that look to the equator, or pairs of rows back to back "
        "that look east and west; pitched roofs carry modules flush",
    )
    vintage: Literal[2022, 2025] = Field(
        2022,
        description="dated bundle of module, inverter, losses and prices (factors/vintages.csv, economics.csv): 2022 "
        "is PVWatts version 8 and is sourced, 2025 is second hand; keys that are given go before it",
    )
    mounts: dict[Roof, Literal["flush", "rows"]] = Field(
        {"industrial": "flush", "warehouse": "flush", "steel": "flush", "concrete": "rows"},
        description="mount on faces under flat_below by building class or roof material, the material first: clamped "
        "flush on the sheet steel of factories and warehouses, rows elsewhere; entries here change single ones",
    )
    module_type: Literal["premium", "standard", "thin-film"] = Field(
        "premium", description="gives module_efficiency and gamma_pdc unless they are set (PVWatts version 8)"
    )
    module_efficiency: float = Field(
        0.21, gt=0, lt=0.5, description="at standard conditions [1] (PVWatts premium: 0.21)"
    )
    gamma_pdc: float = Field(-0.0035, lt=0, gt=-0.01, description="power per kelvin [1/K] (PVWatts premium: -0.0035)")
    module_length_m: float = Field(2.278, gt=0, description="long side [m] (72-cell 182 mm module)")
    module_width_m: float = Field(1.134, gt=0, description="short side [m] (72-cell 182 mm module)")
    module_gap_m: float = Field(0.02, ge=0, le=1, description="between neighbouring modules [m] (clamps; assumed)")
    rack_tilt: float = Field(10.0, ge=0, le=45, description="tilt of racks on flat roofs [°]")
    rack_spacing: Literal["solstice", "gcr"] = Field(
        "solstice", description="rows without shade 9-15 h solar time on winter solstice (GB 50797), or a fixed ratio"
    )
    rack_gcr: float = Field(
        0.6, gt=0, le=1, description="module length / row pitch when rack_spacing = gcr, and its floor [1]"
    )
    east_west_walk_m: float = Field(
        0.5, ge=0, le=5, description="walkway between pairs of landscape rows, preset east-west [m] (assumed)"
    )
    packing_model: Literal["size", "constant"] = Field(
        "size",
        description="size: small faces hold fewer whole modules, 0.97 (1 - 2.2/√A) of a usable face of A m², fitted to "
        "modules laid on 6,537 faces of two places (benchmarks.roofs); constant: packing everywhere",
    )
    packing: float = Field(
        0.9,
        gt=0,
        le=1,
        description="filled share of usable area where the model is constant [1] (assumed)",
    )

    # --- system
    dc_ac_ratio: float = Field(1.2, gt=0.5, lt=3, description="module power / inverter power [1] (PVWatts: 1.2)")
    inverter_efficiency: float = Field(0.96, gt=0.5, lt=1, description="nominal [1] (PVWatts: 0.96)")
    soiling_pct: float = Field(2.0, ge=0, le=30, description="loss [%] (PVWatts)")
    mismatch_pct: float = Field(2.0, ge=0, le=30, description="loss [%] (PVWatts)")
    wiring_pct: float = Field(2.0, ge=0, le=30, description="loss [%] (PVWatts)")
    connections_pct: float = Field(0.5, ge=0, le=30, description="loss [%] (PVWatts)")
    lid_pct: float = Field(1.5, ge=0, le=30, description="light-induced degradation, loss [%] (PVWatts)")
    nameplate_pct: float = Field(1.0, ge=0, le=30, description="loss [%] (PVWatts)")
    availability_pct: float = Field(3.0, ge=0, le=30, description="loss [%] (PVWatts)")
    temperature_model: Literal["faiman", "sapm", "noct"] = Field(
        "faiman",
        description="cell temperature: Faiman on racks and PVsyst semi-integrated on roofs; SAPM open rack and close "
        "mount; or NOCT of 45 and 49 °C as in PVWatts",
    )
    bifaciality: float = Field(
        0.0,
        ge=0,
        le=1,
        description="power of the back side relative to the front [1], rows on racks only; 0: one-sided modules "
        "(two-sided: 0.8, pvlib infinite sheds, in which rows shade the ground and each other's backs)",
    )
    rear_mismatch_pct: float = Field(
        10.0,
        ge=0,
        le=50,
        description="loss of the light from behind because it is uneven [%] (PVsyst's default; only where bifaciality "
        "is above 0)",
    )
    low_light: Literal["diode", "none"] = Field(
        "diode",
        description="efficiency in weak light: of the single-diode module of module_type (PVWatts version 8), or the "
        "same at any irradiance",
    )
    spectrum: Literal["air-mass", "none"] = Field(
        "air-mass", description="colour of the light by air mass (De Soto 2006, PVWatts version 8), or not looked at"
    )
    inverter_model: Literal["pvwatts8", "pvwatts5"] = Field(
        "pvwatts8", description="inverter curve: of PVWatts version 8, with standby, or of version 5"
    )
    cover: Literal["pvwatts8", "coated", "plain"] = Field(
        "pvwatts8",
        description="glass: coated as PVWatts version 8 takes it, coated by Fresnel's law (1.4 % less diffuse light), "
        "or plain (2.4 % less)",
    )
    diffuse_iam: bool = Field(
        True,
        description="the cover also reflects diffuse light (Marion 2017); false as in PVWatts version 5: plain glass, "
        "and only before the beam",
    )

    @model_validator(mode="before")
    @classmethod
    def _of_type(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        bundle = vintage_values(data["vintage"]) if data.get("vintage") in VINTAGES else {}
        kind = data.get("module_type")
        return {**bundle, **(MODULE_TYPES.get(kind, {}) if isinstance(kind, str) else {}), **data}

    @field_validator("mounts")
    @classmethod
    def _with_the_rest(cls, given: dict[Any, Any]) -> dict[Any, Any]:
        return {**cls.model_fields["mounts"].default, **given}

    @property
    def opacity(self) -> tuple[float, ...]:
        """Part of the sky a tree hides, by month [1]."""
        return tuple(self.bare_opacity if m in self.bare_months else self.canopy_opacity for m in range(1, 13))

    @property
    def glass(self) -> str:
        """Cover of the modules, one of ``pv.sun.glass.COVERS``."""
        return self.cover if self.diffuse_iam else "plain"

    @property
    def module_power_w(self) -> float:
        """Power of one module [W]."""
        return self.module_w_m2 * self.module_length_m * self.module_width_m

    @property
    def module_w_m2(self) -> float:
        """Module power per module area [W/m²]."""
        return 1000.0 * self.module_efficiency


class Phase(BaseModel):
    """One step of the programme."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int = Field(ge=2000, le=2100, description="by the end of this year")
    share: float | None = Field(None, gt=0, description="share of the available roof area developed [1], 0.30 for 30 %")
    shares: dict[str, float] = Field({}, description="the same by building class or township code, with scope")
    preset: str | None = Field(None, description="a notice of factors/coverage_presets.csv, for instance 整县推进")
    budget_yuan: float | None = Field(None, gt=0, description="most that is spent in this phase [yuan]")
    build_kwp: float | None = Field(None, gt=0, description="most that is built in this phase [kWp]")
    objective: Literal["energy", "cost", "lcoe"] | None = Field(
        None, description="in place of [coverage] objective: after 50 % the rest by cost, for instance"
    )

    @field_validator("share")
    @classmethod
    def _is_share(cls, value: float | None) -> float | None:
        if value is not None and value > 1:
            raise InputError(
                f"{value:g} is no share; write {value / 100:g} for {value:g} %",
                f"{value:g} 不是 0 至 1 的比例；{value:g} % 请写作 {value / 100:g}",
            )
        return value

    @property
    def asked(self) -> float | dict[str, float]:
        """The share, or shares by class or township."""
        if self.preset is not None:
            return preset_shares(self.preset)
        return self.shares or self.share or 0.0

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Phase:
        if sum([self.share is not None, bool(self.shares), self.preset is not None]) != 1:
            raise InputError(
                f"phase {self.year} needs one of share, shares or preset",
                f"{self.year} 年阶段须填写 share、shares、preset 之一",
            )
        return self


class NewBuildings(BaseModel):
    """Roofs that are yet to be built, ``[coverage.new_buildings]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roof_m2_yr: float = Field(gt=0, description="new roof area a year [m²/a]")
    share: float = Field(0.5, gt=0, le=1, description="part of it that carries modules [1] (the plans: 50 % by 2025)")
    first_year: int = Field(ge=2000, le=2100, description="first year of building")
    building_class: str = Field("public", description="class whose capacity and yield per m² is taken")


class Repowering(BaseModel):
    """Better modules on roofs of the first phases, ``[coverage.repowering]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int = Field(ge=2000, le=2150, description="the old modules are replaced by the end of this year")
    age_years: int = Field(
        0, ge=0, le=50, description="only modules that are so old by then [a]; 0: those of all earlier phases"
    )
    module_efficiency: float = Field(gt=0, lt=0.5, description="of the new modules [1]; above [pv] module_efficiency")
    capex_yuan_w: float | None = Field(
        None, gt=0, description="investment in the new modules [yuan/W]; none: the price of today, marked assumed"
    )


class Exclusion(BaseModel):
    """A layer of places without panels, ``[[coverage.exclude]]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="polygon layer; a column reason goes before the reason here")
    reason: str = Field(description="shown in the roof list, for instance 文物, 危房, 机场眩光")
    crs: str | None = Field(None, description="where the file has none")


class ChosenRoofs(BaseModel):
    """A list of roofs chosen by hand, ``[[coverage.chosen]]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="table or layer with building_id and year, as a page exports it as programme")
    year: int | None = Field(None, description="phase of roofs without a year; the first by default")


class CoverageSettings(BaseModel):
    """The coverage programme, ``[coverage]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phases: tuple[Phase, ...] = Field((), description="years and shares; none: no programme")
    zone: str | None = Field(
        None, description="polygon layer of a zone (开发区): the same shares of its roofs alone, beside the whole place"
    )
    order: Literal["class", "merit"] = Field("class", description="building classes of the plan first, or merit alone")
    objective: Literal["energy", "cost", "lcoe"] = Field(
        "energy", description="most energy, least investment or least levelised cost for the share"
    )
    scope: Literal["city", "township", "class"] = Field("city", description="where each share is to be met")
    reading: Literal["roofs", "share"] = Field("roofs", description="whole roofs, or that share of every roof")
    grid: str = Field(
        "national", description="region of factors/grid_co2.csv whose emission factor is used; none: no avoided CO₂"
    )
    grid_year: int | None = Field(None, description="year of that factor; the newest by default")
    max_shading_pct: float | None = Field(
        None, gt=0, le=100, description="roofs that lose more to shade are left out [%]"
    )
    load_rule: Literal["off", "assumed"] = Field(
        "off",
        description="leave out roofs that may not bear modules, by the assumed rows of factors/roof_load.csv over "
        "year_built, material, ownership and heritage of [buildings]",
    )
    exclude: tuple[Exclusion, ...] = Field((), description="layers of roofs that are left out, with the reason")
    exclude_buildings: dict[str, str] = Field({}, description="building id -> reason")
    chosen: tuple[ChosenRoofs, ...] = Field((), description="roofs chosen by hand: they are developed first")
    chosen_alone: bool = Field(
        False, description="develop the chosen roofs alone; else others are added until each share is reached"
    )
    new_buildings: NewBuildings | None = Field(None, description="roofs yet to be built")
    repowering: Repowering | None = Field(None, description="better modules on roofs of the first phases")

    @model_validator(mode="after")
    def _chosen(self) -> CoverageSettings:
        if self.chosen_alone and not self.chosen:
            raise InputError(
                "chosen_alone needs [[coverage.chosen]] with the roofs",
                "chosen_alone 须有 [[coverage.chosen]] 列出屋顶",
            )
        return self

    @property
    def shares(self) -> dict[int, float | dict[str, float]]:
        """Year -> share, or shares by class or township."""
        return {p.year: p.asked for p in self.phases}

    @field_validator("phases")
    @classmethod
    def _nested(cls, phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
        for before, after in pairwise(phases):
            if after.year <= before.year or (after.share or 1.0) < (before.share or 0.0):
                raise InputError(
                    f"phase {after.year} ({after.share or 0:g}) must come after {before.year} "
                    f"and not below its {before.share or 0:g}",
                    f"{after.year} 年阶段（{after.share or 0:g}）应晚于 {before.year} 年，"
                    f"且不低于其 {before.share or 0:g}",
                )
        return phases


class EconomicsSettings(BaseModel):
    """Prices, ``[economics]``; what is not given comes from factors/economics.csv with its source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str = Field("", description="feed-in price of this region of factors/economics.csv")
    capex_yuan_w: float | None = Field(None, gt=0, description="investment, the same for all sizes [yuan/W]")
    opex_share: float | None = Field(None, ge=0, lt=1, description="yearly cost over investment [1/a]")
    degradation: float | None = Field(None, ge=0, lt=0.1, description="yearly loss of energy [1/a]")
    life_years: int | None = Field(None, ge=1, le=50, description="[a]")
    discount_rate: float | None = Field(None, gt=-0.1, lt=1, description="[1/a]")
    feed_in_yuan_kwh: float | None = Field(None, ge=0, description="[yuan/kWh]")
    retail_yuan_kwh: dict[str, float] = Field({}, description="building class -> price of a kWh bought [yuan/kWh]")
    use_kwh_m2: dict[str, float] = Field({}, description="building class -> electricity per floor area [kWh/m²/a]")
    loads: str | None = Field(None, description="CSV of hourly load shapes as factors/load_shapes.csv")
