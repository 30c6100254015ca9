"""Static maps: the colours of the legend, the same bytes, true scale, names that cannot break them."""

from __future__ import annotations

import copy
import math
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import shapely
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.text import Text
from PIL import Image
from pyproj import Geod

from guanghui.geo import Notes, fonts
from guanghui.geo.errors import InputError
from guanghui.maps.drawing.ground import LAND_GROUPS
from guanghui.maps.drawing.mercator import to_mercator
from guanghui.maps.drawing.style import Categories, ramp
from guanghui.maps.page.facts import pv_facts
from guanghui.maps.page.roofs import measures
from guanghui.maps.page.sinkview import density_ramp
from guanghui.maps.page.wetlands import wetland_colour
from guanghui.maps.pictures.frame import MAP_MM, PAGE_MM, entries, framed_box
from guanghui.maps.pictures.static import DPI, STATIC_VIEWS, save_map, static_map, static_maps
from guanghui.maps.words.i18n import words
from guanghui.maps.words.numbers import format_number
from tests.maps.scene import Scene

TOWN = "360482100"


def drawn(scene: Scene, view: str, code: str | None = TOWN, **options) -> Figure:
    figure = static_map(scene.city, view, code=code, roofs=scene.roofs, plan=scene.plan, stock=scene.stock, **options)
    assert figure is not None
    return figure


def pixels(figure: Figure, folder: Path) -> np.ndarray:
    with Image.open(save_map(figure, folder / "map.png")) as image:
        return np.asarray(image.convert("RGB"))


def colours(part: np.ndarray) -> set[str]:
    return {"#{:02x}{:02x}{:02x}".format(*row) for row in np.unique(part.reshape(-1, 3), axis=0)}


def map_part(image: np.ndarray) -> np.ndarray:
    per_mm = DPI / 25.4
    left, bottom, wide, tall = MAP_MM
    top = PAGE_MM[1] - bottom - tall
    return image[
        round(top * per_mm) : round((top + tall) * per_mm), round(left * per_mm) : round((left + wide) * per_mm)
    ]


def at(scene: Scene, image: np.ndarray, code: str | None, x: float, y: float) -> str:
    """Colour of the map at a place in EPSG:3857."""
    shapes = to_mercator(scene.city.townships)
    here = np.ones(len(shapes), bool) if code is None else scene.city.townships["code"].to_numpy() == code
    west, south, east, north = framed_box(shapely.union_all(shapes[here]).bounds)
    part = map_part(image)
    row = int((north - y) / (north - south) * part.shape[0])
    col = int((x - west) / (east - west) * part.shape[1])
    return "#{:02x}{:02x}{:02x}".format(*part[row, col])


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.findobj(Text) if t.get_text()]


def test_roofs_have_the_colours_of_their_yield(city_scene: Scene, tmp_path: Path):
    own = city_scene.roofs[city_scene.roofs["township_code"] == TOWN]
    apart: list[int] = []
    spots = shapely.centroid(own.geometry.to_numpy())
    for i, spot in enumerate(spots):  # far enough from each other to be made as large as halls
        if all(spot.distance(spots[k]) > 150 for k in apart):
            apart.append(i)
    roofs = own.iloc[apart].assign(geometry=shapely.buffer(spots[apart], 60))
    legend = measures(roofs)["yield_kwh"]
    wanted = [legend.colours[i] for i in legend.classify(roofs["yield_kwh"])]
    figure = static_map(city_scene.city, "pv", code=TOWN, roofs=roofs)
    assert figure is not None
    image = pixels(figure, tmp_path)
    seen = [at(city_scene, image, TOWN, p.x, p.y) for p in shapely.centroid(to_mercator(roofs))]
    assert len(seen) > 30
    assert set(wanted) == set(legend.colours)
    assert seen == wanted


def test_phases_have_the_colours_of_their_legend(city_scene: Scene, tmp_path: Path):
    shown = colours(map_part(pixels(drawn(city_scene, "phases"), tmp_path)))
    legend = measures(city_scene.roofs, city_scene.plan)["phase"]
    assert isinstance(legend, Categories)
    assert {colour for *_, colour in legend.items} <= shown
    assert "2022 年建设" in texts(drawn(city_scene, "phases"))


