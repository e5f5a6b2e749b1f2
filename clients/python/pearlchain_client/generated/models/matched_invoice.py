from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.flow import Flow
    from ..models.money import Money
    from ..models.participant import Participant
    from ..models.reason import Reason


T = TypeVar("T", bound="MatchedInvoice")


@_attrs_define
class MatchedInvoice:
    """An invoice with its three flows. Amounts are of its own currency.

    Attributes:
        id (str):
        key (str):
        number (str):
        seller (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        buyer (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        payable (Money): An amount in integer minor units of one currency.
        credited (Money): An amount in integer minor units of one currency.
        paid (Money): An amount in integer minor units of one currency.
        billed (Money): An amount in integer minor units of one currency.
        netted (Money): An amount in integer minor units of one currency.
        owed (Money): An amount in integer minor units of one currency.
        proven (Money): An amount in integer minor units of one currency.
        state (str):
        stages (list[str]): What the papers show, in the order in which a trade goes through them.
        blocked_by (None | str):
        rules (list[str]):
        missing (list[str]): Of `order`, `despatch`, `receipt`, `confirmation`: what no paper shows.
        trade (Flow): One of the three flows.
        goods (Flow): One of the three flows.
        money (Flow): One of the three flows.
        confidence_basis_points (int):
        reasons (list[Reason]):
    """

    id: str
    key: str
    number: str
    seller: Participant
    buyer: Participant
    payable: Money
    credited: Money
    paid: Money
    billed: Money
    netted: Money
    owed: Money
    proven: Money
    state: str
    stages: list[str]
    blocked_by: None | str
    rules: list[str]
    missing: list[str]
    trade: Flow
    goods: Flow
    money: Flow
    confidence_basis_points: int
    reasons: list[Reason]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        key = self.key

        number = self.number

        seller = self.seller.to_dict()

        buyer = self.buyer.to_dict()

        payable = self.payable.to_dict()

        credited = self.credited.to_dict()

        paid = self.paid.to_dict()

        billed = self.billed.to_dict()

        netted = self.netted.to_dict()

        owed = self.owed.to_dict()

        proven = self.proven.to_dict()

        state = self.state

        stages = self.stages

        blocked_by: None | str
        blocked_by = self.blocked_by

        rules = self.rules

        missing = self.missing

        trade = self.trade.to_dict()

        goods = self.goods.to_dict()

        money = self.money.to_dict()

        confidence_basis_points = self.confidence_basis_points

        reasons = []
        for reasons_item_data in self.reasons:
            reasons_item = reasons_item_data.to_dict()
            reasons.append(reasons_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "key": key,
                "number": number,
                "seller": seller,
                "buyer": buyer,
                "payable": payable,
                "credited": credited,
                "paid": paid,
                "billed": billed,
                "netted": netted,
                "owed": owed,
                "proven": proven,
                "state": state,
                "stages": stages,
                "blocked_by": blocked_by,
                "rules": rules,
                "missing": missing,
                "trade": trade,
                "goods": goods,
                "money": money,
                "confidence_basis_points": confidence_basis_points,
                "reasons": reasons,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.flow import Flow  # noqa: PLC0415
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415
        from ..models.reason import Reason  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        key = d.pop("key")

        number = d.pop("number")

        seller = Participant.from_dict(d.pop("seller"))

        buyer = Participant.from_dict(d.pop("buyer"))

        payable = Money.from_dict(d.pop("payable"))

        credited = Money.from_dict(d.pop("credited"))

        paid = Money.from_dict(d.pop("paid"))

        billed = Money.from_dict(d.pop("billed"))

        netted = Money.from_dict(d.pop("netted"))

        owed = Money.from_dict(d.pop("owed"))

        proven = Money.from_dict(d.pop("proven"))

        state = d.pop("state")

        stages = cast(list[str], d.pop("stages"))

        def _parse_blocked_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        blocked_by = _parse_blocked_by(d.pop("blocked_by"))

        rules = cast(list[str], d.pop("rules"))

        missing = cast(list[str], d.pop("missing"))

        trade = Flow.from_dict(d.pop("trade"))

        goods = Flow.from_dict(d.pop("goods"))

        money = Flow.from_dict(d.pop("money"))

        confidence_basis_points = d.pop("confidence_basis_points")

        reasons = []
        _reasons = d.pop("reasons")
        for reasons_item_data in _reasons:
            reasons_item = Reason.from_dict(reasons_item_data)

            reasons.append(reasons_item)

        matched_invoice = cls(
            id=id,
            key=key,
            number=number,
            seller=seller,
            buyer=buyer,
            payable=payable,
            credited=credited,
            paid=paid,
            billed=billed,
            netted=netted,
            owed=owed,
            proven=proven,
            state=state,
            stages=stages,
            blocked_by=blocked_by,
            rules=rules,
            missing=missing,
            trade=trade,
            goods=goods,
            money=money,
            confidence_basis_points=confidence_basis_points,
            reasons=reasons,
        )

        matched_invoice.additional_properties = d
        return matched_invoice

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
