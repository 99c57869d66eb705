"""Files of a case are pulled from the partner, each to its end, before the envelope that names them is taken in."""

from collections.abc import Sequence

from gateway.case.model import MaterialFile
from gateway.flows.delivery.calling_again import call_again
from gateway.flows.delivery.courier import Courier
from gateway.flows.materials.transfer import Transfer
from gateway.partners.partner import Partner


async def pull_all(
    transfer: Transfer, courier: Courier, partner: Partner, case_id: str, files: Sequence[MaterialFile]
) -> None:
    """Pull what is not here yet; a call that is lost is made again at once, and goes on where the last one stopped.

    Raises:
        GatewayError: whatever a courier raises, or why a file is not taken.
    """
    for file in files:
        digest = file.sha256

        async def pull(file: MaterialFile = file, digest: str = digest) -> bool:
            return await transfer.pull_material(
                partner.code, case_id, file, lambda offset: courier.get_material(partner, case_id, digest, offset)
            )

        while not await call_again(pull):
            pass
