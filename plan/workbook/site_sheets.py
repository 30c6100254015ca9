"""The sheets of plants beyond roofs: what they give, what each rule takes, where power per land comes from."""

from __future__ import annotations

from guanghui.data import read_table
from guanghui.plan.results.assembly import Results
from guanghui.plan.workbook.tables import Sheet

__all__ = ["site_sheets"]


def site_sheets(results: Results) -> list[Sheet]:
    """Sheets of ``[[sites]]``; nothing without any.

    Parameters
    ----------
    results : Results
        What there is.
    """
    found = results.sites
    if found is None:
        return []
    zh = "屋顶以外的光伏，不计入任何屋顶覆盖率；立面的面积为墙面面积；发电量已扣山体遮挡，空白为未计（没有地形）"
    en = (
        "PV beyond roofs, in no share of roofs; areas of façades are those of walls; the energy is less what hills "
        "take, which is blank where no terrain tells"
    )
    sums = (
        "land_m2",
        "usable_m2",
        "capacity_kwp",
        "capacity_low_kwp",
        "capacity_high_kwp",
        "yield_kwh",
        "avoided_co2_t",
    )
    rules_zh = "每块土地只由最先排除它的规则计入；各行之和等于场址总面积"
    rules_en = "land is counted by the first rule that takes it; the rows of a site sum to its whole area"
    table = found.table.assign(status=found.table["status"].replace("existing", "built"))
    presets = read_table("factors", "site_presets.csv")
    used = presets[presets["kind"].isin(found.table["kind"])]
    return [
        Sheet("sites", "屋顶以外的光伏场址", "PV beyond roofs", table, sums, zh, en),
        Sheet("site_rules", "场址排除面积", "land taken by rules", found.rules, (), rules_zh, rules_en),
        Sheet("site_presets", "场址装机密度来源", "power per land, sources", used),
    ]
