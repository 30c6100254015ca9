from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.night.server import ALL, Runs, runs
from tests.twins import place


@pytest.fixture(scope="package")
def server(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Runs of the command line, each in a process that can be killed."""
    with runs(tmp_path_factory.mktemp("server"), small) as found:
        yield found


@pytest.fixture(scope="package")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine roofs in two townships, with a surface, or with land cover too where every case is asked for."""
    text = place.REGION if ALL else place.REGION.replace(place.LANDCOVER, "")
    return place.build(tmp_path_factory.mktemp("small"), land=ALL, text=text)


@pytest.fixture(scope="package")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with land cover."""
    return place.build(tmp_path_factory.mktemp("landed"))


@pytest.fixture(scope="package")
def whole(server: Runs, small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output folder of an undisturbed run, with its work folder beside it."""
    out = tmp_path_factory.mktemp("whole") / "out"
    start = time.monotonic()
    assert server.run("run", small, "--out", out) == 0, server.said()
    server.seconds = time.monotonic() - start
    return out


@pytest.fixture
def again(whole: Path, tmp_path: Path) -> Path:
    """A copy of that folder and of all that is kept beside it."""
    shutil.copytree(whole.parent, tmp_path / "copy")
    return tmp_path / "copy" / whole.name
