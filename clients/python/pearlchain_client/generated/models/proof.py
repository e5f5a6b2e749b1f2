from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.chain_proven import ChainProven
    from ..models.document_proven import DocumentProven
    from ..models.owner_said import OwnerSaid
    from ..models.piece_proven import PieceProven
    from ..models.step_proven import StepProven
    from ..models.terms_proven import TermsProven


T = TypeVar("T", bound="Proof")


@_attrs_define
class Proof:
    """A proof of holding: facts, each of which a node of the chain confirms or not.

    Attributes:
        format_ (Literal['pearlchain/holding/1']):
        chain (ChainProven): On which chain, and as of which block.
        piece (PieceProven): The piece. Its amount and state may be others by now; the rest never changes.
        terms (TermsProven): On what terms it is owed, which never change.
        keys (list[str]): Addresses of the owner's keys.
        way (list[StepProven]):
        documents (list[DocumentProven]):
        said (OwnerSaid): What the service says of the owner, which nothing here proves; null: it knows nobody of that
            number.
    """

    format_: Literal["pearlchain/holding/1"]
    chain: ChainProven
    piece: PieceProven
    terms: TermsProven
    keys: list[str]
    way: list[StepProven]
    documents: list[DocumentProven]
    said: OwnerSaid
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        format_ = self.format_

        chain = self.chain.to_dict()

        piece = self.piece.to_dict()

        terms = self.terms.to_dict()

        keys = self.keys

        way = []
        for way_item_data in self.way:
            way_item = way_item_data.to_dict()
            way.append(way_item)

        documents = []
        for documents_item_data in self.documents:
            documents_item = documents_item_data.to_dict()
            documents.append(documents_item)

        said = self.said.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "format": format_,
                "chain": chain,
                "piece": piece,
                "terms": terms,
                "keys": keys,
                "way": way,
                "documents": documents,
                "said": said,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chain_proven import ChainProven  # noqa: PLC0415
        from ..models.document_proven import DocumentProven  # noqa: PLC0415
        from ..models.owner_said import OwnerSaid  # noqa: PLC0415
        from ..models.piece_proven import PieceProven  # noqa: PLC0415
        from ..models.step_proven import StepProven  # noqa: PLC0415
        from ..models.terms_proven import TermsProven  # noqa: PLC0415

        d = dict(src_dict)
        format_ = cast(Literal["pearlchain/holding/1"], d.pop("format"))
        if format_ != "pearlchain/holding/1":
            raise ValueError(f"format must match const 'pearlchain/holding/1', got '{format_}'")

        chain = ChainProven.from_dict(d.pop("chain"))

        piece = PieceProven.from_dict(d.pop("piece"))

        terms = TermsProven.from_dict(d.pop("terms"))

        keys = cast(list[str], d.pop("keys"))

        way = []
        _way = d.pop("way")
        for way_item_data in _way:
            way_item = StepProven.from_dict(way_item_data)

            way.append(way_item)

        documents = []
        _documents = d.pop("documents")
        for documents_item_data in _documents:
            documents_item = DocumentProven.from_dict(documents_item_data)

            documents.append(documents_item)

        said = OwnerSaid.from_dict(d.pop("said"))

        proof = cls(
            format_=format_,
            chain=chain,
            piece=piece,
            terms=terms,
            keys=keys,
            way=way,
            documents=documents,
            said=said,
        )

        proof.additional_properties = d
        return proof

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
