from __future__ import annotations

import pytest
from pyproj import CRS, Geod, Transformer

from guanghui.geo.crs import convergence_deg, is_metric, lonlat_bounds, metric_crs, parse_crs, same_crs
from guanghui.geo.errors import InputError


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [(115.8, 29.3, 4548), (114.9, 25.8, 4547), (120.1, 33.4, 4549), (168.8, -45.0, 32759), (-25.5, 37.8, 32626)],
)
def test_the_zone_of_a_place(lon: float, lat: float, code: int) -> None:
    assert metric_crs((lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1)).to_epsg() == code


def test_esri_text_is_the_registry_system() -> None:
    wkt = CRS.from_epsg(4549).to_wkt("WKT1_ESRI")
    assert CRS.from_wkt(wkt) != CRS.from_epsg(4549)
    assert parse_crs(wkt).to_epsg() == 4549
    assert same_crs(wkt, "EPSG:4549")


def test_cgcs2000_and_wgs84_coincide() -> None:
    assert same_crs(4490, 4326)
    assert not same_crs(4548, 4549)


def test_nonsense_is_named() -> None:
    with pytest.raises(InputError, match="EPSG:abc"):
        parse_crs("EPSG:abc")


def test_web_mercator_is_no_metric_system_here() -> None:
    box = Transformer.from_crs(4326, 3857, always_xy=True).transform_bounds(115.7, 29.2, 115.9, 29.4)
    assert not is_metric(3857, box)
    assert is_metric(4548, (380000, 3230000, 400000, 3250000))
    assert not is_metric(2263, (980000, 190000, 990000, 200000))  # US survey feet


@pytest.mark.parametrize("lon", [115.6, 117.0, 118.3])
def test_convergence_is_the_true_azimuth_of_grid_north(lon: float) -> None:
    to_grid = Transformer.from_crs(4490, 4548, always_xy=True)
    x, y = to_grid.transform(lon, 29.3)
    up_lon, up_lat = to_grid.transform(x, y + 500, direction="INVERSE")
    true_azimuth = Geod(ellps="GRS80").inv(lon, 29.3, up_lon, up_lat)[0]
    assert convergence_deg(4548, lon, 29.3) == pytest.approx(true_azimuth, abs=1e-3)


def test_bounds_in_degrees() -> None:
    box = Transformer.from_crs(4326, 4548, always_xy=True).transform_bounds(115.7, 29.2, 115.9, 29.4)
    assert lonlat_bounds(box, 4548) == pytest.approx((115.7, 29.2, 115.9, 29.4), abs=3e-3)
