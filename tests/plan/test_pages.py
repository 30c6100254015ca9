"""Pages on disk: names stay inside the folder, links lead to files, the pages of what is there and no others."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from guanghui.plan.brief.write import report_stem
from guanghui.plan.results.assembly import Results
from guanghui.plan.run.pages import city_pages, township_pages
from tests.maps.scene import scene
from tests.maps.test_page import HOSTILE


@pytest.fixture(scope="module")
def city() -> SimpleNamespace:
    """Small city, with what a region has beside."""
    s = scene()
    return SimpleNamespace(
        **{f.name: getattr(s.city, f.name) for f in dataclasses.fields(s.city)},
        slug="gq",
        labels=(),
        file=SimpleNamespace(buildings=None),
    )


def test_hostile_names_give_files_inside_the_folder(city, tmp_path: Path):
    for first in range(0, len(HOSTILE), 3):
        towns = city.townships.copy()
        names = (HOSTILE * 2)[first : first + 3]
        towns["name"], towns["code"] = names, ["../1", "con", names[0]]
        region = SimpleNamespace(**{**vars(city), "townships": towns})
        folder = tmp_path / str(first) / "out"
        done = township_pages(region, Results(), folder)
        assert done.failures == {}
        assert len(set(done.outputs)) == 3
        for path in done.outputs:
            assert path.resolve().parent == (folder / "maps").resolve()
            assert re.fullmatch(r"[^<>:\"/\\|?*\x00-\x1f]+\.html", path.name)
            assert len(path.name.encode()) <= 255
        assert [p.name for p in (tmp_path / str(first)).iterdir()] == ["out"]


def test_the_index_links_to_files_that_are_there(city, tmp_path: Path):
    s = scene()
    results = Results(s.roofs, s.plan, s.stock)
    done = township_pages(city, results, tmp_path)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "gq.xlsx").write_bytes(b"PK")
    written = city_pages(city, results, tmp_path, pages=done.addresses).outputs
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="guanghui-data">(.*?)</script>', html, re.DOTALL).group(1))
    links = [row["href"] for row in data["rows"]]
    links += [link["href"] for link in data["page"]["links"]] + [file["href"] for file in data["page"]["files"]]
    assert len(links) == 3 + 1 + 1
    for href in links:
        assert (tmp_path / href).is_file(), href
    beside = json.loads(
        re.search(r'id="guanghui-data">(.*?)</script>', written[0].read_text(encoding="utf-8"), re.DOTALL).group(1)
    )
    for row in beside["rows"]:
        assert (tmp_path / "maps" / row["href"]).is_file()
    assert (tmp_path / "maps" / beside["page"]["links"][0]["href"]).resolve() == (tmp_path / "index.html").resolve()


def test_files_of_an_earlier_run_of_the_city_stay_linked(city, tmp_path: Path):
    """A run of one township leaves workbook, brief and pictures of the city in the finished folder."""
    region = SimpleNamespace(**{**vars(city), "townships": city.townships.iloc[:1]})
    finished, fresh = tmp_path / "finished", tmp_path / "fresh"
    (finished / "pictures").mkdir(parents=True)
    (finished / "reports").mkdir()
    (finished / "reports" / f"{report_stem(region, '', region.name)}.docx").write_bytes(b"PK")
    city_pages(region, Results(), fresh, pages={}, beside=finished)
    html = (fresh / "index.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="guanghui-data">(.*?)</script>', html, re.DOTALL).group(1))
    assert [Path(file["href"]).parts[0] for file in data["page"]["files"]] == ["reports", "pictures"]


def test_one_township_has_nothing_to_compare_with(city, tmp_path: Path):
    region = SimpleNamespace(**{**vars(city), "townships": city.townships.iloc[:1]})
    written = city_pages(region, Results(), tmp_path, pages={}).outputs
    assert [p.name for p in written] == ["index.html"]


def test_the_same_inputs_give_the_same_bytes(city, tmp_path: Path):
    s = scene()
    results = Results(s.roofs, s.plan, s.stock)
    for name in "ab":
        done = township_pages(city, results, tmp_path / name)
        city_pages(city, results, tmp_path / name, pages=done.addresses)
    pages = sorted((tmp_path / "a").rglob("*.html"))
    assert len(pages) == 5
    for path in pages:
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()
