"""Mount, reasons, vintage and the load rule from the region file to workbook, brief and page, on nine roofs."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from guanghui.maps.page.roofs import measures, roof_payload
from guanghui.plan.brief.pv import PvPart
from guanghui.plan.inputs.region import Region, open_region
from guanghui.plan.results.assembly import Results, work
from guanghui.plan.workbook.pv_sheets import pv_sheets
from guanghui.plan.workbook.tables import labels
from guanghui.pv.programme.reasons import ALL_LOSSES
from tests.twins import place

FACTS = """material = "made_of"
year_built = "built"
heritage = "listed"
"""


def _region(folder: Path, *, pv: str = "", coverage: str = "") -> Region:
    text = place.REGION.replace('height = "h"\n', 'height = "h"\n' + FACTS)
    text += f'{coverage}\n[pv]\nreach_m = 60\n{pv}\n[economics]\nregion = "jiangxi"\n'
    path = place.build(folder, roofs=False, land=False, text=text.replace(place.LANDCOVER, ""))
    roofs = place.outlines()
    roofs["made_of"] = ["彩钢", "混凝土", "茅草"] * 3
    roofs["built"] = ["1998", "2010", None] * 3
    roofs["listed"] = ["否"] * 8 + ["是"]
    roofs.to_file(folder / "roofs.gpkg")
    return open_region(path)


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> tuple[Region, Results]:
    region = _region(tmp_path_factory.mktemp("system"), coverage='load_rule = "assumed"')
    return region, work(region)


def test_the_account_is_closed_with_the_roofs_left_out(done) -> None:
    roofs = done[1].roofs
    total = roofs[["used_m2", *ALL_LOSSES]].sum(axis=1)
    np.testing.assert_allclose(total, roofs["footprint_m2"], rtol=1e-6)
    assert (roofs.loc[roofs["excluded"].str.contains("荷载规则"), "used_m2"] == 0).all()
    assert (roofs["excluded"] != "").sum() == 4  # three of sheet steel before 2002, one protected


def test_notes_tell_of_load_age_and_words(done) -> None:
    told = [n.text for n in done[0].notes]
    assert any("4 of" in t and "load rule" in t and "2027" in t for t in told)
    assert any("is of 2022, the first phase of 2026" in t for t in told)
    assert any("茅草" in t for t in told)


def test_the_workbook_has_mount_reasons_and_both_vintages(done) -> None:
    region, results = done
    sheets = {s.key: s for s in pv_sheets(region, results.roofs, results.pv_side)}
    assert {"mount", "reason", "roof_material", *ALL_LOSSES} <= set(sheets["roofs"].frame)
    area = sheets["roof_area"].frame
    np.testing.assert_allclose(area["footprint_m2"], area[["used_m2", *ALL_LOSSES]].sum(axis=1), rtol=1e-6)
    assert set(sheets["price_vintages"].frame["vintage"]) == {"2022", "2025"}
    known = labels()
    for key in ("roofs", "roof_area", "price_vintages"):
        missing = [c for c in sheets[key].frame if c not in known]
        assert not missing, (key, missing)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_brief_says_where_the_area_goes(done, lang: str) -> None:
    region, results = done
    text = PvPart(region.townships, results.roofs, results.plan, "", lang).potential()
    assert ("可利用，其余为" if lang == "zh" else "the rest is lost to") in text
    assert ("不参与" if lang == "zh" else "left out") in text


def test_the_page_shows_mount_and_reason_on_the_card(done) -> None:
    roofs: gpd.GeoDataFrame = done[1].roofs
    payload = roof_payload(roofs, measures(roofs))
    card = {field["column"] for field in payload["card"]}
    assert {"mount", "reason", *ALL_LOSSES} <= card
    for column in ("mount", "reason"):
        labels_of = [item.get("label", item) for item in payload["categories"][column]]
        assert labels_of


def test_a_newer_vintage_needs_no_warning_and_gives_more(tmp_path: Path, done) -> None:
    region = _region(tmp_path, pv='vintage = 2025\n[pv.mounts]\nsteel = "rows"', coverage="")
    roofs = work(region).roofs
    assert not any("first phase of" in n.text for n in region.notes)
    old = done[1].roofs
    assert roofs["yield_kwh"].sum() / roofs["capacity_kwp"].sum() > 1.04 * (
        old["yield_kwh"].sum() / old["capacity_kwp"].sum()
    )
    assert not (roofs["mount"] == "flush").eq(old["mount"] == "flush").all() or "flush" not in set(old["mount"])
