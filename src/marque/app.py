"""The composition root: Settings in, a running system out. The only place that names the concrete parts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, fields
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from ipaddress import ip_address
from threading import Event, Thread
from typing import Any

import structlog

from marque import plugins
from marque.access.audit import Audit
from marque.access.desk import Desk, open_desk
from marque.api import LOOPBACK, Parts, Server, create_app
from marque.capture.pool import CameraPool
from marque.capture.sources import parse_source
from marque.clock import SystemClock
from marque.config import CameraSettings, ServerSettings, Settings, SinkSettings, StorageSettings, check_plugin
from marque.errors import ConfigError, MarqueError, StoreError
from marque.events.bell import Bell
from marque.events.delivery import DeliveryEngine
from marque.events.log import EventLog
from marque.plates.formats import Formats
from marque.ports import Blobs, Clock, Sink, SinkContext
from marque.queries import EventQuery
from marque.services.analytics import Analytics
from marque.services.archive import Archive, archive
from marque.services.cameras import Cameras
from marque.services.checks import Checks
from marque.services.corrections import Corrections
from marque.services.deliveries import Deliveries
from marque.services.insight import Insight
from marque.services.intake import Intake
from marque.services.nets import Nets
from marque.services.recognition import Recognition
from marque.services.rejected import Rejected
from marque.services.searches import Searches
from marque.services.sinks import Sinks
from marque.services.sources import SourceGuard
from marque.services.trials import FaintDetector, Trials
from marque.services.upkeep import Upkeep
from marque.store.analytics import SqlAnalytics
from marque.store.audit import AuditTable
from marque.store.blobs import BlobStore, open_blobs
from marque.store.cameras import CameraRows
from marque.store.names import known_names
from marque.store.reads import SqlReads
from marque.store.retention import sweep
from marque.store.searches import SearchRows
from marque.store.sql import SqlStore, open_store
from marque.telemetry import Telemetry
from marque.types import StoredEvent
from marque.vision.reader import Reader
from marque.web import Dashboard, Services, pages

SWEEP_EVERY = 3600.0
"""seconds between two looks for events past their retention"""
CLOSE = "Set `server.authentication: true` (MARQUE_SERVER__AUTHENTICATION=true), or listen at 127.0.0.1."
"""what to do about a server that would be open to all"""
AWAY = frozenset({"lost", "failed"})
"""states of a camera that gives no frames and should"""


class Marque:
    """Everything of one site. Raises MarqueError when something cannot be built; then nothing is left open.

    ``start`` goes from the parts that receive to those that give, ``stop`` the other way round: cameras end first, so
    that their last events still reach the log, the streams and the sinks.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None, watching: bool = True) -> None:
        refuse_open(settings.server)
        self.settings = settings
        self.first_password: str | None = None
        """of the admin that this start made, because there was no user: to be shown to whoever started it, and kept
        nowhere"""
        self.clock = clock or SystemClock()
        self.telemetry = Telemetry()
        self.bell = Bell()
        self._open = ExitStack()
        with ExitStack() as opened:
            self.store, self.blobs = open_storage(settings.storage)
            opened.callback(self.store.close)
            self.desk = open_desk(self.store.database, settings.access, self.clock)
            sinks = build_sinks(settings, self.blobs, self.clock)
            self.delivery = DeliveryEngine(self.store, sinks, self.bell, self.clock, self.telemetry)
            opened.callback(self.delivery.stop)
            self.log = self._log()
            self.nets = Nets(lambda: Reader(settings.reader, clock=self.clock))
            self.recognition = Recognition(self.nets, settings.recognition, self.clock, self.telemetry)
            opened.callback(self.recognition.stop)
            self.pool = self._pool()
            self.cameras = self._cameras(watching)
            self.server = self._server() if settings.server.enabled else None
            self._open = opened.pop_all()

    def __enter__(self) -> Marque:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Run every part. Raises MarqueError (a port that is taken); then everything is stopped again."""
        sinks = frozenset(sink.name for sink in self.settings.sinks if sink.enabled)
        keep = timedelta(days=self.settings.storage.retention_days)
        sweeper = Sweeper(self.store, self.blobs, self.desk, keep, sinks, self.clock)
        try:
            warn_of_orphans(self.store.pending(), sinks)
            self.delivery.start()
            for part in (sweeper, self.server, self.pool):
                if part is not None:
                    self._open.callback(part.stop)
                    part.start()
            self.cameras.start()
            if self.server is not None and self.settings.server.authentication:
                self.first_password = self.desk.users.add_first()
        except MarqueError:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop every part; what is still owed to a sink stays in the log."""
        self._open.close()

    def stop_watching(self) -> None:
        """End the cameras; their last events reach the log, and everything else goes on."""
        self.pool.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """True when every source has ended and its events are in the log; a live camera never ends."""
        if not any(camera.enabled for camera in self.settings.cameras):
            return Event().wait(timeout)
        return self.pool.wait(timeout)

    def drain(self, timeout: float) -> int:
        """Wait for the sinks that answer to get what they are owed; how many deliveries still are."""
        until = self.clock.monotonic() + timeout
        while self.clock.monotonic() < until and any(
            h.pending and h.breaker == "closed" for h in self.delivery.health()
        ):
            Event().wait(0.05)
        return sum(sink.pending for sink in self.delivery.health())

    def events_after(self, cursor: int) -> list[StoredEvent]:
        """What the log got after ``cursor``, oldest first, some at a time."""
        return self.store.events(EventQuery(after=cursor, newest_first=False, limit=100))

    def health(self) -> dict[str, Any]:
        """State of all parts; ``status`` is ok, degraded or failing."""
        cameras = [asdict(camera) for camera in self.pool.health()]
        try:
            sinks = [asdict(sink) for sink in self.delivery.health()]
            store = {"status": "ok", "cursor": self.store.last_cursor()}
        except StoreError as error:
            sinks, store = [], {"status": "failing", "error": str(error)}
        return {"status": overall(cameras, sinks, store), "cameras": cameras, "sinks": sinks, "store": store}

    def _log(self) -> EventLog:
        processors = [
            plugins.build("processors", one["type"], {k: v for k, v in one.items() if k != "type"}, None)
            for one in self.settings.processors
        ]
        subscriptions = self.settings.sinks
        return EventLog(self.store, self.blobs, subscriptions, processors, self.bell, self.clock, self.telemetry)

    def _cameras(self, watching: bool) -> Cameras:
        server = self.settings.server
        guard = SourceGuard(server.camera_networks, server.camera_folder)
        rows = CameraRows(self.store.database)
        cameras, site = self.settings.cameras, self.settings.site
        return Cameras(cameras, rows, self.pool, guard, self.desk.audit, self.clock, site, watching, self._claim)

    def _claim(self) -> bool:
        """Whether the cameras in the database are this process's to watch, until it stops."""
        let_go = self.store.database.claim()
        if let_go is not None:
            self._open.callback(let_go)
        return let_go is not None

    def _insight(self) -> Insight:
        faint = FaintDetector(self.settings.reader)
        return Insight(
            Rejected(self.cameras, self.pool, self.desk.audit),
            Trials(self.cameras, self.pool, self.nets, faint.detect, self.desk.audit, self.clock),
            Checks(self.cameras, self.pool, self.desk.audit),
        )

    def _pool(self) -> CameraPool:
        cameras = [camera for camera in self.settings.cameras if camera.enabled]
        return CameraPool(
            cameras,
            self.nets,
            self.log.append,
            self.clock,
            self.telemetry,
            self.settings.site,
            finder=lambda: self.nets().finder,
        )

    def _server(self) -> Server:
        server = self.settings.server
        kept = archive_of(self.store, self.blobs, self.desk.audit, self.clock)
        parts = Parts(
            store=self.store,
            blobs=self.blobs,
            bell=self.bell,
            clock=self.clock,
            health=self.health,
            metrics=self.telemetry.render,
            archive=kept,
            analytics=analytics_of(self.store, self.desk.audit, self.clock),
            corrections=Corrections(kept.reads, self.log, self.desk.audit, self.clock),
            version=version("marque"),
            pages=pages(),
            hosts=known_hosts(server),
            gate=self.desk.gate(server.authentication),
            desk=self.desk,
            recognition=self.recognition,
            upkeep=Upkeep(self.store.database, kept.reads, self.settings.storage, self.settings.reader, self.nets),
            intake=Intake(self.log, self.blobs),
            cameras=self.cameras,
            insight=self._insight(),
            deliveries=Deliveries(self.store, self.desk.audit, self.clock),
            searches=Searches(SearchRows(self.store.database), self.desk.audit, self.clock),
            sinks=Sinks(
                self.settings.sinks,
                self.delivery.health,
                partial(build_sink, blobs=self.blobs, clock=self.clock),
                self.desk.audit,
                self.clock,
            ),
        )
        app = create_app(parts, dashboard(parts))
        return Server(app, server.host, server.port, parts.closing, server.trusted_proxies)


