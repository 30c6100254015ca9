"""The smallest type of a packed column at its limits, what travels beside it, and which form of a column is kept."""

from __future__ import annotations

import base64
import zlib

import geopandas as gpd
import numpy as np
import pytest
import shapely

from guanghui.geo.errors import InputError
from guanghui.maps.page.pack import QUANTUM_M, Packer, pack_outlines
from tests.maps.test_pack import outlines, unpack


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], "i1"), ([0], "i1"), ([127], "i1"), ([-127], "i1"), ([128], "i2"), ([-128], "i2"), ([32_767], "i2"),
        ([-32_767], "i2"), ([32_768], "i4"), ([-32_768], "i4"), ([2**31 - 1], "i4"), ([-(2**31) + 1], "i4"),
    ],
)  # fmt: skip
def test_a_column_takes_the_smallest_type_whose_lowest_value_is_free_for_gaps(values: list[int], kind: str) -> None:
    packer = Packer()
    packer.integers("a", values)
    (column,) = packer.payload()["columns"]
    assert column == {"name": "a", "kind": kind, "n": len(values), "bytes": len(values) * int(kind[1])}
    assert unpack(packer.payload())["a"].tolist() == values


@pytest.mark.parametrize(("value", "size"), [(2**31, 2**31), (-(2**31), 2**31), (-(2**31) - 5, 2**31 + 5)])
def test_what_fits_no_type_is_named_with_its_size(value: int, size: int) -> None:
    with pytest.raises(InputError, match=f"column 'a' reaches {size}, more"):
        Packer().integers("a", [3, value])


def test_what_travels_beside_a_column() -> None:
    packer = Packer()
    packer.integers("steps", [100, 90, 95], delta=True)
    packer.numbers("plain", [1.26, -1.26, 0.5], scale=10)
    packer.numbers("gaps", [1.5, np.nan, np.inf])
    packer.texts("text", ["a  b", "", "é"])
    found = packer.payload()
    assert found["columns"] == [
        {"name": "steps", "kind": "i1", "n": 3, "delta": True, "bytes": 3},
        {"name": "plain", "kind": "i1", "n": 3, "scale": 10, "bytes": 3},
        {"name": "gaps", "kind": "i1", "n": 3, "scale": 1, "gaps": True, "bytes": 3},
        {"name": "text", "kind": "text", "n": 3, "bytes": 7},
    ]
    data = zlib.decompress(base64.b64decode(found["data"]))
    assert np.frombuffer(data[:9], np.int8).tolist() == [100, -10, 5, 13, -13, 5, 2, -128, -128]
    assert data[9:] == "a b\n\né".encode()


def test_bytes_of_equal_weight_stand_together() -> None:
    packer = Packer()
    packer.integers("a", [0x0102, 0x0304, -2])
    assert list(packer.parts[0]) == [0x02, 0x04, 0xFE, 0x01, 0x03, 0xFF]


def test_the_string_is_the_shortest_deflate_makes() -> None:
    packer = Packer()
    packer.integers("a", np.arange(5000) ** 2 % 97)
    assert base64.b64decode(packer.payload()["data"]) == zlib.compress(packer.parts[0], 9)


def test_halves_are_rounded_up() -> None:
    packer = Packer()
    packer.numbers("a", [0.5, 1.5, -0.5, -1.5, 0.49])
    assert unpack(packer.payload())["a"].tolist() == [1, 2, 0, -1, 0]


def test_a_column_is_told_by_a_line_of_others_in_nine_digits() -> None:
    x = np.array([10.0, 20.0, 40.0, 80.0])
    packer = Packer()
    packer.numbers("x", x)
    packer.numbers("y", x * 7 + 1000, like=(("x",), ("nobody",)))
    packer.numbers("z", x * x / 3, like=(("x", "x"),))
    packer.numbers("few", [5.0, np.nan, np.nan, np.nan], like=(("x",),))
    columns = {c["name"]: c for c in packer.payload()["columns"]}
    assert columns["y"]["like"] == [["x"]]
    assert columns["y"]["weights"] == pytest.approx([1000, 7], rel=1e-8)
    assert columns["y"]["kind"] == "i1"
    assert columns["z"]["weights"][1] == pytest.approx(1 / 3, rel=0.05)
    assert all(float(f"{w:.9g}") == w for w in columns["z"]["weights"])
    assert any(float(f"{w:.8g}") != w for w in columns["z"]["weights"])
    found = unpack(packer.payload())
    assert found["y"].tolist() == [1070, 1140, 1280, 1560]
    assert found["z"].tolist() == [33, 133, 533, 2133]
    assert found["few"][0] == 5.0


def test_a_line_is_kept_only_where_it_is_shorter() -> None:
    packer = Packer()
    packer.numbers("x", [1.0, 2.0, 3.0, 4.0])
    packer.numbers("same", [7.0, 7.0, 7.0, 7.0], like=(("x",),))
    packer.numbers("wild", [0.0, 0.0, 0.0, 90.0], like=(("x",),))
    assert ["like" in c for c in packer.payload()["columns"]] == [False, False, False]
    gap = Packer()
    gap.numbers("x", [1.0, 2.0, np.nan, 4.0])
    gap.numbers("y", [100.0, 200.0, 300.0, np.nan], like=(("x",),))
    found = unpack(gap.payload())["y"]
    assert found[:3].tolist() == [100.0, 200.0, 300.0]
    assert np.isnan(found[3])
    empty = Packer()
    empty.numbers("x", [])
    empty.numbers("y", [], like=(("x",),))
    assert [c["n"] for c in empty.payload()["columns"]] == [0, 0]


def test_outlines_without_a_shape_lie_where_the_first_roof_does() -> None:
    one, two = shapely.box(100.04, 200.0, 101.0, 201.0), shapely.box(50.0, 60.0, 52.0, 63.0)
    frame = gpd.GeoDataFrame(geometry=[shapely.Polygon(), one, shapely.Polygon(), two], crs=3857)
    packer = Packer()
    pack_outlines(packer, frame)
    found = unpack(packer.payload())
    assert found["rings"].tolist() == [0, 1, 0, 1]
    assert found["points"].tolist() == [4, 4]
    first = [found["ax"][1], found["ay"][1]]
    assert [found["ax"][0], found["ay"][0]] == first == [found["ax"][2], found["ay"][2]]
    assert found["ax"][1] in (1000, 1010)
    assert found["ay"][1] in (2000, 2010)
    rings = outlines(found)
    assert [len(r) for r in rings] == [0, 1, 0, 1]
    assert sorted(map(tuple, rings[3][0].round(6).tolist())) == [(50, 60), (50, 63), (52, 60), (52, 63)]
    assert QUANTUM_M == 0.1
    names = [c["name"] for c in packer.payload()["columns"]]
    assert names == ["rings", "points", "ax", "dx", "ay", "dy"]
    assert [c["name"] for c in packer.payload()["columns"] if c.get("delta")] == ["ax", "ay"]
    nothing = Packer()
    pack_outlines(nothing, frame.iloc[[0, 2]])
    bare = unpack(nothing.payload())
    assert [bare[k].tolist() for k in ("rings", "points", "ax", "dx")] == [[0, 0], [], [0, 0], []]
