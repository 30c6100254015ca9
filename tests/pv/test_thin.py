"""Cells of open roof left out between their neighbours: which ones, and what it changes."""

from __future__ import annotations

import numpy as np
import pytest

from guanghui.pv.assessment.survey import MONTH_COLUMNS, survey
from guanghui.pv.assessment.thin import between, open_cells
from guanghui.pv.roofs.planes import find_faces
from guanghui.pv.settings import PvSettings
from tests.pv.test_assess import SETTINGS, make_city
from tests.scenes import gable


def hall() -> tuple[np.ndarray, tuple[slice, slice]]:
    """A gable of 24 by 30 cells with a chimney on its southern side."""
    z = np.zeros((50, 60))
    place = slice(10, 34), slice(12, 42)
    z[place] = gable((24, 30), 25.0)
    z[28, 20] += 2.0
    return z, place


@pytest.fixture(scope="module")
def found():
    z, place = hall()
    rows, cols = (a.ravel() for a in np.mgrid[place])
    faces = find_faces(z, rows, cols, np.zeros(len(rows), int), 1.0, tolerance_m=0.2)
    work = ~faces.obstacle
    return z, faces, work, *open_cells(z, faces, work, (0, 0))


def test_what_is_left_out_lies_between_worked_cells_of_its_plane(found) -> None:
    _, faces, work, left, beside = found
    assert 0.3 < len(left) / len(faces.rows) < 0.75
    even = (faces.rows % 2 == 0) & (faces.cols % 2 == 0)
    assert not even[left].any()
    for cell, pairs in zip(left, beside, strict=True):
        own = pairs[pairs >= 0]
        assert len(own) in (2, 4)
        assert even[own].all()
        assert work[own].all()
        assert (faces.face[own] == faces.face[cell]).all()
        assert faces.rows[own].mean() == faces.rows[cell]
        assert faces.cols[own].mean() == faces.cols[cell]


def test_cells_around_a_chimney_are_all_worked(found) -> None:
    _, faces, _, left, _ = found
    near = (np.abs(faces.rows - 28) <= 3) & (np.abs(faces.cols - 20) <= 3)
    assert not near[left].any()
    far = (np.abs(faces.rows - 28) == 5) & (np.abs(faces.cols - 20) <= 3)
    assert far[left].any()


def test_another_window_leaves_out_the_same_cells(found) -> None:
    z, faces, work, left, _ = found
    moved = find_faces(z[3:, 5:], faces.rows - 3, faces.cols - 5, np.zeros(len(faces.rows), int), 1.0, tolerance_m=0.2)
    again, _ = open_cells(z[3:, 5:], moved, work, (3, 5))
    np.testing.assert_array_equal(left, again)


def test_what_changes_evenly_is_met(found) -> None:
    _, faces, _, left, beside = found
    plane = np.stack([3.0 * faces.rows - 2.0 * faces.cols, np.ones(len(faces.rows))], axis=1)
    values = plane.copy()
    values[left] = np.nan
    between(values, left, beside)
    np.testing.assert_allclose(values, plane)


def test_roofs_of_a_town_hardly_notice(tmp_path_factory) -> None:
    """Parapets, a tower and trees: 0.1 % a roof of ten modules and more; on an empty plain nothing at all."""
    ways = [SETTINGS.model_copy(update={"every_cell": every}) for every in (True, False)]
    every, second = (survey(make_city(tmp_path_factory.mktemp("way"), settings=way)).roofs for way in ways)
    used = (every["capacity_kwp"] > 4.0).to_numpy()
    energy = second["yield_kwh"][used] / every["yield_kwh"][used] - 1.0
    assert (energy != 0.0).any()
    assert np.abs(energy).max() < 1e-3
    assert abs(second["yield_kwh"].sum() / every["yield_kwh"].sum() - 1.0) < 2e-4

    def plain(z, houses) -> None:
        z[:] = 0.0
        houses[:] = [(60, 60, 30, 40, "flat")]
        z[60:90, 60:100] = 8.0

    alone = [survey(make_city(tmp_path_factory.mktemp("plain"), settings=way, spoil=plain)).roofs for way in ways]
    np.testing.assert_allclose(alone[1][MONTH_COLUMNS], alone[0][MONTH_COLUMNS], rtol=2e-6)


def test_it_can_be_switched_off() -> None:
    assert PvSettings(every_cell=True).every_cell
    assert not PvSettings().every_cell
