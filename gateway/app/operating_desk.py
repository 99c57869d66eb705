"""What operators set off from the console, bound to one gateway: the flows that the commands use."""

import asyncio
from functools import partial

from gateway.app.gateway import Gateway
from gateway.app.introducing import Introducing
from gateway.app.onboarding import calling_alone, connection_test
from gateway.app.partner_file_flows import PartnerFileFlows
from gateway.console.operating import CatalogueShown, Operating, OwnKey, SystemShown, SystemsShown
from gateway.flows.figures import figures_of
from gateway.flows.keys.deciding import Deciding
from gateway.flows.onboarding.trials import Trials
from gateway.local.system_file import Receives, Status
from gateway.local.systems_check import check_systems
from gateway.settings import Settings, load_divisions
from gateway.store import audit, feed, items
from gateway.store.database import Transaction


def operating(gateway: Gateway, settings: Settings) -> Operating:
    """Return what the pages for operators set off."""
    world = gateway.world

    async def note(actor: str, act: str, subject: str, outcome: str, detail: str) -> None:
        now = world.clock()
        await gateway.database.write(lambda tx: audit.note(tx, now, actor, act, subject, outcome, detail))

    return Operating(
        standing=gateway.standing,
        reconciling=gateway.reconciling,
        keys=Deciding(gateway.going_live),
        own_keys=partial(_own_keys, gateway),
        systems=partial(_systems, gateway, settings),
        catalogues=partial(_catalogues, gateway, settings),
        compare=gateway.items.comparing.compare,
        figures=partial(figures_of, database=gateway.database, clock=world.clock, calendars=gateway.almanac.current),
        files=PartnerFileFlows(gateway, calling_alone(settings, world, gateway.papers)),
        queue=gateway.queue,
        trials=Trials(
            partner_of=lambda code: gateway.registry.current().of(code),
            connection=lambda: connection_test(settings, world, papers=gateway.papers),
            note=lambda actor, act, subject, outcome: note(actor, act, subject, outcome, ""),
            new_id=world.new_id,
            clock=world.clock,
        ),
        introducing=Introducing(gateway, settings),
        note=note,
    )


def _own_keys(gateway: Gateway) -> list[OwnKey]:
    found = [
        OwnKey(key.kid, key.use.value, key.valid_from, key.seal_until, key.accept_until)
        for key in gateway.papers.every_key.keys
    ]
    certificate = gateway.papers.certified.certificate
    ends = certificate.not_valid_after_utc
    return [*found, OwnKey(f"{certificate.serial_number:x}", "", certificate.not_valid_before_utc, ends, ends)]


async def _systems(gateway: Gateway, settings: Settings) -> SystemsShown:
    checked = await asyncio.to_thread(check_systems, settings.systems, load_divisions())

    def look(tx: Transaction) -> SystemsShown:
        shown = []
        for one in checked.systems:
            waiting, oldest = feed.unconfirmed(tx, one.name)
            shown.append(
                SystemShown(
                    name=one.name,
                    title=one.title,
                    file=one.file,
                    is_sample=one.status is Status.SAMPLE,
                    can_call=one.can_call,
                    may=tuple(sorted(may.value for may in one.may)),
                    receives=tuple(map(_received, one.receives)),
                    waiting=waiting,
                    oldest=oldest,
                )
            )
        return SystemsShown(tuple(shown), checked.findings, feed.unconfirmed(tx, "")[0])

    return await gateway.database.read(look)


def _received(rule: Receives) -> str:
    return " ".join((*rule.items, *rule.divisions)) or "*"


async def _catalogues(gateway: Gateway, settings: Settings) -> list[CatalogueShown]:
    regions = [(settings.region, settings.name)]
    regions += sorted((one.code, one.short_name) for one in gateway.registry.current() if not one.is_sample)
    return await gateway.database.read(
        lambda tx: [CatalogueShown(code, name, items.catalogue(tx, code)) for code, name in regions]
    )
