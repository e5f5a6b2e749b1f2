from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.participant import Participant
    from ..models.piece_share import PieceShare


T = TypeVar("T", bound="ExposureCell")


@_attrs_define
class ExposureCell:
    """One amount that a bank is exposed to. ``tier`` 0 and an empty bucket for the unused part of a line.

    Attributes:
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        issuer (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        kind (str): ``committed``, ``contingent`` or ``funded``.
        tier (int):
        bucket (str): Days to maturity, such as ``31-60``.
        amount (Money): An amount in integer minor units of one currency.
        group (int): Number of the issuer's group of related parties; 0 where it has none.
        pieces (list[PieceShare] | None | Unset): What makes up the amount, where it was asked for.
    """

    bank: Participant
    issuer: Participant
    kind: str
    tier: int
    bucket: str
    amount: Money
    group: int
    pieces: list[PieceShare] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        bank = self.bank.to_dict()

        issuer = self.issuer.to_dict()

        kind = self.kind

        tier = self.tier

        bucket = self.bucket

        amount = self.amount.to_dict()

        group = self.group

        pieces: list[dict[str, Any]] | None | Unset
        if isinstance(self.pieces, Unset):
            pieces = UNSET
        elif isinstance(self.pieces, list):
            pieces = []
            for pieces_type_0_item_data in self.pieces:
                pieces_type_0_item = pieces_type_0_item_data.to_dict()
                pieces.append(pieces_type_0_item)

        else:
            pieces = self.pieces

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "bank": bank,
                "issuer": issuer,
                "kind": kind,
                "tier": tier,
                "bucket": bucket,
                "amount": amount,
                "group": group,
            }
        )
        if pieces is not UNSET:
            field_dict["pieces"] = pieces

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415
        from ..models.piece_share import PieceShare  # noqa: PLC0415

        d = dict(src_dict)
        bank = Participant.from_dict(d.pop("bank"))

        issuer = Participant.from_dict(d.pop("issuer"))

        kind = d.pop("kind")

        tier = d.pop("tier")

        bucket = d.pop("bucket")

        amount = Money.from_dict(d.pop("amount"))

        group = d.pop("group")

        def _parse_pieces(data: object) -> list[PieceShare] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                pieces_type_0 = []
                _pieces_type_0 = data
                for pieces_type_0_item_data in _pieces_type_0:
                    pieces_type_0_item = PieceShare.from_dict(pieces_type_0_item_data)

                    pieces_type_0.append(pieces_type_0_item)

                return pieces_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[PieceShare] | None | Unset, data)

        pieces = _parse_pieces(d.pop("pieces", UNSET))

        exposure_cell = cls(
            bank=bank,
            issuer=issuer,
            kind=kind,
            tier=tier,
            bucket=bucket,
            amount=amount,
            group=group,
            pieces=pieces,
        )

        exposure_cell.additional_properties = d
        return exposure_cell

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
