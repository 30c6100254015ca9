"""Money of a roof: investment, levelised cost, net present value, internal rate of return, payback.

Before tax and without loans, in constant prices. Yearly energy falls by a fixed rate, so every sum over the years is a
geometric series and is worked out for all roofs at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from guanghui.data import read_table
from guanghui.geo.buildings import STOREY_M
from guanghui.geo.errors import InputError, listing
from guanghui.pv.settings import EconomicsSettings

__all__ = ["MONEY_UNITS", "Finance", "Prices", "appraise", "cash_flow", "prices", "use_of_buildings"]

_LOW, _HIGH = -0.5, 5.0
MONEY_UNITS = {
    "capex_yuan": "yuan", "self_use_share": "1", "lcoe_yuan_kwh": "yuan/kWh", "npv_yuan": "yuan", "irr": "1/a",
    "payback_years": "a",
}  # fmt: skip


@dataclass(frozen=True)
class Prices:
    """Prices and rates of a place, each with its source."""

    capex_kwp: np.ndarray
    """Sizes of the investment anchors [kWp]."""
    capex_yuan_w: np.ndarray
    """Investment at those sizes [yuan/W]."""
    opex_share: float
    degradation: float
    life_years: int
    discount_rate: float
    feed_in_yuan_kwh: float
    retail_yuan_kwh: Mapping[str, float]
    use_kwh_m2: Mapping[str, float]
    """Electricity per floor area and year, by class [kWh/m²]."""
    sources: pd.DataFrame
    """item key value unit uncertainty year mark source of everything above."""
    vintages: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Rows of every vintage of the items that have several, and whether they are ``used``."""

    @property
    def youngest_year(self) -> int | None:
        """Newest year of the investment and feed-in prices used; None where the region gives its own."""
        dated = self.sources[self.sources["item"].isin(["capex", "feed_in"])]
        years = dated["year"].dropna()
        return None if len(years) < len(dated) or not len(years) else int(years.max())


def prices(settings: EconomicsSettings, vintage: int = 2022) -> Prices:
    """Put the shipped table and the region's own prices together.

    Parameters
    ----------
    settings : EconomicsSettings
        ``[economics]``.
    vintage : {2022, 2025}
        Which of the dated rows, see ``[pv] vintage``.

    Returns
    -------
    Prices

    Raises
    ------
    InputError
        If no price is known for the region's electricity.
    """
    every = read_table("factors", "economics.csv")
    table = every[every["vintage"].isin(["all", str(vintage)])].drop(columns="vintage").reset_index(drop=True)
    own = {
        ("capex", "all"): settings.capex_yuan_w, ("opex_share", "all"): settings.opex_share,
        ("degradation", "all"): settings.degradation, ("life_years", "all"): settings.life_years,
        ("discount_rate", "all"): settings.discount_rate, ("feed_in", settings.region): settings.feed_in_yuan_kwh,
        **{("retail", k): v for k, v in settings.retail_yuan_kwh.items()},
        **{("use_intensity", k): v for k, v in settings.use_kwh_m2.items()},
    }  # fmt: skip
    given = {k: v for k, v in own.items() if v is not None}
    flat = ("capex", "all") in given
    pairs = zip(table["item"], table["key"], strict=True)
    stays = [pair not in given and not (flat and pair[0] == "capex") for pair in pairs]
    elsewhere = (table["item"] == "feed_in") & (table["key"] != settings.region)
    rows = [(i, k, v, "", None, None, "given", "region file, [economics]") for (i, k), v in given.items()]
    kept = table[np.array(stays) & ~elsewhere]
    own_rows = pd.DataFrame(rows, columns=table.columns).astype(kept.dtypes.to_dict() | {"year": "Int64"})
    table = pd.concat([kept.astype({"year": "Int64"}), own_rows], ignore_index=True)

    def of(item: str) -> dict[str, float]:
        part = table[table["item"] == item]
        return {str(k): float(v) for k, v in zip(part["key"], part["value"], strict=True)}

    feed_in = of("feed_in")
    if not feed_in:
        raise InputError(
            f"[economics] region = {settings.region!r} has no feed-in price; give feed_in_yuan_kwh, retail_yuan_kwh "
            f"and capex_yuan_w of the place.",
            f"[economics] region = {settings.region!r} 没有上网电价；"
            "请给出本地的 feed_in_yuan_kwh、retail_yuan_kwh 与 capex_yuan_w。",
        )
    capex = {float(k) if k != "all" else 100.0: v for k, v in of("capex").items()}
    sizes = np.array(sorted(capex))
    return Prices(sizes, np.array([capex[s] for s in sizes]), of("opex_share")["all"], of("degradation")["all"],
                  int(of("life_years")["all"]), of("discount_rate")["all"], next(iter(feed_in.values())),
                  of("retail"), of("use_intensity"), table, _vintages(every, table, settings.region))  # fmt: skip


