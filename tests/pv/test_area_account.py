"""Every square metre of an outline is used or has one reason, and every bare roof says why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui import pv
from guanghui.pv.programme.reasons import ALL_LOSSES, area_by_class, leave_out
from guanghui.pv.roofs.account import LOSSES, REASONS, main_reason
from guanghui.pv.settings import PvSettings
from tests.pv.test_assess import make_city


def _closed(roofs: pd.DataFrame, columns: tuple[str, ...] = LOSSES) -> None:
    total = roofs[["used_m2", *columns]].sum(axis=1)
    np.testing.assert_allclose(total, roofs["footprint_m2"], rtol=1e-6)


@pytest.fixture(scope="module")
def town_roofs(tmp_path_factory):
    return pv.survey(make_city(tmp_path_factory.mktemp("account"), settings=PvSettings(reach_m=80, setback_m=0.7)))


def test_outlines_are_used_or_lost(town_roofs) -> None:
    roofs = town_roofs.roofs
    _closed(roofs)
    assert (roofs[list(LOSSES)] >= -1e-6).all().all()
    assert roofs["lost_setback_m2"].sum() > 0


def test_what_is_used_is_the_usable_area_seen_from_above(town_roofs) -> None:
    faces = town_roofs.faces
    flat = faces["usable_m2"] * np.cos(np.radians(faces["surface_tilt"]))
    expected = flat.groupby(faces["building_id"]).sum().reindex(town_roofs.roofs["building_id"])
    np.testing.assert_allclose(town_roofs.roofs["used_m2"], expected, rtol=1e-9, atol=1e-9)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """A plain roof, a roof of 3 x 3 m, a steep one, one under a wall to its south, and one of half a metre."""

    def spoil(z, houses) -> None:
        z[:] = 0.0
        houses[:] = [(20, 20, 20, 30, "flat"), (20, 100, 3, 3, "flat"), (100, 20, 20, 12, "gable"),
                     (100, 100, 8, 40, "flat")]  # fmt: skip
        z[20:40, 20:50] = 8.0
        z[30:32, 35:37] = 10.5
        z[20:23, 100:103] = 8.0
        rise = np.minimum(np.arange(20) + 0.5, 20 - np.arange(20) - 0.5) * np.tan(np.radians(63.0))
        z[100:120, 20:32] = (6 + rise)[:, None]
        z[100:108, 100:140] = 8.0
        z[109:112, 60:180] = 70.0

    return pv.assess(make_city(tmp_path_factory.mktemp("reasons"), spoil=spoil)).set_index("building_id")


def test_each_reason_where_it_belongs(cases) -> None:
    _closed(cases)
    plain, small, steep, dark = (cases.iloc[k] for k in range(4))
    assert plain["lost_setback_m2"] == pytest.approx(20 * 30 - 19 * 29, rel=1e-6)
    assert plain["lost_obstacle_m2"] == pytest.approx(4.0, rel=1e-6)
    assert plain["used_m2"] + plain["lost_shade_m2"] == pytest.approx(19 * 29 - 4, rel=1e-6)
    assert plain["reason"] == "setback"
    assert plain["capacity_kwp"] > 0
    assert small["capacity_kwp"] == 0
    assert small["reason"] == "small"
    assert small["lost_small_m2"] == pytest.approx(4.0, rel=1e-6)
    assert steep["capacity_kwp"] == 0
    assert steep["reason"] == "steep"
    assert steep["lost_steep_m2"] > 0.8 * steep["footprint_m2"]
    assert dark["capacity_kwp"] == 0
    assert dark["reason"] == "shade"
    assert dark["lost_shade_m2"] > 0.5 * dark["footprint_m2"]


def test_a_roof_without_modules_always_says_why() -> None:
    rng = np.random.default_rng(4)
    lost = pd.DataFrame(rng.uniform(0, 50, (200, len(REASONS))), columns=list(LOSSES)) * (rng.random((200, 5)) < 0.4)
    lost["capacity_kwp"] = np.where(rng.random(200) < 0.5, 0.0, 9.0)
    reason = main_reason(lost)
    bare = lost["capacity_kwp"].to_numpy() == 0
    assert set(reason[bare]) <= set(REASONS) - {"setback"}
    assert (reason[bare] != "").all()
    assert ((reason == "") == (~bare & (lost[list(LOSSES)].sum(axis=1) == 0).to_numpy())).all()


def test_roofs_left_out_are_lost_as_that(town_roofs) -> None:
    roofs = pd.DataFrame(town_roofs.roofs.drop(columns="geometry"))
    used = roofs["used_m2"].copy()
    out = pd.Series(np.where(np.arange(len(roofs)) % 3 == 0, "文物", ""))
    for _ in range(2):  # a second look changes nothing
        leave_out(roofs, out)
        _closed(roofs, ALL_LOSSES)
        assert roofs["lost_excluded_m2"].sum() == pytest.approx(used[out != ""].sum())
    assert (roofs.loc[(out != "") & (used > 0), "reason"] == "excluded").all()
    table = area_by_class(roofs)
    np.testing.assert_allclose(table["footprint_m2"], table[["used_m2", *ALL_LOSSES]].sum(axis=1), rtol=1e-9)
    assert table["roofs"].sum() == len(roofs)
