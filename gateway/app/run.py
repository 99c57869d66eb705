"""A gateway from start to stop: everything is built here, in order, and taken down in reverse (`stopping`).

1 systems   who may call locally; a mistake stops the start
2 gateway   keys, store, partners (`opening`)
3 loops     what is owed leaves, what is left over ends
4 doors     other regions, local systems, the operator's socket: only now is anything taken in
"""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web

from gateway.app.audit_sealing import audit_chain, audit_sealed
from gateway.app.calling_partners import grpc_courier
from gateway.app.commit_times import timing_commits
from gateway.app.console_door import ConsoleLinks, console_door, desk
from gateway.app.following import Followed, following
from gateway.app.following_notices import FollowingNotices
from gateway.app.following_papers import FollowingLocalCertificate, papers_followed
from gateway.app.following_settings import FollowingSettings
from gateway.app.gateway import Gateway
from gateway.app.health import Health, looked_after
from gateway.app.local_door import operator_app, systems_app
from gateway.app.loops import loops
from gateway.app.metrics_door import metrics_door
from gateway.app.naming_cases import cases_named
from gateway.app.onboarding import calling_alone
from gateway.app.opening import OpenStore, embedded_store, opened, software
from gateway.app.operators_socket import operators_socket
from gateway.app.own_papers import OwnPapers
from gateway.app.partner_file_flows import PartnerFileFlows
from gateway.app.peering_door import listening, roots_now
from gateway.app.reloading import Reloading, tell_findings
from gateway.app.reloading_calendars import ReloadingCalendars, tell_calendar_findings
from gateway.app.retention_flows import kept_no_longer, retaining
from gateway.app.stopping import SideBySide, grace
from gateway.app.watched_gateway import watched
from gateway.app.world import World, real_world
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.retention import Retaining
from gateway.local.console_link_routes import add_console_link_routes
from gateway.local.partner_file_routes import add_partner_file_routes
from gateway.local.retention_routes import add_retention_routes
from gateway.local.systems import Systems
from gateway.local.systems_check import check_systems
from gateway.partners.registry import Registry
from gateway.partners.snapshot import Partners
from gateway.peering.client import GrpcCourier
from gateway.peering.server import peering_server
from gateway.settings import Settings, load_divisions
from gateway.telemetry import Metrics, Said, make_logger


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that takes calls.

    Attributes:
        peering, local: `host:port` it listens on.
    """

    gateway: Gateway
    peering: str
    local: str


async def run(
    settings: Settings,
    *,
    world: World | None = None,
    stop: asyncio.Event | None = None,
    ready: Callable[[Running], None] | None = None,
) -> None:
    """Run a gateway until `stop` is set.

    Raises:
        GatewayError: CONFIGURATION, KEY_FILE_…, STORE_…; nothing was taken in.
    """
    async with running(settings, world or real_world()) as started:
        if ready:
            ready(started)
        await (stop or asyncio.Event()).wait()


@asynccontextmanager
async def running(settings: Settings, world: World, *, store: OpenStore = embedded_store) -> AsyncIterator[Running]:
    """Run a gateway while the block runs.

    Args:
        store: opens the database.
    """
    log = make_logger(
        region=settings.region,
        level=settings.log.level.value,
        style=settings.log.format.value,
        stream=sys.stderr,
        clock=world.clock,
    )
    log.info(Said.STARTING, version=settings.software or software())
    systems = _systems(settings)
    metrics = Metrics(process=True)
    world = replace(world, commits=timing_commits(metrics, world.monotonic, world.commits))
    async with AsyncExitStack() as on:
        papers = OwnPapers(settings, world)
        couriers: list[GrpcCourier] = []

        def courier_of(_: Registry) -> GrpcCourier:
            couriers.append(grpc_courier(settings, world, papers))
            return couriers[0]

        opening = opened(settings, world, courier_of=courier_of, assign=systems.assign, papers=papers, store=store)
        gateway = await on.enter_async_context(opening)
        on.push_async_callback(couriers[0].close)
        measuring = await on.enter_async_context(watched(gateway, settings, log, metrics))
        tell_findings(gateway.going_live.last.findings, log)
        tell_calendar_findings(gateway.almanac.findings, log)
        together = await on.enter_async_context(SideBySide())
        await together.enter(loops(gateway, settings, log, metrics))
        keeping = retaining(gateway, settings)
        await together.enter(kept_no_longer(keeping, gateway, log))
        await together.enter(audit_sealed(audit_chain(gateway, settings), gateway, log))
        peering = await together.enter(peering_server(listening(gateway, settings, log, metrics)))

        def follow(snapshot: Partners) -> None:
            peering.trust(roots_now(gateway, settings))
            peering.keep_only([partner.code for partner in snapshot])
            couriers[0].keep_only([partner.code for partner in snapshot])
            metrics.know(partner.code for partner in snapshot)
            metrics.reloaded("partners")

        local_tls = FollowingLocalCertificate(settings.local.tls, log) if settings.local.tls else None
        settled = FollowingSettings(settings, gateway.divisions, log)
        followed: list[Followed] = [
            Reloading(gateway, log, follow),
            ReloadingCalendars(gateway, settings, log),
            settled,
        ]
        for one in followed + papers_followed(
            gateway, peering, couriers[0], partial(roots_now, gateway, settings), local_tls, log
        ):
            await on.enter_async_context(following(one, gateway.pulse, log, world))
        health = Health(gateway, settings, log, metrics)
        measuring.checkup, measuring.papers, health.edited = health.checkup, health.papers, settled.names
        await on.enter_async_context(looked_after(health, gateway, log, peering.set_ready))
        await together.enter(metrics_door(measuring.text, settings.metrics.listen))
        local = await together.enter(
            _http(
                systems_app(gateway, systems, metrics, health.checkup),
                settings,
                local_tls.context if local_tls else None,
            )
        )
        served = desk(gateway, settings)
        await together.enter(
            following(FollowingNotices(gateway, served.papers.wordings, log), gateway.pulse, log, world)
        )
        console = await together.enter(console_door(served, settings))
        await together.enter(cases_named(served.searching, gateway, log))
        operators = _with_more(
            operator_app(gateway, systems, metrics, health.checkup, measuring.text),
            keeping,
            PartnerFileFlows(gateway, calling_alone(settings, world, papers)),
            ConsoleLinks(served, console),
        )
        await together.enter(operators_socket(operators, settings.control_socket, grace=min(1.0, grace(settings))))
        on.push_async_callback(peering.set_ready, ready=False)
        on.callback(gateway.signals.end)
        log.info(Said.READY, address=local)
        yield Running(gateway, f"{settings.peering.listen.host}:{peering.port}", local)
        log.info(Said.STOPPING)
    log.info(Said.STOPPED)


def _with_more(
    operators: web.Application, keeping: Retaining, files: PartnerFileFlows, links: ConsoleLinks
) -> web.Application:
    add_retention_routes(operators, keeping)
    add_partner_file_routes(operators, files)
    add_console_link_routes(operators, links)
    return operators


def _systems(settings: Settings) -> Systems:
    divisions = load_divisions()
    checked = check_systems(settings.systems, divisions)
    wrong = [finding for finding in checked.findings if finding.is_error]
    if wrong:
        findings = [FieldFinding(f"{one.file}:{one.line}: {one.key}", one.problem, one.fix) for one in wrong]
        raise GatewayError(Reason.CONFIGURATION, findings=findings, count=len(findings))
    return Systems.of(checked.systems, divisions)


@asynccontextmanager
async def _http(app: web.Application, settings: Settings, tls: ssl.SSLContext | None) -> AsyncIterator[str]:
    # Nothing is unpacked: a compressed body is refused, and must not have filled the memory before.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=grace(settings), auto_decompress=False)
    await runner.setup()
    try:
        address = settings.local.listen
        site = web.TCPSite(runner, address.host, address.port, ssl_context=tls)
        try:
            await site.start()
        except OSError as error:
            raise _cannot_listen(str(address), error) from error
        port = runner.addresses[0][1]
        yield f"{address.host}:{port}"
    finally:
        await runner.cleanup()


def _cannot_listen(address: str, error: OSError) -> GatewayError:
    finding = FieldFinding(
        "local.listen",
        Text(f"无法监听 {address}: {error.strerror}", f"cannot listen on {address}: {error.strerror}"),
        Text("端口可能已被占用, 换一个端口或停掉占用者", "the port may be in use: choose another or stop its user"),
    )
    return GatewayError(Reason.CONFIGURATION, findings=[finding], count=1)
