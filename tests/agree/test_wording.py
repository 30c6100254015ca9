"""All that a finished folder, its briefs and the screen say, read as text in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.wording import Read, Text, foreign, mismatched, names_of, read_brief, read_folder, twofold, unbounded
from guanghui.plan.brief.document import write_brief
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.pipeline import Run
from guanghui.plan.run.summary import results


@pytest.fixture(scope="module")
def said(village: Path, finished: Run, tmp_path_factory: pytest.TempPathFactory) -> Read:
    read, region = read_folder(finished.folder), Region(village)
    for lang in ("zh", "en"):
        path = tmp_path_factory.mktemp("briefs") / f"brief-{lang}.docx"
        read_brief(write_brief(region, finished.results, path, lang=lang), read)
        read.texts += [Text("screen", lang, line) for line in results(region, finished.results, lang)]
    return read


def test_much_is_read(said: Read) -> None:
    kinds = {Path(text.where.split(":")[0].split(".html")[0]).suffix for text in said.texts}
    assert {".csv", ".xlsx", ".docx"} <= kinds
    assert len(said.texts) > 5000
    assert len(said.pairs) > 1500


def test_a_figure_and_its_interval_have_one_unit_and_bounds_a_number(said: Read) -> None:
    assert list(mismatched(said)) == []
    assert list(unbounded(said)) == []


def test_no_sentence_is_of_the_other_language(said: Read, finished: Run) -> None:
    assert list(foreign(said, names_of(finished.folder))) == []


def test_a_thing_has_one_word(said: Read) -> None:
    assert list(twofold(said)) == []


def test_what_is_wrong_is_found() -> None:
    read = Read()
    read.both("发电量 3.2 亿千瓦时，95 % 区间 2,900–3,500 万千瓦时", "capacity is at least", "a")
    read.both("屋顶 roofs that carry nothing", "roofs 屋顶", "b")
    read.both("占地面积", "footprint", "c")
    read.both("基底面积", "Footprint", "d")
    assert [len(list(found)) for found in (mismatched(read), unbounded(read), foreign(read, ""), twofold(read))] == [
        1, 1, 2, 1,
    ]  # fmt: skip
