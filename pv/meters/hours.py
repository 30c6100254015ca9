"""What hours of a meter tell: a clock that jumped, new shade, a capped noon, a silent string, dirt.

A plant is held against its own start, so that a constant bias of the model is no fault. All tests read the ratio of
measured to expected energy; both are for the weather of the same hours.

Notes
-----
The clock is told by the centre of gravity of the day, which moves while the energy stays whole. Shade and a cap take
some hours of the day under a clear sky and leave the others; a cap is flat where the expected power still varies. What
takes all hours alike is a silent string where it stays, and dirt where it comes back to the start after rain. Limits
stand a factor of about two above the scatter of sound meters with 3 % noise an hour and 2 % a day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FAULTS", "Suspect", "suspects_of_hours"]

Floats = npt.NDArray[np.float64]

FAULTS = ("clock", "new_shade", "curtailed", "string", "soiling", "loss", "gap")
"""What a suspect may be: ``loss`` where months alone are known, ``gap`` where hours are missing."""
_START_DAYS = 90
_CLOCK_H = 0.5
_WINDOW = 60
_STEP = 15
_CLEAR = 0.6
"""Hours above this part of the best of their half-month count as clear [1]."""
_SHADE, _CAP, _QUIET = 0.08, 0.05, 0.03
_STRING, _DIRT, _CLEAN = 0.045, 0.035, 0.03
_LEAST_HOURS = 8
_REMEMBERS = 0.22
_FLAT = 0.08
_WEAR = 0.005
"""Wear of modules a year that is no fault [1] (0.5 % a year)."""
_FEW_DAYS = 200


@dataclass(frozen=True)
class Suspect:
    """One thing that looks wrong with a plant."""

    fault: str
    """One of ``FAULTS``."""
    first_day: int
    """Day from which it shows, counted from the first of the series."""
    size: float
    """Hours the clock jumped [h], else part of the energy lost since [1]."""
    hours: tuple[int, ...] = ()
    """Hours of the day it takes, where it takes some only."""


def suspects_of_hours(measured: Floats, expected: Floats) -> list[Suspect]:
    """Look for faults in whole days of hours.

    Parameters
    ----------
    measured, expected : numpy.ndarray
        Energy of each hour [kWh], NaN where the meter says nothing; shape (days, 24).

    Returns
    -------
    list of Suspect
        At most one of each kind; empty for a sound plant, or for one with less than about seven months of days.
    """
    have = np.isfinite(measured)
    m, e = np.where(have, measured, 0.0), np.where(have, expected, 0.0)
    sunny = e.sum(axis=1) > 0.05 * np.nanmax(np.where(have.any(axis=1), e.sum(axis=1), np.nan))
    days = np.flatnonzero(sunny & (have | (expected <= 0)).all(axis=1))
    if len(days) < _FEW_DAYS:
        return []
    m, e = m[days], e[days]
    clock = _clock(m, e)
    if clock is not None:
        return [_moved(clock, days)]
    some = _some_hours(m, e)
    if some is not None:
        return [_moved(some, days)]
    whole = _all_hours(m, e)
    return [] if whole is None else [_moved(whole, days)]


def _moved(found: Suspect, days: npt.NDArray[np.int64]) -> Suspect:
    return Suspect(found.fault, int(days[found.first_day]), found.size, found.hours)


def _clock(m: Floats, e: Floats) -> Suspect | None:
    """A jump of the centre of gravity of the day."""
    hour = np.arange(24)
    total = m.sum(axis=1)
    shift = np.divide(m @ hour, total, out=np.full(len(m), np.nan), where=total > 0) - (e @ hour) / e.sum(axis=1)
    start = np.nanmedian(shift[:_START_DAYS])
    smooth = _rolling_median(shift - start, 15)
    if np.nanmax(np.abs(smooth)) < _CLOCK_H:
        return None
    far = np.abs(smooth) >= _CLOCK_H
    first = int(np.argmax(far))
    size = float(np.nanmedian((shift - start)[first:][far[first:]]))
    return Suspect("clock", first, size)


def _rolling_median(values: Floats, width: int) -> Floats:
    pad = np.pad(values, (width // 2, width - 1 - width // 2), mode="edge")
    return np.asarray(np.nanmedian(np.lib.stride_tricks.sliding_window_view(pad, width), axis=1))


def _clear_hours(e: Floats) -> npt.NDArray[np.bool_]:
    """Hours near the best of their hour and half-month."""
    clear = np.zeros(e.shape, bool)
    for first in range(0, len(e), 15):
        part = e[first : first + 15]
        best = part.max(axis=0)
        clear[first : first + 15] = (part > _CLEAR * best) & (best > 0.05 * e.max())
    return clear


def _ratio_by_hour(m: Floats, e: Floats, clear: npt.NDArray[np.bool_]) -> Floats:
    """Measured over expected energy of clear hours, by hour of the day; NaN with few of them."""
    top, below = np.where(clear, m, 0.0).sum(axis=0), np.where(clear, e, 0.0).sum(axis=0)
    enough = clear.sum(axis=0) >= _LEAST_HOURS
    return np.divide(top, below, out=np.full(24, np.nan), where=enough & (below > 0))


def _some_hours(m: Floats, e: Floats) -> Suspect | None:
    """Shade or a cap: some hours fall behind under a clear sky, the others do not."""
    clear = _clear_hours(e)
    base = _ratio_by_hour(m[:_START_DAYS], e[:_START_DAYS], clear[:_START_DAYS])
    worst: tuple[float, int, npt.NDArray[np.int64]] | None = None
    for first in range(_START_DAYS, len(m) - _WINDOW + 1, _STEP):
        part = slice(first, first + _WINDOW)
        drop = 1 - _ratio_by_hour(m[part], e[part], clear[part]) / base
        known = np.isfinite(drop)
        if known.sum() < 6:
            continue
        for hours in _runs(np.flatnonzero(known & (drop > _CAP))):
            others = known.copy()
            others[hours] = False
            others[[h for h in (hours[0] - 1, hours[-1] + 1) if 0 <= h < 24]] = False
            if len(hours) < 2 or others.sum() < 2 or np.median(drop[others]) > _QUIET:
                continue
            depth = float(drop[hours].mean())
            if worst is None or depth * len(hours) > worst[0]:
                worst = depth * len(hours), first, hours
    if worst is None:
        return None
    _, first, hours = worst
    part = slice(first, first + _WINDOW)
    depth = worst[0] / len(hours)
    flat = _is_flat(m[part][:, hours], e[part][:, hours], float(np.nanmedian(base)))
    if not flat and depth < _SHADE:
        return None
    lost = _clear_loss(m, e, clear, hours, base)
    onset = _onset(lost)
    after = slice(onset, None)
    wanted = (e[after] * np.nanmedian(base)).sum()
    size = float(1 - m[after].sum() / wanted) if wanted > 0 else 0.0
    return Suspect("curtailed" if flat else "new_shade", onset, max(size, 0.0), tuple(int(h) for h in hours))


def _runs(hours: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Runs of neighbouring hours."""
    return [r for r in np.split(hours, np.flatnonzero(np.diff(hours) > 1) + 1) if len(r)]


