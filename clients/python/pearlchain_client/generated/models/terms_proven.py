from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="TermsProven")


@_attrs_define
class TermsProven:
    """On what terms it is owed, which never change.

    Attributes:
        issuer (int): The issuer's number.
        line (int):
        maturity_day (int): Days since 1970-01-01.
        max_pieces (int):
        max_hops (int):
        grace_days (int):
        rulebook_version (int):
        instrument (int):
        currency (int): The currency's number on the ledger.
        utc_offset_quarter_hours (int):
        recourse (bool):
        attested_only (bool):
    """

    issuer: int
    line: int
    maturity_day: int
    max_pieces: int
    max_hops: int
    grace_days: int
    rulebook_version: int
    instrument: int
    currency: int
    utc_offset_quarter_hours: int
    recourse: bool
    attested_only: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        issuer = self.issuer

        line = self.line

        maturity_day = self.maturity_day

        max_pieces = self.max_pieces

        max_hops = self.max_hops

        grace_days = self.grace_days

        rulebook_version = self.rulebook_version

        instrument = self.instrument

        currency = self.currency

        utc_offset_quarter_hours = self.utc_offset_quarter_hours

        recourse = self.recourse

        attested_only = self.attested_only

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "issuer": issuer,
                "line": line,
                "maturityDay": maturity_day,
                "maxPieces": max_pieces,
                "maxHops": max_hops,
                "graceDays": grace_days,
                "rulebookVersion": rulebook_version,
                "instrument": instrument,
                "currency": currency,
                "utcOffsetQuarterHours": utc_offset_quarter_hours,
                "recourse": recourse,
                "attestedOnly": attested_only,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        issuer = d.pop("issuer")

        line = d.pop("line")

        maturity_day = d.pop("maturityDay")

        max_pieces = d.pop("maxPieces")

        max_hops = d.pop("maxHops")

        grace_days = d.pop("graceDays")

        rulebook_version = d.pop("rulebookVersion")

        instrument = d.pop("instrument")

        currency = d.pop("currency")

        utc_offset_quarter_hours = d.pop("utcOffsetQuarterHours")

        recourse = d.pop("recourse")

        attested_only = d.pop("attestedOnly")

        terms_proven = cls(
            issuer=issuer,
            line=line,
            maturity_day=maturity_day,
            max_pieces=max_pieces,
            max_hops=max_hops,
            grace_days=grace_days,
            rulebook_version=rulebook_version,
            instrument=instrument,
            currency=currency,
            utc_offset_quarter_hours=utc_offset_quarter_hours,
            recourse=recourse,
            attested_only=attested_only,
        )

        terms_proven.additional_properties = d
        return terms_proven

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
