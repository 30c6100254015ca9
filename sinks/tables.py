"""Tables of the account: townships, classes and pools, wetland balance, uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from guanghui.geo.landcover import GROUPS, land_class
from guanghui.geo.units import CO2_PER_C, Z95
from guanghui.sinks.carbon.wetland import GASES, verdict
from guanghui.sinks.city import SinkCity
from guanghui.sinks.factors.account import Account
from guanghui.sinks.factors.coefficients import Draws
from guanghui.sinks.factors.table import CONFIDENCE, confidence
from guanghui.sinks.land.areas import LandAreas
from guanghui.sinks.land.reconcile import Reconciliation

__all__ = [
    "TABLE_COLUMNS",
    "WHOLE_CODE",
    "WHOLE_NAME",
    "ByTownship",
    "balance_table",
    "city_row",
    "class_table",
    "township_table",
    "uncertainty_table",
]

WHOLE_CODE = ""
"""Code of the row of the whole city; :func:`city_row` finds it by this, never by its place."""
WHOLE_NAME = ("全市", "City")
_PERCENT = (2.5, 97.5)

TABLE_COLUMNS = (
    "code", "name", "name_en", "area_ha", "known_area_ha", "nodata_ha", "known_share",
    "forest_ha", "wetland_ha", "cropland_ha", "green_ha", "other_ha", "wetland_forest_ha", "forest_cover", "volume_m3",
    "forest_biomass_tc", "forest_dead_tc", "forest_soil_tc", "wetland_biomass_tc", "wetland_soil_tc", "cropland_tc",
    "green_tc", "other_tc", "total_tc", "total_low_tc", "total_high_tc", "total_co2_t", "density_tc_ha",
    "scaled_total_tc", "forest_growth_tc_yr", "wetland_burial_tc_yr", "cropland_soil_tc_yr", "sink_tc_yr",
    "sink_low_tc_yr", "sink_high_tc_yr", "sink_co2_t_yr", "wetland_balance_tco2e_yr",
    "wetland_balance_low_tco2e_yr", "wetland_balance_high_tco2e_yr", "wetland_verdict", "paddy_ch4_tco2e_yr",
    "stock_doubtful_pct", "sink_doubtful_pct",
)  # fmt: skip
"""Columns of ``Stock.table``; labels and units in ``factors/columns.csv``."""

_POOL_GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "forest_biomass_tc": ("forest", ("above", "below", "understorey")),
    "forest_dead_tc": ("forest", ("dead", "litter")),
    "forest_soil_tc": ("forest", ("soil",)),
    "wetland_biomass_tc": ("wetland", ("above", "below", "understorey", "dead", "litter")),
    "wetland_soil_tc": ("wetland", ("soil",)),
    "cropland_tc": ("cropland", ()),
    "green_tc": ("green", ()),
    "other_tc": ("other", ()),
}
"""Column -> main group and pools (none: all)."""
_CHANGE_LINES = ("forest_growth", "wetland_burial", "cropland_soil")
_WOODED_WETLAND = ("swamp_forest", "swamp_shrub", "mangrove")


def uncertainty_table(accounts: Mapping[str, Account], codes: Sequence[str], draws: Draws) -> pd.DataFrame:
    """Monte Carlo and error propagation of the totals beside each other.

    Parameters
    ----------
    accounts : mapping
        ``stock``, ``change`` and ``gases``.
    codes : sequence of str
        Townships.
    draws : Draws
        Shared draws.

    Returns
    -------
    pandas.DataFrame
        ``quantity`` (``stock`` [t C], ``change`` [t C/yr], ``wetland_balance`` [t CO₂e/yr]), ``code`` (townships, then
        the city), ``value``, ``low``, ``high`` (95 %, Monte Carlo), ``monte_carlo_sd``, ``propagated_low``,
        ``propagated_high``, ``propagated_sd`` (IPCC Approach 1), ``unranged`` (of the value: what rests on numbers
        without any range, whose error the intervals leave out).
    """
    wet = _wetland_lines(accounts["gases"])
    out = []
    for quantity, account in (("stock", accounts["stock"]), ("change", accounts["change"]), ("wetland_balance", wet)):
        town = _spread(account, ["code"], draws).reindex(list(codes), fill_value=0.0)
        whole = _spread(account, [], draws).set_axis([WHOLE_CODE])
        out.append(pd.concat([town, whole]).rename_axis("code").reset_index().assign(quantity=quantity))
    frame = pd.concat(out, ignore_index=True)
    frame["propagated_low"] = frame["value"] - Z95 * frame["propagated_sd"]
    frame["propagated_high"] = frame["value"] + Z95 * frame["propagated_sd"]
    columns = ["low", "high", "monte_carlo_sd", "propagated_low", "propagated_high", "propagated_sd", "unranged"]
    return frame[["quantity", "code", "value", *columns]]


def _spread(account: Account, by: Sequence[str], draws: Draws) -> pd.DataFrame:
    groups, random = account.draws(by, draws)
    frame = pd.DataFrame(index=groups)
    if by:
        frame["value"] = account.totals(by)
    else:
        frame = frame.reindex([0]).assign(value=account.total)
        random = random if len(random) else np.zeros((1, draws.draws))
    frame["monte_carlo_sd"] = random.std(axis=1, ddof=1)
    frame["low"], frame["high"] = np.percentile(random, _PERCENT, axis=1) if len(random) else ([], [])
    frame["propagated_sd"] = account.propagated_sd(by)
    bare = account.unranged(by)
    frame["unranged"] = bare if by else float(bare.sum())
    return frame.fillna(0.0)


def city_row(table: pd.DataFrame) -> pd.Series:
    """Row of the whole city of a table by township.

    Parameters
    ----------
    table : pandas.DataFrame
        With ``code``; the city has ``WHOLE_CODE``.

    Raises
    ------
    ValueError
        If there is no such row, or more than one.
    """
    rows = table[table["code"].astype(str) == WHOLE_CODE]
    if len(rows) != 1:
        raise ValueError(f"the table has {len(rows)} rows of the whole city, not one")
    return rows.iloc[0]


class ByTownship:
    """A result with a ``table`` by township that also holds the whole city."""

    table: pd.DataFrame

    @property
    def city(self) -> pd.Series:
        """Row of the whole city, with the columns of ``table``."""
        return city_row(self.table)

    @property
    def townships(self) -> pd.DataFrame:
        """Rows of the townships alone, in their order."""
        return self.table[self.table["code"].astype(str) != WHOLE_CODE].reset_index(drop=True)


def township_table(
    city: SinkCity,
    areas: LandAreas,
    forest: Reconciliation,
    accounts: Mapping[str, Account],
    uncertainty: pd.DataFrame,
    trust: pd.DataFrame,
) -> pd.DataFrame:
    """One row a township and one for the city; stock, yearly change and gas balance in columns of their own.

    Parameters
    ----------
    city : SinkCity
        Townships and settings.
    areas : LandAreas
        Area by class of each township [ha].
    forest : Reconciliation
        Strata after official volumes.
    accounts : mapping
        ``stock`` [t C], ``change`` [t C yr⁻¹] and ``gases`` [t CO₂e yr⁻¹].
    uncertainty : pandas.DataFrame
        From :func:`uncertainty_table`.
    trust : pandas.DataFrame
        Share by mark of the factors [%]; its ``doubtful`` rows are summed.

    Returns
    -------
    pandas.DataFrame
        ``TABLE_COLUMNS``.
    """
    codes = pd.Index(city.townships["code"], name="code")
    out = areas.townships.reindex(codes, fill_value=0.0).rename(columns={"known_ha": "known_area_ha"})
    group = areas.frame["class"].map(lambda k: land_class(k).group).rename("group")
    by_group = areas.frame.assign(group=group).pivot_table("area_ha", "code", "group", "sum", fill_value=0.0)
    out = out.join(by_group.reindex(columns=list(GROUPS), fill_value=0.0).add_suffix("_ha"))
    wooded = areas.frame[areas.frame["class"].isin(_WOODED_WETLAND)]
    out["wetland_forest_ha"] = wooded.groupby("code")["area_ha"].sum()
    out["volume_m3"] = forest.strata.groupby("code")["volume_m3"].sum()
    out = out.join(_pool_groups(accounts["stock"]))
    out = out.join(accounts["change"].wide(["code"], "line", _CHANGE_LINES).add_suffix("_tc_yr"))
    out = out.join(accounts["gases"].wide(["code"], "line", ["paddy_ch4"]).add_suffix("_tco2e_yr"))
    out = out.fillna(0.0)
    out = pd.concat([out, out.sum().to_frame().T.set_axis([WHOLE_CODE])])
    names = city.townships.set_index("code")
    out["name"] = [*names["name"], WHOLE_NAME[0]]
    out["name_en"] = [*names["name_en"], WHOLE_NAME[1]]
    out = _with_totals(out, uncertainty)
    doubt = trust[trust["doubtful"]].groupby(["quantity", "code"])["share_pct"].sum(min_count=1)
    for column, quantity in (("stock_doubtful_pct", "stock"), ("sink_doubtful_pct", "change")):
        out[column] = doubt[quantity].reindex(out.index)
    out = out.rename_axis("code").reset_index()
    return out[list(TABLE_COLUMNS)]


def _pool_groups(account: Account) -> pd.DataFrame:
    lines = account.lines.assign(value=account.values, group=account.lines["class"].map(lambda k: land_class(k).group))
    out = {}
    for column, (group, pools) in _POOL_GROUPS.items():
        rows = lines[(lines["group"] == group) & (lines["pool"].isin(pools) | (not pools))]
        out[column] = rows.groupby("code")["value"].sum()
    return pd.DataFrame(out).fillna(0.0)


def _with_totals(out: pd.DataFrame, uncertainty: pd.DataFrame) -> pd.DataFrame:
    """Add totals, ranges and shares to the rows of townships and city."""
    spread = {q: f.set_index("code").reindex(out.index) for q, f in uncertainty.groupby("quantity")}
    known, area = out["known_area_ha"], out["area_ha"]
    out["total_tc"] = out[list(_POOL_GROUPS)].sum(axis=1)
    out["total_low_tc"], out["total_high_tc"] = spread["stock"]["low"], spread["stock"]["high"]
    out["total_co2_t"] = out["total_tc"] * CO2_PER_C
    out["known_share"] = (known / area).where(area > 0, 0.0)
    out["forest_cover"] = (out["forest_ha"] / area).where(area > 0, 0.0)
    out["density_tc_ha"] = (out["total_tc"] / known).where(known > 0)
    out["scaled_total_tc"] = out["density_tc_ha"] * area
    out["sink_tc_yr"] = out[[f"{line}_tc_yr" for line in _CHANGE_LINES]].sum(axis=1)
    out["sink_low_tc_yr"], out["sink_high_tc_yr"] = spread["change"]["low"], spread["change"]["high"]
    out["sink_co2_t_yr"] = out["sink_tc_yr"] * CO2_PER_C
    balance = spread["wetland_balance"][["value", "low", "high"]]
    names = [f"wetland_balance{end}_tco2e_yr" for end in ("", "_low", "_high")]
    out[names] = balance.to_numpy()
    out["wetland_verdict"] = [verdict(*row) for row in zip(*balance.to_numpy().T, out["wetland_ha"], strict=True)]
    return out


def class_table(
    city: SinkCity, areas: LandAreas, account: Account, draws: Draws, adjusted: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Stock by township, land class and pool, the city last.

    Areas are those of the map. With a confusion matrix the stock is that of the adjusted areas, and so are densities:
    ``adjusted`` is the true over the mapped area of each class of the land cover.

    Parameters
    ----------
    city : SinkCity
        Townships.
    areas : LandAreas
        Area by class of each township [ha].
    account : Account
        Stock [t C] by ``code``, ``class`` and ``pool``.
    draws : Draws
        Random factors.
    adjusted : mapping, optional
        True over mapped area by class [1].

    Returns
    -------
    pandas.DataFrame
        ``code``, ``name``, ``group``, ``class``, ``label_zh``, ``label_en``, ``pool``, ``stock_tc``, ``low_tc``,
        ``high_tc``, ``area_ha``, ``density_tc_ha``, ``confidence``, ``confidence_zh``, ``confidence_en``.
    """
    out = []
    for by in (["code", "class", "pool"], ["class", "pool"]):
        frame = account.totals(by).rename("stock_tc").to_frame().join(account.interval(by, draws).add_suffix("_tc"))
        out.append(frame.reset_index())
    frame = _with_area(pd.concat(out, ignore_index=True), areas)
    ground = frame["area_ha"] if not adjusted else _with_area(frame.copy(), _scaled(areas, adjusted))["area_ha"]
    frame["density_tc_ha"] = frame["stock_tc"] / ground
    return _named(frame, city, _marks(account, ["class", "pool"]), ["class", "pool"])


