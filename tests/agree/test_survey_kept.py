"""The survey of the roofs is kept where nothing it reads has changed, and then everything is as surveyed anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from guanghui.plan.inputs.region import Region
from guanghui.plan.results.survey_store import READ_BY_SURVEY, survey_key
from guanghui.plan.run.pipeline import run
from guanghui.plan.run.writing import Run
from guanghui.pv.assessment import survey as survey_module
from guanghui.pv.assessment.ground import PvCity
from tests.twins import place as tiny


@pytest.fixture(scope="module")
def place(village: Path, tmp_path_factory) -> Path:
    """A copy of the village that may be changed."""
    folder = tmp_path_factory.mktemp("kept") / "village"
    shutil.copytree(village.parent, folder)
    return folder / village.name


@pytest.fixture(scope="module")
def first(place: Path, finished: Run) -> Path:
    """Finished folder of that copy."""
    shutil.copytree(finished.folder, place.parent / "out")
    return place.parent / "out"


def written(folder: Path) -> dict[str, bytes]:
    names = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".gpkg", ".xlsx")]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in names if p.name != "manifest.json"}


def changed(place: Path, text: str) -> Region:
    path = place.with_name("changed.toml")
    path.write_text(place.read_text(encoding="utf-8") + text, encoding="utf-8")
    return Region(path)


def test_a_changed_price_needs_no_survey_and_gives_what_a_fresh_run_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tiny.REGION + '[economics]\nregion = "jiangxi"\n'
    region = Region(tiny.build(tmp_path / "place", text=given))
    kept, fresh = tmp_path / "kept", tmp_path / "fresh"
    run(region, kept)
    before = (kept / "tables" / "roofs.csv").read_bytes()
    region = Region(changed(region.path, "discount_rate = 0.09\n").path)
    run(region, fresh)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the roofs were surveyed anew")

    with monkeypatch.context() as patch:
        patch.setattr(survey_module, "survey", never)
        patch.setattr("guanghui.pv.survey", never)
        steps: list[str] = []
        run(Region(region.path), kept, report=steps.append)
    assert any("kept" in step for step in steps)
    assert written(kept) == written(fresh)
    assert (kept / "tables" / "roofs.csv").read_bytes() != before, "the price does count"


@pytest.mark.parametrize(
    "change", [{"pv": {"module_efficiency": 0.2}}, {"region": {"seed": 5}}, {"run": {"faces": True}}]
)
def test_what_the_survey_reads_is_surveyed_anew(place: Path, change: dict[str, dict[str, object]]) -> None:
    region = Region(place)
    sections = {name: getattr(region.file, name).model_copy(update=values) for name, values in change.items()}
    region.file = region.file.model_copy(update=sections)
    assert survey_key(region) != survey_key(Region(place))


@pytest.mark.parametrize("name", ["buildings.gpkg", "terrain.tif", "townships.gpkg"])
def test_a_changed_file_changes_the_key(place: Path, name: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(place.parent, copy, ignore=shutil.ignore_patterns("out"))
    assert survey_key(Region(copy / place.name)) == survey_key(Region(place)), "wherever the files lie"
    with (copy / name).open("ab") as file:
        file.write(b"\0")
    assert survey_key(Region(copy / place.name)) != survey_key(Region(place))


def test_land_and_prices_do_not_change_the_key(place: Path) -> None:
    region = Region(place)
    sections = {"sinks": region.file.sinks.model_copy(update={"draws": 77}), "targets": (), "economics": None}
    region.file = region.file.model_copy(update=sections)
    assert survey_key(region) == survey_key(Region(place))


@pytest.mark.parametrize("harm", ["cut", "gone", "raster"])
def test_a_harmed_survey_is_made_anew(place: Path, first: Path, tmp_path: Path, harm: str) -> None:
    from guanghui.plan.results.survey_store import _read

    folder = tmp_path / "out"
    shutil.copytree(first, folder)
    key, tiles = survey_key(Region(place)), Path("rasters/poa")
    assert _read(folder, key, tiles) is not None
    if harm == "cut":
        path = folder / "results" / "survey.roofs.parquet"
        path.write_bytes(path.read_bytes()[:100])
    elif harm == "gone":
        (folder / "results" / "survey.json").unlink()
    else:
        next((folder / tiles).glob("*.tif")).unlink()
    assert _read(folder, key, tiles) is None


def test_the_list_of_what_the_survey_reads_is_that_of_the_protocol() -> None:
    names = {n for base in PvCity.__mro__ for n in vars(base) if isinstance(vars(base)[n], property)}
    assert set(READ_BY_SURVEY) == names
