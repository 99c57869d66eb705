"""The doors to local systems and to operators at this machine, bound to one gateway."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web

from gateway.app.gateway import Gateway
from gateway.app.joint_flows import JointFlows
from gateway.app.measuring import Measuring
from gateway.app.metrics_door import Measured, metrics_answer
from gateway.app.watched_door import watch_door
from gateway.case.ailments import Ailment, Checkup, Found
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.act import OPERATOR
from gateway.flows.joint.hand_in import JointOpened, JointSubmission
from gateway.flows.keys.deciding import Deciding
from gateway.flows.submit import Submission, Submitted
from gateway.local.api import local_app
from gateway.local.canonical_out import encode
from gateway.local.door import Health, LocalFlows
from gateway.local.key_routes import add_key_routes
from gateway.local.queue_routes import add_queue_routes
from gateway.local.reconcile_routes import add_reconcile_routes
from gateway.local.requests import JSON
from gateway.local.standing_routes import add_standing_routes
from gateway.local.standings import standings_content
from gateway.local.system_file import May, Status
from gateway.local.systems import System, Systems, TokenCredential
from gateway.telemetry import Metrics
from gateway.trust.local_tokens import is_good_local_token

SYSTEM_HEADER = "Tongban-System"
"""Names the local system an operator acts for; without it the operator sees and does everything."""


def local_flows(gateway: Gateway, metrics: Metrics) -> LocalFlows:
    """Return what local systems may set off."""
    joint = JointFlows(gateway)

    async def submit(submission: Submission) -> Submitted:
        done = await gateway.submit(submission)
        if not done.repeated:
            metrics.case_submitted(done.partner)
        return done

    async def await_feed(system: str, after: int, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not (await gateway.has_news(system, after) or gateway.signals.ending):
                    await gateway.signals.something_told()
        except TimeoutError:
            return

    async def submit_joint(submission: JointSubmission) -> JointOpened:
        done = await joint.submit(submission)
        if not done.repeated:
            for child in done.children:
                metrics.case_submitted(child.partner)
        return done

    return LocalFlows(
        submit=submit,
        calendar=lambda: gateway.almanac.current().of(gateway.about.region),
        submit_joint=submit_joint,
        act=gateway.act,
        act_on_joint=joint.act,
        look_at_joint=joint.looking.look_at_joint,
        list_joint=joint.looking.list_joint,
        progress=joint.enquiries.answer,
        list_items=gateway.items.looking.list_items,
        find_item=gateway.items.looking.find_item,
        import_items=gateway.items.import_items,
        compare_items=gateway.items.comparing.compare,
        look_at_case=gateway.looking.look_at_case,
        list_cases=gateway.looking.list_cases,
        claim_case=gateway.claim_case,
        release_case=gateway.release,
        read_feed=gateway.looking.read_feed,
        confirm_feed=gateway.confirm_feed,
        await_feed=await_feed,
        material_state=gateway.transfer.material_state,
        take_material=gateway.transfer.take_material,
        give_material=gateway.transfer.give_material,
        callable_licences=gateway.callable_types,
    )


def _unexamined() -> Checkup:
    return Checkup(((Found(Ailment.STARTING), datetime.min.replace(tzinfo=UTC)),))


def systems_app(
    gateway: Gateway, systems: Systems, metrics: Metrics, checkup: Callable[[], Checkup] = _unexamined
) -> web.Application:
    """Return the HTTP application for local systems."""
    world = gateway.world
    app = local_app(
        local_flows(gateway, metrics), lambda: systems, world.clock, world.new_id, Health(checkup), is_token_of
    )
    watch_door(app, metrics, gateway.watching.spans, world.monotonic)
    return app


def is_token_of(token: str, credential: TokenCredential, now: datetime) -> bool:
    """Whether a token is one that the owner of a system's credential signed and is good now."""
    return is_good_local_token(
        token,
        issuer=credential.issuer,
        audience=credential.audience,
        algorithm=credential.algorithm,
        public_key=credential.public_key,
        now=now,
    )


def operator_app(
    gateway: Gateway,
    systems: Systems,
    metrics: Metrics,
    checkup: Callable[[], Checkup] = _unexamined,
    measured: Measured | None = None,
) -> web.Application:
    """Return the same application for whoever may open the socket (mode 0600), with the metrics beside it."""
    world = gateway.world
    operator = System(
        name=OPERATOR,
        title="运维",
        status=Status.ACTIVE,
        keys=frozenset(),
        token=None,
        may=frozenset(May),
        receives=(),
        events=None,
        mapping=None,
        file="",
    )

    def caller(request: web.Request) -> System:
        name = request.headers.get(SYSTEM_HEADER, "")
        if not name:
            return operator
        system = systems.get(name)
        if system is None:
            raise GatewayError(Reason.SYSTEM_UNKNOWN, system=name)
        # Commands speak canonical words whatever codes the system they act for has.
        mapping = replace(system.mapping, own=None) if system.mapping else None
        return replace(system, may=frozenset(May), mapping=mapping)

    app = local_app(
        local_flows(gateway, metrics),
        lambda: systems,
        world.clock,
        world.new_id,
        Health(checkup),
        caller_of_request=caller,
    )

    async def standings(_: web.Request) -> web.Response:
        now = world.clock()
        content = standings_content(await gateway.delivery.standings(), now)
        return web.Response(body=encode(content), content_type=JSON)

    app.router.add_get("/metrics", metrics_answer(measured or Measuring(gateway, metrics, checkup).text))
    app.router.add_get("/v1/standings", standings)
    add_queue_routes(app, gateway.queue, world.clock)
    add_key_routes(app, Deciding(gateway.going_live))
    add_standing_routes(app, gateway.standing, world.clock)
    add_reconcile_routes(app, gateway.reconciling, world.clock)
    return app
