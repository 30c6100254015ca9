"""The table of roofs: where the layout puts them, what they look like, their outlines and their plane parts.

A roof is a rectangle, an L, a U or a closed court, made of one to four bars. Local axes: u along the length,
v to its left; ``angle`` turns u counter-clockwise from east. Every bar carries its own ridge along its long side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from guanghui.data.demo.grid import Float
from guanghui.data.demo.styles import STYLES

__all__ = ["COURT", "ELL", "RECT", "U_SHAPE", "Frame", "Roofs", "dress", "outlines", "parts"]

RECT, ELL, U_SHAPE, COURT = 0, 1, 2, 3

# bars of each shape: centre (in half sizes less half arm, per axis), and whether it spans the length or the width
_BARS = {
    RECT: ((0.0, 0.0, "whole"),),
    ELL: ((0.0, 1.0, "long"), (1.0, 0.0, "wide")),
    U_SHAPE: ((0.0, 1.0, "long"), (1.0, 0.0, "wide"), (-1.0, 0.0, "wide")),
    COURT: ((0.0, 1.0, "long"), (0.0, -1.0, "long"), (1.0, 0.0, "wide"), (-1.0, 0.0, "wide")),
}


@dataclass(frozen=True)
class Frame:
    """A turned local system: origin [m] and angle from east [deg]."""

    x: float
    y: float
    angle: float

    def to_world(self, u: ArrayLike, v: ArrayLike) -> tuple[Float, Float]:
        """Local to metric coordinates.

        Parameters
        ----------
        u, v : array_like
            Along and across the frame [m], of one shape.

        Returns
        -------
        tuple
            East and north [m].
        """
        c, s = np.cos(np.radians(self.angle)), np.sin(np.radians(self.angle))
        u, v = np.asarray(u, float), np.asarray(v, float)
        return self.x + u * c - v * s, self.y + u * s + v * c

    def shifted(self, u: float, v: float, turn: float = 0.0) -> Frame:
        """The frame with its origin at a local point.

        Parameters
        ----------
        u, v : float
            The point, along and across this frame [m].
        turn : float, default 0.0
            Angle from this frame to the new one, anticlockwise [°].
        """
        x, y = self.to_world(u, v)
        return Frame(float(x), float(y), self.angle + turn)


@dataclass
class Roofs:
    """Collects roofs column by column."""

    chunks: list[dict[str, list[Any] | NDArray[Any]]] = field(default_factory=list)

    def add(
        self,
        kind: str,
        frame: Frame,
        u: ArrayLike,
        v: ArrayLike,
        length: ArrayLike,
        width: ArrayLike,
        *,
        turn: ArrayLike = 0.0,
        shape: ArrayLike = RECT,
        arm: ArrayLike = 0.0,
        flip_u: ArrayLike = 1.0,
        flip_v: ArrayLike = 1.0,
        storeys: ArrayLike = 0,
        form: str = "",
        name: str | list[str] = "",
        site: str = "",
        priority: int = 0,
    ) -> None:
        """Add roofs of one kind.

        Parameters
        ----------
        kind : str
            Key of :data:`data.demo.styles.STYLES`.
        frame : Frame
            Local system of ``u``, ``v`` and ``turn``.
        u, v : array_like
            Centres [m].
        length, width : array_like
            Size along and across the roof's own axis [m].
        turn : array_like
            Extra turn [deg].
        shape, arm, flip_u, flip_v : array_like
            Form of the outline, thickness of its bars [m], and which sides they lie on (+1 or -1).
        storeys : array_like
            0 leaves the choice to the style.
        form : str
            Roof form; empty leaves it to the style.
        name, site : str
            Name in the bureau's table, and the site the roof belongs to.
        priority : int
            0 takes that of the style.
        """
        x, y = frame.to_world(u, v)
        columns = {
            "x": x,
            "y": y,
            "angle": frame.angle + np.asarray(turn, float),
            "length": length,
            "width": width,
            "shape": shape,
            "arm": arm,
            "flip_u": flip_u,
            "flip_v": flip_v,
            "storeys": storeys,
        }
        arrays = np.broadcast_arrays(*(np.atleast_1d(c) for c in columns.values()))
        n = arrays[0].size
        chunk: dict[str, list[Any] | NDArray[Any]] = {k: a.ravel() for k, a in zip(columns, arrays, strict=True)}
        chunk["kind"], chunk["form"], chunk["site"] = [kind] * n, [form] * n, [site] * n
        chunk["name"] = [name] * n if isinstance(name, str) else name
        chunk["priority"] = [priority or STYLES[kind].priority] * n
        self.chunks.append(chunk)

    def table(self) -> pd.DataFrame:
        """All roofs, one row each."""
        columns = {k: np.concatenate([np.asarray(c[k]) for c in self.chunks]) for k in self.chunks[0]}
        table = pd.DataFrame(columns)
        for column in ("shape", "storeys", "priority"):
            table[column] = table[column].astype(int)
        return table


def _choose(rng: np.random.Generator, weights: dict, n: int) -> NDArray:
    """Draw n values in proportion to their weights, stratified, so that few roofs still show every form."""
    share = np.cumsum(np.array(list(weights.values()), float))
    at = (np.arange(n) + rng.uniform()) / max(n, 1)
    return np.array(list(weights))[
        rng.permutation(np.searchsorted(share / share[-1], at, side="right").clip(0, len(share) - 1))
    ]


def dress(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Give every roof its storeys, height, form, pitch, parapet and year.

    Parameters
    ----------
    table : pandas.DataFrame
        From :meth:`Roofs.table`, already without collisions.
    seed : int
        Seed of the draws.

    Returns
    -------
    pandas.DataFrame
        With columns use, storeys, height_m, form, tilt_deg, spans, tooth_m, parapet_m, year_built, rise_m.
    """
    out = table.copy()
    n = len(out)
    rng = np.random.default_rng((seed, 50))
    use, form = np.empty(n, object), out["form"].to_numpy(object).copy()
    storeys = out["storeys"].to_numpy().copy()
    height, tilt, parapet = np.zeros(n), np.zeros(n), np.zeros(n)
    year, spans, tooth = np.zeros(n, int), np.ones(n, int), np.zeros(n)
    narrow = np.where(out["shape"] == RECT, np.minimum(out["width"], out["length"]), out["arm"]).astype(float)
    kinds = out["kind"].to_numpy()
    for kind, style in STYLES.items():
        at = np.flatnonzero(kinds == kind)
        m = len(at)
        draws = (_choose(rng, dict(style.storeys), m), _choose(rng, dict(style.forms), m), rng.uniform(size=(4, m)))
        use[at] = style.use
        storeys[at] = np.where(storeys[at] > 0, storeys[at], draws[0])
        form[at] = np.where(form[at] == "", draws[1], form[at])
        spread = 0.25 if style.storey_m > 5.0 else 0.03
        height[at] = storeys[at] * style.storey_m * (1.0 + spread * (2 * draws[2][0] - 1.0)) + style.base_m
        tilt[at] = style.pitch[0] + (style.pitch[1] - style.pitch[0]) * draws[2][1]
        parapet[at] = style.parapet[0] + (style.parapet[1] - style.parapet[0]) * draws[2][2]
        age = draws[2][3] ** 0.8 if style.years[0] > 1900 else draws[2][3]
        year[at] = np.round(style.years[0] + (style.years[1] - style.years[0]) * age)
        spans[at] = np.maximum(1, np.ceil(narrow[at] / style.span_m - 1e-9))
    saw = form == "sawtooth"
    width = out["width"].to_numpy(float)  # teeth follow each other from the -v to the +v side
    teeth = np.maximum(np.ceil(width / 12.0), np.round(width / rng.uniform(8.5, 12.0, n)))
    tooth[saw] = width[saw] / teeth[saw]
    tilt[saw] = rng.uniform(16.0, 22.0, n)[saw]
    flat = form == "flat"
    out["use"], out["storeys"], out["form"] = use.astype(str), storeys, form.astype(str)
    out["height_m"] = np.round(height, 1)
    out["tilt_deg"] = np.where(flat, 0.0, np.round(tilt, 1))
    out["parapet_m"] = np.where(flat & (narrow >= 9.0), np.round(parapet, 1), 0.0)
    out["spans"] = np.where(form == "gable", spans, 1)
    out["tooth_m"] = tooth
    out["year_built"] = year
    slope = np.tan(np.radians(out["tilt_deg"].to_numpy()))
    out["rise_m"] = np.where(saw, tooth * slope, np.where(flat, 0.0, slope * narrow / 2.0 / out["spans"].to_numpy()))
    return out