def balance_table(
    city: SinkCity, areas: LandAreas, accounts: Mapping[str, Account], horizons: Mapping[str, Account], draws: Draws
) -> pd.DataFrame:
    """Greenhouse-gas balance of wetlands by township and type, the city last.

    Parameters
    ----------
    city : SinkCity
        Townships.
    areas : LandAreas
        Land of the townships.
    accounts : mapping
        ``stock`` and ``gases``.
    horizons : mapping
        Name -> gas account with another warming potential, for instance ``gwp20``.
    draws : Draws
        Shared draws.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``name``, ``group``, ``class``, ``label_zh``, ``label_en``, ``burial_tco2e_yr``, ``ch4_tco2e_yr``,
        ``n2o_tco2e_yr``, ``co2_tco2e_yr``, ``net_tco2e_yr``, ``net_low_tco2e_yr``, ``net_high_tco2e_yr`` (positive to
        the air), ``net_<horizon>_tco2e_yr`` for each horizon, ``stock_tc``, ``area_ha``, ``verdict``, ``confidence``
        with labels.
    """
    wet, others = _wetland_lines(accounts["gases"]), {k: _wetland_lines(a) for k, a in horizons.items()}
    stock = accounts["stock"]
    out = []
    for by in (["code", "class"], ["class"]):
        frame = wet.wide(by, "line", GASES).add_suffix("_tco2e_yr")
        frame["net_tco2e_yr"] = frame.sum(axis=1)
        for name, other in others.items():
            frame[f"net_{name}_tco2e_yr"] = other.wide(by, "line", GASES).sum(axis=1)
        frame["stock_tc"] = stock.totals(by).reindex(frame.index)
        ends = wet.interval(by, draws).add_prefix("net_").add_suffix("_tco2e_yr")
        out.append(frame.join(ends).reset_index())
    frame = _with_area(pd.concat(out, ignore_index=True), areas)
    spread = frame[["net_tco2e_yr", "net_low_tco2e_yr", "net_high_tco2e_yr"]].to_numpy()
    frame["verdict"] = [verdict(*map(float, row)) for row in spread]
    return _named(frame, city, _marks(wet, ["class"], leave_out=("ch4", "n2o")), ["class"])


