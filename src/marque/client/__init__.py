"""Marque over HTTP, from Python: :class:`Client`, and :class:`AsyncClient` for programs with an event loop.

::

    with Client("http://127.0.0.1:6277", key="mrq_...") as marque:
        for found in marque.reads(plate="AB?2*", match="wildcard"):
            print(found.stored.event.read.text)
"""

from __future__ import annotations

from marque.client.aio import AsyncClient
from marque.client.calls import Filters
from marque.client.sync import Client

__all__ = ["AsyncClient", "Client", "Filters"]
