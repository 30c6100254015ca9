"""Nothing stale: every key of the region file and every file moves the keys of what reads it."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import guanghui
from guanghui import sinks
from guanghui.geo.grid import Grid
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS
from guanghui.plan.results.keeping import NOT_IN_CARBON, NOT_IN_FRAMES, carbon_key, frames_key, run_key
from guanghui.plan.results.survey_store import READ_BY_SURVEY, survey_key
from guanghui.pv.assessment import keeping
from guanghui.pv.assessment.batch import assess_batch
from guanghui.pv.assessment.batches import _piece, plan_batches, site_model
from guanghui.pv.assessment.ground import open_ground
from guanghui.pv.settings import PvSettings
from tests.night.server import Runs, content, every_case
from tests.twins.place import some

FILES = {i.name for i in INPUTS}
SURVEY = {s for s in READ_BY_SURVEY.values() if s} | {"run"}
CHANGES = [
    ('name = "试镇"', 'name = "他镇"'), ('name_en = "trial"', 'name_en = "other"'),
    ("{ year = 2026, share = 0.30 }", "{ year = 2026, share = 0.20 }"), ('use = "use"\n', ""),
    ('legend = "worldcover"', 'legend = "esri"'), ("year = 2021", "year = 2020"),
    ("[weather]", "[economics]\ndiscount_rate = 0.09\n[weather]"), ("[weather]", "[pv]\nsoiling_pct = 9.0\n[weather]"),
    ("[weather]", "[pv]\nsetback_m = 1.5\n[weather]"), ("[weather]", "[sinks]\ndraws = 77\n[weather]"),
    ("[weather]", '[maps]\nlang = "en"\n[weather]'), ("[weather]", "[run]\nfaces = true\n[weather]"),
    ("[coverage]", "[coverage]\nobjective = \"lcoe\""), ('name = "试镇"', 'name = "试镇"\nseed = 5'),
    ('name = "试镇"', 'name = "试镇"\nillustrative = true'), ('height = "h"\n', ""),
]  # fmt: skip
"""Changes of the region file, a key in each; those that cannot be run are passed over."""


def leaves(model: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value of the settings of a region with the names that lead to it."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if hasattr(type(value), "model_fields"):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def other(value: Any) -> Any:
    """Another value of about the same kind; no check is made, for only keys are asked."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return "another" if value is None or isinstance(value, str) else None


def with_value(model: Any, path: tuple[str, ...], value: Any) -> Any:
    if len(path) == 1:
        return model.model_copy(update={path[0]: value})
    return model.model_copy(update={path[0]: with_value(getattr(model, path[0]), path[1:], value)})


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_every_key_of_the_region_file_moves_the_keys_of_what_reads_it(landed: Path) -> None:
    region = Region(landed)
    file = region.file
    before = run_key(region, None), survey_key(region), carbon_key(region), frames_key(region)
    count = 0
    for path, value in leaves(file):
        if ".".join(path) in FILES or path[-1] in ("path", "stations", "normals") or path[0] == "townships":
            continue  # names of files: their content is asked below
        region.file = with_value(file, path, other(value))
        now = run_key(region, None), survey_key(region), carbon_key(region), frames_key(region)
        assert now[0] != before[0], path
        assert (now[1] != before[1]) == (path[0] in SURVEY), path
        assert (now[2] != before[2]) == (path[0] not in NOT_IN_CARBON), path
        assert (now[3] != before[3]) == (path[0] not in NOT_IN_FRAMES), path
        count += 1
    assert count > 120


