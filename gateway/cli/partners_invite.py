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
from gateway.cli.speech import Speaker, shown_path
from gateway.files.findings import Finding
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
    from gateway.flows.onboarding.invite import file_name
    from gateway.flows.onboarding.partner_entry import entry, known_to_partners

    settings, world = settings_of(home, speaker), real_world()
    now = world.clock()
    partner, agreements = _proposed(speaker, settings, to, now)
    own = papers_of(settings, world).keys
    described = entry(settings, known_to_partners(own, now))
    made = introduce_ourselves(settings, own, described, agreements, to=to, partner=partner, world=world)
    file = output or Path(file_name(settings.region, to))
    text = _text(speaker, made, file)
    if file.exists() and not replace:
        ended(speaker.findings([Finding(shown_path(file), 0, "", _THERE, _OTHER_NAME)]))
    _write(file, text, world.new_id())
    _tell(speaker, settings, made, file, to, len(agreements))


def _proposed(
    speaker: Speaker, settings: Settings, to: str, now: datetime
) -> "tuple[Partner | None, Sequence[Mapping[str, Value]]]":
    """Return the present partner and the agreements to propose; ends the command when the draft is wrong."""
    from gateway.flows.onboarding.agreeing import draft_file
    from gateway.flows.onboarding.examine import Folder
    from gateway.flows.onboarding.invite import proposal

    if not to:
        return None, ()
    divisions = load_divisions()
    if divisions.get(to) is None or to == settings.region:
        raise click.UsageError(_NO_REGION.format(code=to).say(speaker.lang))
    folder = Folder.of(settings.partners, divisions, settings.region, now.astimezone(CHINA).date())
    found = proposal(folder, to)
    if isinstance(found, tuple):
        raise click.exceptions.Exit(speaker.findings(found))
    if found.partner is None and not found.agreements:
        speaker.note(_NO_DRAFT.format(file=shown_path(draft_file(settings.partners, to))))
    return found.partner, found.agreements


def _text(speaker: Speaker, made: "Introduced", file: Path) -> str:
    from gateway.flows.onboarding.invite import introduction_text

    text = introduction_text(made, file.name)
    if isinstance(text, tuple):
        raise click.exceptions.Exit(speaker.findings(text))
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
