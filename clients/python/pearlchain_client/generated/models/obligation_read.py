from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.guarantee import Guarantee
    from ..models.money import Money
    from ..models.overdue import Overdue
    from ..models.participant import Participant
    from ..models.sums import Sums


T = TypeVar("T", bound="ObligationRead")


@_attrs_define
class ObligationRead:
    """An obligation with the pieces that the caller may see.

    Attributes:
        id (str):
        line (str):
        issuer (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        bank (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is
            known.
        instrument (str):
        issued_at (datetime.datetime):
        maturity (datetime.date):
        recourse (bool): Whether a holder that is not paid may go back along the way of its piece.
        attested_only (bool): Whether it is paid off chain only.
        rulebook_version (int):
        face (Money | None): For issuer, banks, guarantors, and who reads everything.
        sums (None | Sums): For issuer, banks, and who reads everything.
        overdue (None | Overdue): Null where it never was.
        guarantees (list[Guarantee]):
        vouchers (list[str]):
    """

    id: str
    line: str
    issuer: Participant
    bank: Participant
    instrument: str
    issued_at: datetime.datetime
    maturity: datetime.date
    recourse: bool
    attested_only: bool
    rulebook_version: int
    face: Money | None
    sums: None | Sums
    overdue: None | Overdue
    guarantees: list[Guarantee]
    vouchers: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.overdue import Overdue  # noqa: PLC0415
        from ..models.sums import Sums  # noqa: PLC0415

        id = self.id

        line = self.line

        issuer = self.issuer.to_dict()

        bank = self.bank.to_dict()

        instrument = self.instrument

        issued_at = self.issued_at.isoformat()

        maturity = self.maturity.isoformat()

        recourse = self.recourse

        attested_only = self.attested_only

        rulebook_version = self.rulebook_version

        face: dict[str, Any] | None
        if isinstance(self.face, Money):
            face = self.face.to_dict()
        else:
            face = self.face

        sums: dict[str, Any] | None
        if isinstance(self.sums, Sums):
            sums = self.sums.to_dict()
        else:
            sums = self.sums

        overdue: dict[str, Any] | None
        if isinstance(self.overdue, Overdue):
            overdue = self.overdue.to_dict()
        else:
            overdue = self.overdue

        guarantees = []
        for guarantees_item_data in self.guarantees:
            guarantees_item = guarantees_item_data.to_dict()
            guarantees.append(guarantees_item)

        vouchers = self.vouchers

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "line": line,
                "issuer": issuer,
                "bank": bank,
                "instrument": instrument,
                "issued_at": issued_at,
                "maturity": maturity,
                "recourse": recourse,
                "attested_only": attested_only,
                "rulebook_version": rulebook_version,
                "face": face,
                "sums": sums,
                "overdue": overdue,
                "guarantees": guarantees,
                "vouchers": vouchers,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.guarantee import Guarantee  # noqa: PLC0415
        from ..models.money import Money  # noqa: PLC0415
        from ..models.overdue import Overdue  # noqa: PLC0415
        from ..models.participant import Participant  # noqa: PLC0415
        from ..models.sums import Sums  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        line = d.pop("line")

        issuer = Participant.from_dict(d.pop("issuer"))

        bank = Participant.from_dict(d.pop("bank"))

        instrument = d.pop("instrument")

        issued_at = datetime.datetime.fromisoformat(d.pop("issued_at"))

        maturity = datetime.date.fromisoformat(d.pop("maturity"))

        recourse = d.pop("recourse")

        attested_only = d.pop("attested_only")

        rulebook_version = d.pop("rulebook_version")

        def _parse_face(data: object) -> Money | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                face_type_0 = Money.from_dict(data)

                return face_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None, data)

        face = _parse_face(d.pop("face"))

        def _parse_sums(data: object) -> None | Sums:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                sums_type_0 = Sums.from_dict(data)

                return sums_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Sums, data)

        sums = _parse_sums(d.pop("sums"))

        def _parse_overdue(data: object) -> None | Overdue:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                overdue_type_0 = Overdue.from_dict(data)

                return overdue_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Overdue, data)

        overdue = _parse_overdue(d.pop("overdue"))

        guarantees = []
        _guarantees = d.pop("guarantees")
        for guarantees_item_data in _guarantees:
            guarantees_item = Guarantee.from_dict(guarantees_item_data)

            guarantees.append(guarantees_item)

        vouchers = cast(list[str], d.pop("vouchers"))

        obligation_read = cls(
            id=id,
            line=line,
            issuer=issuer,
            bank=bank,
            instrument=instrument,
            issued_at=issued_at,
            maturity=maturity,
            recourse=recourse,
            attested_only=attested_only,
            rulebook_version=rulebook_version,
            face=face,
            sums=sums,
            overdue=overdue,
            guarantees=guarantees,
            vouchers=vouchers,
        )

        obligation_read.additional_properties = d
        return obligation_read

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
