"""Notebook, night run, redrawn pages and single townships are drawn from one result."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from click.testing import CliRunner, Result

from guanghui import __version__ as guanghui_version
from guanghui import plan, sinks
from guanghui.geo.errors import InputError
from guanghui.plan.inputs.manifest import changed_since
from guanghui.plan.results.programme import standing
from guanghui.plan.run.cli import cli
from guanghui.plan.run.writing import Run
from tests.twins import place

ROOT = Path(__file__).parents[2]


def digests(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }


def guanghui(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(w) for w in words])


@pytest.fixture(scope="module")
def done(copied: Run) -> Run:
    return copied


def test_the_notebook_gives_the_figures_of_the_night_run(
    village: Path, done: Run, worked: tuple[plan.Region, plan.Results]
) -> None:
    results = worked[1]
    assert results.plan is not None
    assert results.stock is not None
    tables = done.folder / "tables"
    written = pd.read_csv(tables / "coverage.csv")
    for year, row in written.set_index("year").iterrows():
        total = results.plan.total(int(year))
        for name in ("roofs", "usable_m2", "capacity_kwp", "yield_kwh", "capex_yuan", "avoided_co2_t"):
            assert total[name] == pytest.approx(row[name], rel=1e-5)  # the CSV keeps six digits
    assert done.results.plan is not None
    pd.testing.assert_frame_equal(results.plan.table, done.results.plan.table, rtol=1e-9)
    assert done.results.stock is not None
    pd.testing.assert_frame_equal(results.stock.table, done.results.stock.table, rtol=1e-9)
    carbon = sinks.assess(plan.open(village)).table
    pd.testing.assert_frame_equal(carbon, done.results.stock.table, rtol=1e-9)


def test_the_account_reads_the_biomass_of_the_region(village: Path, tmp_path: Path) -> None:
    text = "\n".join(
        line for line in village.read_text(encoding="utf-8").splitlines() if not line.startswith("standing_volume")
    )
    with rasterio.open(village.parent / "landcover.tif") as source:
        profile, trees = source.profile, np.where(source.read(1) == 10, 180.0, 0.0).astype("float32")
    profile.update(dtype="float32", nodata=None, count=1)
    agb, region_file = village.parent / "agb_agree.tif", village.parent / "agb_agree.toml"
    try:
        with rasterio.open(agb, "w", **profile) as out:
            out.write(trees, 1)
        region_file.write_text(text + '\n[biomass]\npath = "agb_agree.tif"\n', encoding="utf-8")
        city = plan.open(region_file)
        with_raster = sinks.assess(city)
        assert (with_raster.reconciliation.strata["source"] == "biomass").any()
        outlook = sinks.outlook(city)
        assert outlook.projection.frame.equals(sinks.outlook(city, with_raster).projection.frame)
    finally:
        agb.unlink(missing_ok=True)
        region_file.unlink(missing_ok=True)


def test_a_township_written_alone_is_that_of_the_whole_run(village: Path, done: Run, tmp_path: Path) -> None:
    before = digests(done.folder)
    code = str(plan.Region(village).townships["code"].iloc[0])
    alone = tmp_path / "alone"
    told = guanghui("run", village, "--out", alone, "--township", code)
    assert told.exit_code == 0, told.output
    pages = [name for name in digests(alone) if name.startswith(f"maps/{code}")]
    assert len(pages) == 1
    assert not [n for n in digests(alone) if n.startswith("maps/") and n[5].isdigit() and n not in pages]
    for name, digest in digests(alone).items():
        if name == pages[0] or name.startswith(("tables/", "vectors/", "rasters/")):
            assert digest == before[name], name
    told = guanghui("run", village, "--out", done.folder, "--township", code)
    assert told.exit_code == 0, told.output
    assert digests(done.folder) == before  # nothing of the others is deleted or replaced
    listed = {o["path"] for o in json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))["outputs"]}
    assert set(before) <= listed


def test_chosen_townships_are_rows_of_the_whole_account(village: Path, done: Run) -> None:
    assert done.results.stock is not None
    whole = done.results.stock.table.set_index("code")
    every, count = plan.open(village), 0
    assert every.buildings is not None
    for code in every.townships["code"]:
        one = plan.open(village, [code])
        row = sinks.assess(one).table.set_index("code")
        assert list(row.index) == [code, ""]
        pd.testing.assert_series_equal(row.loc[code], whole.loc[code], rtol=1e-9)
        pd.testing.assert_series_equal(row.loc[""], whole.loc[""], rtol=1e-9)
        assert one.buildings is not None
        count += len(one.buildings)
        own = every.buildings[every.buildings["township_code"] == code]
        assert one.buildings["building_id"].tolist() == own["building_id"].tolist()
    assert count == len(every.buildings)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("share = 0.30", "share = 0.20", "coverage.phases"),
        ('lang = "zh"', 'lang = "en"', "maps.lang"),
        ("seed = 360482", "seed = 1", "region.seed"),
    ],
)
def test_maps_are_not_drawn_from_results_of_other_settings(
    village: Path, done: Run, old: str, new: str, key: str
) -> None:
    text = village.read_text(encoding="utf-8")
    if old not in text:
        table, name = key.split(".")[:2]
        new = f"[{table}]\n{new}" if f"[{table}]" not in text else new
        assert name
        changed = text.replace(f"[{table}]\n", f"[{table}]\n{new.splitlines()[-1]}\n", 1)
        changed = changed if changed != text else f"{text}\n{new}\n"
    else:
        changed = text.replace(old, new, 1)
    other = village.parent / "changed_agree.toml"
    before = digests(done.folder)
    try:
        other.write_text(changed, encoding="utf-8")
        told = guanghui("maps", other, "--out", done.folder)
        assert told.exit_code == 2, told.output
        assert key.split(".")[0] in told.output
        assert "所用为" in told.output or " was " in told.output  # in the language of the changed file
        assert digests(done.folder) == before
    finally:
        other.unlink(missing_ok=True)


def test_maps_drawn_again_are_the_same_bytes(village: Path, done: Run) -> None:
    before = digests(done.folder)
    told = guanghui("maps", village, "--out", done.folder)
    assert told.exit_code == 0, told.output
    assert digests(done.folder) == before


def test_a_checkout_tells_its_version() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "guanghui", "--version"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.stdout.strip() == f"guanghui, version {guanghui_version}", told.stderr


def test_the_command_line_answers_at_once() -> None:
    heavy = ("geopandas", "pandas", "numba", "folium")
    code = f"import sys, guanghui.plan.run.cli; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_key_of_a_newer_version_is_no_change(village: Path, done: Run, tmp_path: Path) -> None:
    """Results of an older program have no such key: left alone it changes nothing, given in the file it does."""
    region, then = plan.open(village), json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert changed_since(region, done.folder) == []
    del then["parameters"]["pv"]["soiling_pct"]
    (tmp_path / "manifest.json").write_text(json.dumps(then), encoding="utf-8")
    assert changed_since(region, tmp_path) == []
    del then["parameters"]["coverage"]["grid"]  # the region file gives it
    (tmp_path / "manifest.json").write_text(json.dumps(then), encoding="utf-8")
    (told,) = changed_since(region, tmp_path)
    assert "coverage.grid" in str(told)


@pytest.mark.slow
def test_the_hash_seed_changes_no_byte(tmp_path: Path) -> None:
    small, found = place.build(tmp_path / "place"), []
    for seed in ("0", "4242"):
        out = tmp_path / seed
        told = subprocess.run(
            [sys.executable, "-m", "guanghui", "run", str(small), "--out", str(out)], cwd=ROOT, check=False,
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr
        found.append(digests(out))
    assert found[0] == found[1]


def test_systems_of_townships_sum_to_those_of_the_region(finished: Run, village: Path, tmp_path: Path) -> None:
    """By roof, by name and by township only; a region opened for some holds its own, and one of nowhere is refused."""
    roofs = finished.results.roofs
    assert roofs is not None
    first = roofs.loc[roofs["capacity_kwp"] > 0, ["building_id", "township"]].groupby("township").first()
    rows = [f",{id_},,{20 + i}" for i, id_ in enumerate(first["building_id"])]
    rows += [f",,{name},{300 + i}" for i, name in enumerate(first.index)]
    table = village.with_name(f"{tmp_path.name}.csv")
    text = village.read_text(encoding="utf-8")
    assert 'path = "existing_pv.csv"' in text
    path = village.with_name(f"{tmp_path.name}.toml")
    path.write_text(text.replace("existing_pv.csv", table.name), encoding="utf-8")

    def sums(codes: list[str]) -> np.ndarray:
        own = roofs[roofs["township_code"].isin(codes)].reset_index(drop=True)
        there = standing(plan.Region(path, codes), own)
        assert there is not None
        return np.array([there.on_roof_kwp.sum(), there.by_township_kwp.sum(), len(there.beside)])

    table.write_text("name,building_id,township,capacity_kwp\n" + "\n".join(rows) + "\n", encoding="utf-8")
    codes = list(first.index.map(dict(zip(roofs["township"], roofs["township_code"], strict=True))))
    whole = sums(codes)
    assert whole.tolist() == [20 + 21 + 22, 300 + 301 + 302, 6]
    np.testing.assert_allclose(sum(sums([c]) for c in codes), whole, rtol=1e-12)
    table.write_text("name,building_id,township,capacity_kwp\n" + rows[0] + "\n", encoding="utf-8")
    others = roofs[roofs["township_code"] == codes[1]].reset_index(drop=True)
    assert standing(plan.Region(path, codes[1:2]), others) is None
    table.write_text("name,building_id,township,capacity_kwp\n,nobody,,5\n", encoding="utf-8")
    with pytest.raises(InputError, match="nobody"):
        sums(codes[:1])
