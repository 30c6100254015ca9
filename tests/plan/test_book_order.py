"""Which sheets the workbook has, in which order, and the words of those that both sides share."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from guanghui.plan.results.value import FORMULA
from guanghui.plan.workbook import book
from guanghui.plan.workbook.book import sheets
from guanghui.plan.workbook.tables import Sheet


def named(*keys: str):
    return lambda *_: [Sheet(key, key, key, pd.DataFrame()) for key in keys]


@pytest.fixture(autouse=True)
def rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every room gives sheets of its name."""
    for room in ("pv", "site", "meter", "stock", "outlook", "source", "official"):
        monkeypatch.setattr(book, f"{room}_sheets", named(f"{room}1", f"{room}2"))


def region(unit: str = "ha") -> SimpleNamespace:
    notes = [SimpleNamespace(source="dem", text="3 ha unseen", text_zh="3 公顷未见"),
             SimpleNamespace(source="roofs", text="2 repaired", text_zh="")]  # fmt: skip
    towns = pd.DataFrame({"code": ["360482001"]})
    settings = SimpleNamespace(maps=SimpleNamespace(unit=unit))
    return SimpleNamespace(name="共青城市", townships=towns, notes=notes, settings=settings)


def results(**known: object) -> SimpleNamespace:
    empty = dict.fromkeys(
        ("roofs", "pv_side", "stock", "outlook", "readings", "value", "scorecard", "yearly", "balance")
    )
    return SimpleNamespace(**{**empty, **known})


def keys(**known: object) -> list[str]:
    return [sheet.key for sheet in sheets(region(), results(**known))]


BESIDE = ["site1", "site2", "meter1", "meter2"]


def test_roofs_come_first_then_what_is_beside_them_then_carbon_then_notes() -> None:
    assert keys() == [*BESIDE, "official1", "official2", "notes"]
    assert keys(roofs=pd.DataFrame()) == ["pv1", "pv2", *BESIDE, "official1", "official2", "notes"]
    assert keys(stock=1) == [*BESIDE, "stock1", "stock2", "source1", "source2", "notes"]
    assert keys(stock=1, outlook=1) == [
        *BESIDE, "stock1", "stock2", "outlook1", "outlook2", "source1", "source2", "notes",
    ]  # fmt: skip


def test_what_both_sides_share_stands_before_the_notes_with_its_words() -> None:
    frame = pd.DataFrame({"a": [1.0]})
    balance = pd.DataFrame({"sink_t": [1.0, 2.0]}, index=pd.Index([2025, 2030], name="year"))
    known = {"readings": frame, "value": frame, "scorecard": frame, "yearly": frame, "balance": balance}
    found = {s.key: s for s in sheets(region(), results(**known))}
    assert list(found)[-6:] == ["readings", "carbon_value", "scorecard", "yearly", "balance", "notes"]
    assert (found["carbon_value"].about_zh, found["carbon_value"].about_en) == FORMULA
    assert found["readings"].about_zh.startswith("同一分期按两种口径")
    assert found["readings"].about_en.startswith("the same phases by two bases")
    assert found["scorecard"].about_en == "targets and results; what means something else is not compared"
    assert found["yearly"].about_zh.endswith("pace_a 为至目标年每年需增加的量")
    assert found["balance"].frame.to_dict("list") == {"year": [2025, 2030], "sink_t": [1.0, 2.0]}
    assert found["balance"].about_zh.endswith("趋势与情景为外推")
    assert found["balance"].about_en.endswith("trend and scenario are extrapolations")
    balance.attrs = {"doubt_zh": "疑", "doubt_en": "doubt"}
    told = {s.key: s for s in sheets(region(), results(balance=balance))}["balance"]
    assert told.about_zh.endswith("趋势与情景为外推。疑")
    assert told.about_en.endswith("trend and scenario are extrapolations. doubt")


@pytest.mark.parametrize(
    ("unit", "zh", "en"), [("ha", "3 公顷未见", "3 ha unseen"), ("mu", "45 亩未见", "45 mu unseen")]
)
def test_notes_are_in_both_languages_and_in_the_unit_of_land(unit: str, zh: str, en: str) -> None:
    notes = sheets(region(unit), results())[-1].frame
    assert list(notes.columns) == ["source", "note_zh", "note_en"]
    assert notes.to_numpy().tolist() == [["dem", zh, en], ["roofs", "2 repaired", "2 repaired"]]
