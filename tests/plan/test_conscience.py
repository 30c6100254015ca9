"""Whatever a run refuses, `check` refuses first, with the same sentence; undo the cause and it passes."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from click.testing import CliRunner
from rasterio.transform import from_origin
from shapely.geometry import box

from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from guanghui.plan.run.cli import cli
from tests.plan.test_belonging import CRS, X, Y, place

_PHASES = "phases = [{ year = 2026, share = 0.3 }]"
_LAND = '[landcover]\npath = "lc.tif"\nlegend = "worldcover"\nyear = 2021\n'
_SICK = {
    "a building that is not there": f'[coverage]\n{_PHASES}\nexclude_buildings = {{ "nobody" = "文物" }}\n',
    "a township without share": '[coverage]\nscope = "township"\nphases = [{ year = 2026, shares = { "南" = 0.3 } }]\n',
    "a budget without prices": "[coverage]\nphases = [{ year = 2026, share = 0.3, budget_yuan = 1e6 }]\n",
    "cost without prices": f'[coverage]\nobjective = "cost"\n{_PHASES}\n',
    "a grid nobody knows": f'[coverage]\ngrid = "atlantis"\n{_PHASES}\n',
    "prices of nowhere": f'[coverage]\n{_PHASES}\n[economics]\nregion = "atlantis"\n',
    "a system in no township": f'[coverage]\n{_PHASES}\n[existing]\npath = "existing.csv"\n',
    "a target nobody knows": '[[targets]]\nitem = "happiness"\ndocument = "x"\n',
    "tiles of GCJ-02": '[maps]\nbasemap = "https://webrd01.is.autonavi.com/{z}/{x}/{y}"\n',
    "land codes the legend does not explain": _LAND.replace("worldcover", "clcd"),
    "a total for a map without forest": _LAND + "[sinks]\nstanding_volume_m3 = 5000000\n",
    "stands of 5,000 m³": _LAND + '[stands]\npath = "stands.gpkg"\n',
    "a wetland nobody knows": _LAND + '[wetlands]\npath = "wet.gpkg"\n',
    "a method nobody knows": _LAND
    + '[planting]\nfarmland = "towns.gpkg"\n[works]\npath = "works.gpkg"\nbefore = "lc.tif"\n'
    'after = "lc.tif"\n',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("conscience")
    place(where)
    cover = np.full((40, 40), 10, "uint8")
    cover[20:] = 40
    with rasterio.open(where / "lc.tif", "w", driver="GTiff", width=40, height=40, count=1, dtype="uint8", crs=CRS,
                       transform=from_origin(X, Y + 400, 10, 10)) as out:  # fmt: skip
        out.write(cover, 1)
    (where / "existing.csv").write_text("township,capacity_kwp\n南,100\n", encoding="utf-8")
    spot = [box(X + 10, Y + 10, X + 60, Y + 60)]
    for name, columns in (
        ("stands", {"species_group": ["马尾松"], "volume_m3_ha": [5000.0]}), ("wet", {"wetland_type": ["云"]}),
        ("works", {"kind": ["garden"]}),
    ):  # fmt: skip
        gpd.GeoDataFrame(columns, geometry=spot, crs=CRS).to_file(where / f"{name}.gpkg")
    return where


@pytest.mark.parametrize("name", sorted(_SICK))
def test_check_refuses_what_a_run_refuses(folder: Path, tmp_path: Path, name: str) -> None:
    sound = (folder / "r.toml").read_text(encoding="utf-8")
    path = folder / f"{tmp_path.name}.toml"
    path.write_text(sound + _SICK[name], encoding="utf-8")
    told = CliRunner().invoke(cli, ["check", str(path), "--out", str(tmp_path / "check")])
    assert told.exit_code == 2, told.output
    ran = CliRunner().invoke(cli, ["run", str(path), "--out", str(tmp_path / "run")])
    assert ran.exit_code == 2, ran.output

    def sentences(text: str) -> set[str]:
        return {line for line in text.splitlines() if line.startswith("✗")}

    assert sentences(ran.output)
    assert sentences(ran.output) <= sentences(told.output)
    assert not [p for p in tmp_path.iterdir() if not p.name.endswith(".work")]  # pieces stay for the mended run


def test_undone_it_passes(folder: Path) -> None:
    assert check(Region(folder / "r.toml"), rehearse=True) == []
    path = folder / "land.toml"
    path.write_text((folder / "r.toml").read_text(encoding="utf-8") + _LAND, encoding="utf-8")
    assert check(Region(path), rehearse=True) == []


def test_codes_are_refused_before_roofs_are_surveyed(folder: Path) -> None:
    path = folder / "codes.toml"
    path.write_text(
        (folder / "r.toml").read_text(encoding="utf-8") + _LAND.replace("worldcover", "clcd"), encoding="utf-8"
    )
    (error,) = check(Region(path))
    assert "clcd" in str(error)
    assert "clcd" in error.zh
