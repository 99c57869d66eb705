"""`tongban partners invite`: this gateway introduces itself to another region, in one signed file.

The agreements it proposes are those of the present partner file, or of the draft `_<code>.yaml` beside the partner files.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.case.texts import Text
from gateway.cli.options import ended, home_option, json_option, lang_option, settings_of, speaking
from gateway.cli.speech import ExitCode, Speaker, shown_path
from gateway.files.findings import Finding, Findings
from gateway.files.quantities import CHINA
from gateway.files.tree import Value
from gateway.settings import Settings, load_divisions

if TYPE_CHECKING:
    from gateway.flows.onboarding.introduce import Introduced
    from gateway.partners.partner import Partner


@click.command("invite")
@click.option(
    "--for", "to", default="", help="给哪个地区 (六位代码); 带上本方的协议草稿 / for which region; with our draft."
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="写到哪里 / where to write it.")
@click.option("--replace", is_flag=True, help="覆盖已有的文件 / write over a file that is there.")
@home_option
@json_option
@lang_option
@speaking
def invite(speaker: Speaker, to: str, output: Path | None, home: Path, *, replace: bool) -> None:
    """生成一份签名的介绍文件, 交给对方地区 / write one signed introduction for another region.

    内容全部公开: 代码、名称、地址、公钥、证书机构、版本、限制、联系人、拟签的协议. 14 天内有效. 协议取自已有的伙伴文件;
    还没有时取自 partners/_<代码>.yaml (只写 agreements). 对方用 tongban partners add 读它. 打印的 8 组数字由电话核对,
    不要随文件一起发.
    """
    from gateway.app.onboarding import introduce_ourselves, papers_of
    from gateway.app.world import real_world
    from gateway.cli.entries import entry
    from gateway.cli.keys import known_to_partners

    settings, world = settings_of(home, speaker), real_world()
    now = world.clock()
    partner, agreements = _proposed(speaker, settings, to, now)
    own = papers_of(settings, world).keys
    described = entry(settings, known_to_partners(own, now))
    made = introduce_ourselves(settings, own, described, agreements, to=to, partner=partner, world=world)
    file = output or Path(f"tongban-{settings.region}{f'-for-{to}' if to else ''}.yaml")
    text = _text(speaker, made, file)
    if file.exists() and not replace:
        ended(speaker.findings([Finding(shown_path(file), 0, "", _THERE, _OTHER_NAME)]))
    _write(file, text, world.new_id())
    _tell(speaker, settings, made, file, to, len(agreements))


def _proposed(
    speaker: Speaker, settings: Settings, to: str, now: datetime
) -> "tuple[Partner | None, Sequence[Mapping[str, Value]]]":
    """Return the present partner and the agreements to propose; ends the command when the draft is wrong."""
    from gateway.flows.onboarding.agreeing import draft_file, read_draft, written_in
    from gateway.flows.onboarding.examine import Folder

    if not to:
        return None, ()
    divisions = load_divisions()
    if divisions.get(to) is None or to == settings.region:
        raise click.UsageError(_NO_REGION.format(code=to).say(speaker.lang))
    folder = Folder.of(settings.partners, divisions, settings.region, now.astimezone(CHINA).date())
    present = folder.loaded(folder.present(to))
    if present:
        return present.partner, _to_propose(written_in(present).data)
    path = draft_file(settings.partners, to)
    draft = read_draft(path, folder.name_of(path), to, folder.around)
    if draft is None:
        speaker.note(_NO_DRAFT.format(file=shown_path(path)))
        return None, ()
    if isinstance(draft, tuple):
        raise click.exceptions.Exit(speaker.findings(draft))
    return None, _to_propose(draft.data)


def _to_propose(written: Sequence[Mapping[str, Value]]) -> Sequence[Mapping[str, Value]]:
    from gateway.partners.mirrored import proposed

    return [proposed(one) for one in written]


def _text(speaker: Speaker, made: "Introduced", file: Path) -> str:
    """Return the file's text; read back first, so that nothing leaves that the other side could not read."""
    from gateway.cli.entries import entry_text
    from gateway.files.reader import parse
    from gateway.files.shapes import check
    from gateway.files.tree import Tree
    from gateway.partners.introduction import Introduction, said

    text = _HEAD + entry_text(made.content)
    tree = parse(text.encode(), file.name)
    wrong: Findings = ()
    if not isinstance(tree, Tree):
        wrong = tree
    elif not isinstance(read := check(tree, Introduction), Introduction):
        wrong = read
    elif said(tree.data) != said(made.content):
        raise RuntimeError("an introduction does not read back as it was signed")
    ended(speaker.findings(wrong) if wrong else ExitCode.OK)
    return text


def _write(file: Path, text: str, draft: str) -> None:
    from gateway.flows.partner_files.put_back import put_back

    try:
        put_back(file, text.encode(), draft)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error
    file.chmod(0o644)


def _tell(speaker: Speaker, settings: Settings, made: "Introduced", file: Path, to: str, agreements: int) -> None:
    if speaker.as_json:
        speaker.document(
            {
                "ok": True,
                "file": str(file),
                "region": settings.region,
                "for": to,
                "fingerprint": made.fingerprint,
                "valid_until": made.valid_until.isoformat(timespec="seconds"),
                "agreements": agreements,
            }
        )
        return
    until = f"{made.valid_until.astimezone(CHINA):%Y-%m-%d}"
    speaker.say(_WRITTEN.format(file=shown_path(file), until=until, count=agreements))
    speaker.say(in_two_lines(made.fingerprint))
    speaker.say(_READ_OUT)


def in_two_lines(digits: str) -> str:
    """Return a fingerprint as two lines of four groups, as it is read out."""
    groups = digits.split()
    half = len(groups) // 2
    return "\n".join(f"    {' '.join(some)}" for some in (groups[:half], groups[half:]))


_HEAD = """\
# 跨省通办网关介绍文件, 只含公开内容, 已签名: 改动任何一处都会被发现
# Introduction of a 通办 gateway. Nothing in it is secret; it is signed, and any change of it is noticed.
# 用法 / to use: tongban partners add <本文件 this file>    先电话核对 8 组数字 / compare the 8 groups of digits by telephone first
"""
_THERE = Text("文件已经存在, 没有覆盖", "the file is there and was not written over")
_OTHER_NAME = Text("换一个名字 (-o), 或加 --replace", "choose another name (-o), or add --replace")
_NO_REGION = Text("--for: {code} 不是别的地区的六位代码", "--for: {code} is not the code of another region")
_NO_DRAFT = Text(
    "没有 {file}: 介绍文件里不带协议, 由对方提出",
    "there is no {file}: the introduction proposes no agreement and leaves that to them",
)
_WRITTEN = Text(
    "已写入 {file} ({until} 前有效, {count} 份协议). 发给对方后打电话, 由你读出这 8 组数字:",
    "wrote {file} (valid until {until}, {count} agreements). Send it, then telephone and read these 8 groups out:",
)
_READ_OUT = Text(
    "数字相同, 文件就没有被人换过. 不要把数字和文件一起发.",
    "when they are the same nobody exchanged the file. Do not send the digits along with it.",
)