def _wetland_lines(gases: Account) -> Account:
    return gases.where(gases.lines["line"] != "paddy_ch4")


def _with_area(frame: pd.DataFrame, areas: LandAreas) -> pd.DataFrame:
    """Rows without a township are the city's; every row gets the area of its class."""
    frame["code"] = frame["code"].fillna(WHOLE_CODE)
    town = areas.frame.groupby(["code", "class"])["area_ha"].sum()
    whole = town.groupby("class").sum()
    rows = zip(frame["code"], frame["class"], strict=True)
    frame["area_ha"] = [whole[k] if c == WHOLE_CODE else town[c, k] for c, k in rows]
    return frame


def _scaled(areas: LandAreas, ratio: Mapping[str, float]) -> LandAreas:
    """Areas in which land that the land cover alone speaks of has its adjusted size."""
    scale = areas.frame["class"].map(ratio).fillna(1.0).where(areas.frame["layer"] == "landcover", 1.0)
    return replace(areas, frame=areas.frame.assign(area_ha=areas.frame["area_ha"] * scale.astype(float)))


_Marks = Mapping[tuple[str, ...], set[str]]


def _marks(account: Account, by: Sequence[str], leave_out: Sequence[str] = ()) -> _Marks:
    """Collect the marks of the factors behind each group of lines, without those about some subjects."""
    out: dict[tuple[str, ...], set[str]] = {}
    for row in account.lines[[*by, "coefficient"]].drop_duplicates().to_dict("records"):
        factors = account.coefficients[row["coefficient"]].factors.values()
        found = {f.mark for f in factors if f.subject not in leave_out}
        out.setdefault(tuple(row[k] for k in by), set()).update(found)
    return out


