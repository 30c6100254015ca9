"""Command line: ``guanghui demo | check | run | maps | report | new``.

Heavy libraries are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guanghui import __version__
from guanghui.plan.run.exits import FAILED, Told, language_of, prepare_home, true_exit

if TYPE_CHECKING:
    from guanghui.plan.run.pipeline import Run

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


class _TrueExits(click.Group):
    """A group whose commands end with a code that does not lie."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; see :func:`guanghui.plan.run.exits.true_exit`."""
        told = Told(debug=bool(ctx.params.get("debug")))
        ctx.obj = told
        with true_exit(told):
            prepare_home(told)
            return super().invoke(ctx)


@click.group(cls=_TrueExits, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show details and tracebacks.")
@click.version_option(__version__, prog_name="guanghui")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
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

    told.lang = language_of(region_file)
    told.folder = out
    region = Region(region_file)
    told.lang = region.settings.maps.lang
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
@_shared
@click.pass_obj
def demo(
    told: Told, place: str, folder: Path | None, briefs: bool, seed: int, extent: str, out: Path | None,
    date: str | None, scheduler: str | None, workers: int | None,
) -> None:  # fmt: skip
    """Build an invented place of one of the plans and run everything on it."""
    from guanghui.data.demo import build

    sample = place != "gongqingcheng"
    where = folder or Path(f"demo-{place}" if sample else "demo")
    click.echo(f"building {place} in {where} (示范数据)")
    region_file = build(where, seed=seed, extent=extent, place=place)  # type: ignore[arg-type]
    _run(told, region_file, (), out, date, scheduler, workers, briefs=briefs or sample)


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
    for line in to_bring(region) if region.plan_only else sheet(region):
        click.echo(line)
    _say_notes(region)
    if not region.plan_only:
        try:
            picture = draw(region, (out or region.out) / "check.png").resolve()
        except OSError as error:  # a picture is no reason to refuse good inputs
            click.echo(f"! check.png: {error}")
        else:
            click.echo(f"图 {picture}" if told.lang == "zh" else f"picture: {picture}")


@cli.command()
@_REGION
@_TOWNSHIPS
@click.option("--report", "briefs", is_flag=True, help="Also static maps and Word briefs, as `report` writes them.")
@click.option("--fresh", is_flag=True, help="Survey the roofs anew even where the earlier run's survey would serve.")
@_shared
@click.pass_obj
def run(
    told: Told, region_file: Path, townships: tuple[str, ...], briefs: bool, fresh: bool, out: Path | None,
    date: str | None, scheduler: str | None, workers: int | None,
) -> None:  # fmt: skip
    """Work a region out: roofs, programme, carbon, tables, maps."""
    _run(told, region_file, townships, out, date, scheduler, workers, briefs=briefs, fresh=fresh)


def _run(
    told: Told, region_file: Path, townships: tuple[str, ...], out: Path | None, date: str | None,
    scheduler: str | None, workers: int | None, *, briefs: bool = False, fresh: bool = False,
) -> None:  # fmt: skip
    from guanghui.plan.run.cluster import compute_on
    from guanghui.plan.run.pipeline import run as run_region

    region = _open(told, region_file, out)
    only = _codes(region, townships)
    with compute_on(scheduler, workers, progress=sys.stderr.isatty()):
        done = run_region(
            region, out, report=lambda step: click.echo(f"· {step}"), date=date, briefs=briefs, only=only, fresh=fresh
        )  # fmt: skip
    _finish(region, done)


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
    from guanghui.plan.results.store import load
    from guanghui.plan.run.cluster import compute_on
    from guanghui.plan.run.pipeline import Run, draw_maps

    region = _open(told, region_file, out)
    only = _codes(region, townships)
    folder = out or region.out
    with compute_on(scheduler, workers):
        done = Run(folder, load(region, folder))
        draw_maps(region, done, only=only, report=lambda step: click.echo(f"· {step}"), date=date)
    _finish(region, done)


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
    from guanghui.plan.run.pipeline import Run, draw_reports

    region = _open(told, region_file, out)
    folder = out or region.out
    only = _codes(region, townships)
    with compute_on(scheduler, workers):
        done = Run(folder, load(region, folder))
        draw_reports(
            region, done, only=only, report=lambda step: click.echo(f"· {step}"), date=date, pdf=pdf
        )  # fmt: skip
    add_outputs(folder, done.outputs)
    _finish(region, done)
    click.echo(f"reports: {(folder / 'reports').resolve()}")


@cli.command()
@click.argument("name")
@click.option("--from", "folder", type=click.Path(path_type=Path), help="Fill it from the layers of this folder.")
@click.pass_obj
def new(told: Told, name: str, folder: Path | None) -> None:
    """Write a commented region file NAME.toml to fill in, or filled from a folder."""
    path = Path(f"{name.removesuffix('.toml')}.toml")
    if folder is None:
        from guanghui.plan.inputs.template import write_template

        write_template(path, path.stem)
        click.echo(f"{path} written; fill it in, then `guanghui check {path}`.")
        return
    from guanghui.plan.inputs.filled import fill_from

    found = fill_from(path, path.stem, folder)
    zh = told.lang == "zh"
    for section, lines in found.sections.items():
        click.echo(f"[{section}] " + "  ".join(f"{line.key} = {line.value}" for line in lines))
    for left, (english, chinese) in found.left.items():
        click.echo(f"– {left}: {chinese if zh else english}")
    for question in found.questions:
        click.echo(f"? {question.zh if zh else question.en}")
    click.echo(f"{path} {'已写出；请核对后运行' if zh else 'written; read it, then'} `guanghui check {path}`")


def _codes(region: Any, townships: tuple[str, ...]) -> tuple[str, ...]:
    """Codes of the townships named; none for all. The account is always that of the whole region."""
    from guanghui.geo.townships import select_townships

    return tuple(select_townships(region.townships, townships)["code"]) if townships else ()


def _say_notes(region: Any) -> None:
    lang = region.settings.maps.lang
    for note in region.notes:
        click.echo(f"! {note.source}: {note.in_language(lang)}")


def _finish(region: Any, done: Run) -> None:
    from guanghui.plan.run.summary import results

    _say_notes(region)
    for line in results(region, done.results):
        click.echo(line)
    click.echo(f"maps: {done.index.resolve()}")
    for name, sentence in done.failures.items():
        click.echo(f"✗ {name}: {sentence}", err=True)
    if done.failures:
        sys.exit(FAILED)


def main() -> None:
    """Entry point of ``guanghui`` and ``python -m guanghui``."""
    import warnings

    warnings.filterwarnings("ignore", message="Dataset has no geotransform")
    warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
    cli.main(prog_name="guanghui")
