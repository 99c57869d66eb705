"""What happens to files of cases without anybody asking, bound to one gateway."""

from gateway.app.gateway import Gateway
from gateway.flows.materials.sweep import MaterialSweeper


def material_sweeper(gateway: Gateway) -> MaterialSweeper:
    """Return what removes files nobody needs."""
    return MaterialSweeper(
        gateway.database,
        gateway.files,
        gateway.world.clock,
        gateway.watch.is_doubtful,
        gateway.listening.listen,
    )
