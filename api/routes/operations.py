"""Operations: the state of every command, and what persons decide about it."""

from __future__ import annotations

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Path

from api.desk import IdempotencyKey, TheDesk, TheLanguage, TheViewer, Wait
from api.models import Operation, Page, SignatureBody
from api.routes.parts import READS, WRITES, Limit, Place, followed, operation_seen
from api.routes.router import Router
from chain.commands.accepted import (
    Command,
    CommandState,
    approve,
    command_named,
    command_to_sign,
    commands_listed,
    decline,
    sign,
)
from chain.commands.permissions import Action
from chain.commands.wallet import signed

router = Router("/v1/operations", "operations")

OperationId = Annotated[
    str, Path(pattern=r"^[0-9a-f]{32}$", examples=["5f1f1d9e5a524c0e9df53c8f8f0f6a0b"], description="Its id.")
]


@router.get("", responses=READS)
def list_operations(
    desk: TheDesk, viewer: TheViewer, language: TheLanguage, state: CommandState | None = None, after: Place = 0,
    limit: Limit = 100,
) -> Page[Operation[Any]]:  # fmt: skip
    """The commands of the caller's enterprise, the newest first."""
    viewer.must(Action.READ)
    whose = None if viewer.sees_all else viewer.enterprise
    wanted = state.value if state else None
    found = commands_listed(desk.workspace, whose, state=wanted, before=after or None, most=limit + 1)
    last = str(found[limit - 1].sequence) if len(found) > limit else None
    return Page(items=tuple(operation_seen(one, language) for one in found[:limit]), next=last)


@router.get("/{id}", responses=READS)
async def read_operation(
    id: OperationId, desk: TheDesk, viewer: TheViewer, language: TheLanguage, wait: Wait = None
) -> Operation[Any]:
    """One command. With `Prefer: wait=10` the answer comes once it has ended, or waits for a person, or after so many seconds."""
    viewer.must(Action.READ)
    whose = None if viewer.sees_all else viewer.enterprise
    command = await run_sync(command_named, desk.workspace, whose, id)
    return operation_seen(await followed(desk, command, wait), language)


@router.post("/{id}/approve", status_code=202, responses=WRITES)
async def approve_operation(
    id: OperationId, _: IdempotencyKey, desk: TheDesk, viewer: TheViewer, language: TheLanguage, wait: Wait = None
) -> Operation[Any]:
    """A second person of the enterprise approves a command that awaits it; it is carried out then."""
    viewer.must(Action.APPROVE)
    command = await run_sync(approve, desk.workspace, viewer, id, desk.told)
    return operation_seen(await followed(desk, command, wait), language)


@router.post("/{id}/decline", status_code=202, responses=WRITES)
async def decline_operation(
    id: OperationId, _: IdempotencyKey, desk: TheDesk, viewer: TheViewer, language: TheLanguage
) -> Operation[Any]:
    """A second person declines a command that awaits approval or a signature, or whoever asked takes it back: nothing happens."""
    viewer.must(Action.READ)
    command = await run_sync(decline, desk.workspace, viewer, id, desk.told)
    return operation_seen(command, language)


@router.post("/{id}/signature", status_code=202, responses=WRITES)
async def sign_operation(
    id: OperationId, body: SignatureBody, _: IdempotencyKey, desk: TheDesk, viewer: TheViewer, language: TheLanguage,
    wait: Wait = None,
) -> Operation[Any]:  # fmt: skip
    """What the enterprise's own wallet signed under `to_sign`; the command is carried on then, and may need a next signature."""
    viewer.must(Action.SIGN)
    workspace = desk.workspace

    def give() -> Command:
        command = command_to_sign(workspace, viewer, id)
        address = workspace.keyring.addresses()[viewer.enterprise]
        # The node may be asked about the signature: not while others wait to write.
        return sign(workspace, viewer, command, signed(workspace, address, command.signing, body.signature), desk.told)

    return operation_seen(await followed(desk, await run_sync(give), wait), language)
