"""Time, chance and new ids enter through app.py and the commands; below them they are parameters."""

import ast

import pytest

from tests.rules.rule_sources import gateway_modules, named, parsed, used_names

MAY_ASK = ("gateway/app.py", "gateway/app/", "gateway/__main__.py", "gateway/cli/")
CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")),
    *(f"time.{name}" for name in ("localtime", "gmtime", "ctime", "strftime")),
}
CHANCE = {"os.urandom", "os.getrandom", "uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7", "uuid.getnode"}
CHANCE_MODULES = ("random", "secrets", "numpy.random")


def asks(tree: ast.Module) -> list[tuple[int, str]]:
    """List (line, name) of every use of a clock or of chance, once each, in order."""
    return sorted(
        {
            (line, name)
            for line, name in used_names(tree)
            if name in CLOCKS | CHANCE
            or name.startswith(tuple(f"{module}." for module in CHANCE_MODULES))
            or name in CHANCE_MODULES
        }
    )


def test_no_module_below_app_asks_a_clock_or_chance():
    found = [
        f"{named(path)}:{line}: {name}"
        for path in gateway_modules()
        if not named(path).startswith(MAY_ASK)
        for line, name in asks(parsed(path))
    ]
    assert found == [], "take `now`, `clock` or `new_id` as a parameter; app.py supplies it"


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "from datetime import datetime as dt\ndt.now(tz)",
        "import datetime\ndatetime.datetime.now()",
        "import datetime as d\nclock = d.datetime.now",
        "from datetime import date\ndate.today()",
        "import time\ntime.time()",
        "from time import monotonic\nmonotonic()",
        "import random",
        "from random import choice",
        "import secrets as chance",
        "from uuid import uuid4",
        "import uuid\nuuid.uuid7()",
        "import os\nos.urandom(16)",
    ],
)
def test_a_clock_or_chance_is_found_under_any_name(source):
    assert asks(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.fromtimestamp(0, tz)",
        "from datetime import time\ntime.min",
        "from uuid import UUID\nUUID('0')",
        "import uuid\nuuid.UUID('0')",
        "def tell(now, random):\n    return now.time(), random.choice",
    ],
)
def test_values_of_time_and_ids_that_were_handed_in_are_no_clock(source):
    assert asks(ast.parse(source)) == []
