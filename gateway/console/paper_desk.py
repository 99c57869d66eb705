"""What the pages of notices set off, bound to one gateway."""

from dataclasses import dataclass

from gateway.console.notice_pdf import NoticePdfs
from gateway.flows.notices.printing import Printing


@dataclass(frozen=True, slots=True)
class Papers:
    """Notices and how they get on paper.

    Attributes:
        has_progress_page: whether `console.progress_url` is set, so that a QR code can be printed.
        gives_numbers: whether `console.notices.organ` is set.
        has_wrong_files: whether a wording of the operator's has an error, so that the one that ships is used.
    """

    printing: Printing
    pdfs: NoticePdfs
    has_progress_page: bool
    gives_numbers: bool
    has_wrong_files: bool
