from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from guanghui.data import read_table
from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.landcover import (
    GROUPS,
    LandCover,
    custom_legend,
    group_table,
    land_class,
    land_classes,
    legend,
    legends,
    wetland_types,
)
from guanghui.geo.raster_source import raster_source

CRS = "EPSG:6933"
X, Y = 11_170_000.0, 3_600_000.0


def cover(folder: Path, codes, name: str = "worldcover", nodata: int | None = 0, year: int | None = 2021) -> LandCover:
    values = np.asarray(codes)
    path = folder / "土地覆盖.tif"
    grid = Grid.from_bounds((X, Y - 100 * values.shape[0], X + 100 * values.shape[1], Y), 100.0, CRS)
    with rasterio.open(path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1,
                       dtype=values.dtype, crs=CRS, transform=grid.transform, nodata=nodata) as out:  # fmt: skip
        out.write(values, 1)
    return LandCover(raster_source(path), name, year)


def test_classes_are_whole() -> None:
    """Every class has an id that fits a byte, both labels, a colour, a group, and parents that lead somewhere."""
    classes = land_classes()
    ids = [c.id for c in classes.values()]
    assert len(set(ids)) == len(ids)
    assert max(ids) < 255
    for c in classes.values():
        assert c.label_zh
        assert c.label_en
        assert c.colour.startswith("#")
        assert len(c.lineage) == len(set(c.lineage))
        assert c.id == 0 or (c.group in GROUPS and c.ipcc in "FCGWSO")
    assert group_table()["key"].tolist() == list(GROUPS)
    colours = [c.colour for c in classes.values()]
    assert len(set(colours)) == len(colours)


def test_legends_are_many_and_lead_to_classes() -> None:
    names = legends()
    assert len(names) >= 10
    assert sum(len(legend(n).classes) for n in names) >= 200
    for name in names:
        known = legend(name)
        assert known.source
        assert known.mark in ("V", "2", "M")
        assert not known.nodata & set(known.classes)
        for code, key in known.classes.items():
            assert land_class(key).id > 0
            assert all(known.labels[code])


def test_codes_that_decide_the_double_count_are_wetland() -> None:
    """Forest-like codes of wetlands count once, as wetland."""
    for name, codes in {"third_survey": (303, 304, 306, 402), "gbt21010": (303, 304, 306), "worldcover": (90, 95),
                        "glc_fcs30d": (181, 182, 185, 186), "glwd2": (28, 16)}.items():  # fmt: skip
        for code in codes:
            assert land_class(legend(name).classes[code]).group == "wetland"
    assert land_class(legend("glwd2").classes[33]).group == "cropland"  # paddy does not enter the wetland sink


def test_a_map_is_classified_lazily_and_nodata_stays_nodata(tmp_path) -> None:
    land = cover(tmp_path, np.array([[10, 40, 0], [80, 90, 95]], np.uint8))
    classes = land.classify()
    assert hasattr(classes.data, "dask")
    assert classes.dtype == np.uint8
    want = [
        [land_class(k).id for k in row] for row in (("forest", "cropland", "unknown"), ("water", "marsh", "mangrove"))
    ]
    assert classes.to_numpy().tolist() == want
    assert classes.attrs["nodata"] == 0
    assert classes.rio.crs == land.codes().rio.crs


def test_an_unknown_code_stops_with_codes_and_areas(tmp_path) -> None:
    land = cover(tmp_path, np.array([[10, 40, 11], [80, 12, 11]], np.uint8))
    with pytest.raises(InputError, match=r"worldcover.*11 \(2\.0 ha\), 12 \(1\.0 ha\)"):
        land.classify()
    with pytest.raises(InputError, match=r"11 \(2 cells\)"):
        land.classify(check=False).compute()


def test_corine_in_both_numberings_but_not_mixed(tmp_path) -> None:
    want = [land_class(k).id for k in ("forest_needleleaf", "salt_marsh", "sea")]
    assert cover(tmp_path, np.array([[24, 37, 44]], np.uint8), "corine").classify().to_numpy().tolist() == [want]
    assert cover(tmp_path, np.array([[312, 421, 523]], np.int16), "corine").classify().to_numpy().tolist() == [want]
    with pytest.raises(InputError, match="mixed"):
        cover(tmp_path, np.array([[312, 24]], np.int16), "corine").check()


