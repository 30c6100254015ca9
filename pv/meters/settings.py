"""Settings of meters, as written in ``[meters]`` of a region file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["MeterSettings"]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class MeterSettings(BaseModel):
    """What plants gave, by the month or by the hour, ``[meters]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(
        description="CSV or Excel: plant, time or month, kwh (long), or a column a plant (wide)"
    )
    expected: str | None = Field(None, description="what each plant should have given, in the same form")
    weather: str | None = Field(None, description="hourly weather of the years measured; for roofs of the survey")
    stamp: Literal["start", "end"] = Field("start", description="what the time of an hour marks")