def _ring(shape: int, a: Float, b: Float, arm: Float, su: Float, sv: Float) -> Float:
    """Outer ring in local coordinates, shape (n, corners, 2)."""
    if shape == ELL:  # bar along u on side sv, bar along v on side su
        corners = [
            (-su * a, sv * b),
            (su * a, sv * b),
            (su * a, -sv * b),
            (su * (a - arm), -sv * b),
            (su * (a - arm), sv * (b - arm)),
            (-su * a, sv * (b - arm)),
        ]
    elif shape == U_SHAPE:
        corners = [
            (-a, sv * b),
            (a, sv * b),
            (a, -sv * b),
            (a - arm, -sv * b),
            (a - arm, sv * (b - arm)),
            (arm - a, sv * (b - arm)),
            (arm - a, -sv * b),
            (-a, -sv * b),
        ]
    else:
        corners = [(-a, -b), (a, -b), (a, b), (-a, b)]
    return np.stack([np.stack(np.broadcast_arrays(p, q), axis=-1) for p, q in corners], axis=1).astype(float)


def outlines(table: pd.DataFrame) -> NDArray[np.object_]:
    """Outlines as polygons, corners rounded to the centimetre.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns x, y, angle, length, width, shape, arm, flip_u, flip_v.

    Returns
    -------
    ndarray of shapely.Polygon
    """
    out = np.empty(len(table), object)
    for shape in (RECT, ELL, U_SHAPE, COURT):
        at = np.flatnonzero(table["shape"].to_numpy() == shape)
        if not len(at):
            continue
        rows = table.iloc[at]
        a, b = rows["length"].to_numpy() / 2, rows["width"].to_numpy() / 2
        arm = rows["arm"].to_numpy(float)
        ring = _world(rows, _ring(shape, a, b, arm, rows["flip_u"].to_numpy(float), rows["flip_v"].to_numpy(float)))
        if shape == COURT:
            holes = _world(rows, _ring(RECT, a - arm, b - arm, arm, a, a))
            out[at] = [shapely.Polygon(r, [h]) for r, h in zip(ring, holes, strict=True)]
        else:
            out[at] = shapely.polygons(ring)
    return out


