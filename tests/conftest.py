from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenes import hourly_weather

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
