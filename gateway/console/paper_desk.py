"""What the pages of notices set off, bound to one gateway."""

from dataclasses import dataclass

from gateway.console.notice_pdf import NoticePdfs
from gateway.files.findings import has_errors
from gateway.flows.notices.printing import Printing
from gateway.settings.wordings_in_force import WordingsInForce


@dataclass(frozen=True, slots=True)
class Papers:
    """Notices and how they get on paper.

    Attributes:
        has_progress_page: whether `console.progress_url` is set, so that a QR code can be printed.
        gives_numbers: whether `console.notices.organ` is set.
        wordings: the sentences in force, with what is wrong in the operator's files.
    """

    printing: Printing
    pdfs: NoticePdfs
    has_progress_page: bool
    gives_numbers: bool
    wordings: WordingsInForce

    @property
    def has_wrong_files(self) -> bool:
        """Whether a wording of the operator's has an error, so that the one before it, or the one that ships, is used."""
        return has_errors(self.wordings.findings)