def test_carbon_has_only_the_colours_of_its_classes(city_scene: Scene, tmp_path: Path):
    image = pixels(drawn(city_scene, "carbon"), tmp_path)
    legend = density_ramp("total")
    total = city_scene.stock.density["total"].compute()
    row = city_scene.city.townships.set_index("code").loc[TOWN].geometry
    inner = row.buffer(-300)
    rng = np.random.default_rng(2)
    west, south, east, north = inner.bounds
    right = tried = 0
    for x, y in rng.uniform((west, south), (east, north), (200, 2)):
        if not shapely.contains_xy(inner, x, y):
            continue
        near = total.sel(x=slice(x - 15, x + 15), y=slice(y + 15, y - 15)).to_numpy()
        classes = set(legend.classify(near).ravel().tolist())
        if len(classes) != 1:
            continue  # a border between two classes may fall either side of a pixel
        place = to_mercator(city_scene.city.townships.iloc[:0].assign(a=[]).reindex([0]).set_geometry(
            [shapely.Point(x, y)], crs=city_scene.city.crs))[0]  # fmt: skip
        tried += 1
        right += at(city_scene, image, TOWN, place.x, place.y) == legend.colours[classes.pop()]
    assert tried > 40
    assert right >= tried - 2  # under a name


def test_forest_and_wetlands_have_the_colours_of_the_pages(city_scene: Scene, tmp_path: Path):
    shown = colours(map_part(pixels(drawn(city_scene, "land", None), tmp_path)))
    kinds = city_scene.city.wetlands["wetland_type"].unique()
    assert {wetland_colour(kind) for kind in kinds} | {LAND_GROUPS["forest"][2]} <= shown


def test_totals_of_townships_are_circles_as_large_as_their_figures(city_scene: Scene):
    s = city_scene
    energy = pv_facts(s.city.townships, s.roofs, s.plan)[0]["yield_kwh"].to_numpy(float)
    figure = drawn(s, "pv", None)
    found = np.array([circle.get_radius() for circle in figure.axes[0].patches if isinstance(circle, Circle)])
    np.testing.assert_allclose(np.sort(found**2) / found.max() ** 2, np.sort(energy) / energy.max(), rtol=1e-9)
    key, quarter = (circle.get_radius() for circle in figure.artists if isinstance(circle, Circle))
    assert key**2 == pytest.approx(4 * quarter**2)
    texts = [text.get_text() for text in figure.findobj(Text)]
    most = 10.0 ** np.floor(np.log10(energy.max()))
    largest = max(n * most for n in (1, 2, 5) if n * most <= energy.max())
    assert (key * 72 / 24) ** 2 == pytest.approx(largest / energy.max(), rel=1e-9)
    for value in (largest, largest / 4):
        assert format_number(value, "kwh", "zh") in texts
    for name, value in zip(s.city.townships["name"], energy, strict=True):
        assert f"{name}\n{format_number(value, 'kwh', 'zh')}" in texts


def test_every_class_stands_in_the_legend(city_scene: Scene, tmp_path: Path):
    image = pixels(drawn(city_scene, "carbon"), tmp_path)
    column = image[:, round(132 / 25.4 * DPI) :]
    assert set(density_ramp("total").colours) <= colours(column)


@pytest.mark.parametrize("view", STATIC_VIEWS)
def test_the_same_map_gives_the_same_bytes(city_scene: Scene, tmp_path: Path, view: str):
    figures = drawn(city_scene, view), drawn(city_scene, view)
    for suffix in ("png", "svg"):
        first, second = (save_map(f, tmp_path / f"{i}.{suffix}").read_bytes() for i, f in enumerate(figures))
        assert first == second
        assert b"202" not in first[:400]  # no date in the head


def test_an_svg_can_be_read_and_holds_no_date(city_scene: Scene, tmp_path: Path):
    path = save_map(drawn(city_scene, "land"), tmp_path / "map.svg")
    root = ET.parse(path).getroot()
    assert root.tag.endswith("svg")
    assert "dc:date" not in path.read_text(encoding="utf-8")


def test_the_picture_has_300_dots_an_inch(city_scene: Scene, tmp_path: Path):
    with Image.open(save_map(drawn(city_scene, "land"), tmp_path / "map.png")) as image:
        assert image.size == tuple(int(side / 25.4 * DPI) for side in PAGE_MM)
        assert image.info["dpi"] == pytest.approx((DPI, DPI), rel=1e-3)


def test_the_scale_bar_is_true(city_scene: Scene):
    figure = drawn(city_scene, "land")
    text = next(t for t in texts(figure) if t.endswith(" 公里"))
    bars = [p for p in figure.artists + figure.patches if getattr(p, "get_height", lambda: 0)() == 1.3 / 25.4]
    wide_mm = sum(bar.get_width() for bar in bars) * 25.4
    box = city_scene.city.townships.set_index("code").loc[[TOWN]]
    west, south, east, north = framed_box(shapely.union_all(to_mercator(box)).bounds)
    radius = 6378137.0
    lat = math.degrees(math.atan(math.sinh((south + north) / 2 / radius)))
    _, _, metres = Geod(ellps="WGS84").inv(math.degrees(west / radius), lat, math.degrees(east / radius), lat)
    assert wide_mm / MAP_MM[2] * metres == pytest.approx(1000 * float(text.split()[0]), rel=1e-3)


