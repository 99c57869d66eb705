"""The pictures of one material: in which order, turned how, and joined to one file when that is asked for."""

from collections.abc import Sequence

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.model import MaterialFile
from gateway.case.reasons import Reason
from gateway.case.staff import Person
from gateway.console.desk import Desk
from gateway.console.window_posted import DROP, FILE, HELD, Posted, as_held
from gateway.flows.window.joining import Sheet
from gateway.flows.window.pages_to_pdf import TURNS

ORDER, TURN = "order.", "turn."
"""Fields of a picture: its place among the pages of its row, and how it is turned, each followed by row and digest."""
JOIN = "join"
_TOLD_HERE = frozenset({Reason.BAD_REQUEST, Reason.MATERIAL_UNKNOWN, Reason.MATERIAL_QUOTA, Reason.DISK_LOW})


async def join_row(desk: Desk, person: Person, posted: Posted, row: str, name: str) -> None:
    """Put one PDF in place of the pictures of a row; what hinders that is told at the row, and the pictures stay.

    Args:
        name: of the material, which the file is called by.
    """
    held = posted.held(row)
    sheets = sheets_of(posted, row, held)
    try:
        made = await desk.window.joining.join(person, sheets, name[:100] or row)
    except GatewayError as error:
        if error.reason not in _TOLD_HERE:
            raise
        found = error.findings or (FieldFinding("", error.cause, error.fix),)
        posted.problems += [FieldFinding(f"{FILE}{row}", one.problem, one.fix) for one in found]
        return
    rest = [one for one in held if not is_picture(one)]
    posted.values[f"{HELD}{row}"] = [as_held(one) for one in (*rest, made)]
    posted.values.pop(f"{DROP}{row}", None)
    posted.files.pop(row, None)


def is_picture(file: MaterialFile) -> bool:
    """Whether a file came as a picture; what it really is, joining finds out."""
    return file.media_type.startswith("image/")


def sheets_of(posted: Posted, row: str, held: Sequence[MaterialFile]) -> list[Sheet]:
    """Return the pictures of a row as pages, in the order they were given; those without one follow."""
    pictures = [one for one in held if is_picture(one)]
    ordered = sorted(enumerate(pictures), key=lambda one: (_place(posted, row, one[1], len(pictures)), one[0]))
    return [Sheet(one, _turn(posted, row, one)) for _, one in ordered]


def in_order(posted: Posted, row: str, held: Sequence[MaterialFile]) -> list[MaterialFile]:
    """Return the files of a row as the page lists them: pictures by their place, everything else before them."""
    return [one for one in held if not is_picture(one)] + [one.file for one in sheets_of(posted, row, held)]


def turn_of(posted: Posted, row: str, file: MaterialFile) -> str:
    """Return how a picture is turned, as its field says it."""
    return str(_turn(posted, row, file))


def _place(posted: Posted, row: str, file: MaterialFile, last: int) -> int:
    typed = posted.one(f"{ORDER}{row}.{file.sha256}")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else last + 1


def _turn(posted: Posted, row: str, file: MaterialFile) -> int:
    typed = posted.one(f"{TURN}{row}.{file.sha256}")
    return next((turn for turn in TURNS if str(turn) == typed), 0)
