"""Measured over expected energy of sound plants: half of them give the factor and its spread, the others test it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

__all__ = ["HALVES", "LEAST_MONTHS", "LEAST_PLANTS", "LEVEL", "Calibration", "calibrate"]

LEAST_PLANTS = 10
"""With fewer sound plants neither half says anything (own choice)."""
LEAST_MONTHS = 12
"""Months a plant must have been read: an index of a part of a year is one of its season."""
LEVEL = 0.90
"""Part of the plants an interval is to hold [1]."""
HALVES = ("fit", "test")


@dataclass(frozen=True)
class Calibration:
    """A factor on the expected energy of a plant, and how it did on plants it had not seen."""

    plants: pd.DataFrame
    """Sound plants: ``plant half index calibrated_index low_index high_index inside``; the last three of the tested."""
    factor: float = math.nan
    """Measured over expected energy, geometric mean of the fitted half [1]."""
    spread: float = math.nan
    """Relative deviation of the single plant around the factor (of the logarithms) [1]."""
    low: float = math.nan
    high: float = math.nan
    """Ends of the 90 % interval of a further plant, measured over expected [1]."""
    error_before_pct: float = math.nan
    """Mean of measured over expected less one on the tested half [%]."""
    error_after_pct: float = math.nan
    """The same against the expected energy times the factor [%]."""
    covered_pct: float = math.nan
    """Tested plants inside the interval [%]."""
    why_zh: str = ""
    why_en: str = ""
    """Why there is no factor; empty where there is one."""

    @property
    def known(self) -> bool:
        """Whether there is a factor."""
        return not self.why_en

    def count(self, half: str) -> int:
        """Number of plants.

        Parameters
        ----------
        half : {"fit", "test"}
            Half asked for.
        """
        return int((self.plants["half"] == half).sum())


def calibrate(plants: pd.DataFrame, months: pd.DataFrame, suspects: pd.DataFrame, seed: int) -> Calibration:
    """Draw half of the sound plants for a factor, and test it on the others.

    Parameters
    ----------
    plants, months, suspects : pandas.DataFrame
        As in :class:`pv.meters.index.MeterFindings`.
    seed : int
        Of the draw; the order of the plants does not matter.

    Notes
    -----
    Sound is a plant that was held against the weather of the time, was read for a year, and is suspected of nothing but
    gaps of its meter. In logarithms the interval of a further plant is that of Student for the mean of n:
    ``m ± t(0.95, n - 1) s √(1 + 1/n)``; it holds 90 % of plants whatever n is, if the logarithms are normal.
    """
    judged = plants[plants["judged_by"].isin(["hours", "months"]) & (plants["index"] > 0)]
    faulty = set(suspects.loc[suspects["fault"] != "gap", "plant"])
    well = judged[~judged["plant"].isin(faulty)]
    read = months[months["expected_kwh"] > 0].groupby("plant")["month"].nunique()
    sound = well[well["plant"].map(read).fillna(0) >= LEAST_MONTHS].sort_values("plant", ignore_index=True)
    out = sound[["plant", "index"]].assign(half="", calibrated_index=np.nan, low_index=np.nan, high_index=np.nan,
                                           inside=False)  # fmt: skip
    out = out[["plant", "half", "index", "calibrated_index", "low_index", "high_index", "inside"]]
    if len(sound) < LEAST_PLANTS:
        lost = {"unjudged": len(plants) - len(judged), "faulty": len(judged) - len(well),
                "short": len(well) - len(sound)}  # fmt: skip
        en = (
            f"{len(sound)} sound plants of {len(plants)} are fewer than {LEAST_PLANTS}: {lost['unjudged']} were not "
            f"held against the weather of the time, {lost['faulty']} are suspects, {lost['short']} were read for less "
            f"than {LEAST_MONTHS} months"
        )
        zh = (
            f"{len(plants)} 座电站中正常的只有 {len(sound)} 座，少于 {LEAST_PLANTS} 座：{lost['unjudged']} 座没有"
            f"当年气象可对照，{lost['faulty']} 座疑似有问题，{lost['short']} 座不足 {LEAST_MONTHS} 个月"
        )
        return Calibration(out, why_zh=zh, why_en=en)
    order = np.random.default_rng(seed).permutation(len(out))
    fitted = order[: (len(out) + 1) // 2]
    out["half"] = np.where(np.isin(np.arange(len(out)), fitted), *HALVES)
    logs = np.log(out["index"].to_numpy(float))
    mine = logs[(out["half"] == "fit").to_numpy()]
    mean, spread, n = float(mine.mean()), float(mine.std(ddof=1)), len(mine)
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * spread * math.sqrt(1 + 1 / n)
    factor, low, high = math.exp(mean), math.exp(mean - half), math.exp(mean + half)
    tested = (out["half"] == "test").to_numpy()
    index = out["index"].to_numpy(float)
    out["calibrated_index"] = index / factor
    out.loc[tested, ["low_index", "high_index"]] = [low, high]
    out["inside"] = tested & (index >= low) & (index <= high)
    return Calibration(
        out, factor, spread, low, high, 100 * float(index[tested].mean() - 1),
        100 * float((index[tested] / factor).mean() - 1), 100 * float(out["inside"].to_numpy()[tested].mean()),
    )  # fmt: skip
