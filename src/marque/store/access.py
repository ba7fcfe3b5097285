"""Users, their sessions, and API keys. Of passwords, sessions and keys only hashes are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Row,
    Table,
    Text,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from marque.store.database import Database
from marque.store.searches import saved_searches
from marque.store.tables import Serial, Sorted, Utc, metadata
from marque.types import EVERYTHING, Within

ADMIN = "admin"
"""the role of which one user has to stay"""

Names = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""a list of names, or NULL for all"""

users = Table(
    "users",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("name", Sorted, nullable=False, unique=True),
    Column("password", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("cameras", Names),
    Column("sites", Names),
    Column("disabled", Boolean, nullable=False),
    Column("created", Utc, nullable=False),
    Column("password_set", Utc, nullable=False),
    Column("signed_in", Utc),
    sqlite_autoincrement=True,
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("user_id", Serial, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("created", Utc, nullable=False),
    Column("used", Utc, nullable=False),
    Column("expires", Utc, nullable=False),
    Column("address", Text, nullable=False),
    Index("sessions_user", "user_id"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("name", Sorted, nullable=False, unique=True),
    Column("digest", Text, nullable=False),
    Column("role", Text),
    Column("scopes", Names),
    Column("cameras", Names),
    Column("sites", Names),
    Column("created", Utc, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires", Utc),
    Column("used", Utc),
)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in. ``role`` names their scopes, ``within`` says where they hold."""

    name: str
    role: str
    created: datetime
    password_set: datetime
    within: Within = EVERYTHING
    disabled: bool = False
    signed_in: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a program shows in place of a password. Either ``role`` or ``scopes`` say what it may do. ``prefix`` is the
    part of it that is no secret."""

    prefix: str
    name: str
    role: str | None
    scopes: frozenset[str]
    created: datetime
    created_by: str
    within: Within = EVERYTHING
    expires: datetime | None = None
    used: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in that still holds, or did."""

    user: User
    used: datetime
    expires: datetime


class UserRows:
    """Users by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[User]:
        with self._database.read() as connection:
            return [_user(row) for row in connection.execute(select(users).order_by(users.c.name))]

    def one(self, name: str) -> User | None:
        found = self.secret(name)
        return found and found[0]

    def secret(self, name: str) -> tuple[User, str] | None:
        """The user and the hash of their password."""
        with self._database.read() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).first()
            return None if row is None else (_user(row), row.password)

    def add(self, user: User, password: str, only_as_first: bool = False) -> bool:
        """Keep a new user with the hash of a password; False when the name is taken or, ``only_as_first``, when there
        is any user."""
        values = {
            "name": user.name,
            "password": password,
            "role": user.role,
            "disabled": user.disabled,
            "created": user.created,
            "password_set": user.password_set,
            **_places(user.within),
        }
        new = self._database.dialect.insert(users).values(values).on_conflict_do_nothing().returning(users.c.id)
        with self._database.write() as connection:
            if only_as_first and connection.scalar(select(func.count()).select_from(users)):
                return False
            return connection.scalar(new) is not None

    def change(
        self,
        name: str,
        *,
        role: str | None = None,
        within: Within | None = None,
        disabled: bool | None = None,
        password: str | None = None,
        password_set: datetime | None = None,
        signed_in: datetime | None = None,
    ) -> bool:
        """Set what is not None. False, and nothing is changed, when no enabled admin would be left."""
        given = {
            "role": role,
            "disabled": disabled,
            "password": password,
            "password_set": password_set,
            "signed_in": signed_in,
        }
        values = {key: value for key, value in given.items() if value is not None}
        values |= _places(within) if within is not None else {}
        resigns = disabled is True or (role is not None and role != ADMIN)
        with self._database.write() as connection:
            if resigns and self._is_last(connection, name):
                return False
            connection.execute(update(users).where(users.c.name == name).values(values))
        return True

    def remove(self, name: str) -> bool:
        """Forget a user, their sessions and searches. False when no enabled admin would be left."""
        with self._database.write() as connection:
            if self._is_last(connection, name):
                return False
            connection.execute(delete(users).where(users.c.name == name))
            # a later user of this name is somebody else
            mine = (saved_searches.c.kind == "user") & (saved_searches.c.principal == name)
            connection.execute(delete(saved_searches).where(mine))
        return True

    def _is_last(self, connection: Connection, name: str) -> bool:
        """Whether nobody else could manage users. Locks the admins: two that resign at once take turns."""
        admins = select(users.c.name).where(users.c.role == ADMIN, users.c.disabled.is_(False)).with_for_update()
        return list(connection.scalars(admins)) == [name]


class SessionRows:
    """Sessions by the hash of their token."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, digest: str, user: str, now: datetime, expires: datetime, address: str) -> None:
        owner = select(users.c.id).where(users.c.name == user).scalar_subquery()
        values = {"digest": digest, "created": now, "used": now, "expires": expires, "address": address}
        with self._database.write() as connection:
            connection.execute(sessions.insert().values(user_id=owner, **values))

    def one(self, digest: str) -> Session | None:
        """The session and its user, however old it is."""
        wanted = select(users, sessions.c.used, sessions.c.expires).join(sessions, sessions.c.user_id == users.c.id)
        with self._database.read() as connection:
            row = connection.execute(wanted.where(sessions.c.digest == digest)).first()
            return None if row is None else Session(_user(row), row.used, row.expires)

    def touch(self, digest: str, now: datetime) -> None:
        with self._database.write() as connection:
            connection.execute(update(sessions).where(sessions.c.digest == digest).values(used=now))

    def end(self, digest: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == digest))

    def end_all(self, user: str, but: str = "") -> None:
        """End every session of a user, ``but`` this one."""
        owner = select(users.c.id).where(users.c.name == user).scalar_subquery()
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.user_id == owner, sessions.c.digest != but))

    def sweep(self, unused_since: datetime, now: datetime) -> int:
        """Forget sessions that hold no more; how many."""
        over = (sessions.c.expires <= now) | (sessions.c.used <= unused_since)
        with self._database.write() as connection:
            return connection.execute(delete(sessions).where(over)).rowcount


class KeyRows:
    """API keys by the part of them that is no secret."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ApiKey]:
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.name))]

    def secret(self, prefix: str) -> tuple[ApiKey, str] | None:
        """The key and the hash of its secret."""
        with self._database.read() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.prefix == prefix)).first()
            return None if row is None else (_key(row), row.digest)

    def add(self, key: ApiKey, digest: str) -> bool:
        """Keep a new key; False when its name is taken."""
        values = {
            "prefix": key.prefix,
            "name": key.name,
            "digest": digest,
            "role": key.role,
            "scopes": None if key.role else sorted(key.scopes),
            "created": key.created,
            "created_by": key.created_by,
            "expires": key.expires,
            **_places(key.within),
        }
        new = self._database.dialect.insert(api_keys).values(values).on_conflict_do_nothing()
        with self._database.write() as connection:
            return connection.scalar(new.returning(api_keys.c.prefix)) is not None

    def touch(self, prefix: str, now: datetime) -> None:
        with self._database.write() as connection:
            connection.execute(update(api_keys).where(api_keys.c.prefix == prefix).values(used=now))

    def remove(self, prefix: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(api_keys).where(api_keys.c.prefix == prefix))


def _user(row: Row[Any]) -> User:
    within = _within(row.cameras, row.sites)
    return User(row.name, row.role, row.created, row.password_set, within, row.disabled, row.signed_in)


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        prefix=row.prefix,
        name=row.name,
        role=row.role,
        scopes=frozenset(row.scopes or ()),
        created=row.created,
        created_by=row.created_by,
        within=_within(row.cameras, row.sites),
        expires=row.expires,
        used=row.used,
    )


def _within(cameras: Sequence[str] | None, sites: Sequence[str] | None) -> Within:
    return Within(None if cameras is None else frozenset(cameras), None if sites is None else frozenset(sites))


def _places(within: Within) -> Mapping[str, Any]:
    return {
        name: None if places is None else sorted(places)
        for name, places in (("cameras", within.cameras), ("sites", within.sites))
    }
