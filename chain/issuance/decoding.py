"""The contracts' events, decoded: for every kind of event a reader that is made once and then only cuts its log apart.

Words of fixed width are cut out of a log's hexadecimal text where they stand; only events with a part of no fixed width go
through `eth_abi`. What a word must not hold (bits beyond its type) is refused here as it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic
from eth_utils.address import to_checksum_address
from msgspec import Struct

from chain.errors import PearlError
from chain.issuance.words import PACKINGS, unpacked

#: Hexadecimal digits of a word.
WORD = 64

Reader = Callable[[str], Any]
"""What the digits of one word mean. Raises ValueError for what its type cannot hold."""


class LogMalformed(PearlError):
    message = "a log of {contract} is no {event} as that contract writes it"
    next_step = "ask another node, and use the version of this program that deployed the contracts"


class ChainEvent(Struct, frozen=True, gc=False):
    """One decoded log. ``arguments`` by name, integers as Python integers, bytes as 0x text, words taken apart."""

    contract: str
    name: str
    arguments: dict[str, Any]
    block_number: int
    block_hash: str
    log_index: int
    transaction_hash: str


class EventShape:
    """One kind of event of one contract."""

    def __init__(self, contract: str, entry: Mapping[str, Any]) -> None:
        self.contract = contract
        self.name: str = entry["name"]
        self.topic = f"0x{event_abi_to_log_topic(entry).hex()}"  # type: ignore[arg-type]
        indexed, plain = ([i for i in entry["inputs"] if i["indexed"] == flag] for flag in (True, False))
        self.topics = len(indexed) + 1
        self.named = {one["name"]: one.get("internalType", one["type"]) for one in entry["inputs"]}
        """Argument → its type in the contracts, such as ``PieceId``."""
        self.is_of_a_thing = bool(indexed) and self.named[indexed[0]["name"]].endswith("Id")
        """Whether what it is found by first is the id of a thing, and no address, number or digest."""
        self._indexed = [(one["name"], place, _reader(one["type"])) for place, one in enumerate(indexed, 1)]
        self._read = _plain_reader(plain)

    def arguments(self, topics: Sequence[str], data: str) -> dict[str, Any]:
        """The arguments of a log: its ``topics``, the event's own first, and ``data``, all 0x text in lower case.

        Raises LogMalformed.
        """
        try:
            values = {name: read(topics[place][2:]) for name, place, read in self._indexed}
            self._read(data[2:], values)
        except (ValueError, IndexError, OverflowError, DecodingError) as error:
            raise LogMalformed(contract=self.contract, event=self.name) from error
        return values


class EventDecoder:
    """All kinds of events of the contracts at some addresses. One that is pickled is made anew from the contracts' ABI."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[str, str], EventShape] = {}
        self._named: dict[tuple[str, str], EventShape] = {}
        self._learnt: list[tuple[str, str, list[Mapping[str, Any]]]] = []

    def __getstate__(self) -> list[tuple[str, str, list[Mapping[str, Any]]]]:
        return self._learnt

    def __setstate__(self, learnt: list[tuple[str, str, list[Mapping[str, Any]]]]) -> None:
        self.__init__()  # type: ignore[misc]
        for one in learnt:
            self.learn(*one)

    def learn(self, contract: str, address: str, entries: Iterable[Mapping[str, Any]]) -> None:
        """The events of ``contract``, by their entries of the ABI."""
        entries = list(entries)
        self._learnt.append((contract, address, entries))
        for entry in entries:
            shape = EventShape(contract, entry)
            self._shapes[address.lower(), shape.topic] = self._named[contract, shape.name] = shape

    def shape(self, address: str, topics: Sequence[str]) -> EventShape | None:
        """What a log is; None for what is no event of these contracts. ``address`` and ``topics`` are in lower case."""
        shape = self._shapes.get((address, topics[0])) if topics else None
        return shape if shape is not None and shape.topics == len(topics) else None

    @property
    def known(self) -> Iterable[tuple[str, str]]:
        """Contract and name of each kind of event."""
        return self._named.keys()

    def named(self, contract: str, name: str) -> EventShape:
        """The kind of event that a contract calls by this name. Raises KeyError."""
        return self._named[contract, name]


