from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.participant import Participant


T = TypeVar("T", bound="AliasSeen")


@_attrs_define
class AliasSeen:
    """An id or name that an enterprise goes by.

    Attributes:
        alias (str): ``SCHEME:value``, or ``NAME:`` and the name as it is written.
        enterprise (Participant): An enterprise as a reader knows it. ``id`` is None where only its number on the ledger
            is known.
        source (None | str): ``register``, ``person``, or the key of the first document that says so; null where that is
            not the caller's to see.
        reason (None | str): Why, in one sentence; null as ``source`` is.
        since (datetime.date | None):
    """

    alias: str
    enterprise: Participant
    source: None | str
    reason: None | str
    since: datetime.date | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        alias = self.alias

        enterprise = self.enterprise.to_dict()

        source: None | str
        source = self.source

        reason: None | str
        reason = self.reason

        since: None | str
        if isinstance(self.since, datetime.date):
            since = self.since.isoformat()
        else:
            since = self.since

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "alias": alias,
                "enterprise": enterprise,
                "source": source,
                "reason": reason,
                "since": since,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.participant import Participant  # noqa: PLC0415

        d = dict(src_dict)
        alias = d.pop("alias")

        enterprise = Participant.from_dict(d.pop("enterprise"))

        def _parse_source(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        source = _parse_source(d.pop("source"))

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        def _parse_since(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                since_type_0 = datetime.date.fromisoformat(data)

                return since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        since = _parse_since(d.pop("since"))

        alias_seen = cls(
            alias=alias,
            enterprise=enterprise,
            source=source,
            reason=reason,
            since=since,
        )

        alias_seen.additional_properties = d
        return alias_seen

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
