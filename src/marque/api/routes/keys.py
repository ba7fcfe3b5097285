"""``/v1/keys``: API keys. A key is shown once, when it is made; to change one, make another and revoke it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marque.access.scopes import Role
from marque.api.auth import requires
from marque.api.desk import At, Bounded, Places, places, refusals, within
from marque.store.access import ApiKey
from marque.types import Principal

router = APIRouter(prefix="/v1/keys", tags=["access"], route_class=Bounded, responses=refusals(422))
Manager = Annotated[Principal, requires("keys:manage")]
Prefix = Annotated[str, Path(pattern=r"^[a-z0-9]{1,32}$")]


class KeyShown(BaseModel):
    """A key without its secret. It has a role or scopes, which hold at these cameras and sites, null: at all."""

    prefix: str
    name: str
    role: Role | None
    scopes: list[str]
    cameras: list[str] | None
    sites: list[str] | None
    created: AwareDatetime
    created_by: str
    expires: AwareDatetime | None
    used: AwareDatetime | None


class KeyList(BaseModel):
    """Every key by name."""

    keys: list[KeyShown]


class NewKey(BaseModel):
    """A key to make, with a role or with scopes."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=64, examples=["edge 1"])]
    role: Role | None = None
    scopes: Annotated[list[str], Field(max_length=100, examples=[["events:write"]])] = []
    cameras: Places = None
    sites: Places = None
    expires: AwareDatetime | None = None


class KeyAdded(BaseModel):
    """``text`` is the key itself, shown this once."""

    key: KeyShown
    text: str


@router.get("", summary="List API keys")
def list_keys(desk: At, principal: Manager) -> KeyList:
    """Every key by name, without its secret."""
    return KeyList(keys=[shown(key) for key in desk.keys.all(principal)])


@router.post("", summary="Make an API key", status_code=201)
def add_key(desk: At, principal: Manager, given: NewKey, response: Response) -> KeyAdded:
    """A key for a program. Nobody gives rights that they do not have."""
    key, text = desk.keys.add(
        principal,
        given.name,
        role=given.role,
        scopes=given.scopes,
        within=within(given.cameras, given.sites),
        expires=given.expires,
    )
    response.headers.update({"Location": f"/v1/keys/{key.prefix}", "Cache-Control": "no-store"})
    return KeyAdded(key=shown(key), text=text)


@router.get("/{prefix}", summary="Show an API key", responses=refusals(404))
def show_key(desk: At, principal: Manager, prefix: Prefix) -> KeyShown:
    """One key, without its secret."""
    return shown(desk.keys.one(principal, prefix))


@router.delete("/{prefix}", summary="Revoke an API key", status_code=204, responses=refusals(404))
def revoke_key(desk: At, principal: Manager, prefix: Prefix) -> None:
    """The key holds no more, from now on."""
    desk.keys.revoke(principal, prefix)


def shown(key: ApiKey) -> KeyShown:
    """A key as the API tells of it."""
    return KeyShown(
        prefix=key.prefix,
        name=key.name,
        role=Role(key.role) if key.role else None,
        scopes=sorted(key.scopes),
        created=key.created,
        created_by=key.created_by,
        expires=key.expires,
        used=key.used,
        **places(key.within),
    )
