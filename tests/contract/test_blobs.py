"""What every place for pictures promises."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.exceptions import BaseError

from event_samples import NOON, event
from marque.errors import NotFound, StoreError
from marque.store import SqlStore
from marque.store.blobs import BlobStore, open_blobs
from marque.store.retention import GRACE, Swept, sweep

LATER = timedelta(days=2)


@pytest.fixture(params=["file", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return open_blobs(f"file://{tmp_path}/a/b" if request.param == "file" else "memory:///")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary())
def test_a_picture_comes_back_under_its_sha256(blobs: BlobStore, data: bytes) -> None:
    digest = blobs.put(data)
    assert digest == hashlib.sha256(data).hexdigest()
    assert blobs.open(digest) == data


def test_the_same_picture_is_kept_once(blobs: BlobStore) -> None:
    assert blobs.put(b"jpeg") == blobs.put(b"jpeg")
    assert [len(some) for some in blobs.older_than(datetime.now(UTC) + LATER)] == [1]


def test_a_picture_that_is_not_there_is_an_error_with_a_hint(blobs: BlobStore) -> None:
    with pytest.raises(NotFound) as missing:
        blobs.open("0" * 64)
    assert missing.value.hint


def test_forgetting_twice_is_once(blobs: BlobStore) -> None:
    digest = blobs.put(b"jpeg")
    blobs.delete(digest)
    blobs.delete(digest)
    with pytest.raises(StoreError):
        blobs.open(digest)


@pytest.mark.parametrize("name", ["", "frame.jpg", "../" * 22, "A" * 64, "/" * 64])
def test_only_digests_name_pictures(blobs: BlobStore, name: str) -> None:
    for use in (blobs.open, blobs.delete):
        with pytest.raises(StoreError):
            use(name)


def test_folders_are_two_levels_deep(tmp_path: Path) -> None:
    digest = open_blobs(f"file://{tmp_path}").put(b"jpeg")
    assert (tmp_path / digest[:2] / digest[2:4] / digest).read_bytes() == b"jpeg"


def test_a_place_nobody_can_open_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for url in ("gopher://x", f"file://{tmp_path}/file/blobs"):
        with pytest.raises(StoreError) as refused:
            open_blobs(url).put(b"")
        assert refused.value.hint


def test_a_place_that_cannot_be_listed_is_an_error_of_ours() -> None:
    class Away:
        def list(self, chunk_size: int) -> None:
            raise BaseError(f"no answer to {chunk_size} names")

    store: Any = Away()
    with pytest.raises(StoreError, match="cannot list the pictures"):
        next(BlobStore(store).older_than(datetime.now(UTC)))


# -- retention ------------------------------------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path, open_log: Callable[[str], SqlStore]) -> SqlStore:
    return open_log(f"sqlite:///{tmp_path}/log.db")


def test_a_sweep_forgets_old_events_and_the_pictures_only_they_showed(log: SqlStore, blobs: BlobStore) -> None:
    shared, alone = blobs.put(b"shared"), blobs.put(b"alone")
    log.append(event(1, images={"frame": shared, "plate": alone}), [])
    now = datetime.now(UTC) + LATER
    log.append(event(2, images={"frame": shared}, time=now), [])
    assert sweep(log, blobs, timedelta(days=1), now) == Swept(events=1, pictures=1)
    assert blobs.open(shared) == b"shared"
    with pytest.raises(StoreError):
        blobs.open(alone)


def test_a_picture_without_an_event_is_forgotten_after_a_grace(log: SqlStore, blobs: BlobStore) -> None:
    orphan, now = blobs.put(b"orphan"), datetime.now(UTC)
    assert sweep(log, blobs, timedelta(days=1), now + GRACE / 2) == Swept(0, 0)
    assert blobs.open(orphan) == b"orphan"
    assert sweep(log, blobs, timedelta(days=1), now + GRACE * 2) == Swept(0, 1)


def test_pictures_of_kept_events_outlive_every_sweep(log: SqlStore, blobs: BlobStore) -> None:
    kept = blobs.put(b"kept")
    log.append(event(1, images={"frame": kept}, time=NOON), [])
    assert sweep(log, blobs, timedelta(days=36500), datetime.now(UTC) + LATER) == Swept(0, 0)
