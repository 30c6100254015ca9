"""A sample of roofs by weight, spread over classes, sizes and places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guanghui.pv.roofs.form_prior import size_of

__all__ = ["spread_sample"]


def spread_sample(shape: pd.DataFrame, east_m: np.ndarray, count: int, start: float) -> np.ndarray:
    """Roofs whose form is worth looking up, the larger the likelier.

    Systematic sampling by footprint along an order of class, size, length and place: every stratum gets the roofs its
    area asks for.

    Parameters
    ----------
    shape : pandas.DataFrame
        From :func:`pv.roofs.form.outline_shape`, n rows.
    east_m : numpy.ndarray
        Where each roof stands, shape (n,).
    count : int
        Roofs to draw; all of them where there are no more.
    start : float
        Where the first one is taken, 0 to 1.

    Returns
    -------
    numpy.ndarray
        Rows, rising.
    """
    area = shape["area_m2"].to_numpy(float)
    order = np.lexsort((east_m, shape["elongation"], size_of(area), shape["building_class"]))
    chance = _at_most_one(area[order], min(count, len(area)))
    reached = np.concatenate([[0.0], np.cumsum(chance)])
    picked = np.floor(reached[1:] - start + 1e-9) > np.floor(reached[:-1] - start + 1e-9)
    return np.asarray(np.sort(order[picked]))


def _at_most_one(weight: np.ndarray, count: int) -> np.ndarray:
    """Chances that sum to ``count``, as the weights but none above 1."""
    chance = np.zeros(len(weight))
    free = np.ones(len(weight), bool)
    while True:
        chance[free] = weight[free] * (count - (~free).sum()) / weight[free].sum()
        over = free & (chance > 1.0)
        if not over.any():
            return chance
        chance[over], free = 1.0, free & ~over
