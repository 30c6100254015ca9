"""Results on disk are the results: every table, number and mask, and what is drawn from them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pydantic import BaseModel

import guanghui as gh
from guanghui.geo.errors import InputError
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.assembly import Results
from guanghui.plan.results.store import FOLDER, read, save
from guanghui.plan.run.writing import Run
from guanghui.plan.workbook.book import sheets


@pytest.fixture(scope="module")
def done(copied: Run) -> Run:
    return copied


def pairs(one: Any, two: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Leaves of two values side by side."""
    assert type(one) is type(two) or (isinstance(one, dict | float | int) and isinstance(two, dict | float | int)), name
    if dataclasses.is_dataclass(one) and not isinstance(one, type):
        for field in dataclasses.fields(one):
            if field.name != "seconds":
                yield from pairs(getattr(one, field.name), getattr(two, field.name), f"{name}.{field.name}")
    elif isinstance(one, dict):
        assert list(one) == list(two), name
        for key in one:
            yield from pairs(one[key], two[key], f"{name}.{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(two), name
        for k, (a, b) in enumerate(zip(one, two, strict=True)):
            yield from pairs(a, b, f"{name}.{k}")
    else:
        yield name, one, two


def same(name: str, one: Any, two: Any) -> None:
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, two, check_exact=True, obj=name)
        assert one.attrs == two.attrs, name
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, two, check_exact=True, obj=name)
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, two, err_msg=name)
        assert one.dtype == two.dtype
    elif isinstance(one, xr.DataArray | xr.Dataset):
        xr.testing.assert_equal(one.compute(), two.compute())
    elif isinstance(one, float) and math.isnan(one):
        assert math.isnan(two), name
    elif isinstance(one, BaseModel):
        assert one == two, name
    else:
        assert one == two, name


def test_every_part_comes_back(village: Path, done: Run) -> None:
    city = gh.open(village)
    back = gh.load(city, done.folder)
    count = 0
    for name, one, two in pairs(done.results, back):
        same(name, one, two)
        count += 1
    assert count > 100


def test_the_notes_come_back_and_the_workbook_is_the_same(
    village: Path, done: Run, worked: tuple[Region, Results]
) -> None:
    city, fresh = gh.open(village), worked[0]
    back = gh.load(city, done.folder)
    assert sorted(map(str, city.notes)) == sorted(map(str, fresh.notes))
    for a, b in zip(sheets(fresh, done.results), sheets(city, back), strict=True):
        assert a.key == b.key
        if a.key != "notes":
            pd.testing.assert_frame_equal(a.frame, b.frame, check_exact=True)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "results.json").unlink(), "no results"),
        (lambda f: (f / "results.json").write_text("{", encoding="utf-8"), "cannot be read"),
        (lambda f: (f / "results.json").write_text('{"format": 0}', encoding="utf-8"), "format 0"),
        (lambda f: (f / "plan.by_roof.parquet").unlink(), "cannot be read"),
        (lambda f: (f / "plan.by_roof.parquet").write_bytes(b"PAR1"), "cannot be read"),
    ],
)
def test_spoiled_results_are_refused(village: Path, done: Run, tmp_path: Path, spoil, said: str) -> None:
    city = gh.open(village)
    save(city, done.results, tmp_path)
    assert isinstance(read(city, tmp_path), Results)
    spoil(tmp_path / FOLDER)
    with pytest.raises(InputError, match=said):
        read(city, tmp_path)


def test_a_class_of_elsewhere_is_not_made(village: Path, tmp_path: Path) -> None:
    city = gh.open(village)
    save(city, Results(), tmp_path)
    path = tmp_path / FOLDER / "results.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("guanghui.plan.results.assembly:Results", "subprocess:Popen"), encoding="utf-8")
    with pytest.raises(InputError, match="holds no results"):
        read(city, tmp_path)
