"""What the map itself may have wrong: areas adjusted by a confusion matrix, with their errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.geo.units import Z95
from guanghui.sinks.factors.account import Account
from guanghui.sinks.factors.coefficients import Draws

__all__ = ["AdjustedAreas", "adjusted_areas", "with_map_error"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AdjustedAreas:
    """Areas after Olofsson et al. (2014)."""

    frame: pd.DataFrame
    """Index class: ``mapped_ha``, ``adjusted_ha``, ``se_ha``, ``low_ha``, ``high_ha`` (95 %), ``users_accuracy``,
    ``producers_accuracy``."""
    overall_accuracy: float
    counts: pd.DataFrame
    """Confusion matrix: map (rows) x reference (columns), numbers of samples."""

    @property
    def ratio(self) -> dict[str, float]:
        """Class -> adjusted over mapped area, of classes that are mapped at all."""
        frame = self.frame[self.frame["mapped_ha"] > 0]
        return dict(zip(frame.index.astype(str), frame["adjusted_ha"] / frame["mapped_ha"], strict=True))

    def area_draws(self, draws: int, seed: int) -> dict[str, Floats]:
        """Random true over mapped area of every class, shape (draws,) each.

        The reference class of the land of a map class is drawn from the Dirichlet distribution of its samples, so the
        areas of all classes sum to the whole in every draw.

        Parameters
        ----------
        draws : int
            How many.
        seed : int
            Of the run.

        Returns
        -------
        dict
            Ratio [1] by land class; classes the map does not show are left out.
        """
        rng = np.random.default_rng([seed, 0x0F50])
        mapped = self.frame["mapped_ha"].to_numpy(float)
        total = np.zeros((draws, len(mapped)))
        for area, row in zip(mapped, self.counts.to_numpy(float), strict=True):
            hit = row > 0
            total[:, hit] += area * rng.dirichlet(row[hit], draws)
        return {k: total[:, i] / mapped[i] for i, k in enumerate(self.frame.index) if mapped[i] > 0}


def adjusted_areas(counts: pd.DataFrame, mapped_ha: pd.Series) -> AdjustedAreas:
    """Correct mapped areas by a confusion matrix of samples drawn by map class.

    Parameters
    ----------
    counts : pandas.DataFrame
        Numbers of samples: map class (rows) x reference class (columns), the same classes in both.
    mapped_ha : pandas.Series
        Class -> mapped area [ha].

    Returns
    -------
    AdjustedAreas

    Raises
    ------
    InputError
        Classes that do not fit each other, a negative count, a mapped class without two samples.

    References
    ----------
    Olofsson P. et al. 2014, Remote Sensing of Environment 148:42, doi:10.1016/j.rse.2014.02.015, equations 1-11.

    Examples
    --------
    >>> counts = pd.DataFrame([[97, 3], [2, 98]], index=["a", "b"], columns=["a", "b"])
    >>> adjusted_areas(counts, pd.Series({"a": 1000.0, "b": 9000.0})).frame["adjusted_ha"].tolist()
    [1150.0, 8850.0]
    """
    classes = list(counts.index)
    if sorted(classes) != sorted(counts.columns) or sorted(classes) != sorted(mapped_ha.index):
        raise InputError(
            "map accuracy: rows, columns and mapped classes of the confusion matrix are not the same.",
            "制图精度：混淆矩阵的行、列与图上类别不一致。",
        )
    matrix = counts[classes].to_numpy(float)
    if (matrix < 0).any() or not np.isfinite(matrix).all():
        raise InputError(
            "map accuracy: a confusion matrix holds numbers of samples, none of them negative.",
            "制图精度：混淆矩阵应为不小于 0 的样本数。",
        )
    samples = matrix.sum(axis=1)
    few = [k for k, n in zip(classes, samples, strict=True) if n < 2]
    if few:
        raise InputError(
            f"map accuracy: classes {listing(few)} have fewer than two samples; sample each mapped class.",
            f"制图精度：类别 {listing(few)} 样本少于两个；请为每个类别抽样。",
        )
    mapped = mapped_ha[classes].to_numpy(float)
    weight = mapped / mapped.sum()
    share = matrix / samples[:, None]
    proportion = weight[:, None] * share
    reference = proportion.sum(axis=0)
    error = np.sqrt((weight[:, None] ** 2 * share * (1 - share) / (samples[:, None] - 1)).sum(axis=0))
    area = mapped.sum()
    diagonal = np.diag(proportion)
    frame = pd.DataFrame({"mapped_ha": mapped, "adjusted_ha": reference * area, "se_ha": error * area}, index=classes)
    frame["low_ha"] = frame["adjusted_ha"] - Z95 * frame["se_ha"]
    frame["high_ha"] = frame["adjusted_ha"] + Z95 * frame["se_ha"]
    frame["users_accuracy"] = np.diag(share)
    frame["producers_accuracy"] = np.divide(diagonal, reference, out=np.zeros(len(reference)), where=reference > 0)
    return AdjustedAreas(frame, float(diagonal.sum()), counts.loc[classes, classes])


def with_map_error(account: Account, areas: AdjustedAreas, draws: Draws) -> Account:
    """Account at the adjusted areas, whose draws also carry the error of the map, the same for all townships.

    Only lines that follow from the area of the map are moved: surveyed polygons and official volumes are no business
    of its confusion matrix. The estimate and its range both stand on the adjusted areas, so one lies inside the other.

    Parameters
    ----------
    account : Account
        With a key ``class``; its ``mapped`` lines are moved.
    areas : AdjustedAreas
        From :func:`adjusted_areas`.
    draws : Draws
        Number and seed of the random ratios.
    """
    ratio = areas.ratio
    lines = account.lines
    scale = lines["class"].map(ratio).fillna(1.0).where(lines["mapped"], 1.0).astype(float)
    random = {k: v / ratio[k] for k, v in areas.area_draws(draws.draws, draws.seed).items() if ratio[k] > 0}
    return replace(account, lines=lines.assign(amount=lines["amount"] * scale), area_ratio=random)
