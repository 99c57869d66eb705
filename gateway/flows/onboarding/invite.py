"""What an introduction of ours proposes to a region, and the file it becomes; commands and pages make the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.files.findings import Findings
from gateway.files.reader import parse
from gateway.files.shapes import check
from gateway.files.tree import Tree, Value
from gateway.flows.onboarding.agreeing import draft_file, read_draft, written_in
from gateway.flows.onboarding.examine import Folder
from gateway.flows.onboarding.introduce import Introduced
from gateway.flows.onboarding.partner_entry import entry_text
from gateway.partners.introduction import Introduction, said
from gateway.partners.mirrored import proposed
from gateway.partners.partner import Partner


@dataclass(frozen=True, slots=True)
class Proposal:
    """What we propose to one region.

    Attributes:
        partner: as its present file has it; None where it has none.
        agreements: of that file, else of our draft; empty leaves the proposal to them.
    """

    partner: Partner | None
    agreements: Sequence[Mapping[str, Value]]


def proposal(folder: Folder, to: str) -> Proposal | Findings:
    """Return what we propose to a region, or what is wrong with our draft."""
    present = folder.loaded(folder.present(to))
    if present:
        return Proposal(present.partner, [proposed(one) for one in written_in(present).data])
    path = draft_file(folder.path, to)
    draft = read_draft(path, folder.name_of(path), to, folder.around)
    if isinstance(draft, tuple):
        return draft
    return Proposal(None, [proposed(one) for one in draft.data] if draft else ())


def introduction_text(made: Introduced, name: str) -> str | Findings:
    """Return the file's text; read back first, so that nothing leaves that the other side could not read.

    Args:
        name: of the file, for findings.
    """
    text = _HEAD + entry_text(made.content)
    tree = parse(text.encode(), name)
    if not isinstance(tree, Tree):
        return tree
    read = check(tree, Introduction)
    if not isinstance(read, Introduction):
        return read
    if said(tree.data) != said(made.content):
        raise RuntimeError("an introduction does not read back as it was signed")
    return text


def file_name(region: str, to: str) -> str:
    """Return what the file of a region's introduction is called."""
    return f"tongban-{region}{f'-for-{to}' if to else ''}.yaml"


_HEAD = """\
# 跨省通办网关介绍文件, 只含公开内容, 已签名: 改动任何一处都会被发现
# Introduction of a 通办 gateway. Nothing in it is secret; it is signed, and any change of it is noticed.
# 用法 / to use: tongban partners add <本文件 this file>    先电话核对 8 组数字 / compare the 8 groups of digits by telephone first
"""
