"""Inputs broken at random: a file is read or refused in a sentence of two languages, never with a traceback.

``GUANGHUI_MUTATIONS=2000`` tries so many; the default is few.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from guanghui.geo.buildings import read_buildings
from guanghui.geo.crs import parse_crs
from guanghui.geo.errors import InputError
from guanghui.geo.landcover import LandCover
from guanghui.geo.notes import Notes
from guanghui.geo.raster_source import raster_source
from guanghui.geo.surface import surface_model
from guanghui.geo.unread import read_whole
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from guanghui.plan.run.cli import cli
from guanghui.plan.run.exits import BAD_INPUT, OK
from guanghui.pv.sun.weather_files import read_weather
from tests.scenes import LATITUDE, LONGITUDE, hourly_weather, raw_hours, write_raster
from tests.twins import place

CRS = parse_crs(place.CRS)
COUNT = int(os.environ.get("GUANGHUI_MUTATIONS", "20"))
WEATHER_EVERY = 40
"""So many others for each year of hours, which takes as long as all of them."""
CHECK_EVERY, CLI_EVERY = 8, 48
"""One in so many goes through the check, and one in so many the whole way of the command with its exit code."""
GRID = 'township,capacity_kva\n东镇,500\n西乡,"1,000"\n'
EXISTING = "name,township,capacity_kwp\n示范,东镇,50\n村部,西乡,20\n"
TEXT = (
    place.REGION.replace(place.SURFACE, "")
    .replace(place.LANDCOVER, "")
    .replace("towns.gpkg", "towns.geojson")
    .replace("roofs.gpkg", "roofs.geojson")
    + '[grid]\npath = "grid.csv"\n[existing]\npath = "existing.csv"\n'
)
VALUES = ("", "0", "-1", "1e308", "-9999", "nan", "NULL", "二十", "1,000", "12:60", "２０", "True", "[]", "'", '"',
          "\0", "9" * 30, "2021-02-30", "—", "{", "inf", "null", "\ufeff")  # fmt: skip


def _bytes(data: bytes, dice: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(dice.choice((1, 3, 30))):
        if out:
            out[dice.randrange(len(out))] = dice.randrange(256)
    return bytes(out)


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _gone(data: bytes, dice: random.Random) -> bytes:
    a = dice.randrange(len(data))
    return data[:a] + data[a + dice.randrange(1, 200) :]


def _value(data: bytes, dice: random.Random) -> bytes:
    """Another value in a cell of a table, at a key of JSON, or behind a ``=``."""
    text, new = data.decode(), dice.choice(VALUES)
    if text.startswith("{"):
        tree = json.loads(text)
        at = tree
        while True:
            key = dice.choice(list(at) if isinstance(at, dict) else range(len(at)))
            if not isinstance(at[key], dict | list) or not at[key] or dice.random() < 0.1:
                at[key] = dice.choice((new, None, 0, -1e9, [], {}, 1e308))
                return json.dumps(tree, ensure_ascii=False).encode()
            at = at[key]
    lines = text.splitlines()
    row = dice.randrange(len(lines))
    if "," in lines[row] and "=" not in lines[row]:
        cells = next(csv.reader([lines[row]]))
        cells[dice.randrange(len(cells))] = new
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(cells)
        lines[row] = out.getvalue()
    elif "=" in lines[row]:
        lines[row] = f"{lines[row].split('=')[0]}= {new if dice.random() < 0.5 else json.dumps(new)}"
    return "\n".join(lines).encode()


def _column(data: bytes, dice: random.Random) -> bytes:
    """A column, a key or a line less."""
    text = data.decode()
    if text.startswith("{"):
        tree = json.loads(text)
        for feature in tree["features"][: dice.randrange(1, 9)]:
            part = dice.choice((feature, feature["properties"], feature["geometry"]))
            part.pop(dice.choice(list(part)))
        return json.dumps(tree, ensure_ascii=False).encode()
    lines = text.splitlines()
    if "=" in text:
        lines.pop(dice.randrange(len(lines)))
        return "\n".join(lines).encode()
    gone = dice.randrange(len(lines[0].split(",")))
    return "\n".join(",".join(c for i, c in enumerate(line.split(",")) if i != gone) for line in lines).encode()


MUTATE: tuple[Callable[[bytes, random.Random], bytes], ...] = (_bytes, _cut, _gone, _value, _value, _column)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The place in text formats; the year from normals is made once."""
    folder = tmp_path_factory.mktemp("place") / "sound"
    weather = hourly_weather()
    patch = pytest.MonkeyPatch()
    patch.setattr("guanghui.plan.inputs.region.weather_from_normals", lambda *given, **named: weather)
    patch.chdir(folder.parent)
    place.build(folder, roofs=False, surface=False, land=False, text=TEXT)
    (folder / "towns.gpkg").unlink()
    place.townships().to_crs(4326).to_file(folder / "towns.geojson", engine="pyogrio")
    place.outlines().to_crs(4326).to_file(folder / "roofs.geojson", engine="pyogrio")
    (folder / "grid.csv").write_text(GRID, encoding="utf-8")
    (folder / "existing.csv").write_text(EXISTING, encoding="utf-8")
    assert CliRunner().invoke(cli, ["check", str(folder / "region.toml")]).exit_code == OK
    yield folder
    patch.undo()


