"""What `guanghui check` prints of each file, and the picture beside it."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib.image import imread

from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS
from guanghui.plan.run.belief import sheet
from guanghui.plan.run.cli import cli


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_file_has_its_line_in_the_language_of_the_region(village: Path, tmp_path: Path, lang: str) -> None:
    text = village.read_text(encoding="utf-8")
    if "[maps]" in text:
        text = text.replace("[maps]", f'[maps]\nlang = "{lang}"', 1)
    else:
        text += f'\n[maps]\nlang = "{lang}"\n'
    path = village.with_name(f"belief_{lang}.toml")
    path.write_text(text, encoding="utf-8")
    region = Region(path)
    lines = sheet(region)
    for entry in INPUTS:
        told = [line for line in lines if line.startswith(f"✓ {entry.name}")]
        assert len(told) == (1 if entry.given(region.file) else 0), entry.name
    whole = "\n".join(lines)
    assert ("个乡镇" in whole) == (lang == "zh")
    assert ("townships," in whole) == (lang == "en")
    assert "EPSG:4490" in whole
    seen = "抽查屋顶可见 100 %" if lang == "zh" else "100 % of the roofs looked at are seen"
    assert seen in whole
    assert ("重复计算 0 m²" if lang == "zh" else "0 m² of it counted twice") in whole


def test_ground_drawn_twice_is_told_although_it_is_counted_once(village: Path, tmp_path: Path) -> None:
    """A second drawing of every outline, half a metre beside the first."""
    region = Region(village)
    layer = region.files_of(next(i for i in INPUTS if i.name == "buildings.path"))[0]
    outlines = gpd.read_file(layer)
    beside = outlines.assign(geometry=outlines.translate(0.5, 0.0), building_id=outlines["building_id"] + "x")
    path = tmp_path / "twice.gpkg"
    pd.concat([outlines, beside]).to_file(path)
    text = village.read_text(encoding="utf-8").replace(f'"{layer.name}"', f'"{path}"')
    other = village.with_name("belief_twice.toml")
    other.write_text(text, encoding="utf-8")
    shared = outlines.geometry.intersection(beside.geometry.set_axis(outlines.index)).area.sum()
    (line,) = [line for line in sheet(Region(other)) if line.startswith("✓ buildings.path")]
    assert "重复计算 0 m²" not in line
    told = float(re.search(r"重复计算 ([\d,]+) m²", line)[1].replace(",", ""))
    assert told >= shared - 1


def test_check_writes_a_picture_with_outlines_on_the_surface(village: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["check", str(village), "--out", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    pixels = imread(tmp_path / "out" / "check.png")[..., :3]
    red = (pixels[..., 0] > 0.7) & (pixels[..., 1] < 0.3) & (pixels[..., 2] < 0.3)
    half = pixels.shape[1] // 2
    assert red[:, :half].sum() > 200
    assert red[:, half:].sum() > 2000
    grey = np.ptp(pixels, axis=2) < 0.02
    assert (grey & (pixels[..., 0] < 0.95)).mean() > 0.1
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["check.png"]
