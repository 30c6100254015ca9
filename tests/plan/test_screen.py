"""The screen speaks one language at a time: that asked for, that of the region, or that of the system."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from guanghui.maps.words.i18n import words
from guanghui.plan.run.cli import cli
from guanghui.plan.run.screen import help_in, language_asked, screen_language, stage_name
from tests.twins import place

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def texts(command: click.Command) -> list[str]:
    """Every help text of a command, of its options and of its commands."""
    found = [command.help, *(o.help for o in command.params if isinstance(o, click.Option))]
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    return [t for t in found if t] + [t for one in inner for t in texts(one)]


def test_all_help_is_there_in_both_languages_and_comes_back() -> None:
    help_in(cli, "en")
    english = texts(cli)
    try:
        help_in(cli, "zh")
        chinese = texts(cli)
    finally:
        help_in(cli, "en")
    assert len(english) == len(chinese) > 30
    assert not [t for t in chinese if not CHINESE.search(t)]
    assert not [t for t in english if CHINESE.search(t.replace("光汇", ""))]
    assert [" ".join(t.split()) for t in texts(cli)] == [" ".join(t.split()) for t in english]


@pytest.mark.parametrize(
    ("typed", "locale", "lang"),
    [
        ([], {}, "zh"), ([], {"LANG": "C.UTF-8"}, "zh"), ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "en_US.UTF-8"}, "en"), ([], {"LANG": "de_DE.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        (["--lang", "en", "run"], {}, "en"), (["--lang=zh", "run"], {"LANG": "en_US.UTF-8"}, "zh"),
        (["--lang"], {}, "zh"), (["run", "x.toml"], {"LC_MESSAGES": "fr_FR"}, "en"),
    ],
)  # fmt: skip
def test_which_language(typed: list[str], locale: dict[str, str], lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    assert language_asked(typed) == lang
    if not typed:
        assert screen_language() == lang


def test_every_stage_and_every_source_of_a_note_has_its_words() -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for room in ("plan", "maps", "pv", "sinks", "geo")
                     for p in (ROOT / room).rglob("*.py"))  # fmt: skip
    stages = set(re.findall(r'\bstep\([\w.]+, "([\w ]+)"', code)) | set(re.findall(r'\breport\("([\w ]+)"\)', code))
    assert {"roofs", "roofs kept", "carbon", "tables"} <= stages
    assert not [s for s in stages if not CHINESE.search(stage_name(s, "zh"))]
    sources = set(re.findall(r'(?:notes\.add|\bNote)\(\s*"(\w+)",', code))
    assert {"weather", "surface", "biomass"} <= sources
    assert not [s for s in sources if f"note_{s}" not in words()]


def test_a_command_line_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    """Names are those of the region file; all else is of one language, also where nothing has changed."""
    path = place.build(tmp_path / "place", text=place.REGION)
    said = {}
    for lang in ("zh", "en", "en"):
        told = CliRunner().invoke(cli, ["--lang", lang, "run", str(path), "--out", str(tmp_path / "out")])
        assert told.exit_code == 0, told.output
        said[lang] = told.output
    assert "nothing has changed" in said["en"]
    assert not CHINESE.search(said["en"])
    assert "PV: 9 roofs" in said["en"]
    for line in said["zh"].splitlines():
        assert CHINESE.search(line), line
    assert "光伏：9 座屋顶" in said["zh"]
    told = CliRunner().invoke(cli, ["--lang", "en", "check", str(path), "--out", str(tmp_path / "out")])
    assert not CHINESE.search(told.output), told.output
    told = CliRunner().invoke(cli, ["--lang", "en", "check", str(tmp_path / "none.toml")])
    assert told.exit_code == 2
    assert not CHINESE.search(told.output)
