"""How many small wrong changes the tests notice: mutants of programme, economics, workbook and pages.

``python -m benchmarks.mutants [--number 60] [--seed 1] [--csv FILE]``: about an hour on a quiet core. The changes are
those of cosmic-ray (``pip install cosmic-ray``; a peer, so not in the lock): another operator, comparison, number or
truth value, a condition turned. They are drawn at random, as many of each subject, applied to a copy of the checkout
and tried with the tests of their subject, the quick ones of all mutants first; the copy must pass them all before. A
mutant with which no test can start counts as killed, one that outlives the time limit too. Changes of signatures and of
a number by less than a hundredth are no mutants.
"""

from __future__ import annotations

import argparse
import ast
import csv
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import last_line, table

ROOT = Path(__file__).resolve().parents[1]
SKIPPED = (
    "BitOr",
    "BitAnd",
    "BitXor",
    "Shift",
    "RemoveDecorator",
    "Pow",
    "FloorDiv",
    "Mod",
    "Unary",
    "Exception",
    "_Is",
    "_IsNot",
)
"""Operators that mostly change annotations, warn at once or make code that cannot run: killing those proves nothing."""


@dataclass(frozen=True)
class Subject:
    """What is mutated and which tests are tried, in order."""

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]


AGREE = "tests/agree/test_one_result.py"
SUBJECTS = (
    Subject(
        "programme",
        ("pv/programme/table.py", "pv/programme/choose.py", "pv/programme/phases.py", "pv/programme/existing.py",
         "plan/results/programme.py", "plan/results/assembly.py"),
        ("tests/pv/test_programme.py tests/pv/test_choose.py tests/pv/test_coverage.py tests/pv/test_money_exact.py",
         "tests/plan/test_tables.py tests/maps/test_programme_facts.py tests/plan/test_scorecard.py", AGREE),
    ),
    Subject(
        "economics",
        ("pv/programme/money.py", "pv/programme/emissions.py", "pv/energy/spread.py", "pv/energy/loads.py",
         "plan/results/sensitivity.py", "plan/results/balance.py", "plan/results/power_grid.py"),
        ("tests/pv/test_money_exact.py tests/pv/test_economics.py tests/pv/test_economics_sam.py "
         "tests/pv/test_spread.py tests/pv/test_programme.py tests/pv/test_vintage.py tests/pv/test_presets.py",
         "tests/plan/test_tables.py tests/plan/test_scorecard.py tests/plan/test_scorecard_exact.py "
         "tests/plan/test_roof_system.py", AGREE),
    ),
    Subject(
        "workbook",
        ("plan/workbook/pv_sheets.py", "plan/workbook/tables.py", "plan/workbook/sink_sheets.py",
         "plan/workbook/book.py", "plan/results/scorecard.py"),
        ("tests/plan/test_pv_sheets.py tests/plan/test_workbook_look.py tests/plan/test_scorecard_verdicts.py "
         "tests/plan/test_carbon_sheets.py tests/plan/test_book_order.py tests/plan/test_workbook_cells.py "
         "tests/plan/test_long_rows.py tests/plan/test_scorecard_exact.py tests/plan/test_looked.py "
         "tests/plan/test_value.py tests/plan/test_sink_sheets.py",
         "tests/plan/test_tables.py tests/plan/test_scorecard.py tests/plan/test_scorecard_paths.py "
         "tests/plan/test_ledger_shown.py tests/plan/test_mu.py", AGREE),
    ),
    Subject(
        "pages",
        ("maps/page/facts.py", "maps/page/roofs.py", "maps/page/township.py", "maps/page/sinkview.py",
         "maps/page/pack.py", "maps/words/numbers.py", "maps/city/index.py", "maps/city/score.py",
         "maps/city/compare.py"),
        ("tests/maps/test_number_steps.py tests/maps/test_township_facts.py tests/maps/test_roof_payload.py "
         "tests/maps/test_carbon_rows.py tests/maps/test_score_rows.py tests/maps/test_packed_columns.py "
         "tests/maps/test_township_payload.py tests/maps/test_city_payload.py tests/maps/test_numbers.py "
         "tests/maps/test_programme_facts.py",
         "tests/maps/test_one_unit.py tests/maps/test_pack.py tests/maps/test_score.py tests/maps/test_page.py "
         "tests/maps/test_compare.py tests/plan/test_pages.py tests/maps/test_languages.py",
         "tests/maps/test_browser.py tests/maps/test_whatif.py tests/maps/test_choose_roofs.py", AGREE),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One wrong change of one file."""

    subject: Subject
    file: str
    operator: str
    occurrence: int
    line: int
    before: str
    after: str
    code: str


def _annotations(source: str) -> set[int]:
    """Lines that hold no computation: signatures and annotated names without a value."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            last = node.body[0].lineno
            lines |= set(range(node.lineno, last))
        if isinstance(node, ast.AnnAssign) and node.value is None:
            lines.add(node.lineno)
    return lines


def _another_number(source: str, code: str) -> bool:
    """Whether the one number that differs does so by a hundredth at least."""
    ours, theirs = (
        [n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant) and isinstance(n.value, int | float)]
        for text in (source, code)
    )
    if len(ours) != len(theirs):
        return True
    return any(abs(a - b) >= 0.01 * abs(a) for a, b in zip(ours, theirs, strict=True) if a != b)


def _places(file: str) -> Iterator[tuple[str, str, int, int]]:
    """File, operator, occurrence and line of every place where something could be changed."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    source = (ROOT / file).read_text(encoding="utf-8")
    silent, tree = _annotations(source), get_ast(source)
    for name in operator_names():
        if any(part in name for part in SKIPPED) or get_operator(name).arguments():
            continue
        operator = get_operator(name)()
        starts = [start for node in ast_nodes(tree) for start, _ in operator.mutation_positions(node)]
        yield from ((file, name, n, line) for n, (line, _) in enumerate(starts) if line not in silent)


def _mutant(subject: Subject, file: str, name: str, occurrence: int, line: int) -> Mutant | None:
    """The change of one place; None where it changes nothing that is computed."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    source = (ROOT / file).read_text(encoding="utf-8")
    code = mutate_code(source, get_operator(name)(), occurrence)
    if code is None or ast.dump(ast.parse(code)) == ast.dump(ast.parse(source)):
        return None
    if name.endswith("NumberReplacer") and not _another_number(source, code):
        return None
    changed = [pair for pair in zip(source.splitlines(), code.splitlines(), strict=False) if pair[0] != pair[1]]
    before, after = (text.strip() for text in changed[0])
    return Mutant(subject, file, name.removeprefix("core/"), occurrence, line, before, after, code)


def draw(number: int, seed: int) -> list[Mutant]:
    """Draw as many mutants of each subject, at most one a line of code, subjects in turn."""
    chance, chosen = random.Random(seed), []
    for subject in SUBJECTS:
        pool = [place for file in subject.files for place in _places(file)]
        chance.shuffle(pool)
        found: dict[tuple[str, int], Mutant] = {}
        for file, name, occurrence, line in pool:
            if len(found) == number // len(SUBJECTS):
                break
            if (file, line) not in found and (one := _mutant(subject, file, name, occurrence, line)) is not None:
                found[file, line] = one
        chosen.append(list(found.values()))
    return [m for turn in zip(*chosen, strict=True) for m in turn]


def failing(tests: str, checkout: Path, limit_s: float) -> bool:
    """Whether a group of tests fails, or does not end."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests.split()]
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "GUANGHUI_KEPT": str(checkout.with_name("kept"))}
    env["NUMBA_CACHE_DIR"] = str(checkout.with_name("kernels"))  # no mutant stands in a kernel: compiled once
    try:
        done = subprocess.run(command, cwd=checkout, timeout=limit_s, capture_output=True, env=env)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode not in (0, 5)


def kills(mutant: Mutant, tests: str, checkout: Path, limit_s: float) -> bool:
    """Whether a group of tests notices the mutant."""
    target = checkout / mutant.file
    sound = target.read_text(encoding="utf-8")
    target.write_text(mutant.code, encoding="utf-8")
    try:
        return failing(tests, checkout, limit_s)
    finally:
        target.write_text(sound, encoding="utf-8")


def _write(path: Path, chosen: Sequence[Mutant], killer: Mapping[Mutant, str]) -> None:
    head = ["subject", "place", "operator", "killed_by", "before", "after"]
    rows = [[m.subject.name, f"{m.file}:{m.line}", m.operator, killer.get(m, ""), m.before, m.after] for m in chosen]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])


def main() -> None:
    """Draw, try, tell the score."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    ask.add_argument("--number", type=int, default=60)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--csv", type=Path, help="each mutant and what killed it so far")
    ask.add_argument("--list", action="store_true", help="only show the mutants drawn")
    ask.add_argument("--limit", type=float, default=900.0, help="seconds after which a group of tests counts as failed")
    ask.add_argument("--sound", action="store_true", help="the tests passed already; do not try them without a mutant")
    given = ask.parse_args()
    chosen = draw(given.number, given.seed)
    if given.list:
        for m in chosen:
            print(f"{m.file}:{m.line} {m.operator}\n    - {m.before}\n    + {m.after}")
        return
    killer: dict[Mutant, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in tracked.splitlines():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, checkout / name)
        for tests in dict.fromkeys(t for subject in SUBJECTS for t in subject.tests if not given.sound):
            if failing(tests, checkout, given.limit):
                raise SystemExit(f"the tests fail without a mutant: {tests}")
        if failing(
            "tests/agree/test_store.py", checkout, given.limit
        ):  # and lays down the village all others begin with
            raise SystemExit("the tests of the store fail without a mutant")
        for turn in range(max(len(subject.tests) for subject in SUBJECTS)):
            left = [m for m in chosen if m not in killer and turn < len(m.subject.tests)]
            for count, m in enumerate(left, 1):
                begun = time.perf_counter()
                if kills(m, m.subject.tests[turn], checkout, given.limit):
                    killer[m] = m.subject.tests[turn].split()[0]
                print(f"group {turn + 1}, {count:2d} of {len(left)}: {m.file}:{m.line} {killer.get(m, 'lives')} "
                      f"{time.perf_counter() - begun:.0f} s", flush=True)  # fmt: skip
                if given.csv:
                    _write(given.csv, chosen, killer)
    of = {s.name: [m for m in chosen if m.subject is s] for s in SUBJECTS}
    table(
        "Mutants noticed by the tests",
        ["subject", "drawn", "killed"],
        [[name, len(drawn), sum(m in killer for m in drawn)] for name, drawn in of.items()],
    )
    last_line(mutants=len(chosen), mutants_killed=len(killer))


if __name__ == "__main__":
    main()
