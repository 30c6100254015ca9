"""What the scorecard says of a figure, exactly at its limits and beside them; paths are stand-ins."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.plan_sections import Actual, Target
from guanghui.plan.results.extent import Extent
from guanghui.plan.results.scorecard import COLUMNS, scorecard
from guanghui.plan.results.scorecard_paths import PATHS, Answer

ITEM = "wind_mw"
PART = Extent(part=True, share=0.25, official_km2=4.0)


def wanted(value: float | None = 100.0, year: int | None = 2030, item: str = ITEM, **more: str) -> Target:
    return Target(item=item, value=value, year=year, **{"document": "plan", **more})


def counted(value: float, year: int, item: str = ITEM, **more: str) -> Actual:
    return Actual(item=item, year=year, value=value, source=f"yearbook {year}", **more)


def card(*targets: Target, actuals: tuple[Actual, ...] = (), extent: Extent | None = None) -> pd.DataFrame:
    region = SimpleNamespace(path=Path("x.toml"), file=SimpleNamespace(targets=list(targets), actuals=actuals))
    found = scorecard(region, **({} if extent is None else {"extent": extent}))
    assert found is not None
    return found


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch):
    """Let the path of an item give an answer."""

    def given(item: str = ITEM, **answer: object) -> None:
        monkeypatch.setitem(PATHS, item, lambda *_: Answer(**answer))

    return given


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (90.0, "short"), (100 * (1 - 1e-8), "short"), (100 * (1 - 1e-9), "met"), (100.0, "met"), (105.0, "met"),
        (100 * 1.1, "met"), (110.1, "over"), (0.0, "short"), (-5.0, "short"),
    ],
)  # fmt: skip
def test_a_result_is_met_from_the_target_to_a_tenth_above(answers, result: float, status: str) -> None:
    answers(result=result, remark=("甲", "a"))
    row = card(wanted()).iloc[0]
    assert (row["status"], row["basis"], row["result"]) == (status, "result", result)
    assert (row["why_zh"], row["why_en"]) == ("甲", "a")
    assert (row["bring_zh"], row["bring_en"]) == ("", "")


@pytest.mark.parametrize(
    ("value", "year", "status", "share"),
    [
        (99.0, 2029, "under_way", "99 %"), (99.0, 2030, "short", "99 %"), (100 * (1 - 1e-9), 2029, "met", "100 %"),
        (100.0, 2029, "met", "100 %"), (110.00000000000001, 2030, "met", "110 %"), (125.0, 2028, "over", "125 %"),
    ],
)  # fmt: skip
def test_what_was_counted_judges_and_may_be_under_way(value: float, year: int, status: str, share: str) -> None:
    row = card(wanted(), actuals=(counted(value, year),)).iloc[0]
    assert (row["status"], row["basis"], row["actual"], row["actual_year"]) == (status, "actual", value, year)
    assert row["why_zh"] == f"按 {year} 年实绩，为目标的 {share}（yearbook {year}）"
    assert row["why_en"] == f"as counted for {year}: {share} of the target (yearbook {year})"


def test_a_target_without_a_year_is_never_ahead_and_one_of_nought_has_no_share() -> None:
    assert card(wanted(year=None), actuals=(counted(50.0, 2020),))["status"].iloc[0] == "short"
    row = card(wanted(0.0), actuals=(counted(0.0, 2020),)).iloc[0]
    assert (row["status"], row["why_en"]) == ("met", "as counted for 2020: — of the target (yearbook 2020)")


def test_the_last_count_by_the_year_of_the_target_is_taken_and_held_against_the_one_before() -> None:
    listed = (counted(90.0, 2031), counted(50.0, 2030), counted(10.0, 2024), counted(40.0, 2026),
              counted(7.0, 2029, "storage_mw"))  # fmt: skip
    row = card(wanted(), actuals=listed).iloc[0]
    assert (row["actual"], row["actual_year"]) == (50.0, 2030)
    assert row["actual_change_pct"] == pytest.approx(25.0)
    assert card(wanted(year=None), actuals=listed).iloc[0]["actual"] == 90.0
    two = card(wanted(), actuals=listed[2:]).iloc[0]
    assert two["actual_change_pct"] == pytest.approx(300.0)
    one = card(wanted(year=2025), actuals=listed).iloc[0]
    assert one["actual"] == 10.0
    assert math.isnan(one["actual_change_pct"])
    nothing = card(wanted(), actuals=(counted(0.0, 2020), counted(5.0, 2021))).iloc[0]
    assert math.isnan(nothing["actual_change_pct"])
    small = card(wanted(), actuals=(counted(1.0, 2020), counted(5.0, 2021))).iloc[0]
    assert small["actual_change_pct"] == pytest.approx(400.0)
    none = card(wanted()).iloc[0]
    assert math.isnan(none["actual"])
    assert math.isnan(none["actual_year"])


def test_a_list_of_what_is_meant_gives_way_to_what_was_counted(answers) -> None:
    answers(result=200.0, listed=True)
    assert card(wanted())["basis"].iloc[0] == "result"
    row = card(wanted(), actuals=(counted(50.0, 2030),)).iloc[0]
    assert (row["basis"], row["status"], row["result"]) == ("actual", "short", 200.0)
    answers(result=200.0)
    assert card(wanted(), actuals=(counted(50.0, 2030),))["basis"].iloc[0] == "result"


def test_a_figure_that_may_be_more_meets_a_target_and_never_misses_it(answers) -> None:
    answers(result=105.0, at_least=True, remark=("屋顶", "roofs"))
    assert card(wanted())["status"].iloc[0] == "met"
    answers(result=95.0, at_least=True, remark=("屋顶", "roofs"))
    row = card(wanted()).iloc[0]
    assert (row["status"], row["basis"]) == ("no_data", "")
    assert row["why_zh"] == "目前只有其中一部分（屋顶），缺少：统计值（[[actuals]]）"
    assert row["why_en"] == "only a part of it is known (roofs); missing: the counted capacity ([[actuals]])"
    assert row["bring_en"] == "the counted capacity ([[actuals]])"
    assert card(wanted(), actuals=(counted(50.0, 2030),))["status"].iloc[0] == "short"


def test_why_there_is_no_verdict(answers) -> None:
    row = card(wanted()).iloc[0]
    assert (row["status"], row["why_zh"], row["why_en"]) == (
        "not_comparable", "本工具不计算风电", "wind is not worked out here",
    )  # fmt: skip
    assert (row["bring_zh"], row["bring_en"]) == ("统计值（[[actuals]]）", "the counted capacity ([[actuals]])")
    answers(result=120.0, why=("口径", "basis"))
    row = card(wanted()).iloc[0]
    assert (row["status"], row["why_zh"], row["why_en"], row["result"]) == ("not_comparable", "口径", "basis", 120.0)
    assert card(wanted(), actuals=(counted(100.0, 2030),))["status"].iloc[0] == "met"
    answers()
    row = card(wanted()).iloc[0]
    assert (row["status"], row["why_en"]) == ("no_data", "missing input: the counted capacity ([[actuals]])")
    row = card(wanted(None)).iloc[0]
    assert (row["status"], row["why_zh"], row["why_en"]) == (
        "not_comparable", "规划未给出数值", "the plan gives no figure",
    )  # fmt: skip
    assert math.isnan(row["target"])


def test_a_part_of_the_place_gets_no_verdict_but_its_share(answers) -> None:
    answers(result=30.0)
    row = card(wanted(unit="MW"), extent=PART).iloc[0]
    assert (row["status"], row["basis"]) == ("part", "")
    assert row["why_zh"] == "本数据只是该地的一部分，占总面积 25.0 %；其结果相当于全域目标的 30.0 %，不作结论"
    assert row["why_en"] == ("the layers show a part of the place, 25.0 % of its area; it holds 30.0 % of the target "
                             "of the whole, no verdict")  # fmt: skip
    assert row["bring_en"] == "layers of the whole place, or the counted figure ([[actuals]])"
    assert row["bring_zh"] == "全域的数据图层，或统计值（[[actuals]]）"
    unknown = card(wanted(unit="MW"), extent=Extent(part=True)).iloc[0]
    assert unknown["why_en"].startswith("the layers show a part of the place; it holds 30.0 %")
    ratio = "the layers show a part of the place, 25.0 % of its area; a ratio of a part is not held against the whole"
    for target in (wanted(unit="%"), wanted(unit="W/m²"), wanted(0.0, unit="MW")):
        assert card(target, extent=PART).iloc[0][["status", "why_en"]].tolist() == ["part", ratio]
    assert card(wanted(), actuals=(counted(100.0, 2030),), extent=PART)["status"].iloc[0] == "met"
    answers("roof_density_w_m2", result=100.0)
    assert card(wanted(item="roof_density_w_m2"), extent=PART)["status"].iloc[0] == "met"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.25, "25.0 %"), (0.01, "1.0 %"), (0.0099, "0.99 %"), (0.00012345, "0.012 %"), (0.0, "0.0 %"), (0.02, "2.0 %")],
)
def test_small_shares_keep_two_digits(answers, share: float, text: str) -> None:
    answers(result=share * 1000)
    row = card(wanted(1000.0), extent=PART).iloc[0]
    assert f"it holds {text} of the target" in row["why_en"]
    assert f"全域目标的 {text}，" in row["why_zh"]


def test_suitable_roofs_without_a_figure_are_all_of_them(answers) -> None:
    for item in ("roofs_suitable", "forest_cover_pct", ITEM):
        answers(item, result=99.0)
    found = card(wanted(None, item="roofs_suitable"), wanted(80.0, item="roofs_suitable", unit="pct"),
                 wanted(None, item="forest_cover_pct"), wanted(None))  # fmt: skip
    assert found["target"].fillna(-1).tolist() == [100.0, 80.0, -1, -1]
    assert found["unit"].tolist() == ["%", "pct", "", ""]
    assert found["status"].tolist() == ["short", "over", "not_comparable", "not_comparable"]


def test_a_row_has_the_words_of_the_plan() -> None:
    full = wanted(text="约", text_en="about", section="3.2", responsible="局", unit="MW")
    plain = wanted(text="约")
    found = card(full, plain)
    assert tuple(found.columns) == COLUMNS
    assert found.iloc[0][["item", "name_zh", "name_en", "unit", "year", "target", "target_text", "target_text_en",
                          "responsible", "source"]].tolist() == [
        ITEM, "风电装机", "wind capacity", "MW", 2030, 100.0, "约", "about", "局", "plan 3.2",
    ]  # fmt: skip
    assert found.iloc[1][["target_text_en", "responsible", "source"]].tolist() == ["约", "", "plan"]


def test_an_item_nobody_knows_and_counts_that_clash_are_refused() -> None:
    with pytest.raises(InputError, match=r"\[\[targets\]\] item moon_mw is unknown; there are roof_share_pct, .*"
                       r"roofs_suitable") as told:  # fmt: skip
        card(wanted(item="moon_mw"))
    assert "more" not in str(told.value)
    with pytest.raises(InputError, match=r"\[\[actuals\]\] item moon_mw is unknown"):
        card(wanted(), actuals=(counted(1.0, 2020, "moon_mw"),))
    with pytest.raises(InputError, match=r"wind_mw of 2021 is in GW, its target in MW"):
        card(wanted(unit="MW"), actuals=(counted(1.0, 2020, unit="MW"), counted(1.0, 2021, unit="GW")))
    with pytest.raises(InputError, match=r"given twice for 2021 \(3 and 4\)"):
        card(wanted(), actuals=(counted(3.0, 2021), counted(5.0, 2022), counted(4.0, 2021)))
    kept = card(wanted(unit="MW"), actuals=(counted(3.0, 2021), counted(4.0, 2022), counted(4.0, 2021, "storage_mw")))
    assert kept["actual"].iloc[0] == 4.0
    card(wanted(), actuals=(counted(3.0, 2021, unit="GW"),))  # a target without a unit takes that of the count
