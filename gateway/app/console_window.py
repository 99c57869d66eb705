"""The window's part of the console, bound to one gateway."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.app.gateway import Gateway
from gateway.case.errors import FieldFinding
from gateway.case.model import Case
from gateway.console.window_desk import WindowDesk
from gateway.flows.licences.look_up import LookingUp
from gateway.flows.people.window_files import WindowFiles
from gateway.flows.people.window_offers import WindowOffers
from gateway.flows.people.window_taking import WindowTaking
from gateway.flows.window.drafts import Drafts
from gateway.flows.window.joining import JoiningPages
from gateway.local.canonical_in import judge_case
from gateway.local.fields import Judged
from gateway.settings import Settings


def window_desk(gateway: Gateway, settings: Settings) -> WindowDesk:
    """Return what the window's pages set off."""
    clock = gateway.world.clock

    def judge(data: Mapping[str, Any], form_json: str) -> Case | Sequence[FieldFinding]:
        # One set of rules for what comes in, whether a program or a person wrote it.
        return judge_case(data, form_json, Judged.at(clock()))

    files = WindowFiles(lambda: gateway.transfer, settings.data, gateway.database, clock, gateway.world.monotonic)
    return WindowDesk(
        offers=WindowOffers(
            gateway.about.region,
            gateway.registry,
            gateway.redirects,
            gateway.items.looking,
            gateway.callable_types,
            clock,
        ),
        taking=WindowTaking(gateway.database, gateway.vault, gateway.looking, judge, gateway.submit, clock),
        files=files,
        joining=JoiningPages(files),
        drafts=Drafts(gateway.database, gateway.vault, clock),
        looking_up=LookingUp(gateway.database, lambda: gateway.licences.register, gateway.licences.deadline, clock),
        new_token=lambda: secrets.token_hex(6),
    )
