"""Every bound the codec enforces on what another region sends; at a bound the envelope is refused with a finding.

Texts are counted in characters (Unicode code points), as the comments in protos/ count them; nothing is ever cut.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.case.item.checklist_rules import MOST_COPIES, MOST_MATERIALS, MOST_STEPS
from gateway.case.item.identity import HIGHEST_VERSION, LONGEST_NAME, LONGEST_TEXT, MOST_BASES, MOST_HANDLING_ITEMS
from gateway.case.item.limit_rules import LONGEST_LIMIT
from gateway.case.item.promises import MOST_VISITS


@dataclass(frozen=True, slots=True)
class Length:
    """Fewest and most characters, bytes or entries."""

    least: int
    most: int


NAME = Length(1, 50)
"""Of a person."""
TITLE = Length(1, 200)
"""Of an organisation, item, material, step, document, organ."""
CODE = Length(1, 50)
"""A code or number whose owner decides on its form."""
KEY = Length(1, 64)
"""Identifies something within a case or notice."""
BASIC_CODE = Length(12, 12)
USCC = Length(1, 18)
LICENCE_ID = Length(1, 100)
MEDIA_TYPE = Length(1, 100)
FILE_NAME = Length(1, 255)
PHONE = Length(1, 50)
TASK = Length(1, 2_000)
"""What the applicant has to do, or a note."""

OPTIONAL_TITLE = Length(0, 200)
OPTIONAL_CODE = Length(0, 50)
OPTIONAL_NUMBER = Length(0, 100)
"""Of a certificate or licence: an electronic one is longer than 50."""
OPTIONAL_KEY = Length(0, 64)
OPTIONAL_TASK_CODE = Length(0, 31)
OPTIONAL_HANDLING_ITEM_CODE = Length(0, 33)
OPTIONAL_USCC = Length(0, 18)
OPTIONAL_PHONE = Length(0, 50)
OPTIONAL_ADDRESS = Length(0, 500)
OPTIONAL_TEXT = Length(0, 2_000)
"""Reason, opinion, result, legal basis: in words."""
TRACEPARENT = Length(0, 255)

CASE_ID = Length(1, 64)
"""Wider than the 29 characters of a number, so that a wrong one is refused as CASE_NUMBER with what is wrong in it."""
CASE_NUMBER = Length(0, 29)
POINTER = Length(0, 1_000)
"""JSON Pointer (RFC 6901) to a field of the form."""

MATERIALS = Length(0, 200)
CONTACTS = Length(0, 20)
DOCUMENTS = Length(0, 50)
DEADLINES = Length(0, 10)
REQUIREMENTS = Length(0, 200)
"""An empty notice is refused by `gateway.case.event.demands`, which names the fault."""
RECEIPTS = Length(1, 64)

ANY_COUNT = Length(0, 2**32 - 1)
COUNT_FROM_ONE = Length(1, 2**32 - 1)
COPIES = Length(0, 10_000)
DAYS = Length(0, 3_650)
DAYS_FROM_ONE = Length(1, 3_650)
DATA_VERSION = Length(2, 2**32 - 1)
FILE_BYTES = Length(1, 2 * 1024**3)
TREE_SIZE = Length(0, 2**64 - 1)

SHA256_BYTES = 32

REASON_WORD = Length(1, 64)
FACTS = Length(0, 32)
FACT = Length(0, 2_000)
FINDINGS = Length(0, 200)
PATH = Length(0, 300)
SENTENCE = Length(0, 2_000)
INCARNATION = Length(1, 64)

PROBLEM_BYTES = 12 * 1024
"""A problem in an answer: 64 receipts of this size stay below one payload."""
STATUS_BYTES = 4 * 1024
"""A problem in a gRPC status detail, which travels in headers."""

PAYLOAD = Length(1, 1024**2)
"""Bytes; a longer one is refused as ENVELOPE_TOO_LARGE."""
PAYLOAD_TYPE = Length(1, 200)
SIGNATURE = Length(1, 512)
"""Bytes."""
KEY_ID = Length(1, 128)
SIGNATURES = Length(0, 64)
"""Wider than the 1 to 4 of the format, so that a wrong number is refused as MALFORMED_SEAL by `gateway.trust.dsse`."""

ITEM_NAME = Length(1, LONGEST_NAME)
"""Of an item, its materials, steps and handling items, as the national aggregation tables keep it."""
OPTIONAL_ITEM_NAME = Length(0, LONGEST_NAME)
ITEM_TEXT = Length(1, LONGEST_TEXT)
OPTIONAL_ITEM_TEXT = Length(0, LONGEST_TEXT)
OPTIONAL_LICENCE_TYPE = Length(0, 21)
ITEM_TYPE = Length(2, 2)
ITEM_VERSION = Length(1, HIGHEST_VERSION)
HANDLING_ITEM_CODE = Length(1, 33)
HANDLING_ITEMS = Length(0, MOST_HANDLING_ITEMS)
LEGAL_BASES = Length(0, MOST_BASES)
ITEM_MATERIALS = Length(0, MOST_MATERIALS)
STEPS = Length(0, MOST_STEPS)
FEW_CODES = Length(0, 20)
"""A list of codes of one closed table."""
ITEM_COPIES = Length(0, MOST_COPIES)
LIMIT_AMOUNT = Length(0, LONGEST_LIMIT)
VISITS = Length(0, MOST_VISITS)
ONLINE_DEPTH = Length(0, 4)
FORM_SCHEMA_BYTES = 64 * 1024
"""Of UTF-8."""
DEFINITION_BYTES = 512 * 1024
"""One item definition as it is written, so that every one fits a page."""
PAGE_ITEMS = Length(0, 200)
PAGE_BYTES = 1024**2
"""A page of item definitions."""
PAGE_TOKEN = Length(0, 256)
CATALOGUE_VERSION = Length(0, 2**53)

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before this a time is a mistake of the sender: 1970 is a clock that was never set."""
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