def _named(frame: pd.DataFrame, city: SinkCity, marks: _Marks, by: Sequence[str]) -> pd.DataFrame:
    """Add names, labels and confidence; townships in order of their codes, the city last."""
    names = dict(zip(city.townships["code"], city.townships["name"], strict=True)) | {WHOLE_CODE: WHOLE_NAME[0]}
    info = {k: land_class(k) for k in frame["class"].unique()}
    frame["name"] = frame["code"].map(names)
    for label in ("group", "label_zh", "label_en"):
        frame[label] = [getattr(info[k], label) for k in frame["class"]]
    keys = zip(*(frame[k] for k in by), strict=True)
    frame["confidence"] = [confidence(marks[k], wetland=info[k[0]].group == "wetland") for k in keys]
    for i, label in enumerate(("confidence_zh", "confidence_en")):
        frame[label] = [CONFIDENCE[c][i] for c in frame["confidence"]]
    order = {code: i for i, code in enumerate([*city.townships["code"], WHOLE_CODE])}
    place = np.lexsort((frame["class"].map(lambda k: info[k].id), frame["code"].map(order)))
    first = ["code", "name", "group", "class", "label_zh", "label_en"]
    return frame.iloc[place].reset_index(drop=True)[[*first, *(c for c in frame.columns if c not in first)]]
