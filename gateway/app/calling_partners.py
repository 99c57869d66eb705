"""What calls partners over gRPC, with the certificate and tokens of one gateway."""

from gateway.app.own_papers import OwnPapers
from gateway.app.world import World
from gateway.peering.client import GrpcCourier
from gateway.settings import Settings


def grpc_courier(settings: Settings, world: World, papers: OwnPapers | None = None) -> GrpcCourier:
    """Return what carries bytes to partners over gRPC, with this gateway's certificate and tokens.

    Args:
        papers: those that are followed; read anew without.
    """
    own = papers or OwnPapers(settings, world)
    own.token_keys(world.clock())  # without one nobody can be called: said now
    return GrpcCourier(settings.region, own.credentials, world.clock, own.refused)
