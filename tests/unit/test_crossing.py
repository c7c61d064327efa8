"""What several threads bring at once goes in one go, and each gets what came of its own."""

import threading
from collections.abc import Sequence

import pytest

from passport_service.services.crossing import Ferry
from tests.waiting import PATIENCE


def test_each_gets_what_came_of_its_own_whoever_carried_it() -> None:
    crews: list[int] = []

    def carry(brought: Sequence[int]) -> list[int | BaseException]:
        crews.append(len(brought))
        return [ValueError(str(one)) if one % 7 == 0 else one * one for one in brought]

    ferry: Ferry[int, int] = Ferry(carry, most=5)
    came: dict[int, int | str] = {}

    def bring(start: int) -> None:
        for one in range(start, start + 200):
            try:
                came[one] = ferry.take(one)
            except ValueError as fault:
                came[one] = str(fault)

    threads = [threading.Thread(target=bring, args=(1000 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE)
    assert came == {
        one: str(one) if one % 7 == 0 else one * one
        for number in range(8)
        for one in range(1000 * number, 1000 * number + 200)
    }
    assert max(crews) <= 5
    assert sum(crews) == 1600


def test_those_who_wait_while_one_is_under_way_go_together() -> None:
    under_way, may_land = threading.Event(), threading.Event()
    crews: list[list[str]] = []

    def carry(brought: Sequence[str]) -> list[str | BaseException]:
        crews.append(sorted(brought))
        if brought == ["first"]:
            under_way.set()
            assert may_land.wait(PATIENCE)
        return list(brought)

    ferry: Ferry[str, str] = Ferry(carry, most=10)
    first = threading.Thread(target=ferry.take, args=("first",))
    first.start()
    assert under_way.wait(PATIENCE)
    others = [threading.Thread(target=ferry.take, args=(name,)) for name in ("b", "c", "d")]
    for thread in others:
        thread.start()
    while len(ferry._quay) < 3:
        pass
    may_land.set()
    for thread in (first, *others):
        thread.join(timeout=PATIENCE)
    assert crews == [["first"], ["b", "c", "d"]]


def test_what_the_carrying_itself_raises_reaches_everybody_and_the_next_goes_on() -> None:
    ferry: Ferry[str, str] = Ferry(fail_once := FailOnce(), most=10)
    with pytest.raises(OSError, match="disk"):
        ferry.take("a")
    assert ferry.take("b") == "b"
    assert fail_once.times == 2


class FailOnce:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self, brought: Sequence[str]) -> list[str | BaseException]:
        self.times += 1
        if self.times == 1:
            raise OSError("disk")
        return list(brought)
