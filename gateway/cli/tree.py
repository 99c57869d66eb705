"""The tree of commands, and the one place where every way a command can end is turned into an exit code.

A group's module is imported when the group is used, so that `tongban --help` is quick.
"""

import os
import secrets
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec

import click

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.cli.options import lang_option
from gateway.cli.speech import ExitCode, Refused, Speaker

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("gateway.cli.init:init", "新建一个网关文件夹 / make the folder of a new gateway."),
    "serve": ("gateway.cli.serve:serve", "运行网关 / run the gateway."),
    "check": ("gateway.cli.check:check", "找出会妨碍启动的一切问题 / find everything that would stop a start."),
    "health": ("gateway.cli.health:health", "运行中的网关是否正常 / how the running gateway is."),
    "partners": ("gateway.cli.partners:partners", "伙伴文件 / partner files."),
    "items": ("gateway.cli.items:items", "事项清单 / items."),
    "cases": ("gateway.cli.cases:cases", "办件 (需网关在运行) / cases, by way of the running gateway."),
    "queue": ("gateway.cli.queue:queue", "待发队列 (需网关在运行) / what is owed, by way of the running gateway."),
    "sweep": ("gateway.cli.sweep:sweep", "按保存期限清除 (需网关在运行) / remove what is no longer kept."),
    "reconcile": ("gateway.cli.reconcile:reconcile", "与伙伴逐日对账 (需网关在运行) / days compared with partners."),
    "audit": (
        "gateway.cli.audit:audit",
        "审计封印核验, 网关运行或停止都可以 / the chain over the audit, running or stopped.",
    ),
    "maintenance": ("gateway.cli.maintenance:maintenance", "维护通知 (需网关在运行) / our own maintenance."),
    "backup": ("gateway.cli.backup:backup", "备份, 运行中也可以 / back up, while it works."),
    "restore": ("gateway.cli.restore:restore", "由备份恢复 / restore from a backup."),
    "schema": ("gateway.cli.schema:schema", "供编辑器用的 JSON Schema / JSON Schema for editors."),
    "keys": ("gateway.cli.keys:keys", "密钥 / keys."),
    "conformance": ("gateway.cli.conformance:conformance", "合格性测试 / numbered checks of a gateway over the wire."),
    "simulate-partner": ("gateway.cli.simulate_partner:simulate", "练习用的模拟伙伴 / a partner to practise against."),
    "console": ("gateway.cli.console:console", "控制台 (需网关在运行) / the console."),
    "demo": ("gateway.cli.demo:demo", "在本机演示三个地区 / show three regions on this machine."),
}
"""Name → (module:attribute, one line of help)."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports each when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table; a module left out of an installation is not listed."""
        return [name for name, (place, _) in COMMANDS.items() if find_spec(place.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command called `cmd_name`."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("命令 / commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


def _debug(context: click.Context, _option: click.Parameter, value: bool) -> None:
    context.ensure_object(Speaker).debug = value


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@lang_option
@click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=_debug,
    help="内部错误时打印调用栈, 可能含个人信息 / print tracebacks of internal errors; they may hold personal data.",
)
def root() -> None:
    """跨省通办业务协同网关 / gateway for cross-province government services."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal of another encoding shows a replacement mark instead of ending the command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    speaker = Speaker()
    try:
        return int(root.main(list(arguments), prog_name="tongban", standalone_mode=False, obj=speaker) or 0)
    except click.UsageError as error:
        return _misused(error, speaker)
    except click.ClickException as error:
        speaker.note(error.format_message())
        return ExitCode.REFUSED
    except (click.Abort, KeyboardInterrupt):
        speaker.note(Text("已中止", "aborted"))
        return 128 + 2
    except GatewayError as error:
        return speaker.failure(error)
    except Refused as refused:
        return speaker.refusal(refused)
    except BrokenPipeError:
        # Whoever read our output has gone, such as `head`; nothing more can be said to anyone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001  the last border: whatever is left becomes INTERNAL
        return _broken(error, speaker)


def _misused(error: click.UsageError, speaker: Speaker) -> int:
    if error.ctx is not None and isinstance(error, click.exceptions.NoArgsIsHelpError):
        speaker.note(error.ctx.get_help())
        return ExitCode.USAGE
    path = error.ctx.command_path if error.ctx else "tongban"
    speaker.note(Text("用法不对: {said}", "usage: {said}").format(said=error.format_message()))
    speaker.note(Text("运行 {path} --help 查看用法", "run {path} --help").format(path=path))
    return ExitCode.USAGE


def _broken(error: Exception, speaker: Speaker) -> int:
    place = traceback.extract_tb(error.__traceback__)[-1]
    code = speaker.failure(GatewayError(Reason.INTERNAL, trace=secrets.token_hex(4)))
    speaker.note(f"{type(error).__name__} {place.filename}:{place.lineno} {place.name}")
    if speaker.debug:
        traceback.print_exception(error)
    return code
