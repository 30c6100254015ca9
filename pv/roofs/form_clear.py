"""What roofs somebody looked at tell of the share that modules can cover: of the place, and of themselves.

The prior (:mod:`pv.roofs.form_prior`) knows what roofs of a form keep elsewhere. A picture shows how much of a roof is
left between dormers, plant and narrow pieces; it has to be traced, as shares guessed by eye differ by 10 to 20 points
from person to person (Sykes et al. 1983, Journal of Ecology 71; one person alone by 5 to 15). The mean of what is
traced over what is expected moves the place, as far as the number of roofs and their spread allow; each traced roof
moves itself; and roofs that differ less, or more, than those elsewhere narrow or widen the interval of all.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from guanghui.pv.roofs.form import FORMS
from guanghui.pv.roofs.form_prior import PLACE, FormPrior, size_of

__all__ = ["TRACE_SD", "own_share", "with_clear"]

TRACE_SD = 0.06
"""A traced share of one roof errs by this part of the roof [1] (assumed; one person's guesses err by 0.03 to 0.09)."""
_ALIKE = 0.05
"""And all roofs together by this part of the share [1]: one hand traces them (0.03, assumed), and places differ in what
share and capacity have to do with each other (0.04, measured): flat roofs have pitched parts, others level ones."""
_UNTOLD = 0.05
"""What its share does not tell of the energy of one roof [1] (0.01 to 0.06 measured)."""
_LEAST = 0.05
"""Expected shares below this tell nothing [1]."""


def with_clear(prior: FormPrior, told: pd.DataFrame) -> FormPrior:
    """The prior of a place some of whose roofs were looked at.

    Flat and pitched roofs are moved apart: ``m = 1 + λ (r − 1)`` with r the sum of the shares seen over that of the
    shares expected and ``λ = τ² / (τ² + s²/n)``, τ being how places differ and s how single roofs do, tracing
    included. Roofs drawn by area need no weights for this ratio.

    Parameters
    ----------
    prior : FormPrior
        Of other places.
    told : pandas.DataFrame
        Roofs looked at: ``form``, ``area_m2`` [m²], ``clear`` (share seen) and ``expected`` (share the prior gives)
        [1].
    """
    told = told[np.isfinite(told["clear"]) & (told["expected"] > _LEAST)]
    keep, keep_sd, rest = dict(prior.keep), dict(prior.keep_sd), prior.rest.copy()
    for forms in (FORMS[:1], FORMS[1:]):
        own = told[told["form"].isin(forms)]
        if own.empty:
            continue
        clear, expected, n = own["clear"].to_numpy(float), own["expected"].to_numpy(float), len(own)
        before, err = float(_rest_sd(prior, own).mean()), float(_error(expected.mean()))
        seen = float(clear.sum() / expected.sum())
        gap = (clear - seen * expected) / expected.mean()
        squares = (PLACE * (before**2 + err**2) + float((gap**2).sum())) / (PLACE + n - 1)
        narrower = np.sqrt(max(squares - err**2, (0.25 * before) ** 2)) / max(before, 1e-9)
        for form in forms:
            at, between = FORMS.index(form), prior.keep_sd[form] ** 2
            trust = between / (between + squares / n)
            moved = 1.0 + trust * (seen - 1.0)
            keep[form] = (prior.keep[form][0] * moved, prior.keep[form][1] * moved)
            keep_sd[form] = float(np.hypot(np.sqrt(between * (1.0 - trust)), trust * _ALIKE))
            rest[at] = np.maximum(1.0 + (rest[at] - 1.0) * narrower, 0.0)
    return replace(prior, keep=keep, keep_sd=keep_sd, rest=rest)


def own_share(
    prior: FormPrior, form: str, area_m2: np.ndarray, clear: np.ndarray, expected: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What a roof of known share gives over what is expected, and how much of its spread is left.

    Parameters
    ----------
    prior : FormPrior
        After :func:`with_clear`.
    form : str
        One of ``FORMS``.
    area_m2 : numpy.ndarray
        Of the outlines [m²], shape (n,).
    clear, expected : numpy.ndarray
        Share seen (NaN where nobody looked) and share expected [1], shape (n,).

    Returns
    -------
    tuple of numpy.ndarray
        Factor of the energy and of its spread [1]; 1 and 1 where nobody looked.
    """
    told = np.isfinite(clear) & (expected > _LEAST)
    share = np.where(told, expected, 1.0)
    single = prior.rest[FORMS.index(form)].std(axis=1)[size_of(area_m2)] ** 2
    trust = np.where(told, single / (single + _error(share) ** 2), 0.0)
    factor = 1.0 + trust * (np.where(told, clear, share) / share - 1.0)
    return factor, np.sqrt(1.0 - trust)


def _error(share: np.ndarray | float) -> np.ndarray | float:
    """Relative error with which one traced roof tells its energy."""
    return np.hypot(TRACE_SD / share, _UNTOLD)


def _rest_sd(prior: FormPrior, roofs: pd.DataFrame) -> np.ndarray:
    form = roofs["form"].map({f: k for k, f in enumerate(FORMS)}).to_numpy(int)
    return np.asarray(prior.rest[form, size_of(roofs["area_m2"].to_numpy(float))].std(axis=1))
