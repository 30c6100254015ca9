"""Table of the targets that ship: how each is judged, why it is not without inputs, and what to bring."""

from __future__ import annotations

import sys

from guanghui.data import read_table
from guanghui.data.files import data_path
from guanghui.plan.inputs.config import load_region_file
from guanghui.plan.results.scorecard_paths import PATHS

__all__ = ["PLACES", "targets_page"]

PLACES = ("gongqingcheng", "ruijin", "rongjiang", "yancheng", "jiangxi")
"""Region files of the five plans."""


def targets_page() -> str:
    """Markdown of ``docs/targets.md``."""
    items = read_table("legends", "target_items.csv").fillna("").set_index("item")
    head = (
        "# Targets of the five plans 五个规划的指标\n\n"
        "Written by `python -m guanghui.plan.run.targets > docs/targets.md`; a test holds that it is current.\n"
        "`result`: judged by what is worked out once the inputs are there; `counted`: by `[[actuals]]` alone. Every "
        "target can be judged by what was counted.\n\n"
        "| place | 指标 | target | year | judged by | why not otherwise | bring 请提供 |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
    )
    rows = []
    for place in PLACES:
        file = load_region_file(data_path("regions", f"{place}.toml"))[0]
        for target in file.targets:
            item = items.loc[target.item]
            value = "–" if target.value is None else f"{target.value:,.10g} {target.unit}"
            basis = "result" if target.item in PATHS and not item["why_en"] else "counted"
            cells = (
                file.region.name, f"{item['name_zh']} {item['name_en']}", value, str(target.year or "–"), basis,
                f"{item['why_zh']} {item['why_en']}".strip(), f"{item['bring_zh']} {item['bring_en']}",
            )  # fmt: skip
            rows.append(f"| {' | '.join(cells)} |\n")
    return head + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(targets_page())
