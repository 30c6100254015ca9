from __future__ import annotations

import pandas as pd
import pytest

from guanghui.pv.programme.plausibility import beside_survey, published


def test_published_prefectures_come_out_of_their_own_inputs() -> None:
    table = published()
    assert set(table["name_zh"]) == {"九江", "赣州", "盐城", "南昌"}
    assert table["here_gw"].to_numpy() == pytest.approx(table["capacity_gw"].to_numpy(), rel=1e-3)
    assert table["here_twh"].to_numpy() == pytest.approx(table["energy_twh"].to_numpy(), rel=1e-3)


def test_the_difference_to_the_survey_is_density_times_performance() -> None:
    roofs = pd.DataFrame({"capacity_kwp": [14.0, 28.0], "yield_kwh": [13_300.0, 26_600.0],
                          "footprint_m2": [100.0, 200.0], "ghi_kwh_m2": [1270.0, 1270.0]})  # fmt: skip
    table = beside_survey(roofs).set_index("factor")
    assert table.loc["density_w_m2", "survey"] == pytest.approx(140)
    assert table.loc["energy_kwh_m2", "survey"] == pytest.approx(39_900 / 300)
    ratio = table["ratio"]
    assert ratio["energy_kwh_m2"] == pytest.approx(ratio["density_w_m2"] * ratio["performance"])
