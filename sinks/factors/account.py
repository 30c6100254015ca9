"""The account: amounts of land or timber times coefficients, with one random draw for each factor.

Every figure of a table is a sum of lines ``amount x coefficient``. Amounts are areas [ha] or volumes [m³] by township
and class; coefficients are made of factors. A factor is drawn once and shared by every pixel, township and date that
uses it, so doubling the pixels or the townships does not shrink the range of a total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.sinks.factors.coefficients import Coefficient, Draws

__all__ = ["Account", "Lines"]

Floats = npt.NDArray[np.float64]
_PERCENT = (2.5, 97.5)


class Lines:
    """Collects the lines of an account."""

    def __init__(self) -> None:
        self._rows: list[dict[str, object]] = []
        self._coefficients: list[Coefficient] = []
        self._place: dict[int, int] = {}

    def add(self, amount: float, coefficient: Coefficient, *, mapped: bool = False, **keys: str) -> None:
        """Add ``amount x coefficient`` under some keys, for instance ``code``, ``class`` and ``pool``.

        ``mapped`` says that the amount follows from the area of a land-cover map, and so carries its error.

        Pass the same coefficient object again where the same one is meant; it is then drawn once.

        Parameters
        ----------
        amount : float
            What the coefficient is multiplied with, in its unit [ha, m³, …].
        coefficient : Coefficient
            Its unit makes that of the account.
        mapped : bool, default False
            Whether the amount follows from the area of a map.
        **keys : str
            Value of each key column.
        """
        if id(coefficient) not in self._place:
            self._place[id(coefficient)] = len(self._coefficients)
            self._coefficients.append(coefficient)
        self._rows.append({**keys, "amount": amount, "mapped": mapped, "coefficient": self._place[id(coefficient)]})

    def account(self, keys: Sequence[str]) -> Account:
        """Return the finished account; ``keys`` fixes its columns even without a line.

        Parameters
        ----------
        keys : sequence of str
            Names of the key columns, in order.
        """
        frame = pd.DataFrame(self._rows, columns=[*keys, "amount", "mapped", "coefficient"])
        return Account(frame.astype({"amount": float, "mapped": bool, "coefficient": int}), tuple(self._coefficients))


@dataclass(frozen=True)
class Account:
    """Lines ``amount x coefficient`` and what they are made of."""

    lines: pd.DataFrame
    """Keys, ``amount``, ``mapped`` (follows from the area of the map) and ``coefficient`` (place in
    ``coefficients``)."""
    coefficients: tuple[Coefficient, ...]
    area_ratio: Mapping[str, Floats] = field(default_factory=dict)
    """Class -> draws of its true over its estimated area, from a confusion matrix, for the lines that follow from the
    map; 1 for classes not named."""

    @property
    def values(self) -> pd.Series:
        """Best estimate of every line."""
        each = np.array([c.value for c in self.coefficients])
        place = self.lines["coefficient"].to_numpy()
        return self.lines["amount"] * (each[place] if len(each) else np.empty(0))

    @property
    def total(self) -> float:
        """Best estimate of all lines together."""
        return float(self.values.sum())

    def where(self, rows: pd.Series) -> Account:
        """Account of some of the lines.

        Parameters
        ----------
        rows : pandas.Series
            Bool, index of ``lines``; True is kept.
        """
        return replace(self, lines=self.lines[rows])

    @property
    def factor_ids(self) -> set[str]:
        """Ids of all factors used with an amount that is not nothing."""
        used = self.lines.loc[self.lines["amount"] != 0, "coefficient"].unique()
        return {i for k in used for i in self.coefficients[k].factors}

    def totals(self, by: Sequence[str]) -> pd.Series:
        """Best estimate by some keys.

        Parameters
        ----------
        by : sequence of str
            Key columns.

        Returns
        -------
        pandas.Series
            Index of the keys, sorted; unit of the account.
        """
        return self.values.groupby([self.lines[k] for k in by], sort=True).sum()

    def unranged(self, by: Sequence[str] = ()) -> pd.Series:
        """Best estimate that rests on numbers without any range, by some keys.

        Parameters
        ----------
        by : sequence of str, default ()
            Key columns; without one the whole account is one group.

        Returns
        -------
        pandas.Series
            Unit of the account; the intervals leave its error out.
        """
        each = np.array([c.unranged for c in self.coefficients])
        place = self.lines["coefficient"].to_numpy()
        values = self.lines["amount"] * (each[place] if len(each) else np.empty(0))
        return values.groupby([self.lines[k] for k in by] or np.zeros(len(values), int), sort=True).sum()

    def wide(self, by: Sequence[str], column: str, names: Sequence[str]) -> pd.DataFrame:
        """Best estimate by some keys (rows) and the values of another (columns, those named).

        Parameters
        ----------
        by : sequence of str
            Key columns of the rows.
        column : str
            Key column whose values become columns.
        names : sequence of str
            Those values, in order; one without a line is 0, others are dropped.

        Returns
        -------
        pandas.DataFrame
            Unit of the account.
        """
        lines = self.lines.assign(value=self.values)
        table = lines.pivot_table(index=list(by), columns=column, values="value", aggfunc="sum", fill_value=0.0)
        return table.reindex(columns=list(names), fill_value=0.0).rename_axis(columns=None)

    def draws(self, by: Sequence[str], draws: Draws) -> tuple[pd.Index, Floats]:
        """Random totals by some keys.

        Parameters
        ----------
        by : sequence of str
            Keys; none for one total of all lines.
        draws : Draws
            Shared draws of the factors.

        Returns
        -------
        groups : pandas.Index
            As :meth:`totals` has them.
        values : numpy.ndarray
            Shape (groups, draws).
        """
        amounts, groups, random = self._factorised(by, draws)
        return groups, amounts @ random

    def interval(self, by: Sequence[str], draws: Draws) -> pd.DataFrame:
        """95 % range by some keys: ``low`` and ``high``.

        Parameters
        ----------
        by : sequence of str
            Key columns.
        draws : Draws
            Random factors, the same for all accounts of a run.

        Returns
        -------
        pandas.DataFrame
            Percentiles 2.5 and 97.5 in the unit of the account, index of the keys.
        """
        amounts, groups, random = self._factorised(by, draws)
        single = (amounts != 0).sum(axis=1) <= 1  # one coefficient: its quantiles times the amount
        ends = np.percentile(random, _PERCENT, axis=1) if random.size else np.zeros((2, len(random)))
        out = np.sort(np.stack([amounts @ end for end in ends]), axis=0) if len(groups) else np.zeros((2, 0))
        for i in np.flatnonzero(~single):
            out[:, i] = np.percentile(amounts[i] @ random, _PERCENT)
        return pd.DataFrame({"low": out[0], "high": out[1]}, index=groups)

    def _factorised(self, by: Sequence[str], draws: Draws) -> tuple[Floats, pd.Index, Floats]:
        """Amounts (groups x columns), the groups, and the draws of each column (a coefficient, or one in a class)."""
        scaled = "class" in self.lines and bool(self.area_ratio)
        column = [self.lines["coefficient"]] + ([self.lines["class"].where(self.lines["mapped"], "")] if scaled else [])
        amounts, groups, columns = self._matrix(by, column)
        random = np.zeros((len(columns), draws.draws))
        for i, item in enumerate(columns):
            random[i] = self.coefficients[item[0]].draw(draws)
            if scaled and item[1] in self.area_ratio:
                random[i] *= self.area_ratio[item[1]]
        return amounts, groups, random

    def _matrix(self, by: Sequence[str], column: Sequence[pd.Series]) -> tuple[Floats, pd.Index, pd.Index]:
        rows = [self.lines[k] for k in by] or [pd.Series(0, index=self.lines.index)]
        row, groups = _numbered(rows, sort=True)
        col, columns = _numbered(column)
        matrix = np.zeros((len(groups), len(columns)))
        np.add.at(matrix, (row, col), self.lines["amount"].to_numpy())
        index = groups.get_level_values(0) if groups.nlevels == 1 else groups
        return matrix, index.set_names(list(by)) if by else index, columns

    def propagated_sd(self, by: Sequence[str] = ()) -> pd.Series:
        """Propagate standard uncertainties (IPCC Approach 1), by some keys.

        Factors are independent of each other; lines that share a factor move together. The square root of the sum
        over the factors of (slope x standard uncertainty)².

        Parameters
        ----------
        by : sequence of str, default ()
            Key columns; without one the whole account is one group.

        Returns
        -------
        pandas.Series
            One standard uncertainty, unit of the account.
        """
        amounts, groups, columns = self._matrix(by, [self.lines["coefficient"]])
        used = [self.coefficients[item[0]] for item in columns]
        slopes = [c.slopes() for c in used]
        moved: dict[str, Floats] = {}
        for name, factor in {f.id: f for c in used for f in c.factors.values()}.items():
            slope = np.array([s.get(name, 0.0) for s in slopes])
            moved[factor.drawn_as] = moved.get(factor.drawn_as, 0.0) + amounts @ slope * factor.sd
        variance = sum((m**2 for m in moved.values()), np.zeros(len(groups)))
        return pd.Series(np.sqrt(variance), index=groups, name="sd")


def _numbered(columns: Sequence[pd.Series], *, sort: bool = False) -> tuple[npt.NDArray[np.int64], pd.MultiIndex]:
    """Give each different row of some columns a number, and say what the numbers stand for."""
    number, groups = pd.MultiIndex.from_arrays(list(columns)).factorize(sort=sort)
    assert isinstance(groups, pd.MultiIndex)
    return number, groups