@pytest.mark.parametrize(("codes", "found"), [
    ([1, 2, 4, 5, 7, 8, 11], "esri_yearly"),
    ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], "esri_2020"),
    ([2, 3, 6, 7, 10], "esri_2020"),
    ([1, 2, 5, 7, 11], "esri_yearly"),
])  # fmt: skip
def test_the_numberings_of_the_esri_product_are_told_apart(tmp_path, codes, found) -> None:
    assert cover(tmp_path, np.array([codes], np.uint8), "esri").numbering().name == found


@pytest.mark.parametrize("codes", [[1, 2, 4, 5, 7, 8], [2, 3, 4, 5, 6, 7], [7, 8]])
def test_or_asked_about(tmp_path, codes) -> None:
    with pytest.raises(InputError, match=r'set legend = "esri_'):
        cover(tmp_path, np.array([codes], np.uint8), "esri").classify()


def test_a_code_of_the_wrong_esri_numbering_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="does not explain"):
        cover(tmp_path, np.array([[1, 2, 3]], np.uint8), "esri_yearly").classify()


def test_only_the_window_of_the_townships_is_read(tmp_path) -> None:
    codes = np.full((40, 50), 10, np.uint8)
    codes[30:, 40:] = 77  # unexplained, but elsewhere
    land = cover(tmp_path, codes)
    zones = gpd.GeoDataFrame(geometry=[shapely.box(X + 510, Y - 1490, X + 1990, Y - 520)], crs=CRS).to_crs(4326)
    part = land.clip(zones)
    assert part.grid.shape == (12, 17)
    assert part.classify().shape == (12, 17)
    np.testing.assert_allclose(part.codes().x[0], X + 450)
    with pytest.raises(InputError, match="outside the townships"):
        land.clip(zones.translate(1.0).to_frame("geometry"))


def test_a_table_of_ones_own(tmp_path) -> None:
    own = custom_legend({7: "bamboo", 9: "unknown"})
    land = LandCover(cover(tmp_path, np.array([[7, 9]], np.uint8), nodata=None).source, own)
    assert land.classify().to_numpy().tolist() == [[land_class("bamboo").id, 0]]
    with pytest.raises(InputError, match="no land class"):
        custom_legend({1: "jungle"})


@pytest.mark.parametrize(("void", "nodata"), [(np.nan, None), (np.nan, np.nan), (-9999.0, -9999.0)])
def test_floats_are_codes_only_where_they_are_whole(tmp_path, void: float, nodata: float | None) -> None:
    land = cover(tmp_path, np.array([[10.0, void]], np.float32), nodata=nodata)
    assert land.classify().to_numpy().tolist() == [[land_class("forest").id, 0]]
    with pytest.raises(InputError, match="whole numbers"):
        cover(tmp_path, np.array([[10.0, 10.5]], np.float32)).classify().compute()


def test_a_legend_nobody_knows() -> None:
    with pytest.raises(InputError, match="use one of esri, worldcover"):
        legend("worldcovr")


def test_wetland_words() -> None:
    words = pd.Series(
        ["草本沼泽", "永久性淡水湖", "共青水库", "marsh", "潜流人工湿地", "Tidal flat"], index=list("abcdef")
    )
    assert wetland_types(words).to_dict() == {"a": "marsh", "b": "lake", "c": "reservoir", "d": "marsh",
                                              "e": "constructed_wetland", "f": "tidal_flat"}  # fmt: skip
    assert wetland_types(pd.Series(["甲类"]), {"甲类": "pond"}).tolist() == ["pond"]
    with pytest.raises(InputError, match=r"乙类 \(2\)"):
        wetland_types(pd.Series(["乙类", "乙类", "lake"]))
    assert all(land_class(c).group == "wetland" for c in read_table("legends", "wetland_words.csv")["class"])
