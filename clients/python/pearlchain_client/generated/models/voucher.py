from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant


T = TypeVar("T", bound="Voucher")


@_attrs_define
class Voucher:
    """A piece of an obligation, as far as the caller may see it; what it may not see is null.

    Attributes:
        id (str):
        parent (None | str):
        obligation (str):
        line (str):
        issuer (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        owner (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        given_by (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        amount (Money | None): What it stands for now. Null for who gave the piece away: what the recipient did with it
            is not its to see.
        initial (Money): An amount in integer minor units of one currency.
        hops (int):
        tier (int):
        state (str):
        financed (bool): A bank bought it.
        price (Money | None): What the bank paid; only the two sides of the sale see it.
        maturity (datetime.date):
        overdue (bool):
        offer_deadline (datetime.datetime | None):
        document (None | str): Key of the invoice behind it; null on a cash hop, and for who is no party to the invoice.
        created_at (datetime.datetime):
        closed_at (datetime.datetime | None):
    """

    id: str
    parent: None | str
    obligation: str
    line: str
    issuer: Participant
    owner: Participant
    given_by: Participant
    amount: Money | None
    initial: Money
    hops: int
    tier: int
    state: str
    financed: bool
    price: Money | None
    maturity: datetime.date
    overdue: bool
    offer_deadline: datetime.datetime | None
    document: None | str
    created_at: datetime.datetime
    closed_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        id = self.id

        parent: None | str
        parent = self.parent

        obligation = self.obligation

        line = self.line

        issuer = self.issuer.to_dict()

        owner = self.owner.to_dict()

        given_by = self.given_by.to_dict()

        amount: dict[str, Any] | None
        if isinstance(self.amount, Money):
            amount = self.amount.to_dict()
        else:
            amount = self.amount

        initial = self.initial.to_dict()

        hops = self.hops

        tier = self.tier

        state = self.state

        financed = self.financed

        price: dict[str, Any] | None
        if isinstance(self.price, Money):
            price = self.price.to_dict()
        else:
            price = self.price

        maturity = self.maturity.isoformat()

        overdue = self.overdue

        offer_deadline: None | str
        if isinstance(self.offer_deadline, datetime.datetime):
            offer_deadline = self.offer_deadline.isoformat()
        else:
            offer_deadline = self.offer_deadline

        document: None | str
        document = self.document

        created_at = self.created_at.isoformat()

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "parent": parent,
                "obligation": obligation,
                "line": line,
                "issuer": issuer,
                "owner": owner,
                "given_by": given_by,
                "amount": amount,
                "initial": initial,
                "hops": hops,
                "tier": tier,
                "state": state,
                "financed": financed,
                "price": price,
                "maturity": maturity,
                "overdue": overdue,
                "offer_deadline": offer_deadline,
                "document": document,
                "created_at": created_at,
                "closed_at": closed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        def _parse_parent(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        parent = _parse_parent(d.pop("parent"))

        obligation = d.pop("obligation")

        line = d.pop("line")

        issuer = Participant.from_dict(d.pop("issuer"))

        owner = Participant.from_dict(d.pop("owner"))

        given_by = Participant.from_dict(d.pop("given_by"))

        def _parse_amount(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                amount_type_0 = Money.from_dict(data)

                return amount_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        amount = _parse_amount(d.pop("amount"))

        initial = Money.from_dict(d.pop("initial"))

        hops = d.pop("hops")

        tier = d.pop("tier")

        state = d.pop("state")

        financed = d.pop("financed")

        def _parse_price(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                price_type_0 = Money.from_dict(data)

                return price_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        price = _parse_price(d.pop("price"))

        maturity = datetime.date.fromisoformat(d.pop("maturity"))

        overdue = d.pop("overdue")

        def _parse_offer_deadline(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                offer_deadline_type_0 = datetime.datetime.fromisoformat(data)

                return offer_deadline_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        offer_deadline = _parse_offer_deadline(d.pop("offer_deadline"))

        def _parse_document(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        document = _parse_document(d.pop("document"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_closed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                closed_at_type_0 = datetime.datetime.fromisoformat(data)

                return closed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        closed_at = _parse_closed_at(d.pop("closed_at"))

        voucher = cls(
            id=id,
            parent=parent,
            obligation=obligation,
            line=line,
            issuer=issuer,
            owner=owner,
            given_by=given_by,
            amount=amount,
            initial=initial,
            hops=hops,
            tier=tier,
            state=state,
            financed=financed,
            price=price,
            maturity=maturity,
            overdue=overdue,
            offer_deadline=offer_deadline,
            document=document,
            created_at=created_at,
            closed_at=closed_at,
        )

        voucher.additional_properties = d
        return voucher

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
