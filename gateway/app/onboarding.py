"""Onboarding bound to the folder of one gateway: what it tells of itself, and the connection test.  It need not be running."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields

from gateway.app.calling_partners import grpc_courier
from gateway.app.own_papers import OwnPapers
from gateway.app.world import World
from gateway.case.texts import Text
from gateway.files.quantities import duration_text
from gateway.files.tree import Value
from gateway.flows.delivery.courier import TELLS_TERMS
from gateway.flows.onboarding.introduce import Introduced, introduce
from gateway.flows.onboarding.steps import Mark, Step
from gateway.flows.onboarding.try_connection import Trying
from gateway.flows.partner_files.rehearse import Called, Calling
from gateway.flows.sealing import Sealer
from gateway.partners.limits import LARGEST_BATCH, Limits
from gateway.partners.partner import Partner
from gateway.partners.revoked import NOTHING_DENIED, read_revoked, revoked_file
from gateway.peering.bounds import HANDSHAKE_SECONDS
from gateway.peering.probing import Probe
from gateway.peering.served import ISSUED_BY_CALLER, RPC_OF, PeeringFlows
from gateway.settings import Settings
from gateway.trust.keys import OwnKeys
from gateway.trust.partner_view import PartnerFilesView
from gateway.trust.suites import KeyUse
from gateway.wire.envelope import EXCHANGE_MINOR


def spoken_versions() -> tuple[str, ...]:
    """Return the versions of the exchange format this gateway takes, newest first: its own and the one before."""
    return tuple(f"1.{minor}" for minor in range(EXCHANGE_MINOR, max(EXCHANGE_MINOR - 2, -1), -1))


def served_features() -> tuple[str, ...]:
    """Return what a running gateway lists as its features."""
    rpcs = tuple(f"rpc/{RPC_OF[one.name]}" for one in fields(PeeringFlows))
    return (*rpcs, ISSUED_BY_CALLER, TELLS_TERMS)


def papers_of(settings: Settings, world: World) -> OwnPapers:
    """Return our keys and certificate as the folder has them, the deny list beside them.

    Raises:
        GatewayError: KEY_FILE_…, CONFIGURATION: they cannot be used.
    """
    papers, file = OwnPapers(settings, world), revoked_file(settings.home)
    # A list that cannot be read is told by `tongban check`; the running gateway goes on with the last one it read.
    revoked = read_revoked(file.read_bytes(), settings.region)[0] if file.is_file() else None
    denied = revoked.at(world.clock()) if revoked else NOTHING_DENIED
    papers.denied = lambda: denied
    return papers


def introduce_ourselves(
    settings: Settings,
    own: OwnKeys,
    described: Mapping[str, object],
    agreements: Sequence[Mapping[str, Value]],
    *,
    to: str,
    partner: Partner | None,
    world: World,
) -> Introduced:
    """Return the signed introduction of this gateway.

    Args:
        described: who we are, with the keys of a partner file.
        agreements: proposed, as our files have them.
        to: the region it is for; empty for any.
        partner: that region's present file, whose limits are told; without one the usual ones are.

    Raises:
        KEY_NOT_IN_FORCE, KEY_FILE_MISSING: there is no seal key that may sign now.
    """
    now = world.clock()
    limits = partner.limits if partner else Limits()
    content: dict[str, object] = {key: value for key, value in described.items() if key != "status"}
    content["exchange"] = {"versions": list(spoken_versions()), "features": list(served_features())}
    content["limits"] = {
        "envelopes_per_minute": limits.envelopes_per_minute,
        "largest_batch": min(limits.largest_batch, LARGEST_BATCH),
        "largest_material": f"{min(limits.largest_material, settings.limits.largest_material) // 1024}KiB",
        "envelope_life": duration_text(settings.limits.envelope_life),
    }
    if settings.public_phone:
        content["public_phone"] = settings.public_phone
    if agreements:
        content["agreements"] = [dict(one) for one in agreements]
    return introduce(_as_text(content), to=to, key=own.current(KeyUse.SEAL, now), now=now)


@asynccontextmanager
async def connection_test(
    settings: Settings,
    world: World,
    *,
    papers: OwnPapers | None = None,
    handshake_seconds: float = HANDSHAKE_SECONDS,
    minor: int = EXCHANGE_MINOR,
) -> AsyncIterator[Trying]:
    """Yield the connection test of the gateway in a folder; it uses the folder's certificate and keys, and no store.

    Args:
        papers: those of the running gateway; read from the folder without.
        handshake_seconds: bound of each look at the way.
        minor: of exchange v1, which we write.

    Raises:
        GatewayError: KEY_FILE_…, KEY_NOT_IN_FORCE, CONFIGURATION: our own keys or certificate cannot be used.
    """
    papers = papers or papers_of(settings, world)
    courier = grpc_courier(settings, world, papers)
    try:
        yield Trying(
            region=settings.region,
            certified=papers.certified,
            way=Probe(settings.region, papers.certified, world.clock, papers.denied, handshake_seconds),
            courier=courier,
            sealer=Sealer(
                region=settings.region,
                key=papers.seal_key,
                new_id=world.new_id,
                life=settings.limits.envelope_life,
                beside=lambda moment: papers.seal_keys(moment)[1:],
            ),
            keys_of=lambda partner: PartnerFilesView([partner], papers.denied().kids).keys_of(partner.code),
            clock=world.clock,
            draw=world.draw,
            minor=minor,
        )
    finally:
        await courier.close()


def calling_alone(settings: Settings, world: World, papers: OwnPapers) -> Calling:
    """Return what tests the connection to a partner that may not be live yet, over connections of its own.

    It passed when nothing failed but the comparison of agreements: that the other side has not changed its file yet is told
    and hinders nothing.
    """

    async def call(partner: Partner) -> Called:
        async with connection_test(settings, world, papers=papers) as try_connection:
            trial = await try_connection(partner)
        failed = [step for step in trial.steps if step.mark is Mark.FAILED and step.key != "agreement"]
        told = [step for step in trial.steps if step.mark in (Mark.FAILED, Mark.WARNING)] or [trial.of("description")]
        said = [text for step in told for text in (_numbered(step), step.fix) if text]
        addresses = tuple(one.address for one in partner.endpoints)
        tried = trial.of("tcp").mark is not Mark.SKIPPED or failed
        return Called(partner.code, addresses, not failed if tried else None, tuple(said))

    return call


def _numbered(step: Step) -> Text:
    return Text(
        f"{step.number} {step.title.zh}: {step.said.zh}",
        f"{step.number} {step.title.en}: {step.said.en}",
    )


def _as_text(content: Mapping[str, object]) -> dict[str, object]:
    """Return the content with every number as the text a reader finds."""
    return {key: _text(value) for key, value in content.items()}


def _text(value: object) -> object:
    if isinstance(value, Mapping):
        return _as_text(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_text(one) for one in value]
    return str(value)
