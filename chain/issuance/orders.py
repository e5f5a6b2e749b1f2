"""Orders: what a party signs off chain, and anyone sends.

`OrderTable` makes an order of any function of the contracts out of their ABIs: the EIP-712 type that its signer reads,
and what the contract `SignedOrders` needs to read the same in the call data (`ISignedOrders.Form`). What goes into a
call of somebody else is a message (`chain.issuance.messages`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import EncodingError
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from chain.errors import PearlError

Parameter = Mapping[str, Any]
"""A function's argument, or a struct's member, as an ABI describes it."""

Members = tuple[tuple[str, str], ...]
"""Names and types of an EIP-712 struct."""

DOMAIN_NAME, DOMAIN_VERSION = "Pearlchain SignedOrders", "1"

ORDER_MEMBERS: Members = (("key", "address"), ("target", "address"), ("nonce", "uint256"), ("deadline", "uint40"))
"""What every order has behind the function's arguments."""

REFERENCE = "PieceReference"
REFERENCE_MEMBERS: Members = (
    ("piece", "uint80"), ("parentIndex", "uint16"), ("evidence", "uint40"), ("maturityDay", "uint16"),
)  # fmt: skip
"""A word of the contracts, lowest bits first, which its signer reads as a struct."""

FREQUENT_FUNCTION, FREQUENT_STRUCT = "transfer", "Leg"
"""What most orders do and name; `SignedOrders` keeps the first function and the first struct where they cost no read."""

UNREADABLE = frozenset({"multicall", "execute", "executeBatch", "attempt"})
"""Functions that take other calls, which their signer could not read. None of them can be an order."""

_WORDS, _OMITTED, _REFERENCE, _BYTES, _STRUCT, _TAIL_STRUCT, _ARRAY = range(1, 8)
"""Kinds of operations in a shape (`ISignedOrders.Form`)."""

_LARGEST_COUNT, _SHAPE_BYTES = 31, 32


class FunctionNotOrderable(PearlError):
    message = "{function} cannot be a signed order: {reason}"
    next_step = "give its arguments other types, or leave the function out"


class ArgumentsMalformed(PearlError):
    message = "these are no arguments of {function}: {reason}"
    next_step = "give them as a JSON list; 'pearl contracts abi' says what the function takes"


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the contract `SignedOrders` takes it. ``deadline``: Unix seconds, the last one in which it can be executed."""

    key: str
    target: str
    nonce: int
    deadline: int
    call: bytes

    def values(self) -> tuple[str, str, int, int, bytes]:
        """As the contract's struct."""
        return self.key, self.target, self.nonce, self.deadline, self.call


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """An order with its key's signature: 65 bytes of a key pair, or what a contract takes for one (ERC-1271)."""

    order: Order
    signature: bytes


