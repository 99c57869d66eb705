"""A key is added to the text of a partner file, everything else staying as it was written: comments, order, line ends.

The new entries go below the last one of `keys`.  A file in which that is no plain list, one entry below the other, is left
to people.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from gateway.case.days import CHINA
from gateway.case.texts import Text
from gateway.files.misfits import Misfit
from gateway.files.reader import parse
from gateway.files.tree import Tree
from gateway.partners.keys import PartnerKey
from gateway.partners.keys import public_jwk as jwk_of

_NO_LIST = Misfit(
    Text("keys 不是逐行写的列表", "`keys` is no list with one entry below the other"),
    Text("手工加入", "add it by hand"),
)


def entry_lines(key: PartnerKey) -> list[str]:
    """Return the lines of one entry of `keys`, without indentation."""
    return [
        f'- kid: "{key.kid}"',
        f"  use: {key.use.value}",
        f"  algorithm: {key.algorithm.value}",
        "  jwk:",
        *(f'    {name}: "{value}"' for name, value in jwk_of(key.public).items()),
        f"  valid_from: {moment_text(key.valid_from)}",
        f"  seal_until: {moment_text(key.seal_until)}",
        f"  accept_until: {moment_text(key.accept_until)}",
    ]


def with_keys_added(raw: bytes, keys: Sequence[PartnerKey], note: str) -> bytes:
    """Return the bytes of a partner file with more keys.

    Args:
        raw: bytes of a file that reads.
        note: a comment above the new entries, one line.

    Raises:
        Misfit: the file cannot be read, or its `keys` are no plain list.
    """
    tree = parse(raw, "")
    if not isinstance(tree, Tree) or not isinstance(tree.data.get("keys"), list) or not tree.data["keys"]:
        raise _NO_LIST
    text = raw.decode("utf-8-sig")
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    indent = _indent(lines, tree, len(tree.data["keys"]))
    after = _end(lines, tree.line(("keys",)), indent)
    added = [f"{indent}# {note}", *(f"{indent}{line}" for key in keys for line in entry_lines(key))]
    whole = newline.join([*lines[:after], *added, *lines[after:]])
    mark = "\ufeff" if raw.startswith(b"\xef\xbb\xbf") else ""
    return (mark + whole).encode()


def moment_text(moment: datetime) -> str:
    """Return a moment as partner files write it, in Asia/Shanghai, to the second."""
    return moment.astimezone(CHINA).isoformat(timespec="seconds")


def _indent(lines: Sequence[str], tree: Tree, count: int) -> str:
    """Return what stands before the dash of each entry; it has to be the same for all."""
    starts = [lines[tree.line(("keys", at)) - 1] for at in range(count)]
    indents = {line[: len(line) - len(line.lstrip())] for line in starts}
    if len(indents) != 1 or not all(line.lstrip().startswith("- ") for line in starts):
        raise _NO_LIST
    return indents.pop()


def _end(lines: Sequence[str], keys_line: int, indent: str) -> int:
    """Return after how many lines the list ends: before the next line that is not deeper than its dashes, blank ones apart."""
    end = at = keys_line
    for line in lines[keys_line:]:
        at += 1
        plain = line.strip()
        if not plain or plain.startswith("#"):
            continue
        if len(line) - len(line.lstrip()) < len(indent) or not (line.startswith((f"{indent} ", f"{indent}- "))):
            break
        end = at
    return end


def as_entries(keys: Iterable[PartnerKey]) -> str:
    """Return entries as text, for people who add them by hand."""
    return "\n".join(f"  {line}" for key in keys for line in entry_lines(key))
