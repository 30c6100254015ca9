"""Every word exists in both languages, and every word the pages ask for exists."""

from __future__ import annotations

import csv
import re

import pytest

from guanghui.data import read_table
from guanghui.maps.offline import asset_path, asset_text
from guanghui.maps.page.facts import MEASURES
from guanghui.maps.page.roofs import FIELDS
from guanghui.maps.words.i18n import word, words

JS = asset_path("ASSETS.toml").parent / "js"


def test_every_key_has_both_languages_and_the_same_blanks():
    for key, (zh, en) in words().items():
        assert zh.strip(), key
        assert en.strip(), key
        assert sorted(re.findall(r"{(\w+)}", zh)) == sorted(re.findall(r"{(\w+)}", en)), key


def test_page_workbook_and_brief_have_one_word_for_a_thing():
    """Classes, forms and verdicts: what a page says, the workbook and the brief say."""
    page = words()
    kinds = ("class", "form", "status", "lod", "height")
    for table in ("pv_words.csv", "brief_words.csv"):
        rows = read_table("legends", table)
        rows = rows.set_index(rows.columns[0])
        shared = [(f"{kind}_{key}", key) for key in rows.index for kind in kinds if f"{kind}_{key}" in page]
        assert len(shared) >= 5
        for name, key in shared:
            zh, en = rows.loc[key].iloc[:2]
            assert (zh, en.lower()) == (page[name][0], page[name][1].lower()), (table, name)


def test_no_key_is_written_twice_and_every_row_has_three_cells():
    rows = [r for r in csv.reader(asset_text("words.csv").splitlines()) if r and not r[0].startswith("#")]
    assert all(len(row) == 3 for row in rows), [row for row in rows if len(row) != 3]
    keys = [row[0] for row in rows]
    assert len(keys) == len(set(keys))


def test_every_word_asked_for_in_scripts_and_frames_is_there():
    asked = set()
    for path in JS.glob("*.js"):
        asked |= set(re.findall(r"G\.t\(\"(\w+)\"", path.read_text(encoding="utf-8")))
    for path in JS.parent.glob("html/*.html"):
        asked |= set(re.findall(r"data-t(?:-label|-hint)?=\"(\w+)\"", path.read_text(encoding="utf-8")))
    assert len(asked) > 40
    prefixes = {key for key in asked if key.endswith("_")}
    assert asked - prefixes - set(words()) == set()
    assert all(any(key.startswith(prefix) for key in words()) for prefix in prefixes)


def test_every_field_and_measure_has_a_name():
    wanted = {f"field_{f.column}" for f in FIELDS if f.card} | {m.word for m in MEASURES}
    assert wanted - set(words()) == set()


def test_word_fills_its_blanks():
    assert word("date", "en", date="2023-12-01") == "Date: 2023-12-01"
    with pytest.raises(KeyError):
        word("no such key")
