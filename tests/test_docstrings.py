"""What a public function takes is said in its docstring: every parameter by its name, and none that is not there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("guanghui", "data", "geo", "pv", "sinks", "maps", "plan")
_SECTION = re.compile(r"^(?:Other )?Parameters\n-+\n(.*?)(?=^\S[^\n]*\n-{3,}$|\Z)", re.DOTALL | re.MULTILINE)


def public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods a file shows: named in its ``__all__``, or all without one; no properties."""
    shown = next(
        (
            set(ast.literal_eval(node.value))
            for node in tree.body
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
        ),
        None,
    )
    for node in tree.body:
        named = getattr(node, "name", "_")
        if named.startswith("_") or (shown is not None and named not in shown):
            continue
        for one in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not one.name.startswith("_"):
                marks = {ast.unparse(d).rpartition(".")[2] for d in one.decorator_list}
                if not marks & {"property", "cached_property", "setter"}:
                    yield one


def wrong(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """What the docstring leaves out of the parameters or has beyond them; an underscore needs no word."""
    a = node.args
    given = [*a.posonlyargs, *a.args, *a.kwonlyargs, *(x for x in (a.vararg, a.kwarg) if x)]
    names = [x.arg for x in given if x.arg not in ("self", "cls") and not x.arg.startswith("_")]
    found = _SECTION.search(ast.get_docstring(node) or "")
    if not found:
        return f"{node.name}: no section Parameters for {names}" if names else ""
    heads = [line.partition(" : ")[0] for line in found[1].splitlines() if re.match(r"[\w*]", line)]
    told = [name.strip().lstrip("*") for head in heads for name in head.split(",")]
    bad = {"missing": [n for n in names if n not in told], "unknown": [n for n in told if n not in names],
           "twice": sorted({n for n in told if told.count(n) > 1})}  # fmt: skip
    return "; ".join(f"{node.name}: {kind} {which}" for kind, which in bad.items() if which)


def faults(text: str) -> list[str]:
    """All there is to say about a file."""
    return [said for node in public(ast.parse(text)) if (said := wrong(node))]


@pytest.mark.parametrize("room", ROOMS)
def test_every_parameter_is_told(room: str) -> None:
    for file in sorted((ROOT / room).rglob("*.py")):
        found = faults(file.read_text(encoding="utf-8"))
        name = file.relative_to(ROOT).as_posix()
        assert not found, f"{name}:\n" + "\n".join(found)


GOOD = '''
def f(a, b=1, *c, _d=0, **e):
    """Say.

    Parameters
    ----------
    a, b : int
        Numbers [1].
    *c : int
        More.
    **e : object
        Others.

    Returns
    -------
    int
        Sum.
    """
'''


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a, b : int", "a, b : int", None),
        ("a, b : int", "a : int", "missing ['b']"),
        ("a, b : int", "a, b, z : int", "unknown ['z']"),
        ("a, b : int", "a, b, a : int", "twice ['a']"),
        ("    *c : int\n        More.\n", "", "missing ['c']"),
        ("Parameters\n    ----------", "Takes\n    -----", "no section"),
        ("def f(", "__all__ = ['f']\ndef f(", None),
        ("def f(a,", "def f(y, a,", "missing ['y']"),
    ],
)
def test_the_test_fails_where_it_should(old: str, new: str, said: str | None) -> None:
    assert old in GOOD
    found = faults(GOOD.replace(old, new))
    assert (not found) if said is None else (len(found) == 1 and said in found[0])


def test_what_is_not_shown_needs_no_word() -> None:
    hidden = "__all__ = []\ndef f(a): ...\nclass _G:\n    def g(self, a): ...\n"
    assert not faults(hidden)
    assert faults(hidden.replace("__all__ = []\n", ""))
    method = "class G:\n    def g(self, a): ...\n    @property\n    def h(self): ...\n"
    assert faults(method) == ["g: no section Parameters for ['a']"]
