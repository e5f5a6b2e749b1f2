"""Who may what, route by route, as docs/permissions.csv says: every route × every duty × own and others' things.

1. Every route of the OpenAPI document stands in exactly one row, and every row's routes exist.
2. ``no``: the caller is told that it may not (NotPermitted, DutyMissing), whosever thing it is.
3. ``own``: it gets on with its own enterprise's thing; the same of another enterprise does not exist for it, and what
   it may ask in general tells nothing of others.
4. ``all``: it gets on with everybody's.
5. Who has several duties may what each of them may.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from permission_cases import BRANCH, CASES, OTHERS, STRANGER, Case, Things

from chain.commands.duties import Duty

MATRIX = Path(__file__).parents[2] / "docs" / "permissions.csv"
WHERE = "docs/permissions.csv"
#: What anybody may ask, without a key.
OPEN = {"GET /v1/health", "GET /v1/ready"}
REFUSALS = {"NotPermitted", "DutyMissing"}


def matrix() -> dict[str, dict[Duty, str]]:
    """Route → duty → own, all or no."""
    found: dict[str, dict[Duty, str]] = {}
    with MATRIX.open(newline="") as file:
        for row in csv.DictReader(file):
            for route in row["routes"].split("; "):
                assert route not in found, f"{route} stands twice in {WHERE}"
                found[route] = {duty: row[duty.value] for duty in Duty}
    return found


ROWS = matrix()


@pytest.fixture(scope="module")
def things(service) -> Things:
    return Things(service)


def test_every_route_stands_in_the_matrix_and_the_matrix_names_no_other(service):
    routes = {
        f"{method.upper()} {path}" for path, operations in service.openapi["paths"].items() for method in operations
    } - OPEN
    assert not routes - ROWS.keys(), f"add to a row of {WHERE}: {sorted(routes - ROWS.keys())}"
    assert not ROWS.keys() - routes, f"gone, take out of {WHERE}: {sorted(ROWS.keys() - routes)}"
    assert not CASES.keys() - routes, (
        f"gone, take out of tests/api/permission_cases.py: {sorted(CASES.keys() - routes)}"
    )
    assert {cell for row in ROWS.values() for cell in row.values()} == {"own", "all", "no"}


def path_of(things: Things, route: str, who: str) -> str:
    """The route's path for the thing of ``who``."""
    template = route.partition(" ")[2]
    case = CASES.get(route, Case())
    if case.fresh is not None:
        return re.sub(r"\{\w+\}", case.fresh(things, who), template)
    named = re.search(r"/([\w-]+)/\{\w+\}", template)
    if named is None:
        return template
    ids = things.ids.get(named[1])
    assert ids is not None, f"say in tests/api/permission_cases.py (Things.ids) who has which of the {named[1]}"
    thing = ids[who if who in ids else "gear"]
    return re.sub(r"\{\w+\}", thing, template)


def named_in(route: str, answer: httpx.Response) -> list[str]:
    """The ids of things in the path that was asked for."""
    pattern = re.sub(r"\{\w+\}", "([^/]+)", route.partition(" ")[2])
    found = re.fullmatch(pattern, answer.request.url.path)
    return list(found.groups()) if found else []


def answer_to(things: Things, case: Case, route: str, caller: str, whose: str) -> httpx.Response:
    method = route.partition(" ")[0]
    path = path_of(things, route, whose)
    more = case.ask(things, whose)
    if not case.unread:
        return things.service.ask(caller, method, path, **more)
    headers = {"Authorization": f"Bearer {things.service.keys[caller]}"}
    with things.service.client.stream(method, path, headers=headers) as stream:
        if stream.status_code != httpx.codes.OK:
            stream.read()
        return stream


def is_refused(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and answer.json()["rule"] in REFUSALS


def is_hidden(answer: httpx.Response) -> bool:
    return answer.status_code == 404 and answer.json()["rule"] == "NotFound"


def leaked(case: Case, answer: httpx.Response, markers: list[str]) -> list[str]:
    """What the answer tells of these others; what the caller said itself is no news."""
    if case.unread:
        return []
    asked = unquote(str(answer.request.url)) + answer.request.read().decode(errors="replace")
    return [text for text in markers if text in answer.text and text not in asked]


@pytest.mark.parametrize("duty", Duty)
@pytest.mark.parametrize("route", ROWS)
def test_a_duty_may_do_what_the_matrix_says(things, route, duty):
    case, cell = CASES.get(route, Case()), ROWS[route][duty]
    owner = things.who(duty, case.whose)
    stranger = STRANGER.get(owner)
    said = f"{WHERE} says '{cell}' of {route} for {duty}"

    own = answer_to(things, case, route, things.caller(owner, duty), owner)
    assert is_refused(own) == (cell == "no"), f"{said}, but {owner} is answered {own.status_code}"
    if cell != "no":
        lost = is_hidden(own) and any(part in own.json()["detail"] for part in named_in(route, own))
        assert not lost, f"{said}, but what is {owner}'s own is not found: {own.text}"
        assert route.startswith("POST") or own.status_code < 300, f"{said}, but {owner} is answered {own.status_code}"
    if cell == "all":
        assert stranger is None, f"{said}, but {duty} belongs to a party; write 'own'"
        if case.tells_all:
            for branch in (BRANCH, OTHERS):
                assert any(text in own.text for text in things.world.markers(*branch)), (
                    f"{said}, but one branch is missing"
                )
    if stranger is None:
        return

    other = answer_to(things, case, route, things.caller(stranger, duty), owner)
    if cell == "no":
        assert is_refused(other) or is_hidden(other), f"{said}, but {stranger} is answered {other.status_code}"
        return
    if case.shared:
        assert not is_refused(other), f"{said}, but {stranger} may not ask it"
    else:
        assert is_hidden(other), (
            f"{said}, but {stranger} is answered {other.status_code} of what is {owner}'s: {other.text}"
        )
    for answer, others in ((own, OTHERS), (other, BRANCH)):
        news = leaked(case, answer, things.world.markers(*others))
        assert not news, f"{route} tells {duty} of another branch: {news}"
