"""A prior over roof forms, learned where a surface model shows them, for roofs of which only the outline is known.

Tables ship by place (``benchmarks.form`` writes them): how many roofs of a kind of outline had each form, how steep
they were, and what real roofs of a form keep of clean ones drawn on their outlines, the less the steeper they are. The
mix of forms differs from place to place and is worth little elsewhere (``PLACE``): only what size and height of an
outline tell goes over, as shares by length, filling or class learned elsewhere rank the roofs of a place no better and
mostly worse. Roofs of the place that somebody looked at move the mix and the tilts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import ndtri

from guanghui.data import read_table
from guanghui.pv.roofs.form import FORMS

__all__ = ["ENOUGH", "NODES", "PLACE", "SIZES", "STEEP_DEG", "FormPrior", "cell_names", "form_prior", "size_of"]

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
STEEP_DEG = 30.0
"""Roofs steeper than this have rooms behind them, dormers and windows [°]."""
NODES = (np.arange(11) + 0.5) / 11
"""Quantiles of what single roofs keep, beside their place's mean."""
_LEAST_SD = {"flat": 0.05, "gable": 0.10, "hip": 0.10, "shed": 0.10}
"""Spread between places of what a form keeps is not below this [1] (assumed: flat roofs of three places keep 0.85-0.87,
pitched ones 0.96-0.99 of a suburb and a made-up city and 0.74-0.81 of an old town with dormers)."""
_MADE_UP_SD = 0.15
"""Spread of single roofs that a made-up place does not show: dormers, chimneys, trees [1] (assumed)."""
_NO_TILT = (18.0, 24.0, 30.0)


def size_of(area_m2: np.ndarray) -> np.ndarray:
    """Number of the size of outlines, from 0.

    Parameters
    ----------
    area_m2 : numpy.ndarray
        Plan area [m²]; ``SIZES`` are the limits between the sizes.

    Returns
    -------
    numpy.ndarray
        int, shape as given.
    """
    return np.digitize(area_m2, SIZES)


def cell_names(shape: pd.DataFrame) -> list[np.ndarray]:
    """Kinds each roof is of: its size, its class and size, and all that is counted of its outline.

    Parameters
    ----------
    shape : pandas.DataFrame
        From :func:`pv.roofs.form.outline_shape`.
    """
    size = size_of(shape["area_m2"].to_numpy()).astype(str).astype(object)
    long = np.digitize(shape["elongation"], _LONG).astype(str).astype(object)
    rect = np.digitize(shape["rectangularity"], _RECT).astype(str).astype(object)
    tall = _is_tall(shape).astype(str).astype(object)
    kind = shape["building_class"].astype(str).to_numpy(object)
    return [size, kind + "." + size, size + "." + long + "." + rect + "." + tall]


def _is_tall(shape: pd.DataFrame) -> np.ndarray:
    return np.digitize(shape["storeys"], _TALL)


