"""Cut districts into blocks between streets and fill every block by a template."""

from __future__ import annotations

import numpy as np
import shapely

from guanghui.data.demo.blocks import TEMPLATES
from guanghui.data.demo.grid import Float
from guanghui.data.demo.plan import Campus, District, Plan
from guanghui.data.demo.roofs import Frame
from guanghui.data.demo.site import Block, Site

__all__ = ["build_districts", "district_polygon"]

Cell = tuple[float, float, float, float]  # west, south, east, north in the district's axes


def district_polygon(plan: Plan, district: District) -> shapely.Polygon:
    """Outline of a district in the metric system.

    Parameters
    ----------
    plan : Plan
        Drawing, whose origin [m] the outline counts from.
    district : District
        Outline in km from that origin.
    """
    return shapely.Polygon(np.array(plan.origin) + np.array(district.outline) * 1000.0)


def _cells(rng: np.random.Generator, district: District, bounds: Float) -> list[list[Cell]]:
    """Rows of blocks with uneven widths; the cross streets of two rows do not meet."""
    west, south, east, north = bounds
    width, depth = district.block
    rows, v = [], south
    while v < north - 0.35 * depth:
        top = v + depth * rng.uniform(0.88, 1.16)
        row, u = [], west - width * rng.uniform(0.0, 0.5)
        while u < east:
            right = u + width * rng.uniform(0.78, 1.28)
            row.append((u, v, right, top))
            u = right
        rows.append(row)
        v = top
    return rows


def _clip(cell: Cell, inside: shapely.Polygon, half_street: float) -> Cell | None:
    """The block's rectangle inside the streets and, as far as it can be, inside the district."""
    west, south, east, north = cell
    rect = shapely.box(west + half_street, south + half_street, east - half_street, north - half_street)
    if rect.within(inside):
        return rect.bounds
    if rect.intersection(inside).area < 0.45 * rect.area:
        return None
    best: Cell | None = None
    best_area = 0.35 * rect.area
    w0, s0, e0, n0 = rect.bounds
    for a in np.linspace(0.0, 0.6, 7):  # shrink from one side at a time, then from two
        for b in np.linspace(0.0, 0.6, 7):
            for cut in ((a, b, 0, 0), (a, 0, 0, b), (0, b, a, 0), (0, 0, a, b)):
                trial = (
                    w0 + cut[0] * (e0 - w0),
                    s0 + cut[1] * (n0 - s0),
                    e0 - cut[2] * (e0 - w0),
                    n0 - cut[3] * (n0 - s0),
                )
                box = shapely.box(*trial)
                if box.area > best_area and box.within(inside):
                    best, best_area = trial, box.area
    return best


def _assign(
    rows: list[list[Cell | None]], district: District, points: list[Float]
) -> dict[tuple[int, int], tuple[Cell, Campus]]:
    """Give every campus the free block nearest to its point, joined with its neighbour where one is too small."""
    taken: dict[tuple[int, int], tuple[Cell, Campus]] = {}
    for campus, at in sorted(zip(district.campuses, points, strict=True), key=lambda c: -c[0].roof_m2):
        best: tuple[float, tuple[int, ...], int, Cell] | None = None
        for i, row in enumerate(rows):
            for j in range(len(row)):
                for span in (1, 2, 3):
                    cells = [c for c in row[j : j + span] if c is not None]
                    if len(cells) < span or any((i, j + k) in taken for k in range(span)):
                        continue
                    cell = (cells[0][0], max(c[1] for c in cells), cells[-1][2], min(c[3] for c in cells))
                    area = (cell[2] - cell[0]) * (cell[3] - cell[1])
                    if cell[3] - cell[1] < 50.0 or area < campus.roof_m2 * 2.0:
                        continue
                    off = np.hypot((cell[0] + cell[2]) / 2 - at[0], (cell[1] + cell[3]) / 2 - at[1]) + 300.0 * (
                        span - 1
                    )
                    if best is None or off < best[0]:
                        best = (float(off), (i, j), span, cell)
        if best is None:
            raise ValueError(f"no block of {district.name} can hold {campus.name}")
        i, j = best[1]
        taken[i, j] = (best[3], campus)
        for k in range(1, best[2]):
            taken[i, j + k] = (best[3], Campus("", "", (0.0, 0.0)))
    return taken


def build_districts(plan: Plan, seed: int, land: shapely.Geometry, site: Site) -> None:
    """Lay out every district of a plan.

    Parameters
    ----------
    plan : Plan
        Districts and campuses.
    seed : int
        Seed of the layout.
    land : shapely.Geometry
        Where one may build: the city without water, main roads and their margins.
    site : Site
        Collects roofs, trees and parks.

    Raises
    ------
    ValueError
        If a campus finds no block that can hold it.
    """
    for number, district in enumerate(plan.districts):
        rng = np.random.default_rng((seed, 40, number))
        polygon = district_polygon(plan, district)
        centre = polygon.centroid
        frame = Frame(centre.x, centre.y, district.angle)
        allowed = shapely.intersection(polygon, land)
        local = shapely.affinity.rotate(
            shapely.affinity.translate(allowed, -frame.x, -frame.y), -district.angle, origin=(0, 0)
        )
        shapely.prepare(local)
        half = district.street / 2
        rows = [[_clip(c, local, half) for c in row] for row in _cells(rng, district, np.array(local.bounds))]
        c, s = np.cos(np.radians(district.angle)), np.sin(np.radians(district.angle))
        points = []
        for campus in district.campuses:
            dx, dy = np.array(plan.origin) + np.array(campus.at) * 1000.0 - np.array([frame.x, frame.y])
            points.append(np.array([dx * c + dy * s, dy * c - dx * s]))
        taken = _assign(rows, district, points)
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if (i, j) in taken:
                    cell, campus = taken[i, j]
                    if campus.template:
                        _fill(site, rng, frame, cell, campus.template, campus, district)
                elif cell is not None:
                    names, weights = zip(*district.mix.items(), strict=True)
                    template = str(rng.choice(names, p=np.array(weights) / sum(weights)))
                    _fill(site, rng, frame, cell, template, None, district)


def _fill(
    site: Site,
    rng: np.random.Generator,
    frame: Frame,
    cell: Cell,
    template: str,
    campus: Campus | None,
    district: District,
) -> None:
    west, south, east, north = cell
    w, d = east - west, north - south
    here = frame.shifted((west + east) / 2, (south + north) / 2)
    if template == "school" and campus is None and min(w, d) < 60.0:
        template = "yard"
    name, roof = (campus.name, campus.roof_m2) if campus else ("", 0.0)
    block = Block(site, rng, here, w, d, name, roof, name or district.name, rural=district.block[0] < 140.0)
    site.paved.append(block.outline(-district.street / 2 - 2.0))
    for edge, length in (((-1, 0), d), ((1, 0), d), ((0, -1), w), ((0, 1), w)):  # the rows of trees of the streets
        if rng.uniform() < 0.72:
            t = np.arange(-length / 2, length / 2, rng.uniform(7.0, 10.0))
            u = edge[0] * (w / 2 + 3.5) + (t if edge[0] == 0 else 0.0)
            v = edge[1] * (d / 2 + 3.5) + (t if edge[1] == 0 else 0.0)
            u, v = np.broadcast_arrays(u, v)
            site.plant(here, u, v, rng.uniform(5.0, 10.0, t.size))
    TEMPLATES[template](block)
