from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebhookMade")


@_attrs_define
class WebhookMade:
    """A webhook that was made, with its secret, which is shown this one time.

    Attributes:
        id (str):
        url (str):
        events (list[str] | None): Names of the events that are sent; null: all.
        active (bool):
        stopped (None | str): Why nothing is sent; null while it is active.
        cursor (str): All up to here was delivered.
        delivered_at (datetime.datetime | None):
        failed_attempts (int): How often in a row the next event did not get through.
        last_failure (None | str): A status, or why there was none.
        next_attempt_at (datetime.datetime | None): Of an event that did not get through.
        former_secret_until (datetime.datetime | None): So long the secret before the last one signs too.
        created_at (datetime.datetime):
        secret (None | str): Check signatures with it: docs/webhooks.md. Null where a request is repeated under its
            `Idempotency-Key`: it was shown before. Who lost it has another made.
    """

    id: str
    url: str
    events: list[str] | None
    active: bool
    stopped: None | str
    cursor: str
    delivered_at: datetime.datetime | None
    failed_attempts: int
    last_failure: None | str
    next_attempt_at: datetime.datetime | None
    former_secret_until: datetime.datetime | None
    created_at: datetime.datetime
    secret: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        url = self.url

        events: list[str] | None
        if isinstance(self.events, list):
            events = self.events

        else:
            events = self.events

        active = self.active

        stopped: None | str
        stopped = self.stopped

        cursor = self.cursor

        delivered_at: None | str
        if isinstance(self.delivered_at, datetime.datetime):
            delivered_at = self.delivered_at.isoformat()
        else:
            delivered_at = self.delivered_at

        failed_attempts = self.failed_attempts

        last_failure: None | str
        last_failure = self.last_failure

        next_attempt_at: None | str
        if isinstance(self.next_attempt_at, datetime.datetime):
            next_attempt_at = self.next_attempt_at.isoformat()
        else:
            next_attempt_at = self.next_attempt_at

        former_secret_until: None | str
        if isinstance(self.former_secret_until, datetime.datetime):
            former_secret_until = self.former_secret_until.isoformat()
        else:
            former_secret_until = self.former_secret_until

        created_at = self.created_at.isoformat()

        secret: None | str
        secret = self.secret

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "url": url,
                "events": events,
                "active": active,
                "stopped": stopped,
                "cursor": cursor,
                "delivered_at": delivered_at,
                "failed_attempts": failed_attempts,
                "last_failure": last_failure,
                "next_attempt_at": next_attempt_at,
                "former_secret_until": former_secret_until,
                "created_at": created_at,
                "secret": secret,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        url = d.pop("url")

        def _parse_events(data: object) -> list[str] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                events_type_0 = cast(list[str], data)

                return events_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None, data)

        events = _parse_events(d.pop("events"))

        active = d.pop("active")

        def _parse_stopped(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        stopped = _parse_stopped(d.pop("stopped"))

        cursor = d.pop("cursor")

        def _parse_delivered_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                delivered_at_type_0 = datetime.datetime.fromisoformat(data)

                return delivered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        delivered_at = _parse_delivered_at(d.pop("delivered_at"))

        failed_attempts = d.pop("failed_attempts")

        def _parse_last_failure(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        last_failure = _parse_last_failure(d.pop("last_failure"))

        def _parse_next_attempt_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_attempt_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_attempt_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        next_attempt_at = _parse_next_attempt_at(d.pop("next_attempt_at"))

        def _parse_former_secret_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                former_secret_until_type_0 = datetime.datetime.fromisoformat(data)

                return former_secret_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        former_secret_until = _parse_former_secret_until(d.pop("former_secret_until"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_secret(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        secret = _parse_secret(d.pop("secret"))

        webhook_made = cls(
            id=id,
            url=url,
            events=events,
            active=active,
            stopped=stopped,
            cursor=cursor,
            delivered_at=delivered_at,
            failed_attempts=failed_attempts,
            last_failure=last_failure,
            next_attempt_at=next_attempt_at,
            former_secret_until=former_secret_until,
            created_at=created_at,
            secret=secret,
        )

        webhook_made.additional_properties = d
        return webhook_made

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
