"""Town blocks: how housing, shops, schools, hospitals, offices and works stand in a block.

Every template fills one block in its own axes: u along the street, v northwards (the districts are turned by at most
some 12 degrees), so that rows of housing face south as Chinese rules of sunshine ask.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from guanghui.data.demo.roofs import COURT, ELL, U_SHAPE
from guanghui.data.demo.site import Block, segments

__all__ = ["TEMPLATES"]


def _shop_strip(b: Block, v: float, depth: float = 10.0) -> None:
    u, size = segments(b.rng, b.w - 16.0, 18.0, 46.0, 5.0)
    b.put("shop", u, v, size, depth)


def slabs(b: Block) -> None:
    """A housing estate: rows of 5-7 storey slabs, a strip of shops on one street."""
    south, north = -b.d / 2 + 6.0, b.d / 2 - 6.0
    if b.d > 90 and b.rng.uniform() < 0.55:
        _shop_strip(b, -b.d / 2 + 9.0)
        south += 20.0
    storeys = int(b.rng.choice([5, 6, 6, 6, 7]))
    depth = b.rng.uniform(11.8, 13.6)
    pitch = depth + 1.0 * (storeys * 2.95) + b.rng.uniform(2.0, 6.0)
    v = north - depth / 2
    while v - depth / 2 > south:
        u, size = segments(b.rng, b.w - 14.0, 28.0, 62.0, b.rng.uniform(7.0, 11.0))
        b.put("slab", u, v, size, depth, storeys=storeys)
        along = np.arange(-b.w / 2 + 9.0, b.w / 2 - 9.0, 11.0)
        along = along[b.rng.uniform(size=along.size) < 0.65]
        b.site.plant(b.frame, along, np.full(along.size, v - depth / 2 - 6.0), b.rng.uniform(4.0, 9.0, along.size))
        v -= pitch


def towers(b: Block) -> None:
    """A newer estate: 11-32 storey towers in staggered rows over lawns, shops at the street."""
    if b.d > 110:
        _shop_strip(b, -b.d / 2 + 9.0, 12.0)
    storeys = int(b.rng.choice([11, 11, 18, 18, 18, 26, 32]))
    length, width = (b.rng.uniform(30.0, 38.0), 15.5) if b.rng.uniform() < 0.6 else (26.0, 21.0)
    rows = max(1, int((b.d - 40.0) / (44.0 + 0.35 * storeys)))
    columns = max(1, int((b.w - 20.0) / (length + 24.0)))
    v, u = np.meshgrid((np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij")
    stagger = np.where(np.arange(rows) % 2, 0.18, -0.18)[:, None] / columns
    u = (u + stagger - 0.5) * (b.w - 24.0)
    v = (v - 0.5) * (b.d - 52.0) + 9.0
    level = np.maximum(8, storeys + b.rng.integers(-3, 2, u.size))
    b.put("tower", u.ravel(), v.ravel(), length, width, storeys=level)
    b.scatter(int(b.w * b.d / 170.0), 4.0, 10.0)


def _terrace_row(b: Block, v: float, depth: float, kind: str, low: float, high: float) -> None:
    """A street front of touching houses in runs, with passages between the runs."""
    centre, size = segments(b.rng, b.w - 8.0, 22.0, 60.0, b.rng.uniform(3.0, 5.0))
    for c, s in zip(centre, size, strict=True):
        n = max(2, round(s / b.rng.uniform(low, high)))
        unit = s / n
        u = c - s / 2 + unit * (np.arange(n) + 0.5)
        b.put(kind, u, v, unit, depth)


def terraces(b: Block) -> None:
    """Old streets: shop-houses on the street fronts, rows of town houses behind, lanes between."""
    inner = "village_terrace" if b.rural else "terrace"
    v = b.d / 2 - 2.0
    first = True
    while True:
        depth = b.rng.uniform(11.0, 14.0)
        if v - depth < -b.d / 2 + 2.0:
            break
        last = v - depth - 20.0 < -b.d / 2
        kind = "shophouse" if (first or last) and b.rng.uniform() < 0.7 else inner
        _terrace_row(b, v - depth / 2, depth, kind, 4.5 if kind == "shophouse" else 7.0, 11.5)
        v -= depth + (b.rng.uniform(5.0, 8.0) if b.rng.uniform() < 0.6 else b.rng.uniform(9.0, 13.0))
        first = False
    b.scatter(int(b.w * b.d / 700.0), 4.0, 8.0)


def houses(b: Block) -> None:
    """Village houses in rows inside a township seat."""
    columns, rows = max(1, int((b.w - 4.0) / 15.0)), max(1, int((b.d - 4.0) / 21.0))
    v, u = np.meshgrid(np.arange(rows) + 0.5, np.arange(columns) + 0.5, indexing="ij")
    u = ((u / columns - 0.5) * (b.w - 4.0)).ravel()
    v = ((v / rows - 0.5) * (b.d - 4.0)).ravel()
    keep = b.rng.uniform(size=u.size) < 0.86
    n = int(keep.sum())
    u = u[keep] + b.rng.uniform(-0.6, 0.6, n)
    v = v[keep] + b.rng.uniform(-1.5, 1.5, n)
    b.put("house", u, v, b.rng.uniform(9.5, 13.2, n), b.rng.uniform(8.8, 12.0, n))
    b.scatter(int(b.w * b.d / 420.0), 4.0, 8.0)


def shops(b: Block) -> None:
    """A market street: low shops in strips."""
    for v in np.arange(-b.d / 2 + 10.0, b.d / 2 - 8.0, 27.0):
        _shop_strip(b, float(v), b.rng.uniform(11.0, 15.0))
    b.scatter(int(b.w * b.d / 700.0), 4.0, 7.0)


def mall(b: Block) -> None:
    """A market hall of light steel, or a shopping centre."""
    if "市场" in b.name or b.w < 150.0:
        n = 2 if b.d > 70.0 else 1
        v = (np.arange(n) + 0.5) / n * b.d - b.d / 2
        b.put("market", 0.0, v, b.w * 0.7, min(30.0, b.d / n - 12.0), name=b.name)
    else:
        w, d = min(120.0, b.w - 40.0), min(84.0, b.d - 50.0)
        b.put("mall", 0.0, 4.0, w, d, name=b.name or "商业广场")
        b.put("shop", [-b.w / 2 + 14.0, b.w / 2 - 14.0], 0.0, 12.0, d * 0.8)
    b.scatter(int(b.w * b.d / 900.0), 4.0, 7.0)


def office(b: Block) -> None:
    """One or two office blocks with a forecourt."""
    n = 2 if b.w > 110.0 else 1
    u = (np.arange(n) - (n - 1) / 2) * min(80.0, b.w / n)
    b.put("office", u, b.d * 0.1, b.rng.uniform(34.0, 48.0, n), b.rng.uniform(20.0, 26.0, n), name=b.name)
    b.scatter(int(b.w * b.d / 350.0), 4.0, 9.0)


def school(b: Block) -> None:
    """Teaching court or wing, rows behind, gym and canteen, sports ground to the south."""
    name = b.name or "实验幼儿园"
    w, d = min(b.w, 210.0), min(b.d, 190.0)
    court = w > 95.0 and d > 75.0
    length, width = min(72.0, w * 0.52), min(46.0, d * 0.40)
    b.put("teach", -w * 0.18, d * 0.24, length, width, shape=COURT if court else U_SHAPE, arm=9.5, name=f"{name}教学楼")
    b.put("teach", w * 0.30, d * 0.34, w * 0.26, 12.5, name=f"{name}综合楼")
    if d > 70.0:
        b.put("gym", w * 0.31, d * 0.06, min(42.0, w * 0.28), min(26.0, d * 0.20), name=f"{name}体育馆")
    if d > 80.0:
        b.put("teach", w * 0.32, -d * 0.22, min(48.0, w * 0.28), 13.5, storeys=5, name=f"{name}宿舍楼")
    ring = np.linspace(0, 2 * np.pi, 40, endpoint=False)  # trees around the running track
    b.site.plant(b.frame, -w * 0.18 + w * 0.26 * np.cos(ring), -d * 0.26 + d * 0.17 * np.sin(ring), np.full(40, 6.0))
    b.scatter(int(b.w * b.d / 520.0), 4.0, 9.0)


def hospital(b: Block) -> None:
    """Out-patients in an L, a ward block behind, laboratories."""
    name, w, d = b.name, min(b.w, 170.0), min(b.d, 150.0)
    b.put(
        "clinic",
        -w * 0.12,
        -d * 0.18,
        min(64.0, w * 0.55),
        min(40.0, d * 0.36),
        shape=ELL,
        arm=16.0 if w > 110.0 else 11.0,
        flip_u=1.0,
        flip_v=1.0,
        name=f"{name}门诊楼",
    )
    b.put(
        "ward" if w > 110.0 else "clinic",
        -w * 0.05,
        d * 0.24,
        min(66.0, w * 0.6),
        18.0 if w > 110.0 else 12.5,
        name=f"{name}住院楼",
    )
    b.put("clinic", w * 0.38, d * 0.02, min(18.0, w * 0.16), min(36.0, d * 0.3), name=f"{name}医技楼")
    b.scatter(int(b.w * b.d / 420.0), 4.0, 8.0)


def government(b: Block) -> None:
    """A main building with two wings on the axis, side blocks, trees on both sides."""
    name, w, d = b.name, min(b.w, 180.0), min(b.d, 150.0)
    b.put(
        "gov",
        0.0,
        d * 0.16,
        min(86.0, w * 0.58),
        min(42.0, d * 0.4),
        shape=U_SHAPE,
        arm=14.0 if w > 110.0 else 11.0,
        name=f"{name}办公楼",
    )
    b.put(
        "gov",
        [-w * 0.40, w * 0.40],
        -d * 0.02,
        min(14.0, w * 0.13),
        d * 0.42,
        storeys=3,
        name=[f"{name}西附楼", f"{name}东附楼"],
    )
    b.scatter(int(b.w * b.d / 260.0), 5.0, 10.0)


def _bars(b: Block, kind: str, depth: float, lane: float, low: float, high: float, names: str) -> None:
    """Rows of bars; with ``roof_m2`` their depth is set so that the site's roof is met."""
    rows = max(1, int((b.d - 16.0 + lane) / (depth + lane)))
    cut = [segments(b.rng, b.w - 20.0, low, high, 9.0) for _ in range(rows)]
    if b.roof_m2:
        per_row = b.roof_m2 / depth
        total, kept = 0.0, []
        for c in cut:
            if total < per_row * 1.02:
                kept.append(c)
                total += float(c[1].sum())
        depth *= b.roof_m2 * 1.01 / (depth * total)
        cut = kept
    pitch = min(depth + 42.0, (b.d - 16.0 - depth) / max(1, len(cut) - 1))
    south = -pitch * (len(cut) - 1) / 2
    serial = 1
    for k, (u, size) in enumerate(cut):
        label = [f"{names}{serial + i}号" for i in range(len(u))]
        serial += len(u)
        if not len(u):
            continue
        suffix = {"hall": "厂房", "works": "厂房", "warehouse": "仓库", "teach": "楼"}.get(kind, "")
        b.put(
            kind,
            u,
            south + k * pitch,
            size,
            depth,
            name=[n + suffix for n in label] if names and suffix else "",
            priority=9 if b.roof_m2 else 0,
        )