class Sweeper:
    """Forgets what is past its retention, now and every hour. ``sinks``: those that still get what they are owed."""

    def __init__(
        self, store: SqlStore, blobs: BlobStore, desk: Desk, keep: timedelta, sinks: Collection[str], clock: Clock
    ) -> None:
        self._store, self._blobs, self._desk = store, blobs, desk
        self._keep, self._sinks, self._clock = keep, sinks, clock
        self._stopping = Event()
        self._thread = Thread(target=self._work, name="sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _work(self) -> None:
        while True:
            try:
                swept = sweep(self._store, self._blobs, self._keep, self._clock.now(), self._sinks)
                structlog.get_logger().debug("swept", events=swept.events, pictures=swept.pictures)
                self._desk.sweep()
                self._store.database.tidy()
            except StoreError as error:
                structlog.get_logger().error("old events could not be deleted", error=str(error), hint=error.hint)
            if self._stopping.wait(SWEEP_EVERY):
                return


def warn_of_orphans(pending: Mapping[str, int], sinks: Collection[str]) -> None:
    """Say what is owed to sinks that are configured or enabled no more: it waits for them until its retention."""
    for name, count in sorted(pending.items()):
        if name not in sinks:
            structlog.get_logger().warning(
                "deliveries are owed to a sink that is not configured",
                sink=name,
                deliveries=count,
                hint="Configure it again to deliver them; else they go with their events at the end of retention.",
            )


def archive_of(store: SqlStore, blobs: Blobs, audit: Audit, clock: Clock) -> Archive:
    """What looks into the store."""
    names = partial(known_names, store.database)
    return archive(store, SqlReads(store.database), blobs, audit, names, clock)


def analytics_of(store: SqlStore, audit: Audit, clock: Clock) -> Analytics:
    """What counts what the store has."""
    return Analytics(SqlAnalytics(store.database), audit, clock)


@contextmanager
def open_archive(settings: StorageSettings) -> Iterator[Archive]:
    """What looks into what is kept, without anything running. Raises StoreError."""
    store, blobs = open_storage(settings)
    try:
        clock = SystemClock()
        yield archive_of(store, blobs, Audit(AuditTable(store.database), clock), clock)
    finally:
        store.close()


def build_sinks(settings: Settings, blobs: Blobs, clock: Clock) -> dict[str, tuple[Sink, SinkSettings]]:
    """Every enabled sink by its name. Raises MarqueError; then none is left open."""
    sinks: dict[str, tuple[Sink, SinkSettings]] = {}
    with ExitStack() as opened:
        for one in settings.sinks:
            if one.enabled:
                sink = build_sink(one, blobs, clock)
                opened.callback(sink.close)
                sinks[one.name] = (sink, one)
        opened.pop_all()
    return sinks


def build_sink(settings: SinkSettings, blobs: Blobs, clock: Clock) -> Sink:
    """One sink. Raises MarqueError."""
    context = SinkContext(settings.name, blobs.open, clock, settings.timeout)
    sink: Sink = plugins.build("sinks", settings.type, settings.options, context)
    return sink


def open_storage(settings: StorageSettings) -> tuple[SqlStore, BlobStore]:
    """The event log and the pictures, made when missing. Raises StoreError."""
    try:
        settings.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{settings.folder} cannot be made: {error.strerror}", hint="Set storage.folder.") from error
    return open_store(settings.database_url), open_blobs(settings.blobs_url)


def overall(cameras: list[dict[str, Any]], sinks: list[dict[str, Any]], store: Mapping[str, Any]) -> str:
    """One word for all parts: failing when nothing can be kept or every camera is away."""
    away = [camera["state"] in AWAY for camera in cameras]
    if store["status"] != "ok" or (away and all(away)):
        return "failing"
    return "degraded" if any(away) or any(sink["breaker"] != "closed" for sink in sinks) else "ok"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens at ``host``."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def dashboard(parts: Parts) -> Dashboard:
    """The pages over the services that the API has."""
    return Dashboard(Services(**{field.name: getattr(parts, field.name) for field in fields(Services)}))


def open_to_all(server: ServerSettings) -> str:
    """Why this server would be open to whoever reaches it, or nothing."""
    if not server.enabled or server.authentication or is_loopback(server.host):
        return ""
    return f"without authentication the server listens to this machine only, not at {server.host}"


def refuse_open(server: ServerSettings) -> None:
    """Raises MarqueError for a server that other machines could reach and that would not ask who they are."""
    if why := open_to_all(server):
        raise MarqueError(why, hint=CLOSE)


def known_hosts(server: ServerSettings) -> frozenset[str] | None:
    """The names a loopback server answers to; None (any) when it is open to the network."""
    if not is_loopback(server.host):
        return None
    return LOOPBACK | {name.lower() for name in (server.host, *server.allowed_hosts)}


def mistakes(settings: Settings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What the configuration cannot know of itself: whether sources of one word, and regions, mean something to those
    who will use them. Gives the place and a sentence."""
    if why := open_to_all(settings.server):
        yield ("server", "host"), f"server.host: {why}. {CLOSE}"
    for number, camera in enumerate(settings.cameras):
        for sentence in _source_problems(camera):
            yield ("cameras", number, "source"), sentence
        for sentence in _region_problems(f"camera {camera.id}", camera.regions):
            yield ("cameras", number, "regions"), sentence
    for sentence in _region_problems("reader", settings.reader.regions):
        yield ("reader", "regions"), sentence


def inspect(settings: Settings) -> None:
    """Raises ConfigError naming every one of the ``mistakes`` of settings that did not come from a file alone."""
    if problems := [sentence for _, sentence in mistakes(settings)]:
        raise ConfigError(problems)


def _source_problems(camera: CameraSettings) -> list[str]:
    try:
        if isinstance(camera.source, str):
            check_plugin("sources", parse_source(camera.source), f"camera {camera.id}")
    except ConfigError as error:
        return error.problems
    return []


def _region_problems(owner: str, regions: Sequence[str]) -> list[str]:
    try:
        Formats(regions)
    except MarqueError as error:
        return [f"{owner}: {error}. {error.hint}"]
    return []
