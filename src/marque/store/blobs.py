"""Pictures, content addressed: the name is the sha256, so the same picture is kept once and never changes.

Any URL the ``obstore`` library opens will do: ``file:///var/lib/marque/blobs``, ``s3://bucket/prefix``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from marque.config import without_passwords
from marque.errors import NotFound, StorageFull, StoreError

GONE = (NotFoundError, FileNotFoundError)
"""what obstore raises where a picture is not: the second in a local folder"""
FULL_HINT = "Free disk space or shorten storage.retention_days; nothing of this event was kept."


def open_blobs(url: str) -> BlobStore:
    """Open the pictures at a URL; a local folder is made when missing. Raises StoreError or StorageFull."""
    try:
        if url.startswith("file://"):
            return BlobStore(LocalStore(Path(url.removeprefix("file://")), mkdir=True))
        return BlobStore(from_url(url))
    except (BaseError, ValueError, OSError) as error:
        raise _told(error, f"cannot open the pictures at {without_passwords(url)}") from error


class BlobStore:
    """See :class:`marque.ports.Blobs`. Two levels of folders keep listings short on every file system."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, data: bytes) -> str:
        """Keep ``data``; its sha256. A picture that is there is written again on purpose: its age protects it from a
        sweep until the event that is about to name it is in the log."""
        digest = hashlib.sha256(data).hexdigest()
        try:
            self._store.put(_path(digest), data)
        except (BaseError, OSError) as error:
            raise _told(error, "cannot keep a picture") from error
        return digest

    def open(self, digest: str) -> bytes:
        """The picture. Raises NotFound when it is not there, StoreError when nobody can tell."""
        try:
            return bytes(self._store.get(_path(digest)).bytes())
        except GONE as error:
            raise NotFound(f"there is no picture {digest}", hint="It may be older than the retention.") from error
        except (BaseError, OSError) as error:
            raise _told(error, f"cannot open the picture {digest}") from error

    def has(self, digest: str) -> bool:
        """Whether the picture is there. Raises StoreError when nobody can tell."""
        try:
            self._store.head(_path(digest))
        except GONE:
            return False
        except (BaseError, OSError) as error:
            raise _told(error, f"cannot look for the picture {digest}") from error
        return True

    def delete(self, digest: str) -> None:
        """Forget the picture; nothing happens when it is not there."""
        try:
            self._store.delete(_path(digest))
        except GONE:
            return
        except (BaseError, OSError) as error:
            raise _told(error, f"cannot delete the picture {digest}") from error

    def older_than(self, time: datetime) -> Iterator[list[str]]:
        """Digests of pictures last written before ``time``, some hundreds at a time."""
        try:
            for chunk in self._store.list(chunk_size=500):
                yield [one["path"].rsplit("/", 1)[-1] for one in chunk if one["last_modified"] < time]
        except (BaseError, OSError) as error:
            raise _told(error, "cannot list the pictures") from error


def _path(digest: str) -> str:
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise StoreError(f"not the name of a picture: {digest!r}", hint="It is a sha256 in hex.")
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def _told(error: Exception, what: str) -> StoreError:
    if "os error 28" in str(error):  # ENOSPC; obstore gives the system's error only as text
        return StorageFull(f"{what}: the disk is full", hint=FULL_HINT)
    return StoreError(f"{what}: {error}", hint="Is the place there and writable?")
