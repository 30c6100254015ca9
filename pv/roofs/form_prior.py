"""A prior over roof forms, learned where a surface model shows them, for roofs of which only the outline is known.

Three tables ship, each counted by place (``benchmarks.form`` writes them): how many roofs of a kind of outline had each
form, how steep they were, and what a real roof of a form keeps of a clean one drawn on its outline. The mix of forms
differs from place to place and is worth little elsewhere (``PLACE``); what a form keeps hardly differs. Roofs of the
place that somebody looked at move the mix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import ndtri

from guanghui.data import read_table
from guanghui.pv.roofs.form import FORMS

__all__ = ["ENOUGH", "NODES", "PLACE", "SIZES", "FormPrior", "cell_names", "form_prior", "size_of"]

SIZES = (80.0, 150.0, 300.0, 800.0, 2500.0)
"""Limits between sizes of outlines [m²]."""
_LONG = (1.2, 1.7)
_RECT = (0.85,)
_TALL = (4.5,)
_BORROW = 3.0
"""Roofs that a cell of the mix borrows from its parent cell (assumed)."""
_PLACE_ROOFS = 300.0
"""Roofs each place counts for, whatever its size (assumed)."""
PLACE = 8.0
"""Roofs looked at here that the mix of other places is worth (assumed)."""
ENOUGH = 15
"""Roofs of a form that a place must show before what they keep counts."""
NODES = (np.arange(11) + 0.5) / 11
"""Quantiles of what single roofs keep, beside their place's mean."""
_LEAST_SD = {"flat": 0.05, "gable": 0.10, "hip": 0.10, "shed": 0.10}
"""Spread between places of what a form keeps is not below this [1] (assumed: flat roofs of three places keep 0.85-0.87,
pitched ones 0.94-0.99 of a suburb and a made-up city and 0.67-0.81 of an old town with dormers)."""
_MADE_UP_SD = 0.15
"""Spread of single roofs that a made-up place does not show: dormers, chimneys, trees [1] (assumed)."""
_NO_TILT = (18.0, 24.0, 30.0)


def size_of(area_m2: np.ndarray) -> np.ndarray:
    """Number of the size of outlines, from 0."""
    return np.digitize(area_m2, SIZES)


def cell_names(shape: pd.DataFrame) -> list[np.ndarray]:
    """Cells of the mix each roof lies in, from all roofs to the narrowest.

    Parameters
    ----------
    shape : pandas.DataFrame
        From :func:`pv.roofs.form.outline_shape`.
    """
    size = size_of(shape["area_m2"].to_numpy()).astype(str).astype(object)
    long = np.digitize(shape["elongation"], _LONG).astype(str).astype(object)
    rect = np.digitize(shape["rectangularity"], _RECT).astype(str).astype(object)
    tall = np.digitize(shape["storeys"], _TALL).astype(str).astype(object)
    kind = shape["building_class"].astype(str).to_numpy(object)
    outline = size + "." + long + "." + rect + "." + tall
    return [np.full(len(shape), "all", object), size, size + "." + long, outline, kind + "." + outline]


@dataclass(frozen=True)
class FormPrior:
    """What other places tell of the roofs of one."""

    counts: tuple[pd.DataFrame, ...]
    """Roofs by cell and form, one table a level of :func:`cell_names`."""
    tilt: Mapping[str, tuple[float, ...]]
    """Tilts of equal weight by form [°]; one of 0 for flat."""
    keep: Mapping[str, tuple[float, float]]
    """What real roofs keep of drawn ones by form: capacity and energy [1]."""
    keep_sd: Mapping[str, float]
    """How that differs between places by form [1]."""
    rest: np.ndarray
    """Quantiles ``NODES`` of the energy single roofs keep, over that of their place, shape (forms, sizes, nodes)."""

    def mix(
        self,
        shape: pd.DataFrame,
        seen: pd.DataFrame | None = None,
        shares: Mapping[str, Mapping[str, float]] | None = None,
    ) -> np.ndarray:
        """Probability of each form on each roof.

        Parameters
        ----------
        shape : pandas.DataFrame
            From :func:`pv.roofs.form.outline_shape`.
        seen : pandas.DataFrame, optional
            The same of roofs of this place whose ``form`` somebody looked at.
        shares : mapping, optional
            Building class -> form -> share that the region file states for its roofs.

        Returns
        -------
        numpy.ndarray
            Shape (n, forms), rows sum to 1.
        """
        cells = cell_names(shape)
        p = np.full((len(shape), len(FORMS)), 1.0 / len(FORMS))
        for table, names in zip(self.counts, cells, strict=True):
            own = table.reindex(names).fillna(0.0).to_numpy(float)
            p = (own + _BORROW * p) / (own.sum(axis=1, keepdims=True) + _BORROW)
        for kind, stated in (shares or {}).items():
            here = (shape["building_class"] == kind).to_numpy()
            if here.any():
                wanted = np.array([stated.get(f, 0.0) for f in FORMS])
                p[here] = _tilted(p[here], wanted / wanted.sum())
        if seen is None or seen.empty:
            return p
        count = seen["form"].value_counts().reindex(list(FORMS), fill_value=0).to_numpy(float)
        mean = self.mix(seen.drop(columns="form"), None, shares).mean(axis=0)
        odds = (count + PLACE * mean) / (count.sum() + PLACE) / np.maximum(mean, 1e-6)
        p = p * odds
        p /= p.sum(axis=1, keepdims=True)
        of_seen = cell_names(seen)
        for level in (1, len(cells) - 1):
            table = pd.crosstab(pd.Series(of_seen[level]), seen["form"].to_numpy()).reindex(columns=list(FORMS))
            own = table.reindex(cells[level]).fillna(0.0).to_numpy(float)
            p = (own + PLACE * p) / (own.sum(axis=1, keepdims=True) + PLACE)
        return p


