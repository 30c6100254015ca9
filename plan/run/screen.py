"""Words of the screen in two languages: which one is spoken, names of the stages, help of the commands."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import click

__all__ = ["help_in", "language_asked", "screen_language", "stage_name"]

_STAGES = {
    "inputs": ("读取数据", "inputs"),
    "kernels": ("首次运行：编译计算内核，仅此一次", "first run: kernels are compiled, once"),
    "roofs": ("屋顶", "roofs"),
    "roofs kept": ("屋顶：沿用以前的调查", "roofs: kept from the earlier run"),
    "coverage": ("推进方案", "coverage"),
    "skylines": ("天际线", "skylines"),
    "carbon": ("碳汇", "carbon"),
    "carbon kept": ("碳汇：沿用以前的计算", "carbon: kept from the earlier run"),
    "outlook": ("碳汇前景", "outlook"),
    "sites": ("屋顶以外的场址", "sites"),
    "meters": ("计量", "meters"),
    "results": ("保存成果", "results"),
    "vectors": ("矢量", "vectors"),
    "rasters": ("栅格", "rasters"),
    "tables": ("表格", "tables"),
    "maps": ("乡镇地图", "maps"),
    "index": ("总览页", "index"),
    "pdf": ("打印 PDF", "pdf"),
    "briefs": ("简报", "briefs"),
    "manifest": ("清单", "manifest"),
    "batch": ("批量", "batch"),
}
"""Stage -> Chinese, English."""

_HELP = {
    "光汇 Guanghui: rooftop PV and carbon sinks of a Chinese county, township by township.":
        "光汇：逐乡镇测算一个县的屋顶光伏与森林湿地碳汇。",
    "Show the version and exit.": "显示版本号。",
    "Show details and tracebacks.": "显示细节与错误堆栈。",
    "Language of the screen; that of the region file, else of the system, by default.":
        "屏幕语言；默认随区域文件，其次随系统。",
    "Build an invented place of one of the plans and run everything on it.": "生成某一规划的示范地，并完整测算。",
    "Plan whose place is made; the others are small samples.": "生成哪一规划的示范地；其余为小样本。",
    "For the inputs; demo, or demo-PLACE, by default.": "输入数据的文件夹；默认 demo 或 demo-地名。",
    "Also static maps and Word briefs; samples always have them.": "另出静态地图与 Word 简报；小样本一律附带。",
    "Another seed, another city.": "随机种子；不同种子生成不同的城市。",
    "Demo cities, run as a batch.": "生成几个示范市，按批量运行。",
    "Output folder; out/<name> by default.": "成果文件夹；默认 out/<名称>。",
    "Date shown on pages and tables; none by default, so that bytes repeat.":
        "网页与表格上的日期；默认不写，以便逐字节可复现。",
    "threads (default), processes, or the address of a Dask cluster.": "threads（默认）、processes，或 Dask 集群地址。",
    "Threads or processes; all cores by default.": "线程或进程数；默认用全部核心。",
    "Read every input, say what is wrong and how to mend it, and what each is taken to be; run nothing.":
        "读取全部输入，指出问题与改法，并说明各项被理解成什么；不做测算。",
    "Folder of check.png; out/<name> by default.": "check.png 所在文件夹；默认 out/<名称>。",
    "Work a region out: roofs, programme, carbon, tables, maps. Nothing finished is done twice.":
        "测算一个区域：屋顶、推进方案、碳汇、表格、地图。已完成的部分不重做。",
    "Write only these, by name or code; repeatable.": "只写出这些乡镇（名称或代码）；可重复给出。",
    "Also static maps and Word briefs, as `report` writes them.": "另出静态地图与 Word 简报，与 report 相同。",
    "Do everything anew, even what an earlier run made and would serve.": "全部重做，不沿用以前的结果。",
    "Memory to keep to, such as 3GB.": "内存上限，如 3GB。",
    "Say nothing but what went wrong.": "只报告出错。",
    "JSON lines of what is done.": "把进展逐行写成 JSON。",
    "Work many regions out, each in a process of its own; goes on where it was stopped, ends with one report.\n\n"
    "Results go into --out/<name>, `out` by default, or where a region file says; the report is batch.html and "
    "batch.csv\nin that folder. Exit code 0: all done; 1: some are not, the report says which and why.":
        "测算多个区域，各用一个进程；中断后接着做，最后给出一份汇总。\n\n"
        "成果写入 --out/<名称>（默认 out）或区域文件指定处；汇总为其中的 batch.html 与 batch.csv。"
        "退出码 0：全部完成；1：有未完成的，汇总中写明哪些、为何。",
    "Counties at a time; as many as there are cores by default.": "同时测算几个县；默认与核心数相同。",
    "Check the kept pieces of a region; remove damaged ones and those its last run did not use.":
        "检查某区域保存的部分结果；清除损坏的和上次运行未用的。",
    "Remove all pieces: the next run does everything anew.": "全部清除：下次运行从头做起。",
    "Draw the maps again, from results already computed.": "由已有成果重新绘制地图。",
    "Write static maps (PNG, SVG) and Word briefs, from results already computed.":
        "由已有成果写出静态地图（PNG、SVG）与 Word 简报。",
    "Print the map pages to PDF through an installed Chromium, Chrome or Edge.":
        "用已安装的 Chromium、Chrome 或 Edge 把地图网页打印成 PDF。",
    "Write a commented region file NAME.toml to fill in, or filled from a folder.":
        "写出带注释的区域文件 NAME.toml 供填写，或由文件夹中的数据填好。",
    "Fill it from the layers of this folder.": "由此文件夹中的图层填写。",
    "With --from: what no file says, such as weather.normals=nanchang; repeatable.":
        "与 --from 合用：文件中没有的内容，如 weather.normals=nanchang；可重复给出。",
    "Draw roofs whose form somebody is to look up on a picture, where no surface model shows it; write a CSV.":
        "没有地表模型时，抽取若干屋顶供人工在影像上判读形式；写出 CSV。",
    "How many to draw.": "抽取数量。",
    "The CSV; looked.csv beside the region file by default.": "CSV 路径；默认为区域文件旁的 looked.csv。",
}  # fmt: skip
"""Help as the commands have it -> Chinese."""
_ENGLISH = {zh: en for en, zh in _HELP.items()}


def screen_language(environment: Mapping[str, str] | None = None) -> str:
    """Language of the system: English where its locale names another language than Chinese, else Chinese.

    Parameters
    ----------
    environment : mapping, optional
        Variables; those of the process by default.

    Returns
    -------
    str
        ``zh`` or ``en``.

    Examples
    --------
    >>> screen_language({"LANG": "zh_CN.UTF-8"}), screen_language({"LANG": "en_GB.UTF-8"}), screen_language({})
    ('zh', 'en', 'zh')
    """
    given = os.environ if environment is None else environment
    found = next((given[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if given.get(k)), "")
    plain = found.split(".")[0] in ("", "C", "POSIX")
    return "zh" if plain or found.lower().startswith("zh") else "en"


def language_asked(words: Sequence[str]) -> str:
    """Language that the words of a command line ask for before it is parsed; that of the system by default.

    Parameters
    ----------
    words : sequence of str
        As typed, without the name of the program.

    Returns
    -------
    str
        ``zh`` or ``en``.

    Examples
    --------
    >>> language_asked(["--lang", "en", "run", "--help"]), language_asked(["--lang=zh", "-h"])
    ('en', 'zh')
    """
    for at, word in enumerate(words):
        asked = words[at + 1] if word == "--lang" and at + 1 < len(words) else word.removeprefix("--lang=")
        if word.startswith("--lang") and asked in ("zh", "en"):
            return asked
    return screen_language()


def help_in(command: click.Command, lang: str) -> None:
    """Give a command, its options and its commands their help in a language.

    Parameters
    ----------
    command : click.Command
        Changed in place, there and back.
    lang : {"zh", "en"}
        Language.
    """
    words = _HELP if lang == "zh" else _ENGLISH

    def said(text: str | None) -> str | None:
        plain = "\n".join(line.strip() for line in (text or "").strip().splitlines())
        return words.get(plain, text)

    command.help = said(command.help)
    for option in command.params:
        if isinstance(option, click.Option):
            option.help = said(option.help)
    if isinstance(command, click.Group):
        for one in command.commands.values():
            help_in(one, lang)


def stage_name(stage: str, lang: str) -> str:
    """Name of a stage on the screen.

    Parameters
    ----------
    stage : str
        Key of the stage, as in ``seconds`` of the manifest.
    lang : {"zh", "en"}
        Language.

    Examples
    --------
    >>> stage_name("tables", "zh")
    '表格'
    """
    return _STAGES.get(stage, (stage, stage))[lang != "zh"]
