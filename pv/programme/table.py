"""A programme while it is worked out: what stands, what is built each year, and the sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from guanghui.pv.programme.choose import Candidates, Objective, Taken, choose

__all__ = ["EXISTING_CLASS", "SUMS", "Programme", "Reading", "Scope", "Share", "share_of"]

SUMS = ("roofs", "usable_m2", "capacity_kwp", "yield_kwh", "existing_kwp", "avoided_co2_t")
_MONEY = ("capex_yuan",)
_SPREAD = ("yield_sd_kwh", "yield_common")
_KEYS = ["building_id", "township_code", "township", "building_class"]
EXISTING_CLASS = "existing"
"""Building class of systems known by township only."""

Share = float | Mapping[str, float]
Scope = Literal["city", "township", "class"]
Reading = Literal["roofs", "share"]


def share_of(share: Share, group: str) -> float:
    """Share asked of a group; groups that are not named are asked for nothing.

    Parameters
    ----------
    share : float or mapping
        One share for all [1], or a share for each group.
    group : str
        Township, class or the whole.
    """
    return float(share.get(group, 0.0)) if isinstance(share, Mapping) else float(share)


class Programme:
    """State of a programme while it is worked out."""

    def __init__(
        self,
        roofs: pd.DataFrame,
        candidates: Candidates,
        scope: str,
        existing_kwp: pd.Series | None,
        township_kwp: pd.Series | None,
        excluded: pd.Series | None,
        chosen: pd.Series | None = None,
        chosen_alone: bool = False,
    ) -> None:
        self.roofs, self.c, self.scope = roofs, candidates, scope
        self.index = pd.Index(roofs["building_id"], name="building_id")
        reasons = None if excluded is None else excluded.reindex(self.index).fillna("").to_numpy() != ""
        allowed = candidates.area > 0 if reasons is None else (candidates.area > 0) & ~reasons
        self.area = np.where(allowed, candidates.area, 0.0)
        self.total = float(self.area.sum())
        zero = np.zeros(len(roofs))
        self.wanted = zero if chosen is None else chosen.reindex(self.index).fillna(0).to_numpy(int)
        self.alone = chosen_alone
        self.stands = zero if existing_kwp is None else existing_kwp.reindex(self.index).fillna(0.0).to_numpy(float)
        self.loose = township_kwp if township_kwp is not None else pd.Series(dtype=float)
        columns = {"city": None, "township": "township_code", "class": "building_class"}
        column = columns[scope]
        of = np.full(len(roofs), "city", dtype=object) if column is None else roofs[column].astype(str).to_numpy()
        self.groups, self.group = np.unique(of.astype(str), return_inverse=True)
        self.phase = np.zeros(len(roofs), dtype=int)
        self.parts: dict[int, np.ndarray] = {}
        self.last_m2 = np.zeros(len(self.groups))
        self.loose_rows = self._loose_rows()
        self.loose_m2 = self._loose_area()

    def _loose_area(self) -> np.ndarray:
        """Roof that systems known by township only stand on, by group [m²]."""
        out = np.zeros(len(self.groups))
        codes = self.roofs["township_code"].astype(str).to_numpy()
        for row in self.loose_rows.to_dict("records"):
            here = (codes == str(row["township_code"])) & (self.area > 0)
            if here.any():
                out += (
                    np.bincount(self.group[here], self.area[here], len(self.groups))
                    / self.area[here].sum()
                    * row["usable_m2"]
                )
        return out

    def develop(
        self, year: int, share: Share, objective: Objective, reading: str, limits: Mapping[str, float]
    ) -> list[dict[str, float | int | str]]:
        """Carry out one phase in every group.

        Parameters
        ----------
        year : int
            Year of the phase.
        share : float or mapping
            Share of the available roof to be reached [1].
        objective : {"energy", "cost", "lcoe"}
            Order in which roofs are taken.
        reading : {"roofs", "share"}
            Whole roofs, or the same part of each.
        limits : mapping of str to float
            What may be spent in this phase: ``budget`` [yuan], ``capacity`` [kWp].
        """
        before = self.parts[max(self.parts)] if self.parts else self._standing(reading, year)
        part, rows = before.copy(), []
        rooms = dict(limits)
        for number, group in enumerate(self.groups):
            here = self.group == number
            total = float(self.area[here].sum())
            if total <= 0:
                continue
            need = share_of(share, str(group)) * total
            done = float((before * self.area)[here].sum()) + self.loose_m2[number]
            if reading == "share":
                rise = here & (self.area > 0) & (part < share_of(share, str(group)))
                part[rise] = share_of(share, str(group))
                self.phase[rise & (self.phase == 0)] = year
                taken = Taken(np.flatnonzero(rise), 0.0, "share")
            else:
                first = np.flatnonzero(here & (part == 0) & (self.area > 0) & (self.wanted > 0) & (self.wanted <= year))
                self._build(first, part, year, rooms)
                done += float(self.area[first].sum())
                if self.alone or (len(first) and done >= need):
                    taken = Taken(np.zeros(0, int), 0.0, "chosen")
                else:
                    taken = self._take(here, part, need - done, objective, rooms)
                self._build(taken.roofs, part, year, rooms)
                if len(taken.roofs):
                    self.last_m2[number] = taken.last_m2
            built = float((part * self.area)[here].sum()) + self.loose_m2[number]
            last = float(self.last_m2[number])
            rows.append({"year": year, "group": str(group), "target_m2": need, "reached_m2": built,
                         "available_m2": total, "last_roof_m2": last, "bound_by": taken.bound_by})  # fmt: skip
        self.parts[year] = part
        return [_shares(r) for r in rows]

    def _build(self, roofs: np.ndarray, part: np.ndarray, year: int, rooms: dict[str, float]) -> None:
        """Put whole roofs into the programme; what they cost and hold is taken off the limits."""
        part[roofs] = 1.0
        self.phase[roofs] = year
        rooms["budget"] -= float(np.nansum(self.c.capex[roofs]))
        rooms["capacity"] -= float(self.c.capacity[roofs].sum())

    def _standing(self, reading: str, year: int) -> np.ndarray:
        """Part of each roof that existing systems take before the first phase."""
        on = (self.stands > 0) & (self.area > 0)
        self.phase[on] = year
        if reading == "roofs":
            return on.astype(float)
        return np.where(on, np.minimum(self.stands / np.maximum(self.c.capacity, 1e-9), 1.0), 0.0)

    def _take(
        self, here: np.ndarray, part: np.ndarray, need: float, objective: Objective, rooms: Mapping[str, float]
    ) -> Taken:
        free = np.flatnonzero(here & (part == 0) & (self.area > 0))
        done = np.flatnonzero(here & (part > 0))
        cost, energy = float(np.nansum(self.c.yearly_cost[done])), float(self.c.energy[done].sum())
        return choose(self.c, free, need, objective=objective, rooms=rooms, built=(cost, energy))

    def _capacity(self, part: np.ndarray) -> np.ndarray:
        """What stands on each roof: the existing system, and on roofs it does not fill what the part asks for [kWp]."""
        planned = part * self.c.capacity
        return np.where(self.stands > 0, np.where(part < 1, np.maximum(self.stands, planned), self.stands), planned)

    def built(self) -> pd.DataFrame:
        """What stands on each roof at the end."""
        part = self.parts[max(self.parts)]
        kwp = np.where((part > 0) | (self.stands > 0), self._capacity(part), 0.0)
        yields = kwp * self._specific()
        return pd.DataFrame({"capacity_kwp": kwp, "yield_kwh": yields, "existing_kwp": self.stands}, index=self.index)

    def _specific(self) -> np.ndarray:
        capacity = self.c.capacity
        return np.divide(self.c.energy, capacity, out=np.zeros_like(capacity), where=capacity > 0)

    def by_roof(self, factor: float) -> pd.DataFrame:
        """Everything that is developed, year by year: one row a roof, and one a system known by township only.

        Parameters
        ----------
        factor : float
            Emission factor of the electricity replaced [kg/kWh]; NaN for none.
        """
        base = self.roofs[_KEYS].reset_index(drop=True)
        specific, frames = self._specific(), []
        for year, part in self.parts.items():
            on = part > 0
            kwp = np.where(on, self._capacity(part), 0.0)
            new = np.where(self.stands > 0, kwp - self.stands, kwp)
            rows = base.assign(year=year, part=part, roofs=on.astype(int), usable_m2=part * self.area, capacity_kwp=kwp,
                               yield_kwh=kwp * specific, existing_kwp=np.where(on, self.stands, 0.0))  # fmt: skip
            if "capex_yuan" in self.roofs:
                per_kwp = np.divide(self.c.capex, self.c.capacity, out=np.zeros_like(kwp), where=self.c.capacity > 0)
                rows["capex_yuan"] = np.maximum(new, 0.0) * np.nan_to_num(per_kwp)
            if set(_SPREAD) <= set(self.roofs.columns):  # as sure of a part of a roof as of the whole
                own = np.divide(self.roofs["yield_sd_kwh"].to_numpy(float), self.c.energy, out=np.zeros(len(kwp)),
                                where=self.c.energy > 0)  # fmt: skip
                rows["yield_sd_kwh"] = rows["yield_kwh"] * own
                rows["yield_common"] = self.roofs["yield_common"].to_numpy(float)
            loose = self.loose_rows.assign(year=year, **self._loose_spread())
            frames += [rows[on], loose[[c for c in rows if c in loose]]] if len(loose) else [rows[on]]
        table = pd.concat(frames, ignore_index=True).fillna({"capex_yuan": 0.0, "yield_sd_kwh": 0.0})
        table["avoided_co2_t"] = table["yield_kwh"] * factor / 1000.0
        return table[["year", *_KEYS, "part", *SUMS, *(c for c in (*_MONEY, *_SPREAD) if c in table)]]

    def _loose_spread(self) -> dict[str, float]:
        """Systems known by township only are metered, not surveyed: they share what the roofs share."""
        if "yield_common" not in self.roofs or self.c.energy.sum() <= 0:
            return {}
        shared = self.roofs["yield_common"].to_numpy(float)
        return {"yield_sd_kwh": 0.0, "yield_common": float((shared * self.c.energy).sum() / self.c.energy.sum())}

    def _loose_rows(self) -> pd.DataFrame:
        """Systems known by township only: their power, and the roof and energy of as much of the roofs there."""
        rows = []
        codes = self.roofs["township_code"].astype(str).to_numpy()
        towns = dict(zip(codes, zip(self.roofs["township_code"], self.roofs["township"], strict=True), strict=True))
        for code, kwp in self.loose.items():
            here = (codes == str(code)) & (self.area > 0)
            own_code, name = towns[str(code)]
            capacity = float(self.c.capacity[here].sum())
            hours = float(self.c.energy[here].sum()) / capacity if capacity > 0 else 0.0
            area = min(float(kwp) / capacity, 1.0) * float(self.area[here].sum()) if capacity > 0 else 0.0
            rows.append({"building_id": "", "township_code": own_code, "township": name,
                         "building_class": EXISTING_CLASS, "part": 1.0, "roofs": 0,
                         "usable_m2": area, "capacity_kwp": float(kwp),
                         "yield_kwh": float(kwp) * hours, "existing_kwp": float(kwp)})  # fmt: skip
        return pd.DataFrame(rows)


def _shares(row: dict[str, float | int | str]) -> dict[str, float | int | str]:
    total, need, built = (float(row[k]) for k in ("available_m2", "target_m2", "reached_m2"))
    return {**row, "target_share": need / total, "reached_share": built / total,
            "overshoot_m2": max(built - need, 0.0)}  # fmt: skip
