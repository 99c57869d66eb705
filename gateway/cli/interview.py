"""The few questions `tongban init` asks when it is not told: which region, where partners dial, whether to start.

Everything else has an answer that holds for nearly everybody and stands in `gateway.yaml` afterwards.
"""

import click

from gateway.case.code.division_rows import Division, DivisionLevel, DivisionStatus
from gateway.case.code.divisions import Divisions
from gateway.case.texts import Text
from gateway.cli.speech import Speaker
from gateway.files.misfits import Misfit
from gateway.settings import Address
from gateway.settings.addresses import parse_dialled

MOST_SHOWN = 12


def ask_region(speaker: Speaker, divisions: Divisions) -> str:
    """Ask until one region is meant, by its code or a part of its name; return its six digits."""
    while True:
        asked = str(click.prompt(_REGION.say(speaker.lang), err=True)).strip()
        found = regions_like(divisions, asked)
        if len(found) == 1:
            speaker.note(f"  {found[0].code6} {divisions.named(found[0].code6)}")
            return found[0].code6
        if not found:
            speaker.note(_NONE)
            continue
        for one in found[:MOST_SHOWN]:
            speaker.note(f"  {one.code6} {divisions.named(one.code6)}")
        speaker.note(_SEVERAL.format(count=len(found)))


def regions_like(divisions: Divisions, asked: str) -> list[Division]:
    """Return the prefectures and counties in force whose code is `asked`, or else whose full name has it; nearest first."""
    exact = divisions.get(asked)
    there = [
        one
        for one in divisions
        if one.status is not DivisionStatus.ABOLISHED and one.level is not DivisionLevel.PROVINCE
    ]
    if exact in there:
        return [one for one in there if one is exact]
    named = [one for one in there if asked and asked in divisions.named(one.code6)]
    begins = [one for one in named if one.name.startswith(asked)]
    # 恩施 is in the full name of all eight counties of the prefecture; whoever types all of a name means that one.
    whole = [one for one in begins if one.name == asked]
    return whole or begins or named


def ask_endpoint(speaker: Speaker) -> tuple[Address, ...]:
    """Ask where partners dial; nothing for a gateway that can only dial out."""
    while True:
        said = str(click.prompt(_ENDPOINT.say(speaker.lang), default="", show_default=False, err=True)).strip()
        if not said:
            return ()
        try:
            return (parse_dialled(said),)
        except Misfit as misfit:
            speaker.note(f"  {misfit.problem.say(speaker.lang)}; {misfit.fix.say(speaker.lang)}")


def ask_start(speaker: Speaker) -> bool:
    """Ask whether to start the gateway now."""
    return click.confirm(_START.say(speaker.lang), default=True, err=True)


_REGION = Text("本地区 (区划代码或名称, 如 422800 或 恩施)", "region (division code or name, such as 422800 or 恩施)")
_NONE = Text("  区划表里没有, 请再输入", "  not in the division table; try again")
_SEVERAL = Text("  有 {count} 个地区相符, 请输入代码", "  {count} regions match; type the code")
_ENDPOINT = Text(
    "其他地区连接本网关的地址 host:port, 只能外拨时直接回车",
    "where partners dial, host:port; Enter when this region can only dial out",
)
_START = Text("现在启动?", "start it now?")
