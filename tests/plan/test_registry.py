"""One list of inputs: nothing a region file may name is missing from it, and all that walks it says the same."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from pydantic import BaseModel
from shapely.geometry import box

from guanghui.plan.inputs.config import RegionFile
from guanghui.plan.inputs.manifest import inputs_of
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS, docs_page, input_of, with_sidecars
from guanghui.plan.inputs.template import write_template
from guanghui.plan.run.check import check
from guanghui.plan.run.reference import columns_page, region_page

_FILES = ("path", "loads", "growth", "looked", "legend", "table", "zone", "near", "expected", "weather")
_ROOT = Path(__file__).resolve().parents[2]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def _files(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Keys of a model that name files: called path, of the type of paths, or described as a file."""
    for name, field in model.model_fields.items():
        inner = list(_models(field.annotation))
        for one in inner:
            yield from _files(one, f"{above}{name}.")
        paths = "_as_list" in f"{field.annotation} {field.metadata}"
        if not inner and (name in _FILES or paths or above == "planting."):
            yield f"{above}{name}"


def test_every_file_of_the_region_file_is_declared_once() -> None:
    declared = [i.name for i in INPUTS]
    assert len(set(declared)) == len(declared)
    assert set(_files(RegionFile)) == set(declared)


def test_every_input_has_a_reader_and_words() -> None:
    for entry in INPUTS:
        assert hasattr(Region, entry.attr.split(".")[0]), entry
        assert entry.zh
        assert entry.en
        assert any("\u4e00" <= c <= "\u9fff" for c in entry.zh)


def test_the_template_explains_every_input_and_is_toml_when_all_is_filled_in(tmp_path: Path) -> None:
    text = write_template(tmp_path / "x.toml", "某县").read_text(encoding="utf-8")
    assert "<<" not in text
    for entry in INPUTS:
        if entry.section == "weather.stations":
            assert "stations = [" in text
            continue
        part = text[text.rindex(f"[{entry.section}]") :].split("\n\n")[0]
        assert f"{entry.key} = " in part, entry.name
        assert entry.zh in text
    tomllib.loads(text)


def test_the_docs_are_current() -> None:
    pages = {"inputs.md": docs_page(), "region.md": region_page(), "columns.md": columns_page()}
    for name, text in pages.items():
        assert (_ROOT / "docs" / name).read_text(encoding="utf-8") == text, name


def test_every_key_of_the_region_file_is_in_the_reference() -> None:
    text = region_page()

    def walk(model: type[BaseModel]) -> Iterator[str]:
        for name, field in model.model_fields.items():
            inner = list(_models(field.annotation))
            if not inner:
                yield name
            for one in inner:
                yield from walk(one)

    for key in set(walk(RegionFile)):
        assert f"| `{key}` |" in text, key


def _with(village: Path, name: str, text: str) -> Path:
    """Region file beside the village's inputs with a section or a key added."""
    whole = village.read_text(encoding="utf-8")
    head, *keys = text.splitlines()
    there = re.search(rf"^{re.escape(head)}.*$", whole, re.MULTILINE)
    if there and not head.startswith("[["):
        for key in keys:
            whole = re.sub(rf"({re.escape(head)}[^\[]*?\n){key.split(' ')[0]} = .*\n", r"\1", whole, count=1)
        at = whole.index("\n", whole.index(head)) + 1
        whole = whole[:at] + "\n".join(keys) + "\n" + whole[at:]
    else:
        whole += f"\n{text}\n"
    path = village.with_name(f"registry_{name}.toml")
    path.write_text(whole, encoding="utf-8")
    return path


_GONE = {
    "surface.canopy": '[surface]\ncanopy = "gone.x"',
    "coverage.exclude.path": '[[coverage.exclude]]\npath = "gone.x"\nreason = "文物"',
    "coverage.chosen.path": '[[coverage.chosen]]\npath = "gone.x"',
    "maps.labels.path": '[[maps.labels]]\npath = "gone.x"\nkind = "road"',
    "existing.path": '[existing]\npath = "gone.x"',
    "grid.path": '[grid]\npath = "gone.x"',
    "economics.loads": '[economics]\nloads = "gone.x"',
    "biomass.path": '[biomass]\npath = "gone.x"',
    "planting.farmland": '[planting]\nfarmland = "gone.x"',
    "planting.excluded": '[planting]\nexcluded = "gone.x"',
    "planting.planned": '[planting]\nplanned = "gone.x"',
    "planting.cleared": '[planting]\ncleared = "gone.x"',
    "works.path": '[works]\npath = "gone.x"\nbefore = "gone.y"\nafter = "gone.z"',
}


