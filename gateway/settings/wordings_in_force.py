"""The sentences of notices as they are in force: the operator's files are read again when they change (`app.following_notices`).

A file with an error leaves what was in force before; a file that is gone gives way to the one that ships.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from gateway.case.notice.kinds import NoticeKind
from gateway.case.notice.wording import Wording, Wordings
from gateway.files.findings import Findings
from gateway.settings.notice_files import load_wordings


class WordingsInForce(Mapping[NoticeKind, Wording]):
    """A wording of every kind of notice; whoever holds it sees an edit as soon as it counts.

    Args:
        folder: the operator's; None for none.

    Attributes:
        findings: everything wrong with the files as they are now.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._wordings, self.findings = load_wordings(folder)

    def __getitem__(self, kind: NoticeKind) -> Wording:
        return self._wordings[kind]

    def __iter__(self) -> Iterator[NoticeKind]:
        return iter(self._wordings)

    def __len__(self) -> int:
        return len(self._wordings)

    def read_again(self) -> tuple[Wordings, Findings]:
        """Return what the files say now, what has an error as it was in force before; it is not in force yet."""
        read, findings = load_wordings(self.folder)
        wrong = {PurePosixPath(one.file).stem for one in findings if one.is_error}
        before = self._wordings
        return {kind: before[kind] if kind.value in wrong else said for kind, said in read.items()}, findings

    def put(self, read: tuple[Wordings, Findings]) -> frozenset[NoticeKind]:
        """Put what was read in force, all of it at once; return which kinds say something else now."""
        wordings, findings = read
        changed = frozenset(kind for kind in wordings if wordings[kind] != self._wordings[kind])
        self._wordings, self.findings = wordings, findings
        return changed
