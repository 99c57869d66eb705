"""Measurements that can be repeated, on this machine alone.

    python -m bench [--short] [--duration SECONDS] [--runs N] [--rate CASES_PER_SECOND]     the standard set
    python -m bench NAME [--short] …                                                      one program; --help for its own

Every program starts and stops its own gateways, compares the rows of both databases with what it sent where it sends cases, prints
tables in Markdown, and ends with one JSON object alone on the last line.  Ends with 1 when anything was lost, doubled or altered.
"""

import argparse
import asyncio
import importlib
import json
import sys
from collections.abc import Sequence
from typing import Any

from bench.report import Figures, show
from bench.sites import commit

PROGRAMS = {
    "path": "the whole path, at saturation and at half load",
    "floors": "what this machine can do at best: group commit, batched calls, signatures",
    "handover": "the hand-over stage alone: outbox full at one gateway, receipted at the other, settled",
    "steps": "where the processor time of a case goes, step by step",
    "partners": "the rate with one partner and with ninety",
    "queued": "memory and time to start with a million cases open and queued",
    "flat": "whether a full store slows anything down",
    "editing": "the check of a hundred partner files, right and wrong",
    "reloading": "from a saved partner file to its effect, with a hundred files",
    "search": "searching a million cases in the console: every way, the lists of a desk, an export",
    "material": "one large file from upload to download",
}
STANDARD = tuple(PROGRAMS)
SHORT = ("path", "handover")
"""What `--short` runs of the standard set: within 40 seconds."""


def main(words: Sequence[str]) -> None:
    """Run one program, or the standard set."""
    listed = "\n".join(f"  {name:10}{what}" for name, what in PROGRAMS.items())
    name = words[0] if words and words[0] in PROGRAMS else ""
    parser = argparse.ArgumentParser(
        prog=f"python -m bench {name}".strip(),
        description=f"{__doc__}\nPrograms:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--short", action="store_true", help="quick, for a look")
    parser.add_argument("--seed", type=int, default=0, help="accepted for uniformity; nothing is drawn")
    if name:
        _program(name).arguments(parser)
        figures = asyncio.run(_program(name).measure(parser.parse_args(words[1:])))
    else:
        _program("path").arguments(parser)
        figures = asyncio.run(_standard(parser.parse_args(words)))
    print(json.dumps({"commit": commit()} | figures, ensure_ascii=False), flush=True)
    if is_wrong(figures):
        sys.exit(1)


async def _standard(asked: argparse.Namespace) -> Figures:
    """Run the standard set; the figures of the whole path stand at the top, those of the others under their names."""
    figures: Figures = {}
    names = ("path",) if asked.rate else SHORT if asked.short else STANDARD
    for name in names:
        made = await _program(name).measure(_defaults(name, asked))
        figures |= made if name == "path" else {name: made}
    if "floors" in figures:
        figures["ratios"] = ratios(figures)
        show("Ratios to the floors of this run", ("", "share of the floor"), list(figures["ratios"].items()))
    return figures


def _defaults(name: str, asked: argparse.Namespace) -> argparse.Namespace:
    """Return what a program of the standard set is asked: its defaults, and what was said on the command line."""
    parser = argparse.ArgumentParser()
    _program(name).arguments(parser)
    return argparse.Namespace(**vars(parser.parse_args([])) | vars(asked))


def is_wrong(figures: Figures) -> bool:
    """Whether anything was lost or doubled, or came out with another digest."""
    below = any(is_wrong(value) for value in figures.values() if isinstance(value, dict))
    return below or bool(figures.get("lost") or figures.get("doubled") or figures.get("equal") is False)


def ratios(figures: Figures) -> Figures:
    """Return how near each figure comes to the floor it cannot pass."""
    floors = figures["floors"]
    return {
        "durable submits / rows through shared commits": _ratio(figures["submit_rate"], floors["group_commit_rows"]),
        "whole path / rows through shared commits": _ratio(figures["end_to_end_rate"], floors["group_commit_rows"]),
        "hand-over / envelopes in batched calls over TLS": _ratio(
            figures["handover"]["rate"], floors["batched_call_envelopes"]
        ),
        "hand-over / P-256 signatures checked by one core": _ratio(
            figures["handover"]["rate"], floors["p256_verify_per_second"]
        ),
    }


def _ratio(one: float, other: float) -> float:
    return round(one / other, 3) if other else 0.0


def _program(name: str) -> Any:
    return importlib.import_module(f"bench.{name}")


if __name__ == "__main__":
    main(sys.argv[1:])
