"""Files in the partners folder that look like partner files and are not read because of their name."""

import unicodedata
from collections.abc import Iterable, Iterator

from gateway.case.texts import Text
from gateway.files.findings import Finding, Severity

_ENDINGS = (".yaml", ".yml")
_HIDDEN = (".txt", ".doc", ".docx", ".rtf", ".json")
"""What editors append without showing it."""


def unread(folder: str, names: Iterable[str]) -> Iterator[Finding]:
    """Yield a warning for each name that was meant for a partner file; backups of editors (`~`, `.bak`, `.swp`) are none.

    Args:
        folder: the name of the folder, for findings.
        names: of the files that are not read.
    """
    for name in names:
        plain = unicodedata.normalize("NFKC", name).replace("。", ".").lower()
        for hidden in _HIDDEN:
            plain = plain.removesuffix(hidden)
        if not name.startswith(("_", ".")) and plain.endswith(_ENDINGS):
            yield Finding(
                f"{folder}/{name}",
                0,
                "",
                Text(
                    "这个文件不会被读取: 文件名要以小写的 .yaml 结尾",
                    "this file is not read: its name must end with .yaml",
                ),
                Text(
                    "改名; Windows 可能隐藏了 .txt 后缀, 先显示文件扩展名",
                    "rename it; Windows may hide an ending .txt: let it show file extensions",
                ),
                Severity.WARNING,
            )
