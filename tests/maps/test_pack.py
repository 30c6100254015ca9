"""Packed roofs, unpacked again by other means."""

from __future__ import annotations

import base64
import zlib

import geopandas as gpd
import numpy as np
import pytest
import shapely

from guanghui.geo.errors import InputError
from guanghui.maps.page.pack import QUANTUM_M, Packer, pack_outlines

SIZE = {"i1": 1, "i2": 2, "i4": 4}


def unpack(payload: dict) -> dict:
    """Read a packed string back with numpy alone."""
    data = zlib.decompress(base64.b64decode(payload["data"]))
    found, wholes, at = {}, {}, 0
    for column in payload["columns"]:
        part = data[at : at + column["bytes"]]
        at += column["bytes"]
        if column["kind"] == "text":
            found[column["name"]] = part.decode("utf-8").split("\n")
            continue
        size = SIZE[column["kind"]]
        planes = np.frombuffer(part, np.uint8).reshape(size, -1)
        stored = np.ascontiguousarray(planes.T).view(f"<{column['kind']}").ravel().astype(np.int64)
        if column.get("delta"):
            stored = np.cumsum(stored)
        gap = (stored == np.iinfo(column["kind"]).min) & bool(column.get("gaps"))
        if "like" in column:
            told = np.full(len(stored), column["weights"][0])
            for names, weight in zip(column["like"], column["weights"][1:], strict=True):
                told = told + weight * np.prod([wholes[name].astype(float) for name in names], axis=0)
            stored = stored + np.floor(told + 0.5).astype(np.int64)
        wholes[column["name"]] = np.where(gap, 0, stored)
        values = np.where(gap, np.nan, stored / column.get("scale", 1))
        found[column["name"]] = values
    assert at == len(data)
    return found


def outlines(columns: dict) -> list[list[np.ndarray]]:
    """Rings of every roof [m in EPSG:3857]."""
    roofs, ring, step = [], 0, 0
    for roof, rings in enumerate(columns["rings"].astype(int)):
        place = np.array([columns["ax"][roof], columns["ay"][roof]])
        lines, first = [], True
        for _ in range(rings):
            line = []
            for _ in range(int(columns["points"][ring])):
                if not first:
                    place = place + np.array([columns["dx"][step], columns["dy"][step]])
                    step += 1
                first = False
                line.append(place * QUANTUM_M)
            ring += 1
            lines.append(np.array(line))
        roofs.append(lines)
    return roofs


@pytest.fixture
def frame() -> gpd.GeoDataFrame:
    court = shapely.box(0, 0, 40, 30).difference(shapely.box(10, 10, 20, 20))
    parts = shapely.MultiPolygon([shapely.box(60, 0, 70, 10), shapely.box(80, 0, 95, 10)])
    far = shapely.box(9000, 9000, 9020, 9012)
    long = shapely.box(100, 100, 5000, 130)
    moved = [shapely.affinity.translate(g, 384_400, 3_239_600) for g in (court, parts, far, long)]
    return gpd.GeoDataFrame(geometry=moved, crs="EPSG:4548")


def test_outlines_come_back_to_half_a_step(frame: gpd.GeoDataFrame):
    packer = Packer()
    pack_outlines(packer, frame)
    columns = unpack(packer.payload())
    mercator = frame.to_crs(3857).geometry
    for shape, rings in zip(mercator, outlines(columns), strict=True):
        built = shapely.Polygon()
        for line in rings:
            built = built.symmetric_difference(shapely.Polygon(line))
        assert shapely.hausdorff_distance(built, shape) <= QUANTUM_M * 0.5**0.5 * 1.001
    assert columns["rings"].tolist() == [2, 2, 1, 1]


def test_inner_rings_turn_against_outer_ones(frame: gpd.GeoDataFrame):
    packer = Packer()
    pack_outlines(packer, frame)
    outer, inner = (shapely.LinearRing(line) for line in outlines(unpack(packer.payload()))[0])
    assert outer.is_ccw != inner.is_ccw


