"""One key turns every area a forester reads to mu: pages, workbook, brief; machine tables stay in hectares."""

from __future__ import annotations

import json
import re
from pathlib import Path

import docx
import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from guanghui.maps.words.numbers import UNITS, areas_in, format_column, format_number, land_areas_in, units_payload
from guanghui.plan.brief.document import write_brief
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.pipeline import run
from guanghui.plan.workbook.tables import in_mu, labels
from tests.plan.test_polygon_cover import folder_of, strips


@pytest.mark.parametrize("hectares", [0.04, 1.0, 66.7, 5e3, 123456.0, 3e6])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_hectare_is_fifteen_mu_everywhere(hectares: float, lang: str) -> None:
    with areas_in("mu"):
        assert format_number(hectares, "ha", lang) == format_number(15 * hectares, "mu", lang)
        assert format_column([hectares, 2 * hectares], "ha", lang) == format_column(
            [15 * hectares, 30 * hectares], "mu", lang
        )
        assert format_number(hectares, "tc", lang) == format_number(hectares, "tc", lang)
    assert "mu" not in format_number(hectares, "ha", "en")
    shown = units_payload("mu")
    assert [s[1] * 15 for s in shown["ha"][lang]] == [s[1] for s in UNITS["mu"][lang]]
    assert shown["other_area"][lang] == units_payload()["ha"][lang]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("网上 3,974 公顷发生变化", "网上 59,610 亩发生变化"),
        ("of 20.25 ha, 12 m³/ha at 4 t C ha⁻¹", "of 303.75 mu, 12 m³/ha at 4 t C ha⁻¹"),
        ("100 t/ha and 1ha", "100 t/ha and 15mu"),
    ],
)
def test_hectares_inside_sentences_are_turned_and_densities_are_not(text: str, want: str) -> None:
    assert land_areas_in(text, "mu") == want
    assert land_areas_in(text, "ha") == text


def test_every_area_column_is_turned_and_no_other() -> None:
    known = labels()
    areas = [c for c, (_, _, unit) in known.items() if unit == "ha"]
    frame = pd.DataFrame({c: [2.0] for c in [*areas, "density_tc_ha", "total_tc"]})
    out, turned = in_mu(frame, known)
    assert sorted(turned) == sorted(areas)
    assert (out[areas] == 30).all(axis=None)
    assert out.loc[0, ["density_tc_ha", "total_tc"]].tolist() == [2, 2]
    mixed = pd.DataFrame({"raw": [2.0, 3.0], "factor": [1.0, 1.0], "unit": ["m3", "ha"]})
    assert in_mu(mixed, known)[0].to_dict("list") == {"raw": [2, 45], "factor": [1, 1], "unit": ["m3", "mu"]}


def test_page_workbook_and_brief_are_in_mu_and_the_tables_in_hectares(tmp_path: Path) -> None:
    file = folder_of(tmp_path, strips(), '[maps]\nunit = "mu"\n')
    done = run(Region(file), tmp_path / "out")
    region = Region(file)
    csv = pd.read_csv(tmp_path / "out" / "tables" / "sinks_townships.csv")
    forest = float(csv["forest_ha"].iloc[-1])
    book = openpyxl.load_workbook(next((tmp_path / "out" / "tables").glob("*.xlsx")))
    sheet = book["乡镇碳储量与碳汇"]
    heads = [str(c.value) for c in sheet[3]]
    column = next(i for i, h in enumerate(heads) if h.startswith("森林面积"))
    assert heads[column].endswith("(亩)")
    assert list(sheet.iter_rows(values_only=True))[-1][column] == pytest.approx(15 * forest)
    check = book["地类面积核对"]
    assert any("(亩)" in str(c.value) for c in check[3])
    assert not any("(ha)" in str(c.value) for c in check[3])
    page = (tmp_path / "out" / "maps" / "works.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="guanghui-data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["units"]["ha"]["zh"][-1][2] == "亩"
    assert data["survey"][-1]["mapped"] == pytest.approx(
        float(gpd.read_file(tmp_path / "DLTB.gpkg")["TBMJ"].sum()) / 1e4
    )
    brief = docx.Document(write_brief(region, done.results, tmp_path / "brief.docx"))
    text = "\n".join(p.text for p in brief.paragraphs)
    assert format_number(15 * forest, "mu", "zh") in text
    assert "公顷" not in text.replace("碳/公顷", "").replace("/公顷", "")
