"""The HTTP API: ``create_app(parts)`` and the server that runs it."""

from __future__ import annotations

from marque.api.app import create_app, document
from marque.api.guard import LOOPBACK
from marque.api.parts import Parts
from marque.api.server import Server

__all__ = ["LOOPBACK", "Parts", "Server", "create_app", "document"]
