"""A landscape of one species over decades, beside libcbm: its tutorial 2 (cbm3_tutorial2), harvests left out.

    python -m benchmarks.landscape

What means the same is compared: live biomass (stem, branches, foliage, coarse and fine roots) of stands that grow by
one table of volume by age, their ages running on. libcbm turns volume to biomass by a power law with factors for what
is below merchantable size (Boudewyn et al. 2007) and gives young stands without volume a biomass of their own; this
code has a line per cubic metre (``bef``) or with a constant (``fang``). So first the ageing is held against the peer
with the peer's own carbon by age, then each step that differs is exchanged for ours and its effect printed. Without
libcbm (``pip install libcbm``) the peer's figures as they were on 2.10.2 stand in. The last line is one JSON object.
"""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.common import table
from guanghui.sinks.carbon.growth import GrowthCurve, fitted_volume
from guanghui.sinks.factors.coefficients import constant
from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.land.aged import AgedStratum

__all__ = [
    "DENSITY_TC_HA",
    "LIVE_TC",
    "VOLUME_M3_HA",
    "ByAge",
    "by_age",
    "compared",
    "landscape_tc",
    "live_tc",
    "peer",
    "run_libcbm",
]

Floats = npt.NDArray[np.float64]
YEARS = (0, 10, 20, 30, 40, 60)
VOLUME_M3_HA = (0, 0, 0, 8, 20, 33, 49, 63, 78, 93, 106, 112, *(113,) * 9)
"""Merchantable volume at the ages 0, 10 … 200 (libcbm resources, cbm3_tutorial2/growth_and_yield.csv)."""
DENSITY_TC_HA = (
    0.0, 0.960, 4.556, 10.594, 17.859, 23.731, 30.171, 35.412, 40.766, 45.924, 50.273, 52.249, *(52.576,) * 9,
)  # fmt: skip
"""Live carbon at those ages as libcbm 2.10.2 made it, balsam fir of Ontario, Boreal Shield East [t C/ha]."""
LIVE_TC = (761_594.4, 814_022.2, 864_609.2, 910_679.2, 950_149.8, 1_009_285.0)
"""Live carbon of the landscape of libcbm 2.10.2 after so many ``YEARS``, without disturbance [t C]."""
CLASS_HA, BARE_HA, CLASSES, STEP = 1000.0, 200.0, 20, 10.0
"""The inventory: bare land, and twenty classes of ten years of a thousand hectares."""


@dataclass(frozen=True)
class ByAge(GrowthCurve):
    """Curve read off a table in place of a fitted one: amounts at the ages 0, 10 … 200."""

    values: tuple[float, ...] = ()

    def volume(self, age: npt.ArrayLike) -> Floats:
        """Amount at an age, straight between the ages of the table and level after the last."""
        return np.interp(np.asarray(age, float), np.arange(len(self.values)) * STEP, self.values)


def by_age(values: tuple[float, ...], per_m3: float = 1.0, per_ha: float = 0.0) -> ByAge:
    """Curve of amounts at the ages 0, 10 …, each times a carbon and with a constant."""
    spread = load_factors()["forest.tree.growth_rate"]
    return ByAge("other_conifer", "natural", max(values), 0.05, 2.5, spread, per_m3, per_ha, STEP, values)


def landscape_tc(curve: GrowthCurve, years: int, first_age: float = 0.5) -> float:
    """Live carbon of the landscape after some years, its classes aged as strata are [t C].

    Parameters
    ----------
    curve : GrowthCurve
        Carbon by age: its volume times its carbon of a cubic metre and what a hectare holds beside.
    years : int
        From the inventory on.
    first_age : float
        Lower end of the first class [yr]: the peer has the ages 1 to 10 in it.
    """
    out = BARE_HA * float(curve.density(years))
    for k in range(CLASSES):
        row = {"class": "forest", "species": "", "source": "default", "code": "a", "layer": "stands",
               "area_ha": CLASS_HA, "volume_m3": 0.0}  # fmt: skip
        ends = (first_age + STEP * k, first_age + STEP * (k + 1))
        stand = AgedStratum(row, curve, ends, constant(curve.per_m3_tc), 0.0)
        ages = stand.ages + years
        constant_tc = float(np.mean(curve.density(ages) - curve.per_m3_tc * curve.volume(ages)))
        out += curve.per_m3_tc * stand.volume(years) + CLASS_HA * constant_tc
    return out


