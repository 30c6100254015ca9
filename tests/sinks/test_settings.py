from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from guanghui.sinks.settings import CLIMATES, SinkSettings


def test_every_field_is_described() -> None:
    def walk(model: type[BaseModel]) -> None:
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                walk(kind)

    walk(SinkSettings)


def test_the_demo_section_is_read() -> None:
    s = SinkSettings.model_validate({"standing_volume_m3": 320000, "forest_cover_pct": 27.0})
    assert (s.conversion, s.soil_depth_cm, s.depth, s.gwp) == ("bef", 100, "0-100", "AR6-100")
    assert s.climate in CLIMATES
    assert len(CLIMATES) == 12


@pytest.mark.parametrize("wrong", [
    {"standing_volume": 1}, {"standing_volume_m3": -1}, {"forest_cover_pct": 120}, {"soil_depth_cm": 60},
    {"conversion": "bcef"}, {"species_mix": {"masson_pine": 0.7}}, {"climate": "subtropical"}, {"gwp": "AR4"},
    {"township_volume_m3": {"a": -1.0}}, {"cropland": {"paddy_share": 1.5}}, {"wetland": {"salt": 3}},
    {"projection": {"works": [{"kind": "afforestation", "first_year": 2025, "last_year": 2021, "area_ha": 1}]}},
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        SinkSettings.model_validate(wrong)


def test_settings_cannot_be_changed_behind_ones_back() -> None:
    with pytest.raises(ValidationError):
        SinkSettings().draws = 5  # type: ignore[misc]


def test_works_are_spread_over_their_years() -> None:
    s = SinkSettings.model_validate(
        {"projection": {"works": [{"kind": "afforestation", "first_year": 2021, "last_year": 2025, "area_ha": 400}]}}
    )
    assert dict(s.projection.works[0].by_year()) == dict.fromkeys(range(2021, 2026), 80.0)
