"""Ids and draws of a running gateway: nobody else gets the same, not another thread and not a process forked off."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

from gateway.app.world import real_world

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MANY = 3_000


def test_threads_never_share_an_id() -> None:
    world = real_world()
    with ThreadPoolExecutor(4) as threads:
        taken = [id_ for ids in threads.map(lambda _: [world.new_id() for _ in range(MANY)], range(4)) for id_ in ids]
    assert len(set(taken)) == 4 * MANY
    assert all(UUID7.fullmatch(id_) for id_ in taken)


def test_a_forked_process_goes_on_with_chance_of_its_own() -> None:
    world = real_world()
    world.draw(31)  # something is left over from here on
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"".join(world.draw(2**40).to_bytes(5) for _ in range(100)))
        os._exit(0)
    os.close(write)
    theirs = os.read(read, 500)
    os.close(read)
    assert os.waitpid(child, 0)[1] == 0
    ours = [world.draw(2**40) for _ in range(100)]
    assert len(theirs) == 500
    assert not {int.from_bytes(theirs[at : at + 5]) for at in range(0, 500, 5)} & set(ours)


def test_draws_are_within_and_spread_over_what_is_asked_for() -> None:
    world = real_world()
    drawn = [world.draw(31) for _ in range(MANY)]
    assert set(drawn) == set(range(31))
