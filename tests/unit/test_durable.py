import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from passport_service.durable import write_once
from passport_service.services import draw_keys

AT_ONCE = 8


def test_a_file_is_written_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    write_once(file, b"first")
    write_once(file, b"second")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"first", 0o600)


def test_a_write_that_is_cut_short_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_power(handle: int) -> None:
        raise OSError("no power")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_power)
        with pytest.raises(OSError, match="no power"):
            write_once(tmp_path / "kept", b"first")
    assert list(tmp_path.iterdir()) == []


def test_workers_that_start_at_once_all_get_the_one_draw_key(tmp_path: Path) -> None:
    for turn in range(20):
        start = Barrier(AT_ONCE)

        def make(file: Path = tmp_path / str(turn), start: Barrier = start) -> bytes:
            start.wait()
            return draw_keys.read_or_make(file)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            keys = [one.result() for one in [pool.submit(make) for _ in range(AT_ONCE)]]
        assert len(set(keys)) == 1
    assert len(list(tmp_path.iterdir())) == 20
