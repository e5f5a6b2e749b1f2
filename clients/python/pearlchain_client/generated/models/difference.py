from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money import Money


T = TypeVar("T", bound="Difference")


@_attrs_define
class Difference:
    """One amount of today's plan and of the other one.

    Attributes:
        what (str): ``met``, ``met_below_first_tier``, ``netting`` and ``cost`` of the whole; ``met`` of an enterprise,
            ``line``: issued
            under it, ``document``: passed over it.
        name (None | str): Of the enterprise, line or document; null: of the whole.
        before (Money): An amount in integer minor units of one currency.
        after (Money): An amount in integer minor units of one currency.
    """

    what: str
    name: None | str
    before: Money
    after: Money
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        what = self.what

        name: None | str
        name = self.name

        before = self.before.to_dict()

        after = self.after.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "what": what,
                "name": name,
                "before": before,
                "after": after,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415

        d = dict(src_dict)
        what = d.pop("what")

        def _parse_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        name = _parse_name(d.pop("name"))

        before = Money.from_dict(d.pop("before"))

        after = Money.from_dict(d.pop("after"))

        difference = cls(
            what=what,
            name=name,
            before=before,
            after=after,
        )

        difference.additional_properties = d
        return difference

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