TEXTS = {"region.toml": "buildings", "towns.geojson": "townships", "roofs.geojson": "buildings",
         "grid.csv": "power_grid", "existing.csv": "existing"}  # fmt: skip
"""File -> what of a region reads it."""


def _layer(path: Path) -> None:
    drawn = path.suffix == ".dxf"
    read_buildings(path, place.townships(), CRS, notes=Notes(), file_crs=place.CRS if drawn else None)


def _surface(path: Path) -> None:
    source = raster_source(path, role="quantity", heights=True, notes=Notes())
    with read_whole(source.label):
        surface_model(source, CRS, notes=Notes()).to_numpy()


def _cover(path: Path) -> None:
    LandCover(raster_source(path, role="codes", notes=Notes()), "worldcover", 2021).check()


BINARY: dict[str, Callable[[Path], None]] = {
    "r.gpkg": _layer, "r.shp": _layer, "r.dbf": _layer, "r.shx": _layer, "r.prj": _layer, "r.kml": _layer,
    "r.kmz": _layer, "r.dxf": _layer, "r.xlsx": _layer, "r.csv": _layer, "r.parquet": _layer, "z.tif": _surface,
    "z.asc": _surface, "c.tif": _cover,
}  # fmt: skip
"""Files a reader is handed alone."""


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One roof or a few cells in each format."""
    folder = tmp_path_factory.mktemp("lone")
    few = place.outlines()[:3]
    points = few.centroid.to_crs(4490)
    table = pd.DataFrame({"名称": few["title"], "经度": points.x, "纬度": points.y, "面积": few.area})
    few.to_file(folder / "r.gpkg")
    few.to_file(folder / "r.shp", encoding="gbk")
    few.to_crs(4326).to_file(folder / "r.kml", driver="LIBKML")
    with ZipFile(folder / "r.kmz", "w") as pack:
        pack.write(folder / "r.kml", "doc.kml")
    few[["geometry"]].set_geometry(few.boundary).to_file(folder / "r.dxf", driver="DXF", engine="pyogrio")
    table.to_excel(folder / "r.xlsx", index=False)
    table.to_csv(folder / "r.csv", index=False, encoding="gb18030")
    few.to_parquet(folder / "r.parquet")
    z = place.heights()[0][:24, :24].copy()
    write_raster(folder / "z.tif", z, nodata=-9999.0)
    rows = "\n".join(" ".join(f"{v:.1f}" for v in row) for row in z)
    (folder / "z.asc").write_text(
        f"ncols 24\nnrows 24\nxllcorner 0\nyllcorner 0\ncellsize 1\nNODATA_value -9999\n{rows}"
    )
    (folder / "z.prj").write_text(CRS.to_wkt("WKT1_ESRI"))
    write_raster(folder / "c.tif", place.cover(), cell=10.0, nodata=0)
    for name, read in BINARY.items():
        read(folder / (name if name[:2] != "r." or name[2:] not in ("dbf", "shx", "prj") else "r.shp"))
    return folder


@settings(max_examples=COUNT // 2, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(BINARY)))
def test_a_mutated_layer_or_raster_is_read_or_refused(lone: Path, seed: int, name: str) -> None:
    dice = random.Random(seed)
    broken = lone.parent / "broken_alone"
    shutil.rmtree(broken, ignore_errors=True)
    broken.mkdir()
    for part in lone.glob(f"{name.split('.')[0]}.*"):
        if part.suffix in (".shp", ".dbf", ".shx", ".prj", ".cpg") or part.name == name:
            shutil.copy(part, broken)
    path = broken / name
    path.write_bytes(dice.choice((_bytes, _cut, _gone))(path.read_bytes(), dice))
    opened = broken / "r.shp" if path.suffix in (".dbf", ".shx", ".prj") and name[0] == "r" else path
    _read_or_refuse(lambda: BINARY[name](opened))


def _read_or_refuse(read: Callable[[], Any]) -> None:
    """Whatever was not read was refused in two languages."""
    told = "读"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries say of broken files beside refusing or reading them
        try:
            read()
        except InputError as error:
            told = error.zh
    assert told


@settings(max_examples=COUNT // 2, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(TEXTS)))
def test_a_mutated_text_is_read_or_refused(sound: Path, seed: int, name: str) -> None:
    dice = random.Random(seed)
    broken = sound.parent / "broken"
    shutil.rmtree(broken, ignore_errors=True)
    shutil.copytree(sound, broken)
    path = broken / name
    path.write_bytes(dice.choice(MUTATE)(path.read_bytes(), dice))
    if seed % CHECK_EVERY:
        _read_or_refuse(lambda: getattr(Region(broken / "region.toml"), TEXTS[name]))
    elif seed % CLI_EVERY:
        _read_or_refuse(lambda: _refuse(check(Region(broken / "region.toml"))))
    else:
        done = CliRunner().invoke(cli, ["check", str(broken / "region.toml")])
        assert done.exit_code in (OK, BAD_INPUT), (name, done.output[-600:], done.exception)
        assert "Traceback" not in done.output


def _refuse(problems: list[InputError]) -> None:
    assert all(p.zh for p in problems)


def _epw() -> str:
    head = [f"LOCATION,Own,Jiangxi,CHN,SYNTH,0,{LATITUDE},{LONGITUDE},8.0,25", "DESIGN CONDITIONS,0",
            "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0", "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0", "COMMENTS 1,",
            "COMMENTS 2,", "DATA PERIODS,1,1,Data,Sunday,1/1,12/31"]  # fmt: skip
    frame = raw_hours()
    rows = [
        f"{t.year},{t.month},{t.day},{t.hour + 1},0,?9,{a:.1f},10.0,70,101000,0,0,300,{g:.0f},9999,{d:.0f},0,0,0,0,180,"
        f"2.0,5,5,10,77777,9,999999999,10,0.1,0,88,0.2,0,1"
        for t, g, d, a in zip(frame.index, frame["ghi"], frame["dhi"], frame["temp_air"], strict=True)
    ]
    return "\n".join(head + rows) + "\n"


YEARS = {"hours.csv": place.hours_csv, "hours.epw": _epw}


@settings(max_examples=max(COUNT // WEATHER_EVERY, 2), deadline=None, database=None, derandomize=True,
          phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(YEARS)), head=st.booleans())
def test_a_mutated_year_is_read_or_refused(sound: Path, seed: int, name: str, head: bool) -> None:
    dice = random.Random(seed)
    text = YEARS[name]()
    cut = text.index("\n", 600) + 1 if head else 0  # half of them near the top, where the format is told
    data = text.encode()
    whole = dice.choice(MUTATE)(data[: cut or None], dice) + (data[cut:] if head else b"")
    path = sound.parent / name
    path.write_bytes(whole)
    _read_or_refuse(lambda: read_weather(path, latitude=LATITUDE, longitude=LONGITUDE, utc_offset=8.0))
