"""What two polygons share, against GEOS: any shapes, holes, borders on top of each other, and the sum of the parts."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from guanghui.geo.polygon_kernels import edges_of, shared


def star(seed: int) -> shapely.Geometry:
    """Star about a point with up to 40 corners, a hole in some, two parts in others."""
    rng = np.random.default_rng(seed)
    corners = rng.integers(3, 40)
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    if np.diff(np.append(angle, angle[0] + 2 * np.pi)).max() > 3.0:  # the middle would lie outside
        angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = rng.uniform(20, 100, corners)
    at = np.array([4e5, 3.2e6]) + rng.uniform(-60, 60, 2)
    outer = at + reach[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    shape = shapely.Polygon(outer)
    if seed % 3 == 1:
        shape = shape.difference(shapely.Point(at).buffer(8.0, quad_segs=3))
    if seed % 3 == 2:
        shape = shape.union(shapely.box(at[0] + 200, at[1], at[0] + 230, at[1] + 40))
    return shape


def boxes_of(a: shapely.Geometry, b: shapely.Geometry) -> np.ndarray:
    (w, s, e, n), (w1, s1, e1, n1) = a.bounds, b.bounds
    return np.array([[max(w, w1), max(s, s1), min(e, e1), min(n, n1)]])


def of_kernel(a: shapely.Geometry, b: shapely.Geometry) -> np.ndarray:
    one = np.zeros(1, np.int64)
    return shared(edges_of(np.array([a])), edges_of(np.array([b])), one, one, boxes_of(a, b))[0]


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_any_two_shapes_share_what_geos_says(left: int, right: int) -> None:
    a, b = star(left), star(right)
    area, outline, x, y = of_kernel(a, b)
    both = shapely.intersection(a, b)
    assert area == pytest.approx(both.area, abs=1e-6)
    if both.area > 1:
        assert outline == pytest.approx(sum(p.length for p in shapely.get_parts(both) if p.area > 0), rel=1e-6)
        assert (x, y) == pytest.approx((both.centroid.x, both.centroid.y), abs=1e-4)


def test_borders_on_top_of_each_other_are_right_or_refused() -> None:
    """Boxes that share sides, parts of sides, corners, or everything: the area of GEOS, or no answer."""
    base = shapely.box(0, 0, 100, 100)
    places, sizes = (-100, -50, 0, 50, 100), ((0.5, 0.5), (0.5, 1), (1, 0.5), (1, 1), (2, 0.5), (2, 1))
    others = [shapely.box(w, s, w + 100 * k, s + 100 * m) for w in places for s in places for k, m in sizes]
    answered = 0
    for other in [*others, shapely.reverse(base), shapely.segmentize(base, 30.0)]:
        area = of_kernel(base, other)[0]
        if np.isfinite(area):
            assert area == pytest.approx(base.intersection(other).area, abs=1e-6), other.wkt
            answered += 1
    assert answered > 20
    assert of_kernel(base, base)[0] == pytest.approx(1e4)
