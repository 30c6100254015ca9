"""The ledger of a province: 1,000 townships, 10 years, events in every one of them."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd

from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.years.ledger import EVENT_COLUMNS, KINDS, Forest, run_ledger

TOWNSHIPS, YEARS, EVENTS = 1000, 10, 20_000


def province(rng: np.random.Generator) -> Forest:
    """Forest of the townships, half of it of known age."""
    area = rng.uniform(500, 8000, TOWNSHIPS)
    living = area * rng.uniform(15, 40, TOWNSHIPS)
    steps = rng.uniform(0.2, 1.5, (TOWNSHIPS, YEARS)) * area[:, None] / 2
    parts = np.tile([0.56, 0.24, 0.20], (TOWNSHIPS, 1))
    codes = tuple(f"{i:09d}" for i in range(TOWNSHIPS))
    rate = np.full(YEARS, 0.0256)
    return Forest(codes, area, area * 60, living / 2, living / 2, steps, rate, parts, np.zeros((TOWNSHIPS, YEARS)))


def events(rng: np.random.Generator, forest: Forest) -> pd.DataFrame:
    """Twenty events a township over the years."""
    town = rng.integers(0, TOWNSHIPS, EVENTS)
    rows = {
        "kind": rng.choice(list(KINDS), EVENTS), "year": 2020 + rng.integers(0, YEARS, EVENTS),
        "code": np.array(forest.codes)[town], "area_ha": rng.uniform(0.1, 5, EVENTS), "volume_m3": np.nan,
        "living_tc": np.nan, "killed": rng.uniform(0.2, 1, EVENTS), "removed": rng.uniform(0, 1, EVENTS),
        "replanted": rng.choice(["", "chinese_fir", "masson_pine"], EVENTS),
    }  # fmt: skip
    return pd.DataFrame(rows)[list(EVENT_COLUMNS)]


def main() -> None:
    """Run, print, and end with one JSON object."""
    rng = np.random.default_rng(7)
    forest = province(rng)
    given = events(rng, forest)
    start = time.perf_counter()
    table, _ = run_ledger(forest, given, range(2020, 2020 + YEARS), load_factors(), temperature_c=17.0)
    seconds = time.perf_counter() - start
    lost = table[[f"{kind}_tc" for kind in KINDS]].sum(axis=1)
    left = table["opening_tc"] + table["growth_tc"] + table["works_tc"] - lost
    closure = float(((left - table["closing_tc"]).abs() / table["opening_tc"]).max())
    print(f"{TOWNSHIPS:,} townships, {YEARS} years, {EVENTS:,} events: {seconds:.2f} s, closes to {closure:.1e}")
    print(json.dumps({"seconds_1000_townships_10_years": round(seconds, 3), "closure": closure}))


if __name__ == "__main__":
    main()
