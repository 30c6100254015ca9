"""Samples of the other plans' places, composed of the parts of the village: other land, climate, names and works.

Names and codes of counties, districts and townships are true as far as published; a township without a published code
has that of its plan and a number of ours. Everything else is invented. A sample shows a part of its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from guanghui.data.demo.plan import Campus, District, Line, Plan, Point, Pond, Shares, SitePlan, Township
from guanghui.data.demo.plan_village import VILLAGE

__all__ = ["PLACES", "mirrored", "moved"]

_TILE = 1024.0


def moved(plan: Plan, origin: Point, crs: str) -> Plan:
    """The same drawing at another place, tiles with it.

    Parameters
    ----------
    plan : Plan
        Drawing.
    origin : tuple of float
        New origin, east and north [m of ``crs``].
    crs : str
        Metric CRS of the new place, for instance ``"EPSG:4547"``.
    """
    offset = tuple(t - o for t, o in zip(plan.tile_origin, plan.origin, strict=True))
    return replace(plan, origin=origin, tile_origin=(origin[0] + offset[0], origin[1] + offset[1]), crs=crs)


def mirrored(plan: Plan, *, east: bool = False, north: bool = False) -> Plan:
    """The drawing seen in a mirror, so that two places do not look alike.

    Parameters
    ----------
    plan : Plan
        Drawing.
    east, north : bool
        Which axis is turned round.
    """
    w, h = plan.size

    def at(p: Point) -> Point:
        return (round(w - p[0], 6) if east else p[0], round(h - p[1], 6) if north else p[1])

    def points(many: tuple[Point, ...]) -> tuple[Point, ...]:
        return tuple(at(p) for p in many)

    def arc(text: str) -> str:
        words = [t if t in plan.nodes else ",".join(map(str, at(_pair(t)))) for t in text.split()]
        return " ".join(words)

    turn = -1.0 if east != north else 1.0
    dx, dy = (t - o for t, o in zip(plan.tile_origin, plan.origin, strict=True))
    dx = (w * 1000 - dx) % _TILE - 4 * _TILE if east else dx
    dy = (h * 1000 - dy) % _TILE - 4 * _TILE if north else dy
    return replace(
        plan, nodes={k: at(p) for k, p in plan.nodes.items()}, arcs=tuple(arc(a) for a in plan.arcs),
        tile_origin=(plan.origin[0] + dx, plan.origin[1] + dy),
        townships=tuple(replace(t, inside=at(t.inside)) for t in plan.townships), lake=points(plan.lake),
        bay=points(plan.bay), rivers=tuple(replace(r, points=points(r.points)) for r in plan.rivers),
        roads=tuple(replace(r, points=points(r.points)) for r in plan.roads),
        hills=tuple((*at((a, b)), c, d, e) for a, b, c, d, e in plan.hills),
        ponds=tuple(replace(p, at=at(p.at), angle=turn * p.angle) for p in plan.ponds),
        treatment_wetland=at(plan.treatment_wetland),
        districts=tuple(replace(
            d, outline=points(d.outline), angle=turn * d.angle,
            campuses=tuple(replace(c, at=at(c.at)) for c in d.campuses)) for d in plan.districts),
        sites=tuple(replace(s, at=at(s.at), angle=turn * s.angle) for s in plan.sites),
    )  # fmt: skip


def _pair(text: str) -> Point:
    a, b = map(float, text.split(","))
    return a, b


def _chequered(plan: Plan, names: tuple[tuple[tuple[str, str, str], ...], ...], tiles: Mapping[str, int]) -> Plan:
    """A plan with units in rows from the north and columns from the west."""
    rows, columns = len(names), len(names[0])
    xs = [0.15 + 3.1 * k / columns for k in range(columns + 1)]
    ys = [2.55 - 2.4 * k / rows for k in range(rows + 1)]
    nodes = {f"g{r}{c}": (xs[c], ys[r]) for r in range(rows + 1) for c in range(columns + 1)}
    sway = (0.05, -0.06, 0.04, -0.05, 0.06)
    arcs = []
    for r in range(rows + 1):
        for c in range(columns + 1):
            if c < columns:
                bend = sway[(r + 2 * c) % 5]
                arcs.append(f"g{r}{c} {(xs[c] + xs[c + 1]) / 2:.3f},{ys[r] + bend:.3f} g{r}{c + 1}")
            if r < rows:
                bend = sway[(2 * r + c) % 5]
                arcs.append(f"g{r}{c} {xs[c] + bend:.3f},{(ys[r] + ys[r + 1]) / 2:.3f} g{r + 1}{c}")
    towns = tuple(
        Township(code, name, en, ((xs[c] + xs[c + 1]) / 2, (ys[r] + ys[r + 1]) / 2), tiles.get(code, 0))
        for r, row in enumerate(names) for c, (code, name, en) in enumerate(row)
    )  # fmt: skip
    return replace(plan, nodes=nodes, arcs=tuple(arcs), townships=tuple(sorted(towns, key=lambda t: t.code)))


def _town(name: str, mix: Mapping[str, float], campuses: tuple[Campus, ...]) -> District:
    return replace(VILLAGE.districts[0], name=name, mix=dict(mix), campuses=campuses)


def _works(name: str, mix: Mapping[str, float], campuses: tuple[Campus, ...]) -> District:
    return replace(VILLAGE.districts[1], name=name, mix=dict(mix), campuses=campuses)


def _named(lines: tuple[Line, ...], *names: str) -> tuple[Line, ...]:
    return tuple(replace(line, name=name) for line, name in zip(lines, names, strict=True))


_HOMES = VILLAGE.districts[0].mix
_YARDS = (SitePlan("carport", (1.8, 1.12), (420.0, 130.0), 1.2, "yard"),)

_RUIJIN = replace(
    mirrored(moved(VILLAGE, (402_700.0, 2_863_800.0), "EPSG:4548"), east=True),
    townships=(
        Township("360781100", "象湖镇", "Xianghu", (1.5, 1.6), 0, ("绵江",)),
        Township("360781102", "壬田镇", "Rentian", (2.8, 1.8), 1, ("中潭", "高轩")),
        Township("360781104", "沙洲坝镇", "Shazhouba", (2.8, 0.7), 1, ("洁源", "清水")),
    ),
    lake_name="绵江水库",
    rivers=_named(mirrored(VILLAGE, east=True).rivers, "绵江"),
    roads=_named(mirrored(VILLAGE, east=True).roads, "象壬公路", "象沙公路"),
    hills=(
        (3.0, 2.35, 0.8, 0.6, 320.0), (4.0, 1.0, 0.9, 1.1, 420.0), (2.9, 0.3, 0.6, 0.5, 260.0),
        (1.4, 0.35, 0.7, 0.4, 170.0), (0.4, 2.4, 0.7, 0.5, 240.0), (2.1, 2.5, 0.6, 0.4, 210.0),
    ),
    districts=tuple(
        replace(d, outline=m.outline, angle=m.angle)
        for d, m in zip(
            (
                _town("象湖", _HOMES, (
                    Campus("象湖镇人民政府", "government", (1.65, 1.60)),
                    Campus("瑞金市第一小学", "school", (1.95, 1.55)),
                    Campus("瑞金市人民医院", "hospital", (1.35, 1.45)), Campus("绵江农贸市场", "mall", (1.80, 1.42)),
                    Campus("绵江湿地公园", "green", (1.45, 1.60)),
                )),
                _works("瑞金经开区", {"halls": 2.0, "works": 1.4, "warehouses": 0.8, "vacant": 0.8}, (
                    Campus("沙洲坝学校", "school", (1.95, 1.15)), Campus("红都电线电缆厂", "halls", (1.4, 1.15)),
                    Campus("经开区标准厂房", "works", (1.8, 1.0)),
                )),
            ),
            mirrored(VILLAGE, east=True).districts, strict=True)
    ),
    shares=Shares(lake=1.0, marsh=1.0, forest=81.0, crop=3.0),
    standing_volume_m3=42_000.0,
    afforested_ha=8.0,
    names={"bay": "绵江", "marsh": "滩涂", "constructed": "绵江尾水人工湿地"},
    zones=("瑞金经开区",),
    sites=(SitePlan("forest_light", (1.28, 1.3), (300.0, 200.0), 2.0, "open"),),
)  # fmt: skip

_RONGJIANG = replace(
    mirrored(moved(VILLAGE, (590_200.0, 2_852_700.0), "EPSG:4547"), north=True),
    townships=(
        Township("360703R01", "高校园区", "University Park", (1.9, 1.1), 0),
        Township("360703R02", "潭东镇", "Tandong", (0.6, 0.9), 1, ("东坑", "樟坊")),
        Township("360703R03", "潭口镇", "Tankou", (0.6, 2.0), 1, ("洋山", "坳上")),
    ),
    lake_name="章江",
    rivers=_named(mirrored(VILLAGE, north=True).rivers, "潭口河"),
    roads=_named(mirrored(VILLAGE, north=True).roads, "蓉江大道", "潭口路"),
    districts=tuple(
        replace(d, outline=m.outline, angle=m.angle)
        for d, m in zip(
            (
                _town("高校园", {"school": 1.4, "slabs": 2.6, "towers": 2.4, "office": 0.6, "green": 1.0}, (
                    Campus("蓉江新区管委会", "government", (1.75, 1.10)), Campus("蓉江学校", "school", (1.45, 1.15)),
                    Campus("蓉江医院", "hospital", (2.05, 1.25)), Campus("高校园商业广场", "mall", (1.60, 1.28)),
                )),
                _works("毅德物流园", {"warehouses": 5.0, "halls": 1.4, "vacant": 0.5}, (
                    Campus("赣南科技学院", "campus", (1.45, 1.55), 22_000.0),
                    Campus("毅德物流园一期", "warehouses", (2.0, 1.55)),
                    Campus("毅德物流园二期", "warehouses", (1.9, 1.7)),
                )),
            ),
            mirrored(VILLAGE, north=True).districts, strict=True)
    ),
    shares=Shares(lake=9.0, marsh=1.5, forest=31.0, crop=24.0),
    standing_volume_m3=9_000.0,
    names={"bay": "章江湾", "marsh": "河滩", "constructed": "蓉江尾水人工湿地"},
    zones=("毅德物流园",),
    sites=mirrored(replace(VILLAGE, sites=_YARDS), north=True).sites,
)  # fmt: skip

_YANCHENG = replace(
    _chequered(
        moved(VILLAGE, (541_700.0, 3_713_800.0), "EPSG:4549"),
        (
            (("320923", "阜宁县", "Funing"), ("320921", "响水县", "Xiangshui"), ("320922", "滨海县", "Binhai")),
            (("320925", "建湖县", "Jianhu"), ("320902", "亭湖区", "Tinghu"), ("320924", "射阳县", "Sheyang")),
            (("320903", "盐都区", "Yandu"), ("320981", "东台市", "Dongtai"), ("320904", "大丰区", "Dafeng")),
        ),
        {"320923": 1, "320903": 1},
    ),
    lake_name="黄海",
    rivers=_named(VILLAGE.rivers, "射阳河"),
    roads=_named(VILLAGE.roads, "盐射公路", "通榆公路"),
    hills=((0.6, 2.3, 0.8, 0.6, 3.0), (0.5, 0.5, 0.8, 0.6, 2.0)),
    ponds=(
        Pond("建湖塘", (0.55, 1.95), (60, 40)), Pond("大丰养殖场", (2.45, 0.50), (620, 420), "fish", 4.0),
        Pond("射阳养殖场", (2.62, 2.05), (300, 240), "fish", 4.0),
    ),
    districts=(
        _town("亭湖", _HOMES, (
            Campus("亭湖区人民政府", "government", (1.75, 1.60)), Campus("亭湖小学", "school", (1.45, 1.55)),
            Campus("亭湖医院", "hospital", (2.05, 1.45)), Campus("亭湖农贸市场", "mall", (1.60, 1.42)),
        )),
        _works("盐城经开区", {"halls": 4.0, "works": 1.6, "warehouses": 1.2, "vacant": 0.3}, (
            Campus("光伏组件厂", "halls", (1.6, 1.0)), Campus("汽车零部件厂", "halls", (1.9, 1.0)),
            Campus("新能源产业园", "works", (2.0, 1.15)), Campus("盐城港物流园", "warehouses", (2.2, 1.0)),
        )),
    ),
    shares=Shares(lake=20.0, marsh=8.0, forest=13.0, crop=34.0),
    standing_volume_m3=3_800.0,
    afforested_ha=8.0,
    wetland_types={"lake": "浅海水域", "bay": "潮滩", "marsh": "滨海盐沼", "pond": "养殖坑塘"},
    names={"bay": "射阳潮滩", "marsh": "盐沼", "constructed": "盐城尾水人工湿地"},
    zones=("盐城经开区",),
    sites=(SitePlan("fishery", (2.45, 0.50), (620.0, 420.0), 14.0, "pond", 4.0), *_YARDS),
)  # fmt: skip

_JIANGXI = replace(
    _chequered(
        mirrored(moved(VILLAGE, (377_600.0, 3_160_000.0), "EPSG:4548"), east=True, north=True),
        (
            (("360482", "共青城市", "Gongqingcheng"), ("360424", "修水县", "Xiushui"), ("360323", "芦溪县", "Luxi")),
            (("361127", "余干县", "Yugan"), ("360981", "丰城市", "Fengcheng"), ("360781", "瑞金市", "Ruijin")),
        ),
        {"360781": 1, "360323": 1},
    ),
    lake_name="鄱阳湖",
    rivers=_named(mirrored(VILLAGE, east=True, north=True).rivers, "赣江"),
    roads=_named(mirrored(VILLAGE, east=True, north=True).roads, "昌赣公路", "浙赣公路"),
    hills=((3.0, 2.2, 0.7, 0.6, 360.0), (3.1, 0.4, 0.7, 0.6, 280.0), (4.0, 1.4, 0.7, 0.9, 300.0),
           (1.7, 2.4, 0.6, 0.3, 160.0)),
    districts=tuple(
        replace(d, outline=m.outline, angle=m.angle)
        for d, m in zip(
            (
                _town("丰城", _HOMES, (
                    Campus("丰城市人民政府", "government", (1.65, 1.10)), Campus("丰城小学", "school", (1.95, 1.15)),
                    Campus("丰城医院", "hospital", (1.35, 1.25)), Campus("丰城农贸市场", "mall", (1.80, 1.28)),
                )),
                _works("丰城高新区", {"halls": 3.0, "works": 1.4, "warehouses": 1.4, "vacant": 0.4}, (
                    Campus("丰城标准厂房", "works", (1.4, 1.55)), Campus("循环经济产业园", "halls", (1.8, 1.7)),
                )),
            ),
            mirrored(VILLAGE, east=True, north=True).districts, strict=True)
    ),
    shares=Shares(lake=12.0, marsh=4.0, forest=48.0, crop=17.0),
    standing_volume_m3=24_000.0,
    names={"bay": "鄱阳湖湾", "marsh": "草洲", "constructed": "示范人工湿地"},
    zones=("丰城高新区",),
    sites=(SitePlan("ground", (2.75, 1.3), (300.0, 200.0), 4.0), SitePlan("agri", (1.0, 2.2), (300.0, 200.0), 4.0)),
)  # fmt: skip

PLACES: Mapping[str, Plan | None] = {
    "gongqingcheng": None,
    "ruijin": _RUIJIN,
    "rongjiang": _RONGJIANG,
    "yancheng": _YANCHENG,
    "jiangxi": _JIANGXI,
}
"""Place of each plan; Gongqingcheng has its own two extents."""
