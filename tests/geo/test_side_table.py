"""One table in every form a bureau saves it in."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from guanghui.geo.errors import InputError
from guanghui.geo.side_table import match_township, plain_numbers, read_side_table
from guanghui.pv.programme.existing import read_existing

_ROWS = pd.DataFrame({"name": ["甲厂", "乙校"], "township": ["甘露镇", "金湖乡"], "capacity_kwp": ["1,200", "80.5"]})


def _written(folder: Path, form: str) -> Path:
    path = folder / f"t.{form.split('-')[0]}"
    if form == "csv-utf8":
        _ROWS.to_csv(path, index=False)
    elif form == "csv-bom":
        _ROWS.to_csv(path, index=False, encoding="utf-8-sig")
    elif form == "csv-gbk":
        _ROWS.to_csv(path, index=False, encoding="gb18030")
    elif form == "csv-semicolon":
        path.write_text("# 已批项目\n" + _ROWS.to_csv(index=False, sep=";"), encoding="utf-8")
    elif form == "txt-tab":
        _ROWS.to_csv(path, index=False, sep="\t")
    elif form == "xlsx":
        _ROWS.to_excel(path, index=False)
    else:
        gpd.GeoDataFrame(_ROWS, geometry=[Point(116, 29)] * 2, crs=4326).to_file(path)
    return path


@pytest.mark.parametrize(
    "form", ["csv-utf8", "csv-bom", "csv-gbk", "csv-semicolon", "txt-tab", "xlsx", "gpkg", "geojson"]
)
def test_the_same_table_in_every_form(tmp_path: Path, form: str) -> None:
    found = read_existing(_written(tmp_path, form))
    assert found["capacity_kwp"].tolist() == [1200.0, 80.5]
    assert found["township"].tolist() == ["甘露镇", "金湖乡"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b""), ("a.csv", b"name,capacity_kwp\n"), ("a.xlsx", b"no zip"), ("a.csv", b"\x00\x01"), ("a.gpkg", b"x"),
     ("a.csv", b"\xff\xff,\xff\n1,2\n"), ("a.csv", b"a,b\n1,2,3\n4,5,6,7\n")],
)  # fmt: skip
def test_what_is_no_table_is_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name) as told:
        read_side_table(tmp_path / name)
    assert name in told.value.zh
    assert "表格" in told.value.zh


def test_numbers_as_people_write_them() -> None:
    got = plain_numbers(pd.Series(["1,000", "１２.５", " 3 ", "12,50", "x", None, "-1,234,567.8"]))
    np.testing.assert_array_equal(got, [1000, 12.5, 3, np.nan, np.nan, np.nan, -1234567.8])


def test_a_township_written_short_is_found_where_one_fits() -> None:
    known = ["甘露镇", "江益镇", "金湖乡", "金湖镇", "360482100"]
    written = ["甘露", "江益镇", "金湖", "360482100", "无此镇"]
    assert match_township(written, known) == {"甘露": "甘露镇", "江益镇": "江益镇", "360482100": "360482100"}
