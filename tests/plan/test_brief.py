"""The briefs: every number is that of the tables, every byte repeats, every office program opens them."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import docx
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from docx.oxml.ns import qn
from matplotlib import font_manager

from guanghui.data.files import data_path
from guanghui.geo.errors import InputError
from guanghui.maps.pictures.static import static_maps
from guanghui.maps.words.i18n import LANGS
from guanghui.maps.words.numbers import UNITS, format_number
from guanghui.plan.brief import document as whole
from guanghui.plan.brief import printing
from guanghui.plan.brief import write as briefs
from guanghui.plan.brief.document import write_brief
from guanghui.plan.brief.docx import Brief, BriefTable, Column
from guanghui.plan.brief.plan import balance_table, scorecard_table
from guanghui.plan.brief.printing import find_browser, print_page
from guanghui.plan.brief.sink import SinkPart
from guanghui.plan.brief.words import brief_words, say
from guanghui.plan.brief.write import print_pages, write_reports
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.cli import cli
from guanghui.plan.run.pipeline import run
from guanghui.plan.run.writing import Run
from guanghui.sinks.factors.coefficients import Draws

CODE = "360482001"
SOFFICE = shutil.which("soffice")
HOSTILE = "../..\\evil<b>&\"'\u202e𠮷\U0001f33f\x07" + "甲" * 300


@pytest.fixture(scope="module")
def done(village: Path, copied: Run) -> Run:
    return run(Region(village), copied.folder, briefs=True)


def test_pages_lead_to_the_briefs_of_their_place(done: Run) -> None:
    index = (done.folder / "index.html").read_text(encoding="utf-8")
    found = sorted(p.stem for p in (done.folder / "reports").glob("*.docx"))
    assert f"reports/{found[0]}.docx" in index
    assert '"pictures/"' in index
    for page in (done.folder / "maps").glob("[0-9]*.html"):
        text = page.read_text(encoding="utf-8")
        assert [stem for stem in found if f"../reports/{stem}.docx" in text] == [page.stem]


@pytest.fixture(scope="module")
def region(village: Path, done: Run) -> Region:
    found = Region(village)
    _ = found.weather, found.landcover
    return found


@pytest.fixture(scope="module")
def city_brief(done: Run):
    return docx.Document(str(next((done.folder / "reports").glob("360482-*.docx"))))


@pytest.fixture(scope="module")
def town_brief(done: Run):
    return docx.Document(str(next((done.folder / "reports").glob(f"{CODE}-*.docx"))))


def body_text(document) -> str:
    return "\n".join(p.text for p in document.paragraphs)


def caption(table) -> str:
    before = table._tbl.getprevious()
    return "".join(node.text or "" for node in before.iter(qn("w:t")))


def grid(document, key: str, lang: str = "zh", **values: object) -> pd.DataFrame:
    """Table of a brief by the key of its title, as text."""
    title = say(key, lang, **values)
    table = next(t for t in document.tables if caption(t).endswith(title))
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    return pd.DataFrame(rows[1:], columns=rows[0]).set_index(rows[0][0])


def column(frame: pd.DataFrame, head: str, lang: str = "zh") -> tuple[pd.Series, pd.Series]:
    """Numbers of a column in the base unit, and how far rounding may have moved each."""
    name = next(c for c in frame if str(c).split("\n")[0] == head)
    unit = name.partition("\n")[2]
    steps = [s for rule in UNITS.values() for s in rule[lang] if s[2] == unit]
    divisor = steps[0][1] if unit else 1
    texts = frame[name].str.replace(",", "").replace("—", "nan")
    digits = texts.str.partition(".")[2].str.len()
    return texts.astype(float) * divisor, 0.5001 * divisor * 10.0**-digits


def agree(frame: pd.DataFrame, head: str, wanted) -> None:
    values, slack = column(frame, head)
    wanted = np.asarray(wanted, dtype=float)
    assert len(values) == len(wanted), head
    assert (np.abs(values.to_numpy() - wanted) <= slack.to_numpy() + 1e-5 * np.abs(wanted)).all(), (
        head,
        values,
        wanted,
    )


def csv(done: Run, name: str) -> pd.DataFrame:
    return pd.read_csv(done.folder / "tables" / f"{name}.csv", dtype={"code": str, "township_code": str})


# --- what is there
def test_every_place_has_its_brief_and_pictures(done: Run, region: Region) -> None:
    assert not done.failures
    names = [("360482", region.name), *zip(region.townships["code"], region.townships["name"], strict=True)]
    for code, name in names:
        assert (done.folder / "reports" / f"{code}-{name}.docx").stat().st_size > 10_000
        for view in ("pv", "phases", "carbon", "land"):
            for suffix in ("png", "svg"):
                assert (done.folder / "pictures" / f"{code}-{name}-{view}.{suffix}").stat().st_size > 10_000
    listed = {o["path"] for o in json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))["outputs"]}
    written = {
        p.relative_to(done.folder).as_posix() for f in ("reports", "pictures") for p in (done.folder / f).iterdir()
    }
    assert len(written) == 9 * len(names)
    assert written <= listed


def test_headings_captions_header_rows_and_page_numbers(city_brief, town_brief) -> None:
    for document in (city_brief, town_brief):
        styles = [p.style.name for p in document.paragraphs]
        assert styles.count("Title") == 1
        assert {"Heading 1", "Heading 2", "Caption", "List Bullet"} <= set(styles)
        fields = [f.get(qn("w:instr")) for f in document.element.body.iter(qn("w:fldSimple"))]
        assert len(fields) == styles.count("Caption") == len(document.tables) + len(document.inline_shapes)
        assert len(document.inline_shapes) == 4
        for table in document.tables:
            assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        foot = document.sections[0].footer._element
        assert [f.get(qn("w:instr")) for f in foot.iter(qn("w:fldSimple"))] == ["PAGE", "NUMPAGES"]
        fonts = document.styles["Normal"].element.rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")) == "Microsoft YaHei"


def test_tables_are_as_wide_as_the_text(city_brief) -> None:
    section = city_brief.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    for table in city_brief.tables:
        assert sum(c.width for c in table.columns) <= room + 10_000


# --- numbers
def test_pv_tables_are_those_of_the_workbook(done: Run, city_brief, town_brief) -> None:
    towns = csv(done, "pv_townships")
    found = grid(city_brief, "t_township")
    for head, name in (("c_roofs", "roofs"), ("c_usable", "usable_m2"), ("c_capacity", "capacity_kwp"),
                       ("c_yield", "yield_kwh")):  # fmt: skip
        agree(found, say(head, "zh"), [*towns[name], towns[name].sum()])
    roofs = csv(done, "roofs")
    for document, own in ((city_brief, roofs), (town_brief, roofs[roofs["township_code"] == CODE])):
        found = grid(document, "t_class")
        words = {"党政机关": "government", "公共建筑": "public", "工业厂房": "industrial", "商业建筑": "commercial",
                 "仓储物流": "warehouse", "城镇住宅": "residential", "农村住宅": "rural_residential",
                 "其他": "other"}  # fmt: skip
        sums = own.groupby("building_class")["yield_kwh"].sum()
        agree(found, "年发电量", [*(sums[words[label]] for label in found.index[:-1]), sums.sum()])
        hours = own["yield_kwh"].sum() / own["capacity_kwp"].sum()
        assert column(found, "等效利用小时")[0].iloc[-1] == pytest.approx(hours, abs=0.51)


def test_the_programme_is_that_of_the_workbook(done: Run, city_brief, town_brief) -> None:
    table, reached, towns = csv(done, "coverage_townships"), csv(done, "coverage"), csv(done, "pv_townships")
    found = grid(city_brief, "t_phase")
    sums = table.groupby("year")[["roofs", "capacity_kwp", "yield_kwh", "avoided_co2_t"]].sum()
    assert list(found.index) == ["2022", "2023", "2024", "全部屋顶"]
    agree(found, "装机容量", [*sums["capacity_kwp"], towns["capacity_kwp"].sum()])
    agree(found.iloc[:-1], "年减排量", sums["avoided_co2_t"])
    agree(found.iloc[:-1], "覆盖率", 100 * reached["reached_share"])
    agree(found.iloc[:-1], "全市目标", 100 * reached["target_share"])
    own = table[table["township_code"] == CODE].set_index("year").reindex(sums.index).fillna(0)
    agree(grid(town_brief, "t_phase").iloc[:-1], "年发电量", own["yield_kwh"])
    last = table[table["year"] == 2024].set_index("township_code").reindex(towns["township_code"]).fillna(0)
    found = grid(city_brief, "t_phase_township", year=2024)
    agree(found, "屋顶数", [*last["roofs"], last["roofs"].sum()])


def test_money_is_that_of_the_sensitivity_sheet(done: Run, city_brief, town_brief) -> None:
    base = csv(done, "sensitivity").iloc[0]
    text = body_text(city_brief)
    assert f"平准化度电成本约 {format_number(base['lcoe_yuan_kwh'], 'yuan_kwh')}" in text
    assert f"内部收益率 {format_number(100 * base['irr'], 'pct')}" in text
    assert f"静态回收期 {format_number(base['payback_years'], 'years')}" in text
    assert "平准化度电成本约 0." in body_text(town_brief)


@pytest.mark.parametrize("code", ["", CODE])
def test_the_years_ahead_are_those_of_the_workbook(done: Run, city_brief, town_brief, code: str) -> None:
    document = town_brief if code else city_brief
    table = csv(done, "sinks_outlook").fillna({"code": ""})
    row = table[table["code"] == code].iloc[0]
    found = grid(document, "t_outlook")
    wanted = [row[f"{line}_{year}_tc"] for line in ("expected", "gain") for year in (2030, 2045, 2060)]
    agree(found, "与现状相比", wanted)
    assert f"宜造林地 {format_number(row['eligible_ha'], 'ha')}" in body_text(document)


@pytest.mark.parametrize("code", ["", CODE])
def test_carbon_tables_are_those_of_the_workbook(done: Run, city_brief, town_brief, code: str) -> None:
    document = town_brief if code else city_brief
    classes, towns = csv(done, "sinks_classes").fillna({"code": ""}), csv(done, "sinks_townships").fillna({"code": ""})
    mine, row = classes[classes["code"] == code], towns[towns["code"] == code].iloc[0]
    found = grid(document, "t_carbon_class")
    sums = mine.groupby("label_zh")["stock_tc"].sum()
    assert set(found.index[:-1]) == set(sums.index)
    agree(found.iloc[-1:], "面积", [row["known_area_ha"]])
    agree(found, "合计", [*(sums[label] for label in found.index[:-1]), row["total_tc"]])
    soil = mine[mine["pool"] == "soil"].groupby("label_zh")["stock_tc"].sum()
    agree(found, "土壤", [*(soil.get(label, 0.0) for label in found.index[:-1]), soil.sum()])
    pools = grid(document, "t_carbon_pool")
    by_pool = mine.groupby("pool")["stock_tc"].sum()
    labels = {"地上生物量": "above", "地下生物量": "below", "林下植被": "understorey", "枯死木": "dead",
              "枯落物": "litter", "土壤有机碳": "soil"}  # fmt: skip
    agree(pools, "碳储量", [*(by_pool[labels[label]] for label in pools.index[:-1]), row["total_tc"]])
    change = grid(document, "t_change")
    assert column(change, "年变化")[0].iloc[-1] == pytest.approx(row["sink_tc_yr"], abs=0.6)
    gases = csv(done, "wetland_balance").fillna({"code": ""})
    gases = gases[gases["code"] == code]
    if len(gases):
        wet = grid(document, "t_wetland")
        agree(wet, "净排放", [*gases["net_tco2e_yr"], row["wetland_balance_tco2e_yr"]])
        agree(wet, "甲烷", [*gases["ch4_tco2e_yr"], gases["ch4_tco2e_yr"].sum()])


def test_the_city_names_every_township(done: Run, city_brief) -> None:
    towns = csv(done, "sinks_townships")
    found = grid(city_brief, "t_carbon_township")
    assert list(found.index) == [*towns["name"][:-1], "合计"]
    agree(found, "碳储量", towns["total_tc"])
    agree(found, "年碳汇", towns["sink_co2_t_yr"])
    agree(found, "森林覆盖率", 100 * towns["forest_cover"])


def test_class_intervals_are_the_percentiles_of_the_draws(done: Run, region: Region) -> None:
    stock = done.results.stock
    assert stock is not None
    draws = Draws(stock.settings.draws, region.seed)
    part = SinkPart(region.townships, stock, CODE, "en", draws)
    table = part.by_class()
    spans = [re.findall(r"[\d.,]+", text) for text in table.columns[-1].texts[:-1]]
    account = stock.accounts["stock"].where(stock.accounts["stock"].lines["code"] == CODE)
    keys, random = account.draws(["class"], draws)
    by_label = stock.by_class.drop_duplicates("class").set_index("label_en")["class"]
    scale = 1e3 if "kt C" in table.columns[-1].head else 1.0
    for label, (low, high) in zip(table.columns[0].texts, spans, strict=False):
        ends = np.percentile(random[list(keys).index(by_label[label])], (2.5, 97.5)) / scale
        for text, end in ((low, ends[0]), (high, ends[1])):
            digits = len(text.partition(".")[2])
            assert float(text.replace(",", "")) == pytest.approx(end, rel=0.03, abs=1.01 * 10.0**-digits)


def test_sentences_carry_the_numbers_of_the_results(done: Run, city_brief) -> None:
    roofs, stock, plan = done.results.roofs, done.results.stock, done.results.plan
    assert roofs is not None
    assert stock is not None
    assert plan is not None
    text, row = body_text(city_brief), stock.table.iloc[-1]
    for value, unit in ((roofs["yield_kwh"].sum(), "kwh"), (roofs["capacity_kwp"].sum(), "kwp"),
                        (plan.total()["avoided_co2_t"], "tco2"), (row["total_tc"], "tc"), (row["forest_ha"], "ha"),
                        (row["sink_tc_yr"], "tc")):  # fmt: skip
        assert format_number(float(value), unit, "zh") in text
    assert f"{plan.co2_kg_kwh:g} kg CO₂/kWh" in text
    assert "不可相加" in text


def test_unverified_factors_and_doubts_are_named(done: Run, region: Region, city_brief) -> None:
    stock = done.results.stock
    assert stock is not None
    doubtful = stock.unverified
    assert len(doubtful) > 10
    found = grid(city_brief, "t_factors")
    named = "；".join(found[say("c_quantity", "zh")])
    assert named.count("；") + 1 == len(doubtful)
    for value in doubtful["value"]:
        assert f"{value:g}" in named
    assert set(found[say("c_mark", "zh")]) == set(doubtful["mark_zh"])
    assert f"{len(stock.sources)} 个碳参数中 {len(doubtful)} 个未核实或为假定" in body_text(city_brief)
    assert "示意气象" in body_text(city_brief)


def test_yield_has_an_interval_where_roofs_say_how_sure_they_are(done: Run, region: Region, tmp_path: Path) -> None:
    roofs = done.results.roofs
    assert roofs is not None
    sure = roofs.copy()
    sure.attrs = {**roofs.attrs, "uncertainty": {"common": 0.05, "independent": 0.2}}
    sure["yield_common"], sure["yield_sd_kwh"] = 0.05, 0.2 * roofs["yield_kwh"]
    document = docx.Document(
        str(write_brief(region, dataclasses.replace(done.results, roofs=sure), tmp_path / "a.docx"))
    )
    cell = grid(document, "t_key").loc[say("k_yield", "zh"), say("interval", "zh")]
    low, high = (float(x.replace(",", "")) for x in re.findall(r"[\d.,]+", cell))
    rng, each = np.random.default_rng(1), roofs["yield_kwh"].to_numpy()
    sums = [((1 + 0.05 * rng.normal()) * each + 0.2 * each * rng.normal(size=len(each))).sum() for _ in range(4000)]
    scale = 1e8 if "亿" in cell else 1e4
    assert np.array([low, high]) * scale == pytest.approx(np.percentile(sums, (2.5, 97.5)), rel=0.01)


# --- marks and languages
def test_made_up_data_are_marked_and_real_data_are_not(village: Path, done: Run, city_brief, tmp_path: Path) -> None:
    header = city_brief.sections[0].header.paragraphs[0].text
    assert "示范数据" in header
    assert "不得引用" in body_text(city_brief)
    folder = tmp_path / "village"
    shutil.copytree(village.parent, folder)
    toml = folder / village.name
    toml.write_text(toml.read_text(encoding="utf-8").replace("illustrative = true", "illustrative = false"),
                    encoding="utf-8")  # fmt: skip
    document = docx.Document(str(write_brief(Region(toml), done.results, tmp_path / "a.docx")))
    assert "示范数据" not in document.sections[0].header.paragraphs[0].text
    assert "示意气象" in document.sections[0].header.paragraphs[0].text


def test_an_english_brief_is_english(done: Run, region: Region, tmp_path: Path) -> None:
    path = write_brief(region, done.results, tmp_path / "a.docx", code=CODE, lang="en", date="2026-11-21")
    document = docx.Document(str(path))
    titles = [p.text for p in document.paragraphs if p.style.name.startswith(("Title", "Heading", "Caption"))]
    titles += [cell.text for table in document.tables for cell in table.rows[0].cells]
    assert "Rooftop PV" in titles
    assert not [t for t in titles if re.search("[\u4e00-\u9fff]", t)]
    assert "Date: 2026-11-21" in body_text(document)


def test_every_word_exists_in_both_languages_with_the_same_blanks() -> None:
    for key, (zh, en) in brief_words().items():
        assert zh.strip(), key
        assert en.strip(), key
        assert sorted(set(re.findall(r"{(\w+)}", zh))) == sorted(set(re.findall(r"{(\w+)}", en))), key
    with pytest.raises(KeyError):
        say("no such word", "zh")
    assert LANGS == ("zh", "en")


def test_parts_without_results_are_left_out(done: Run, region: Region, tmp_path: Path) -> None:
    only = dataclasses.replace(done.results, roofs=None, plan=None)
    heads = [p.text for p in docx.Document(str(write_brief(region, only, tmp_path / "a.docx"))).paragraphs]
    assert "生态碳汇" in heads
    assert "屋顶光伏" not in heads
    only = dataclasses.replace(done.results, stock=None)
    document = docx.Document(str(write_brief(region, only, tmp_path / "b.docx", code=CODE)))
    assert "生态碳汇" not in [p.text for p in document.paragraphs]
    roofs = done.results.roofs
    assert roofs is not None
    none = dataclasses.replace(only, roofs=roofs[roofs["township_code"] != CODE], plan=None)
    document = docx.Document(str(write_brief(region, none, tmp_path / "c.docx", code=CODE)))
    assert say("s_no_roofs", "zh") in body_text(document)


def test_scorecard_and_balance_stand_in_the_brief_of_the_city(done: Run, region: Region, tmp_path: Path) -> None:
    score = pd.DataFrame([
        {"item": "pv", "name_zh": "光伏装机", "name_en": "PV", "unit": "kwp", "year": 2025, "target": 340_000.0,
         "target_text": "不低于", "result": 321_480.0, "status": "short", "why_zh": "只计屋顶", "why_en": "roofs only",
         "source": "plan"},
        {"item": "forest", "name_zh": "森林覆盖率", "name_en": "Cover", "unit": "%", "year": np.nan, "target": np.nan,
         "target_text": "27.2 %", "result": np.nan, "status": "no_data", "why_zh": "", "why_en": "", "source": "plan"},
    ])  # fmt: skip
    table = scorecard_table(score, "zh")
    assert [list(c.texts) for c in table.columns] == [
        ["光伏装机", "森林覆盖率"], ["2025", "—"], ["340 MWp\n不低于", "27.2 %"], ["321 MWp", "—"], ["不足", "无数据"],
        ["只计屋顶", ""],
    ]  # fmt: skip
    names = ["co2_plan_t", "co2_trend_t", "co2_kaya_t", "avoided_t", "sink_t", "sink_low_t", "sink_high_t"]
    balance = pd.DataFrame([[2e5, 2.5e5, np.nan, 1e4, 2e4, 1e4, 3e4], [1.5e5, 3e5, np.nan, 2e4, 2e4, 1e4, 3e4]],
                           index=pd.Index([2025, 2030], name="year"), columns=names)  # fmt: skip
    table = balance_table(balance, "en")
    heads = ["Year", "Emissions, plan", "Emissions, trend", "Avoided by PV", "Carbon sink", "95 % interval"]
    assert [c.head.split("\n")[0] for c in table.columns] == heads
    assert list(table.columns[1].texts) == ["200", "150"]
    path = write_brief(region, done.results, tmp_path / "a.docx", scorecard=score, balance=balance)
    document = docx.Document(str(path))
    assert grid(document, "t_score").loc["光伏装机", "对照"] == "不足"
    assert len(grid(document, "t_balance")) == 2


# --- bytes, names, office programs
def test_the_same_results_give_the_same_bytes(done: Run, region: Region, tmp_path: Path) -> None:
    pictures = {"land": next((done.folder / "pictures").glob(f"{CODE}-*-land.png"))}
    first, second = (
        write_brief(region, done.results, tmp_path / f"{i}.docx", code=CODE, pictures=pictures).read_bytes()
        for i in range(2)
    )
    assert first == second


_ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
    "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid "
    "vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em "
    "lang eastAsianLayout specVanish oMath",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing "
    "tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
}


def test_parts_stand_in_the_order_of_the_schema(city_brief) -> None:
    """Word, unlike LibreOffice, calls a document broken whose properties stand in another order."""
    section = city_brief.sections[0]
    seen = 0
    for root in (city_brief.element, city_brief.styles.element, section.header._element, section.footer._element):
        for name, order in _ORDERS.items():
            places = {tag: i for i, tag in enumerate(order.split())}
            for node in root.iter(qn(f"w:{name}")):
                tags = [child.tag.partition("}")[2] for child in node]
                at = [places[tag] for tag in tags]
                assert at == sorted(at), (name, tags)
                assert len(set(tags)) == len(tags), (name, tags)
                seen += 1
    assert seen > 1000


def test_hostile_names_stay_text_and_files_stay_in_the_folder(
    village: Path, done: Run, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(briefs, "static_maps", partial(static_maps, views=("land",)))
    region = Region(village)
    names = [HOSTILE, "con", "=cmd|' /C calc'!A0"]
    region.__dict__["townships"] = region.townships.assign(name=names, name_en="")
    stock = done.results.stock
    assert stock is not None
    results = dataclasses.replace(
        done.results, stock=dataclasses.replace(stock, table=stock.table.assign(name=[*names, "\x00全市"]))
    )
    made = write_reports(region, results, tmp_path / "out")
    assert not made.failures
    assert len(made.outputs) == 3 * 4
    assert {p.resolve().parent for p in made.outputs} == {tmp_path / "out" / "reports", tmp_path / "out" / "pictures"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]
    for path in made.outputs:
        if path.suffix == ".docx":
            text = body_text(docx.Document(str(path)))
            assert "\x07" not in text
    titles = [docx.Document(str(p)).paragraphs[0].text for p in made.outputs if p.suffix == ".docx"]
    assert any("<b>&\"'" in title and "𠮷\U0001f33f" in title for title in titles)
    assert all(len(title) < 200 for title in titles)


def test_a_place_that_fails_stops_no_other(done: Run, region: Region, tmp_path: Path, monkeypatch) -> None:
    def broken(region: Region, results, path: Path, *, code: str, **options: object) -> Path:
        if code == CODE:
            raise ValueError("no ink")
        return write_brief(region, results, path, code=code)

    monkeypatch.setattr(whole, "write_brief", broken)
    monkeypatch.setattr(briefs, "static_maps", lambda *args, **options: iter(()))
    made = write_reports(region, done.results, tmp_path)
    assert len(made.outputs) == len(region.townships)
    assert list(made.failures.values()) == ["ValueError: no ink"]


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")
def test_office_opens_brief_and_workbook(done: Run, tmp_path: Path) -> None:
    wanted = [*sorted((done.folder / "reports").glob("*.docx"))[:2], next((done.folder / "tables").glob("*.xlsx"))]
    copies = [shutil.copy(p, tmp_path / f"{i}{p.suffix}") for i, p in enumerate(wanted)]
    command = [SOFFICE, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--norestore",
               "--convert-to", "pdf", "--outdir", str(tmp_path), *map(str, copies)]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert told.returncode == 0, told.stderr
    for i in range(len(copies)):
        pdf = (tmp_path / f"{i}.pdf").read_bytes()
        assert pdf.startswith(b"%PDF-")
        assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) >= 3
    assert "repair" not in (told.stdout + told.stderr).lower()


# --- command line
def test_report_writes_the_same_again_for_one_township(done: Run, village: Path) -> None:
    town = next((done.folder / "reports").glob(f"{CODE}-*.docx"))
    before = {p: p.read_bytes() for p in (*done.folder.glob(f"pictures/{CODE}-*"), town)}
    town.unlink()
    told = CliRunner().invoke(cli, ["report", str(village), "--out", str(done.folder), "--township", CODE])
    assert told.exit_code == 0, told.output
    assert "简报：" in told.output
    assert {p: p.read_bytes() == old for p, old in before.items()} == dict.fromkeys(before, True)
    assert len(list((done.folder / "reports").glob("*.docx"))) == 4
    told = CliRunner().invoke(cli, ["report", str(village), "--out", str(done.folder), "--township", "nowhere"])
    assert told.exit_code == 2


def test_pdf_without_a_browser_is_one_sentence(done: Run, village: Path, monkeypatch) -> None:
    monkeypatch.setenv("GUANGHUI_BROWSER", "none")
    told = CliRunner().invoke(cli, ["report", str(village), "--out", str(done.folder), "--pdf"])
    assert told.exit_code == 2
    assert "未找到 Chromium、Chrome 或 Edge" in told.output
    assert "Traceback" not in told.output


def test_report_without_results_is_one_sentence(village: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["report", str(village), "--out", str(tmp_path)])
    assert told.exit_code == 2
    assert "请先运行 guanghui run" in told.output
    assert not list(tmp_path.iterdir())


@pytest.mark.browser
@pytest.mark.skipif(find_browser() is None, reason="no Chromium, Chrome or Edge on this machine")
def test_pages_print_to_one_or_two_a4_sheets_each(done: Run, region: Region, tmp_path: Path) -> None:
    page = next((done.folder / "maps").glob(f"{CODE}-*.html"))
    (tmp_path / "maps").mkdir()
    shutil.copy(page, tmp_path / "maps")
    made = print_pages(region, tmp_path)
    assert not made.failures
    (pdf,) = (p.read_bytes() for p in made.outputs)
    assert pdf.startswith(b"%PDF-")
    assert re.search(rb"/Count [12]\b", pdf)
    assert b"/MediaBox [0 0 841" in pdf
    with pytest.raises(InputError, match="no map pages to print"):
        print_pages(region, tmp_path / "empty")


@pytest.mark.browser
@pytest.mark.skipif(find_browser() is None or sys.platform != "linux", reason="needs Chromium on Linux")
def test_a_page_prints_in_chinese_where_no_font_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, settings = tmp_path / "page.html", tmp_path / "bare.conf"
    page.write_text("<meta charset=utf-8><body style='font-family: sans-serif'>屋顶光伏", encoding="utf-8")
    latin = Path(font_manager.findfont("DejaVu Sans")).parent
    settings.write_text(f"<fontconfig><dir>{latin}</dir><cachedir>{tmp_path}</cachedir></fontconfig>", encoding="utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(settings))
    ours = data_path("fonts", "GuanghuiSansSC-Regular.otf")
    for font, drawn in ((None, 0), (ours, 4)):  # a letter of ours is a Type 3 font's procedure, none of another's
        monkeypatch.setattr(printing, "shipped_in_use", lambda font=font: font)
        pdf = print_page(page, tmp_path / f"{drawn}.pdf", find_browser()).read_bytes()
        assert len(set(re.findall(rb"/(g[0-9A-F]+) \d+ 0 R", pdf))) >= drawn
        assert (b"/Subtype /Type3" in pdf) == bool(drawn)


def test_a_table_of_one_brief(tmp_path: Path) -> None:
    brief = Brief("zh", ("表", "图"))
    brief.table(BriefTable("一", [Column("甲", ["a\x00b"], number=False), Column("乙\n吨", ["1"])]))
    brief.table(BriefTable("二", [Column("甲", ["x"], number=False)]))
    document = docx.Document(str(brief.save(tmp_path / "a.docx")))
    assert [caption(t) for t in document.tables] == ["表 1　一", "表 2　二"]
    assert document.tables[0].rows[1].cells[0].text == "ab"
