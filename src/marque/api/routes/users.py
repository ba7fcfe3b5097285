"""``/v1/users``: who signs in, and what they may do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marque.access.passwords import LONGEST
from marque.access.scopes import Role
from marque.api.auth import requires
from marque.api.desk import At, Bounded, Places, places, refusals, within
from marque.store.access import User
from marque.types import Principal

router = APIRouter(prefix="/v1/users", tags=["access"], route_class=Bounded, responses=refusals(422))
Manager = Annotated[Principal, requires("users:manage")]
Name = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@+-]*$")]
Password = Annotated[
    str | None, Field(max_length=LONGEST, description="null: one is generated", examples=["seven tall birches"])
]


class UserShown(BaseModel):
    """Somebody who signs in; their role holds at these cameras and sites, null: at all."""

    name: str
    role: Role
    cameras: list[str] | None
    sites: list[str] | None
    disabled: bool
    created: AwareDatetime
    password_set: AwareDatetime
    signed_in: AwareDatetime | None


class UserList(BaseModel):
    """Every user by name."""

    users: list[UserShown]


class NewUser(BaseModel):
    """A user to add."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=64, examples=["anna"])]
    role: Role = Role.VIEWER
    cameras: Places = None
    sites: Places = None
    password: Password = None


class UserAdded(BaseModel):
    """``password`` where it was generated: it is shown this once."""

    user: UserShown
    password: str | None


class UserChange(BaseModel):
    """What is left out stays as it is. Another password, and being disabled, end the user's sessions."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    cameras: Places = None
    sites: Places = None
    disabled: bool | None = None
    password: Annotated[str | None, Field(max_length=LONGEST)] = None


@router.get("", summary="List users")
def list_users(desk: At, principal: Manager) -> UserList:
    """Every user by name."""
    return UserList(users=[shown(user) for user in desk.users.all(principal)])


@router.post("", summary="Add a user", status_code=201)
def add_user(desk: At, principal: Manager, given: NewUser, response: Response) -> UserAdded:
    """Somebody who may sign in from now on. Nobody gives rights that they do not have."""
    rights = within(given.cameras, given.sites)
    user, password = desk.users.add(principal, given.name, given.role, rights, given.password)
    response.headers.update({"Location": f"/v1/users/{user.name}", "Cache-Control": "no-store"})
    return UserAdded(user=shown(user), password=password if given.password is None else None)


@router.get("/{name}", summary="Show a user", responses=refusals(404))
def show_user(desk: At, principal: Manager, name: Name) -> UserShown:
    """One user."""
    return shown(desk.users.one(principal, name))


@router.patch("/{name}", summary="Change a user", responses=refusals(404))
def change_user(desk: At, principal: Manager, name: Name, given: UserChange) -> UserShown:
    """Change what is named. The last admin who can sign in stays one."""
    said, rights = given.model_fields_set, None
    if said & {"cameras", "sites"}:
        old = places(desk.users.one(principal, name).within)
        cameras, sites = (getattr(given, key) if key in said else old[key] for key in ("cameras", "sites"))
        rights = within(cameras, sites)
    user = desk.users.change(
        principal, name, role=given.role, within=rights, disabled=given.disabled, password=given.password
    )
    return shown(user)


@router.delete("/{name}", summary="Remove a user", status_code=204, responses=refusals(404))
def remove_user(desk: At, principal: Manager, name: Name) -> None:
    """Forget a user and end their sessions; what they did stays in the audit trail."""
    desk.users.remove(principal, name)


def shown(user: User) -> UserShown:
    """A user as the API tells of them."""
    return UserShown(
        name=user.name,
        role=Role(user.role),
        disabled=user.disabled,
        created=user.created,
        password_set=user.password_set,
        signed_in=user.signed_in,
        **places(user.within),
    )
