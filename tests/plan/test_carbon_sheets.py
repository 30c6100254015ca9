"""The carbon sheets by hand, on stand-ins: which sheets, where their labels stand, what is summed, said and turned."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from guanghui.plan.workbook import sink_sheets as module
from guanghui.plan.workbook.sink_sheets import official_sheets, outlook_sheets, source_sheets, stock_sheets


def stock(**more: object) -> SimpleNamespace:
    table = pd.DataFrame({"code": ["1", "2", ""], "name": ["甲", "乙", "全市"], "name_en": ["A", "B", "all"],
                          "total_tc": [1.0, 2.0, 3.0]})  # fmt: skip
    uncertainty = pd.DataFrame({"code": ["2", "", "1"], "quantity": ["change", "wetland_balance", "stock"],
                                "mean": [4.0, 5.0, 6.0]})  # fmt: skip
    official = SimpleNamespace(
        summary=pd.DataFrame({"mapped": [1.0]}, index=["volume"]), methods=pd.DataFrame({"tc": [2.0]}, index=["fang"]),
        strata=pd.DataFrame({"stratum": ["pine"]}), reason_zh="因", reason_en="why",
    )  # fmt: skip
    known = {
        "table": table, "uncertainty": uncertainty, "reconciliation": official, "trust": None, "survey": None,
        "own_table": None, "map_error": None, "by_class": pd.DataFrame({"class": ["forest"]}),
        "balance": pd.DataFrame({"class": ["lake"]}), "sources": None, "next_plots": pd.DataFrame(),
    }  # fmt: skip
    return SimpleNamespace(**{**known, **more})


def by_key(found: list) -> dict:
    return {sheet.key: sheet for sheet in found}


ALWAYS = ["sinks_townships", "sinks_classes", "wetland_balance", "sinks_uncertainty", "reconciliation",
          "reconciliation_strata", "conversions"]  # fmt: skip


def test_the_stock_has_its_sheets_and_labels_in_both_languages() -> None:
    found = by_key(stock_sheets(stock()))
    assert list(found) == ALWAYS
    assert list(found["sinks_townships"].frame.columns) == ["code", "name", "total_tc"]
    table = found["sinks_uncertainty"].frame
    assert list(table.columns) == ["code", "label_zh", "label_en", "name", "mean"]
    assert table.to_numpy().tolist() == [
        ["2", "年变化 (t C/a)", "yearly change (t C/a)", "乙", 4.0],
        ["", "湿地温室气体 (t CO₂e/a)", "wetland gases (t CO₂e/a)", "全市", 5.0],
        ["1", "碳储量 (t C)", "stock (t C)", "甲", 6.0],
    ]
    assert list(found["reconciliation"].frame.columns) == ["quantity", "mapped"]
    assert list(found["conversions"].frame.columns) == ["method", "tc"]
    for key in ("reconciliation", "reconciliation_strata", "conversions"):
        assert (found[key].about_zh, found[key].about_en) == ("因", "why")
    assert all(sheet.totals == () for sheet in found.values())
    assert found["sinks_townships"].about_en.startswith("carbon in t C;")


def test_what_only_some_regions_have_follows_in_order() -> None:
    survey = pd.DataFrame({"code": ["0301", "0101"], "stated_ha": [2.0, 3.0], "mapped_ha": [1.0, 5.0],
                           "unstated_ha": [0.0, 0.5], "difference_ha": [1.0, -2.0]})  # fmt: skip
    trust = pd.DataFrame({"code": ["1", "1"], "quantity": ["stock", "change"], "doubtful_pct": [10.0, 20.0]})
    error = SimpleNamespace(frame=pd.DataFrame({"area_ha": [7.0]}, index=["forest"]))
    own = pd.DataFrame({"code": [1], "planar_ha": [1.0]})
    found = by_key(stock_sheets(stock(survey=survey, trust=trust, map_error=error, own_table=own)))
    assert list(found) == [*ALWAYS, "carbon_trust", "landcover_check", "own_carbon_table", "map_accuracy"]
    check = found["landcover_check"]
    assert list(check.frame.columns)[-3:] == ["stated_mu", "mapped_mu", "difference_mu"]
    assert check.frame[["stated_mu", "mapped_mu", "difference_mu"]].to_numpy().ravel().tolist() == pytest.approx(
        [30.0, 15.0, 15.0, 45.0, 75.0, -30.0]
    )
    assert check.totals == ("stated_ha", "mapped_ha", "unstated_ha", "difference_ha", "stated_mu", "mapped_mu",
                            "difference_mu")  # fmt: skip
    assert found["own_carbon_table"].totals == ("planar_ha", "area_ha", "planar_tc", "stock_tc")
    assert list(found["carbon_trust"].frame.columns) == ["code", "label_zh", "label_en", "doubtful_pct"]
    assert found["carbon_trust"].frame["label_en"].tolist() == ["stock (t C)", "yearly change (t C/a)"]
    assert list(found["map_accuracy"].frame.columns) == ["class", "area_ha"]


def outlook(**more: object) -> SimpleNamespace:
    lines = pd.DataFrame({"year": [2030, 2030, 2060], "code": ["1", "", ""], "line": ["forest", "tending", "total"],
                          "change_tc": [1.0, 2.0, 3.0]})  # fmt: skip
    known = {
        "table": pd.DataFrame({"code": ["1"], "name_en": ["A"], "works_ha": [1.0]}), "change": None, "potential": None,
        "works": pd.DataFrame(), "projection": SimpleNamespace(frame=lines, gases=pd.DataFrame()), "ledger": None,
        "credits": (), "credit_years": None, "effect": None,
    }  # fmt: skip
    return SimpleNamespace(**{**known, **more})


def test_the_projection_names_its_lines_behind_the_place() -> None:
    found = by_key(outlook_sheets(outlook()))
    assert list(found) == ["sinks_outlook", "projection"]
    assert list(found["sinks_outlook"].frame.columns) == ["code", "works_ha"]
    frame = found["projection"].frame
    assert list(frame.columns) == ["year", "code", "label_zh", "label_en", "line", "change_tc"]
    assert frame["label_zh"].tolist() == ["现有森林净生长", "森林抚育", "合计"]
    assert frame["label_en"].tolist() == ["growth of the standing forest", "tending", "total"]


def test_change_planting_works_and_gases_have_sheets_where_there_are_any() -> None:
    change = SimpleNamespace(transitions=SimpleNamespace(years=6.5, codes=None), table=pd.DataFrame({"code": ["1"]}),
                             matrix=pd.DataFrame({"before": ["cropland"]}))  # fmt: skip
    potential = SimpleNamespace(screen=SimpleNamespace(rules=pd.DataFrame({"rule": ["slope"]})))
    gases = pd.DataFrame({"year": [2030, 2040], "code": ["", ""], "line": ["wetland_restoration", "straw_return"],
                          "tco2e": [1.0, 2.0]})  # fmt: skip
    plain = outlook()
    plain.projection.gases = gases
    one_work = pd.DataFrame({"kind": ["closure"]})
    found = by_key(outlook_sheets(outlook(change=change, potential=potential, works=one_work,
                                          projection=plain.projection)))  # fmt: skip
    assert list(found) == ["sinks_outlook", "change_townships", "change_matrix", "planting_rules", "works",
                           "projection", "works_gases"]  # fmt: skip
    assert found["change_matrix"].about_zh == "两期相隔 6.5 年"
    assert found["change_townships"].about_en == "6.5 years apart"
    assert found["works"].frame["kind"].tolist() == ["closure"]
    shown = found["works_gases"].frame
    assert list(shown.columns) == ["year", "code", "label_zh", "label_en", "line", "tco2e"]
    assert shown["label_zh"].tolist() == ["湿地修复", "秸秆还田"]
    assert shown["label_en"].tolist() == ["wetland restoration", "straw return"]
    assert list(gases.columns) == ["year", "code", "line", "tco2e"]


def test_events_of_the_ledger_are_named_first() -> None:
    events = pd.DataFrame({"kind": ["fire", "conversion", "pest", "harvest"], "year": [1, 2, 3, 4]})
    ledger = SimpleNamespace(events=events, table=pd.DataFrame({"a": [1]}), sources=pd.DataFrame({"id": ["x"]}))
    found = by_key(outlook_sheets(outlook(ledger=ledger)))
    assert list(found) == ["sinks_outlook", "projection", "ledger", "ledger_events", "ledger_factors"]
    assert found["ledger_events"].frame.to_numpy().tolist() == [
        ["火灾", "fire", 1], ["林地转出", "conversion", 2], ["病虫害", "pests", 3], ["采伐", "harvest", 4],
    ]  # fmt: skip
    assert list(found["ledger_events"].frame.columns) == ["label_zh", "label_en", "year"]
    assert found["ledger_factors"].frame["id"].tolist() == ["x"]


def test_credits_name_their_methodology_first_and_what_they_are() -> None:
    credits = [
        SimpleNamespace(label_zh=f"签{n}", label_en=f"label {n}", methodology=f"M{n}",
                        table=pd.DataFrame({"code": ["1"], "eligible_ha": [float(n)]}),
                        screen=SimpleNamespace(rules=pd.DataFrame({"rule": [f"r{n}"]})))
        for n in (1, 2)
    ]  # fmt: skip
    found = by_key(outlook_sheets(outlook(credits=credits, credit_years=pd.DataFrame({"year": [2030]}))))
    assert list(found) == ["sinks_outlook", "projection", "ccer_townships", "ccer_rules", "ccer_years"]
    assert (found["ccer_years"].about_zh, found["ccer_rules"].about_en) == ("签1", "label 1")
    towns = found["ccer_townships"].frame
    assert list(towns.columns) == ["methodology", "code", "eligible_ha"]
    assert towns.to_numpy().tolist() == [["M1", "1", 1.0], ["M2", "1", 2.0]]
    assert list(towns.index) == [0, 1]
    assert found["ccer_rules"].frame.to_numpy().tolist() == [["M1", "r1"], ["M2", "r2"]]


@pytest.mark.parametrize(("proven", "zh", "en"), [(True, "，显著", ", proven"), (False, "，不显著", ", not proven")])
def test_the_effect_of_works_is_told_with_its_range(proven: bool, zh: str, en: str) -> None:
    places = pd.DataFrame({"kind": ["works"], "before": [1.0], "after": [3.0], "change": [2.0], "weight": [9.0]})
    effect = SimpleNamespace(effect_tc_ha=1.234, low_tc_ha=-0.456, high_tc_ha=3.789, effect_tc=12_345.6, proven=proven,
                             places=places)  # fmt: skip
    sheet = outlook_sheets(outlook(effect=effect))[-1]
    assert sheet.key == "works_effect"
    assert sheet.about_zh == "工程效应 1.23 t C/ha（95 %：-0.46 至 3.79），合计 12,346 t C" + zh
    assert sheet.about_en == "effect 1.23 t C/ha (95 %: -0.46 to 3.79), 12,346 t C in all" + en
    assert list(sheet.frame.columns) == ["kind", "before_tc_ha", "after_tc_ha", "change_tc_ha"]


def test_doubtful_factors_are_counted_once() -> None:
    own = pd.DataFrame({"id": ["a", "b", "c"], "unverified": [True, False, False]})
    more = pd.DataFrame({"id": ["c", "d"], "unverified": [False, True]})
    found = source_sheets(SimpleNamespace(sources=own), SimpleNamespace(sources=more))
    assert [sheet.key for sheet in found] == ["carbon_unverified", "carbon_factors"]
    assert found[0].frame["id"].tolist() == ["a", "d"]
    assert found[1].frame["id"].tolist() == ["a", "b", "c", "d"]
    assert found[0].about_zh == "所用 4 个参数中 2 个未核实或为假定"
    assert found[1].about_en == "2 of the 4 factors in use are unverified or assumed"
    alone = source_sheets(SimpleNamespace(sources=own), None)
    assert alone[0].about_en == "1 of the 3 factors in use are unverified or assumed"


def test_official_totals_are_of_the_whole_city(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "city_totals", lambda _: pd.DataFrame({"tc": [1.0]}, index=pd.Index(["bef"], name="m")))
    (sheet,) = official_sheets(SimpleNamespace())
    assert list(sheet.frame.columns) == ["name", "m", "tc"]
    assert sheet.frame.to_numpy().tolist() == [["全市", "bef", 1.0]]
    monkeypatch.setattr(module, "city_totals", lambda _: None)
    assert official_sheets(SimpleNamespace()) == []
