"""The way through the house: inputs, roofs, programme, carbon, files, maps, manifest.

Every room gives its result to the next; nothing is written before all inputs were read and checked. What one township
breaks is reported at the end and stops no other.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from guanghui.geo.errors import InputError, all_of
from guanghui.geo.files import atomic, link
from guanghui.geo.pieces import Store
from guanghui.geo.unread import RASTER_ERRORS
from guanghui.plan.brief.write import needs_docx
from guanghui.plan.inputs.manifest import add_outputs, inputs_of, write_manifest
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS
from guanghui.plan.results.assembly import Report, Results, assemble, step
from guanghui.plan.results.keeping import BELIEVED, Keeper, carbon_of, frames_key, run_key
from guanghui.plan.results.sites import sites_of
from guanghui.plan.results.store import FOLDER, save
from guanghui.plan.results.survey_store import kept_or_new
from guanghui.plan.run.beside import Beside
from guanghui.plan.run.check import check
from guanghui.plan.run.exits import disk_sentence, no_room
from guanghui.plan.run.first_use import Kernels
from guanghui.plan.run.folders import made_above, probe_folder
from guanghui.plan.run.publish import PIECES, hold, new_staging, publish
from guanghui.plan.run.writing import (
    Run,
    draw_maps,
    draw_reports,
    tiles_of,
    write_rasters,
    write_tables,
    write_vectors,
)
from guanghui.pv.assessment.batches import Watch
from guanghui.sinks import Outlook, Stock

__all__ = ["USED", "read_files", "run", "used_before"]

PASSING = (BELIEVED, "sites", "page", "frame", "tables", "vectors")
"""Kinds of pieces that are of one state of everything: those of an earlier state go once a run is through."""
USED = "used.json"
"""In the store: the pieces the finished folder stands on."""

faults = logging.getLogger("guanghui.faults")


def run(
    region: Region,
    out: Path | None = None,
    *,
    report: Report | None = None,
    date: str | None = None,
    briefs: bool = False,
    only: Collection[str] = (),
    fresh: bool = False,
    watch: Watch | None = None,
    memory: int | None = None,
    kernels: Kernels | None = None,
) -> Run:
    """Work a region out and write everything.

    Parameters
    ----------
    region : Region
        Opened region.
    out : pathlib.Path, optional
        Output folder; the region's own by default.
    report : callable, optional
        Told each step.
    date : str, optional
        Shown on pages and tables; none keeps their bytes the same from day to day.
    briefs : bool, default False
        Also write static maps and Word briefs (:func:`draw_reports`).
    only : collection of str, optional
        Codes of townships whose pages and briefs are written. The account is that of the whole region, so their figures
        are those of a whole run, and files of the others stay as they are.
    fresh : bool, default False
        Do everything anew even where what an earlier run made would serve (:mod:`plan.results.survey_store`,
        :mod:`plan.results.keeping`).
    watch : callable, optional
        Told how many roofs are done, and of how many.
    memory : int, optional
        What batches of roofs at work may need together [bytes].
    kernels : Kernels, optional
        Compilation that was begun beside; the roofs wait for it.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        If any input cannot be used; then nothing has been written.
    OSError
        If the folder cannot be written; nothing has been either.

    Notes
    -----
    Once the tables are made they are put in place, whatever becomes of pages and briefs: what fails there is among the
    failures.
    """
    if briefs:
        needs_docx()
    target = out or region.out
    done = Run(target, Results())
    with made_above(target):
        probe_folder(target)
        with hold(target) as work:
            store = Store(work / PIECES)
            with step(done.seconds, "inputs", report):
                problems = check(region, keep=Keeper(store), fresh=fresh)
                if problems:
                    raise all_of(problems)
            done.folder = new_staging(work)
            if fresh:
                _forget(store)
            how = _How(date, briefs, only, target, fresh, watch, memory, kernels)
            _work(region, done, report, how, store)
            _publish(done, target, keep=bool(only))
            if not done.failures and not only:
                store.drop(PASSING, store.used)
            _remember(store)
    return done


def _forget(store: Store) -> None:
    """Remove all pieces but what the check wrote a moment ago."""
    for kind in store.root.glob("*/"):
        if kind.name != BELIEVED:
            shutil.rmtree(kind, ignore_errors=True)
    (store.root / USED).unlink(missing_ok=True)


@dataclass(frozen=True)
class _How:
    """How a run is to be made."""

    date: str | None
    briefs: bool
    only: Collection[str]
    beside: Path
    """Where an earlier run lies."""
    fresh: bool
    watch: Watch | None
    memory: int | None
    kernels: Kernels | None


def _work(region: Region, done: Run, report: Report | None, how: _How, store: Store) -> None:
    """Fill the folder of a run."""
    roofs = faces = None
    keep, carbon = Keeper(store, run_key(region, how.date), frames_key(region)), Keeper(store)
    alone = how.memory is not None or not carbon.lacks_carbon(region)
    ahead = Beside(lambda: carbon_of(region), region.notes, alone=alone)
    if region.buildings is not None:
        if how.kernels is not None and how.kernels.at_work:
            with step(done.seconds, "kernels", report):
                how.kernels.wait()
        with step(done.seconds, "roofs", report):
            found = kept_or_new(
                region, done.folder, tiles_of(done.folder), faces=region.file.run.faces,
                earlier=None if how.fresh else how.beside, store=store, watch=how.watch, memory=how.memory,
            )  # fmt: skip
        roofs, faces = found.roofs, found.faces
        if found.earlier and report is not None:
            report("roofs kept")
        if found.lost:
            sentence = next(n for n in reversed(region.notes.items) if n.source == "roofs")
            done.failures["roofs"] = sentence.in_language(region.settings.maps.lang)
        done.outputs += sorted((done.folder / FOLDER).glob("survey*"))

    def account() -> tuple[Stock | None, Outlook | None]:
        try:
            return carbon.carbon(region, report, made=ahead.result)
        except RASTER_ERRORS as error:  # a file that breaks off in the middle
            if roofs is None:
                raise
            faults.error("carbon", exc_info=True)
            done.failures["carbon"] = _tell_no_carbon(region, error)
            return None, None

    done.results = assemble(
        region, roofs, faces=faces, seconds=done.seconds, report=report, carbon=account, store=store,
        plants=lambda: keep.sites(region, lambda: sites_of(region)),
    )  # fmt: skip
    if done.failures:  # what is made of a part is not kept
        keep = Keeper()
    with step(done.seconds, "results", report):
        done.outputs += save(region, done.results, done.folder)
    with step(done.seconds, "vectors", report):
        done.outputs += keep.files("vectors", "", done.folder, lambda: write_vectors(region, done))
    with step(done.seconds, "rasters", report):
        done.outputs += write_rasters(region, done, carbon)
    with step(done.seconds, "tables", report):
        done.outputs += keep.files("tables", "", done.folder, lambda: write_tables(region, done, how.date))
    lang = region.settings.maps.lang
    if how.briefs:
        with _kept_going(done, "reports", lang, how.beside):
            draw_reports(region, done, only=how.only, report=report, date=how.date)
    with _kept_going(done, "maps", lang, how.beside):
        beside = how.beside if how.only else None
        draw_maps(region, done, only=how.only, beside=beside, report=report, date=how.date, keep=keep, watch=how.watch)
    with _kept_going(done, "manifest", lang, how.beside), step(done.seconds, "manifest", report):
        done.outputs.append(
            write_manifest(region, done.folder, seconds=done.seconds, outputs=done.outputs, failures=done.failures)
        )


def _tell_no_carbon(region: Region, error: BaseException) -> str:
    """Note that there is no carbon account, and why; the sentence in the language of the region."""
    why = (str(error).splitlines() or [""])[0][:200]
    region.notes.add(
        "carbon",
        f"PARTIAL: the carbon account could not be made ({why}) and is missing from every result; mend the file and "
        "run again",
        f"结果不完整：碳汇计算未能完成（{why}），所有结果均未包含；请修复文件后重新运行",
    )
    return region.notes.items[-1].in_language(region.settings.maps.lang)


def read_files(region: Region) -> tuple[list[Path], list[str]]:
    """Every input file of a region with what belongs to it, and the patterns that named some of them.

    Parameters
    ----------
    region : Region
        Region.

    Raises
    ------
    InputError
        If what the region file names cannot be found or read.
    """
    given = [value for entry in INPUTS for value in entry.given(region.file)]
    return [p for p, _ in inputs_of(region)], [v for v in given if any(c in v for c in "*?[")]


def _remember(store: Store) -> None:
    """Write down which pieces the finished folder stands on, for ``guanghui clean``; a full disk costs only that."""
    used = {kind: sorted(k for one, k in store.used if one == kind) for kind, _ in store.used}
    if store.root.is_dir():
        path = store.root / USED
        with suppress(OSError), atomic(path) as part:
            part.write_text(json.dumps(used_before(store) | used, indent=1, sort_keys=True), encoding="utf-8")


def used_before(store: Store) -> dict[str, list[str]]:
    """Keys by kind that the finished folder stands on; empty where nobody wrote them down.

    Parameters
    ----------
    store : Store
        Store of the region.
    """
    try:
        found = json.loads((store.root / USED).read_text(encoding="utf-8"))
        return {str(kind): [str(k) for k in keys] for kind, keys in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


@contextmanager
def _kept_going(done: Run, name: str, lang: str, target: Path) -> Iterator[None]:
    """Keep a failure of what comes after the tables among those of the run, so that the tables are put in place.

    Where a whole folder of an earlier run stands and the disk takes no more, that one stays instead.
    """
    try:
        yield
    except Exception as error:
        if no_room(error) and (target / "manifest.json").is_file():
            raise
        faults.error("%s", name, exc_info=True)
        known = error if isinstance(error, InputError) else disk_sentence(error, target)
        done.failures[name] = f"{type(error).__name__}: {error}" if known is None else known.in_language(lang)


def _publish(done: Run, target: Path, *, keep: bool = False) -> None:
    """Put the finished folder in place; what an earlier run left and this one did not make goes, or is kept listed."""
    staging = done.folder
    made = {p.relative_to(staging) for p in done.outputs}
    for path in staging.rglob("*"):
        if path.is_file() and path.relative_to(staging) not in made:
            path.unlink()
    earlier = _listed(target / "manifest.json")
    if keep:
        others = [old for old in earlier if old not in made and (target / old).is_file()]
        for old in others:
            link(target / old, staging / old)
        add_outputs(staging, [staging / old for old in others])
    publish(staging, target, ours=[*earlier, *made, Path("manifest.json"), Path("run.log")])
    done.outputs = [target / name for name in sorted(made)]
    done.folder = target


def _listed(manifest: Path) -> list[Path]:
    """Files an earlier manifest lists, as far as they stay in its folder."""
    if not manifest.is_file():
        return []
    try:
        names = [Path(o["path"]) for o in json.loads(manifest.read_text(encoding="utf-8"))["outputs"]]
    except (ValueError, KeyError, TypeError):
        return []
    return [n for n in names if not n.is_absolute() and ".." not in n.parts]
