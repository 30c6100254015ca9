"""Pack thousands of roofs into one short string: whole numbers, byte planes, deflate, base64.

The page unpacks it into typed arrays (``assets/js/unpack.js``). Layout: columns one after the other, each a run of
little-endian whole numbers of 8, 16 or 32 bits with the bytes of equal weight brought together, which is what makes
deflate short; the list of columns travels beside the string. A column that others nearly tell (the energy by capacity
and yield) is stored as what is left of it after their linear sum, in whole numbers, so nothing is lost.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from guanghui.geo.errors import InputError
from guanghui.maps.drawing.mercator import to_mercator

__all__ = ["QUANTUM_M", "Packer", "pack_outlines"]

QUANTUM_M = 0.1
"""Grid that corners are rounded to [m in EPSG:3857]."""
_TYPES = (("i1", 1), ("i2", 2), ("i4", 4))
_WEIGHT_DIGITS = 9
Terms = Sequence[tuple[str, ...]]
"""Products of columns, by their names."""


@dataclass
class Packer:
    """Columns collected for one string; ``level`` is that of deflate, 9 the shortest and slowest."""

    level: int = 9
    columns: list[dict[str, Any]] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    _wholes: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    """Measured columns as whole numbers, 0 in their gaps."""

    def integers(self, name: str, values: npt.ArrayLike, *, delta: bool = False) -> None:
        """Add whole numbers.

        Parameters
        ----------
        name : str
            Name in the page.
        values : array-like of int
            Any size that fits 32 bits.
        delta : bool, default False
            Store steps from one value to the next.
        """
        whole = np.asarray(values, dtype=np.int64)
        self._store(name, np.diff(whole, prepend=0) if delta else whole, delta=delta)

    def numbers(self, name: str, values: npt.ArrayLike, *, scale: int = 1, like: Terms = ()) -> None:
        """Add measured numbers, rounded to ``1 / scale``; what is not finite arrives as NaN.

        Parameters
        ----------
        name : str
            Name in the page.
        values : array-like of float
            Shape (n,).
        scale : int, default 1
            10 keeps one decimal.
        like : sequence of tuple of str, optional
            Columns packed before, or products of them, that nearly tell this one; those that are not there are passed
            over.
        """
        value = np.asarray(values, dtype=float) * scale
        gap = ~np.isfinite(value)
        whole = np.floor(np.where(gap, 0, value) + 0.5).astype(np.int64)
        self._wholes[name] = whole
        how: dict[str, Any] = {"scale": scale}
        terms = [term for term in like if all(column in self._wholes for column in term)]
        if terms and not gap.all():
            weights = _weights([self._product(term) for term in terms], whole, ~gap)
            rest = np.where(gap, 0, whole - self._foretold(terms, weights))
            if _bits(rest) < _bits(whole):
                whole, how = rest, {**how, "like": [list(term) for term in terms], "weights": weights}
        self._store(name, whole, gap if gap.any() else None, **how)

    def _product(self, term: tuple[str, ...]) -> npt.NDArray[np.float64]:
        found = self._wholes[term[0]].astype(float)
        for column in term[1:]:
            found = found * self._wholes[column]
        return found

    def _foretold(self, terms: Terms, weights: Sequence[float]) -> npt.NDArray[np.int64]:
        """Linear sum in the order in which the page adds it up, so that both round the same number."""
        found = np.full(self._product(terms[0]).shape, weights[0])
        for term, weight in zip(terms, weights[1:], strict=True):
            found = found + weight * self._product(term)
        return np.floor(found + 0.5).astype(np.int64)

    def _store(
        self, name: str, whole: npt.NDArray[np.int64], gap: npt.NDArray[np.bool_] | None = None, **how: Any
    ) -> None:
        """Keep whole numbers in the smallest type; its lowest value stands for a gap."""
        kind, size = _smallest(whole, name)
        stored = whole if gap is None else np.where(gap, np.iinfo(kind).min, whole)
        planes = stored.astype(f"<{kind}").view(np.uint8).reshape(-1, size).T
        flags = {key: value for key, value in how.items() if value} | ({} if gap is None else {"gaps": True})
        self._add({"name": name, "kind": kind, "n": len(whole), **flags}, planes.tobytes())

    def texts(self, name: str, values: Sequence[str]) -> None:
        """Add one text a row; line breaks inside a text become spaces.

        Parameters
        ----------
        name : str
            Column.
        values : sequence of str
            One text a row, shape (n,).
        """
        clean = [" ".join(str(v).split()) for v in values]
        self._add({"name": name, "kind": "text", "n": len(clean)}, "\n".join(clean).encode("utf-8", "replace"))

    def _add(self, column: dict[str, Any], data: bytes) -> None:
        self.columns.append({**column, "bytes": len(data)})
        self.parts.append(data)

    def payload(self) -> dict[str, Any]:
        """Columns and the string, ready for JSON."""
        packed = zlib.compress(b"".join(self.parts), self.level)
        return {"columns": self.columns, "data": base64.b64encode(packed).decode("ascii")}


def _weights(
    terms: list[npt.NDArray[np.float64]], whole: npt.NDArray[np.int64], on: npt.NDArray[np.bool_]
) -> list[float]:
    """Least squares of a column by others: constant and one weight a term, in few digits; the same on every machine."""
    columns = [np.ones(int(on.sum())), *(term[on] for term in terms)]
    size = [max(float(np.abs(column).max()), 1.0) for column in columns]
    columns = [column / most for column, most in zip(columns, size, strict=True)]
    square = np.array([[(a * b).sum() for b in columns] for a in columns])
    right = np.array([(a * whole[on]).sum() for a in columns])
    found = np.linalg.lstsq(square, right, rcond=1e-12)[0]
    return [float(f"{w / most:.{_WEIGHT_DIGITS}g}") for w, most in zip(found, size, strict=True)]


def _bits(whole: npt.NDArray[np.int64]) -> float:
    """About the bits a number takes, to tell which of two forms of a column is shorter."""
    return float(np.log2(1 + np.abs(whole - np.median(whole))).mean()) if len(whole) else 0.0


def _smallest(values: npt.NDArray[np.int64], name: str) -> tuple[str, int]:
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    for kind, size in _TYPES:
        info = np.iinfo(kind)
        if info.min < low and high <= info.max:
            return kind, size
    raise InputError(
        f"map page: column {name!r} reaches {max(-low, high)}, more than a packed column can hold.",
        f"地图页：列 {name!r} 达到 {max(-low, high)}，超出压缩列的范围。",
    )


def pack_outlines(packer: Packer, frame: gpd.GeoDataFrame, *, prefix: str = "", quantum_m: float = QUANTUM_M) -> None:
    """Add the outlines of a frame, courtyards and separate parts included.

    Every roof is a list of rings; outer rings run one way and inner rings the other, so that filling all rings of many
    roofs at once by the non-zero rule leaves the courtyards open.

    Parameters
    ----------
    packer : Packer
        Receives ``rings`` (rings a roof), ``points`` (corners a ring), ``ax``, ``ay`` (first corner of a roof) and
        ``dx``, ``dy`` (steps from corner to corner), in units of ``quantum_m`` of EPSG:3857.
    frame : geopandas.GeoDataFrame
        Polygons or multipolygons in any CRS.
    prefix : str, default ""
        Before the names of the columns.
    quantum_m : float
        Step of the corners [m].
    """
    shapes = shapely.orient_polygons(to_mercator(frame))
    parts, part_roof = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    closing = np.append(ring_of[1:] != ring_of[:-1], True) if len(xy) else np.zeros(0, bool)
    xy, ring_of = xy[~closing], ring_of[~closing]
    ring_roof = part_roof[ring_part]
    counts = np.bincount(ring_roof, minlength=len(frame))
    points = np.bincount(ring_of, minlength=len(rings))
    corner = np.floor(xy / quantum_m + 0.5).astype(np.int64)
    roof_of = ring_roof[ring_of] if len(xy) else np.zeros(0, np.int64)
    first = np.append(True, roof_of[1:] != roof_of[:-1]) if len(xy) else np.zeros(0, bool)
    has = counts > 0
    anchor = np.zeros((len(frame), 2), np.int64)
    anchor[has] = corner[first]
    if has.any() and not has.all():
        anchor[~has] = anchor[has][0]
    step = np.diff(corner, axis=0, prepend=np.zeros((1, 2), np.int64)) if len(xy) else np.zeros((0, 2), np.int64)
    step = step[~first]
    packer.integers(f"{prefix}rings", counts)
    packer.integers(f"{prefix}points", points)
    for axis, letter in enumerate("xy"):
        packer.integers(f"{prefix}a{letter}", anchor[:, axis], delta=True)
        packer.integers(f"{prefix}d{letter}", step[:, axis])
