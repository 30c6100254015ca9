"""Kernels compiled beside a first run, and what a demo says to do next."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from guanghui import pv
from guanghui.geo.errors import InputError
from guanghui.plan.brief import write
from guanghui.plan.inputs.region import Region
from guanghui.plan.run import cluster, first_use
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


def test_a_worker_imports_nothing_that_only_pages_need() -> None:
    """What ``requirements-worker.lock`` leaves out is not asked for where roofs and carbon are worked out."""
    words = "import sys, guanghui.pv, guanghui.sinks, guanghui.pv.assessment.task; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"folium", "branca", "matplotlib", "PIL", "openpyxl", "docx", "distributed", "bokeh"}


def test_lean_installations_are_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, refused, extra in ((write, write.needs_docx, "brief"), (cluster, _on_processes, "cluster")):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
        with pytest.raises(InputError, match=rf"guanghui\[{extra}\]") as told:
            refused()
        assert f"guanghui[{extra}]" in told.value.in_language("zh")


def _on_processes() -> None:
    with cluster.compute_on("processes", 1):
        pass
