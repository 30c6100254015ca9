"""The region file: every mistake gets one sentence with its key and line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.config import RegionFile, find_line, load_region_file
from guanghui.plan.inputs.template import write_template

GOOD = """\
[region]
name = "试验县"

[townships]
path = "t.gpkg"

[coverage]
phases = [{ year = 2022, share = 0.3 }, { year = 2023, share = 0.4 }]
"""


def load(tmp_path: Path, text: str):
    path = tmp_path / "region.toml"
    path.write_text(text, encoding="utf-8")
    return load_region_file(path)[0]


def test_a_good_file_is_read(tmp_path) -> None:
    got = load(tmp_path, GOOD)
    assert got.region.name == "试验县"
    assert got.coverage.shares == {2022: 0.3, 2023: 0.4}
    assert got.buildings is None


@pytest.mark.parametrize(
    ("find", "replace", "message"),
    [
        ('name = "试验县"', 'nmae = "试验县"', r"line 2: key `region.nmae` is unknown; did you mean `name`"),
        ("share = 0.3", "share = 30", r"line 8: `coverage.phases.0.share` = 30 cannot be used: .*write 0.3 for 30 %"),
        ("share = 0.4", "share = 0.2", r"line 8: `coverage.phases`.*not below its 0.3"),
        ("share = 0.4", 'share = "half"', r"line 8: `coverage.phases.1.share`.*number"),
        ('path = "t.gpkg"', "", r"line 4: key `townships.path` is missing"),
        ("[townships]", "[townships", r"no valid TOML.*line 4"),
        ("[townships]", "[town]", r"line 4: key `town` is unknown; did you mean `townships`"),
        ("[coverage]", "[pv]\nreach_m = -5\n\n[coverage]", r"line 8: `pv.reach_m` = -5.*greater than or equal to 20"),
        ("[coverage]", '[surface]\nunit = "yard"\n\n[coverage]', r"line 8: `surface.unit` = 'yard'"),
    ],
)
def test_mistakes_name_key_line_and_mend(tmp_path, find: str, replace: str, message: str) -> None:
    assert find in GOOD
    with pytest.raises(InputError, match=message):
        load(tmp_path, GOOD.replace(find, replace))


@pytest.mark.parametrize(
    ("find", "replace", "message"),
    [
        ("share = 0.3", "share = 30", "30 不是 0 至 1 的比例；30 % 请写作 0.3"),
        ("share = 0.4", "share = 0.2", "2023 年阶段（0.2）应晚于 2022 年，且不低于其 0.3"),
        (", share = 0.4", "", "2023 年阶段须填写 share、shares、preset 之一"),
        (
            "[coverage]",
            '[buildings]\npath = "b.gpkg"\nmore = ["yield_kwh"]\n[coverage]',
            "'yield_kwh' 已是成果中的字段名",
        ),
        ("[coverage]", "[pv.form]\nshares = {office = {tower = 1}}\n[coverage]", "不是"),
        ("[coverage]", "[[events]]\nyear = 2022\nkind = 'fire'\n[coverage]", "没有 path 的事件须填写"),
        ("[coverage]", '[weather]\npath = "a.epw"\nstations = ["b.epw", "c.epw"]\n[coverage]', "只能保留一个"),
        ("[coverage]", "[sinks]\nsoil = 'ipcc'\nsoil_depth_cm = 100\n[coverage]", ""),
    ],
)
def test_rules_of_the_file_speak_chinese_too(tmp_path, find: str, replace: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        load(tmp_path, GOOD.replace(find, replace))
    told = error.value.in_language("zh")
    assert message in told
    assert not re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", told), told


def test_every_mistake_gets_its_own_sentence(tmp_path) -> None:
    text = GOOD.replace("name =", "nmae =").replace("0.3", "3")
    with pytest.raises(InputError) as error:
        load(tmp_path, text)
    assert len(str(error.value).splitlines()) == 3


def test_absent_and_foreign_files_are_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"none\.toml"):
        load_region_file(tmp_path / "none.toml")
    path = tmp_path / "gbk.toml"
    path.write_bytes('[region]\nname = "试验县"\n'.encode("gbk"))
    with pytest.raises(InputError, match="UTF-8"):
        load_region_file(path)


def test_lines_of_arrays_of_tables() -> None:
    text = "[a]\nx = 1\n\n[[b.c]]\ny = 1\n"
    assert find_line(text, ["a", "x"]) == 2
    assert find_line(text, ["b", "c", 0, "y"]) == 5
    assert find_line(text, ["a", "z"]) == 1
    assert find_line(text, ["q"]) is None


def test_the_template_is_a_valid_region_file(tmp_path) -> None:
    path = write_template(tmp_path / "x.toml", '我的"县')
    got, text = load_region_file(path)
    assert got.region.name == '我的"县'
    with pytest.raises(InputError, match="exists"):
        write_template(path, "x")
    everything = re.sub(r'^# (?=\[+\w|[\w"]+ = )', "", text, flags=re.MULTILINE)
    assert everything.count("\n[") == 37
    RegionFile.model_validate(tomllib.loads(everything))


@pytest.mark.parametrize("path", sorted(Path("data/regions").glob("*.toml")), ids=lambda p: p.stem)
def test_shipped_region_files_are_valid(path: Path) -> None:
    assert load_region_file(path)[0].region.name


def test_stations_are_paths_or_tables(tmp_path) -> None:
    text = (
        GOOD
        + '\n[weather]\nuse = "idw"\nstations = ["a.epw", { path = "b.csv", latitude = 29.1, longitude = 115.8 }]\n'
    )
    weather = load(tmp_path, text).weather
    assert [s.path for s in weather.stations] == ["a.epw", "b.csv"]
    assert weather.stations[1].latitude == 29.1
    assert weather.use == "idw"


def test_a_file_and_stations_together_are_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="keep one of them"):
        load(tmp_path, GOOD + '\n[weather]\npath = "a.epw"\nstations = ["b.epw"]\n')
    with pytest.raises(InputError, match="latitud"):
        load(tmp_path, GOOD + '\n[weather]\nstations = [{ path = "b.epw", latitud = 29.0 }]\n')