def _vintages(every: pd.DataFrame, used: pd.DataFrame, region: str) -> pd.DataFrame:
    """Rows of all vintages side by side; a region's own price leaves none of them in use."""
    rows = every[(every["vintage"] != "all") & ((every["item"] != "feed_in") | (every["key"] == region))]
    mine = set(zip(used["item"], used["key"], used["source"], strict=True))
    taken = [entry in mine for entry in zip(rows["item"], rows["key"], rows["source"], strict=True)]
    return rows.assign(used=taken).sort_values(["item", "key", "vintage"], ignore_index=True)


@dataclass(frozen=True)
class Finance:
    """Results of many roofs, shape (n,)."""

    lcoe_yuan_kwh: np.ndarray
    npv_yuan: np.ndarray
    irr: np.ndarray
    payback_years: np.ndarray


def cash_flow(
    capex_yuan: np.ndarray,
    yield_kwh: np.ndarray,
    price_yuan_kwh: np.ndarray,
    *,
    opex_share: float,
    degradation: float,
    discount_rate: float,
    life_years: int,
) -> Finance:
    """Appraise investments whose yearly energy falls by a fixed rate.

    Parameters
    ----------
    capex_yuan : numpy.ndarray
        Investment in year 0 [yuan], shape (n,).
    yield_kwh : numpy.ndarray
        Energy of year 1 [kWh].
    price_yuan_kwh : numpy.ndarray
        What a kWh saves or earns [yuan/kWh].
    opex_share, degradation, discount_rate : float
        A year [1/a].
    life_years : int
        [a].

    Returns
    -------
    Finance
        NaN where nothing is invested; ``irr`` NaN where the flows never pay back; ``payback_years`` (undiscounted)
        infinite likewise.

    Notes
    -----
    Flow of year t = 1…N: ``yield (1 - degradation)^(t-1) price - opex_share capex``; the levelised cost is the present
    value of costs over the present value of energy.
    """
    capex = np.where(capex_yuan > 0, capex_yuan, np.nan).astype(float)
    worth = _series(discount_rate, degradation, life_years)
    costs = 1 + opex_share * _series(discount_rate, 0.0, life_years)
    energy = np.where(yield_kwh > 0, yield_kwh, np.nan)
    first = yield_kwh * price_yuan_kwh / capex
    npv = capex * (first * worth - costs)
    return Finance(capex * costs / (energy * worth), npv, _irr(first, opex_share, degradation, life_years),
                   _payback(first, opex_share, degradation, life_years))  # fmt: skip


def _series(rate: float | np.ndarray, fall: float, years: int) -> np.ndarray:
    """Sum over t = 1…years of (1 - fall)^(t-1) / (1 + rate)^t."""
    ratio = (1 - fall) / (1 + np.asarray(rate, dtype=float))
    even = np.abs(1 - ratio) < 1e-9
    safe = np.where(even, 0.5, ratio)
    return np.where(even, years, (1 - safe**years) / (1 - safe)) / (1 + np.asarray(rate))


