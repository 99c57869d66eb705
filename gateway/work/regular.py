"""Work that is done every so often: sweeping, collecting."""

from collections.abc import Awaitable, Callable

from gateway.work.rounds import Sleeper


async def regularly(
    step: Callable[[], Awaitable[object]], *, every: float, sleep: Sleeper, failed: Callable[[str, BaseException], None]
) -> None:
    """Run `step` again and again with `every` seconds between, until cancelled; a failure waits for the next turn."""
    while True:
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - the next turn tries again; the failure is told
            failed("", error)
        await sleep(every)
