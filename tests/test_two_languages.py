"""Every refusal has its sentence in Chinese: an ``InputError`` raised without one is named with its line."""

from __future__ import annotations

import ast
import pickle
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from guanghui.data import read_table
from guanghui.geo.errors import InputError, all_of
from guanghui.plan.inputs.config import load_region_file
from guanghui.pv.programme.emissions import COAL, grid_co2_kg_kwh
from guanghui.pv.sun.normals import normals_names, normals_table, weather_from_normals

_ROOT = Path(__file__).resolve().parents[1]
HAN = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[a-z]{3,} [a-z]{3,}")
_ROOMS = ("data", "geo", "pv", "sinks", "maps", "plan")


def raised() -> Iterator[tuple[str, ast.Call]]:
    for room in _ROOMS:
        for path in sorted((_ROOT / room).rglob("*.py")):
            name = path.relative_to(_ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "InputError":
                    yield name, node


def test_no_refusal_is_english_only() -> None:
    calls = list(raised())
    assert len(calls) > 150
    alone = [f"{name}:{call.lineno}" for name, call in calls if len(call.args) < 2]
    assert alone == []


def test_the_chinese_is_chinese_and_names_the_same_things() -> None:
    """What is filled into the English sentence is filled into the Chinese one; the mend may be worded otherwise."""
    for name, call in raised():
        if len(call.args) < 2 or not isinstance(call.args[1], ast.JoinedStr | ast.Constant):
            continue
        text = ast.unparse(call.args[1])
        assert "zh" in text or any("\u4e00" <= c <= "\u9fff" for c in text), f"{name}:{call.lineno}"
        first = [n for n in ast.walk(call.args[0]) if isinstance(n, ast.FormattedValue)]
        if first:
            told = {ast.unparse(n.value) for n in ast.walk(call.args[1]) if isinstance(n, ast.FormattedValue)}
            assert told, f"{name}:{call.lineno}: nothing of {[ast.unparse(n.value) for n in first]} is named"


def test_an_error_keeps_both_languages_on_its_way() -> None:
    error = pickle.loads(pickle.dumps(InputError("a bad file", "坏文件")))
    assert str(error) == error.in_language("en") == "a bad file"
    assert error.zh == error.in_language("zh") == "坏文件"
    assert InputError("only English").in_language("zh") == "only English"


def test_faults_are_joined_line_by_line_and_told_once() -> None:
    both = all_of([InputError("a\nb", "甲\n乙"), InputError("b", "乙"), InputError("c")])
    assert str(both) == "a\nb\nc"
    assert both.in_language("zh") == "甲\n乙\nc"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[region]\nname = "x"\nsed = 1', ["第 3 行", "未知的键", "是否想写 `seed`"]),
        ("[region]\nseed = 1", ["缺少键", "name"]),
        ('[region]\nname = "x"\nseed = -1', ["第 3 行", "不能小于 0"]),
        ('[region]\nname = "x"\n[maps]\nlang = "fr"', ["第 4 行", "只能是"]),
        ('[region]\nname = "x"\nseed = "many"', ["第 3 行", "应为整数"]),
        ("[region", ["不是有效的 TOML"]),
    ],
)
def test_faults_of_the_region_file_in_chinese(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "r.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        load_region_file(path)
    for word in words:
        assert word in told.value.in_language("zh"), told.value.zh


def test_sources_of_emission_factors_are_told_in_both_languages() -> None:
    table = read_table("factors", "grid_co2.csv")
    for row in table[table["region"] != COAL].to_dict("records"):
        (_, (english, chinese)) = grid_co2_kg_kwh(row["region"], row["year"])
        assert not HAN.search(english)
        assert not ENGLISH.search(chinese)
        assert HAN.search(chinese)


@pytest.mark.parametrize("path", sorted((_ROOT / "data" / "regions").glob("*.toml")), ids=lambda p: p.stem)
def test_words_of_targets_are_told_in_both_languages(path: Path) -> None:
    for target in tomllib.loads(path.read_text(encoding="utf-8")).get("targets", []):
        if target.get("text"):
            assert target.get("text_en"), target["item"]
            assert not HAN.search(target["text_en"])


@pytest.mark.parametrize("name", normals_names())
def test_made_weather_is_named_in_both_languages(name: str) -> None:
    made = weather_from_normals(normals_table(name, 29.0), latitude=29.0, longitude=116.0)
    assert HAN.search(made.label)
    assert not ENGLISH.search(made.label)
    assert not HAN.search(made.name_en)


@pytest.mark.parametrize(
    "path",
    [
        "data/legends/brief_words.csv",
        "data/legends/pv_words.csv",
        "data/legends/pv_columns.csv",
        "maps/assets/words.csv",
    ],
)
def test_no_word_is_given_twice(path: str) -> None:
    """A second row of a key would silently take the place of the first in every table that uses it."""
    lines = (_ROOT / path).read_text(encoding="utf-8").splitlines()
    keys = [line.split(",")[0] for line in lines if line and not line.startswith("#")]
    assert sorted({k for k in keys if keys.count(k) > 1}) == []