def _plain_reader(parameters: Sequence[Mapping[str, Any]]) -> Callable[[str, dict[str, Any]], None]:
    """What puts the arguments of a log's data (its digits) to the others."""
    types = [collapse_if_tuple(one) for one in parameters]  # type: ignore[arg-type]
    if not all(map(_is_static, parameters)):

        def read_any(data: str, values: dict[str, Any]) -> None:
            for one, value in zip(parameters, abi_decode(types, bytes.fromhex(data)), strict=True):
                values[one["name"]] = _plain(one, value)

        return read_any

    readers: list[tuple[str, int, int, Reader]] = []
    packed: list[tuple[str, int, int]] = []
    end = 0
    for one in parameters:
        start, end = end, end + WORD * _width(one)
        word = one.get("internalType", "")
        if word in PACKINGS:
            packed.append((word, start, end))
        elif one["type"] == "tuple":
            readers.append((one["name"], start, end, _struct_reader(one)))
        else:
            readers.append((one["name"], start, end, _reader(one["type"])))

    def read_words(data: str, values: dict[str, Any]) -> None:
        if len(data) < end:
            raise ValueError(data)
        for name, start, stop, read in readers:
            values[name] = read(data[start:stop])
        for word, start, stop in packed:
            values.update(unpacked(word, int(data[start:stop], 16)))

    return read_words


def _struct_reader(parameter: Mapping[str, Any]) -> Reader:
    """A struct of words as its fields by name."""
    fields = [
        (one["name"], place * WORD, (place + 1) * WORD, _reader(one["type"]))
        for place, one in enumerate(parameter["components"])
    ]
    return lambda digits: {name: read(digits[start:end]) for name, start, end, read in fields}


def _width(parameter: Mapping[str, Any]) -> int:
    return len(parameter["components"]) if parameter["type"] == "tuple" else 1


def _is_static(parameter: Mapping[str, Any]) -> bool:
    """Whether it is a word, or a struct of words."""
    if parameter["type"] == "tuple":
        return all(one["type"] != "tuple" and _is_static(one) for one in parameter["components"])
    return "[" not in parameter["type"] and parameter["type"] not in ("bytes", "string")


def _reader(kind: str) -> Reader:
    """How a word of a type of one word is read."""
    if kind == "address":
        return _address
    if kind == "bool":
        return _bool
    if kind == "bytes32":
        return _bytes32
    if kind.startswith("bytes"):
        return _bytes(int(kind.removeprefix("bytes")))
    if kind.startswith("uint"):
        return _unsigned(int(kind.removeprefix("uint")))
    if kind.startswith("int"):
        return _signed(int(kind.removeprefix("int")))
    raise NotImplementedError(kind)  # a contract with such an event is not compiled without a change here


def _unsigned(bits: int) -> Reader:
    def read(digits: str) -> int:
        value = int(digits, 16)
        if value >> bits:
            raise ValueError(digits)
        return value

    return read


def _signed(bits: int) -> Reader:
    def read(digits: str) -> int:
        value = int(digits, 16)
        if value >> 255:
            value -= 1 << 256
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise ValueError(digits)
        return value

    return read


def _bool(digits: str) -> bool:
    value = int(digits, 16)
    if value > 1:
        raise ValueError(digits)
    return value == 1


def _bytes32(digits: str) -> str:
    return f"0x{digits}"


def _bytes(length: int) -> Reader:
    kept = 2 * length

    def read(digits: str) -> str:
        if int(digits[kept:], 16):
            raise ValueError(digits)
        return f"0x{digits[:kept]}"

    return read


def _address(digits: str) -> str:
    if int(digits[:24], 16):
        raise ValueError(digits)
    return _checksummed(digits[24:])


@lru_cache(maxsize=65_536)
def _checksummed(digits: str) -> str:
    return to_checksum_address(f"0x{digits}")


def _plain(parameter: Mapping[str, Any], value: Any) -> Any:
    """A value of `eth_abi` as JSON can hold it: addresses with their checksum, bytes as 0x text, structs by their fields."""
    if parameter["type"] == "tuple":
        fields = zip(parameter["components"], value, strict=True)
        return {one["name"]: _plain(one, part) for one, part in fields}
    if parameter["type"] == "address":
        return to_checksum_address(value)
    return f"0x{value.hex()}" if isinstance(value, bytes) else value
