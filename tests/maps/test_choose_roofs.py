"""Roofs chosen by hand, their list and its files, and the address that keeps what is shown."""

from __future__ import annotations

import io
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui.pv.programme.existing import exclude
from tests.maps.scene import Scene

pytestmark = pytest.mark.browser

CODE = "360482100"
CHOSEN = """() => Array.from(Guanghui.page.roofs.chosen)
  .map((c, i) => c ? Guanghui.page.roofs.columns.building_id[i] : '').filter(Boolean)"""
MIDDLES = """() => { const G = Guanghui, m = G.page.map, o = G.page.roofs.outlines, found = {};
  const box = m.getContainer().getBoundingClientRect();
  for (let i = 0; i < o.count; i++) {
    const p = m.latLngToContainerPoint(o.middle(i));
    found[G.page.roofs.columns.building_id[i]] = [p.x + box.left, p.y + box.top];
  }
  return found; }"""


@pytest.fixture
def page(open_page, township_html: str):
    return open_page(township_html)


@pytest.fixture
def own(city_scene: Scene) -> gpd.GeoDataFrame:
    roofs = city_scene.roofs
    return roofs[roofs["township_code"].astype(str) == CODE].set_index("building_id")


def half(page) -> tuple[dict[str, list[float]], float, tuple[float, float, float, float]]:
    """Where the roofs lie on the screen, a line between two of them, and the rectangle left of it."""
    at = page.evaluate(MIDDLES)
    xs = sorted(x for x, _ in at.values())
    cut = (xs[len(xs) // 2 - 1] + xs[len(xs) // 2]) / 2
    ys = [y for _, y in at.values()]
    return at, cut, (min(xs) - 6, min(ys) - 6, cut, max(ys) + 6)


def free(own: gpd.GeoDataFrame, wanted: set[str]) -> str:
    """The first of some roofs whose box has its middle on it, and on no other roof."""
    shapes = own.geometry.to_crs(3857)
    middles = shapely.centroid(shapely.box(*shapes.bounds.to_numpy().T))
    found = shapely.STRtree(shapes.to_numpy()).query(middles, predicate="within")
    alone = {own.index[i] for i, j in found.T if i == j} - {own.index[i] for i, j in found.T if i != j}
    return min(alone & wanted)


def drag(page, points: list[tuple[float, float]], shift: bool = False) -> None:
    page.mouse.move(*points[0])
    if shift:
        page.keyboard.down("Shift")
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
    page.mouse.up()
    if shift:
        page.keyboard.up("Shift")


def test_a_rectangle_takes_the_roofs_inside_and_the_sums_are_theirs(page, own: gpd.GeoDataFrame) -> None:
    at, cut, (left, top, right, bottom) = half(page)
    page.click("#tool-rectangle")
    middle = page.evaluate("JSON.stringify(Guanghui.page.map.getCenter())")
    drag(page, [(left, top), (right, bottom)])
    assert page.evaluate("JSON.stringify(Guanghui.page.map.getCenter())") == middle, "the map stays where it is"
    ids = page.evaluate(CHOSEN)
    assert {k for k, (x, _) in at.items() if x < cut - 1} <= set(ids) <= {k for k, (x, _) in at.items() if x < cut + 1}
    assert 0 < len(ids) < len(own)
    assert page.evaluate("String(getSelection())") == "", "no text is marked"
    totals = page.evaluate("Guanghui.page.roofs.totals()")
    for column in ("usable_m2", "capacity_kwp", "yield_kwh"):
        assert totals[column] == pytest.approx(own.loc[ids, column].sum(), rel=1e-5), column
    assert page.locator("#panel .lead h2").inner_text().endswith("（已筛选）")
    assert f"{len(ids):,}" in page.locator("#selection").inner_text()


def test_shift_adds_a_click_drops_undo_and_clear_go_back(page, own: gpd.GeoDataFrame) -> None:
    at, cut, (left, top, right, bottom) = half(page)
    page.click("#tool-lasso")
    drag(page, [(left, top), (right, top), (right, bottom), (left, bottom), (left, top + 5)])
    first = set(page.evaluate(CHOSEN))
    far = max(x for x, _ in at.values()) + 6
    drag(page, [(cut, top), (far, top), (far, bottom), (cut, bottom)], shift=True)
    assert set(page.evaluate(CHOSEN)) == set(own.index)
    roof = free(own, first)
    page.mouse.click(*at[roof])
    assert set(page.evaluate(CHOSEN)) == set(own.index) - {roof}
    assert page.is_hidden("#card"), "with a tool in hand a click chooses"
    page.click("#select-undo")
    page.click("#select-undo")
    assert set(page.evaluate(CHOSEN)) == first
    page.click("#select-clear")
    assert set(page.evaluate(CHOSEN)) == set(own.index)
    page.keyboard.press("Escape")
    page.mouse.click(*at[roof])
    assert page.is_visible("#card")
    assert page.heard == []


def test_where_outlines_lie_on_each_other_the_smaller_is_seen_and_found(page, own: gpd.GeoDataFrame) -> None:
    """At every roof's middle the page finds, and paints on top, the smallest outline that holds it."""
    shapes = own.geometry.to_crs(3857)
    spots = shapely.point_on_surface(shapes.to_numpy())
    held = shapely.STRtree(shapes.to_numpy()).query(spots, predicate="within")
    size = shapely.area(shapes.to_numpy())
    truth = {i: min(held[1][held[0] == i], key=lambda j: size[j]) for i in range(len(own))}
    covered = [i for i, j in truth.items() if i != j]
    assert len(covered) > 50
    found = page.evaluate(
        """points => points.map(p => Guanghui.page.roofs.columns.building_id[
        Guanghui.page.roofs.outlines.at(p[0], p[1], 0, () => true)])""",
        [[p.x, p.y] for p in spots],
    )
    assert found == [own.index[truth[i]] for i in range(len(own))]
    paints = page.evaluate(
        """points => { const G = Guanghui, o = G.page.roofs.outlines, layer = new G.RoofLayer(o), found = [];
        const world = 20037508.342789244, size = 2 * world / Math.pow(2, 22);
        layer.colors = Array.from({length: 200}, (_, i) => "#" + ("00000" + (i * 83521 + 4660).toString(16)).slice(-6));
        for (let roof = 0; roof < o.count; roof++) layer.paint[roof] = roof % 200;
        return points.map(function (p) {
          const x = Math.floor((p[0] + world) / size), y = Math.floor((world - p[1]) / size);
          const tile = document.createElement("canvas");
          layer.drawTile(tile, {x: x, y: y, z: 22});
          const at = [((p[0] + world) / size - x) * 256, ((world - p[1]) / size - y) * 256].map(Math.floor);
          const d = tile.getContext("2d").getImageData(at[0], at[1], 1, 1).data;
          return layer.colors.indexOf("#" + [0, 1, 2].map(i => ("0" + d[i].toString(16)).slice(-2)).join("")); }); }""",
        [[spots[i].x, spots[i].y] for i in covered],
    )
    order = {name: i for i, name in enumerate(page.evaluate("Guanghui.page.roofs.columns.building_id"))}
    wanted = [order[own.index[truth[i]]] % 200 for i in covered]
    assert sum(a == b for a, b in zip(paints, wanted, strict=True)) > 0.97 * len(wanted), "but on an edge's line"


def test_a_choice_stays_within_the_filters(page) -> None:
    page.locator("#panel .bars .only").nth(1).click()
    shown = set(page.evaluate(CHOSEN))
    _, _, (left, top, _, bottom) = half(page)
    page.click("#tool-rectangle")
    drag(page, [(left, top), (max(x for x, _ in page.evaluate(MIDDLES).values()) + 6, bottom)])
    assert set(page.evaluate(CHOSEN)) == shown
    page.click("#reset")
    assert page.evaluate("Guanghui.page.store.state.selected") is None
    assert page.locator("#panel .lead .filter span").count() == 1, "only that it can be taken back"


def saved(page, button: str) -> bytes:
    with page.expect_download() as download:
        page.click(button)
    with open(download.value.path(), "rb") as file:  # noqa: PTH123
        return file.read()


def test_the_list_is_the_table_of_the_study(page, own: gpd.GeoDataFrame) -> None:
    page.click("#open-list")
    raw = saved(page, "#list_csv")
    assert raw.startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(io.BytesIO(raw), encoding="utf-8-sig", dtype={"building_id": str}).set_index("building_id")
    assert set(table.index) == set(own.index)
    for column, step in (("yield_kwh", 1), ("capacity_kwp", 0.01), ("usable_m2", 0.1), ("shading_loss_pct", 0.1)):
        np.testing.assert_allclose(table[column], own.loc[table.index, column], atol=0.51 * step, err_msg=column)
    for column in ("yield_kwh", "capacity_kwp"):
        assert table[column].sum() == pytest.approx(own[column].sum(), rel=1e-5 * len(own) ** 0.5)
    page.click("#list .head-row button[data-column=capacity_kwp]")
    first = page.locator("#list .body .row").first.locator("button").inner_text()
    assert own.loc[first, "capacity_kwp"] == own["capacity_kwp"].max()
    page.locator("#list .body .row").first.locator("button").click()
    assert page.is_visible("#card")
    assert first in page.locator("#card").inner_text()


def test_the_exported_layer_leaves_out_just_these_roofs(page, own: gpd.GeoDataFrame) -> None:
    _, _, (left, top, right, bottom) = half(page)
    page.click("#tool-rectangle")
    drag(page, [(left, top), (right, bottom)])
    ids = page.evaluate(CHOSEN)
    page.click("#open-list")
    layer = gpd.read_file(io.BytesIO(saved(page, "#list_exclude")))
    assert layer.geometry.is_valid.all()
    whole = own.loc[layer["building_id"]].to_crs(4326).geometry.to_numpy()
    away = [shapely.hausdorff_distance(a, b) for a, b in zip(layer.geometry, whole, strict=True)]
    assert max(away) < 2e-6, "outlines to some 0.1 m"
    out = exclude(own.reset_index(), layers=[(layer, "x")])
    assert set(out.index[out != ""]) == set(ids)
    assert set(out[out != ""]) == {"页面上选定排除"}


def test_formulas_in_names_stay_text(page) -> None:
    csv = page.evaluate(
        """() => { Guanghui.page.roofs.columns.name[0] = '=HYPERLINK("x")';
        return Guanghui.roofCsv(Guanghui.page.roofs); }"""
    )
    assert pd.read_csv(io.StringIO(csv.lstrip("\ufeff")))["name"].iloc[0] == '\'=HYPERLINK("x")'


def test_the_address_keeps_what_is_shown(page) -> None:
    _, _, (left, top, right, bottom) = half(page)
    page.click("#tool-rectangle")
    drag(page, [(left, top), (right, bottom)])
    ids = page.evaluate(CHOSEN)
    page.click("#lang")
    page.evaluate("Guanghui.page.store.set({tool: '', year: 2024, measure: 'shading_loss_pct'})")
    page.evaluate("Guanghui.page.map.setZoom(15, {animate: false})")
    page.wait_for_timeout(100)
    before = page.evaluate("[Guanghui.page.map.getZoom(), Guanghui.page.map.getCenter().lat, location.hash]")
    page.reload()
    page.wait_for_function("document.body.classList.contains('ready')")
    after = page.evaluate("[Guanghui.page.map.getZoom(), Guanghui.page.map.getCenter().lat, location.hash]")
    assert after[0] == before[0]
    assert after[1] == pytest.approx(before[1], abs=1e-4)
    state = page.evaluate("(({lang, year, measure}) => [lang, year, measure])(Guanghui.page.store.state)")
    assert state == ["en", 2024, "shading_loss_pct"]
    page.evaluate("Guanghui.page.store.set({year: 0})")
    assert page.evaluate(CHOSEN) == ids


@pytest.mark.parametrize(
    "hash_", ["#year=9999&measure=x&roof=nobody&without=99&at=a/b/c&roofs=zz-zzz&view=x", "#=&&lang=%41"]
)
def test_a_broken_address_shows_the_usual(open_page, township_html: str, hash_: str) -> None:
    page = open_page(township_html, fragment=hash_)
    assert page.evaluate("Guanghui.page.store.state.year") == 0
    assert page.evaluate("Guanghui.page.store.state.roof") == -1
    assert page.heard == []


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_choice_is_read_back_from_the_address(page, share: float) -> None:
    flags = (np.random.default_rng(1).uniform(size=300) < share).astype(int).tolist()
    again = page.evaluate("f => Array.from(Guanghui.flagsOf(Guanghui.runsOf(f), f.length))", flags)
    assert json.dumps(again) == json.dumps(flags)