def test_title_mark_source_and_date(city_scene: Scene):
    found = texts(drawn(city_scene, "carbon", date="2026-11-21"))
    assert "甘露镇碳密度" in found
    assert "示范数据" in found
    assert any("数据来源" in t and "2026-11-21" in t for t in found)
    english = texts(drawn(city_scene, "carbon", None, lang="en"))
    assert "Gongqingcheng: Carbon density" in english
    assert "Illustrative data" in english
    assert not any("\u4e00" <= c <= "\u9fff" for t in english for c in t)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch):
    """A computer without fonts."""
    monkeypatch.setattr("guanghui.geo.fonts._installed", lambda: {"DejaVu Sans"})
    monkeypatch.setattr("guanghui.geo.fonts.font_manager.findSystemFonts", lambda: [])
    fonts.cjk_font.cache_clear()
    yield
    fonts.cjk_font.cache_clear()


@pytest.mark.usefixtures("bare")
def test_a_bare_computer_writes_chinese_with_the_font_that_ships(city_scene: Scene):
    city = copy.copy(city_scene.city)
    city.notes = Notes()
    assert fonts.cjk_font() == "Guanghui Sans SC"
    assert fonts.drawable("共青城市 苏家垱乡 亩 Ⅰ ≥ ² ₂ 龘") == "共青城市 苏家垱乡 亩 Ⅰ ≥ ² ₂ □"
    figure = static_map(city, "carbon", code=TOWN, stock=city_scene.stock)
    assert figure is not None
    assert any("甘露镇" in text for text in texts(figure))
    figure.canvas.draw()  # a glyph that is missing would be a warning, and so an error
    assert not list(city.notes)
    for name in words().values():
        assert "□" not in fonts.drawable(name[0]), name


@pytest.mark.usefixtures("bare")
def test_without_a_chinese_font_the_labels_are_english_and_a_note_says_so(
    city_scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("guanghui.geo.fonts._SHIPPED", ("fonts", "gone.otf"))
    try:
        city = copy.copy(city_scene.city)
        city.notes = Notes()
        figure = static_map(city, "carbon", code=TOWN, stock=city_scene.stock)
        assert figure is not None
        assert "Ganlu: Carbon density" in texts(figure)
        assert [n.source for n in city.notes] == ["fonts"]
        assert "fonts-noto-cjk" in city.notes.items[0].text_zh
    finally:
        fonts.cjk_font.cache_clear()


def test_what_is_not_there_is_left_out(city_scene: Scene):
    s = city_scene
    assert [v for v, _ in static_maps(s.city, code=TOWN, roofs=s.roofs)] == ["pv", "land"]
    assert [v for v, _ in static_maps(s.city, stock=s.stock)] == ["carbon", "land"]
    assert static_map(s.city, "phases", code=TOWN, roofs=s.roofs) is None
    none = s.roofs[s.roofs["township_code"] != TOWN]
    assert static_map(s.city, "pv", code=TOWN, roofs=none) is None


def test_wrong_names_are_answered_with_a_sentence(city_scene: Scene, tmp_path: Path):
    with pytest.raises(InputError, match="no view 'roads'; there are pv"):
        static_map(city_scene.city, "roads")
    with pytest.raises(InputError, match="no township '1'; there are 360482100"):
        static_map(city_scene.city, "pv", code="1")
    with pytest.raises(InputError, match=r"\.png or \.svg, not as '\.bmp'"):
        save_map(Figure(), tmp_path / "a.bmp")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["$\\frac{1}{", "甲" * 300, "a\x00b\ud800c", "𠮷\U0001f33f镇", "<b>&\"'", "\n\n"])
def test_hostile_names_are_drawn_as_text(city_scene: Scene, tmp_path: Path, name: str):
    city = copy.copy(city_scene.city)
    city.townships = city.townships.assign(name=name.encode("utf-8", "ignore").decode("utf-8"))
    city.name = name
    figure = static_map(city, "pv", roofs=city_scene.roofs, plan=city_scene.plan)
    assert figure is not None
    ET.parse(save_map(figure, tmp_path / "map.svg"))
    assert pixels(figure, tmp_path).shape[1] > 1000


def test_names_never_run_into_each_other(city_scene: Scene):
    figure = drawn(city_scene, "pv", None)
    figure.set_dpi(100)
    figure.canvas.draw()
    names = [t for t in figure.axes[0].texts if t.get_text()]
    boxes = [t.get_window_extent() for t in names]
    assert len(boxes) == 3
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_limits_are_written_as_on_the_pages():
    unit, rows = entries(ramp("sun", "kwh", (1e4, 1.5e4, 2e6)), "zh")
    assert unit == "万千瓦时"
    assert [text for _, text in rows] == ["< 1", "1 – 1.5", "1.5 – 200", "≥ 200"]
    assert entries(ramp("sun", "kwh", ()), "en") == ("", [(ramp("sun", "kwh", ()).colours[0], "")])
