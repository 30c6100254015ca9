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
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from guanghui.plan.run.cli import cli
from guanghui.plan.run.exits import BAD_INPUT, OK
from guanghui.pv.sun.weather_files import read_weather
from tests.scenes import LATITUDE, LONGITUDE, hourly_weather, raw_hours
from tests.twins import place

COUNT = int(os.environ.get("GUANGHUI_MUTATIONS", "20"))
WEATHER_EVERY = 20
"""One in so many is a year of hours, which takes as long as all others together."""
CLI_EVERY = 10
"""One in so many goes the whole way of the command, belief sheet and exit code."""
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


SMALL = ("region.toml", "towns.geojson", "roofs.geojson", "grid.csv", "existing.csv")


@settings(max_examples=COUNT, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(seed=st.integers(0, 2**32), name=st.sampled_from(SMALL))
def test_a_mutated_file_is_read_or_refused(sound: Path, seed: int, name: str) -> None:
    dice = random.Random(seed)
    broken = sound.parent / "broken"
    shutil.rmtree(broken, ignore_errors=True)
    shutil.copytree(sound, broken)
    path = broken / name
    path.write_bytes(dice.choice(MUTATE)(path.read_bytes(), dice))
    if seed % CLI_EVERY:
        try:
            problems = check(Region(broken / "region.toml"))
        except InputError as error:
            problems = [error]
        assert all(error.zh for error in problems)
        return
    done = CliRunner().invoke(cli, ["check", str(broken / "region.toml")])
    assert done.exit_code in (OK, BAD_INPUT), (name, done.output[-600:], done.exception)
    assert "Traceback" not in done.output


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
    told = "是"
    try:
        read_weather(path, latitude=LATITUDE, longitude=LONGITUDE, utc_offset=8.0)
    except InputError as error:
        told = error.zh
    assert told
