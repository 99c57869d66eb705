"""`tongban keys announced`, `approve` and `reject` against running gateways, as an operator types them."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.flows.keys_build import QIANJIANG, Side, a_pair, next_keys, read_by

ROOT = Path(__file__).parents[2]


async def tongban(side: Side, *words: str) -> tuple[int, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *words, "--json", "--home", str(side.settings.home)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    said, _ = await process.communicate()
    return process.returncode or 0, json.loads(said)


async def test_an_operator_asks_compares_approves_one_and_rejects_the_other(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        new = next_keys(pair.qianjiang, in_seconds=3600)
        await read_by(pair.qianjiang, new)
        code, seen = await tongban(pair.enshi, "keys", "announced", "--ask", QIANJIANG)
        assert code == 0
        assert {one["kid"] for one in seen["keys"]} == {key.kid for key in new.values()}
        _, ours = await tongban(pair.qianjiang, "keys", "list")
        digits = {one["kid"]: one["digits"] for one in ours}
        assert all(one["digits"] == digits[one["kid"]] for one in seen["keys"]), "both sides read out the same"

        first, second = seen["keys"]
        code, done = await tongban(pair.enshi, "keys", "approve", QIANJIANG, first["kid"][:8], "--yes")
        assert (code, done["version"], [one["kid"] for one in done["keys"]]) == (0, 2, [first["kid"]])
        assert first["kid"] in {key.kid for key in pair.enshi.partner(pair.qianjiang).keys}
        code, _ = await tongban(pair.enshi, "keys", "reject", QIANJIANG, second["kid"])
        assert code == 0
        code, refused = await tongban(pair.enshi, "keys", "approve", QIANJIANG, second["kid"], "--yes")
        assert (code, refused["error"]["reason"]) == (1, "KEY_NOT_ANNOUNCED")
        assert await tongban(pair.enshi, "keys", "announced") == (0, {"keys": [], "doubts": []})
