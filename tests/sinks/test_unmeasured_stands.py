"""A stand whose volume nobody wrote down carries the default, in the table as on the map, never 0 m³."""

from __future__ import annotations

import numpy as np
import pytest

from guanghui.geo.zonal import density_sums
from guanghui.sinks import assess, load_factors
from guanghui.sinks.carbon.forest import default_volume
from guanghui.sinks.land.strata import SOURCES
from tests.sinks.conftest import City, layer, place

DEFAULT = default_volume({"masson_pine": 1.0}, load_factors()).value


@pytest.fixture
def pines(city: City) -> City:
    """30 ha of Masson pine at 100 m³/ha beside 30 ha of which nobody wrote the volume."""
    city.stands = layer(
        [place(0, 0, 5, 6), place(5, 0, 10, 6)], species_group=["马尾松"] * 2, volume_m3_ha=[100.0, np.nan]
    )
    return city


def test_a_stand_without_a_volume_has_the_default_of_its_kind(pines: City) -> None:
    stock = assess(pines)
    strata = stock.reconciliation.strata
    east = strata[(strata["code"] == "000001001") & (strata["layer"] == "stands")].set_index("source")
    assert east.loc["stands", "volume_m3"] == pytest.approx(3000)
    assert east.loc["default", "volume_m3"] == pytest.approx(30 * DEFAULT)
    assert stock.table.set_index("code").loc["000001001", "volume_m3"] == pytest.approx(3000 + 30 * DEFAULT)


@pytest.mark.parametrize("official", [None, 6000.0])
def test_table_and_map_of_partly_unmeasured_stands_agree(pines: City, official: float | None) -> None:
    pines.sinks = pines.sinks.model_copy(
        update={"township_volume_m3": {} if official is None else {"000001001": official}}
    )
    stock = assess(pines)
    table = stock.table.set_index("code").loc["000001001"]
    seen = density_sums(stock.density["above"].compute(), pines.townships)["sum"]
    below = density_sums(stock.density["below"].compute(), pines.townships)["sum"]
    drawn = float(seen.iloc[0] + below.iloc[0])
    living = stock.by_class[(stock.by_class["code"] == "000001001") & stock.by_class["pool"].isin(["above", "below"])]
    assert drawn == pytest.approx(living["stock_tc"].sum(), rel=1e-3)
    if official is not None:
        assert table["volume_m3"] == pytest.approx(official)


def test_the_source_map_tells_measured_stands_from_defaults(pines: City) -> None:
    where = assess(pines).forest_source.compute().to_numpy()
    assert where[0, 0] == SOURCES["stands"][0]
    assert where[0, 7] == SOURCES["default"][0]
