from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.night.server import Runs, runs
from tests.twins import place


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Runs of the command line, each in a process that can be killed."""
    with runs(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="package")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine roofs in two townships, with surface and land cover; its region file."""
    return place.build(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="package")
def whole(server: Runs, small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output folder of an undisturbed run, with its work folder beside it."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert server.run("run", small, "--out", out) == 0, server.said()
    return out


@pytest.fixture
def again(whole: Path, tmp_path: Path) -> Path:
    """A copy of that folder and of all that is kept beside it."""
    shutil.copytree(whole.parent, tmp_path / "copy")
    return tmp_path / "copy" / whole.name
