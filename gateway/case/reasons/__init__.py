"""The catalogue of everything that is refused or fails, one row per reason.

A reason is a stable word that travels between regions, to local systems and into docs/errors.md.
Its row says what kind of answer it is, where it happened, what it means and what to do next.
"""

from gateway.case.reasons.callers import CALLERS
from gateway.case.reasons.items import ITEMS
from gateway.case.reasons.local import LOCAL
from gateway.case.reasons.routing import ROUTING
from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.seals import SEALS
from gateway.case.reasons.transfer import TRANSFER
from gateway.case.reasons.word import Reason

ROWS: dict[Reason, Row] = {**CALLERS, **SEALS, **TRANSFER, **ROUTING, **ITEMS, **LOCAL}

__all__ = ["ROWS", "Answer", "Family", "Place", "Reason", "Row"]
