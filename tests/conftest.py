from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests.scenes import hourly_weather

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from guanghui.plan.inputs.region import Region
    from guanghui.plan.results.assembly import Results
    from guanghui.plan.run.writing import Run

hypothesis.settings.register_profile("guanghui", deadline=None)  # timings belong in benchmarks
hypothesis.settings.load_profile("guanghui")

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


@pytest.fixture(scope="session", autouse=True)
def _compiled_as_they_come() -> None:
    """Runs of the tests begin no child that compiles: the tests before them have compiled what they need."""
    from guanghui.plan.run import first_use

    mark = first_use._mark()
    if mark is not None:
        mark.touch()


@pytest.fixture(scope="session", autouse=True)
def _one_year() -> Iterator[None]:
    """What many surveys would make alike is made once: the year of the same normals in the same place, and the sky
    table of a year. Their own tests call the makers.
    """
    from guanghui.plan.inputs import region
    from guanghui.pv.assessment import batches

    years: dict[str, Any] = {}
    skies: dict[tuple[int, str], Any] = {}
    weather_from_normals, sky_table = region.weather_from_normals, batches.sky_table

    def year(normals: Any, **options: Any) -> Any:
        key = f"{normals!r} {sorted(options.items())}"
        if key not in years:
            years[key] = weather_from_normals(normals, **options)
        return years[key]

    def sky(weather: Any, **options: Any) -> Any:
        if not any(weather is known for known in years.values()):
            return sky_table(weather, **options)
        key = id(weather), repr(sorted(options.items()))
        if key not in skies:
            skies[key] = sky_table(weather, **options)
        return skies[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(region, "weather_from_normals", year)
        patch.setattr(batches, "sky_table", sky)
        yield


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A folder with the village and its finished run, shared by the workers of this run of the tests, or kept by a
    bench of mutants from an earlier one (``GUANGHUI_KEPT``): what the code has changed since is worked out anew.
    """
    if folder := os.environ.get("GUANGHUI_KEPT"):
        return Path(folder)
    shared = "PYTEST_XDIST_WORKER" in os.environ
    return tmp_path_factory.getbasetemp().parent / "kept" if shared else None


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small demo city, built once; returns its region file."""
    from guanghui.data.demo import build

    return build(tmp_path_factory.mktemp("village"), extent="village")


@pytest.fixture(scope="session")
def finished(village: Path, kept: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The village worked out once; to be read only, :func:`copied` is for tests that write into the folder."""
    from locket import lock_file

    from guanghui.plan.inputs.region import Region
    from guanghui.plan.run.pipeline import run
    from guanghui.plan.run.publish import work_folder

    target = tmp_path_factory.mktemp("finished") / "village"
    if kept is None:
        return run(Region(village), target)
    known = kept / "finished" / "village"
    known.parent.mkdir(parents=True, exist_ok=True)
    with lock_file(str(kept / "lock")):
        there = known.is_dir()
        if there:
            shutil.copytree(known, target)
            shutil.copytree(work_folder(known), work_folder(target))
        done = run(Region(village), target)
        if not there:
            shutil.copytree(work_folder(target), work_folder(known))
            shutil.copytree(target, known)
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
