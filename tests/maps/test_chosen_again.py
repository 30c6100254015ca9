"""What is chosen on a page against the workbook, and its files read back by the region file."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from guanghui.plan.inputs.region import Region
from guanghui.plan.results.programme import plan_of, programme_of, standing
from guanghui.plan.run.check import check
from guanghui.plan.run.writing import Run
from tests.maps.test_choose_roofs import CHOSEN, drag, half, saved

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser, finished: Run):
    """The page of the township with the most roofs, opened offline from disk."""
    files = [p for p in finished.outputs if p.parent.name == "maps" and p.name[0].isdigit()]
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    opened = context.new_page()
    opened.goto(max(files, key=lambda p: p.stat().st_size).as_uri())
    opened.wait_for_selector("body.ready")
    yield opened
    context.close()


@pytest.fixture(scope="module")
def chosen(page) -> list[str]:
    """Roofs in a rectangle over the west of the township."""
    _, _, (left, top, right, bottom) = half(page)
    page.click("#tool-rectangle")
    drag(page, [(left, top), (right, bottom)])
    return page.evaluate(CHOSEN)


@pytest.fixture(scope="module")
def sheet(finished: Run) -> pd.DataFrame:
    """Roofs of the workbook by id, as pandas reads them."""
    (path,) = [p for p in finished.outputs if p.suffix == ".xlsx"]
    raw = pd.read_excel(path, sheet_name="屋顶清单", header=None, dtype=object)
    head = int((raw.notna().sum(axis=1) > 10).to_numpy().argmax())
    names = [str(text).split("\n")[0] for text in raw.iloc[head]]
    return raw.iloc[head + 1 :].set_axis(names, axis=1).set_index("建筑编号")


COLUMNS = {"usable_m2": "可利用面积", "capacity_kwp": "装机容量", "yield_kwh": "年发电量", "capex_yuan": "投资"}


def test_the_sums_of_a_choice_and_its_file_are_those_of_the_workbook(page, chosen, sheet: pd.DataFrame) -> None:
    part = sheet.loc[chosen]
    totals = page.evaluate("Guanghui.page.roofs.totals()")
    page.click("#open-list")
    table = pd.read_csv(io.BytesIO(saved(page, "#list_csv")), dtype={"building_id": str}).set_index("building_id")
    page.locator("#list .close").click()
    assert set(table.index) == set(chosen)
    for column, name in COLUMNS.items():
        whole = float(part[name].astype(float).sum())
        assert totals[column] == pytest.approx(whole, rel=1e-5), column
        assert table[column].sum() == pytest.approx(whole, rel=1e-5), column
    assert totals["roofs"] == len(chosen)


@pytest.fixture
def again(village: Path, tmp_path: Path, finished: Run, request: pytest.FixtureRequest):
    """Programme of the region file with more lines in ``[coverage]`` and behind it."""
    made = []

    def programme(inside: str, behind: str, files: dict[str, bytes]):
        for name, data in files.items():
            (village.parent / name).write_bytes(data)
            made.append(village.parent / name)
        text = village.read_text(encoding="utf-8").replace("[coverage]", f"[coverage]\n{inside}\n#", 1)
        path = village.with_name("again.toml")
        path.write_text(text + behind, encoding="utf-8")
        made.append(path)
        roofs = finished.results.roofs.drop(columns=["excluded"], errors="ignore")
        roofs.attrs = finished.results.roofs.attrs
        region = Region(path)
        return region, programme_of(region, roofs, stands=standing(region, roofs))

    yield programme
    for path in made:
        path.unlink(missing_ok=True)


def test_the_exclusion_file_takes_these_roofs_out_of_the_next_programme(page, chosen, again, finished: Run) -> None:
    page.click("#open-list")
    data = saved(page, "#list_exclude")
    page.locator("#list .close").click()
    behind = '\n[[coverage.exclude]]\npath = "out.geojson"\nreason = "x"\n'
    _, plan = again("", behind, {"out.geojson": data})
    before = finished.results.plan
    gone = plan.available.index[(plan.available == 0) & (before.available > 0)]
    area = finished.results.roofs.set_index("building_id")["usable_m2"]
    assert set(gone) == {roof for roof in chosen if area[roof] > 0 and before.available[roof] > 0}
    assert (plan.phase[chosen] == 0).all()
    assert plan.available.sum() == pytest.approx(before.available.sum() - before.available[chosen].sum())
    assert (plan.reached["reached_share"] >= plan.reached["target_share"] - 1e-9).all()


def test_the_programme_file_is_built_first_or_alone(page, chosen, again, finished: Run) -> None:
    page.click("#open-list")
    data = saved(page, "#list_programme")
    page.locator("#list .close").click()
    before, first = finished.results.plan, min(finished.results.plan.shares)
    behind = '\n[[coverage.chosen]]\npath = "mine.geojson"\n'
    asked = before.phase[chosen].replace(0, first).where(before.available[chosen] > 0, 0)
    region, plan = again("chosen_alone = true", behind, {"mine.geojson": data})
    stands = before.built["existing_kwp"] > 0
    others = plan.phase.drop(chosen)
    assert (others[~stands.drop(chosen)] == 0).all(), "no others but those that stand"
    mine = [roof for roof in chosen if not stands[roof]]
    pd.testing.assert_series_equal(plan.phase[mine], asked[mine], check_names=False)
    assert any("人工指定" in note.text_zh for note in region.notes)
    _, filled = again("", behind, {"mine.geojson": data})
    assert (filled.phase[asked.index[asked > 0]] > 0).all()
    assert (filled.reached["reached_share"] >= filled.reached["target_share"] - 1e-9).all()


def test_check_takes_the_list_and_refuses_one_of_other_roofs(page, chosen, village: Path, finished: Run) -> None:
    page.click("#open-list")
    data = saved(page, "#list_programme")
    page.locator("#list .close").click()
    path, layer = village.with_name("listed.toml"), village.with_name("listed.geojson")
    text = '\n[[coverage.chosen]]\npath = "listed.geojson"\n'
    path.write_text(village.read_text(encoding="utf-8") + text, encoding="utf-8")
    try:
        layer.write_bytes(data)
        region = Region(path)
        assert check(region) == []
        few = plan_of(region, finished.results.roofs.iloc[::5].reset_index(drop=True), None, None, "energy")
        assert (few.phase > 0).any(), "a part of the roofs, as a rehearsal takes them, is no other list"
        layer.write_bytes(data.replace(chosen[0].encode(), b"nobody"))
        told = check(Region(path))
        assert any("nobody" in str(problem) and "nobody" in problem.zh for problem in told), told
    finally:
        path.unlink()
        layer.unlink(missing_ok=True)
