"""Pictures read by a server, told as if they had been read here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marque.cli.pictures import Picture
from marque.errors import ImageError, Unreachable
from marque.services.answers import Answer, Choice
from marque.vision import image
from marque.vision.reader import TimedReads
from marque.wire import plate_from_wire, vehicle_from_wire

if TYPE_CHECKING:
    from marque.client import Client


def answer(server: Client, picture: Picture, choice: Choice) -> Answer:
    """Send one picture as it is. One that is broken is known here already, and not sent. Raises RemoteError."""
    try:
        data = picture.data()
        shown = image.decode(data)
    except ImageError as fault:
        return Answer(picture.name, fault=fault)
    (told,) = server.recognize(
        {picture.name: data},
        regions=choice.regions,
        crop=choice.crop,
        top=choice.top,
        min_confidence=choice.min_confidence,
        vehicles=choice.vehicles,
    )
    if told["error"]:
        return Answer(picture.name, fault=ImageError(told["error"]))
    try:
        reads = [plate_from_wire(one) for one in told["plates"]]
        vehicles = [vehicle_from_wire(one) for one in told.get("vehicles", [])] if choice.vehicles else None
    except ValueError as error:
        raise Unreachable(f"the server tells of plates that make no sense: {error}") from error
    took = told["ms"]
    timed = TimedReads(reads, took["detect"], took["recognize"], took["total"])
    return Answer(picture.name, shown, timed, vehicles=vehicles)
