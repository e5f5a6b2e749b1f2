"""The life of a voucher as an integrator writes it, with the generated client; tests run in the order of the story.

1. Commands are followed to their end and done once; refusals are exceptions that carry the rule.
2. Long lists come whole, however small their pages.
3. Answers have the types of the document: times are times, amounts are whole numbers, files are bytes.
4. What changes is told as it happens, from where one left off.
5. A webhook that is not signed with the reader's secret is none.
"""

from __future__ import annotations

import io
import json
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pearlchain_client import Awaiting, Declined, Pearlchain, Refused, webhook
from pearlchain_client.generated.api.access import who_am_i
from pearlchain_client.generated.api.documents import list_documents, send_documents
from pearlchain_client.generated.api.four_eyes import set_limit
from pearlchain_client.generated.api.knowledge import health, read_exposure, read_picture, read_summary
from pearlchain_client.generated.api.operations import decline_operation, list_operations, read_operation
from pearlchain_client.generated.api.vouchers import (
    accept_voucher,
    finance_voucher,
    issue_voucher,
    list_lines,
    list_vouchers,
    make_offer,
    read_path,
    read_proof,
    read_voucher,
    transfer_voucher,
)
from pearlchain_client.generated.models import (
    Amount,
    BodySendDocuments,
    FinanceBody,
    FourEyesBody,
    IssueBody,
    PaymentBody,
    QuoteBody,
    Threshold,
    TransferBody,
)
from pearlchain_client.generated.types import File
from standardwebhooks import Webhook, WebhookVerificationError

from chain.commands.duties import Duty
from chain.commands.keys import make_key
from tests.api.little_world import CURRENCY

#: What the story makes, by name.
MADE: dict[str, str] = {}


@pytest.fixture(scope="module")
def callers(service):
    """Everybody's client."""
    address = str(service.client.base_url)
    clients = {who: Pearlchain(address, key) for who, key in service.keys.items()}
    yield clients
    for client in clients.values():
        client.__exit__()


def payment(service, deal, recipient, minor):
    return PaymentBody(
        recipient=service.world.id(recipient), amount=Amount(minor=minor, currency=CURRENCY),
        document=service.world.deals[deal].key,
    )  # fmt: skip


def test_health_needs_no_caller_and_who_asks_is_told_who_it_is(service, callers):
    assert Pearlchain(str(service.client.base_url), "nonsense").ask(health).status == "ok"
    assert callers["crane"].ask(who_am_i).enterprise.name == "Crane Works"


def test_every_author_sends_its_papers(service, callers):
    for deal in ("crane-gear", "gear-bolt"):
        for author, name, content in service.world.deals[deal].files.values():
            files = [File(payload=io.BytesIO(content), file_name=name, mime_type="application/xml")]
            outcomes = callers[author].do(send_documents, body=BodySendDocuments(files=files)).result
            assert [(outcome.name, outcome.read) for outcome in outcomes] == [(name, True)]


def test_a_long_list_comes_whole_in_pages_of_one(callers):
    everything = [document.key for document in callers["operator"].pages(list_documents)]
    assert len(everything) == 8
    assert [document.key for document in callers["operator"].pages(list_documents, limit=1)] == everything


def test_the_issuer_issues_and_a_repeated_command_is_done_once(service, callers):
    line = callers["crane"].ask(list_lines)[0]
    maturity = service.world.today + timedelta(days=90)
    body = IssueBody(line=line.id, maturity=maturity, payments=[payment(service, "crane-gear", "gear", 5_000_00)])
    key = str(uuid.uuid4())
    made = callers["crane"].do(issue_voucher, body=body, idempotency_key=key)
    again = callers["crane"].do(issue_voucher, body=body, idempotency_key=key)
    assert (made.id, made.result) == (again.id, again.result)
    assert made.state == "succeeded"
    (MADE["piece"],) = made.result.vouchers
    listed = callers["crane"].pages(list_operations, state="succeeded")
    assert made.id in {operation.id for operation in listed}


