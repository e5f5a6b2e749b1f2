"""Operations: the state of every command, and what persons decide about it."""

from __future__ import annotations

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Path

from api.desk import TheDesk, TheLanguage, TheViewer, Wait
from api.errors import problem_by_language
from api.models import Operation, Page, SignatureBody
from api.routes.parts import READS, WRITES, Decide, Limit, Place, followed, operation_seen
from api.routes.router import Router
from chain.commands.accepted import (
    Command,
    CommandState,
    Step,
    approve,
    command_named,
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
async def approve_operation(id: OperationId, take_down: Decide, wait: Wait = None) -> Operation[Any]:
    """A second person of the enterprise approves a command that awaits it; it is carried out then."""
    take_down.viewer.must(Action.APPROVE)
    desk = take_down.desk
    return await take_down(Step.APPROVED, id, lambda decision: approve(desk.workspace, decision, desk.told), wait=wait)


@router.post("/{id}/decline", status_code=202, responses=WRITES)
async def decline_operation(id: OperationId, take_down: Decide) -> Operation[Any]:
    """A second person declines a command that awaits approval or a signature, or whoever asked takes it back: no more of it is
    done. Where a part of it was, with signatures that it had, that stays, and `problem` says so."""
    take_down.viewer.must(Action.READ)
    workspace, told = take_down.desk.workspace, take_down.desk.told
    return await take_down(Step.DECLINED, id, lambda decision: decline(workspace, decision, told, problem_by_language))


@router.post("/{id}/signature", status_code=202, responses=WRITES)
async def sign_operation(
    id: OperationId, body: SignatureBody, take_down: Decide, wait: Wait = None
) -> Operation[Any]:  # fmt: skip
    """What the enterprise's own wallet signed under `to_sign`; the command is carried on then, and may need a next signature."""
    take_down.viewer.must(Action.SIGN)
    workspace, told, enterprise = take_down.desk.workspace, take_down.desk.told, take_down.viewer.enterprise

    def with_signature(command: Command) -> list[dict[str, Any]]:
        return signed(workspace, workspace.keyring.addresses()[enterprise], command.signing, body.signature)

    return await take_down(
        Step.SIGNED, id, lambda decision: sign(workspace, decision, with_signature, told),
        signature=body.signature, wait=wait,
    )  # fmt: skip
