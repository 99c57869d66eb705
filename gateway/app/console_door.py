"""The door to people in a browser, bound to one gateway."""

import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from gateway.app.audit_sealing import audit_chain
from gateway.app.console_listening import console_listening
from gateway.app.console_papers import numbered, numbering_of, paper_desk, wordings_of
from gateway.app.console_provider import by_provider
from gateway.app.console_window import window_desk
from gateway.app.gateway import Gateway
from gateway.app.operating_desk import operating
from gateway.app.stopping import grace
from gateway.case.code.divisions import Divisions
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.app import console_app, menu
from gateway.console.audit import A_PAGE
from gateway.console.desk import Desk
from gateway.console.rendering import Pages
from gateway.console.watchers import Watchers
from gateway.flows.act import DoAct
from gateway.flows.people.accounts import Accounts
from gateway.flows.people.acting import Acting
from gateway.flows.people.at_a_glance import AtAGlance
from gateway.flows.people.auditing import Auditing
from gateway.flows.people.proving import Proving
from gateway.flows.people.reading_files import ReadingFiles
from gateway.flows.people.resets import Resets
from gateway.flows.people.saving_views import SavedViews
from gateway.flows.people.searching import Searching
from gateway.flows.people.seeing_cases import SeeingCases
from gateway.flows.people.signing_in import SigningIn
from gateway.flows.queue.deed import Deed, Step
from gateway.settings import Settings, TlsPair, load_divisions
from gateway.store import audit
from gateway.store.audit import Note
from gateway.trust.one_time_codes import SECRET_BYTES

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
"""For links that are made while the console has no address."""


def signing_in(gateway: Gateway, settings: Settings) -> SigningIn:
    """Return how people sign in."""
    console = settings.console
    return SigningIn(
        gateway.database,
        gateway.vault,
        gateway.world.clock,
        gateway.world.new_id,
        lambda: secrets.token_urlsafe(32),
        console.idle if console else IDLE,
        console.longest if console else LONGEST,
    )


def acting(gateway: Gateway, act: DoAct) -> Acting:
    """Return how people act on cases."""

    async def end(deed: Deed) -> Step:
        return await gateway.queue.fail(deed, without_asking=False)

    return Acting(
        gateway.about.region,
        gateway.database,
        gateway.looking,
        gateway.catalogues,
        act,
        end,
        gateway.world.clock,
        lambda: gateway.almanac.current().of(gateway.about.region),
    )


def desk(gateway: Gateway, settings: Settings, divisions: Divisions | None = None) -> Desk:
    """Return what the pages set off."""
    divisions = divisions or load_divisions()
    entering, wordings = signing_in(gateway, settings), wordings_of(settings)
    numbering = numbering_of(settings, wordings)
    world = gateway.world

    async def read_audit(before: int, act: str, subject: str) -> list[Note]:
        return await gateway.database.read(lambda tx: audit.newest(tx, before, act, subject, A_PAGE))

    seeing = SeeingCases(gateway.database, gateway.looking, world.clock)
    return Desk(
        region=settings.region,
        region_name=settings.name,
        divisions=divisions,
        clock=world.clock,
        pages=Pages(settings.name, menu()),
        signing_in=entering,
        accounts=Accounts(
            gateway.database, gateway.vault, divisions, settings.region, world.clock, world.new_id, entering
        ),
        cases=seeing,
        read_audit=read_audit,
        new_factor=lambda: secrets.token_bytes(SECRET_BYTES),
        secure=bool(settings.console and settings.console.tls),
        watchers=Watchers(gateway.signals.something_told, lambda: gateway.signals.ending),
        acting=acting(gateway, numbered(gateway, numbering)),
        proving=Proving(
            gateway.about.region, gateway.database, gateway.vault, lambda: gateway.own_keys, gateway.keys_of
        ),
        reading_files=ReadingFiles(gateway.database, gateway.files, gateway.looking, world.clock),
        new_id=world.new_id,
        window=window_desk(gateway, settings),
        operating=operating(gateway, settings),
        searching=Searching(gateway.database, gateway.vault, seeing, world.clock),
        auditing=Auditing(gateway.database, audit_chain(gateway, settings), world.clock),
        glance=AtAGlance(gateway.database, world.clock),
        views=SavedViews(gateway.database, world.clock, world.new_id),
        provider=by_provider(gateway, settings, entering),
        papers=paper_desk(gateway, settings, divisions, numbering, wordings),
        resets=Resets(gateway.database, world.clock),
    )


@asynccontextmanager
async def console_door(served: Desk, settings: Settings) -> AsyncIterator[str]:
    """Serve the console while the block runs; return where, empty when it has no address.

    Raises:
        GatewayError: CONFIGURATION when it cannot listen there.
    """
    console = settings.console
    if console is None:
        yield ""
        return
    tls = _over_tls(console.tls) if console.tls else None
    host = console.listen.host
    async with AsyncExitStack() as on:
        try:
            listening = console_listening(
                console_app(served), host, console.listen.port, tls=tls, grace=grace(settings)
            )
            port = await on.enter_async_context(listening)
        except OSError as error:
            raise _cannot_listen(str(console.listen), error) from error
        yield f"{'https' if tls else 'http'}://{host}:{port}"


@dataclass(frozen=True, slots=True)
class ConsoleLinks:
    """One-time links for whoever owns the machine."""

    desk: Desk
    address: str

    async def new(self, login: str, *, sign_in: bool) -> tuple[str, str]:
        """Return what a new link is for, and its address: the first account while there is none, else a new password.

        Args:
            sign_in: the link signs the person in instead, and their password stays as it is.

        Raises:
            GatewayError: PERSON_UNKNOWN for a login nobody has.
        """
        by = "machine:console"
        if not sign_in and await self.desk.accounts.is_first():
            purpose, person_id = "first", ""
        else:
            purpose = "sign_in" if sign_in else "password"
            found = [one for one in await self.desk.accounts.everybody() if one.login == login]
            if not found:
                raise GatewayError(Reason.PERSON_UNKNOWN)
            person_id = found[0].person_id
        token = await self.desk.signing_in.make_link(purpose, person_id, by)
        return purpose, f"{self.address}/link/{token}"


def _over_tls(pair: TlsPair) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(pair.certificate, pair.private_key)
    return context


def _cannot_listen(address: str, error: OSError) -> GatewayError:
    finding = FieldFinding(
        "console.listen",
        Text(f"无法监听 {address}: {error.strerror}", f"cannot listen on {address}: {error.strerror}"),
        Text("端口可能已被占用, 换一个端口或停掉占用者", "the port may be in use: choose another or stop its user"),
    )
    return GatewayError(Reason.CONFIGURATION, findings=[finding], count=1)
