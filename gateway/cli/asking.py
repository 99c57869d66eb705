"""One question to the running gateway, as the operator."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.options import settings_of
from gateway.cli.speech import Speaker

if TYPE_CHECKING:
    from gateway.cli.control import Control


def ask(speaker: Speaker, home: Path, question: "Callable[[Control], Awaitable[Any]]") -> Any:
    """Return the answer of the gateway in the folder `home`.

    Raises:
        GatewayError: CONSOLE_OFF.
        Refused: the gateway said no.
    """
    settings = settings_of(home, speaker)

    async def conversation() -> Any:
        from gateway.cli.control import speak_to

        async with speak_to(settings.control_socket, speaker.lang) as control:
            return await question(control)

    return asyncio.run(conversation())
