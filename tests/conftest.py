from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.scenes import hourly_weather

if TYPE_CHECKING:
    from collections.abc import Callable

    from guanghui.plan.inputs.region import Region
    from guanghui.plan.results.assembly import Results
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
def kept() -> Path | None:
    """A folder with the village and its finished run, of an earlier run of the tests (``GUANGHUI_KEPT``).

    What the code has changed since is worked out anew, by the keys of its pieces. A bench of mutants runs with it.
    """
    folder = os.environ.get("GUANGHUI_KEPT")
    return Path(folder) if folder else None


@pytest.fixture(scope="session")
def village(kept: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small demo city, built once; returns its region file."""
    from guanghui.data.demo import build

    folder = tmp_path_factory.mktemp("village")
    if kept is None:
        return build(folder, extent="village")
    if not (kept / "village").is_dir():
        build(kept / "village", extent="village")
    shutil.copytree(kept / "village", folder, dirs_exist_ok=True)
    return folder / "region.toml"


@pytest.fixture(scope="session")
def finished(village: Path, kept: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The village worked out once; to be read only, :func:`copied` is for tests that write into the folder."""
    from guanghui.plan.inputs.region import Region
    from guanghui.plan.run.pipeline import run
    from guanghui.plan.run.publish import work_folder

    target = tmp_path_factory.mktemp("finished") / "village"
    known = None if kept is None else kept / "finished" / "village"
    if known is not None and known.is_dir():
        shutil.copytree(known, target)
        shutil.copytree(work_folder(known), work_folder(target))
    done = run(Region(village), target)
    if known is not None and not known.is_dir():
        shutil.copytree(target, known)
        shutil.copytree(work_folder(target), work_folder(known))
    return done


@pytest.fixture(scope="session")
def begun(finished: Run) -> Callable[[Path], Path]:
    """What lays the pieces of the finished village beside a folder, so that a run into it begins where they end."""
    from guanghui.plan.run.publish import work_folder

    def lay(target: Path) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(work_folder(finished.folder), work_folder(target))
        return target

    return lay


@pytest.fixture(scope="session")
def worked(village: Path) -> tuple[Region, Results]:
    """The village as a notebook works it out, with nothing kept: its region and results, to be read only."""
    from guanghui.plan.inputs.region import Region
    from guanghui.plan.results.assembly import work

    region = Region(village)
    return region, work(region)


@pytest.fixture(scope="module")
def copied(finished: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The finished village in a folder of the module's own; a run into it finds all pieces kept."""
    from guanghui.plan.run.publish import work_folder

    folder = tmp_path_factory.mktemp("copied") / "village"
    shutil.copytree(finished.folder, folder)
    shutil.copytree(work_folder(finished.folder), work_folder(folder))
    moved = [folder / path.relative_to(finished.folder) for path in finished.outputs]
    return dataclasses.replace(finished, folder=folder, outputs=moved)
