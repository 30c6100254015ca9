"""Names of the place on the map: roads, water and villages of the county's own layers, packed into the page.

A name is text from a file: it reaches the page as data and is drawn by ``textContent`` alone. Where the layers would
weigh more than a page has room for, lines are thinned and then the least of them left out, which the page says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from guanghui.maps.drawing.mercator import to_mercator
from guanghui.maps.drawing.warp import Box
from guanghui.maps.page.pack import Packer

__all__ = ["KINDS", "MOST_BYTES", "LabelKind", "PlaceLabels", "label_payload"]

LabelKind = Literal["village", "water", "road", "place"]
KINDS: tuple[LabelKind, ...] = ("village", "water", "road", "place")
"""Kinds of names, those that are placed first first."""
MOST_BYTES = 480_000
"""Most that the names of a page may weigh [bytes]."""
_THIN_M = (2.0, 5.0, 10.0, 20.0)
"""Lines are thinned by this until they fit [m in EPSG:3857]."""
_LEAST_ROAD_M = 30.0
_LONGEST = 40
"""Letters of a name that are shown."""


@dataclass(frozen=True)
class PlaceLabels:
    """Names of one layer."""

    kind: LabelKind
    frame: gpd.GeoDataFrame
    """``name`` (empty where there is none) and points, lines or polygons."""


def label_payload(labels: Sequence[PlaceLabels], within: Box) -> dict[str, Any] | None:
    """Pack names and lines inside a box.

    Parameters
    ----------
    labels : sequence of PlaceLabels
        Layers of the region.
    within : tuple of float
        West, south, east, north in EPSG:3857 [m].

    Returns
    -------
    dict or None
        ``kinds``, packed columns (``name``, ``kind``, ``x``, ``y`` [m], ``size`` [m]; ``line_kind``, ``points``,
        ``ax``, ``ay``, ``dx``, ``dy`` [m]) and ``left_out``, how many lines and names there was no room for; None
        where nothing lies inside.
    """
    spots, lines = [], []
    for one in labels:
        names, shapes = _inside(one, within)
        spots.append(_spots(one.kind, names, shapes))
        lines.append(_lines(one.kind, shapes))
    points = pd.concat(spots, ignore_index=True) if spots else pd.DataFrame()
    ways = pd.concat(lines, ignore_index=True) if lines else pd.DataFrame()
    if points.empty and ways.empty:
        return None
    points = points.sort_values(["kind", "size"], ascending=[True, False], ignore_index=True)
    ways = ways.sort_values("size", ascending=False, ignore_index=True)
    share = 1.0
    for step in (*_THIN_M, *([_THIN_M[-1]] * 6)):
        kept_points, kept_ways = points, ways
        if step == _THIN_M[-1]:
            kept_points, kept_ways = points[: int(share * len(points))], ways[: int(share * len(ways))]
            share *= 0.7
        packed = _packed(kept_points, kept_ways, step)
        if len(packed["data"]) <= MOST_BYTES:
            break
    left = len(points) - len(kept_points) + len(ways) - len(kept_ways)
    return {"kinds": list(KINDS), "left_out": left, **packed}


def _inside(one: PlaceLabels, within: Box) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Names and shapes in EPSG:3857 that lie in a box, cut by it; lines of one name are joined."""
    shapes = shapely.force_2d(to_mercator(one.frame))
    names = one.frame["name"].to_numpy(dtype=object)
    there = shapely.intersects(shapes, shapely.box(*within))
    shapes, names = shapely.clip_by_rect(shapes[there], *within), names[there]
    some = ~shapely.is_empty(shapes)
    frame = pd.DataFrame({"name": names[some], "shape": shapes[some]})
    named = frame[frame["name"] != ""]
    if one.kind in ("road", "water"):  # a road of many pieces has one name
        joined = [(name, _joined(part.to_numpy(dtype=object))) for name, part in named.groupby("name")["shape"]]
        named = pd.DataFrame(joined, columns=["name", "shape"])
    frame = pd.concat([named, frame[frame["name"] == ""]], ignore_index=True)
    return frame["name"].to_numpy(dtype=object), frame["shape"].to_numpy(dtype=object)


def _joined(shapes: npt.NDArray[Any]) -> Any:
    """Pieces of one thing as one shape; where lines cross they are not cut."""
    parts = shapely.get_parts(shapes)
    lines = parts[shapely.get_type_id(parts) == 1]
    if len(lines) == len(parts):
        return shapely.line_merge(shapely.multilinestrings(lines))
    return shapely.geometrycollections(parts)


def _spots(kind: LabelKind, names: npt.NDArray[Any], shapes: npt.NDArray[Any]) -> pd.DataFrame:
    """Where names are written and how large what they name is [m]."""
    on = names != ""
    shapes, names = shapes[on], names[on]
    size = np.maximum(shapely.length(shapes), np.sqrt(shapely.area(shapes)))
    middle = np.array([_middle(shape) for shape in shapes], dtype=object)
    text = [" ".join(str(name).split())[:_LONGEST] for name in names]
    return pd.DataFrame(
        {"name": text, "kind": KINDS.index(kind), "x": shapely.get_x(middle), "y": shapely.get_y(middle), "size": size}
    )


def _middle(shape: Any) -> Any:
    """Half way along the longest line, or inside a polygon."""
    parts = shapely.get_parts(shape)
    longest = parts[int(np.argmax(np.maximum(shapely.length(parts), shapely.area(parts))))]
    if longest.geom_type == "LineString":
        return shapely.line_interpolate_point(longest, 0.5, normalized=True)
    return shapely.point_on_surface(longest)


def _lines(kind: LabelKind, shapes: npt.NDArray[Any]) -> pd.DataFrame:
    """Lines of roads and rivers that are drawn."""
    parts = shapely.get_parts(shapes)
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts[shapely.get_type_id(parts) == 1])))
    merged = merged[shapely.length(merged) >= _LEAST_ROAD_M]
    return pd.DataFrame({"kind": KINDS.index(kind), "shape": merged, "size": shapely.length(merged)})


def _packed(points: pd.DataFrame, ways: pd.DataFrame, thin_m: float) -> dict[str, Any]:
    packer = Packer()
    packer.texts("name", points["name"].tolist() if len(points) else [])
    packer.integers("kind", points["kind"])
    for letter in "xy":
        packer.integers(letter, np.floor(points[letter].to_numpy(float) + 0.5), delta=True)
    packer.integers("size", np.minimum(points["size"].to_numpy(float), 1e6).astype(int))
    shapes = shapely.simplify(ways["shape"].to_numpy(dtype=object), thin_m) if len(ways) else np.zeros(0, object)
    xy, of = shapely.get_coordinates(shapes, return_index=True)
    corner = np.floor(xy + 0.5).astype(np.int64)
    first = np.append(True, of[1:] != of[:-1]) if len(of) else np.zeros(0, bool)
    step = np.diff(corner, axis=0, prepend=np.zeros((1, 2), np.int64)) if len(corner) else corner
    packer.integers("line_kind", ways["kind"])
    packer.integers("points", np.bincount(of, minlength=len(ways)))
    for axis, letter in enumerate("xy"):
        packer.integers(f"a{letter}", corner[first, axis] if len(corner) else [], delta=True)
        packer.integers(f"d{letter}", step[~first, axis] if len(corner) else [])
    return packer.payload()
