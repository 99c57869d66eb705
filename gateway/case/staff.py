"""People at the console: which roles there are, what each may do, and which one person may not hold together.

Three powers are separate, as GB/T 22239 §8.1.4 wants of level 3: who runs the system, who gives rights, and who looks at what
both did are three people.  The same holds between them and those who work on cases.

Leaves to others: how somebody proves who they are (`flows.people`), and what a page shows.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum

from gateway.case.texts import Text


class Role(Enum):
    """What a person is at the console."""

    WINDOW = "window"
    HANDLER = "handler"
    OPERATOR = "operator"
    SECURITY = "security"
    AUDITOR = "auditor"


class Right(Enum):
    """Something a page or an act demands."""

    TAKE_IN = "take_in"
    """Take applications in at a window and forward them."""
    SEE_OWN_CASES = "see_own_cases"
    """See cases of one's own division, on the side of the origin."""
    DECIDE = "decide"
    """Work on cases that one's own division decides."""
    SEE_THEIR_CASES = "see_their_cases"
    """See cases that one's own division decides."""
    SEE_A_CASE = "see_a_case"
    """Open a case one may see."""
    UNMASK = "unmask"
    """See personal data in full, with a reason that is kept."""
    OPERATE = "operate"
    """Look after partners, queues, systems, items and keys."""
    GIVE_RIGHTS = "give_rights"
    """Look after accounts, roles and sessions."""
    AUDIT = "audit"
    """Look at what everybody did."""


ROLE_NAMES: Mapping[Role, Text] = {
    Role.WINDOW: Text("窗口", "window"),
    Role.HANDLER: Text("审批", "handler"),
    Role.OPERATOR: Text("运维", "operator"),
    Role.SECURITY: Text("安全", "security"),
    Role.AUDITOR: Text("审计", "auditor"),
}
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.WINDOW: frozenset({Right.TAKE_IN, Right.SEE_OWN_CASES, Right.SEE_A_CASE, Right.UNMASK}),
    Role.HANDLER: frozenset({Right.DECIDE, Right.SEE_THEIR_CASES, Right.SEE_A_CASE, Right.UNMASK}),
    Role.OPERATOR: frozenset({Right.OPERATE}),
    Role.SECURITY: frozenset({Right.GIVE_RIGHTS}),
    Role.AUDITOR: frozenset({Right.AUDIT}),
}
ALONE = frozenset({Role.OPERATOR, Role.SECURITY, Role.AUDITOR})
"""Roles that stand alone: who holds one of them holds no other."""

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account.

    Attributes:
        person_id: names them in the audit, for ever.
        login: what they type.
        staff_number: 工号, as it stands in events they make.
        division: twelve digits (GB/T 2260); what they see and do is bound to it and what lies within it.
        active: False once they have left; the account stays, for the audit names it.
        second_factor: whether a code is asked for after the password.
    """

    person_id: str
    login: str
    name: str
    staff_number: str
    organisation: str
    division: str
    roles: frozenset[Role]
    active: bool = True
    second_factor: bool = False

    @property
    def scope(self) -> str:
        """The digits that codes of places within their division begin with (GB/T 2260): 4228 for a prefecture."""
        digits = self.division
        for width in (3, 3, 2, 2):  # village, town, county, prefecture
            if digits[-width:].strip("0"):
                break
            digits = digits[:-width]
        return digits

    def may(self, right: Right) -> bool:
        """Whether one of their roles gives a right."""
        return any(right in RIGHTS[role] for role in self.roles)


def login_problem(login: str) -> Text | None:
    """Return what is wrong with a login name, None for a good one."""
    if _LOGIN.fullmatch(login):
        return None
    return Text(
        "用 2 至 32 个小写字母、数字、点、横线, 以字母或数字开头",
        "2 to 32 small letters, digits, dots and hyphens, beginning with a letter or digit",
    )


def roles_problem(roles: Collection[Role]) -> Text | None:
    """Return why nobody may hold these roles together, None when they may."""
    if not roles:
        return Text("至少要有一个角色", "there must be a role")
    alone = ALONE & frozenset(roles)
    if alone and len(frozenset(roles)) > 1:
        names = Text("、".join(ROLE_NAMES[one].zh for one in roles), ", ".join(ROLE_NAMES[one].en for one in roles))
        return Text(
            f"{names.zh}不能由一人兼任: 运维、安全、审计三权分立, 也不办件",
            f"one person cannot be {names.en}: operator, security and auditor are three people, and none works on cases",
        )
    return None
