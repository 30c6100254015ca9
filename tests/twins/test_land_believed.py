"""Layers of the carbon side that look sound and are not: biomass, volumes and places that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from guanghui.geo.errors import InputError
from guanghui.geo.gcj02 import wgs84_to_gcj02
from guanghui.plan.inputs.belonging import STEPS
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from tests.scenes import CRS, EAST, NORTH, write_raster
from tests.twins import place

AGB = 60.0 + np.add.outer(np.arange(20), np.arange(20)) % 7
GAPS = np.arange(20)[:, None] % 5 == 0
FOREST_KNOWN = 100 * 5 / 7
"""Share of the first seven rows, the forest, that ``GAPS`` leaves [%]."""
TEXT = place.REGION.replace(place.SURFACE, "").replace(place.BUILDINGS, "").replace(place.WEATHER, "")
TEXT = TEXT[: TEXT.index("[coverage]")]
BIOMASS = '[biomass]\npath = "agb.tif"\n'
STANDS = '[stands]\npath = "st.gpkg"\nland_type = "DI_LEI"\ngroup = "YOU_SHI_SZ"\nvolume = "HUO_LMGQXJ"\n'
STANDS += 'volume_unit = "m3/ha"\n'


def told(folder: Path, text: str) -> tuple[list[InputError], str]:
    """Refusals of ``check``, and what it tells of the layer."""
    region = Region(place.build(folder, roofs=False, surface=False, text=TEXT + text))
    problems = check(region)
    return problems, "\n".join(t.in_language("zh") for t in (*problems, *region.notes))


BIOMASSES: dict[str, tuple[np.ndarray, float | None, str, bool]] = {
    "t/ha": (AGB, -1, "", False),
    "tenths": (AGB * 10, -1, "请核对单位", False),
    "kg/m²": (AGB / 10, -1, "平均 6.3 t/ha", False),
    "of a cell": (AGB / 100, -1, "gdal_translate", True),
    "65535 of uint16": (np.where(GAPS, 65535, AGB).astype("uint16"), None, "像元值为 65535", False),
    "255 of uint8": (np.where(GAPS, 255, AGB).astype("uint8"), None, "像元值为 255", False),
    "10,000 for gaps": (np.where(GAPS, 1e4, AGB), None, "像元不超过 1,500", True),
    "gaps": (np.where(GAPS, np.nan, AGB), None, f"森林中只有 {FOREST_KNOWN:.0f} % 有生物量", False),
    "a stripe to 254": (np.where(GAPS, 254, np.where(np.roll(GAPS, 1, 0), 255, AGB)).astype("uint8"), None, "", False),
}


@pytest.mark.parametrize("name", place.some(BIOMASSES, 2))
def test_biomass_of_another_unit_or_with_undeclared_gaps(tmp_path: Path, name: str) -> None:
    values, nodata, words, refused = BIOMASSES[name]
    kind = values.dtype if values.dtype.kind == "u" else "float32"
    write_raster(tmp_path / "agb.tif", values.astype(kind), cell=10.0, west=EAST - 40, north=NORTH + 40, nodata=nodata)
    problems, text = told(tmp_path, BIOMASS)
    assert bool(problems) == refused
    assert words in text
    assert words or not any(w in text for w in ("生物量", "像元"))


def stands(**columns: Any) -> gpd.GeoDataFrame:
    strips = [shapely.box(EAST - 40, NORTH + 40 - 20 * (i + 1), EAST + 160, NORTH + 40 - 20 * i) for i in range(6)]
    table = {"DI_LEI": ["0111"] * 6, "YOU_SHI_SZ": ["马尾松"] * 6, "HUO_LMGQXJ": [80.0, 60, 90, 40, 70, 100]}
    return gpd.GeoDataFrame(table | columns, geometry=strips, crs=CRS)


def test_volumes_of_another_unit_are_named(tmp_path: Path) -> None:
    stands().to_file(tmp_path / "st.gpkg")
    assert "平均蓄积" not in told(tmp_path, STANDS)[1]
    stands(HUO_LMGQXJ=[5.3, 4, 6, 2.7, 4.7, 6.7]).to_file(tmp_path / "st.gpkg")
    assert "有林小班平均蓄积为 4.9 m³/ha" in told(tmp_path, STANDS)[1]


def test_a_layer_that_lies_elsewhere_is_refused_and_a_part_is_told(tmp_path: Path) -> None:
    stands().set_geometry(stands().translate(3e3, 0)).to_file(tmp_path / "st.gpkg")
    problems, text = told(tmp_path, STANDS)
    assert problems
    assert "没有要素位于乡镇内" in text
    stands().set_geometry(stands().translate(100, 0)).to_file(tmp_path / "st.gpkg")
    problems, text = told(tmp_path, STANDS)
    assert not problems
    assert "图层只有 50 % 位于乡镇内" in text


def test_a_layer_of_a_web_map_is_told_its_datum(tmp_path: Path) -> None:
    def shift(c: np.ndarray) -> np.ndarray:
        return np.column_stack(wgs84_to_gcj02(c[:, 0], c[:, 1]))

    degrees = stands().to_crs(4326)
    degrees.set_geometry(
        gpd.GeoSeries(shapely.transform(degrees.geometry.to_numpy(), shift), crs=4326)
    ).to_file(tmp_path / "st.gpkg")  # fmt: skip
    problems, text = told(tmp_path, STANDS)
    assert problems
    assert 'crs = "gcj02"' in text
    problems, _ = told(tmp_path, STANDS.replace("[stands]\n", '[stands]\ncrs = "gcj02"\n'))
    assert not problems


def test_every_step_is_tried_on_a_sound_place(tmp_path: Path) -> None:
    region = Region(place.build(tmp_path))
    for step in STEPS:
        if step.__name__ != "weather_place":
            step(region)
    assert not [n for n in region.notes if n.source in ("stands", "biomass", "surface", "wetlands")]
