"""The catalogue of everything that is refused or fails, one row per reason.

A reason is a stable word that travels between regions, to local systems and into docs/errors.md.
Its row says what kind of answer it is, where it happened, what it means and what to do next.
"""

from gateway.case.reasons.allowances import ALLOWANCES
from gateway.case.reasons.callers import CALLERS
from gateway.case.reasons.console import CONSOLE
from gateway.case.reasons.items import ITEMS
from gateway.case.reasons.keys import KEYS
from gateway.case.reasons.local import LOCAL
from gateway.case.reasons.materials import MATERIALS
from gateway.case.reasons.papers import PAPERS
from gateway.case.reasons.partner_files import PARTNER_FILES
from gateway.case.reasons.providers import PROVIDERS
from gateway.case.reasons.queue import QUEUE
from gateway.case.reasons.restoring import RESTORING
from gateway.case.reasons.routing import ROUTING
from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.seals import SEALS
from gateway.case.reasons.standing import STANDING
from gateway.case.reasons.transfer import TRANSFER
from gateway.case.reasons.word import Reason

ROWS: dict[Reason, Row] = {
    **CALLERS,
    **SEALS,
    **KEYS,
    **TRANSFER,
    **MATERIALS,
    **ROUTING,
    **ITEMS,
    **LOCAL,
    **RESTORING,
    **ALLOWANCES,
    **QUEUE,
    **PARTNER_FILES,
    **STANDING,
    **CONSOLE,
    **PAPERS,
    **PROVIDERS,
}

__all__ = ["ROWS", "Answer", "Family", "Place", "Reason", "Row"]
