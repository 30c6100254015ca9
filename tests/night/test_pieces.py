"""Pieces on disk: the same bytes come back, a harmed one is noticed, keys tell apart what differs."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from pyproj import CRS

from guanghui.geo.grid import Grid
from guanghui.geo.pieces import Piece, Store, digest

TABLE = pd.DataFrame({
    "number": [1, 2, 3], "share": np.array([0.1, np.nan, -0.0]), "light": np.array([1.5, 2.5, 3.5], np.float32),
    "rack": [True, False, True], "name": pd.Series(["甲", "", "c"], dtype=object),
    "months": pd.Series([np.arange(12, dtype=np.float32) + k for k in range(3)], dtype=object),
    "geometry": pd.Series([shapely.Point(1, 2), None, shapely.box(0, 0, 1, 1)], dtype=object),
    "nothing": pd.Series([None] * 3, dtype=object),
})  # fmt: skip
PIECE = Piece(
    {"faces": TABLE, "empty": TABLE.iloc[:0].reset_index(drop=True)}, {"a": [1, "二"]}, {"poa.tif": b"raster"}
)


def kept(folder: Path) -> tuple[Store, str]:
    store = Store(folder)
    key = digest("x")
    store.put("roofs", key, PIECE.packed(), PIECE.files)
    return store, key


def test_a_piece_comes_back_as_it_was(tmp_path: Path) -> None:
    store, key = kept(tmp_path)
    back = store.get("roofs", key)
    assert back is not None
    assert back.about == PIECE.about
    for column in TABLE:
        one, two = TABLE[column].to_numpy(), back.tables["faces"][column].to_numpy()
        assert one.dtype == two.dtype, column
        if column in ("months",):
            assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, two, strict=True))
        elif one.dtype.kind == "f":
            assert one.tobytes() == two.tobytes(), column
        else:
            assert list(one) == list(two), column
    assert list(back.tables["empty"]) == list(TABLE)
    assert len(back.tables["empty"]) == 0
    assert PIECE.packed() == PIECE.packed()
    (path,) = store.take("roofs", key, tmp_path / "out", {"poa.tif": "0001_0002.tif"}) or ()
    assert (path.name, path.read_bytes()) == ("0001_0002.tif", b"raster")


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "file cut", "file flip", "file gone"])
def test_a_harmed_piece_is_none_and_gone(tmp_path: Path, harm: str) -> None:
    store, key = kept(tmp_path)
    path = store.path("roofs", key)
    if harm.startswith("file"):
        path = path.with_name(f"{key}.poa.tif")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    if harm == "file gone":
        path.unlink()
    else:
        path.write_bytes(bytes(data) if "flip" in harm else data[: len(data) // 2] if "cut" in harm else b"")
    if "file" in harm:
        assert store.take("roofs", key, tmp_path / "out") is None
    assert store.get("roofs", key) is None
    assert not store.path("roofs", key).exists()


def test_clean_keeps_what_is_used_and_sound(tmp_path: Path) -> None:
    store, key = kept(tmp_path)
    for name in ("unused", "harmed"):
        store.put("page", digest(name), PIECE.packed(), PIECE.files)
    store.path("page", digest("harmed")).write_bytes(b"torn")
    old = store.path("roofs", key).with_name(".0123.part")
    new = old.with_name(".4567.part")
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    found = store.clean({("roofs", key), ("page", digest("harmed"))})
    assert (found.pieces, found.damaged, found.unused) == (1, 1, 1)
    assert found.freed_bytes > 0
    left = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {f"{key}.piece", f"{key}.poa.tif", new.name}
    assert store.get("roofs", key) is not None


def test_what_is_of_a_state_that_is_gone_is_dropped(tmp_path: Path) -> None:
    store, key = kept(tmp_path)
    for name in ("now", "then"):
        store.put("page", digest(name), PIECE.packed(), PIECE.files)
    store.drop(("page", "tables"), {("page", digest("now"))})
    assert store.keys("page") == {digest("now")}
    assert store.keys("roofs") == {key}
    assert store.take("page", digest("now"), tmp_path / "out")
    assert len(list((tmp_path / "page").rglob("*.tif"))) == 1


@dataclasses.dataclass(frozen=True)
class Two:
    one: int
    other: float


def test_keys_differ_where_values_do() -> None:
    crs = CRS.from_epsg(4548)
    values = [
        None, 0, 1, True, False, 0.0, -0.0, 1.0, "1", "", b"1", [], [[]], (1, 2), [2, 1], {}, {"a": 1}, {"a": 1.0},
        {"b": 1}, np.zeros(2), np.zeros(2, np.float32), np.zeros((2, 1)), np.array([0.0, -0.0]), slice(0, 1),
        slice(0, 2), Two(1, 2.0), Two(2, 1.0), Affine(1, 0, 0, 0, -1, 0), Affine(1, 0, 0, 0, -1, 1), crs,
        CRS.from_epsg(4549), Grid(crs, Affine(1, 0, 0, 0, -1, 0), 2, 3), Grid(crs, Affine(1, 0, 0, 0, -1, 0), 3, 2),
        "ab", ["a", "b"], frozenset({1, 2}), float("nan"), np.array(["a", None], object),
    ]  # fmt: skip
    keys = [digest(v) for v in values]
    assert len(set(keys)) == len(values)
    assert digest("ab", "c") != digest("a", "bc")
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    for stranger in (Path("a"), object(), pd.DataFrame()):
        with pytest.raises(TypeError, match="no settled bytes"):
            digest(stranger)


def test_keys_are_the_same_in_another_process() -> None:
    code = "from guanghui.geo.pieces import digest; print(digest({'b': 1.5, 'a': frozenset('xyz')}, [None, '汇']))"
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root,
                          env={**os.environ, "PYTHONHASHSEED": "5"})  # fmt: skip
    assert told.stdout.strip() == digest({"a": frozenset("xyz"), "b": 1.5}, [None, "汇"])
