"""The whole way on the small demo city, and what bad input does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
from click.testing import CliRunner
from rio_cogeo import cog_validate

from guanghui import pv
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.cli import cli
from guanghui.plan.run.pipeline import run
from guanghui.plan.run.publish import work_folder
from guanghui.plan.run.writing import Run
from tests.twins import place


@pytest.fixture(scope="module")
def done(finished: Run) -> Run:
    return finished


@pytest.fixture(scope="module")
def region(village: Path) -> Region:
    return Region(village)


def test_everything_is_there(done: Run, region: Region) -> None:
    assert not done.failures
    pages = sorted(p.name for p in (done.folder / "maps").glob("[0-9]*.html"))
    assert len(pages) == len(region.townships) == 3
    for name in (
        "index.html",
        "manifest.json",
        "tables/gongqingcheng.xlsx",
        "vectors/roofs.parquet",
        "rasters/carbon_total.tif",
    ):
        assert (done.folder / name).stat().st_size > 0, name
    assert not [p for p in done.folder.rglob("*") if p.name.startswith(".")]


def test_townships_sum_to_the_city(done: Run) -> None:
    roofs, stock = done.results.roofs, done.results.stock
    assert roofs is not None
    assert stock is not None
    table = pd.read_csv(done.folder / "tables" / "pv_townships.csv")
    assert table["yield_kwh"].sum() == pytest.approx(roofs["yield_kwh"].sum(), rel=1e-4)
    carbon = stock.table
    for column in ("total_tc", "area_ha", "forest_ha", "sink_tc_yr", "volume_m3"):
        assert carbon[column].iloc[:-1].sum() == pytest.approx(carbon[column].iloc[-1], rel=1e-9)


def test_the_official_volume_is_met(done: Run, region: Region) -> None:
    stock = done.results.stock
    assert stock is not None
    assert stock.table["volume_m3"].iloc[-1] == pytest.approx(region.settings.sinks.standing_volume_m3, rel=1e-9)


def test_the_programme_meets_its_shares(done: Run) -> None:
    plan = done.results.plan
    assert plan is not None
    reached = plan.reached
    assert (reached["reached_share"] >= reached["target_share"] - 1e-9).all()
    assert (reached["overshoot_m2"] <= reached["last_roof_m2"] + 1e-6).all()


def test_yields_are_in_the_range_of_jiangxi(done: Run) -> None:
    roofs = done.results.roofs
    assert roofs is not None
    assert 850 < roofs["yield_kwh"].sum() / roofs["capacity_kwp"].sum() < 1100


def test_files_carry_crs_units_and_marks(done: Run) -> None:
    roofs = gpd.read_parquet(done.folder / "vectors" / "roofs.parquet")
    assert roofs.crs.to_epsg() == 4548
    assert set(roofs["phase"]) <= {0, 2022, 2023, 2024}
    for path in (done.folder / "rasters").glob("*.tif"):
        assert cog_validate(path)[0], path
        with rasterio.open(path) as raster:
            assert raster.tags()["illustrative"] == "True"
    with rasterio.open(done.folder / "rasters" / "carbon_total.tif") as raster:
        assert raster.tags()["units"] == "t C/ha"
        values = raster.read(1, masked=True)
        assert 0 <= values.min() <= values.max() < 500


def test_every_table_and_page_says_illustrative(done: Run) -> None:
    book = openpyxl.load_workbook(done.folder / "tables" / "gongqingcheng.xlsx", read_only=True)
    for page in book.worksheets:
        assert "示范数据" in str(next(page.iter_rows(min_row=2, max_row=2, values_only=True))[0]), page.title
    for path in [done.index, *(done.folder / "maps").glob("*.html")]:
        assert "示范数据" in path.read_text(encoding="utf-8")


def test_the_manifest_says_what_was_run(done: Run) -> None:
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["illustrative"] is True
    assert manifest["proj:epsg"] == 4548
    assert {Path(i["path"]).suffix for i in manifest["inputs"]} >= {".gpkg", ".tif"}
    assert all(len(i["sha256"]) == 64 for i in manifest["inputs"] + manifest["outputs"])
    listed = {o["path"] for o in manifest["outputs"]}
    assert {"index.html", "tables/gongqingcheng.xlsx"} <= listed
    assert manifest["seconds"]["roofs"] > 0
    assert any("illustrative weather" in n["text"] for n in manifest["notes"])


def test_one_township_surveyed_alone_gives_its_own_numbers(done: Run, village: Path) -> None:
    code = done.results.roofs["township_code"].iloc[0]
    alone = pv.survey(Region(village, [code])).roofs
    whole = done.results.roofs
    part = whole[whole["township_code"] == code]
    np.testing.assert_allclose(alone["yield_kwh"], part["yield_kwh"], rtol=1e-6)


def edited(village: Path, folder: Path, *pairs: tuple[str, str], drop: tuple[str, ...] = ()) -> Path:
    """Region file beside the village's inputs with text replaced and sections removed."""
    text = village.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    for section in drop:
        head = text.index(f"[{section}]")
        tail = text.find("\n[", head + 1)
        text = text[:head] + (text[tail + 1 :] if tail > 0 else "")
    path = village.with_name(f"{folder.name}.toml")
    path.write_text(text + '\n[maps]\nlang = "en"\n', encoding="utf-8")
    return path


