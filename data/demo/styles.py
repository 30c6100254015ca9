"""What a roof of each kind looks like: use, storeys, roof forms with their pitch, parapets, and what stands on it.

All numbers are assumed (made for the demonstration, from common Chinese practice: storey height about 3 m in
housing, 3.6 m in schools and offices, 4.5 m in workshops; halls of light steel at 5-8 degrees; village roofs at
18-32 degrees), never measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["FORMS", "STYLES", "Style"]

FORMS = ("flat", "gable", "hip", "sawtooth")


@dataclass(frozen=True)
class Style:
    """One kind of building.

    Attributes
    ----------
    use : str
        The word in the bureau's column ``use``.
    storeys : mapping of int to float
        Weights of storey counts, where the layout leaves them open.
    storey_m, base_m : float
        Height of a storey and of plinth and slab together [m].
    forms : mapping of str to float
        Weights of roof forms.
    pitch : tuple of float
        Range of the roof pitch [deg].
    span_m : float
        Widest single span of a gable [m]; wider halls get several.
    parapet : tuple of float
        Range of the parapet on flat roofs [m].
    years : tuple of int
        Range of building years.
    priority : int
        When two outlines collide the higher one stays.
    """

    use: str
    storeys: Mapping[int, float] = field(default_factory=lambda: {1: 1.0})
    storey_m: float = 3.0
    base_m: float = 0.3
    forms: Mapping[str, float] = field(default_factory=lambda: {"flat": 1.0})
    pitch: tuple[float, float] = (20.0, 28.0)
    span_m: float = 1000.0
    parapet: tuple[float, float] = (0.6, 1.2)
    years: tuple[int, int] = (1995, 2020)
    priority: int = 4


_LOW_GABLE = (5.0, 8.0)

STYLES: Mapping[str, Style] = {
    "house": Style("农村住宅", {1: 0.14, 2: 0.50, 3: 0.32, 4: 0.04}, 3.2, 0.3,
                   {"flat": 0.40, "gable": 0.38, "hip": 0.22}, (20.0, 32.0), years=(1982, 2021), priority=2),
    "annex": Style("其他", {1: 1.0}, 2.6, 0.2, {"gable": 0.75, "flat": 0.25}, (18.0, 26.0), parapet=(0.0, 0.3),
                   years=(1985, 2021), priority=1),
    "farm": Style("其他", {1: 1.0}, 3.0, 0.2, {"gable": 1.0}, (14.0, 20.0), years=(2000, 2021), priority=1),
    "hall_of_clan": Style("其他", {1: 1.0}, 4.2, 0.6, {"gable": 1.0}, (24.0, 30.0), years=(1880, 2012), priority=6),
    "misc": Style("其他", {1: 0.75, 2: 0.25}, 3.2, 0.3, {"flat": 0.6, "gable": 0.4}, (18.0, 26.0),
                  years=(1985, 2020), priority=3),
    "terrace": Style("住宅小区", {2: 0.2, 3: 0.45, 4: 0.25, 5: 0.1}, 3.2, 0.4, {"flat": 0.74, "gable": 0.26},
                     (20.0, 28.0), years=(1985, 2012), priority=3),
    "village_terrace": Style("农村住宅", {2: 0.4, 3: 0.45, 4: 0.15}, 3.2, 0.4, {"flat": 0.68, "gable": 0.32},
                             (20.0, 28.0), years=(1988, 2018), priority=3),
    "shophouse": Style("商业", {2: 0.35, 3: 0.4, 4: 0.25}, 3.5, 0.4, {"flat": 0.8, "gable": 0.2}, (20.0, 26.0),
                       years=(1988, 2016), priority=3),
    "shop": Style("商业", {1: 0.4, 2: 0.6}, 3.9, 0.4, {"flat": 1.0}, parapet=(0.8, 1.4), years=(1998, 2021)),
    "market": Style("商业", {1: 1.0}, 6.0, 0.4, {"gable": 1.0}, _LOW_GABLE, 30.0, years=(2000, 2019), priority=6),
    "mall": Style("商业", {2: 0.3, 3: 0.4, 4: 0.3}, 4.9, 0.6, {"flat": 1.0},
                      parapet=(1.0, 1.6), years=(2004, 2021), priority=6),
    "office": Style("商业", {6: 0.4, 9: 0.3, 14: 0.2, 18: 0.1}, 3.7, 0.6, {"flat": 1.0}, parapet=(1.1, 1.6),
                    years=(2004, 2021), priority=6),
    "slab": Style("住宅小区", {5: 0.2, 6: 0.62, 7: 0.18}, 2.95, 0.5, {"flat": 0.56, "gable": 0.30, "hip": 0.14},
                  (22.0, 28.0), parapet=(0.9, 1.3), years=(1992, 2014)),
    "tower": Style("住宅小区", {11: 0.3, 18: 0.4, 26: 0.2, 32: 0.1}, 2.95, 0.8, {"flat": 1.0}, parapet=(1.2, 1.6),
                   years=(2010, 2021)),
    "dorm": Style("住宅小区", {5: 0.4, 6: 0.6}, 3.2, 0.4, {"flat": 0.85, "gable": 0.15}, (20.0, 26.0),
                  parapet=(0.9, 1.3), years=(2003, 2019)),
    "teach": Style("学校", {3: 0.3, 4: 0.4, 5: 0.3}, 3.7, 0.5, {"flat": 0.62, "hip": 0.23, "gable": 0.15},
                   (20.0, 26.0), parapet=(1.0, 1.4), years=(1992, 2020), priority=8),
    "village_school": Style("学校", {2: 0.6, 3: 0.4}, 3.5, 0.4, {"flat": 0.7, "hip": 0.2, "gable": 0.1}, (20.0, 26.0),
                            parapet=(1.0, 1.2), years=(1990, 2018), priority=6),
    "gym": Style("学校", {1: 1.0}, 9.0, 0.6, {"gable": 1.0}, (8.0, 13.0), 60.0, years=(2002, 2020), priority=8),
    "clinic": Style("医院", {2: 0.2, 3: 0.3, 4: 0.3, 5: 0.2}, 3.7, 0.5, {"flat": 0.88, "hip": 0.12}, (20.0, 24.0),
                    parapet=(1.0, 1.4), years=(1992, 2020), priority=8),
    "ward": Style("医院", {6: 0.3, 8: 0.4, 11: 0.3}, 3.7, 0.6, {"flat": 1.0},
                      parapet=(1.1, 1.5), years=(2002, 2020), priority=8),
    "gov": Style("党政机关", {3: 0.2, 4: 0.4, 5: 0.3, 6: 0.1}, 3.7, 0.8, {"flat": 0.7, "hip": 0.3}, (20.0, 25.0),
                 parapet=(1.0, 1.4), years=(1990, 2018), priority=8),
    "committee": Style("村委会", {1: 0.1, 2: 0.7, 3: 0.2}, 3.5, 0.4, {"flat": 0.5, "gable": 0.3, "hip": 0.2},
                       (20.0, 26.0), parapet=(0.9, 1.2), years=(1996, 2020), priority=6),
    "hall": Style("工业厂房", {1: 1.0}, 9.0, 0.3, {"gable": 0.72, "sawtooth": 0.16, "flat": 0.12}, _LOW_GABLE, 36.0,
                  parapet=(0.5, 1.0), years=(2002, 2021), priority=7),
    "works": Style("工业厂房", {3: 0.4, 4: 0.4, 5: 0.2}, 4.5, 0.5, {"flat": 1.0},
                       parapet=(1.0, 1.4), years=(2004, 2021), priority=7),
    "warehouse": Style("仓库", {1: 1.0}, 8.6, 0.4, {"gable": 0.86, "flat": 0.14}, _LOW_GABLE, 36.0, parapet=(0.5, 0.9),
                       years=(1996, 2021), priority=7),
}  # fmt: skip
