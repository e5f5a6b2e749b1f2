from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.participant import Participant


T = TypeVar("T", bound="Hold")


@_attrs_define
class Hold:
    """A hold on the piece, or on what it was cut from; it stops every movement and no payment.

    Attributes:
        kind (str): Why a piece is not moved. One of: dispute, return, court; there may be more.
        voucher (None | str): The piece that it rests on; null: the whole obligation.
        inherited (bool): It rests on what the piece was cut from, or on the whole obligation.
        by (None | Participant): Who disputes, or the court; null for a return, and on others' pieces.
        since (datetime.datetime | None): Of a dispute.
    """

    kind: str
    voucher: None | str
    inherited: bool
    by: None | Participant
    since: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.participant import Participant  # noqa: PLC0415

        kind = self.kind

        voucher: None | str
        voucher = self.voucher

        inherited = self.inherited

        by: dict[str, Any] | None
        if isinstance(self.by, Participant):
            by = self.by.to_dict()
        else:
            by = self.by

        since: None | str
        if isinstance(self.since, datetime.datetime):
            since = self.since.isoformat()
        else:
            since = self.since

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "voucher": voucher,
                "inherited": inherited,
                "by": by,
                "since": since,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        kind = d.pop("kind")

        def _parse_voucher(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        voucher = _parse_voucher(d.pop("voucher"))

        inherited = d.pop("inherited")

        def _parse_by(data: object) -> None | Participant:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                by_type_0 = Participant.from_dict(data)

                return by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Participant, data)

        by = _parse_by(d.pop("by"))

        def _parse_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                since_type_0 = datetime.datetime.fromisoformat(data)

                return since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        since = _parse_since(d.pop("since"))

        hold = cls(
            kind=kind,
            voucher=voucher,
            inherited=inherited,
            by=by,
            since=since,
        )

        hold.additional_properties = d
        return hold

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
