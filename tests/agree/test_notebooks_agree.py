"""README's Python block and both notebooks give the figures of the night run's workbook, on three regions."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

import guanghui as gh
from guanghui.data.demo import build
from guanghui.plan.run.pipeline import run

ROOT = Path(__file__).parents[2]
PLACES = ("village", "goteborg", *(("another",) if os.environ.get("GUANGHUI_ALL") else ()))


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Region file, and the folder of its finished run."""
    if request.param == "village":
        return request.getfixturevalue("village"), request.getfixturevalue("finished").folder
    if request.param == "another":
        file = build(tmp_path_factory.mktemp("another"), extent="village", seed=7)
    else:
        request.getfixturevalue("real")
        file = ROOT / "data" / "regions" / "goteborg.toml"
    out = tmp_path_factory.mktemp("agree") / "out"
    assert not run(gh.open(file), out).failures
    return file, out


def execute(code: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "notebook"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(code, "notebook", "exec"), space)
    return space


def sheets(out: Path) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    book = openpyxl.load_workbook(next((out / "tables").glob("*.xlsx")), read_only=True, data_only=True)
    for sheet in book:
        yield sheet.title, list(sheet.iter_rows(values_only=True))


def table(out: Path, key: str) -> pd.DataFrame:
    return pd.read_csv(out / "tables" / f"{key}.csv", dtype={"code": str, "township_code": str, "building_id": str})


def agree(here: pd.DataFrame, there: pd.DataFrame, columns: list[str]) -> None:
    for column in columns:
        np.testing.assert_allclose(
            here[column].to_numpy(float), there[column].to_numpy(float), rtol=1e-9, err_msg=column
        )


def of_roofs(space: dict[str, Any], roofs: pd.DataFrame, plan: Any, out: Path) -> None:
    agree(roofs, table(out, "roofs"), ["usable_m2", "capacity_kwp", "yield_kwh", "poa_kwh_m2", "surface_tilt"])
    agree(plan.table, table(out, "coverage_classes"), ["usable_m2", "capacity_kwp", "yield_kwh", "roofs"])
    agree(plan.reached, table(out, "coverage"), ["reached_share", "target_share"])


def test_readme(place: tuple[Path, Path]) -> None:
    file, out = place
    block = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    assert block
    town = gh.open(file).townships["name"].iloc[0]
    space = execute(block[1].replace('"my-county.toml"', repr(str(file))).replace("甘露镇", town))
    results = space["results"]
    of_roofs(space, results.roofs, results.plan, out)
    agree(results.stock.table, table(out, "sinks_townships"), ["area_ha", "total_tc", "total_low_tc", "sink_tc_yr"])
    kept = gh.load(gh.open(file), out)
    agree(kept.roofs, results.roofs, ["yield_kwh", "capacity_kwp"])
    agree(kept.stock.table, results.stock.table, ["total_tc", "total_high_tc"])


def test_energy_notebook(place: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    file, out = place
    monkeypatch.setenv("GUANGHUI_REGION", str(file))
    space = execute((ROOT / "notebooks" / "energy_bureau.py").read_text(encoding="utf-8"))
    of_roofs(space, space["roofs"], space["steps"], out)


def test_forestry_notebook(place: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    file, out = place
    monkeypatch.setenv("GUANGHUI_REGION", str(file))
    space = execute((ROOT / "notebooks" / "forestry.py").read_text(encoding="utf-8"))
    agree(space["stock"].table, table(out, "sinks_townships"), ["total_tc", "total_low_tc", "sink_tc_yr", "forest_ha"])


def test_the_workbook_holds_the_figures_of_the_tables(place: tuple[Path, Path]) -> None:
    """Capacity of the township sheet in the workbook, unrounded, is that of the CSV file."""
    _, out = place
    found = table(out, "pv_townships")
    rows = dict(sheets(out))
    sheet = next(v for k, v in rows.items() if k.startswith(("乡镇光伏潜力", "PV potential")))
    numbers = np.array([float(v) for row in sheet for v in row if isinstance(v, int | float)])
    for value in found["capacity_kwp"]:
        assert np.isclose(numbers, value, rtol=1e-9, atol=0.0).any()
