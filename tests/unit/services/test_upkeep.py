"""How much is kept and how much room is left; which networks read."""

from __future__ import annotations

from pathlib import Path

from archives import Served
from event_samples import event
from marque.access.scopes import everything
from marque.config import ReaderSettings, StorageSettings
from marque.services.nets import Nets
from marque.services.upkeep import Upkeep
from marque.store import SqlStore
from marque.types import Principal, Within
from marque.vision.reader import Reader

ADMIN = everything("admin")


def upkeep(served: Served, folder: Path, reader: ReaderSettings | None = None, url: str | None = None) -> Upkeep:
    settings = reader or ReaderSettings()
    storage = StorageSettings(folder=folder / "not" / "made" / "yet", database=url)
    return Upkeep(served.store.database, served.parts.archive.reads, storage, settings, Nets(lambda: Reader(settings)))


def test_what_is_kept_is_counted_and_measured(store: SqlStore, store_url: str, tmp_path: Path) -> None:
    served = Served(store, tmp_path)
    assert upkeep(served, tmp_path).kept(ADMIN).oldest is None
    for number in (1, 2, 3):
        served.keep(event(number))
    kept = upkeep(served, tmp_path, url=store_url).kept(ADMIN)
    assert (kept.reads.count, kept.oldest, kept.newest) == (3, event(1).first_seen, event(3).first_seen)
    assert kept.database == store_url.partition(":")[0]
    assert kept.bytes > 10_000
    assert 0 < kept.free < kept.room


def test_who_sees_one_camera_is_told_of_its_reads(store: SqlStore, tmp_path: Path) -> None:
    served = Served(store, tmp_path)
    served.keep(event(1, camera="yard"))
    served.keep(event(2, camera="gate"))
    guard = Principal("guard", "user", ADMIN.scopes, Within(cameras=frozenset({"yard"})))
    kept = upkeep(served, tmp_path).kept(guard)
    assert (kept.reads.count, kept.newest) == (1, event(1).first_seen)


def test_the_networks_of_the_package_come_with_their_cards(store: SqlStore, tmp_path: Path) -> None:
    detector, recognizer, vehicles = upkeep(Served(store, tmp_path), tmp_path).networks()
    assert (detector.kind, detector.type, detector.version) == ("detector", "marque", "")
    assert detector.precision in ("fp32", "int8")
    assert detector.card.startswith("# Plate detector")
    assert recognizer.card.startswith("# Plate recogniser")
    assert (vehicles.kind, vehicles.version) == ("vehicles", "")
    assert vehicles.card.startswith("# Vehicle")


def test_a_network_of_others_has_no_card_and_its_options_are_shown(store: SqlStore, tmp_path: Path) -> None:
    reader = ReaderSettings(detector={"type": "ultralytics", "path": "plates.onnx"})
    detector = upkeep(Served(store, tmp_path), tmp_path, reader).networks()[0]
    assert (detector.type, detector.card, detector.precision) == ("ultralytics", "", "")
    assert detector.options == {"path": "plates.onnx"}
