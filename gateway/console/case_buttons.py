"""The buttons of a case: the one step that is usually next stands first and filled, what ends the case last and in red.

Leaves to others: which acts are allowed (`gateway.flows.people.acting`), and what each asks for (`acts_forms`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.case.events import (
    Accepted,
    Decided,
    Delivered,
    Happening,
    Note,
    ReceivedByHandler,
    ResultSent,
    Resumed,
    Supplemented,
)
from gateway.case.texts import Lang
from gateway.console.acts_forms import FORMS, word_of

USUAL: tuple[type[Happening], ...] = (ReceivedByHandler, Resumed, Accepted, Decided, ResultSent, Delivered)
"""The way of a case from its arrival to its end: the first of these that is allowed is what a desk does next."""


@dataclass(frozen=True, slots=True)
class Button:
    """One thing that may be done now.

    Attributes:
        weight: `first` for the usual next step, `grave` for what ends the case, else `other`.
    """

    address: str
    name: str
    weight: str


def buttons_of(case_id: str, kinds: Sequence[type[Happening]], lang: Lang) -> list[Button]:
    """Return the buttons for the acts that are allowed, in the order they stand in; notes have a form of their own.

    With a supplement to hand in, that is the next step, and none of these is `first`.
    """
    formed = [kind for kind in kinds if kind is not Note and word_of(kind) in FORMS]
    first = None if Supplemented in kinds else next((kind for kind in USUAL if kind in formed), None)
    made = [_button(case_id, kind, first, lang) for kind in formed]
    return sorted(made, key=lambda one: ("first", "other", "grave").index(one.weight))


def _button(case_id: str, kind: type[Happening], first: type[Happening] | None, lang: Lang) -> Button:
    form = FORMS[word_of(kind)]
    weight = "first" if kind is first else "grave" if form.grave and kind is not Decided else "other"
    return Button(f"/cases/{case_id}/acts/{word_of(kind)}", form.button.say(lang), weight)
