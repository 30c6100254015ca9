"""Kernels compiled beside a first run, and what a demo says to do next."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from guanghui import pv
from guanghui.plan.inputs.region import Region
from guanghui.plan.run import first_use
from guanghui.plan.run.first_use import Kernels
from guanghui.plan.run.summary import next_steps


def test_the_small_place_has_a_roof_of_each_kind(tmp_path: Path) -> None:
    found = pv.survey(Region(first_use._yard(tmp_path)), detail="table").roofs.set_index("building_id")
    assert (found["yield_kwh"] > 0).all()
    assert found.loc["b", "surface_tilt"] == pytest.approx(26.6, abs=2)
    assert found.loc["a", "surface_tilt"] < 10


def test_a_child_compiles_only_where_no_mark_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun = []

    class Child:
        def __init__(self, *words: object, **_: object) -> None:
            begun.append(words)
            self.ended = False

        def poll(self) -> int | None:
            return 0 if self.ended else None

        def wait(self) -> int:
            self.ended = True
            return 0

        kill = wait

    monkeypatch.setattr(first_use.subprocess, "Popen", Child)
    monkeypatch.setattr(first_use.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(first_use, "_mark", lambda: tmp_path / "compiled")
    assert not Kernels(wanted=False).at_work
    with Kernels() as kernels:
        assert kernels.at_work
        kernels.wait()
        assert not kernels.at_work
    with Kernels() as left:
        pass  # ended by the run that did not need it
    assert not left.at_work
    (tmp_path / "compiled").touch()
    assert not Kernels().at_work
    assert len(begun) == 2


def test_no_child_where_the_cache_is_somebody_elses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert first_use._mark() is None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_demo_ends_with_an_address_and_three_steps(lang: str, tmp_path: Path) -> None:
    region = SimpleNamespace(out=tmp_path / "共青城", path=tmp_path / "region.toml")
    head, *steps = next_steps(region, lang=lang)
    assert head == {"zh": "接下来：", "en": "Next:"}[lang]
    assert len(steps) == 3
    assert f"{(tmp_path / '共青城').as_uri()}/index.html" in steps[0]
    assert "new my-county --from" in steps[1]
    assert "report" in steps[2]
    assert "region.toml --pdf" in steps[2]