@dataclass(frozen=True)
class FormPrior:
    """What other places tell of the roofs of one."""

    shares: np.ndarray
    """Share of each form among low and among tall roofs of each size [1], shape (2, sizes, forms)."""
    tilt: Mapping[str, tuple[float, ...]]
    """Tilts of equal weight by form [°]; one of 0 for flat."""
    keep: Mapping[str, tuple[float, float]]
    """What real roofs keep of drawn ones by form: capacity and energy [1]."""
    keep_sd: Mapping[str, float]
    """How that differs between places by form [1]."""
    by_size: np.ndarray
    """What roofs of a size keep, over that of their form [1]; flat and pitched, shape (2, sizes)."""
    steep: float
    """What pitched roofs above ``STEEP_DEG`` keep, over the others [1]."""
    rest: np.ndarray
    """Quantiles ``NODES`` of the energy single roofs keep, over what is expected, shape (forms, sizes, nodes)."""

    def kept(self, form: str, area_m2: np.ndarray, tilt: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """What roofs of a form keep of drawn ones.

        Parameters
        ----------
        form : str
            One of ``FORMS``.
        area_m2 : numpy.ndarray
            Of their outlines [m²], shape (n,).
        tilt : float or numpy.ndarray
            [°].

        Returns
        -------
        tuple of numpy.ndarray
            Of the capacity and of the energy [1].
        """
        pitched = int(form != "flat")
        of_size = between_sizes(self.by_size[pitched][:, None], area_m2)[:, 0]
        factor = of_size * np.where(np.asarray(tilt, float) > STEEP_DEG, self.steep, 1.0) if pitched else of_size
        capacity, energy = self.keep[form]
        return capacity * factor, energy * factor

    def here(self, seen: pd.DataFrame | None) -> FormPrior:
        """The same with the tilts of the place, after some of its roofs were looked at.

        Parameters
        ----------
        seen : pandas.DataFrame, optional
            As in :meth:`mix`, with ``tilt`` [°], NaN where not told.
        """
        if seen is None or "tilt" not in seen:
            return self
        tilt = dict(self.tilt)
        for form in FORMS[1:]:
            own = seen.loc[seen["form"] == form, "tilt"].dropna().to_numpy(float)
            if len(own):
                at = (np.arange(len(self.tilt[form])) + 0.5) / len(self.tilt[form])
                part = len(own) / (len(own) + PLACE)
                tilt[form] = tuple((1 - part) * np.array(self.tilt[form]) + part * np.quantile(own, at))
        return replace(self, tilt=tilt)

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
        area, tall = shape["area_m2"].to_numpy(float), _is_tall(shape)
        p = np.where(tall[:, None] > 0, between_sizes(self.shares[1], area), between_sizes(self.shares[0], area))
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
        cells, of_seen = cell_names(shape), cell_names(seen)
        for level in (0, 1):
            table = pd.crosstab(pd.Series(of_seen[level]), seen["form"].to_numpy()).reindex(columns=list(FORMS))
            own = table.reindex(cells[level]).fillna(0.0).to_numpy(float)
            p = (own + PLACE * p) / (own.sum(axis=1, keepdims=True) + PLACE)
        return p


_MIDDLE = np.log(np.sqrt(np.array([SIZES[0] / 2, *SIZES]) * np.array([*SIZES, SIZES[-1] * 2])))
"""Logarithms of the middles of the sizes."""


def between_sizes(values: np.ndarray, area_m2: np.ndarray) -> np.ndarray:
    """Values by size, without a step from one size to the next.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (sizes, k).
    area_m2 : numpy.ndarray
        Of outlines [m²], shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (n, k).
    """
    at = np.log(np.maximum(np.asarray(area_m2, float), 1.0))
    return np.stack([np.interp(at, _MIDDLE, column) for column in values.T], axis=1)


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
        ``place form size steep roofs drawn_kwp kept_kwp drawn_kwh kept_kwh mark``; ``steep`` is 1 above ``STEEP_DEG``.
    rest : pandas.DataFrame
        ``place form size q01 … q11 roofs mark``.
    """
    weight = _PLACE_ROOFS / mix.groupby("place")["roofs"].sum()
    kept, kept_sd = _keep(keep)
    by_size, steep = _keep_by(keep)
    tilts = {f: _tilts(tilt, f, weight) for f in FORMS}
    return FormPrior(_shares(mix, weight), tilts, kept, kept_sd, by_size, steep, _rest(rest))


def _shares(mix: pd.DataFrame, weight: pd.Series) -> np.ndarray:
    """Shares of the forms by height and size; what is thin borrows from the size, and that from all roofs."""
    outline = mix["outline"].astype(str)
    counted = mix.assign(w=mix["roofs"] * mix["place"].map(weight), size=outline.str[0].astype(int),
                         tall=outline.str[-1].astype(int))  # fmt: skip

    def count(rows: pd.DataFrame) -> np.ndarray:
        return rows.groupby("form")["w"].sum().reindex(list(FORMS), fill_value=0.0).to_numpy(float)

    def borrowed(own: np.ndarray, parent: np.ndarray) -> np.ndarray:
        return np.asarray((own + _BORROW * parent) / (own.sum() + _BORROW))

    whole = borrowed(count(counted), np.full(len(FORMS), 1.0 / len(FORMS)))
    out = np.empty((2, len(SIZES) + 1, len(FORMS)))
    for size in range(len(SIZES) + 1):
        of_size = counted[counted["size"] == size]
        parent = borrowed(count(of_size), whole)
        for tall in (0, 1):
            out[tall, size] = borrowed(count(of_size[of_size["tall"] == tall]), parent)
    return out


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


def _ratio(rows: pd.DataFrame) -> tuple[float, float]:
    """Kept over drawn: capacity and energy."""
    total = rows[["drawn_kwp", "kept_kwp", "drawn_kwh", "kept_kwh"]].sum()
    return (float(total["kept_kwp"] / max(total["drawn_kwp"], 1e-9)),
            float(total["kept_kwh"] / max(total["drawn_kwh"], 1e-9)))  # fmt: skip


def _teachers(keep: pd.DataFrame, form: str) -> list[pd.DataFrame]:
    """Rows of the places that show enough roofs of a form; made-up ones only where no measured place does."""
    of_form = keep[keep["form"] == form]
    places = [rows for _, rows in of_form.groupby("place") if rows["roofs"].sum() >= ENOUGH]
    measured = [rows for rows in places if (rows["mark"] == "measured").all()]
    return measured or places


def _keep(keep: pd.DataFrame) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    """A place counts once; a pitched form that few places show borrows half a place from all pitched roofs."""
    mean, sd = {}, {}
    for forms in (FORMS[:1], FORMS[1:]):
        teachers = {form: _teachers(keep, form) for form in forms}
        alike = [rows for of_form in teachers.values() for rows in of_form]
        whole = np.array(_ratio(pd.concat(alike) if alike else keep))
        for form, rows in teachers.items():
            own = np.array([_ratio(r) for r in rows]).reshape(-1, 2)
            borrowed = 0.5 if len(forms) > 1 or not rows else 0.0
            c, e = (borrowed * whole + own.sum(axis=0)) / (borrowed + len(own))
            mean[form] = (float(c), float(e))
            shown = float(own[:, 1].std(ddof=1)) if len(own) > 1 else 0.0
            sd[form] = max(shown, _LEAST_SD[form])
    return mean, sd


def _keep_by(keep: pd.DataFrame) -> tuple[np.ndarray, float]:
    """What size and steepness change, within each place and form, so that places are not compared.

    A size that few roofs show is as its neighbour on the side of the common sizes.
    """
    rows = []
    for form in FORMS:
        for own in _teachers(keep, form):
            capacity = _ratio(own)[0]
            rows.append(own.assign(drawn=own["drawn_kwp"] * capacity, kept=own["kept_kwp"], pitched=form != "flat"))
    told = pd.concat(rows) if rows else keep.iloc[:0].assign(drawn=0.0, kept=0.0, pitched=False)

    def factor(own: pd.DataFrame, else_: float = 1.0) -> float:
        part = own["roofs"].sum() / (own["roofs"].sum() + ENOUGH)
        drawn = float(own["drawn"].sum())
        return float(else_ + part * (float(own["kept"].sum()) / drawn - else_)) if drawn > 0 else else_

    pitched = told[told["pitched"]]
    above, below = factor(pitched[pitched["steep"] == 1]), factor(pitched[pitched["steep"] == 0])
    level = pitched.assign(drawn=pitched["drawn"] * np.where(pitched["steep"] == 1, above, below))
    by_size = np.ones((2, len(SIZES) + 1))
    for k, of in enumerate((told[~told["pitched"]], level)):
        roofs = of.groupby("size")["roofs"].sum().reindex(range(len(SIZES) + 1), fill_value=0)
        most = int(roofs.to_numpy().argmax())
        by_size[k, most] = factor(of[of["size"] == most])
        for size in (*range(most + 1, len(SIZES) + 1), *range(most - 1, -1, -1)):
            by_size[k, size] = factor(of[of["size"] == size], by_size[k, size - int(np.sign(size - most))])
    return by_size, above / below


def _rest(rest: pd.DataFrame) -> np.ndarray:
    """Mean of the places' quantiles, cell by cell; a size nobody shows takes those of the nearest one."""
    columns = [f"q{k + 1:02d}" for k in range(len(NODES))]
    rest = rest.assign(**_widened(rest, columns))
    out = np.ones((len(FORMS), len(SIZES) + 1, len(NODES)))
    for f, form in enumerate(FORMS):
        of_form = rest[rest["form"] == form]
        of_form = of_form if len(of_form) else rest
        for size in range(len(SIZES) + 1):
            away = (of_form["size"] - size).abs()
            own = of_form[away == away.min()]
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