@pytest.mark.parametrize("name", some(["dsm.tif", "roofs.gpkg", "towns.gpkg", "cover.tif"], 3))
def test_every_file_moves_the_key_of_the_run(landed: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(landed.parent, copy)
    assert run_key(Region(copy / landed.name), None) == run_key(Region(landed), None), "wherever the files lie"
    with (copy / name).open("ab") as file:
        file.write(b"\0")
    assert run_key(Region(copy / landed.name), None) != run_key(Region(landed), None)


def test_some_townships_are_another_run(landed: Path) -> None:
    one, all_ = Region(landed, ["360482001"]), Region(landed)
    assert run_key(one, None) != run_key(all_, None)
    assert survey_key(one) != survey_key(all_)
    assert carbon_key(one) != carbon_key(all_)
    assert run_key(all_, "2026-01-01") != run_key(all_, None)


class Reading:
    """Stands for an object and writes down which attributes are read."""

    def __init__(self, of: Any, seen: set[str]) -> None:
        self.__dict__.update(_of=of, _seen=seen)

    def __getattr__(self, name: str) -> Any:
        of, seen = self.__dict__["_of"], self.__dict__["_seen"]
        seen.add(name)
        found = getattr(type(of), name, None)
        return (
            found.fget(self) if isinstance(found, property) and hasattr(type(of), "model_fields") else getattr(of, name)
        )


def test_the_carbon_account_reads_no_section_outside_its_key(landed: Path) -> None:
    seen: set[str] = set()
    settings: set[str] = set()
    region = Region(landed)
    assert region.landcover is not None
    region.settings = Reading(region.settings, settings)  # type: ignore[assignment]
    city: Any = Reading(region, seen)
    stock = sinks.assess(region)
    sinks.outlook(region, stock)
    assert settings == {"sinks"}
    sinks.assess(city)
    assert not seen & NOT_IN_CARBON
    assert not seen & {"file", "price_tables", "existing", "power_grid", "weather_by_township", "stations"}


@pytest.mark.parametrize("preset", some(PvSettings.model_fields["preset"].annotation.__args__, 2))
def test_a_batch_reads_no_setting_outside_its_key(small: Path, preset: str) -> None:
    region = Region(small)
    assert region.buildings is not None
    settings = region.settings.pv.model_copy(update={"preset": preset})
    region.settings = dataclasses.replace(region.settings, pv=settings)
    ground = open_ground(region, region.buildings)
    surface = ground.surface
    seen: set[str] = set()
    for detail in ("table", "modules"):
        model = site_model(region.weather, settings, region.crs, region.middle_deg, detail=detail)
        object.__setattr__(model, "settings", Reading(settings, seen))
        grid = Grid.of(surface)
        (batch,) = plan_batches(region.buildings, grid, settings, sample=np.ones(len(region.buildings), bool))
        piece = _piece(surface, grid.part(batch.rows, batch.cols).bounds).compute()
        assess_batch(batch, grid.part(batch.rows, batch.cols), model, piece)
    assert {"setback_m", "plane_tolerance_m", "near_cells"} <= seen, "the stand-in sees what is read"
    assert not seen & keeping.AFTER_BATCH
    assert set(PvSettings.model_fields) >= keeping.AFTER_BATCH


@every_case
def test_a_loss_keeps_the_roofs_and_a_setback_does_not(server: Runs, small: Path, again: Path) -> None:
    for text, made in (("[pv]\nsoiling_pct = 9.0\n", 0), ("[pv]\nsetback_m = 1.5\n", 9)):
        region = small.with_name("changed.toml")
        region.write_text(small.read_text(encoding="utf-8") + text, encoding="utf-8")
        before = server.count()
        assert server.run("run", region, "--out", again) == 0, server.said()
        assert server.count() - before == made, text


@every_case
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_key_gives_what_a_fresh_run_gives(
    server: Runs, small: Path, again: Path, tmp_path: Path, change: tuple[str, str]
) -> None:
    text = small.read_text(encoding="utf-8")
    assert change[0] in text
    region = small.with_name("changed.toml")
    region.write_text(text.replace(*change, 1), encoding="utf-8")
    code = server.run("run", region, "--out", again)
    said = server.said()
    fresh = tmp_path / "fresh"
    assert server.run("run", region, "--out", fresh, "--fresh") == code, said
    if code == 0:
        assert content(again) == content(fresh)


NOTING = """
import guanghui.maps.page.sheet as sheet, guanghui.plan.inputs.roofs_shown as shown
def noted(do):
    def done(*a, **k):
        open(do.__name__, "w").close()
        return do(*a, **k)
    return done
sheet.ground, shown.sample_heights = noted(sheet.ground), noted(shown.sample_heights)
"""


def test_a_changed_price_draws_and_reads_nothing_again_and_gives_what_a_fresh_run_gives(
    server: Runs, small: Path, whole: Path, again: Path, tmp_path: Path
) -> None:
    region, fresh = small.with_name("price.toml"), tmp_path / "fresh"
    marks = [server.folder / name for name in ("ground", "sample_heights")]
    text = small.read_text(encoding="utf-8") + "[economics]\ndiscount_rate = 0.09\nfeed_in_yuan_kwh = 0.5\n"
    region.write_text(text, encoding="utf-8")
    before = server.count()
    assert server.run("run", region, "--out", again, patch=NOTING) == 0, server.said()
    assert server.count() == before, "no roof is worked again"
    assert not [m.name for m in marks if m.exists()], "no map is drawn, no surface looked at"
    assert server.run("run", region, "--out", fresh, "--fresh", patch=NOTING) == 0, server.said()
    assert all(m.exists() for m in marks)
    assert content(again) == content(fresh)
    for mark in marks:
        mark.unlink()
    assert server.run("run", small, "--out", fresh, patch=NOTING) == 0, server.said()
    assert not [m.name for m in marks if m.exists()], "a fresh run leaves as much as any other"
    assert content(fresh) == content(whole)


def test_with_nothing_changed_it_answers_at_once_and_else_it_does_not(
    server: Runs, small: Path, whole: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(small.parent, folder)
    region = folder / small.name
    said = "没有变化"
    assert server.run("run", region, "--out", out) == 0
    first = server.said()
    for touched in (False, True):
        if touched:
            os.utime(folder / "dsm.tif")
        assert server.run("run", region, "--out", out, patch="cli._open = None") == 0, server.said()
        assert said in server.said()
        assert [line for line in first.splitlines() if line[0] not in "· "] == [
            line for line in server.said().splitlines() if line[0] not in "· "
        ]
    # whatever may matter is seen: an option, a file beside an input, a written file, an input, the region file
    stop = "import guanghui.plan.run.unchanged as u\nfound = u.last_lines(*{})\nprint('{}', found is None)\nsys.exit(0)"
    command = {
        "townships": [],
        "briefs": False,
        "date": None,
        "version": guanghui.__version__,
        "lang": "zh",
        "out": str(out.resolve()),
    }
    asked = f"(__import__('pathlib').Path({str(region)!r}), __import__('pathlib').Path({str(out)!r}), {command!r})"

    def changed() -> bool:
        server.run("run", region, patch=stop.format(asked, "changed"))
        assert "changed" in server.said(), server.said()
        return "changed True" in server.said()

    assert not changed()
    (folder / "dsm.tif.aux.xml").write_text("<PAMDataset/>")
    assert changed()
    (folder / "dsm.tif.aux.xml").unlink()
    assert not changed()
    page = out / "index.html"
    text = page.read_bytes()
    page.write_bytes(text + b" ")
    assert changed()
    page.write_bytes(text)
    assert changed(), "it was written anew"
    assert server.run("run", region, "--out", out) == 0
    assert page.read_bytes() == text
    assert not changed()
    with (folder / "dsm.tif").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    assert changed()
