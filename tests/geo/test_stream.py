from __future__ import annotations

import numpy as np
import pytest
import rasterio

from guanghui.geo.codes import CodeTable
from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy
from guanghui.geo.stream import write_rasters

GRID = Grid.from_bounds((400_000, 3_230_000, 400_700, 3_230_530), 10.0, "EPSG:4548")


def test_rasters_written_together_are_those_that_were_given(tmp_path) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=GRID.shape).astype(np.float32)
    values[3, 4] = np.nan
    first = from_numpy(values, GRID, name="a", units="t C/ha").chunk({"y": 17, "x": 23})
    second = (first * 2).assign_attrs(units="t")
    classes = from_numpy(rng.integers(0, 9, GRID.shape).astype(np.uint8), GRID).chunk({"y": 17, "x": 23})
    classes.attrs["nodata"] = 0
    paths = [tmp_path / "甲" / "a.tif", tmp_path / "b.tif", tmp_path / "c.tif"]
    write_rasters(dict(zip(paths, (first, second, classes), strict=True)))
    for path, want in zip(paths, (first, second, classes), strict=True):
        with rasterio.open(path) as src:
            np.testing.assert_array_equal(src.read(1), want.to_numpy())
            assert src.transform == GRID.transform
    with rasterio.open(paths[0]) as src:
        assert src.tags()["units"] == "t C/ha"
        assert np.isnan(src.nodata)
    with rasterio.open(paths[2]) as src:
        assert src.nodata == 0


def test_all_files_are_whole_or_absent(tmp_path) -> None:
    good = from_numpy(np.ones(GRID.shape, np.float32), GRID).chunk({"y": 17, "x": 23})

    def fail(block: np.ndarray) -> np.ndarray:
        raise InputError("a block that cannot be computed")

    bad = good.copy(data=good.data.map_blocks(fail, dtype=np.float32, meta=np.empty((0, 0), np.float32)))
    with pytest.raises(InputError, match="cannot be computed"):
        write_rasters({tmp_path / "good.tif": good, tmp_path / "bad.tif": bad})
    assert list(tmp_path.iterdir()) == []
    other = from_numpy(np.ones((3, 3), np.float32), Grid.from_bounds((0, 0, 30, 30), 10.0, "EPSG:4548"))
    with pytest.raises(InputError, match="one grid"):
        write_rasters({tmp_path / "a.tif": good, tmp_path / "b.tif": other})


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32])
def test_codes_are_translated_and_strangers_counted(dtype) -> None:
    table = CodeTable({1: 10.0, 3: 30.0}, np.float32)
    block = np.array([[1, 3, 2], [3, 100, 2]], dtype)
    out, strange = table.translate(block)
    assert out[0, :2].tolist() == [10, 30]
    assert strange == {2: 2, 100: 1}
    assert table.translate(block[:1, :2])[1] == {}
    if np.dtype(dtype).kind == "i":
        assert CodeTable({-5: 1.0, 3: 2.0}, np.float32).translate(np.array([[-5, 3]], dtype))[0].tolist() == [[1, 2]]
