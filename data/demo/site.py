"""What layout collects, and the block it works in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike

from guanghui.data.demo.grid import Float
from guanghui.data.demo.roofs import Frame, Roofs

__all__ = ["Block", "Site", "segments"]


@dataclass
class Site:
    """What layout produces besides roofs."""

    roofs: Roofs = field(default_factory=Roofs)
    trees: list[Float] = field(default_factory=list)
    green: list[shapely.Polygon] = field(default_factory=list)
    bare: list[shapely.Polygon] = field(default_factory=list)
    paved: list[shapely.Polygon] = field(default_factory=list)
    ponds: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    woods: list[tuple[float, float, float, float, float]] = field(default_factory=list)

    def plant(self, frame: Frame, u: Float, v: Float, height: Float) -> None:
        """Add trees: local position and height [m]; kept as x, y, height.

        Parameters
        ----------
        frame : Frame
            Local system of the positions.
        u, v : numpy.ndarray
            Along and across it [m], shape (n,).
        height : numpy.ndarray
            One for all, or shape (n,) [m].
        """
        x, y = frame.to_world(u, v)
        self.trees.append(np.column_stack([x, y, np.broadcast_to(height, x.shape)]))


@dataclass(frozen=True)
class Block:
    """A block between streets: ``w`` by ``d`` [m] about the origin of its frame."""

    site: Site
    rng: np.random.Generator
    frame: Frame
    w: float
    d: float
    name: str = ""
    roof_m2: float = 0.0
    label: str = ""
    rural: bool = False

    def put(self, kind: str, u: ArrayLike, v: ArrayLike, length: ArrayLike, width: ArrayLike, **options: Any) -> None:
        """Add roofs of one kind in the block's axes; options as in :meth:`data.demo.roofs.Roofs.add`.

        Parameters
        ----------
        kind : str
            Kind of the roofs.
        u, v : array_like
            Centres along and across the block [m], shape (n,) or one for all.
        length, width : array_like
            Sides [m], shape (n,) or one for all.
        **options : object
            As in :meth:`data.demo.roofs.Roofs.add`.
        """
        self.site.roofs.add(kind, self.frame, u, v, length, width, site=self.label, **options)

    def outline(self, inset: float = 0.0) -> shapely.Polygon:
        """The block as a polygon.

        Parameters
        ----------
        inset : float, default 0.0
            What is left off at every side [m].

        Returns
        -------
        shapely.Polygon
            In the metric system.
        """
        a, b = self.w / 2 - inset, self.d / 2 - inset
        x, y = self.frame.to_world(np.array([-a, a, a, -a]), np.array([-b, -b, b, b]))
        return shapely.Polygon(np.column_stack([x, y]))

    def scatter(self, n: int, low: float, high: float, inset: float = 4.0) -> None:
        """Plant trees anywhere in the block; those that hit a roof are felled later.

        Parameters
        ----------
        n : int
            How many.
        low, high : float
            Bounds of their height [m].
        inset : float, default 4.0
            Strip without trees along the sides [m].
        """
        u = self.rng.uniform(-self.w / 2 + inset, self.w / 2 - inset, n)
        v = self.rng.uniform(-self.d / 2 + inset, self.d / 2 - inset, n)
        self.site.plant(self.frame, u, v, self.rng.uniform(low, high, n))


def segments(rng: np.random.Generator, total: float, low: float, high: float, gap: float) -> tuple[Float, Float]:
    """Centres and lengths of pieces that fill a line of ``total`` [m] with gaps between.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the lengths.
    total : float
        Length of the line [m].
    low, high : float
        Bounds of a piece [m]; the last may be shorter than ``high`` allows, never than ``low``.
    gap : float
        Between two pieces [m].

    Returns
    -------
    tuple
        From the middle of the line [m], shape (n,) each; empty where not one fits.
    """
    lengths, used = [], 0.0
    while total - used >= low:
        piece = min(rng.uniform(low, high), total - used)
        lengths.append(piece)
        used += piece + gap
    if not lengths:
        return np.zeros(0), np.zeros(0)
    size = np.array(lengths)
    start = np.concatenate([[0.0], np.cumsum(size[:-1] + gap)])
    slack = total - (start[-1] + size[-1])
    return start + size / 2 - total / 2 + slack / 2, size