def test_numbers_keep_their_decimals_and_gaps():
    packer = Packer()
    packer.numbers("a", [1.25, np.nan, -3.04, 12_345.678], scale=10)
    packer.numbers("b", [0, 127, -127])
    packer.numbers("c", [0, 128])
    packer.integers("d", [5, 5, 9, 100_000], delta=True)
    packer.texts("e", ["甘露 \n 镇", "<script>", ""])
    payload = packer.payload()
    found = unpack(payload)
    np.testing.assert_allclose(found["a"], [1.3, np.nan, -3.0, 12_345.7])
    assert found["d"].tolist() == [5, 5, 9, 100_000]
    assert found["e"] == ["甘露 镇", "<script>", ""]
    assert [c["kind"] for c in payload["columns"]] == ["i4", "i1", "i2", "i4", "text"]


def test_a_number_too_large_is_refused_by_name():
    with pytest.raises(InputError, match="capacity_kwp"):
        Packer().numbers("capacity_kwp", [1e12])


def test_nothing_packs_to_nothing():
    packer = Packer()
    pack_outlines(packer, gpd.GeoDataFrame(geometry=[], crs="EPSG:4548"))
    assert unpack(packer.payload())["rings"].size == 0


def test_the_same_roofs_give_the_same_string(city_scene):
    strings = []
    for _ in range(2):
        packer = Packer()
        pack_outlines(packer, city_scene.roofs)
        strings.append(packer.payload()["data"])
    assert strings[0] == strings[1]


@pytest.mark.parametrize("seed", range(4))
def test_a_column_that_others_tell_comes_back_exactly_and_shorter(seed: int):
    rng = np.random.default_rng(seed)
    size = rng.lognormal(3, 1.2, 3000)
    each = rng.uniform(700, 1100, 3000)
    energy = size * each * rng.normal(1, 1e-4, 3000)
    if seed % 2:
        size[5:9], energy[7:20] = np.nan, np.nan
    plain, told = Packer(), Packer()
    for packer in (plain, told):
        packer.numbers("size", size, scale=100)
        packer.numbers("each", each, scale=10)
    plain.numbers("energy", energy)
    told.numbers("energy", energy, like=(("size", "each"), ("nobody",)))
    found = unpack(told.payload())
    np.testing.assert_array_equal(found["energy"], unpack(plain.payload())["energy"])
    np.testing.assert_array_equal(found["energy"], np.floor(energy + 0.5))
    assert len(told.payload()["data"]) < 0.85 * len(plain.payload()["data"])


def test_a_column_that_nothing_tells_is_stored_as_it_is():
    rng = np.random.default_rng(1)
    packer = Packer()
    packer.numbers("a", rng.normal(size=200), scale=1000)
    packer.numbers("b", rng.normal(size=200), scale=10, like=(("a",),))
    packer.numbers("c", np.full(200, np.nan), like=(("a",),))
    assert not any("like" in column and column["name"] == "c" for column in packer.payload()["columns"])
    assert np.isnan(unpack(packer.payload())["c"]).all()


@pytest.mark.browser
def test_the_page_unpacks_what_numpy_does(open_page, township_html: str):
    """Every measured column of the roofs, to the last bit, in both ways of inflating."""
    import json
    import re

    data = re.search(r'id="guanghui-data">(.*?)</script>', township_html, re.DOTALL)
    packed = json.loads(data.group(1))["roofs"]["packed"]
    assert any("like" in column for column in packed["columns"])
    page = open_page(township_html)
    mine = unpack(packed)
    for way in ("Guanghui.unpack(spec)", "Guanghui.unpack(spec, await Guanghui.inflated(spec))"):
        got = page.evaluate(
            f"""async () => {{ const spec = Guanghui.data.roofs.packed, all = {way}, found = {{}};
            const plain = name => Array.from(all[name], v => isNaN(v) ? null : v);
            spec.columns.filter(c => c.kind !== "text").forEach(c => (found[c.name] = plain(c.name)));
            return found; }}"""
        )
        for name, values in got.items():
            np.testing.assert_array_equal(np.array(values, float), mine[name], err_msg=name)
