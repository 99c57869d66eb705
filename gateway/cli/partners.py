"""`tongban partners`: what the partner files say, what is wrong with them, and our own part of theirs."""

from collections.abc import Mapping

import click

from gateway.cli.lazy import LazyCommands
from gateway.cli.options import lang_option

COMMANDS: Mapping[str, tuple[str, str]] = {
    "list": ("gateway.cli.partner_standing:show_all", "列出伙伴和两边所见的往来情况 / partners and how things stand."),
    "show": ("gateway.cli.partner_standing:show", "一个伙伴: 两边所见 / one partner, seen from both sides."),
    "check": (
        "gateway.cli.partners_check:check",
        "检查伙伴文件, 一次报告全部问题 / check the files, everything at once.",
    ),
    "invite": ("gateway.cli.partners_invite:invite", "生成签名的介绍文件 / write a signed introduction."),
    "add": ("gateway.cli.partners_add:add", "读入对方的介绍文件 / turn an introduction into a partner file."),
    "test": ("gateway.cli.partners_test:test", "测试与一个伙伴的连接 / test the connection to a partner."),
    "entry": ("gateway.cli.partners_entry:entry", "对方文件中描述本网关的部分 / what partners write about us."),
    "history": ("gateway.cli.partners_history:history", "曾经生效的每一版 / every version that ever ran."),
    "diff": ("gateway.cli.partners_history:diff", "两版有什么不同 / how two versions differ."),
    "rollback": ("gateway.cli.partners_history:rollback", "回到以前的一版 / write an old version back."),
}
"""Name → (module:attribute, one line of help)."""


@click.group(cls=LazyCommands, table=COMMANDS)
@lang_option
def partners() -> None:
    """伙伴文件 / partner files."""