def run_libcbm(years: int, *, harvested: bool) -> tuple[pd.DataFrame, pd.DataFrame, Floats]:
    """Run tutorial 2 of libcbm.

    Parameters
    ----------
    years : int
        How long.
    harvested : bool
        With its harvests, or ageing alone.

    Returns
    -------
    tuple
        Pools [t C] and state of each stand by ``timestep``, and area of the stands [ha].
    """
    from libcbm import resources
    from libcbm.input.sit import sit_cbm_factory
    from libcbm.model.cbm import cbm_simulator
    from libcbm.model.cbm.cbm_output import CBMOutput

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a Linux distribution it was not tested on
        config = Path(resources.get_test_resources_dir()) / "cbm3_tutorial2" / "sit_config.json"
        sit = sit_cbm_factory.load_sit(str(config))
        if not harvested:
            sit.sit_data.disturbance_events = None
        classifiers, inventory = sit_cbm_factory.initialize_inventory(sit)
        out = CBMOutput(classifier_map=sit.classifier_value_names, disturbance_type_map=sit.disturbance_name_map)
        with sit_cbm_factory.initialize_cbm(sit) as cbm:
            before = lambda _, variables: variables  # noqa: E731
            if harvested:
                before = sit_cbm_factory.create_sit_rule_based_processor(sit, cbm).pre_dynamics_func
            cbm_simulator.simulate(
                cbm, n_steps=years, classifiers=classifiers, inventory=inventory, pre_dynamics_func=before,
                reporting_func=out.append_simulation_result,
            )  # fmt: skip
    return out.pools.to_pandas(), out.state.to_pandas(), inventory.to_pandas()["area"].to_numpy(float)


def live_tc(pools: pd.DataFrame) -> pd.Series:
    """Live carbon of the conifers, row by row [t C].

    Parameters
    ----------
    pools : pandas.DataFrame
        From :func:`run_libcbm`.
    """
    return pools[[c for c in pools.columns if c.startswith("Softwood") and "Snag" not in c]].sum(axis=1)


def peer() -> tuple[tuple[float, ...], tuple[float, ...], bool]:
    """Carbon by age and of the landscape from libcbm itself, else its figures of 2.10.2; whether it ran."""
    if importlib.util.find_spec("libcbm") is None:
        return DENSITY_TC_HA, LIVE_TC, False
    pools, state, area = run_libcbm(max(YEARS), harvested=False)
    live = live_tc(pools)
    total = live.groupby(pools["timestep"]).sum()
    now = (pools["timestep"] == 0).to_numpy()
    by_age = dict(zip(state.loc[now, "age"], live[now].to_numpy() / area, strict=True))
    return tuple(by_age[10 * k] for k in range(21)), tuple(float(total[y]) for y in YEARS), True


def compared() -> Mapping[str, tuple[float, ...]]:
    """Difference of our landscape from the peer's after ``YEARS`` [%], step by step."""
    density, live, _ = peer()
    volume = np.array(VOLUME_M3_HA, float)
    grown = volume > 0
    a, b = np.polyfit(volume[grown], np.array(density)[grown], 1)
    points = tuple((STEP * k + STEP / 2, float(np.interp(STEP * k + STEP / 2, STEP * np.arange(21), volume)))
                   for k in range(CLASSES))  # fmt: skip
    fitted = fitted_volume(points)
    spread = load_factors()["forest.tree.growth_rate"]
    linear = density[-1] / volume[-1]
    cases: dict[str, tuple[GrowthCurve, float]] = {
        "ageing, carbon by age of the peer": (by_age(tuple(density)), 0.5),
        "the same, classes of whole years (0-10)": (by_age(tuple(density)), 0.0),
        "volume x carbon of a cubic metre (bef)": (by_age(tuple(volume), linear), 0.5),
        "volume x a + b (fang)": (by_age(tuple(volume), float(a), float(b)), 0.5),
        "fitted curve, a + b": (
            GrowthCurve("other_conifer", "natural", *fitted, spread, float(a), float(b), 25.0),
            0.5,
        ),
    }
    return {
        name: tuple(100 * (landscape_tc(curve, y, first) / x - 1) for y, x in zip(YEARS, live, strict=True))
        for name, (curve, first) in cases.items()
    }


def main() -> None:
    """Print the differences."""
    found, ran = compared(), peer()[2]
    print(f"libcbm {'ran' if ran else 'is not installed: its figures of 2.10.2'}; difference of live carbon [%]")
    table("landscape of libcbm's tutorial 2", ("step", *(f"{y} a" for y in YEARS)),
          [[name, *values] for name, values in found.items()])  # fmt: skip
    print(json.dumps({"ran": ran, **found}))


if __name__ == "__main__":
    main()
