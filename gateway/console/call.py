"""One request of a person: who makes it, in which language, and what was sent with it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import MultipartReader, web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Lang
from gateway.flows.people.signing_in import Present

Form = Mapping[str, tuple[str, ...]]
"""The fields of a form; one that is there several times has several values."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        present: whose session it is; None on pages that are open to everybody.
        form: what was posted; empty for a request without a body.
        still_may: asks anew whether the session is there and has the right, for what takes its time to come: a body that
            trickles in for an hour must not act for somebody whose account was closed meanwhile.
        parts: what follows the page's token in a form with files, to be read as it comes; None for any other body.
    """

    request: web.Request
    lang: Lang
    present: Present | None
    form: Form
    parts: MultipartReader | None = None
    still_may: Callable[[], Awaitable[object]] | None = None

    @property
    def person(self) -> Present:
        """Who makes the request.  Raises SIGNED_OUT when nobody is signed in."""
        if self.present is None:
            raise GatewayError(Reason.SIGNED_OUT)
        return self.present

    def field(self, name: str) -> str:
        """Return the value of a field; empty when it was not sent."""
        values = self.form.get(name, ())
        return values[0].strip() if values else ""

    def secret_field(self, name: str) -> str:
        """Return the value of a field as it was typed, blanks included."""
        values = self.form.get(name, ())
        return values[0] if values else ""

    def fields(self, name: str) -> tuple[str, ...]:
        """Return all values of a field."""
        return self.form.get(name, ())
