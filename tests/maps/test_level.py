"""A province has counties and no townships: pages, tables and briefs say so, for the place they are of and no other."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from guanghui.maps.words.i18n import word, words
from guanghui.maps.words.level import Level, in_words_of, level_of, speaking_of
from guanghui.plan.brief.words import say
from guanghui.plan.workbook.tables import labels


def place(name: str, *codes: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, townships=pd.DataFrame({"code": codes}))


PROVINCE, CITY = place("江西省", "360781", "360481"), place("共青城市", "360482001", "360482100")


def test_words_are_those_of_the_place() -> None:
    with speaking_of(PROVINCE):
        assert (word("township"), word("township", "en")) == ("县区", "County")
        assert (word("city_total"), word("nav_compare", "en")) == ("全省合计", "Compare counties")
        assert say("under_townships", "zh", count=6) == "6 个县区"
        assert labels()["township"][:2] == ("县区", "county")
        assert word("figure_capacity", "en") == "Capacity"
        spoken = words()
    assert word("township") == "乡镇"
    assert say("under_townships", "zh", count=6) == "6 个乡镇（街道）"
    with speaking_of(CITY):
        assert word("city_total") == "全市合计"
    left = [key for key, (zh, en) in spoken.items() if "乡镇" in zh or "ownship" in en]
    assert not left


def test_a_district_keeps_its_townships() -> None:
    with speaking_of(place("蓉江新区", "360703R01")):
        assert (word("city_total"), word("township")) == ("全区合计", "乡镇")


@pytest.mark.parametrize(
    ("name", "codes", "level"),
    [
        ("盐城市", ["320902", "320924"], Level(("县区", "county"), "counties", ("市", "city"))),
        ("江益", ["360482101"], Level()),
        ("瑞金市", [], Level()),
        ("某县", ["360781", "360781100"], Level(whole=("县", "county"))),
    ],
)
def test_level_by_name_and_codes(name: str, codes: list[str], level: Level) -> None:
    assert level_of(name, codes) == level


def test_a_function_speaks_of_its_first_argument_and_forgets_it() -> None:
    @in_words_of
    def page(city: object) -> str:
        return word("nav_index")

    assert page(PROVINCE) == "全省总览"
    assert page(CITY) == word("nav_index") == "全市总览"
