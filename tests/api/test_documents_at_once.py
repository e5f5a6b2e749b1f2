"""How many documents a request holds. Rules held here:

1. The file with which a request holds more documents than it may is refused, whatever it is packed in; nothing of it is taken.
2. The files before it are taken, those after it are refused unread, and both can be sent again.
"""

from __future__ import annotations

import io
import zipfile

import pytest

from chain.commands import upload
from tests.api.test_life import table_of


def rows(service, first: int, last: int) -> bytes:
    """A ledger of Yarn's with so many invoices."""
    code = service.world.id("yarn").partition(":")[2]
    return "\n".join(["No;Seller;Sum", *(f"M-{row};{code};5.00" for row in range(first, last + 1))]).encode()


def packed(content: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ledger.csv", content)
    return held.getvalue()


def send(service, who: str, *contents: bytes):
    mapping = ("mapping", ("mapping.toml", table_of(service, "yarn")[1], "application/toml"))
    files = [("files", (f"{number}.csv", content, "text/csv")) for number, content in enumerate(contents)]
    told = service.send(who, [*files, mapping])
    return [(len(one["documents"]), *(found["rule"] for found in one["findings"])) for one in told]


def numbers(service) -> set[str]:
    """All invoices of such ledgers that were taken."""
    found = service.get("yarn", "/v1/documents", params={"limit": 500})["items"]
    return {one["id"] for one in found}


@pytest.mark.parametrize("who", ["yarn", "operator"])
@pytest.mark.parametrize("pack", [bytes, packed], ids=["table", "archive"])
def test_a_file_of_more_documents_than_a_request_may_hold_is_refused(service, who, pack):
    assert upload.MOST_DOCUMENTS == 5_000
    before = service.get(who, "/v1/files")["items"]
    assert send(service, who, pack(rows(service, 1, 5_001))) == [(0, "TooManyAtOnce")]
    assert numbers(service) == set()
    assert service.get(who, "/v1/files")["items"] == before


def test_files_count_together_and_those_before_are_taken(service, monkeypatch):
    monkeypatch.setattr(upload, "MOST_DOCUMENTS", 5)
    first, second, third = rows(service, 1, 3), packed(rows(service, 4, 6)), rows(service, 7, 7)
    assert send(service, "yarn", first, second, third) == [(3,), (0, "TooManyAtOnce"), (0, "TooManyAtOnce")]
    assert len(numbers(service)) == 3
    assert send(service, "yarn", second, third) == [(3,), (1,)]
    assert len(numbers(service)) == 7


def test_a_request_may_hold_exactly_so_many_and_what_is_refused_counts(service, monkeypatch):
    monkeypatch.setattr(upload, "MOST_DOCUMENTS", 4)
    assert send(service, "yarn", b"", rows(service, 1, 3)) == [(0, "FileEmpty"), (3,)]
    assert send(service, "yarn", rows(service, 1, 3), b"", b"") == [(3,), (0, "FileEmpty"), (0, "TooManyAtOnce")]


def test_rows_count_together_for_each_document_that_they_are_mapped_to(service, monkeypatch):
    monkeypatch.setattr(upload, "MOST_LINES", 5)
    first, second, third = rows(service, 21, 23), packed(rows(service, 24, 26)), rows(service, 27, 27)
    assert send(service, "yarn", first, second, third) == [(3,), (0, "TooManyAtOnce"), (0, "TooManyAtOnce")]


def test_what_is_refused_says_what_to_do_in_the_readers_language(service, monkeypatch):
    monkeypatch.setattr(upload, "MOST_DOCUMENTS", 1)
    mapping = ("mapping", ("mapping.toml", table_of(service, "yarn")[1], "application/toml"))
    files = [("files", ("0.csv", rows(service, 1, 2), "text/csv")), mapping]
    for language, words in {"en": "send it in parts", "zh": "请分批发送"}.items():
        answer = service.ask("yarn", "POST", "/v1/documents", files=files, headers={"Accept-Language": language})
        assert words in service.result(answer)[0]["findings"][0]["text"]


def test_a_larger_file_is_read_elsewhere_and_what_takes_too_long_is_refused_with_all_after_it(service, monkeypatch):
    monkeypatch.setattr(upload, "SMALL_BYTES", 100)
    assert send(service, "yarn", rows(service, 31, 40)) == [(10,)]
    monkeypatch.setattr(upload, "BYTES", 1 << 20)
    assert send(service, "yarn", rows(service, 51, 4_000), rows(service, 61, 62)) == [
        (0, "FileTooCostly"),
        (0, "TooManyAtOnce"),
    ]
    assert send(service, "yarn", rows(service, 61, 62)) == [(2,)]
