"""Every verdict and figure of the scorecard by hand, on stand-ins for what a run knows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from guanghui.plan.inputs.config import Target
from guanghui.plan.results.scorecard import scorecard


def judged(targets: list[Target], *, official: float | None = None, share: float | None = None, **known: object):
    new = None if share is None else SimpleNamespace(share=share)
    region = SimpleNamespace(
        path=Path("x.toml"),
        file=SimpleNamespace(targets=targets, actuals=()),
        settings=SimpleNamespace(
            pv=SimpleNamespace(module_w_m2=200.0),
            sinks=SimpleNamespace(standing_volume_m3=official),
            coverage=SimpleNamespace(new_buildings=new),
        ),
        wetlands=None,
    )
    card = scorecard(region, **known)
    assert card is not None
    return card.set_index("year" if len({t.item for t in targets}) == 1 else "item")


def wanted(item: str, value: float | None, year: int | None = 2030) -> Target:
    return Target(item=item, value=value, year=year, document="plan")


def phases(*reached: tuple[int, float]) -> SimpleNamespace:
    return SimpleNamespace(reached=pd.DataFrame(reached, columns=["year", "reached_share"]))


def test_the_share_is_that_of_the_last_phase_by_the_year_of_the_target() -> None:
    plan = phases((2022, 0.3), (2024, 0.5))
    years = {2021: 30.0, 2022: 30.0, 2023: 40.0, 2024: 45.0, 2030: 45.4}
    card = judged([wanted("roof_share_pct", v, y) for y, v in years.items()], plan=plan)
    assert card["result"].to_list() == pytest.approx([0.0, 30.0, 30.0, 50.0, 50.0], rel=1e-12)
    assert card["status"].to_list() == ["short", "met", "short", "over", "over"]
    assert judged([wanted("roof_share_pct", 30.0, None)], plan=plan)["status"].iloc[0] == "no_data"


def test_a_tenth_above_is_still_met() -> None:
    card = judged([wanted("forest_cover_pct", 50.0)], stock=SimpleNamespace(city={"forest_cover": 0.55}))
    assert card["status"].iloc[0] == "met"
    card = judged([wanted("forest_cover_pct", 49.9)], stock=SimpleNamespace(city={"forest_cover": 0.55}))
    assert card["result"].iloc[0] == pytest.approx(55.0, rel=1e-12)
    assert card["status"].iloc[0] == "over"


def test_projects_and_their_density() -> None:
    beside = pd.DataFrame({"existing_kwp": [1500.0, 500.0], "footprint_m2": [8000.0, 12000.0],
                           "capacity_kwp": [1200.0, 1800.0]})  # fmt: skip
    targets = [wanted("roof_projects_mw", 2.0), wanted("roof_density_w_m2", 100.0)]
    card = judged(targets, existing=SimpleNamespace(beside=beside))
    assert card.loc["roof_projects_mw", ["result", "status"]].to_list() == [pytest.approx(2.0, rel=1e-12), "met"]
    density = card.loc["roof_density_w_m2"]
    assert density["result"] == pytest.approx(150.0, rel=1e-12)
    assert density["status"] == "not_comparable"
    for text in ("100 W/m²", "200 W/m²", "50 %", "75 %"):
        assert text in density["why_en"]
        assert text in density["why_zh"]
    tiny = beside.assign(footprint_m2=[0.5, 0.25])
    card = judged(targets, existing=SimpleNamespace(beside=tiny))
    assert card.loc["roof_density_w_m2", "result"] == pytest.approx(4e6)
    card = judged(targets, existing=SimpleNamespace(beside=beside.assign(footprint_m2=0.0)))
    assert card.loc["roof_density_w_m2", "status"] == "no_data"


def test_a_volume_that_the_result_was_scaled_to_is_no_test() -> None:
    stock = SimpleNamespace(city={"volume_m3": 320_000.0})
    free = judged([wanted("standing_volume_m3", 300_000.0)], stock=stock).iloc[0]
    assert (free["result"], free["status"]) == (320_000.0, "met")
    bound = judged([wanted("standing_volume_m3", 300_000.0)], stock=stock, official=320_000.0).iloc[0]
    assert (bound["result"], bound["status"]) == (320_000.0, "not_comparable")


def test_without_inputs_it_says_what_to_bring() -> None:
    items = ("roof_share_pct", "roof_projects_mw", "roof_density_w_m2", "forest_cover_pct", "standing_volume_m3",
             "new_roof_share_pct")  # fmt: skip
    card = judged([wanted(item, 1.0) for item in items])
    assert set(card["status"]) == {"no_data"}
    assert card["result"].isna().all()
    assert card["why_zh"].str.startswith("缺少输入：").all()


def test_words_without_a_figure_and_assumptions_are_not_judged() -> None:
    card = judged([wanted("new_roof_share_pct", 50.0), wanted("wind_mw", 50.0)], share=0.4)
    assert card.loc["new_roof_share_pct", "result"] == pytest.approx(40.0)
    assert card["status"].to_list() == ["not_comparable"] * 2
    words = judged([wanted("roof_share_pct", None)], plan=phases((2022, 0.3))).iloc[0]
    assert (words["status"], words["result"]) == ("not_comparable", pytest.approx(30.0))
