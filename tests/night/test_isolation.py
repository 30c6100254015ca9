"""What cannot be worked is named and counted; everything else is finished, marked as partial, and the code is 1."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.night.server import ALL, Runs, content, every_case
from tests.scenes import EAST, NORTH, write_raster
from tests.twins import place

ONE_BATCH = "survey.plan_batches = functools.partial(survey.plan_batches.func, cells=1024)\n"
SMALL_CHUNKS = "import guanghui.geo.surface as surface\nsurface._CHUNK = 20\n"
BREAKS = """
import numpy as np, shapely
marks = {marks}
work = keeping.assess_batch
def breaking(batch, *a, **k):
    if any(tuple(np.floor(shapely.bounds(shapely.from_wkb(s))[:2]).astype(int)) in marks for s in batch.shapes):
        raise ZeroDivisionError("kernel")
    return work(batch, *a, **k)
keeping.assess_batch = breaking
"""


def corner(number: int) -> tuple[int, int]:
    """South-west corner of a roof."""
    west, south, _, _ = place.outlines().geometry.iloc[number].bounds
    return int(west), int(south)


def roofs(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "tables" / "roofs.csv").set_index("building_id")


def test_a_roof_that_breaks_the_kernel_is_found_in_its_batch_and_named(
    server: Runs, small: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    patch = ONE_BATCH + BREAKS.format(marks={corner(4), corner(7)})
    assert server.run("run", small, "--out", out, patch=patch) == 1, server.said()
    said = server.said()
    assert "2" in said
    assert "b4, b7" in said
    assert "ZeroDivisionError: kernel" in said
    assert "结果不完整" in said
    here, there = roofs(out), roofs(whole)
    assert list(here.index[here["lod"] == "lost"]) == ["b4", "b7"]
    others = here.index[here["lod"] != "lost"]
    figures = ["capacity_kwp", "yield_kwh", "usable_m2"]
    pd.testing.assert_frame_equal(here.loc[others, figures], there.loc[others, figures], rtol=1e-6)
    assert (here.loc[["b4", "b7"], figures] == 0).all(axis=None)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert "b4, b7" in manifest["failures"]["roofs"]
    assert manifest["partial"] is True
    for page in [out / "index.html", *(out / "maps").glob("[0-9]*.html")]:
        assert "结果不完整" in page.read_text(encoding="utf-8"), page.name
    if not ALL:
        return
    # the fault is gone: the next run works only what was lost, and all is as it should be
    assert server.run("run", small, "--out", out) == 0, server.said()
    assert content(out) == content(whole)


@every_case
def test_where_every_roof_breaks_the_fault_is_ours(server: Runs, small: Path, tmp_path: Path) -> None:
    patch = "def broken(*a, **k):\n    raise ZeroDivisionError('kernel')\nkeeping.assess_batch = broken"
    assert server.run("run", small, "--out", tmp_path / "out", patch=patch) == 3
    assert "kernel" in server.said()


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place with its surface in four tiles, one of which breaks off in the middle."""
    folder = tmp_path_factory.mktemp("tiled")
    region = place.build(folder, text=place.REGION.replace('path = "dsm.tif"', 'path = "tiles/*.tif"'))
    z = place.heights()[0]
    for k in range(4):
        rows, cols = slice(60 * (k // 2), 60 * (k // 2) + 60), slice(60 * (k % 2), 60 * (k % 2) + 60)
        write_raster(folder / f"tiles/{k}.tif", z[rows, cols], nodata=-9999.0, west=EAST + cols.start,
                     north=NORTH - rows.start)  # fmt: skip
    return region


@every_case
def test_a_tile_that_breaks_off_costs_the_roofs_that_need_it(server: Runs, tiled: Path, tmp_path: Path) -> None:
    # skylines reach 20 m here, so that roofs far from the tile do not need it
    text = tiled.read_text(encoding="utf-8") + "[pv]\nreach_m = 20.0\nterrain_reach_m = 20.0\n"
    region = tiled.with_name("near.toml")
    region.write_text(text, encoding="utf-8")
    tile = tiled.parent / "tiles" / "3.tif"
    sound = tile.read_bytes()
    tile.write_bytes(sound[: len(sound) // 2])
    out = tmp_path / "out"
    try:
        assert server.run("run", region, "--out", out, patch=SMALL_CHUNKS) == 1, server.said()
    finally:
        tile.write_bytes(sound)
    assert "RasterioIOError" in server.said()
    lost = roofs(out)["lod"] == "lost"
    assert lost["b8"], "the roof in the far corner lies on the tile"
    assert not lost["b0"], "the roof in the near corner does not"
    assert 0 < lost.sum() < 9
    made = server.count()
    assert server.run("run", region, "--out", out, patch=SMALL_CHUNKS) == 0, server.said()
    assert server.count() - made == lost.sum(), "only what was lost is worked"


def test_a_township_whose_page_fails_is_tried_twice_and_named(server: Runs, small: Path, whole: Path, tmp_path: Path):
    patch = """
tries = []
draw = pages.township_page
def broken(region, code, **k):
    if code.endswith("2"):
        tries.append(code)
        open("tries", "w").write(str(len(tries)))
        raise RuntimeError("torn")
    return draw(region, code, **k)
pages.township_page = broken
"""
    out = tmp_path / "out"
    assert server.run("run", small, "--out", out, patch=patch) == 1
    assert "西乡: RuntimeError: torn" in server.said()
    assert (server.folder / "tries").read_text() == "2"
    theirs = content(whole)
    for name, data in content(out).items():
        if name not in ("index.html", "maps/compare.html", "run.log"):
            assert data == theirs[name], name
    if ALL:
        assert server.run("run", small, "--out", out) == 0
        assert content(out) == theirs


@every_case
def test_land_cover_that_breaks_off_costs_the_carbon_alone(server: Runs, landed: Path, whole: Path, tmp_path: Path):
    patch = """
from rasterio.errors import RasterioIOError
import guanghui.plan.results.keeping as kept
def torn(*a, **k):
    raise RasterioIOError("cover.tif: read failed")
kept.sinks.assess = torn
"""
    out = tmp_path / "out"
    assert server.run("run", landed, "--out", out, patch=patch) == 1
    assert "碳汇计算未能完成" in server.said()
    assert roofs(out)["yield_kwh"].sum() == roofs(whole)["yield_kwh"].sum() > 0
    assert not list((out / "rasters").glob("carbon*"))
