from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.scenes import hourly_weather

if TYPE_CHECKING:
    from guanghui.plan.run.pipeline import Run

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"


@pytest.fixture(scope="session")
def real() -> Path:
    """Real data by others; a stranger's clone does not have it."""
    if not REAL.is_dir():
        pytest.skip(f"real data is not here ({REAL.parent.name}/{REAL.name} is absent)")
    return REAL


@pytest.fixture(scope="session")
def weather():
    """A synthetic but lifelike hourly year near 共青城."""
    return hourly_weather()


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small demo city, built once; returns its region file."""
    from guanghui.data.demo import build

    return build(tmp_path_factory.mktemp("village"), extent="village")


@pytest.fixture(scope="session")
def finished(village: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The village worked out once; to be read only, :func:`copied` is for tests that write into the folder."""
    from guanghui.plan.inputs.region import Region
    from guanghui.plan.run.pipeline import run

    return run(Region(village), tmp_path_factory.mktemp("finished") / "village")


@pytest.fixture(scope="module")
def copied(finished: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The finished village in a folder of the module's own; a run into it finds all pieces kept."""
    from guanghui.plan.run.publish import work_folder

    folder = tmp_path_factory.mktemp("copied") / "village"
    shutil.copytree(finished.folder, folder)
    shutil.copytree(work_folder(finished.folder), work_folder(folder))
    moved = [folder / path.relative_to(finished.folder) for path in finished.outputs]
    return dataclasses.replace(finished, folder=folder, outputs=moved)