_FIRMS = (
    "恒达",
    "盛泰",
    "华羽",
    "鑫源",
    "瑞丰",
    "天成",
    "宏图",
    "立信",
    "联创",
    "金羽",
    "德兴",
    "万通",
    "光泽",
    "永利",
    "新宇",
    "环宇",
    "长河",
    "远航",
    "明辉",
    "佳能",
    "启明",
    "安泰",
    "博远",
    "庆丰",
)
_TRADES = ("服饰", "羽绒", "电子", "光电", "纺织", "机械", "建材", "食品", "包装", "新材料")


def _firm(b: Block, tail: str) -> str:
    return f"{b.rng.choice(_FIRMS)}{b.rng.choice(_TRADES)}{tail}"


def halls(b: Block) -> None:
    """Large single-storey halls in rows."""
    name = b.name or _firm(b, "厂")
    depth = float(np.clip(b.rng.uniform(34.0, 78.0), 20.0, max(20.0, b.d * 0.42)))
    if b.roof_m2:
        depth = b.roof_m2 / (b.w - 30.0) / max(1, round(b.roof_m2 / (b.w - 30.0) / 62.0))
    _bars(b, "hall", depth, 15.0, min(45.0, b.w * 0.4), min(150.0, b.w), name)
    _street_trees(b, 14.0)


