"""The sun through a day on the page: as the skylines of the roofs say, by a real hand, and small enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guanghui.maps import RoofSky, township_page
from guanghui.maps.page.pack import Packer
from guanghui.maps.page.sun import sun_payload
from guanghui.pv.assessment.skylines import AZIMUTHS, sun_paths, sunlit
from tests.maps.scene import Scene
from tests.maps.test_hands import drag

CODE = "360482100"
NAMES = [f"sky_{azimuth:03d}" for azimuth in AZIMUTHS]


def heights_of(ids: list[str], seed: int = 3) -> pd.DataFrame:
    """Skylines like those of a village: low, with a few neighbours that stand higher."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 8, (len(ids), 1)) + rng.normal(0, 0.8, (len(ids), 72))
    for _ in range(3):
        middle, wide, tall = rng.integers(0, 72, len(ids)), rng.integers(1, 9, len(ids)), rng.uniform(5, 50, len(ids))
        away = np.abs((np.arange(72) - middle[:, None] + 36) % 72 - 36)
        low = np.where(away < wide[:, None], np.maximum(low, tall[:, None]), low)
    return pd.DataFrame(np.clip(low, 0, 89).round().astype(np.uint8), index=ids, columns=NAMES)


@pytest.fixture(scope="module")
def sky(city_scene: Scene) -> RoofSky:
    ids = city_scene.roofs.loc[city_scene.roofs["township_code"].astype(str) == CODE, "building_id"].astype(str)
    return RoofSky(heights_of(ids.tolist()[5:]), 8.0)


@pytest.fixture(scope="module")
def html(city_scene: Scene, sky: RoofSky) -> str:
    s = city_scene
    return township_page(s.city, CODE, roofs=s.roofs, plan=s.plan, sky=sky)


@pytest.mark.browser
def test_roofs_are_lit_as_their_skylines_say(open_page, html: str, city_scene: Scene, sky: RoofSky) -> None:
    page = open_page(html)
    towns = city_scene.city.townships
    middle = towns[towns["code"] == CODE].representative_point().to_crs(4326).iloc[0]
    paths = sun_paths(middle.y, middle.x, utc_offset_h=8.0)
    ids = page.evaluate("Guanghui.page.roofs.columns.building_id")
    known = [roof in sky.skylines.index for roof in ids]
    assert sum(known) == len(ids) - 5 > 20
    kept = sky.skylines.loc[[roof for roof, there in zip(ids, known, strict=True) if there]].to_numpy()
    for day, path in paths.items():
        altitude, azimuth = path.altitude.round(2), path.azimuth.round(2)
        true = sunlit(kept, altitude, azimuth)
        for at in range(0, len(path.minute), 7):
            column = f"sun_{day}_{path.minute[at]}"
            got = page.evaluate("column => Array.from(Guanghui.page.roofs.values(column))", column)
            assert {v for v, there in zip(got, known, strict=True) if not there} == {254}
            lit = np.array([v for v, there in zip(got, known, strict=True) if there]) == 0
            np.testing.assert_array_equal(lit, true[:, at], err_msg=f"{day} {path.minute[at]}")
    roof = next(i for i, there in enumerate(known) if there)
    hours = page.evaluate("roof => Guanghui.sunHours(Guanghui.page.roofs, roof)", roof)
    for got, path in zip(hours, paths.values(), strict=True):
        lit = sunlit(kept[:1], path.altitude.round(2), path.azimuth.round(2))
        assert got == pytest.approx(lit.sum() / 6)


@pytest.mark.browser
def test_the_hour_is_dragged_and_stays_in_the_address(open_page, html: str) -> None:
    page = open_page(html)
    page.check("input[value=sun]")
    seen = drag(page, "#hour", "minute", 0.5, 1.0)
    assert len(seen) > 8
    assert seen == sorted(seen)
    page.check("input[value=winter]")
    text = page.inner_text("#panel")
    assert "冬至" in text
    assert "有直射阳光" in page.inner_text("#legend")
    page.evaluate("Guanghui.openRoof(20, true)")
    assert page.locator("#card .skyline svg .sun-path").count() == 3
    assert page.locator("#card .skyline .sun-dot").count() == 1
    assert "直射阳光时长" in page.inner_text("#card")
    page.evaluate("Guanghui.openRoof(Guanghui.page.roofs.columns.skyline.findIndex(v => v < 0), true)")
    assert page.locator("#card .skyline").count() == 0
    page.wait_for_timeout(120)
    before = page.evaluate("(({day, minute, measure}) => [day, minute, measure])(Guanghui.page.store.state)")
    page.reload()
    page.wait_for_selector("body.ready")
    assert page.evaluate("(({day, minute, measure}) => [day, minute, measure])(Guanghui.page.store.state)") == before
    assert page.heard == []


def test_ten_thousand_skylines_weigh_less_than_a_megabyte_and_more_are_left_out() -> None:
    ids = [str(i) for i in range(10_000)]
    roofs, packer = pd.DataFrame({"building_id": ids}), Packer()
    sky = RoofSky(heights_of(ids), 8.0)
    assert sun_payload(packer, roofs, sky, (29.2, 115.8)) is not None
    assert len(packer.payload()["data"]) < 1_000_000
    more = pd.DataFrame({"building_id": [*ids, "one more"]})
    assert sun_payload(Packer(), more, sky, (29.2, 115.8)) is None
    assert sun_payload(Packer(), more, RoofSky(sky.skylines, 8.0, most=20_000), (29.2, 115.8)) is not None
    assert sun_payload(Packer(), roofs, None, (29.2, 115.8)) is None
