"""Published worked examples, each worked out by this code and held against what was printed.

``python -m benchmarks.truths`` prints the rows that fail and the worst; its last line is one JSON object.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy
from guanghui.sinks.carbon import wetland
from guanghui.sinks.carbon.cropland import paddy_methane, soil_gain
from guanghui.sinks.carbon.forest import conversion, dead_and_litter_share, volume_carbon_tc
from guanghui.sinks.carbon.pools import tier1_soil
from guanghui.sinks.factors.lookup import PoolTable
from guanghui.sinks.factors.table import Factors, OwnFactor, load_factors
from guanghui.sinks.factors.uncertainty import adjusted_areas
from guanghui.sinks.settings import SinkSettings
from guanghui.sinks.years import change
from guanghui.sinks.years.coastal import CoastalClass, net_by_period
from guanghui.sinks.years.ledger import EVENT_COLUMNS, KINDS, Forest, run_ledger

__all__ = ["check", "main", "truths"]

TABLE = Path(__file__).with_name("truths.csv")
PARTS = ("stem", "crown", "root")


def truths() -> pd.DataFrame:
    """Rows of the table: ``id``, ``what``, ``function``, ``arguments``, ``expected``, ``tolerance``, ``source``."""
    return pd.read_csv(TABLE, comment="#", dtype={"mark": str})


def check(row: dict[str, Any]) -> float:
    """What this code makes of a row."""
    function: Callable[..., float] = FUNCTIONS[row["function"]]
    return float(function(**json.loads(row["arguments"])))


@lru_cache(maxsize=1)
def _factors() -> Factors:
    return load_factors()


@lru_cache(maxsize=1)
def _half() -> Factors:
    """Factors with half of the dry matter carbon, as in the published figures."""
    ids = [i for i in _factors() if i.startswith("forest.") and i.endswith(".carbon_fraction")]
    return load_factors([OwnFactor(i, 0.5, 0.5, 0.5, "as in the published figures") for i in ids])


def _water(**given: Any) -> SinkSettings:
    climate = given.pop("climate", "warm_temperate_moist")
    names = {"salinity_ppt": "salinity_ppt", "trophic": "trophic_state", "age": "reservoir_age_years",
             "downstream": "downstream"}  # fmt: skip
    return SinkSettings(climate=climate, wetland={names[k]: v for k, v in given.items()})


@lru_cache(maxsize=1)
def _invest() -> dict[str, float]:
    """Map of 10 x 10 cells of one metre, class 1 that becomes class 2."""
    pools = PoolTable(
        pd.DataFrame({"above": [15.0, 5], "below": [10.0, 3], "soil": [60.0, 20], "dead": [1.0, 0]}, index=[1, 2]), "x"
    )
    grid = Grid.from_bounds((11_170_000.0, 3_600_000.0, 11_170_010.0, 3_600_010.0), 1.0, "EPSG:6933")
    maps = [from_numpy(np.full(grid.shape, code, np.int16), grid) for code in (1, 2)]
    zone = gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs="EPSG:6933")
    price = change.value_constant(2016, 2030, 43.0, discount_pct=-7.1, price_change_pct=2.8)
    found = change.table_change(*maps, pools, zone, value_per_tc=price)
    row = {str(k): float(v) for k, v in found.zones.iloc[0].items()}
    scale = 0.01 / row["both_ha"]  # the peer counts planar cells, 3e-9 off the ellipsoid here
    return {
        **{k: row[k] * scale for k in ("before_tc", "after_tc", "change_tc", "value")},
        "value_per_ha": row["value"] / row["both_ha"],
        "density_before": float(found.before.mean()),
        "density_after": float(found.after.mean()),
    }


@lru_cache(maxsize=1)
def _olofsson() -> dict[tuple[str, str], float]:
    names = ["deforestation", "gain", "forest", "other"]
    counts = pd.DataFrame([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]], names, names)
    mapped = pd.Series([200_000.0, 150_000.0, 3_200_000.0, 6_450_000.0], index=names) * 0.09
    found = adjusted_areas(counts, mapped)
    frame = found.frame.assign(half_ha=(found.frame["high_ha"] - found.frame["low_ha"]) / 2)
    out = {(str(r), str(c)): float(v) for (r, c), v in frame.stack().items()}  # noqa: PD013
    return out | {("", "overall"): found.overall_accuracy}


def _coastal(first: str, period: int) -> float:
    classes = {
        "mangrove": CoastalClass(64, 313, 3, 2, 5.35, 1, 15, 7.5, 1.0, 0.66),
        "lot": CoastalClass(gathers=False),
    }
    other = "lot" if first == "mangrove" else "mangrove"
    return float(net_by_period([first, other, first], [2000, 2010, 2020], 2030, classes)[period])


def _dead_and_litter(pool: str, **where: Any) -> float:
    dead, litter = dead_and_litter_share(**where, factors=_factors())
    return 100 * (dead if pool == "dead" else litter)


def _reservoir_co2(climate: str) -> float:
    return wetland.emissions("reservoir", _water(climate=climate, age=10), _factors())["co2"].value


def _tier1_soil(key: str, climate: str, soil_type: str) -> float:
    settings = SinkSettings(soil_source="tier1", soil_depth_cm=30, climate=climate, soil_type=soil_type)
    found = tier1_soil(key, settings, _factors())
    return np.nan if found is None else found.value


def _straw_gain(climate: str) -> float:
    return soil_gain("paddy", SinkSettings(climate=climate, cropland={"straw_return_share": 1.0}), _factors()).value


def _paddy_ch4(seasons: str) -> float:
    settings = SinkSettings(cropland={"rice_seasons": seasons})
    return paddy_methane("paddy", settings, _factors()).value / (1e-3 * _gwp("ch4", "AR6-100"))


def _gwp(gas: str, horizon: str) -> float:
    return wetland.gwp(gas, SinkSettings(gwp=horizon), _factors()).value


def _fang_biomass(group: str, volume_m3_ha: float) -> float:
    return float(volume_carbon_tc(volume_m3_ha, 1.0, {group: 1.0}, _half()).loc["fang", "total_tc"]) / 0.5


def _one(kind: str, parts: tuple[float, float, float], years: int, temperature_c: float = 10.0) -> pd.DataFrame:
    """Ledger of one township where half of 2 t C, all in one part of the trees, meets an event."""
    zeros = np.zeros((1, years))
    forest = Forest(("a",), np.ones(1), np.ones(1), np.full(1, 2.0), np.zeros(1), zeros, np.zeros(years),
                    np.array([parts]), zeros)  # fmt: skip
    plain = {"kind": kind, "year": 2024, "code": "a", "living_tc": 1.0, "area_ha": 0.5, "replanted": ""}
    event = dict.fromkeys(EVENT_COLUMNS, np.nan) | plain | {"killed": 1.0, "removed": 0.0}
    table, _ = run_ledger(forest, pd.DataFrame([event]), range(2024, 2024 + years), _factors(),
                          temperature_c=temperature_c)  # fmt: skip
    return table


def _event(kind: str, what: str, part: str) -> float:
    row = _one(kind, tuple(float(p == part) for p in PARTS), 1).iloc[0]  # type: ignore[arg-type]
    return float({"products": row["products_tc"], "dead": row["dead_tc"], "gone": row[f"{kind}_tc"]}[what])


def _decay(store: str, temperature_c: float) -> float:
    """Rot of a year over what was there, from what leaves the stock (83 % of the rot) in the year after the event."""
    made_by = {"snag": ("fire", (1.0, 0, 0)), "medium": ("harvest", (1.0, 0, 0)), "fast": ("harvest", (0, 0, 1.0))}
    if store == "slow":
        table = _one("harvest", (0, 0, 1.0), 3, temperature_c)
        fast = _decay("fast", temperature_c)
        first, second = fast * 0.17, (1 - fast) * fast * 0.17
        left = float(table["dead_tc"].iloc[2]) - (1 - fast) ** 2
        return 1 - (left - second) / first
    kind, parts = made_by[store]
    table = _one(kind, parts, 2, temperature_c)
    return float(table[f"{kind}_tc"].iloc[1] / 0.83 / table["dead_tc"].iloc[0])


FUNCTIONS: dict[str, Callable[..., float]] = {
    "value_constant": change.value_constant,
    "invest_carbon": lambda what: _invest()[what],
    "coastal": _coastal,
    "dead_and_litter": _dead_and_litter,
    "olofsson": lambda row, column: _olofsson()[row, column],
    "methane": lambda key, **given: wetland.methane(key, _water(**given), _factors()).value,
    "burial": lambda key: wetland.burial(key, SinkSettings(), _factors()).value,
    "reservoir_co2": _reservoir_co2,
    "tier1_soil": _tier1_soil,
    "straw_gain": _straw_gain,
    "gwp": _gwp,
    "paddy_ch4": _paddy_ch4,
    "fang_biomass": _fang_biomass,
    "bef_per_m3": lambda group: conversion({group: 1.0}, "bef", _half()).per_m3.value,
    "event": _event,
    "decay": _decay,
}
assert set(KINDS) == {"harvest", "fire", "pest", "conversion"}


def main() -> None:
    """Work out all rows, print those that fail, and end with one JSON object."""
    table = truths()
    found = np.array([check(row) for row in table.to_dict("records")])
    expected = table["expected"].to_numpy(float)
    miss = np.abs(found - expected)
    passed = miss <= table["tolerance"].to_numpy(float)
    relative = np.divide(miss, np.abs(expected), out=miss.copy(), where=expected != 0)
    for i in np.flatnonzero(~passed):
        print(f"{table['id'][i]}: {found[i]:.10g}, printed {expected[i]:.10g} ({table['source'][i]})")
    worst = int(relative.argmax())
    print(f"{passed.sum()} of {len(table)} rows; the worst is {table['id'][worst]}, {relative[worst]:.1e} off")
    last = {"rows": len(table), "passed": int(passed.sum()), "worst_rel_diff": float(relative.max())}
    print(json.dumps(last))


if __name__ == "__main__":
    main()
