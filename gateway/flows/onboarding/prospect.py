"""The partner file that an introduction would become, with comments that say where each part came from."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from gateway.files.quantities import CHINA
from gateway.files.tree import Value
from gateway.partners.introduction import Introduction
from gateway.partners.schema import Status

TOLD = ("code", "name", "short_name", "delivery", "endpoints", "tls", "keys", "contacts", "public_phone")
"""What an introduction tells of a partner; its limits are those it has for us, and no part of our file."""
KEPT = ("status", "history", "limits", "retry", "notes")
"""What only we decide about a partner: kept when its file is written anew."""
_FIRST = ("code", "name", "short_name", "status", "history", "delivery", "endpoints", "tls", "keys")
_AFTER = ("limits", "retry", "agreements", "contacts", "public_phone", "notes")
_NOT_IN_A_NAME = '/\\:*?"<>|\0'


def file_name(introduction: Introduction) -> str:
    """Return the name its partner file gets: code and short name, which people see in lists of files."""
    short = "".join("_" if one in _NOT_IN_A_NAME or one.isspace() else one for one in introduction.short_name)
    return f"{introduction.code}-{short}.yaml"


def content(
    told: Mapping[str, Value], agreements: Sequence[Value], before: Mapping[str, Value] | None
) -> dict[str, object]:
    """Return what the partner file says, in the order of the example file.

    Args:
        told: the introduction, as it reads.
        agreements: those that are to hold, from our point of view.
        before: what the present file of the partner says, if there is one.
    """
    kept = {key: before[key] for key in KEPT if key in before} if before else {}
    if kept.get("status") == Status.SAMPLE.value:
        # What was there only showed how a file looks; now the region itself has told who it is.
        del kept["status"]
    taken = {key: told[key] for key in TOLD if key in told}
    whole = {"status": "active", **taken, **kept, "agreements": list(agreements)}
    return {key: whole[key] for key in (*_FIRST, *_AFTER) if whole.get(key) not in (None, [], {})}


def commented(text: str, *, introduction: Introduction, digits: str, agreed: str, now: datetime) -> str:
    """Return the text of a partner file with comments between its parts.

    Args:
        digits: the fingerprint, which was compared by telephone before anything is written.
        agreed: where the agreements came from, as a comment.
    """
    name = f"{introduction.code} {introduction.name}"
    made, added = (f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}" for at in (introduction.made_at, now))
    told = f"对方介绍文件 / from their introduction ({made})"
    notes = {
        "code": told,
        "status": "本方决定 / ours to decide: active | paused",
        "history": "本方原有 / kept as we had it",
        "endpoints": told,
        "delivery": told,
        "tls": f"{told}; 只信任这个机构 / nobody else is believed",
        "keys": told,
        "limits": "本方原有: 我方对它的限制 / kept as we had it: what we take from it",
        "retry": "本方原有 / kept as we had it",
        "agreements": agreed,
        "contacts": told,
        "notes": "本方原有 / kept as we had it",
    }
    taken = introduction.limits
    batch, largest = taken.largest_batch, taken.largest_material // 1024**2
    head = (
        f"# {name}: 由介绍文件生成于 {added} / made from its introduction",
        f"# 核对码 / fingerprint: {digits} (已电话核对 / compared by telephone)",
        f"# 对方的限制: 每分 {taken.envelopes_per_minute} 个信封, 每批 {batch} 个, 一份材料 {largest} MiB",
        f"# what it takes: {taken.envelopes_per_minute} envelopes a minute, {batch} in a batch, {largest} MiB a file",
    )
    return "\n".join((*head, "", *_with_notes(text.splitlines(), notes))) + "\n"


def _with_notes(lines: Iterable[str], notes: Mapping[str, str]) -> Iterable[str]:
    last = ""
    for line in lines:
        key = line.partition(":")[0]
        if key in notes and notes[key] != last:
            last = notes[key]
            yield f"# {last}"
        yield line
