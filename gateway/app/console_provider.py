"""Signing in through an identity provider, bound to one gateway."""

from gateway.app.gateway import Gateway
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.console.oidc_http import ProviderCalls, oidc_files
from gateway.console.oidc_provider import OidcProvider
from gateway.flows.people.by_provider import ByProvider
from gateway.flows.people.identities import Identities
from gateway.flows.people.signing_in import SigningIn
from gateway.settings import Settings


def by_provider(gateway: Gateway, settings: Settings, entering: SigningIn) -> ByProvider | None:
    """Return how people sign in through the provider in `console.oidc`; None where there is none.

    Raises:
        GatewayError: KEY_FILE_MISSING, KEY_FILE_OPEN, CONFIGURATION for files that stop a start.
    """
    named = settings.console.oidc if settings.console else None
    if named is None:
        return None
    wrong = [FieldFinding(one.file, one.problem, one.fix) for one in oidc_files(named)]
    if wrong:
        raise GatewayError(Reason.CONFIGURATION, findings=wrong, count=len(wrong))
    world = gateway.world
    calls = ProviderCalls(named.authority, named.deadline.total_seconds() / 2)
    return ByProvider(
        provider=OidcProvider(named, calls, world.clock, world.monotonic),
        database=gateway.database,
        vault=gateway.vault,
        clock=world.clock,
        secret=entering.secret,
        signing_in=entering,
        identities=Identities(gateway.database, gateway.vault, world.clock, entering, named.issuer),
        trusted_acr=named.trusted_acr,
        trusted_amr=named.trusted_amr,
        need_login=bool(named.login_claim),
    )
