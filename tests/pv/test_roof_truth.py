"""What a card says of a roof is what was built: tilt, azimuth, area, height, and what it was seen by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.buildings import STOREY_M
from guanghui.plan.inputs.region import Region
from guanghui.pv.assessment.survey import LEVEL_TILT_DEG, _heights_seen, _main_faces, assess
from guanghui.pv.programme.money import prices, use_of_buildings
from guanghui.pv.settings import EconomicsSettings
from tests.pv.test_assess import make_city


@pytest.fixture(scope="module")
def seen(village: Path) -> pd.DataFrame:
    roofs = pd.DataFrame(assess(Region(village)).drop(columns="geometry"))
    truth = pd.read_parquet(village.parent / "truth.parquet")
    return roofs.merge(truth, on="building_id", suffixes=("", "_true"))


def test_no_card_shows_a_tilt_far_from_the_truth(seen: pd.DataFrame) -> None:
    off = (seen["surface_tilt"] - seen["tilt_deg"]).abs()
    assert (off <= 10.0).all(), seen.loc[off > 10, ["building_id", "form", "tilt_deg", "surface_tilt", "footprint_m2"]]


def test_roof_area_is_within_three_percent_of_the_truth(seen: pd.DataFrame) -> None:
    true = (seen["footprint_m2"] / np.cos(np.radians(seen["tilt_deg"]))).sum()
    assert seen["roof_m2"].sum() == pytest.approx(true, rel=0.03)


def test_a_level_roof_looks_nowhere(seen: pd.DataFrame) -> None:
    level = seen["surface_tilt"] < LEVEL_TILT_DEG
    assert seen.loc[level, "surface_azimuth"].isna().all()
    assert seen.loc[~level, "surface_azimuth"].notna().all()


def test_the_main_face_of_a_gable_does_not_follow_noise() -> None:
    faces = pd.DataFrame(
        {"building": [0, 0, 1, 1], "face": [0, 1, 2, 3], "ground_m2": [50.0, 50.0 + 1e-6, 50.0 + 1e-6, 50.0],
         "surface_tilt": 25.0, "surface_azimuth": [170.0, 350.0, 170.0, 350.0]}
    )  # fmt: skip
    assert _main_faces(faces)["surface_azimuth"].tolist() == [170.0, 170.0]


def test_heights_nobody_gave_come_from_the_surface() -> None:
    roofs = pd.DataFrame(
        {"height_m": [6.0, 6.0, 6.0], "height_source": ["assumed", "measured", "assumed"],
         "lod": ["surface", "surface", "outline"]}
    )  # fmt: skip
    faces = pd.DataFrame({"building": [0, 0, 1, 2], "height_m": [20.0, 22.0, 20.0, 20.0], "ground_m2": [30, 10, 9, 9]})
    _heights_seen(roofs, faces)
    assert roofs["height_m"].tolist() == [20.5, 6.0, 6.0]
    assert roofs["height_source"].tolist() == ["surface", "measured", "assumed"]


def test_without_a_surface_every_roof_is_an_outline(tmp_path: Path) -> None:
    assert set(assess(make_city(tmp_path, surface=False))["lod"]) == {"outline"}


@pytest.mark.parametrize("storeys", [1, 2, 3, 6, 11, 20, 33])
def test_storeys_given_are_the_floors_that_use_electricity(storeys: int) -> None:
    known = prices(EconomicsSettings(region="jiangxi"))
    roof = {"height_m": [storeys * STOREY_M], "building_class": ["residential"], "footprint_m2": [1000.0]}
    per_floor = 1000.0 * known.use_kwh_m2["residential"]
    assert use_of_buildings(pd.DataFrame(roof), known)[0] == pytest.approx(storeys * per_floor)
    given = pd.DataFrame({**roof, "height_m": [7.0], "storeys": [float(storeys)]})
    assert use_of_buildings(given, known)[0] == pytest.approx(storeys * per_floor)