def works(b: Block) -> None:
    """Three to five storey workshops in rows."""
    _bars(b, "works", b.rng.uniform(21.0, 27.0), 16.0, 42.0, 88.0, b.name or _firm(b, "产业园"))
    b.scatter(int(b.w * b.d / 800.0), 4.0, 8.0)


def warehouses(b: Block) -> None:
    """Logistics sheds with yards between."""
    small = b.d < 110.0
    _bars(
        b,
        "warehouse",
        18.0 if small else b.rng.uniform(30.0, 48.0),
        12.0 if small else 30.0,
        26.0 if small else 70.0,
        60.0 if small else 150.0,
        b.name or _firm(b, "物流"),
    )
    _street_trees(b, 16.0)


def dorms(b: Block) -> None:
    """Housing of a works: slabs in rows."""
    for v in np.arange(-b.d / 2 + 14.0, b.d / 2 - 10.0, 34.0):
        u, size = segments(b.rng, b.w - 16.0, 34.0, 58.0, 9.0)
        b.put("dorm", u, v, size, 13.5)
    b.scatter(int(b.w * b.d / 300.0), 4.0, 8.0)


def campus(b: Block) -> None:
    """A college: rows of teaching and dormitory blocks under trees, roof as named in the plan."""
    _bars(b, "teach", 16.0, 22.0, 38.0, 70.0, b.name)
    b.scatter(int(b.w * b.d / 190.0), 4.0, 11.0)