def call(*words: str | Path):
    return CliRunner().invoke(cli, [str(w) for w in words])


def test_without_outlines_only_the_sinks_run(tmp_path: Path) -> None:
    text = place.REGION[: place.REGION.index("[coverage]")].replace(place.BUILDINGS, "").replace(place.SURFACE, "")
    path = place.build(tmp_path / "place", roofs=False, surface=False, text=text + '[maps]\nlang = "en"\n')
    result = call("run", path, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "carbon: stock" in result.output
    assert not [line for line in result.output.splitlines() if line.startswith("PV:")]
    assert (tmp_path / "out" / "index.html").exists()


def test_without_land_cover_and_surface_pv_runs_on_extruded_outlines(tmp_path: Path) -> None:
    text = place.REGION.replace(place.SURFACE, "").replace(place.LANDCOVER, "")
    path = place.build(tmp_path / "place", surface=False, land=False, text=text + '[maps]\nlang = "en"\n')
    result = call("run", path, "--out", tmp_path / "out", "--workers", "1")
    assert result.exit_code == 0, result.output
    assert "carbon" not in result.output
    roofs = gpd.read_parquet(tmp_path / "out" / "vectors" / "roofs.parquet")
    assert (roofs["roof_form"] == "unseen").all()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('path = "townships.gpkg"', 'path = "gone.gpkg"', r"line \d+: `townships.path` = \"gone.gpkg\" is no file"),
        ('height = "height_m"', 'height = "hoehe"', r"no column 'hoehe' \(key `buildings.height`\)"),
        ('legend = "worldcover"', 'legend = "worldcoverage"', "worldcoverage"),
        ('legend = "worldcover"', 'legend = "clcd"', "10"),
        (
            'terrain = "terrain.tif"',
            'terrain = "nothing*.tif"',
            r"`surface.terrain` = \"nothing\*.tif\" matches no file",
        ),
        ('normals = "jiujiang"', 'normals = "moon"', "moon"),
        ('type = "wetland_type"', 'type = "name"', "wetland"),
        ('crs = "auto"', 'crs = "EPSG:3857"', "not in metres here"),
        ("share = 0.30", "share = 30", "write 0.3 for 30 %"),
        ("seed = 360482", "sed = 360482", "did you mean `seed`"),
    ],
)
def test_bad_input_gets_a_sentence_exit_code_2_and_leaves_nothing(
    village: Path, tmp_path, old: str, new: str, message: str
) -> None:
    drop = ("buildings", "surface", "coverage") if "wetland" in message else ()  # nothing is told before the account
    path = edited(village, tmp_path, (old, new), drop=drop)
    result = call("run", path, "--out", tmp_path / "out")
    assert result.exit_code == 2, result.output
    pytest.importorskip("re")
    import re

    assert re.search(message, result.output), result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_a_raster_elsewhere_is_named(village: Path, tmp_path) -> None:
    with rasterio.open(village.with_name("landcover.tif")) as source:
        profile = source.profile
        values = source.read(1, window=((0, 50), (0, 50)))
    t = profile["transform"]
    profile.update(height=50, width=50, transform=rasterio.Affine(t.a, 0, t.c + 10, 0, t.e, t.f))
    with rasterio.open(village.with_name("far.tif"), "w", **profile) as out:
        out.write(values, 1)
    result = call("check", edited(village, tmp_path, ('path = "landcover.tif"', 'path = "far.tif"')))
    assert result.exit_code == 2
    assert "lies elsewhere" in result.output