def _world(rows: pd.DataFrame, local: Float) -> Float:
    angle = np.radians(rows["angle"].to_numpy())[:, None]
    x, y = rows["x"].to_numpy()[:, None], rows["y"].to_numpy()[:, None]
    u, v = local[..., 0], local[..., 1]
    turned = np.stack([x + u * np.cos(angle) - v * np.sin(angle), y + u * np.sin(angle) + v * np.cos(angle)], axis=-1)
    return np.round(turned, 2)


def parts(table: pd.DataFrame) -> pd.DataFrame:
    """The bars of every roof, for drawing and for truth.

    Parameters
    ----------
    table : pandas.DataFrame
        Roofs.

    Returns
    -------
    pandas.DataFrame
        Columns roof (row number), x, y, angle (of its ridge), half_long, half_wide; ordered by roof.
    """
    pieces = []
    for shape, bars in _BARS.items():
        at = np.flatnonzero(table["shape"].to_numpy() == shape)
        rows = table.iloc[at]
        a, b, arm = (rows[c].to_numpy(float) for c in ("length", "width", "arm"))
        for cu, cv, span in bars:
            half_u = {"whole": a / 2, "long": a / 2, "wide": arm / 2}[span]
            half_v = {"whole": b / 2, "long": arm / 2, "wide": b / 2}[span]
            u = cu * (a - arm) / 2 * (rows["flip_u"].to_numpy() if shape == ELL else 1.0)
            v = cv * (b - arm) / 2 * (rows["flip_v"].to_numpy() if shape in (ELL, U_SHAPE) else 1.0)
            rad = np.radians(rows["angle"].to_numpy())
            upright = (half_v > half_u) & (rows["form"].to_numpy() != "sawtooth")
            pieces.append(
                pd.DataFrame(
                    {
                        "roof": at,
                        "x": rows["x"].to_numpy() + u * np.cos(rad) - v * np.sin(rad),
                        "y": rows["y"].to_numpy() + u * np.sin(rad) + v * np.cos(rad),
                        "angle": rows["angle"].to_numpy() + np.where(upright, 90.0, 0.0),
                        "half_long": np.where(upright, half_v, half_u),
                        "half_wide": np.where(upright, half_u, half_v),
                    }
                )
            )
    return pd.concat(pieces, ignore_index=True).sort_values("roof", kind="stable", ignore_index=True)
