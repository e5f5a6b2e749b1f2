from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.loan import Loan
    from ..models.loan_operation_asked import LoanOperationAsked
    from ..models.loan_operation_to_sign_type_0 import LoanOperationToSignType0
    from ..models.money import Money
    from ..models.problem import Problem


T = TypeVar("T", bound="LoanOperation")


@_attrs_define
class LoanOperation:
    """
    Attributes:
        id (str):
        kind (str):
        subject (None | str): The thing that it is about, such as a voucher.
        state (str): How far a command has come. One of: awaiting_approval, awaiting_signature, accepted, running,
            succeeded, refused, declined, failed; there may be more.
        enterprise (str):
        asked_by (str): The key or person that asked.
        decided_by (None | str): Who approved or declined it, where somebody had to.
        asked_at (datetime.datetime):
        asked (LoanOperationAsked): What was asked for, as its kind has it: payments, maturity, pieces, a limit …; of
            documents their names. With what was settled when it was accepted: what a quote says, of which obligations
            something is due.
        worth (list[Money]): What four eyes counted: a sum for each currency; nothing where no amount counts. Where it
            is worth more when it is carried out, and above the limit, it awaits an approval (again).
        ended_at (datetime.datetime | None):
        to_sign (LoanOperationToSignType0 | None): EIP-712 typed data that the enterprise's own wallet signs next, while
            it awaits a signature.
        result (Loan | None): What came of it, once it succeeded.
        problem (None | Problem): What stands against it, where it was refused or failed, or was declined when a part of
            it was done.
    """

    id: str
    kind: str
    subject: None | str
    state: str
    enterprise: str
    asked_by: str
    decided_by: None | str
    asked_at: datetime.datetime
    asked: LoanOperationAsked
    worth: list[Money]
    ended_at: datetime.datetime | None
    to_sign: LoanOperationToSignType0 | None
    result: Loan | None
    problem: None | Problem
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.loan import Loan  # noqa: PLC0415
        from ..models.loan_operation_to_sign_type_0 import LoanOperationToSignType0  # noqa: PLC0415
        from ..models.problem import Problem  # noqa: PLC0415

        id = self.id

        kind = self.kind

        subject: None | str
        subject = self.subject

        state = self.state

        enterprise = self.enterprise

        asked_by = self.asked_by

        decided_by: None | str
        decided_by = self.decided_by

        asked_at = self.asked_at.isoformat()

        asked = self.asked.to_dict()

        worth = []
        for worth_item_data in self.worth:
            worth_item = worth_item_data.to_dict()
            worth.append(worth_item)

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        to_sign: dict[str, Any] | None
        if isinstance(self.to_sign, LoanOperationToSignType0):
            to_sign = self.to_sign.to_dict()
        else:
            to_sign = self.to_sign

        result: dict[str, Any] | None
        if isinstance(self.result, Loan):
            result = self.result.to_dict()
        else:
            result = self.result

        problem: dict[str, Any] | None
        if isinstance(self.problem, Problem):
            problem = self.problem.to_dict()
        else:
            problem = self.problem

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "subject": subject,
                "state": state,
                "enterprise": enterprise,
                "asked_by": asked_by,
                "decided_by": decided_by,
                "asked_at": asked_at,
                "asked": asked,
                "worth": worth,
                "ended_at": ended_at,
                "to_sign": to_sign,
                "result": result,
                "problem": problem,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.loan import Loan  # noqa: PLC0415
        from ..models.loan_operation_asked import LoanOperationAsked  # noqa: PLC0415
        from ..models.loan_operation_to_sign_type_0 import LoanOperationToSignType0  # noqa: PLC0415
        from ..models.money import Money  # noqa: PLC0415
        from ..models.problem import Problem  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        kind = d.pop("kind")

        def _parse_subject(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subject = _parse_subject(d.pop("subject"))

        state = d.pop("state")

        enterprise = d.pop("enterprise")

        asked_by = d.pop("asked_by")

        def _parse_decided_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        decided_by = _parse_decided_by(d.pop("decided_by"))

        asked_at = datetime.datetime.fromisoformat(d.pop("asked_at"))

        asked = LoanOperationAsked.from_dict(d.pop("asked"))

        worth = []
        _worth = d.pop("worth")
        for worth_item_data in _worth:
            worth_item = Money.from_dict(worth_item_data)

            worth.append(worth_item)

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        def _parse_to_sign(data: object) -> LoanOperationToSignType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                to_sign_type_0 = LoanOperationToSignType0.from_dict(data)

                return to_sign_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LoanOperationToSignType0 | None, data)

        to_sign = _parse_to_sign(d.pop("to_sign"))

        def _parse_result(data: object) -> Loan | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                result_type_0 = Loan.from_dict(data)

                return result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Loan | None, data)

        result = _parse_result(d.pop("result"))

        def _parse_problem(data: object) -> None | Problem:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                problem_type_0 = Problem.from_dict(data)

                return problem_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Problem, data)

        problem = _parse_problem(d.pop("problem"))

        loan_operation = cls(
            id=id,
            kind=kind,
            subject=subject,
            state=state,
            enterprise=enterprise,
            asked_by=asked_by,
            decided_by=decided_by,
            asked_at=asked_at,
            asked=asked,
            worth=worth,
            ended_at=ended_at,
            to_sign=to_sign,
            result=result,
            problem=problem,
        )

        loan_operation.additional_properties = d
        return loan_operation

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
