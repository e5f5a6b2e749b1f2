from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.backing import Backing
    from ..models.confirmed import Confirmed
    from ..models.finding_seen import FindingSeen
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="DocumentRead")


@_attrs_define
class DocumentRead:
    """A document with what became of it.

    Attributes:
        id (str): Its key as addresses write it.
        key (str):
        type_ (str):
        number (str):
        seller (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        buyer (None | Participant):
        keeper (None | Participant):
        issue_date (datetime.date | None):
        due_date (datetime.date | None):
        delivery_date (datetime.date | None):
        payable (Money | None):
        broken_rules (list[str]):
        file (str): Name of the file that it came in.
        sha256 (str):
        backing (Backing | None): Of an invoice.
        state (str): How far a document has come. One of: read, matched, blocked; there may be more.
        invoices (list[str]): Ids of the invoices that it stands behind.
        confirmed (Confirmed | None): Null until its buyer confirmed it, and for who is neither side of it.
        findings (list[FindingSeen]):
        original (bool): Whether the caller may have the file that it came in.
    """

    id: str
    key: str
    type_: str
    number: str
    seller: Participant
    buyer: None | Participant
    keeper: None | Participant
    issue_date: datetime.date | None
    due_date: datetime.date | None
    delivery_date: datetime.date | None
    payable: Money | None
    broken_rules: list[str]
    file: str
    sha256: str
    backing: Backing | None
    state: str
    invoices: list[str]
    confirmed: Confirmed | None
    findings: list[FindingSeen]
    original: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.backing import Backing  # noqa: PLC0415
        from ..models.confirmed import Confirmed  # noqa: PLC0415
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        id = self.id

        key = self.key

        type_ = self.type_

        number = self.number

        seller = self.seller.to_dict()

        buyer: dict[str, Any] | None
        if isinstance(self.buyer, Participant):
            buyer = self.buyer.to_dict()
        else:
            buyer = self.buyer

        keeper: dict[str, Any] | None
        if isinstance(self.keeper, Participant):
            keeper = self.keeper.to_dict()
        else:
            keeper = self.keeper

        issue_date: None | str
        if isinstance(self.issue_date, datetime.date):
            issue_date = self.issue_date.isoformat()
        else:
            issue_date = self.issue_date

        due_date: None | str
        if isinstance(self.due_date, datetime.date):
            due_date = self.due_date.isoformat()
        else:
            due_date = self.due_date

        delivery_date: None | str
        if isinstance(self.delivery_date, datetime.date):
            delivery_date = self.delivery_date.isoformat()
        else:
            delivery_date = self.delivery_date

        payable: dict[str, Any] | None
        if isinstance(self.payable, Money):
            payable = self.payable.to_dict()
        else:
            payable = self.payable

        broken_rules = self.broken_rules

        file = self.file

        sha256 = self.sha256

        backing: dict[str, Any] | None
        if isinstance(self.backing, Backing):
            backing = self.backing.to_dict()
        else:
            backing = self.backing

        state = self.state

        invoices = self.invoices

        confirmed: dict[str, Any] | None
        if isinstance(self.confirmed, Confirmed):
            confirmed = self.confirmed.to_dict()
        else:
            confirmed = self.confirmed

        findings = []
        for findings_item_data in self.findings:
            findings_item = findings_item_data.to_dict()
            findings.append(findings_item)

        original = self.original

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "key": key,
                "type": type_,
                "number": number,
                "seller": seller,
                "buyer": buyer,
                "keeper": keeper,
                "issue_date": issue_date,
                "due_date": due_date,
                "delivery_date": delivery_date,
                "payable": payable,
                "broken_rules": broken_rules,
                "file": file,
                "sha256": sha256,
                "backing": backing,
                "state": state,
                "invoices": invoices,
                "confirmed": confirmed,
                "findings": findings,
                "original": original,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.backing import Backing  # noqa: PLC0415
        from ..models.confirmed import Confirmed  # noqa: PLC0415
        from ..models.finding_seen import FindingSeen  # noqa: PLC0415
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        key = d.pop("key")

        type_ = d.pop("type")

        number = d.pop("number")

        seller = Participant.from_dict(d.pop("seller"))

        def _parse_buyer(data: object) -> None | Participant:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                buyer_type_0 = Participant.from_dict(data)

                return buyer_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Participant, data)

        buyer = _parse_buyer(d.pop("buyer"))

        def _parse_keeper(data: object) -> None | Participant:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                keeper_type_0 = Participant.from_dict(data)

                return keeper_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Participant, data)

        keeper = _parse_keeper(d.pop("keeper"))

        def _parse_issue_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                issue_date_type_0 = datetime.date.fromisoformat(data)

                return issue_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        issue_date = _parse_issue_date(d.pop("issue_date"))

        def _parse_due_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                due_date_type_0 = datetime.date.fromisoformat(data)

                return due_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        due_date = _parse_due_date(d.pop("due_date"))

        def _parse_delivery_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                delivery_date_type_0 = datetime.date.fromisoformat(data)

                return delivery_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        delivery_date = _parse_delivery_date(d.pop("delivery_date"))

        def _parse_payable(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                payable_type_0 = Money.from_dict(data)

                return payable_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        payable = _parse_payable(d.pop("payable"))

        broken_rules = cast(list[str], d.pop("broken_rules"))

        file = d.pop("file")

        sha256 = d.pop("sha256")

        def _parse_backing(data: object) -> Backing | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                backing_type_0 = Backing.from_dict(data)

                return backing_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Backing | None, data)

        backing = _parse_backing(d.pop("backing"))

        state = d.pop("state")

        invoices = cast(list[str], d.pop("invoices"))

        def _parse_confirmed(data: object) -> Confirmed | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                confirmed_type_0 = Confirmed.from_dict(data)

                return confirmed_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Confirmed | None, data)

        confirmed = _parse_confirmed(d.pop("confirmed"))

        findings = []
        _findings = d.pop("findings")
        for findings_item_data in _findings:
            findings_item = FindingSeen.from_dict(findings_item_data)

            findings.append(findings_item)

        original = d.pop("original")

        document_read = cls(
            id=id,
            key=key,
            type_=type_,
            number=number,
            seller=seller,
            buyer=buyer,
            keeper=keeper,
            issue_date=issue_date,
            due_date=due_date,
            delivery_date=delivery_date,
            payable=payable,
            broken_rules=broken_rules,
            file=file,
            sha256=sha256,
            backing=backing,
            state=state,
            invoices=invoices,
            confirmed=confirmed,
            findings=findings,
            original=original,
        )

        document_read.additional_properties = d
        return document_read

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