def test_a_layer_without_crs_and_an_unreadable_one_are_named(village: Path, tmp_path) -> None:
    broken = village.with_name("broken.gpkg")
    broken.write_bytes(b"not a geopackage")
    result = call("check", edited(village, tmp_path, ('path = "buildings.gpkg"', 'path = "broken.gpkg"')))
    assert result.exit_code == 2
    assert "cannot be read as a vector layer" in result.output


def test_check_reports_every_problem_at_once(village: Path, tmp_path) -> None:
    path = edited(
        village, tmp_path, ('path = "buildings.gpkg"', 'path = "a.gpkg"'), ('path = "wetlands.gpkg"', 'path = "b.gpkg"')
    )
    result = call("check", path)
    assert result.exit_code == 2
    assert "a.gpkg" in result.output
    assert "b.gpkg" in result.output


def test_check_of_good_inputs_lists_them(village: Path) -> None:
    result = call("check", village)
    assert result.exit_code == 0, result.output
    for word in ("townships", "buildings", "surface", "landcover", "wetlands", "stands"):
        assert word in result.output


def test_maps_can_be_drawn_again(done: Run, village: Path, tmp_path) -> None:
    shutil.copytree(done.folder, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "maps")
    result = call("maps", village, "--out", tmp_path / "copy")
    assert result.exit_code == 0, result.output
    for path in (done.folder / "maps").glob("*.html"):
        assert (tmp_path / "copy" / "maps" / path.name).read_bytes() == path.read_bytes()


def test_maps_without_results_say_so(village: Path, tmp_path) -> None:
    result = call("maps", village, "--out", tmp_path / "nothing")
    assert result.exit_code == 2
    assert "guanghui run" in result.output


def test_one_broken_township_stops_no_other(
    village: Path, begun: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guanghui.plan.run import pages

    genuine = pages.township_page

    def broken(city, code, **options):
        if code.endswith("100"):
            raise RuntimeError("torn page")
        return genuine(city, code, **options)

    monkeypatch.setattr(pages, "township_page", broken)
    shutil.rmtree(work_folder(begun(tmp_path / "out")) / "pieces" / "page", ignore_errors=True)
    result = call("run", village, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "torn page" in result.output
    assert len(list((tmp_path / "out" / "maps").glob("[0-9]*.html"))) == 2


def test_faces_are_written_when_asked(done: Run, tmp_path: Path) -> None:
    assert not (done.folder / "vectors" / "faces.parquet").exists()
    again = run(Region(place.build(tmp_path / "place", text=place.REGION + "[run]\nfaces = true\n")), tmp_path / "out")
    faces = gpd.read_parquet(again.folder / "vectors" / "faces.parquet")
    roofs = again.results.roofs
    assert roofs is not None
    assert set(faces["building_id"]) == set(roofs["building_id"])
    assert faces.area.sum() == pytest.approx(roofs["footprint_m2"].sum(), rel=1e-3)
    assert faces["capacity_kwp"].sum() == pytest.approx(roofs["capacity_kwp"].sum())
    assert faces.crs == roofs.crs


def test_a_hostile_name_is_shown_as_text(tmp_path: Path) -> None:
    path = place.build(tmp_path / "place")
    place.outlines().assign(title="<script>alert(1)</script>").to_file(path.with_name("roofs.gpkg"))
    result = call("run", path, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    pages = list((tmp_path / "out").rglob("*.html"))
    assert len(pages) >= 3
    for page in pages:
        assert "<script>alert(1)" not in page.read_text(encoding="utf-8")
    assert "<script>alert(1)" in (tmp_path / "out" / "tables" / "roofs.csv").read_text(encoding="utf-8")


def test_scheduler_words(village: Path, tmp_path) -> None:
    result = call("run", village, "--out", tmp_path / "out", "--scheduler", "abacus")
    assert result.exit_code == 2
    assert "abacus" in result.output


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_local_cluster_gives_the_same_files(tmp_path: Path) -> None:
    path = place.build(tmp_path / "place")
    for name, words in (("threads", ()), ("processes", ("--scheduler", "processes", "--workers", "2"))):
        result = call("run", path, "--out", tmp_path / name, *words)
        assert result.exit_code == 0, result.output
    for kind in ("tables/roofs.csv", "rasters/poa/*.tif", "maps/*.html"):
        made = {p.name: p.read_bytes() for p in (tmp_path / "threads").glob(kind)}
        assert made
        assert {p.name: p.read_bytes() for p in (tmp_path / "processes").glob(kind)} == made, kind


def test_help_answers() -> None:
    result = call("--help")
    for word in ("demo", "check", "run", "maps", "new"):
        assert word in result.output
