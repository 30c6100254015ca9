"""Command line: ``guanghui demo | check | run | batch | maps | report | clean | new``.

Heavy libraries are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guanghui import __version__
from guanghui.plan.run.exits import FAILED, OK, Told, language_of, prepare_home, true_exit
from guanghui.plan.run.first_use import Kernels
from guanghui.plan.run.screen import help_in, language_asked, screen_language

if TYPE_CHECKING:
    from guanghui.plan.run.writing import Run

__all__ = ["main"]

_TOWNSHIPS = click.option(
    "--township", "townships", multiple=True, metavar="NAME", help="Write only these, by name or code; repeatable."
)
_REGION = click.argument("region_file", metavar="REGION.toml", type=click.Path(path_type=Path))


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that `run`, `maps` and `demo` have in common."""
    for option in (
        click.option("--workers", type=click.IntRange(1), help="Threads or processes; all cores by default."),
        click.option("--scheduler", help="threads (default), processes, or the address of a Dask cluster."),
        click.option("--date", help="Date shown on pages and tables; none by default, so that bytes repeat."),
        click.option("--out", type=click.Path(path_type=Path), help="Output folder; out/<name> by default."),
    ):
        command = option(command)
    return command


def _watched(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of what takes long."""
    for option in (
        click.option("--log-json", type=click.Path(path_type=Path), metavar="FILE", help="JSON lines of what is done."),
        click.option("--quiet", "-q", is_flag=True, help="Say nothing but what went wrong."),
        click.option("--memory", metavar="SIZE", help="Memory to keep to, such as 3GB."),
        click.option(
            "--fresh", is_flag=True, help="Do everything anew, even what an earlier run made and would serve."
        ),
    ):
        command = option(command)
    return command


class _TrueExits(click.Group):
    """A group whose commands end with a code that does not lie."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **named: Any) -> Any:
        """Parse and run, with help in the language that is asked for."""
        help_in(self, language_asked(sys.argv[1:] if args is None else args))
        return super().main(args, *rest, **named)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; see :func:`guanghui.plan.run.exits.true_exit`."""
        asked = ctx.params.get("lang")
        told = Told(debug=bool(ctx.params.get("debug")), lang=asked or screen_language(), asked=asked)
        ctx.obj = told
        with true_exit(told):
            prepare_home(told)
            return super().invoke(ctx)


@click.group(cls=_TrueExits, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show details and tracebacks.")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    help="Language of the screen; that of the region file, else of the system, by default.",
)
@click.version_option(__version__, prog_name="guanghui")
@click.pass_context
def cli(context: click.Context, debug: bool, lang: str | None) -> None:
    """光汇 Guanghui: rooftop PV and carbon sinks of a Chinese county, township by township."""
    context.obj.debug = debug
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=True
    )
    for noisy in ("rasterio", "pyogrio", "numba", "matplotlib", "asyncio", "fiona", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING if debug else logging.ERROR)
    logging.getLogger("guanghui.geo.notes").setLevel(
        logging.INFO if debug else logging.ERROR
    )  # listed at the end instead


def _open(told: Told, region_file: Path, out: Path | None = None) -> Any:
    """Open a region; what goes wrong from here on is said in its language and logged in its folder."""
    from guanghui.plan.inputs.region import Region

    told.lang = told.asked or language_of(region_file)
    told.folder = out
    region = Region(region_file)
    told.lang = told.asked or region.settings.maps.lang
    told.folder = out or region.out
    return region


@cli.command()
@click.option(
    "--place", type=click.Choice(["gongqingcheng", "ruijin", "rongjiang", "yancheng", "jiangxi"]),
    default="gongqingcheng", show_default=True, help="Plan whose place is made; the others are small samples.",
)  # fmt: skip
@click.option("--folder", type=click.Path(path_type=Path), help="For the inputs; demo, or demo-PLACE, by default.")
@click.option("--report", "briefs", is_flag=True, help="Also static maps and Word briefs; samples always have them.")
@click.option("--seed", type=int, default=360482, show_default=True, help="Another seed, another city.")
@click.option("--extent", type=click.Choice(["city", "village"]), default="city", show_default=True)
@click.option("--counties", type=click.IntRange(1), default=1, show_default=True, help="Demo cities, run as a batch.")
@_shared
@click.pass_context
def demo(
    context: click.Context, place: str, folder: Path | None, briefs: bool, seed: int, extent: str, counties: int,
    out: Path | None, date: str | None, scheduler: str | None, workers: int | None,
) -> None:  # fmt: skip
    """Build an invented place of one of the plans and run everything on it."""
    from guanghui.data.demo import build
    from guanghui.plan.brief.write import docx_here
    from guanghui.plan.run.summary import next_steps

    sample = place != "gongqingcheng"
    where = folder or Path(f"demo-{place}" if sample else "demo")
    how: dict[str, Any] = {"out": out, "date": date, "scheduler": scheduler, "workers": workers}
    if counties > 1:
        from guanghui.plan.run.batch import demo_counties

        context.obj.say(
            f"building {counties} demo cities in {where}", f"在 {where} 生成 {counties} 个示范市（示范数据）"
        )
        context.invoke(batch, places=demo_counties(where, counties, seed=seed, extent=extent), **how)
        return
    context.obj.say(f"building {place} in {where} (invented data)", f"在 {where} 生成 {place}（示范数据）")
    with Kernels(_compiled_here(scheduler)) as kernels:
        region_file = build(where, seed=seed, extent=extent, place=place)  # type: ignore[arg-type]
        _run(context.obj, region_file, (), briefs=briefs or (sample and docx_here()), kernels=kernels, **how)
    for line in next_steps(_open(context.obj, region_file), out, lang=context.obj.lang):
        click.echo(line)


@cli.command()
@_REGION
@click.option("--out", type=click.Path(path_type=Path), help="Folder of check.png; out/<name> by default.")
@click.pass_obj
def check(told: Told, region_file: Path, out: Path | None) -> None:
    """Read every input, say what is wrong and how to mend it, and what each is taken to be; run nothing."""
    from guanghui.geo.errors import all_of
    from guanghui.plan.run.belief import sheet
    from guanghui.plan.run.check import check as check_region
    from guanghui.plan.run.picture import draw
    from guanghui.plan.run.summary import to_bring

    region = _open(told, region_file, out)
    problems = check_region(region, rehearse=True)
    if problems:
        raise all_of(problems)
    for line in to_bring(region) if region.plan_only else sheet(region, told.lang):
        click.echo(line)
    _say_notes(told, region)
    if not region.plan_only:
        try:
            picture = draw(region, (out or region.out) / "check.png").resolve()
        except OSError as error:  # a picture is no reason to refuse good inputs
            click.echo(f"! check.png: {error}")
        else:
            told.say(f"picture: {picture}", f"图 {picture}")


@cli.command()
@_REGION
@_TOWNSHIPS
@click.option("--report", "briefs", is_flag=True, help="Also static maps and Word briefs, as `report` writes them.")
@_watched
@_shared
@click.pass_obj
def run(told: Told, region_file: Path, townships: tuple[str, ...], **options: Any) -> None:
    """Work a region out: roofs, programme, carbon, tables, maps. Nothing finished is done twice."""
    _run(told, region_file, townships, **options)


def _run(
    told: Told, region_file: Path, townships: tuple[str, ...], *, out: Path | None, date: str | None,
    scheduler: str | None, workers: int | None, briefs: bool = False, fresh: bool = False, quiet: bool = False,
    memory: str | None = None, log_json: Path | None = None, kernels: Kernels | None = None,
) -> None:  # fmt: skip
    from guanghui.plan.run.progress import Progress
    from guanghui.plan.run.unchanged import account, last_lines, write_account

    told.lang = told.asked or language_of(region_file)
    progress = told.progress = Progress(told.lang, quiet=quiet, log=log_json)
    command = {"townships": sorted(townships), "briefs": briefs, "date": date, "version": __version__,
               "lang": told.lang, "out": None if out is None else str(out.resolve())}  # fmt: skip
    lines = None if fresh else last_lines(region_file, out, command)
    if lines is not None:
        progress.event("unchanged")
        if not quiet:
            told.say(
                "· nothing has changed since the last run; its results stand", "· 自上次运行以来没有变化，沿用其结果"
            )
            for line in lines:
                click.echo(line)
        told.end(OK)
        return
    from guanghui.geo.files import sha256
    from guanghui.plan.run.cluster import bytes_of, compute_on
    from guanghui.plan.run.pipeline import read_files
    from guanghui.plan.run.pipeline import run as run_region

    region = _open(told, region_file, out)
    most = None if memory is None else bytes_of(memory)
    only = _codes(region, townships)
    compiled = kernels or Kernels(region.file.buildings is not None and _compiled_here(scheduler))
    with compiled, compute_on(scheduler, workers):
        done = run_region(
            region, out, report=progress.step, date=date, briefs=briefs, only=only, fresh=fresh, watch=progress.share,
            memory=most, kernels=compiled,
        )  # fmt: skip
    progress.seconds(done.seconds)
    said = [*_notes(told, region), *_found(told, region, done)]
    if not quiet:
        for line in said:
            click.echo(line)
    write_account(done.folder, None if done.failures else account(
        command, region.path, *read_files(region), done.outputs, said, sha256=sha256
    ))  # fmt: skip
    _fail(told, done)


@cli.command()
@click.argument("places", metavar="REGION.toml … | FOLDER", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--jobs", type=click.IntRange(1), help="Counties at a time; as many as there are cores by default.")
@_watched
@_shared
@click.pass_obj
def batch(
    told: Told, places: tuple[Path, ...], jobs: int | None, fresh: bool, quiet: bool, memory: str | None,
    log_json: Path | None, out: Path | None, date: str | None, scheduler: str | None, workers: int | None,
) -> None:  # fmt: skip
    """Work many regions out, each in a process of its own; goes on where it was stopped, ends with one report.

    Results go into --out/<name>, `out` by default, or where a region file says; the report is batch.html and batch.csv
    in that folder. Exit code 0: all done; 1: some are not, the report says which and why.
    """
    from guanghui.plan.run.batch import WORDS, counties, run_all, write_report
    from guanghui.plan.run.progress import Progress

    folder = out or Path("out")
    found = counties(places, folder)
    if not found:
        raise click.UsageError(f"no region file: {', '.join(map(str, places))}")
    told.lang = told.asked or language_of(found[0].path)
    progress = told.progress = Progress(told.lang, quiet=quiet, log=log_json)
    words: list[str] = ["--fresh"] if fresh else []
    cores = os.cpu_count() or 1
    count = min(jobs or cores, len(found))
    if memory is not None:
        from guanghui.plan.run.cluster import bytes_of

        words += ["--memory", str(bytes_of(memory) // count)]
    words += ["--workers", str(workers or max(1, cores // count))]
    words += [w for key, value in (("--date", date), ("--scheduler", scheduler)) if value for w in (key, value)]
    progress.step("batch")

    def tell(county: Any) -> None:
        zh, en = WORDS[county.status]
        progress.event("county", path=str(county.path), status=county.status, seconds=round(county.seconds, 1))
        if not quiet:
            why = county.reason[told.lang != "zh"].splitlines()[:1]
            click.echo(f"  {county.name}: {zh if told.lang == 'zh' else en}, {county.seconds:.0f} s {' '.join(why)}")

    try:
        run_all(found, jobs=count, words=words, told=tell, beat=progress.share)
    finally:
        page, _ = write_report(found, folder, lang=told.lang)
    bad = [c for c in found if c.status != "done"]
    if not quiet:
        click.echo(f"{len(found) - len(bad)}/{len(found)}  {page.resolve()}")
    told.end(FAILED if bad else OK)
    if bad:
        sys.exit(FAILED)


@cli.command()
@_REGION
@click.option("--all", "everything", is_flag=True, help="Remove all pieces: the next run does everything anew.")
@click.option("--out", type=click.Path(path_type=Path), help="Output folder; out/<name> by default.")
@click.pass_obj
def clean(told: Told, region_file: Path, everything: bool, out: Path | None) -> None:
    """Check the kept pieces of a region; remove damaged ones and those its last run did not use."""
    from guanghui.geo.pieces import Store
    from guanghui.plan.run.pipeline import used_before
    from guanghui.plan.run.publish import PIECES, hold, work_folder

    region = _open(told, region_file, out)
    target = out or region.out
    if not work_folder(target).is_dir():
        told.say("nothing is kept", "没有保存的部分结果")
        return
    with hold(target) as work:
        store = Store(work / PIECES)
        kept = used_before(store)
        keep = None if not kept else {(kind, key) for kind, keys in kept.items() for key in keys}
        found = store.clean(set() if everything else keep)
        if everything:
            (store.root / "used.json").unlink(missing_ok=True)
            (work / "last.json").unlink(missing_ok=True)
    freed, gone = found.freed_bytes / 1e6, (found.damaged, found.unused)
    zh = f"保留 {found.pieces} 个；清除损坏 {gone[0]} 个、不再使用 {gone[1]} 个，释放 {freed:.1f} MB"
    en = f"{found.pieces} pieces kept; {gone[0]} damaged and {gone[1]} unused removed, {freed:.1f} MB freed"
    told.say(en, zh)


@cli.command()
@_REGION
@_TOWNSHIPS
@_shared
@click.pass_obj
def maps(
    told: Told, region_file: Path, townships: tuple[str, ...], out: Path | None,
    date: str | None, scheduler: str | None, workers: int | None,
) -> None:  # fmt: skip
    """Draw the maps again, from results already computed."""
    from guanghui.plan.inputs.manifest import add_outputs
    from guanghui.plan.results.store import load
    from guanghui.plan.run.cluster import compute_on
    from guanghui.plan.run.publish import hold
    from guanghui.plan.run.writing import Run, draw_maps

    region = _open(told, region_file, out)
    only = _codes(region, townships)
    folder = out or region.out
    stored = load(region, folder)
    with hold(folder), compute_on(scheduler, workers):
        done = Run(folder, stored)
        draw_maps(region, done, only=only, report=told.step, date=date)
        add_outputs(folder, done.outputs)
    _finish(told, region, done)


@cli.command()
@_REGION
@_TOWNSHIPS
@click.option("--pdf", is_flag=True, help="Print the map pages to PDF through an installed Chromium, Chrome or Edge.")
@_shared
@click.pass_obj
def report(
    told: Told, region_file: Path, townships: tuple[str, ...], pdf: bool, out: Path | None,
    date: str | None, scheduler: str | None, workers: int | None,
) -> None:  # fmt: skip
    """Write static maps (PNG, SVG) and Word briefs, from results already computed."""
    from guanghui.plan.inputs.manifest import add_outputs
    from guanghui.plan.results.store import load
    from guanghui.plan.run.cluster import compute_on
    from guanghui.plan.run.publish import hold
    from guanghui.plan.run.writing import Run, draw_reports

    region = _open(told, region_file, out)
    folder = out or region.out
    only = _codes(region, townships)
    stored = load(region, folder)
    with hold(folder), compute_on(scheduler, workers):
        done = Run(folder, stored)
        draw_reports(
            region, done, only=only, report=told.step, date=date, pdf=pdf
        )  # fmt: skip
        add_outputs(folder, done.outputs)
    _finish(told, region, done)
    where = (folder / "reports").resolve()
    told.say(f"reports: {where}", f"简报：{where}")


@cli.command()
@click.argument("name")
@click.option("--from", "folder", type=click.Path(path_type=Path), help="Fill it from the layers of this folder.")
@click.option("--set", "answers", metavar="SECTION.KEY=VALUE", multiple=True,
              help="With --from: what no file says, such as weather.normals=nanchang; repeatable.")  # fmt: skip
@click.pass_obj
def new(told: Told, name: str, folder: Path | None, answers: tuple[str, ...]) -> None:
    """Write a commented region file NAME.toml to fill in, or filled from a folder."""
    path = Path(f"{name.removesuffix('.toml')}.toml")
    if folder is None:
        if answers:
            raise click.UsageError("--set: only with --from")
        from guanghui.plan.inputs.template import write_template

        write_template(path, path.stem)
        told.say(f"{path} written; fill it in, then `guanghui check {path}`.",
                 f"已写出 {path}；填写后运行 `guanghui check {path}`。")  # fmt: skip
        return
    from guanghui.plan.inputs.filled import fill_from, toml_value

    found = fill_from(path, path.stem, folder, answers)
    for section, lines in found.sections.items():
        said = (f"{x.key} = {x.value if isinstance(x.value, str) else toml_value(x.value)}" for x in lines)
        click.echo(f"[{section}] {'  '.join(said)}")
    for left, (english, chinese) in found.left.items():
        told.say(f"– {left}: {english}", f"– {left}: {chinese}")
    for question in found.questions:
        told.say(f"? {question.en}", f"? {question.zh}")
    told.say(
        f"{path} written; read it, then `guanghui check {path}`", f"{path} 已写出；请核对后运行 `guanghui check {path}`"
    )


@cli.command()
@_REGION
@click.option("--roofs", type=click.IntRange(1, 10_000), default=30, show_default=True, help="How many to draw.")
@click.option("--out", type=click.Path(path_type=Path), help="The CSV; looked.csv beside the region file by default.")
@click.pass_obj
def sample(told: Told, region_file: Path, roofs: int, out: Path | None) -> None:
    """Draw roofs whose form somebody is to look up on a picture, where no surface model shows it; write a CSV."""
    from guanghui.plan.run.sample import write_sample

    region = _open(told, region_file)
    path = write_sample(region, roofs, out or region.path.parent / "looked.csv").resolve()
    told.say(f"{path} written; fill it in and name it in [pv.form] looked.",
             f"已写出 {path}；填写后在区域文件中加 [pv.form] looked。")  # fmt: skip


def _compiled_here(scheduler: str | None) -> bool:
    """Whether the kernels are compiled for the roofs of this process."""
    return scheduler in (None, "threads")


def _codes(region: Any, townships: tuple[str, ...]) -> tuple[str, ...]:
    """Codes of the townships named; none for all. The account is always that of the whole region."""
    from guanghui.geo.townships import select_townships

    return tuple(select_townships(region.townships, townships)["code"]) if townships else ()


def _notes(told: Told, region: Any) -> list[str]:
    from guanghui.maps.words.i18n import source_words

    at = told.lang != "zh"
    return [
        f"! {source_words(note.source)[at]}{('：', ': ')[at]}{note.in_language(told.lang)}" for note in region.notes
    ]


def _say_notes(told: Told, region: Any) -> None:
    for line in _notes(told, region):
        click.echo(line)


def _found(told: Told, region: Any, done: Run) -> list[str]:
    from guanghui.plan.run.summary import results

    where = "地图：" if told.lang == "zh" else "maps: "
    return [*results(region, done.results, told.lang), f"{where}{done.index.resolve()}"]


def _finish(told: Told, region: Any, done: Run) -> None:
    for line in [*_notes(told, region), *_found(told, region, done)]:
        click.echo(line)
    _fail(told, done)


def _fail(told: Told, done: Run) -> None:
    """End with the code that the failures of a run deserve."""
    for name, sentence in done.failures.items():
        click.echo(f"✗ {name}: {sentence}", err=True)
    both = "\n".join(f"{name}: {sentence}" for name, sentence in done.failures.items())
    told.end(FAILED if done.failures else OK, both, both)
    if done.failures:
        sys.exit(FAILED)


def main() -> None:
    """Entry point of ``guanghui`` and ``python -m guanghui``."""
    import warnings

    warnings.filterwarnings("ignore", message="Dataset has no geotransform")
    warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
    cli.main(prog_name="guanghui")
