"""The carbon stock of a city: one table by township, one long frame by class and pool, one lazy map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd
import xarray as xr

from guanghui.geo.errors import InputError
from guanghui.geo.landcover import AnyCover, land_class
from guanghui.geo.notes import Notes
from guanghui.geo.raster_source import RasterSource
from guanghui.sinks.carbon.pools import pools_per_ha
from guanghui.sinks.city import SinkCity
from guanghui.sinks.factors.account import Account, Lines
from guanghui.sinks.factors.coefficients import Coefficient, Draws
from guanghui.sinks.factors.own_pools import OwnPools, say_table, table_check
from guanghui.sinks.factors.sampling import next_plots
from guanghui.sinks.factors.table import Factors
from guanghui.sinks.factors.trust import trust_table
from guanghui.sinks.factors.uncertainty import AdjustedAreas, adjusted_areas, with_map_error
from guanghui.sinks.flux import change_account, gas_account
from guanghui.sinks.land.aged import with_own_volumes
from guanghui.sinks.land.areas import LandAreas, land_areas
from guanghui.sinks.land.biomass import biomass_from_height, biomass_on, biomass_volumes
from guanghui.sinks.land.density import UnitMap, density_map, source_map, unit_map
from guanghui.sinks.land.layers import Layers
from guanghui.sinks.land.reconcile import Reconciliation
from guanghui.sinks.land.strata import by_map, forest_strata, strata_coefficients, stratum_keys
from guanghui.sinks.settings import SinkSettings
from guanghui.sinks.tables import (
    WHOLE_CODE,
    WHOLE_NAME,
    ByTownship,
    balance_table,
    city_row,
    class_table,
    township_table,
    uncertainty_table,
)

__all__ = ["Stock", "account_settings", "assess", "stock_account", "with_maps"]


@dataclass(frozen=True)
class Stock(ByTownship):
    """Carbon of a city, township by township."""

    table: pd.DataFrame
    """One row a township in the order of the codes, the last the whole city (code ``""``)."""
    by_class: pd.DataFrame
    """Long: township x land class x pool, with areas, densities, stocks and 95 % ranges."""
    balance: pd.DataFrame
    """Wetland greenhouse-gas balance: township x wetland class [t CO₂e/yr], positive to the air."""
    uncertainty: pd.DataFrame
    """Township x (``stock``, ``change``, ``wetland_balance``): Monte Carlo and error propagation beside each other."""
    reconciliation: Reconciliation
    """Mapped against official standing volume and forest cover, and both conversions."""
    sources: pd.DataFrame
    """Every factor that was used, the least trusted first."""
    areas: LandAreas
    """Area of every class by township and layer."""
    units: UnitMap
    """What lies where (lazy)."""
    density: xr.Dataset
    """Carbon density by pool and in total [t C/ha], dims (y, x), lazy."""
    forest_source: xr.DataArray
    """Where the volume of each forest cell comes from (:data:`sinks.land.strata.SOURCES`), uint8, lazy."""
    settings: SinkSettings
    map_error: AdjustedAreas | None
    """Areas adjusted by the confusion matrix of the settings, where one was given."""
    accounts: Mapping[str, Account]
    """``stock``, ``change`` and ``gases``: the lines everything above is made of."""
    trust: pd.DataFrame | None = None
    """Carbon of stock and change by the trust its factors have (:func:`sinks.factors.trust.trust_table`)."""
    own_table: pd.DataFrame | None = None
    """Land cover by the carbon table of the user, code by code (:func:`sinks.factors.own_pools.table_check`): carbon on
    the plane, as InVEST counts it, and on the ellipsoid; None without such a table."""

    @property
    def as_mapped(self) -> bool:
        """Tell whether maps and hectares are those of the map while tonnes follow areas adjusted for its error."""
        return self.map_error is not None

    @property
    def survey(self) -> pd.DataFrame | None:
        """Areas that a land survey states beside those of its polygons, code by code, or None."""
        return self.areas.survey

    @cached_property
    def next_plots(self) -> pd.DataFrame:
        """Where one more field plot narrows the range of the whole stock most, with 1 and 10 plots."""
        return next_plots(self.accounts["stock"], dict(zip(self.table["code"], self.table["name"], strict=True)))

    @property
    def classes(self) -> xr.DataArray:
        """Land class of every cell with wetlands and stands burned in (uint8, lazy)."""
        return self.units.classes

    def of(self, codes: Iterable[str]) -> Stock:
        """Stock with the rows of some townships and of the whole city; the maps stay those of the region.

        Parameters
        ----------
        codes : iterable of str
            Codes of townships; unknown ones give no row.
        """
        keep = {*map(str, codes), WHOLE_CODE}

        def mine(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[frame["code"].astype(str).isin(keep)].reset_index(drop=True)

        return replace(
            self, table=mine(self.table), by_class=mine(self.by_class), balance=mine(self.balance),
            uncertainty=mine(self.uncertainty), trust=None if self.trust is None else mine(self.trust),
        )  # fmt: skip

    @property
    def unverified(self) -> pd.DataFrame:
        """Factors in use that nobody verified or that are assumed."""
        return self.sources[self.sources["unverified"]].reset_index(drop=True)


def assess(city: SinkCity, *, biomass: RasterSource | None = None) -> Stock:
    """Account for the carbon of a city.

    Forest comes from stand polygons where there are any, then from a biomass raster, then from the official volume
    spread over the map, then from a default volume; ``forest_source`` shows which.

    Parameters
    ----------
    city : SinkCity
        City with land cover; wetlands, stands, a biomass raster and official totals where known.
    biomass : RasterSource, optional
        Another raster in the place of the city's, for a what-if.

    Returns
    -------
    Stock
        Tables are computed, the map is lazy. Townships sum to the city. Where only some townships of a region were
        chosen, their rows are those of the account of the whole region, and the last row is still the whole.

    Raises
    ------
    InputError
        No land cover, codes without a meaning, a reconciliation factor outside 0.5-2 without an explicit yes.
    """
    if city.whole is not city:
        return assess(city.whole, biomass=biomass).of(city.townships["code"])
    if city.landcover is None:
        raise InputError(
            "[landcover] is missing in the region file; the carbon account needs a land-cover raster.",
            "区域文件缺少 [landcover]；碳汇账户需要土地覆盖栅格。",
        )
    settings = account_settings(city)
    factors = settings.factors()
    layers = Layers.shape(city.wetlands, city.stands, city.crs, city.notes)
    layers = with_own_volumes(layers, settings, factors, city.notes)
    areas = land_areas(city.landcover, city.townships, layers, settings.own_pools)
    units = unit_map(city.landcover, city.townships, layers, settings.own_pools)
    agb = _biomass(biomass if biomass is not None else city.biomass, units, settings)
    seen = biomass_volumes(agb, units.classes, city.townships, settings, factors) if agb is not None else None
    region_ha = float(areas.townships["area_ha"].sum())
    forest = forest_strata(areas, settings, factors, region_ha=region_ha, biomass=seen)
    accounts = {
        "stock": stock_account(areas, forest.strata, settings, factors),
        "change": change_account(areas, forest.strata, settings, factors),
        "gases": gas_account(areas, settings, factors),
    }
    horizons = {
        name: gas_account(areas, settings.model_copy(update={"gwp": gwp}), factors)
        for name, gwp in (("gwp100", "AR6-100"), ("gwp20", "AR6-20"))
    }
    adjusted = _map_error(areas, settings)
    draws = Draws(settings.draws, city.seed)
    ratio = None if adjusted is None else adjusted.ratio
    if adjusted is not None:
        accounts = {name: with_map_error(account, adjusted, draws) for name, account in accounts.items()}
    uncertainty = uncertainty_table(accounts, list(city.townships["code"]), draws)
    names = dict(zip(city.townships["code"], city.townships["name"], strict=True)) | {WHOLE_CODE: WHOLE_NAME[0]}
    trust = trust_table({k: accounts[k] for k in ("stock", "change")}, names, city.code)
    stock = Stock(
        table=township_table(city, areas, forest, accounts, uncertainty, trust),
        by_class=class_table(city, areas, accounts["stock"], draws, ratio),
        balance=balance_table(city, areas, accounts, horizons, draws),
        uncertainty=uncertainty,
        reconciliation=forest,
        sources=factors.report(set().union(*(a.factor_ids for a in accounts.values()))),
        areas=areas,
        units=units,
        density=density_map(units, city.townships, forest.strata, settings, factors, biomass=agb),
        forest_source=source_map(units, city.townships, forest.strata),
        settings=settings,
        map_error=adjusted,
        accounts=accounts,
        trust=trust,
        own_table=(
            table_check(city.landcover, city.townships, settings.own_pools, settings.own_ranges)
            if settings.own_pools
            else None
        ),
    )
    _doubts(stock, city)
    return stock


def with_maps(stock: Stock, city: SinkCity) -> Stock:
    """Lay the lazy maps of a stock that was read back, from the inputs of its city and its own strata.

    Parameters
    ----------
    stock : Stock
        Tables of an earlier account of the whole region.
    city : SinkCity
        The city it was made from.
    """
    whole = city.whole
    if whole.landcover is None:
        raise InputError(
            "[landcover] is missing in the region file, and the results hold carbon; run `guanghui run` again.",
            "区域文件缺少 [landcover]，而结果含碳汇；请重新运行 guanghui run。",
        )
    settings, strata = stock.settings, stock.reconciliation.strata
    factors = settings.factors()
    layers = Layers.shape(whole.wetlands, whole.stands, whole.crs, Notes())
    layers = with_own_volumes(layers, settings, factors, Notes())
    units = unit_map(whole.landcover, whole.townships, layers, settings.own_pools)
    agb = _biomass(whole.biomass, units, settings)
    return replace(
        stock,
        units=units,
        density=density_map(units, whole.townships, strata, settings, factors, biomass=agb),
        forest_source=source_map(units, whole.townships, strata),
    )


_DOUBLE_RICE_NORTH = 31.0
"""Double rice is not grown north of the lower Yangtze [° N]; a rule of thumb, assumed."""


def _with_rice(settings: SinkSettings, city: SinkCity) -> SinkSettings:
    """Settings with the rice crops a year: those given, or by latitude."""
    if settings.cropland.rice_seasons is not None:
        return settings
    box = city.townships.geometry.to_crs(4326).total_bounds
    seasons = "double" if (box[1] + box[3]) / 2 < _DOUBLE_RICE_NORTH else "single"
    return settings.model_copy(update={"cropland": settings.cropland.model_copy(update={"rice_seasons": seasons})})


def _biomass(raster: RasterSource | None, units: UnitMap, settings: SinkSettings) -> xr.DataArray | None:
    """Above-ground biomass on the grid of the land classes [t/ha], from the raster itself or from canopy height."""
    if raster is None:
        return None
    found = biomass_on(raster, units.units)
    return found if settings.canopy_allometry is None else biomass_from_height(found, settings.canopy_allometry)


def _map_error(areas: LandAreas, settings: SinkSettings) -> AdjustedAreas | None:
    """Adjust the areas of the classes of the confusion matrix; classes it does not name are taken as they are."""
    if not settings.map_accuracy:
        return None
    counts = pd.DataFrame.from_dict(settings.map_accuracy, orient="index").fillna(0)
    raster = areas.frame[areas.frame["layer"] == "landcover"]
    mapped = raster.groupby("class")["area_ha"].sum()
    return adjusted_areas(counts, mapped.reindex(counts.index, fill_value=0.0))


def _settings_for(land: AnyCover, settings: SinkSettings) -> SinkSettings:
    """Add what the legend already says: one that names paddy leaves none in its other cropland."""
    names_paddy = "paddy" in land.numbering().classes.values()
    if settings.cropland.paddy_share is None and names_paddy:
        cropland = settings.cropland.model_copy(update={"paddy_share": 0.0})
        return settings.model_copy(update={"cropland": cropland})
    return settings


def account_settings(city: SinkCity) -> SinkSettings:
    """Settings of a city with what its legend says and the carbon table of the user.

    Parameters
    ----------
    city : SinkCity
        With land cover.
    """
    assert city.landcover is not None
    settings = _with_rice(_settings_for(city.landcover, city.settings.sinks), city)
    if city.own_growth:
        settings = settings.model_copy(update={"own_growth": dict(city.own_growth)})
    own: OwnPools | None = city.own_pools
    if own is None:
        return settings
    ranges = {code: dict(by_pool) for code, by_pool in own.ranges.items()}
    return settings.model_copy(update={"own_pools": own.by_code, "own_ranges": ranges})


def stock_account(areas: LandAreas, strata: pd.DataFrame, settings: SinkSettings, factors: Factors) -> Account:
    """Stock [t C] by township, class and pool as lines of area or volume times coefficients.

    Parameters
    ----------
    areas : LandAreas
        Land of the townships.
    strata : pandas.DataFrame
        Reconciled forest strata.
    settings : SinkSettings
        Conversion, soil and its depth.
    factors : Factors
        Tables.

    Returns
    -------
    Account
        Keys ``code``, ``class``, ``pool``.
    """
    lines = Lines()
    known: dict[tuple[str, str], dict[str, Coefficient]] = {}
    for row in areas.frame.to_dict("records"):
        key, species = row["class"], row["species"]
        if (key, species) not in known:
            known[key, species] = pools_per_ha(key, settings, factors, species)
        for pool, coefficient in known[key, species].items():
            mapped = row["layer"] == "landcover"
            lines.add(row["area_ha"], coefficient, mapped=mapped, code=row["code"], pool=pool, **{"class": key})
    _add_trees(lines, strata, settings, factors)
    return lines.account(["code", "class", "pool"])


def _add_trees(lines: Lines, strata: pd.DataFrame, settings: SinkSettings, factors: Factors) -> None:
    """Lines of the living trees: measured or reconciled volume, or the default volume of the area."""
    known = strata_coefficients(strata, settings, factors)
    pools = {
        key: {
            "above": (s.conversion.above_m3 * s.timber, s.conversion.above_ha),
            "below": (s.conversion.below_m3 * s.timber, s.conversion.below_ha),
        }
        for key, s in known.items()
    }
    for key, row in zip(stratum_keys(strata), strata.to_dict("records"), strict=True):
        for pool, (by_timber, per_ha) in pools[key].items():
            keys = {"code": row["code"], "class": row["class"], "pool": pool}
            lines.add(row[known[key].amount], by_timber, mapped=by_map(row), **keys)
            if per_ha.parts:
                lines.add(row["area_ha"], per_ha, mapped=row["layer"] == "landcover", **keys)


_TIDAL = ("salt_marsh", "mangrove", "tidal_flat", "seagrass", "salt_pan", "coastal_water")


def _water_and_rice(stock: Stock, city: SinkCity) -> None:
    """Say what was taken of open water by the sea, and of the rice crops where nobody said them."""
    sums = stock.areas.frame.groupby(["layer", "class"])["area_ha"].sum()
    open_ha = float(sums.get(("landcover", "water"), 0.0))
    tidal = any(key in _TIDAL for _, key in sums.index)
    if open_ha > 0 and tidal:
        city.notes.add("wetlands", f"{open_ha:,.0f} ha of open water of the land cover count as inland water, and "
                       "there is tidal land: give the sea as wetland polygons of the type coastal_water",
                       f"土地覆盖中 {open_ha:,.0f} 公顷开放水面按内陆水体计，而区内有滨海湿地："
                       "海域请以 coastal_water（滨海水域）湿地图斑给出")  # fmt: skip
    methane = float(city_row(stock.table)["paddy_ch4_tco2e_yr"])
    if methane > 0 and city.settings.sinks.cropland.rice_seasons is None:
        double = stock.settings.cropland.rice_seasons == "double"
        word = ("double", "双季稻") if double else ("single", "单季稻")
        city.notes.add("cropland", f"rice crops a year are not given: {word[0]} by latitude, {methane:,.0f} t "
                       "CO2e/a of methane; set `rice_seasons` in [sinks.cropland]",
                       f"未给出水稻季数：按纬度取{word[1]}，甲烷 {methane:,.0f} t CO₂e/a；"
                       "请在 [sinks.cropland] 设 rice_seasons")  # fmt: skip


def _doubts(stock: Stock, city: SinkCity) -> None:
    """Say what a reader must know before using the numbers."""
    settings, table, doubtful, notes = stock.settings, stock.table, stock.unverified, city.notes
    few = table[(table["known_share"] < settings.min_known_share) & (table["code"] != WHOLE_CODE)]
    if len(few):
        names = "、".join(few["name"])
        notes.add("landcover", f"less than {settings.min_known_share:.0%} of the area is known in {names}",
                  f"{names}有数据的面积不足 {settings.min_known_share:.0%}")  # fmt: skip
    if len(doubtful):
        marks = doubtful["mark"].value_counts()
        count, doubt = len(stock.sources), len(doubtful)
        whole = stock.city
        share, sink = whole["stock_doubtful_pct"], whole["sink_doubtful_pct"]
        notes.add("factors", f"{doubt} of {count} carbon factors in use are unverified ({marks.get('M', 0)}) "
                  f"or assumed ({marks.get('assumed', 0)}); by weight {share:.0f} % of the stock and {sink:.0f} % of "
                  "the sink rest on factors that are assumed, unverified or of another place; the list is with the "
                  "results",
                  f"所用 {count} 个碳参数中有 {doubt} 个未核实或为假定；按碳量计，储量的 {share:.0f} %、"
                  f"年碳汇的 {sink:.0f} % 依赖假定、未核实或外地参数；清单随结果列出")  # fmt: skip
    if stock.map_error is not None:
        ratios = stock.map_error.ratio
        said = ", ".join(f"{k} {v:.3f}" for k, v in ratios.items() if abs(v - 1) > 5e-4)
        said_zh = "，".join(f"{land_class(k).label_zh} {v:.3f}" for k, v in ratios.items() if abs(v - 1) > 5e-4)
        notes.add("landcover", "maps and hectares are as mapped; tonnes and densities follow areas adjusted for the "
                  f"error of the map (true over mapped: {said})",
                  f"地图与公顷数为图上面积；碳量与密度按精度校正面积（校正比：{said_zh}）")  # fmt: skip
    account = stock.accounts["stock"]
    say_table(stock.own_table, account.total, float(account.unranged().sum()), notes)
    _water_and_rice(stock, city)
    low = stock.balance[stock.balance["confidence"] == "low"]
    if len(low):
        names, english = "、".join(low["label_zh"].unique()), ", ".join(low["label_en"].unique())
        notes.add("wetlands", f"defaults of low confidence are used for {english}: give local samples",
                  f"{names}采用默认值，可信度低，请提供本地样本")  # fmt: skip
    strata = stock.reconciliation.strata
    guessed = strata[strata["source"] == "default"]
    if len(guessed):
        ha, m3 = guessed["area_ha"].sum(), guessed["volume_m3"].sum()
        share = 100 * ha / max(strata["area_ha"].sum(), 1e-9)
        notes.add("forest", f"{ha:,.1f} ha of forest ({share:.0f} %) have no volume from stands, official totals or "
                  f"biomass: they carry a default volume per hectare, {m3:,.0f} m³ in all",
                  f"{ha:,.1f} 公顷森林（{share:.0f} %）没有小班蓄积、官方蓄积或生物量，"
                  f"按单位面积默认蓄积估算，共 {m3:,.0f} m³"
                  )  # fmt: skip
