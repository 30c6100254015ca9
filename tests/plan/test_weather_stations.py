"""Several weather files in a region file."""

from __future__ import annotations

from pathlib import Path

import pytest

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.region import Region
from tests.scenes import raw_hours


def two_stations(village: Path, folder: Path, use: str) -> Region:
    """The village with a station to its west and one far to its east that has less sun."""
    lines = []
    for name, longitude, share in (("west", 115.7, 1.0), ("east", 117.5, 0.8)):
        hours = raw_hours()
        hours[["ghi", "dhi"]] *= share
        hours.to_csv(folder / f"{name}.csv", index_label="time")
        place = f'path = "{folder / name}.csv", latitude = 29.2, longitude = {longitude}, utc_offset = 8, time = "time"'
        columns = ", ".join(f'{c} = "{c}"' for c in hours.columns)
        lines.append(f"{{ {place}, columns = {{ {columns} }} }}")
    text = village.read_text(encoding="utf-8")
    head = text.index("[weather]")
    tail = text.find("\n[", head + 1)
    section = f'[weather]\nuse = "{use}"\nstations = [{", ".join(lines)}]\n'
    path = village.with_name(f"stations_{use}.toml")
    path.write_text(text[:head] + section + text[tail:], encoding="utf-8")
    return Region(path)


def test_townships_share_the_nearest_station(village: Path, tmp_path) -> None:
    region = two_stations(village, tmp_path, "nearest")
    found = region.weather_by_township
    assert list(found) == region.townships["code"].astype(str).tolist()
    assert {id(w) for w in found.values()} == {id(region.stations[0])}
    assert region.weather is region.stations[0]
    assert region.weather_label == region.stations[0].label


def test_townships_between_stations_have_their_own_months(village: Path, tmp_path) -> None:
    region = two_stations(village, tmp_path, "idw")
    low, high = region.stations[1].ghi_kwh_m2, region.stations[0].ghi_kwh_m2
    sums = [w.ghi_kwh_m2 for w in region.weather_by_township.values()]
    assert len({round(s, 6) for s in sums}) == len(sums)
    assert all(low < s < high for s in sums)
    assert min(sums) > (low + high) / 2


def test_a_single_file_gives_no_table_of_townships(village: Path) -> None:
    region = Region(village)
    assert region.weather_by_township == {}
    assert region.weather_label == region.weather.label


def test_a_missing_station_is_named(village: Path, tmp_path) -> None:
    region = two_stations(village, tmp_path, "nearest")
    (tmp_path / "east.csv").unlink()
    with pytest.raises(InputError, match=r"weather\.stations.*east\.csv"):
        _ = region.stations
