"""Frames of pages: drawn without money and programme, and the same page whether they are made or kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from guanghui.maps import compare_page, index_page, township_page, works_page
from guanghui.maps.page.document import Frame, FrameOf
from guanghui.plan.results.keeping import NOT_IN_FRAMES
from tests.maps.scene import Scene
from tests.maps.test_page import CODE

Draw = Callable[[Scene, FrameOf], str]
PAGES: dict[str, Draw] = {
    "township": lambda s, f: township_page(
        s.city, CODE, roofs=s.roofs, plan=s.plan, stock=s.stock, date="2026", frame_of=f
    ),
    "index": lambda s, f: index_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock, date="2026", frame_of=f),
    "compare": lambda s, f: compare_page(s.city, roofs=s.roofs, plan=s.plan, stock=s.stock, date="2026", frame_of=f),
    "works": lambda s, f: works_page(s.city, stock=s.stock, date="2026", frame_of=f),
}


class Noting:
    """Stands for an object and writes down which attributes are read while it is told to."""

    def __init__(self, of: Any, seen: set[str], name: str = "") -> None:
        self.__dict__.update(_of=of, _seen=seen, _name=name, _on=False)

    def __getattr__(self, name: str) -> Any:
        if self.__dict__["_on"]:
            self.__dict__["_seen"].add(self.__dict__["_name"] + name)
        return getattr(self.__dict__["_of"], name)


def dearer(s: Scene) -> Scene:
    """The same place with other money, no programme and another note."""
    roofs = s.roofs.copy()
    for column in ("capex_yuan", "lcoe_yuan_kwh", "payback_years"):
        roofs[column] = 7.0
    city = dataclasses.replace(s.city, notes=type(s.city.notes)())
    city.notes.add("price", "another price", "另一价格")
    return dataclasses.replace(s, roofs=roofs, plan=None, city=city)


@pytest.mark.parametrize("name", PAGES)
def test_a_kept_frame_takes_other_numbers_and_gives_the_page_that_is_drawn_anew(city_scene: Scene, name: str) -> None:
    drawn: list[Frame] = []

    def drawing(make: Callable[[], Frame]) -> Frame:
        drawn.append(make())
        return drawn[-1]

    first, other = PAGES[name](city_scene, drawing), PAGES[name](dearer(city_scene), drawing)
    assert drawn[0].texts() == drawn[1].texts(), "nothing of money, programme or notes is in the frame"
    assert first != other
    kept = Frame.of(drawn[0].texts())
    assert PAGES[name](dearer(city_scene), lambda _: kept) == other
    assert PAGES[name](city_scene, lambda _: Frame.of(drawn[0].texts())) == first


@pytest.mark.parametrize("name", PAGES)
def test_a_frame_asks_the_city_for_nothing_outside_its_key(city_scene: Scene, name: str) -> None:
    seen: set[str] = set()
    settings = Noting(city_scene.city.settings, seen, "settings.")
    city = Noting(dataclasses.replace(city_scene.city, settings=settings), seen)

    def watched(make: Callable[[], Frame]) -> Frame:
        city.__dict__["_on"] = settings.__dict__["_on"] = True
        try:
            return make()
        finally:
            city.__dict__["_on"] = settings.__dict__["_on"] = False

    PAGES[name](dataclasses.replace(city_scene, city=city), watched)
    assert {"townships", "name"} & seen, "the stand-in sees what is read"
    assert {n for n in seen if n.startswith("settings.")} <= {"settings.maps"}
    assert not seen & (NOT_IN_FRAMES | {"notes", "file", "illustrative", "price_tables", "power_grid"})