def test_what_the_ledger_refuses_is_an_exception_with_its_rule(service, callers):
    line = callers["crane"].ask(list_lines)[0]
    body = IssueBody(
        line=line.id, maturity=service.world.today + timedelta(days=90),
        payments=[payment(service, "crane-gear", "gear", line.available.minor + 1)],
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        callers["crane"].do(issue_voucher, body=body)
    assert refused.value.problem.status == 422
    assert refused.value.problem.next_step
    with pytest.raises(Refused) as refused:
        callers["yarn"].ask(read_voucher, id=MADE["piece"])
    assert refused.value.rule == "NotFound"


def test_a_request_that_is_wrong_is_an_exception_that_says_where(service, callers):
    line = callers["crane"].ask(list_lines)[0]
    part = payment(service, "crane-gear", "gear", 0)
    body = IssueBody(line=line.id, maturity=service.world.today, payments=[part])
    with pytest.raises(Refused, match=r"body\.payments\.0\.amount\.minor: ") as refused:
        callers["crane"].do(issue_voucher, body=body)
    assert refused.value.rule == "RequestInvalid"


def test_pieces_are_accepted_passed_on_and_sold(service, callers):
    assert callers["gear"].do(accept_voucher, id=MADE["piece"]).result.state == "held"
    body = TransferBody(payments=[payment(service, "gear-bolt", "bolt", 1_000_00)])
    (MADE["part"],) = callers["gear"].do(transfer_voucher, id=MADE["piece"], body=body).result.vouchers
    callers["bolt"].do(accept_voucher, id=MADE["part"])
    quote = callers["harbour"].do(make_offer, id=MADE["part"], body=QuoteBody(registration_number="R-1")).result
    assert 0 < quote.price.minor <= 1_000_00
    sold = callers["bolt"].do(finance_voucher, id=MADE["part"], body=FinanceBody(quote=quote.id))
    assert len(sold.result.vouchers) == 1


def test_answers_have_the_types_of_the_document(callers):
    seen = callers["gear"].ask(read_voucher, id=MADE["piece"])
    assert seen.amount.minor == 4_000_00
    assert abs(datetime.now(UTC) - seen.created_at) < timedelta(days=2)
    assert seen.price is None
    way = callers["bolt"].ask(read_path, id=MADE["part"])
    assert [step.recipient.name for step in way] == ["Gear Maker", "Bolt Smith"]
    assert {cell.kind for cell in callers["harbour"].ask(read_exposure)} >= {"committed", "funded"}
    assert callers["gear"].ask(read_summary).figures[0].held.minor == 4_000_00
    assert callers["gear"].ask(read_picture).startswith(b"<svg")
    assert callers["gear"].ask(read_proof, id=MADE["piece"]).piece.id == MADE["piece"]
    assert [piece.id for piece in callers["bolt"].pages(list_vouchers, state="passed_on")] == [MADE["part"]]


def test_what_happened_is_told_from_where_one_left_off(callers):
    events = callers["bolt"].events(after="0.0.0")
    told = []
    for event in events:
        told.append(event)
        if event.name == "PieceFinanced":
            break
    offered = next(event for event in told if event.name == "PieceOffered" and event.data["subject"] == MADE["part"])
    after = next(callers["bolt"].events(after=offered.id))
    assert after == told[told.index(offered) + 1]


def test_what_waits_for_a_person_is_told_with_its_operation(callers):
    """A limit above which two persons act is raised by two."""
    low, high = (FourEyesBody(above=Threshold(minor, CURRENCY)) for minor in (1_00, 2_00))
    limit = callers["crane"].do(set_limit, currency=CURRENCY, body=low, if_match='"0"').result
    with pytest.raises(Awaiting) as awaiting:
        callers["crane"].do(set_limit, currency=CURRENCY, body=high, if_match=f'"{limit.version}"')
    operation = awaiting.value.operation
    assert callers["crane"].ask(read_operation, id=operation.id).state == "awaiting_approval"
    with pytest.raises(Awaiting):
        callers["crane"].follow(operation)
    MADE["awaiting"] = operation


def test_what_waited_for_a_person_is_followed_on_once_it_has_decided(service, callers):
    """With what was read before the decision."""
    crane = service.world.id("crane")
    _, key = make_key(service.workspace, crane, "a second person", [Duty.CHECKER, Duty.TREASURER])
    with Pearlchain(str(service.client.base_url), key) as second:
        second.ask(decline_operation, id=MADE["awaiting"].id, idempotency_key=str(uuid.uuid4()))
    with pytest.raises(Declined):
        callers["crane"].follow(MADE["awaiting"])


@pytest.mark.parametrize("status", [429, 503])
def test_a_stream_is_opened_again_after_as_long_as_the_service_asks_for(callers, monkeypatch, status):
    asked, slept = [], []
    send = httpx.HTTPTransport.handle_request

    def busy(transport, request):
        asked.append(request.url.path)
        return httpx.Response(status, headers={"Retry-After": "7"}) if len(asked) < 3 else send(transport, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", busy)
    monkeypatch.setattr("pearlchain_client.service.time.sleep", slept.append)
    assert next(callers["operator"].events(after="0.0.0")).name
    assert slept == [7.0, 7.0]


def test_a_command_is_sent_again_where_the_service_was_away(callers, monkeypatch):
    sent = []

    class Away:
        @staticmethod
        def sync_detailed(**asked):
            sent.append(asked["idempotency_key"])
            if len(sent) < 3:
                raise httpx.ConnectError("away")
            return accept_voucher.sync_detailed(**asked)

    monkeypatch.setattr("pearlchain_client.service.time.sleep", lambda seconds: None)
    with pytest.raises(Refused):
        callers["bolt"].do(Away, id=MADE["part"])  # which is sold
    assert len(sent) == 3
    assert len(set(sent)) == 1


def test_a_webhook_is_taken_only_with_the_readers_signature():
    secret, other = "whsec_" + "c2VjcmV0" * 4, "whsec_" + "b3RoZXIh" * 4
    body = json.dumps({"type": "PieceAccepted", "data": {"voucher": "7.1.3.2"}})
    sent = datetime.now(UTC)
    headers = {"webhook-id": "m-1", "webhook-timestamp": str(int(sent.timestamp()))}
    headers["webhook-signature"] = Webhook(secret).sign("m-1", sent, body)
    assert webhook(secret, body, headers) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        webhook(other, body, headers)
    with pytest.raises(WebhookVerificationError):
        webhook(secret, body.replace("3.2", "3.3"), headers)