@dataclass(frozen=True)
class OrderForm:
    """How one function is ordered: a primary type that is named like it, and the structs that the type names."""

    function: Parameter
    """The function's entry in the ABI."""
    primary_type: str
    types: dict[str, Members]
    """All structs by name, the primary type among them."""

    @classmethod
    def of(cls, function: Parameter) -> OrderForm:
        """The form of a function of an ABI. Raises FunctionNotOrderable."""
        name = str(function["name"])
        primary_type = name[0].upper() + name[1:]
        types: dict[str, Members] = {}
        reserved = {member for member, _ in ORDER_MEMBERS}
        try:
            members = (*_members(function["inputs"], types, reserved), *ORDER_MEMBERS)
        except _NotReadable as error:
            raise FunctionNotOrderable(function=name, reason=error.reason) from error
        if primary_type in types:
            raise FunctionNotOrderable(function=name, reason="one of its structs has its name")
        return cls(function, primary_type, {primary_type: members, **types})

    @property
    def selector(self) -> bytes:
        return bytes(function_abi_to_4byte_selector(self.function))  # type: ignore[arg-type]

    @property
    def type_text(self) -> str:
        """EIP-712 ``encodeType`` of the order."""
        return _type_text(self.primary_type, self.types)

    @property
    def type_hash(self) -> bytes:
        return keccak(text=self.type_text)

    def is_frequent(self) -> bool:
        """Whether it is the one that most orders are."""
        return self.function["name"] == FREQUENT_FUNCTION and FREQUENT_STRUCT in self.types

    def structs(self) -> set[str]:
        """EIP-712 ``encodeType`` of the structs whose hash the contract looks up."""
        return {_type_text(name, self.types) for name in self.types if name not in (self.primary_type, REFERENCE)}

    def shape(self, structs: Sequence[str]) -> bytes:
        """What the words of the call data are, in 32 bytes; structs are named by their place. Raises FunctionNotOrderable."""
        places = {text.partition("(")[0]: structs.index(text) + 1 for text in self.structs()}
        try:
            operations = _shape(self.function["inputs"], places)
            if len(operations) > _SHAPE_BYTES:
                raise _NotReadable(reason="it has too many arguments")
        except _NotReadable as error:
            raise FunctionNotOrderable(function=self.function["name"], reason=error.reason) from error
        return operations.ljust(_SHAPE_BYTES, b"\0")

    def call(self, arguments: Sequence[Any]) -> bytes:
        """Call data; structs are tuples in the order of their fields."""
        return self.selector + abi_encode([collapse_if_tuple(entry) for entry in self.function["inputs"]], arguments)

    def arguments_of_json(self, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """Arguments as JSON has them: bytes as 0x text, structs as lists, numbers perhaps as text. Raises ArgumentsMalformed."""
        try:
            given = zip(self.function["inputs"], arguments, strict=True)
            values = tuple(_of_json(parameter, value) for parameter, value in given)
            self.call(values)
        except (EncodingError, ValueError, TypeError) as error:
            raise ArgumentsMalformed(function=_signature(self.function), reason=str(error)) from error
        return values

    def arguments(self, call: bytes) -> tuple[Any, ...]:
        """The arguments of call data."""
        return abi_decode([collapse_if_tuple(entry) for entry in self.function["inputs"]], call[4:])

    def message(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """The arguments by their names in the type; bytes as 0x text, so that JSON can hold them."""
        return _message(self.function["inputs"], arguments, {member for member, _ in ORDER_MEMBERS})


@dataclass(frozen=True)
class OrderTable:
    """All functions that can be ordered, as one `SignedOrders` knows them from its creation on."""

    forms: dict[tuple[str, bytes], OrderForm]
    """By the target's address and the function's selector."""
    structs: tuple[str, ...]
    """EIP-712 ``encodeType`` of the structs, in the contract's order."""

    @classmethod
    def of(cls, abis: Mapping[str, Iterable[Parameter]]) -> OrderTable:
        """Every external function that changes something, of ABIs by the address where they are. Raises FunctionNotOrderable."""
        forms = {}
        for address, abi in abis.items():
            for entry in abi:
                if _is_orderable(entry):
                    form = OrderForm.of(entry)
                    forms[to_checksum_address(address), form.selector] = form
        # The signer of one of two functions that read alike would have ordered the other, too.
        meanings = Counter((target, form.type_text) for (target, _), form in forms.items())
        for (target, _), form in forms.items():
            if meanings[target, form.type_text] > 1:
                raise FunctionNotOrderable(function=form.function["name"], reason="another function reads the same")
        structs = {text for form in forms.values() for text in form.structs()}
        return cls(
            dict(sorted(forms.items(), key=lambda item: not item[1].is_frequent())),
            tuple(sorted(structs, key=lambda text: (text.partition("(")[0] != FREQUENT_STRUCT, text))),
        )

    def creation_arguments(self) -> tuple[list[bytes], list[tuple[str, bytes, bytes, bytes]]]:
        """``structTypes`` and ``forms`` of the contract's constructor."""
        return [keccak(text=text) for text in self.structs], [
            (target, selector, form.type_hash, form.shape(self.structs))
            for (target, selector), form in self.forms.items()
        ]

    def form(self, target: str, function: str) -> OrderForm:
        """The form of a function by its name, or where names are shared by its signature, such as ``accept(uint256[])``."""
        found = [
            form
            for (address, _), form in self.forms.items()
            if address == to_checksum_address(target) and function in (form.function["name"], _signature(form.function))
        ]
        if len(found) != 1:
            raise FunctionNotOrderable(
                function=function, reason="the contract has no function, or several, of this name"
            )
        return found[0]

    def order(self, key: str, target: str, function: str, arguments: Sequence[Any], nonce: int, deadline: int) -> Order:
        """The order to call ``target.function(arguments)``."""
        call = self.form(target, function).call(arguments)
        return Order(to_checksum_address(key), to_checksum_address(target), nonce, deadline, call)

    def typed_data(self, domain: Mapping[str, Any], order: Order) -> dict[str, Any]:
        """What the order's key signs: complete EIP-712 typed data, for ``eth_account`` and wallets alike."""
        form = self.forms[order.target, order.call[:4]]
        types = {"EIP712Domain": _DOMAIN_MEMBERS, **form.types}
        ordered = {"key": order.key, "target": order.target, "nonce": order.nonce, "deadline": order.deadline}
        return {
            "types": {name: [{"name": n, "type": t} for n, t in members] for name, members in types.items()},
            "domain": dict(domain),
            "primaryType": form.primary_type,
            "message": form.message(form.arguments(order.call)) | ordered,
        }


_DOMAIN_MEMBERS: Members = (
    ("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"),
)  # fmt: skip


def order_domain(chain_id: int, signed_orders: str) -> dict[str, Any]:
    """The EIP-712 domain of the contract `SignedOrders` at an address."""
    return {
        "name": DOMAIN_NAME,
        "version": DOMAIN_VERSION,
        "chainId": chain_id,
        "verifyingContract": to_checksum_address(signed_orders),
    }


# --- ABI to EIP-712 ----------------------------------------------------------------------------------------------------


class _NotReadable(Exception):
    """An argument that has no shape."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def _is_orderable(entry: Parameter) -> bool:
    return (
        entry["type"] == "function"
        and entry["stateMutability"] not in ("view", "pure")
        and entry["name"] not in UNREADABLE
    )


def _signature(function: Parameter) -> str:
    return f"{function['name']}({','.join(collapse_if_tuple(entry) for entry in function['inputs'])})"


def _is_array(parameter: Parameter) -> bool:
    return str(parameter["type"]).endswith("]")


def _element(parameter: Parameter) -> Parameter:
    """What an array is of."""
    if not str(parameter["type"]).endswith("[]"):
        raise _NotReadable(reason="an argument is an array of fixed length")
    internal = str(parameter.get("internalType", "")).removesuffix("[]")
    return {**parameter, "type": str(parameter["type"]).removesuffix("[]"), "internalType": internal}


def _struct_name(parameter: Parameter) -> str:
    """``Leg`` of ``struct Leg`` and of ``struct IRegistry.Leg``, whether in an array or not."""
    return str(parameter["internalType"]).removeprefix("struct ").rpartition(".")[2].partition("[")[0]


def _is_reference(parameter: Parameter) -> bool:
    return parameter.get("internalType") == REFERENCE


def _is_signature(parameter: Parameter) -> bool:
    """Another's signature, or several: no part of what an order's key signs."""
    return str(parameter["type"]) in ("tuple", "tuple[]") and _struct_name(parameter) == "Signature"


def _is_dynamic(parameter: Parameter) -> bool:
    """Whether its words are behind an offset."""
    if _is_array(parameter) or parameter["type"] in ("bytes", "string"):
        return True
    return parameter["type"] == "tuple" and any(_is_dynamic(member) for member in parameter["components"])


def _words(parameter: Parameter) -> int:
    """Words that it takes in its place."""
    if parameter["type"] != "tuple" or _is_dynamic(parameter):
        return 1
    return sum(_words(member) for member in parameter["components"])


def _named(parameters: Iterable[Parameter], reserved: Iterable[str] = ()) -> list[tuple[str, Parameter]]:
    """The arguments that are signed, by the names that their signer reads."""
    named = []
    for place, parameter in enumerate(parameters, 1):
        if not _is_signature(parameter):
            name = parameter["name"] or f"argument{place}"
            named.append((f"{name}_" if name in reserved else name, parameter))
    return named


def _members(parameters: Iterable[Parameter], types: dict[str, Members], reserved: Iterable[str] = ()) -> Members:
    """Names and types of what is signed; structs that they name are put among ``types``."""
    return tuple((name, _type(parameter, types)) for name, parameter in _named(parameters, reserved))


def _type(parameter: Parameter, types: dict[str, Members]) -> str:
    if _is_array(parameter):
        return f"{_type(_element(parameter), types)}[]"
    if _is_reference(parameter):
        types[REFERENCE] = REFERENCE_MEMBERS
        return REFERENCE
    if parameter["type"] != "tuple":
        return str(parameter["type"])
    name = _struct_name(parameter)
    members = _members(parameter["components"], types)
    if types.setdefault(name, members) != members:
        raise _NotReadable(reason="two of its structs have one name")
    return name


def _type_text(name: str, types: Mapping[str, Members]) -> str:
    """EIP-712 ``encodeType``: the struct, and behind it by name those that it needs."""
    needed: set[str] = set()
    waiting = [name]
    while waiting:
        for _, kind in types[waiting.pop()]:
            core = kind.partition("[")[0]
            if core in types and core not in needed:
                needed.add(core)
                waiting.append(core)
    return "".join(f"{one}({','.join(f'{t} {n}' for n, t in types[one])})" for one in (name, *sorted(needed - {name})))


# --- ABI to shape ------------------------------------------------------------------------------------------------------


def _shape(parameters: Iterable[Parameter], places: Mapping[str, int]) -> bytes:
    """Operations over the parameters' words; neighbours of one kind are one operation."""
    operations = bytearray()
    run_kind, run = 0, 0

    def end_run() -> None:
        nonlocal run
        while run > 0:
            operations.extend(_operation(run_kind, min(run, _LARGEST_COUNT)))
            run -= _LARGEST_COUNT

    for parameter in parameters:
        kind = _kind(parameter)
        if kind != run_kind:
            end_run()
            run_kind, run = kind, 0
        if kind in (_WORDS, _OMITTED):
            run += 1
        else:
            operations += _one(parameter, kind, places)
    end_run()
    return bytes(operations)


def _kind(parameter: Parameter) -> int:
    if _is_signature(parameter):
        return _OMITTED
    if _is_array(parameter):
        return _ARRAY
    if _is_reference(parameter):
        return _REFERENCE
    if parameter["type"] == "tuple":
        return _TAIL_STRUCT if _is_dynamic(parameter) else _STRUCT
    return _BYTES if parameter["type"] in ("bytes", "string") else _WORDS


def _one(parameter: Parameter, kind: int, places: Mapping[str, int]) -> bytes:
    """The operation of one parameter that is more than a plain word."""
    if kind in (_REFERENCE, _BYTES):
        return _operation(kind, 0)
    if kind != _ARRAY:
        body = _shape(parameter["components"], places)
        return _block(kind, _words(parameter), places[_struct_name(parameter)], body)
    element = _element(parameter)
    if _kind(element) == _STRUCT:
        body = _shape(element["components"], places)
        return _block(_ARRAY, _words(element), places[_struct_name(element)], body)
    return _block(_ARRAY, 1, 0, _shape([element], places))


def _operation(kind: int, count: int) -> bytes:
    if count > _LARGEST_COUNT:
        raise _NotReadable(reason="it has too many arguments")
    return bytes([kind << 5 | count])


def _block(kind: int, words: int, place: int, body: bytes) -> bytes:
    return _operation(kind, words) + bytes([place, len(body)]) + body


# --- arguments to message ----------------------------------------------------------------------------------------------


def _message(parameters: Sequence[Parameter], values: Sequence[Any], reserved: Iterable[str] = ()) -> dict[str, Any]:
    signed = [(p, v) for p, v in zip(parameters, values, strict=True) if not _is_signature(p)]
    names = [name for name, _ in _named(parameters, reserved)]
    return {name: _value(parameter, value) for name, (parameter, value) in zip(names, signed, strict=True)}


def _of_json(parameter: Parameter, value: Any) -> Any:
    kind = str(parameter["type"])
    if _is_array(parameter):
        return [_of_json(_element(parameter), one) for one in value]
    if kind == "tuple":
        return tuple(_of_json(one, part) for one, part in zip(parameter["components"], value, strict=True))
    if kind.startswith("bytes"):
        return bytes.fromhex(value.removeprefix("0x"))
    if kind.startswith(("uint", "int")) and isinstance(value, str):  # JSON's numbers end at 53 bits in many programs
        return int(value, 0)
    return value


def _value(parameter: Parameter, value: Any) -> Any:
    if _is_array(parameter):
        return [_value(_element(parameter), one) for one in value]
    if _is_reference(parameter):
        return piece_reference(value)
    if parameter["type"] == "tuple":
        return _message(parameter["components"], value)
    if parameter["type"] == "address":
        return to_checksum_address(value)
    return f"0x{value.hex()}" if isinstance(value, bytes) else value


def piece_reference(word: int) -> dict[str, int]:
    """What a packed `PieceReference` says, by name."""
    fields, shift = {}, 0
    for name, kind in REFERENCE_MEMBERS:
        bits = int(kind.removeprefix("uint"))
        fields[name] = word >> shift & (1 << bits) - 1
        shift += bits
    return fields