def test_check_misses_every_input_that_is_gone(village: Path) -> None:
    """All at once: none hides another."""
    names = {name: f"gone_{i}" for i, name in enumerate(sorted(_GONE))}
    path = village
    for name, text in _GONE.items():
        path = _with(path, "gone", text.replace("gone.", f"{names[name]}."))
    told = check(Region(path))
    for name, gone in names.items():
        assert any(f"{gone}.x" in str(error) and f"{gone}.x" in error.zh for error in told), (name, told)
    works = names["works.path"]
    assert {f"{works}.{part}" for part in "xyz"} <= {word for e in told for word in str(e).split('"')}


def _canopy(village: Path) -> Path:
    with rasterio.open(sorted(village.parent.glob("surface*/*.tif"))[0]) as source:
        profile = source.profile | {"driver": "GTiff", "dtype": "uint8", "nodata": 255}
    path = village.with_name("canopy.tif")
    with rasterio.open(path, "w", **profile) as out:
        out.write(np.full((profile["height"], profile["width"]), 255, np.uint8), 1)
    return path


def test_the_manifest_lists_canopy_exclusions_and_all_parts_of_a_shapefile(village: Path) -> None:
    _canopy(village)
    place = gpd.read_file(village.with_name("buildings.gpkg")).iloc[:1]
    gpd.GeoDataFrame(geometry=[box(*place.total_bounds)], crs=place.crs).to_file(village.with_name("heritage.shp"))
    text = '[surface]\ncanopy = "canopy.tif"'
    path = _with(village, "all", text)
    path.write_text(
        path.read_text(encoding="utf-8") + '\n[[coverage.exclude]]\npath = "heritage.shp"\nreason = "文物"\n',
        encoding="utf-8",
    )
    region = Region(path)
    assert check(region) == []
    names = {p.name for p, _ in inputs_of(region)}
    assert {"canopy.tif", "heritage.shp", "heritage.dbf", "heritage.shx", "heritage.prj", "heritage.cpg"} <= names


def test_what_belongs_to_a_file_is_found(tmp_path: Path) -> None:
    for name in ("a.shp", "a.DBF", "a.shx", "ab.dbf", "a.txt"):
        (tmp_path / name).write_text("x")
    assert [p.name for p in with_sidecars(tmp_path / "a.shp", "vector")] == ["a.shp", "a.DBF", "a.shx"]
    (tmp_path / "x.gdb").mkdir()
    (tmp_path / "x.gdb" / "a1").write_text("x")
    assert [p.name for p in with_sidecars(tmp_path / "x.gdb", "vector")] == ["a1"]
    profile = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "uint8", "crs": "EPSG:4548"}
    for name in ("one.tif", "two.tif"):
        with rasterio.open(tmp_path / name, "w", transform=rasterio.Affine(1, 0, 0, 0, -1, 2), **profile) as out:
            out.write(np.ones((2, 2), np.uint8), 1)
    shutil.copy(tmp_path / "one.tif", tmp_path / "source.tif")
    (tmp_path / "m.vrt").write_text(
        '<VRTDataset rasterXSize="2" rasterYSize="2"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">one.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource>'
        "</VRTRasterBand></VRTDataset>"
    )
    assert [p.name for p in with_sidecars(tmp_path / "m.vrt", "raster")] == ["m.vrt", "one.tif"]


def test_given_walks_sections_lists_and_arrays() -> None:
    file = RegionFile.model_validate(
        {
            "region": {"name": "x"}, "surface": {"path": ["a", "b"]}, "weather": {"stations": ["c", {"path": "d"}]},
            "coverage": {"exclude": [{"path": "e", "reason": "r"}, {"path": "f", "reason": "r"}]},
        }
    )  # fmt: skip
    assert input_of("surface", "path").given(file) == ["a", "b"]
    assert input_of("weather.stations", "path").given(file) == ["c", "d"]
    assert input_of("coverage.exclude", "path").given(file) == ["e", "f"]
    assert input_of("works", "before").given(file) == []


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(village: Path) -> None:
    tile = sorted(village.parent.glob("surface*/*.tif"))[0]
    shutil.copy(tile, village.with_name("dsm[1].tif"))
    region = Region(_with(village, "glob", '[surface]\npath = "dsm[1].tif"'))
    assert [p.name for p in region.files_of(input_of("surface", "path"))] == ["dsm[1].tif"]
