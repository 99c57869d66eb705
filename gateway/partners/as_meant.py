"""What else is wrong with a partner file that cannot be taken: looked for in what it was probably meant to say.

So that everything is told at once: who misspelt a key learns in the same breath that a division does not exist.  Nothing that
is found here goes live, and no finding rests on a guess alone.
"""

import re
from collections.abc import Mapping
from typing import cast

from pydantic_core import ErrorDetails

from gateway.files.findings import Findings
from gateway.files.mending import Mended, mend, touches
from gateway.files.misread import spoiled_keys, untouched
from gateway.files.reader import Sight
from gateway.files.shapes import told, validated
from gateway.files.tree import Value
from gateway.partners.beside import Beside
from gateway.partners.judging import Surroundings, judge
from gateway.partners.schema import PartnerFile

_RESTS_ON: Mapping[str, re.Pattern[str]] = {
    "status": re.compile(r"(?:endpoints|tls|keys|contacts)\b"),
    "delivery": re.compile(r"endpoints\b"),
    "retry": re.compile(r"retry\b|keys\[\d+\]\.accept_until"),
    "limits": re.compile(r"limits\b"),
}
"""Keys whose findings also depend on another one, by the first step of that."""


def everything(
    sight: Sight, shape: PartnerFile | list[ErrorDetails] | None, filename: str, beside: Beside, around: Surroundings
) -> Findings:
    """Return all findings of a file that cannot be read or has another shape, as far as they can be seen.

    Args:
        shape: what `validated` said of it; None when it cannot be read.
        filename: of the file, which has to begin with the partner's code.
    """
    if sight.tree is None:
        return sight.findings
    if shape is None:
        shape = validated(sight.tree.data, PartnerFile)
    misfits = told(sight.tree, PartnerFile, shape) if isinstance(shape, list) else ()
    spoiled = spoiled_keys(sight)
    found = [*sight.findings, *untouched(misfits, sight)]
    mended = mend(sight.tree, PartnerFile, shape, _stand_ins(sight.tree.data, around))
    if mended:
        found += mended.findings
        judged = judge(mended.shape, mended.tree, filename, beside, around)
        found += (one for one in judged.findings if _is_told(one.key, mended, spoiled))
    return tuple(found)


def _is_told(key: str, mended: Mended[PartnerFile], spoiled: tuple[str, ...]) -> bool:
    """Whether a finding rests on what is written."""
    holes = mended.holes.union(spoiled)
    leaning = (_RESTS_ON.get(re.split(r"[.\[]", hole, maxsplit=1)[0]) for hole in holes)
    return not any(pattern.match(key) for pattern in leaning if pattern) and not any(
        touches(key, hole) for hole in holes
    )


def _stand_ins(data: Mapping[str, Value], around: Surroundings) -> Mapping[str, Value]:
    """Return values that let the rest of a file be judged; what rests on them is not told."""
    words: dict[str, Value] = {
        "name": "?",
        "short_name": "?",
        "status": "active",
        "keys[].kid": "A" * 43,
        "keys[].valid_from": "2000-01-01",
        "keys[].seal_until": "2998-12-31",
        "keys[].accept_until": "2999-12-31",
        "agreements[].number": "?",
        "agreements[].title": "?",
        "agreements[].valid_from": "2000-01-01",
        "agreements[].valid_to": "2999-12-31",
        "agreements[].our_scope": cast("Value", [around.own_region]),
        "agreements[].items[].name": "?",
        "agreements[].items[].modes": cast("Value", ["online"]),
        "agreements[].items[].directions": cast("Value", ["outward"]),
    }
    code = data.get("code")
    return {**words, "agreements[].their_scope": [code]} if isinstance(code, str) else words
