from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.contract_error import ContractError
    from ..models.place import Place


T = TypeVar("T", bound="Problem")


@_attrs_define
class Problem:
    """RFC 9457 problem details, with the broken rule and what to do next.

    Attributes:
        type_ (str):
        title (str):
        status (int):
        detail (str):
        rule (str):
        next_step (str):
        request_id (None | str | Unset): That of X-Request-ID; the operator finds the request by it.
        contract_error (ContractError | None | Unset):
        errors (list[Place] | None | Unset):
    """

    type_: str
    title: str
    status: int
    detail: str
    rule: str
    next_step: str
    request_id: None | str | Unset = UNSET
    contract_error: ContractError | None | Unset = UNSET
    errors: list[Place] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.contract_error import ContractError  # noqa: PLC0415

        type_ = self.type_

        title = self.title

        status = self.status

        detail = self.detail

        rule = self.rule

        next_step = self.next_step

        request_id: None | str | Unset
        if isinstance(self.request_id, Unset):
            request_id = UNSET
        else:
            request_id = self.request_id

        contract_error: dict[str, Any] | None | Unset
        if isinstance(self.contract_error, Unset):
            contract_error = UNSET
        elif isinstance(self.contract_error, ContractError):
            contract_error = self.contract_error.to_dict()
        else:
            contract_error = self.contract_error

        errors: list[dict[str, Any]] | None | Unset
        if isinstance(self.errors, Unset):
            errors = UNSET
        elif isinstance(self.errors, list):
            errors = []
            for errors_type_0_item_data in self.errors:
                errors_type_0_item = errors_type_0_item_data.to_dict()
                errors.append(errors_type_0_item)

        else:
            errors = self.errors

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "title": title,
                "status": status,
                "detail": detail,
                "rule": rule,
                "next_step": next_step,
            }
        )
        if request_id is not UNSET:
            field_dict["request_id"] = request_id
        if contract_error is not UNSET:
            field_dict["contract_error"] = contract_error
        if errors is not UNSET:
            field_dict["errors"] = errors

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.contract_error import ContractError  # noqa: PLC0415
        from ..models.place import Place  # noqa: PLC0415

        d = dict(src_dict)
        type_ = d.pop("type")

        title = d.pop("title")

        status = d.pop("status")

        detail = d.pop("detail")

        rule = d.pop("rule")

        next_step = d.pop("next_step")

        def _parse_request_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        request_id = _parse_request_id(d.pop("request_id", UNSET))

        def _parse_contract_error(data: object) -> ContractError | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                contract_error_type_0 = ContractError.from_dict(data)

                return contract_error_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ContractError | None | Unset, data)

        contract_error = _parse_contract_error(d.pop("contract_error", UNSET))

        def _parse_errors(data: object) -> list[Place] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                errors_type_0 = []
                _errors_type_0 = data
                for errors_type_0_item_data in _errors_type_0:
                    errors_type_0_item = Place.from_dict(errors_type_0_item_data)

                    errors_type_0.append(errors_type_0_item)

                return errors_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Place] | None | Unset, data)

        errors = _parse_errors(d.pop("errors", UNSET))

        problem = cls(
            type_=type_,
            title=title,
            status=status,
            detail=detail,
            rule=rule,
            next_step=next_step,
            request_id=request_id,
            contract_error=contract_error,
            errors=errors,
        )

        problem.additional_properties = d
        return problem

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