def green(b: Block) -> None:
    """A park with a pavilion."""
    b.site.green.append(b.outline())
    b.put("misc", b.w * 0.1, b.d * 0.2, 11.0, 8.0, storeys=1, name="公园管理房")
    b.scatter(int(b.w * b.d / 75.0), 4.0, 12.0)


def vacant(b: Block) -> None:
    """Ground made ready for building, with a site hut."""
    b.site.bare.append(b.outline(8.0))
    b.put("misc", -b.w * 0.35, -b.d * 0.35, 14.0, 7.0, storeys=1)


def yard(b: Block) -> None:
    """Garages, pump house, stores."""
    n = 4
    u = (np.arange(n) + 0.5) / n * b.w - b.w / 2
    b.put("misc", u, b.rng.uniform(-b.d * 0.3, b.d * 0.3, n), b.rng.uniform(9.0, 18.0, n), b.rng.uniform(6.0, 9.0, n))
    b.scatter(int(b.w * b.d / 300.0), 4.0, 9.0)


def _street_trees(b: Block, step: float) -> None:
    for v in (-b.d / 2 + 2.0, b.d / 2 - 2.0):
        u = np.arange(-b.w / 2 + 4.0, b.w / 2 - 4.0, step)
        b.site.plant(b.frame, u, np.full(u.size, v), b.rng.uniform(4.0, 8.0, u.size))


TEMPLATES: dict[str, Callable[[Block], None]] = {
    f.__name__: f
    for f in (
        slabs,
        towers,
        terraces,
        houses,
        shops,
        mall,
        office,
        school,
        hospital,
        government,
        halls,
        works,
        warehouses,
        dorms,
        campus,
        green,
        vacant,
        yard,
    )
}
