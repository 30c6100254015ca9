"""Imports run one way: between the rooms, and between the sub-packages of a room."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {
    "data": set(),
    "geo": {"data"},
    "pv": {"geo", "data"},
    "sinks": {"geo", "data"},
    "maps": {"pv", "sinks", "geo", "data"},
    "plan": {"maps", "pv", "sinks", "geo", "data"},
}


def imports(file: Path) -> set[tuple[str, ...]]:
    """Dotted names below ``guanghui`` that a file imports, at its head or inside a function; not for types alone."""
    tree = ast.parse(file.read_text("utf-8"))
    for_types = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for part in ast.walk(node)
    }
    out: set[tuple[str, ...]] = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("guanghui"):
            name = str(node.module).split(".")[1:]
            out |= {tuple(name)} if name else {(a.name,) for a in node.names}
        if isinstance(node, ast.Import):
            out |= {tuple(a.name.split(".")[1:]) for a in node.names if a.name.startswith("guanghui.")}
    return {name for name in out if name}


def part_of(name: tuple[str, ...]) -> str:
    """Sub-package, or the file itself where it stands beside the sub-packages."""
    return ".".join(name[:2])


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_one_way(room):
    for file in (ROOT / room).rglob("*.py"):
        wrong = {name[0] for name in imports(file)} - ROOMS[room] - {room, "__version__"}
        assert not wrong, f"{file.relative_to(ROOT)} imports {sorted(wrong)}"


@pytest.mark.parametrize("room", ["geo", "pv", "sinks", "maps", "plan"])
def test_sub_packages_form_no_circle(room):
    above: dict[str, set[str]] = {}
    for file in (ROOT / room).rglob("*.py"):
        own = file.relative_to(ROOT).with_suffix("").parts
        if own == (room, "__init__"):
            continue
        links = {part_of(name) for name in imports(file) if name[0] == room and len(name) > 1}
        above.setdefault(part_of(own), set()).update(links - {part_of(own)})
    left = dict(above)
    while left:
        free = [part for part, needs in left.items() if not needs & left.keys()]
        assert free, f"circle among {sorted(left)}"
        for part in free:
            del left[part]


def test_every_benchmark_can_be_imported() -> None:
    """A module that moved once left a benchmark behind that nobody ran."""
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        importlib.import_module(f"benchmarks.{path.stem}")