def _is_flat(m: Floats, e: Floats, scale: float) -> bool:
    """Whether power stays at one level where more was to be expected."""
    expected = (e * scale).ravel()
    power = m.ravel()
    level = float(np.quantile(power[expected > 0], 0.9)) if (expected > 0).any() else 0.0
    held = expected > 1.08 * level
    if held.sum() < _LEAST_HOURS:
        return False
    below = (expected > 0.3 * level) & (expected < 0.85 * level)
    spread = float(np.std(power[held]) / np.mean(power[held]))
    whole = below.sum() < _LEAST_HOURS or abs(float(power[below].sum() / expected[below].sum()) - 1) < 2 * _QUIET
    return spread < _FLAT and whole


def _clear_loss(
    m: Floats, e: Floats, clear: npt.NDArray[np.bool_], hours: npt.NDArray[np.int64], base: Floats
) -> Floats:
    """Loss of the affected clear hours by day [1]; days without any take the one before."""
    mine = np.zeros_like(clear)
    mine[:, hours] = clear[:, hours]
    wanted = np.where(mine, e * np.nan_to_num(base, nan=1.0), 0.0).sum(axis=1)
    got = np.where(mine, m, 0.0).sum(axis=1)
    loss = np.divide(got, wanted, out=np.full(len(m), np.nan), where=wanted > 0) - 1
    known = np.flatnonzero(np.isfinite(loss))
    return np.interp(np.arange(len(loss)), known, loss[known]) if len(known) else np.zeros(len(loss))


def _onset(series: Floats) -> int:
    """Day at which the level of a series falls: where the cumulated departure from the mean is greatest."""
    return int(np.argmax(np.cumsum(series - series.mean()))) + 1 if len(series) > 1 else 0


def _all_hours(m: Floats, e: Floats) -> Suspect | None:
    """A loss that takes all hours alike: it stays (a string), or comes and goes (dirt)."""
    ratio = m.sum(axis=1) / e.sum(axis=1)
    start = float(np.median(ratio[:_START_DAYS]))
    loss = np.log(np.maximum(ratio / start, 1e-3))
    loss = loss + _WEAR * np.arange(len(loss)) / 365
    smooth = np.convolve(np.pad(loss, 3, mode="edge"), np.full(7, 1 / 7), "valid")
    onset = min(_onset(loss), len(loss) - 1)
    after = smooth[onset:]
    if len(after) >= 30 and np.quantile(after, 0.85) < -_STRING:
        return Suspect("string", onset, float(1 - np.exp(np.median(loss[onset:]))))
    later = smooth[_START_DAYS:]
    if np.quantile(later, 0.9) < -_CLEAN:
        return Suspect("string", onset, float(1 - np.exp(np.median(loss[onset:]))))
    if later.min() > -_DIRT or _memory(loss) < _REMEMBERS:
        return None
    first = int(np.flatnonzero(later < -0.5 * _DIRT)[0]) + _START_DAYS
    return Suspect("soiling", first, float(1 - np.exp(np.mean(loss[first:]))))


def _memory(loss: Floats) -> float:
    """How much a day's loss is that of the days before it: correlation at lags of 2 to 5 days, worst 120 days [1].

    Noise of single days has none; dirt that builds up until it rains has much.
    """
    most = 0.0
    for first in range(0, max(len(loss) - 120, 0) + 1, 30):
        part = loss[first : first + 120] - loss[first : first + 120].mean()
        spread = float(part @ part)
        if spread > 0:
            most = max(most, float(np.mean([part[k:] @ part[:-k] for k in (2, 3, 4, 5)])) / spread)
    return most
