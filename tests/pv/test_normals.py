from __future__ import annotations

import numpy as np
import pytest

from guanghui.data import read_table
from guanghui.geo.errors import InputError
from guanghui.pv.sun.normals import monthly_diffuse_share, normals_names, normals_table, weather_from_normals


@pytest.mark.parametrize("name", normals_names())
def test_made_year_meets_the_normals(name: str) -> None:
    row = read_table("climate", "normals.csv").query("region == @name and variable == 'ghi'").iloc[0]
    normals = normals_table(name, row["latitude"])
    w = weather_from_normals(normals, latitude=row["latitude"], longitude=row["longitude"], altitude=row["altitude"])
    np.testing.assert_allclose(w.monthly("ghi"), normals.ghi, rtol=5e-3)
    np.testing.assert_allclose(w.monthly("dhi") / w.monthly("ghi"), normals.dhi_share, atol=0.02)
    assert w.illustrative
    assert w.data["dni"].max() < 1100


def test_shipped_shares_sum_to_one_and_name_a_source() -> None:
    table = read_table("climate", "normals.csv")
    months = [f"m{i:02d}" for i in range(1, 13)]
    ghi = table[table["variable"] == "ghi"]
    np.testing.assert_allclose(ghi[months].sum(axis=1), 1.0, atol=5e-4)
    assert (table["source"].str.len() > 5).all()
    assert table[months].notna().all().all()


def test_published_annual_sums() -> None:
    assert normals_table("jiujiang", 29.3).ghi.sum() == pytest.approx(1270.63)
    assert normals_table("yancheng", 33.3).ghi.sum() == pytest.approx(1394.32, rel=2e-4)


def test_diffuse_share_of_a_clear_and_a_dull_month() -> None:
    ghi = np.full(12, 60.0)
    dull = monthly_diffuse_share(ghi, 29.0)
    clear = monthly_diffuse_share(np.full(12, 230.0), 29.0)
    assert (dull > clear).all()
    assert (dull[5], clear[5]) == (pytest.approx(0.67, abs=0.12), pytest.approx(0.27, abs=0.12))


def test_unknown_region_lists_what_there_is() -> None:
    with pytest.raises(InputError, match="jiujiang"):
        normals_table("atlantis", 30.0)