def _tilted(p: np.ndarray, wanted: np.ndarray, rounds: int = 50) -> np.ndarray:
    """Odds multiplied so that the mean over the roofs is what is wanted; what outlines tell of single roofs stays."""
    odds = np.ones(p.shape[1])
    for _ in range(rounds):
        now = p * odds
        now /= np.maximum(now.sum(axis=1, keepdims=True), 1e-12)
        odds = odds * wanted / np.maximum(now.mean(axis=0), 1e-12)
    now = p * odds
    return np.asarray(now / np.maximum(now.sum(axis=1, keepdims=True), 1e-12))


@lru_cache(maxsize=8)
def form_prior(without: tuple[str, ...] = ()) -> FormPrior:
    """Prior of the shipped tables.

    Parameters
    ----------
    without : tuple of str, optional
        Places left out, so that a place can be told from the others alone.
    """
    tables = [read_table("factors", f"roof_form_{name}.csv") for name in ("mix", "tilt", "keep", "rest")]
    return fitted(*(t[~t["place"].isin(without)] for t in tables))


def fitted(mix: pd.DataFrame, tilt: pd.DataFrame, keep: pd.DataFrame, rest: pd.DataFrame) -> FormPrior:
    """Prior of tables counted by place, every place with the same weight.

    Parameters
    ----------
    mix : pandas.DataFrame
        ``place building_class outline form roofs``; an outline is ``size.length.rectangularity.height``.
    tilt : pandas.DataFrame
        ``place form low_deg middle_deg high_deg roofs``.
    keep : pandas.DataFrame
        ``place form capacity energy roofs``.
    rest : pandas.DataFrame
        ``place form size q01 … q11 roofs mark``.
    """
    weight = _PLACE_ROOFS / mix.groupby("place")["roofs"].sum()
    counted = mix.assign(w=mix["roofs"] * mix["place"].map(weight), all="all")
    outline = counted["outline"].astype(str)
    counted["size"], counted["long"] = outline.str.slice(0, 1), outline.str.slice(0, 3)
    counted["whole"] = counted["building_class"].astype(str) + "." + outline
    counts = tuple(
        counted.pivot_table(index=c, columns="form", values="w", aggfunc="sum", fill_value=0.0).reindex(
            columns=list(FORMS), fill_value=0.0
        )
        for c in ("all", "size", "long", "outline", "whole")
    )
    kept, kept_sd = _keep(keep)
    return FormPrior(counts, {f: _tilts(tilt, f, weight) for f in FORMS}, kept, kept_sd, _rest(rest))


def _tilts(tilt: pd.DataFrame, form: str, weight: pd.Series) -> tuple[float, ...]:
    if form == "flat":
        return (0.0,)
    own = tilt[(tilt["form"] == form) & (tilt["roofs"] >= 8)]
    if own.empty:
        return _NO_TILT
    w = (own["roofs"] * own["place"].map(weight)).to_numpy(float)
    values = own[["low_deg", "middle_deg", "high_deg"]].to_numpy(float)
    order = np.argsort(values, axis=None)
    steps = np.repeat(w, 3)[order]
    place = (np.cumsum(steps) - steps / 2) / steps.sum()
    return tuple(float(v) for v in np.interp([1 / 6, 1 / 2, 5 / 6], place, values.ravel()[order]))


def _keep(keep: pd.DataFrame) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    """A place counts once; a form that few places show borrows half a place from all forms."""
    good = keep[keep["roofs"] >= ENOUGH]
    good = good if len(good) else keep
    whole = good[["capacity", "energy"]].mean()
    mean, sd = {}, {}
    for form in FORMS:
        own = good[good["form"] == form]
        c, e = (0.5 * whole[k] + own[k].sum() for k in ("capacity", "energy"))
        mean[form] = (float(c / (0.5 + len(own))), float(e / (0.5 + len(own))))
        shown = float(own["energy"].std(ddof=1)) if len(own) > 1 else 0.0
        sd[form] = max(shown, _LEAST_SD[form])
    return mean, sd


def _rest(rest: pd.DataFrame) -> np.ndarray:
    """Mean of the places' quantiles, cell by cell; a cell nobody shows takes those of its form, then of all."""
    columns = [f"q{k + 1:02d}" for k in range(len(NODES))]
    rest = rest.assign(**_widened(rest, columns))
    out = np.ones((len(FORMS), len(SIZES) + 1, len(NODES)))
    for f, form in enumerate(FORMS):
        of_form = rest[rest["form"] == form]
        of_form = of_form if len(of_form) else rest
        for size in range(len(SIZES) + 1):
            own = of_form[of_form["size"] == size]
            own = own if len(own) else of_form
            out[f, size] = own[columns].to_numpy(float).mean(axis=0)
    return out


def _widened(rest: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Quantiles of made-up places drawn apart by what these do not show."""
    values = rest[columns].to_numpy(float)
    middle = values[:, [len(columns) // 2]]
    normal = ndtri(NODES)[None, :]
    wide = middle + np.sign(normal) * np.hypot(values - middle, _MADE_UP_SD * normal)
    made_up = (rest["mark"] == "assumed").to_numpy()[:, None]
    return pd.DataFrame(np.where(made_up, np.maximum(wide, 0.0), values), rest.index, columns)
