"""A programme of 30/40/50 % over 200,000 roofs, against the bound of the linear programme.

``python -m benchmarks.coverage``: a few seconds on one core.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from benchmarks.common import best, last_line, table
from guanghui.pv.presets import preset_shares
from guanghui.pv.programme.choose import Candidates, linear_bound
from guanghui.pv.programme.phases import CLASS_ORDER, CoveragePlan, coverage_plan

PHASES = {2022: 0.30, 2023: 0.40, 2024: 0.50}


def invented_roofs(count: int, seed: int = 360482) -> pd.DataFrame:
    """Roofs whose size, density and yield spread like a county's."""
    rng = np.random.default_rng(seed)
    usable = rng.lognormal(4.3, 1.0, count) * (rng.random(count) > 0.05)
    capacity = usable * rng.uniform(0.14, 0.19, count)
    yields = capacity * rng.normal(960, 50, count).clip(700, 1100)
    town = rng.integers(1, 19, count)
    cost = capacity * (2600 + 900 / (1 + capacity / 50))
    return pd.DataFrame(
        {
            "building_id": [f"b{i:07d}" for i in range(count)], "building_class": rng.choice(CLASS_ORDER, count),
            "township_code": [f"{t:03d}" for t in town], "township": [f"乡镇{t}" for t in town], "usable_m2": usable,
            "capacity_kwp": capacity, "yield_kwh": yields, "capex_yuan": cost,
            "lcoe_yuan_kwh": np.divide(0.09 * cost, yields, out=np.full(count, np.nan), where=yields > 0),
        }
    )  # fmt: skip


def gap_pct(roofs: pd.DataFrame, plan: CoveragePlan) -> float:
    """How far the energy lies below the bound on the area asked for, worst phase [%]; 0 where it is above."""
    c = Candidates.of(roofs, None, "energy")
    every = np.arange(len(roofs))
    worst = 0.0
    for year, share in plan.shares.items():
        bound = linear_bound(c, every, share * plan.available_m2)
        worst = max(worst, 100 * (1 - plan.total(year)["yield_kwh"] / bound))
    return worst


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roofs", type=int, default=200_000)
    roofs = invented_roofs(parser.parse_args().roofs)
    rows = []
    ways = {
        "classes first, most energy": {}, "most energy": {"order": None},
        "least cost": {"order": None, "objective": "cost"},
        "least LCOE": {"order": None, "objective": "lcoe"}, "each township": {"scope": "township"},
    }  # fmt: skip
    plans = {name: coverage_plan(roofs, PHASES, co2_kg_kwh=0.5366, **way) for name, way in ways.items()}
    spent = {
        name: best(lambda w=way: coverage_plan(roofs, PHASES, co2_kg_kwh=0.5366, **w)) for name, way in ways.items()
    }
    classes = coverage_plan(roofs, {2023: preset_shares("整县推进")}, scope="class", co2_kg_kwh=0.5366)
    plans["整县推进 by class"] = classes
    over = {}
    for name, plan in plans.items():
        groups = plan.groups
        over[name] = float((groups["overshoot_m2"] / groups["last_roof_m2"]).max())
        points = 100 * (plan.reached["reached_share"] - plan.reached["target_share"]).max()
        cpu = spent[name].cpu if name in spent else None
        rows.append([name, cpu, over[name], points, plan.total()["yield_kwh"] / 1e6])
    table("coverage programme", ("way", "CPU s", "overshoot, roofs", "overshoot, points", "GWh/a"), rows)
    last_line(
        seconds_200k=max(s.cpu for s in spent.values()),
        overshoot_roofs=max(over.values()),
        overshoot_points=max(r[3] for r in rows[:2]),
        lp_gap_pct=gap_pct(roofs, plans["most energy"]),
    )


if __name__ == "__main__":
    main()