def _irr(first: np.ndarray, opex: float, fall: float, years: int) -> np.ndarray:
    """Rate at which the flows are worth the investment, by bisection on all roofs at once."""
    low, high = np.full_like(first, _LOW), np.full_like(first, _HIGH)
    for _ in range(60):
        middle = (low + high) / 2
        value = first * _series(middle, fall, years) - opex * _series(middle, 0.0, years) - 1
        low, high = np.where(value > 0, middle, low), np.where(value > 0, high, middle)
    undiscounted = first * _series(0.0, fall, years) - opex * years
    found = (low + high) / 2
    return np.where((undiscounted > 0) & (found > _LOW + 1e-6) & (found < _HIGH - 1e-6), found, np.nan)


def _payback(first: np.ndarray, opex: float, fall: float, years: int) -> np.ndarray:
    """Years until the sum of flows is the investment, straight inside the year."""
    out = np.where(np.isfinite(first), np.inf, np.nan)
    before = np.zeros_like(first)
    for year in range(1, years + 1):
        flow = first * (1 - fall) ** (year - 1) - opex
        now = before + flow
        with np.errstate(divide="ignore", invalid="ignore"):
            out = np.where((before < 1) & (now >= 1) & np.isinf(out), year - 1 + (1 - before) / flow, out)
        before = now
    return out


def appraise(roofs: pd.DataFrame, known: Prices, *, self_use: np.ndarray) -> pd.DataFrame:
    """Money of every roof.

    Parameters
    ----------
    roofs : pandas.DataFrame
        From :func:`pv.assess`.
    known : Prices
        From :func:`prices`.
    self_use : numpy.ndarray
        Share of energy used in the building [1], from :func:`pv.energy.loads.self_use_share`.

    Returns
    -------
    pandas.DataFrame
        The columns of ``MONEY_UNITS``, index of the roofs; NaN on roofs without capacity.

    Raises
    ------
    InputError
        If a class has no retail price.
    """
    missing = sorted(set(roofs["building_class"]) - set(known.retail_yuan_kwh))
    if missing:
        raise InputError(
            f"[economics] retail_yuan_kwh: there is no price for {listing(missing)}; add it.",
            f"[economics] retail_yuan_kwh：{listing(missing)} 没有电价；请补充。",
        )
    size = roofs["capacity_kwp"].to_numpy(float)
    unit = np.interp(np.log(np.maximum(size, 1e-3)), np.log(known.capex_kwp), known.capex_yuan_w)
    capex = np.where(size > 0, size * 1000 * unit, np.nan)
    retail = roofs["building_class"].map(dict(known.retail_yuan_kwh)).to_numpy(float)
    price = self_use * retail + (1 - self_use) * known.feed_in_yuan_kwh
    money = cash_flow(capex, roofs["yield_kwh"].to_numpy(float), price, opex_share=known.opex_share,
                      degradation=known.degradation, discount_rate=known.discount_rate,
                      life_years=known.life_years)  # fmt: skip
    return pd.DataFrame({"capex_yuan": capex, "self_use_share": self_use, "lcoe_yuan_kwh": money.lcoe_yuan_kwh,
                         "npv_yuan": money.npv_yuan, "irr": money.irr, "payback_years": money.payback_years},
                        index=roofs.index)  # fmt: skip


def use_of_buildings(roofs: pd.DataFrame, known: Prices) -> np.ndarray:
    """Electricity of each building in a year [kWh]: floor area (footprint times storeys) times intensity.

    Storeys are those given, else the height over ``geo.buildings.STOREY_M``.

    Parameters
    ----------
    roofs : DataFrame
        ``footprint_m2``, ``building_class`` and ``storeys`` or ``height_m``.
    known : Prices
        Intensity of each class [kWh/m² of floor].
    """
    floors = np.round(roofs["height_m"].to_numpy(float) / STOREY_M)
    if "storeys" in roofs:
        given = roofs["storeys"].to_numpy(float)
        floors = np.where(given > 0, given, floors)
    floors = np.maximum(floors, 1)
    halls = roofs["building_class"].isin(["industrial", "warehouse"]).to_numpy()
    floor = roofs["footprint_m2"].to_numpy(float) * np.where(halls, 1, floors)
    per_m2 = roofs["building_class"].map(dict(known.use_kwh_m2)).fillna(0.0)
    return np.asarray(floor * per_m2.to_numpy(float))
