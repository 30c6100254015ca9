"""A small cut for tests: three townships, two surface tiles, every kind of building and land; builds in seconds."""

from __future__ import annotations

from guanghui.data.demo.plan import Campus, District, Line, Plan, Pond, SitePlan, Township

__all__ = ["VILLAGE"]

_ORIGIN = (384200.0, 3237100.0)

_TOWN = District(
    "小镇", ((1.20, 1.33), (2.36, 1.33), (2.36, 1.55), (2.2, 1.69), (1.35, 1.69), (1.20, 1.55)), 1.5, (122.0, 88.0),
    12.0,
    {"terraces": 2.0, "slabs": 3.0, "houses": 2.0, "towers": 1.6, "shops": 1.0, "office": 0.5, "green": 0.6},
    (
        Campus("茶山街道办事处", "government", (1.75, 1.60)), Campus("茶山小学", "school", (1.45, 1.55)),
        Campus("茶山医院", "hospital", (2.05, 1.45)), Campus("茶山农贸市场", "mall", (1.60, 1.42)),
        Campus("茶山公园", "green", (1.95, 1.60)),
    ),
)  # fmt: skip

_WORKS = District(
    "小工业园", ((1.30, 0.90), (2.30, 0.90), (2.37, 1.0), (2.36, 1.26), (1.20, 1.26), (1.20, 1.0)),
    0.8, (230.0, 165.0), 16.0,
    {"halls": 3.0, "works": 1.0, "warehouses": 1.5, "vacant": 0.4},
    (
        Campus("国科学校", "campus", (1.45, 1.15), 23500.0), Campus("青网科技园", "works", (2.0, 1.15), 17500.0),
        Campus("茶山羽绒厂", "halls", (1.6, 1.0)), Campus("茶山纺织厂", "halls", (1.9, 1.0)),
        Campus("茶山物流园", "warehouses", (2.2, 1.0)),
    ),
)  # fmt: skip

VILLAGE = Plan(
    origin=_ORIGIN,
    size=(3.4, 2.7),
    margin=1000.0,
    area_km2=7.2,
    tile_origin=(_ORIGIN[0] + 440.0 - 4096.0, _ORIGIN[1] + 780.0 - 4096.0),
    nodes={"a": (0.15, 1.2), "b": (1.3, 0.15), "c": (3.25, 1.0), "d": (1.35, 2.55), "m": (1.12, 1.28)},
    arcs=("a 0.1,0.6 0.4,0.2 b", "b 2.0,0.1 2.9,0.2 3.2,0.5 c", "c 3.3,1.7 3.0,2.4 2.2,2.6 d",
        "d 0.7,2.55 0.2,2.3 0.1,1.7 a",
          "a 0.6,1.32 m", "m 1.14,0.7 b", "m 1.10,1.9 d"),
    townships=(
        Township("360482001", "茶山街道", "Chashan", (1.9, 1.6), 0, ("南湖",)),
        Township("360482100", "甘露镇", "Ganlu", (0.6, 1.8), 1, ("坂上", "岭下")),
        Township("360482101", "江益镇", "Jiangyi", (0.6, 0.7), 1, ("湖东", "红星")),
    ),
    lake=((2.9, -3.0), (2.75, 0.2), (2.9, 0.7), (2.7, 1.1), (2.8, 1.6), (2.65, 2.0), (2.8, 2.7), (2.9, 6.0),
        (9.0, 6.0), (9.0, -3.0)),
    lake_name="鄱阳湖",
    bay=((2.3, 0.6), (3.0, 0.75), (2.98, 1.7), (2.3, 1.75)),
    rivers=(Line("博阳河", ((-2.5, 2.3), (0.3, 2.1), (1.2, 2.15), (2.1, 2.0), (2.8, 2.05)), (36.0, 60.0), "river"),),
    roads=(
        Line("共甘公路", ((-2.0, 1.40), (0.5, 1.36), (1.1, 1.30), (2.42, 1.295)), (12.0, 12.0)),
        Line("共江公路", ((0.9, -2.5), (0.84, 0.8), (0.80, 1.36), (0.78, 2.0), (0.6, 4.6)), (10.0, 10.0)),
    ),
    hills=((0.35, 2.35, 0.5, 0.5, 150.0), (-0.6, 1.0, 0.7, 0.9, 260.0), (0.5, 0.35, 0.5, 0.4, 110.0),
        (1.9, 0.4, 0.5, 0.3, 40.0)),
    ponds=(Pond("坂上水库", (0.55, 1.95), (60, 40)), Pond("湖东养殖场", (2.3, 0.55), (380, 220), "fish", 8.0)),
    treatment_wetland=(2.52, 1.5),
    districts=(_TOWN, _WORKS),
    rural_houses=210,
    hamlet=0.6,
    warp=0.22,
    afforested_ha=6.0,
    new_built_ha=2.0,
    new_marsh_ha=1.0,
    stand_ha=4.0,
    standing_volume_m3=7457.0,
    sites=(
        SitePlan("jiangyi", (0.62, 0.72), (340.0, 240.0), 6.0), SitePlan("ground", (0.45, 1.75), (300.0, 200.0), 4.0),
    ),
    zones=("小工业园",),
)  # fmt: skip
