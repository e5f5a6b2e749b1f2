"""A signer elsewhere: Web3Signer's JSON-RPC, behind which a key may be in a hardware module or a vault.

It is believed nothing: what it answers must be the signature of the asked address under exactly what was asked.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Set
from typing import Any

import msgspec
import rlp
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.constants import SECPK1_N
from eth_keys.exceptions import BadSignature
from eth_utils.address import to_checksum_address
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from chain.errors import Unavailable

PATIENCE = Timeout(connect=5, read=15)
#: No signature is longer, and nothing else is read.
LONGEST_ANSWER_BYTES = 1_000_000
#: Type of a transaction with fees of EIP-1559, and how many items it and an older one have.
_DYNAMIC_FEE, _DYNAMIC_ITEMS, _PLAIN_ITEMS = 2, 12, 9


class SignerRefused(Unavailable):
    message = "the remote signer at {place} does not sign for {address}: {reason}"
    next_step = "look at its log and its rules; nothing was sent"


class SignatureNotAsAsked(SignerRefused):
    message = "the remote signer at {place} gave something else than the signature of {address} under what was asked"
    next_step = "find out who answers there before anything is signed again; nothing was sent"


class _Failure(msgspec.Struct):
    message: str = ""


class _Answer(msgspec.Struct):
    result: Any = None
    error: _Failure | None = None


_answers = msgspec.json.Decoder(_Answer)


class RemoteKeys:
    """The keys of one remote signer, by the addresses that it says it has (`eth_accounts`)."""

    def __init__(self, url: str, timeout: Timeout = PATIENCE) -> None:
        """``url``: http or https; the certificate of https is checked by this machine's authorities."""
        self._url = url
        parsed = parse_url(url)
        self.place = f"{parsed.scheme}://{parsed.netloc}"  # a path may hold a secret
        self._pool = PoolManager(num_pools=1, maxsize=4, retries=False, timeout=timeout)
        self._addresses: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def holds(self, address: str) -> bool:
        """Whether the signer has the key of an address; it is asked again as long as it has not. Raises Unavailable."""
        return bool(self.held({address}))

    def held(self, addresses: Set[str]) -> frozenset[str]:
        """Of some addresses those whose keys the signer has; it is asked once where it has not all. Raises Unavailable."""
        with self._lock:
            if not addresses <= self._addresses:
                found = self.ask("eth_accounts", [])
                if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
                    raise Unavailable(what="the remote signer at {place}", place=self.place)
                try:
                    self._addresses = frozenset(map(to_checksum_address, found))
                except ValueError as error:
                    raise Unavailable(what="the remote signer at {place}", place=self.place) from error
            return self._addresses & addresses

    def signer(self, address: str) -> RemoteSigner:
        """Who signs for an address."""
        return RemoteSigner(self, address)

    def ask(self, method: str, parameters: list[Any]) -> Any:
        """The signer's answer. Raises Unavailable, SignerRefused. What was asked stands in no error."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        try:
            response = self._pool.request(
                "POST", self._url, body=body, headers={"content-type": "application/json"}, redirect=False,
                preload_content=False,
            )  # fmt: skip
            try:
                content = response.read(LONGEST_ANSWER_BYTES)
            finally:
                response.close()
            if response.status != 200:
                raise Unavailable(what="the remote signer at {place}", place=self.place)
            answer = _answers.decode(content)
        except (HTTPError, OSError, msgspec.MsgspecError) as error:
            raise Unavailable(what="the remote signer at {place}", place=self.place) from error
        if answer.error is not None:
            address = next((one for one in parameters if isinstance(one, str)), None) or parameters[0].get("from", "")
            raise SignerRefused(place=self.place, address=address, reason=answer.error.message[:200])
        return answer.result

    def __repr__(self) -> str:
        return f"RemoteKeys({self.place})"


class RemoteSigner:
    """Signs for one address with a key that is elsewhere."""

    def __init__(self, keys: RemoteKeys, address: str) -> None:
        self._keys = keys
        self._address = to_checksum_address(address)

    @property
    def address(self) -> str:
        return self._address

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The raw signed transaction. Raises SignatureNotAsAsked, SignerRefused, Unavailable."""
        asked = {
            "from": self._address, "gas": hex(transaction["gas"]), "nonce": hex(transaction["nonce"]),
            "value": hex(transaction["value"]), "data": f"0x{bytes(transaction['data']).hex()}",
            "chainId": hex(transaction["chainId"]),
        }  # fmt: skip
        if transaction["to"]:
            asked["to"] = transaction["to"]
        asked |= {name: hex(transaction[name]) for name in _FEES if name in transaction}
        raw = self._bytes(self._keys.ask("eth_signTransaction", [asked]))
        if not _is_signed(raw, transaction, self._address):
            raise SignatureNotAsAsked(place=self._keys.place, address=self._address)
        return raw

    def sign_typed_data(self, typed_data: dict[str, Any]) -> bytes:
        """The 65-byte signature of an EIP-712 message. Raises SignatureNotAsAsked, SignerRefused, Unavailable."""
        text = json.dumps(typed_data, default=_as_text)
        signature = self._bytes(self._keys.ask("eth_signTypedData", [self._address, text]))
        try:
            if len(signature) == 65 and signature[64] < 27:  # some count from 0
                signature = signature[:64] + bytes([signature[64] + 27])
            is_own = len(signature) == 65 and int.from_bytes(signature[32:64], "big") <= SECPK1_N // 2
            message = encode_typed_data(full_message=typed_data)
            is_own = is_own and Account.recover_message(message, signature=signature) == self._address
        except _UNREADABLE:
            is_own = False
        if not is_own:
            raise SignatureNotAsAsked(place=self._keys.place, address=self._address)
        return signature

    def _bytes(self, answer: Any) -> bytes:
        try:
            return bytes.fromhex(answer.removeprefix("0x"))
        except (AttributeError, ValueError):
            raise SignatureNotAsAsked(place=self._keys.place, address=self._address) from None

    def __repr__(self) -> str:
        return f"RemoteSigner({self._address})"


_FEES = ("gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")
_UNREADABLE = (ValueError, TypeError, RLPException, BadSignature, ValidationError)


def _is_signed(raw: bytes, asked: Mapping[str, Any], address: str) -> bool:
    """Whether ``raw`` is what was asked, field by field, with the address's signature behind it and nothing else."""
    wants_fees = asked.get("type") == _DYNAMIC_FEE
    call = [
        _number(asked["gas"]),
        bytes.fromhex(asked["to"].removeprefix("0x")),
        _number(asked["value"]),
        bytes(asked["data"]),
    ]
    try:
        if wants_fees:
            fees = [_number(asked["maxPriorityFeePerGas"]), _number(asked["maxFeePerGas"])]
            expected = [_number(asked["chainId"]), _number(asked["nonce"]), *fees, *call, []]
            items = rlp.decode(raw[1:]) if raw[:1] == bytes([_DYNAMIC_FEE]) else []
            parities: tuple[int, ...] = (0, 1)
        else:
            expected = [_number(asked["nonce"]), _number(asked["gasPrice"]), *call]
            items = rlp.decode(raw)
            parities = (35 + 2 * asked["chainId"], 36 + 2 * asked["chainId"])  # EIP-155: the chain is in the signature
        v, r, s = map(bytes, items[-3:])
        return (
            len(items) == (_DYNAMIC_ITEMS if wants_fees else _PLAIN_ITEMS)
            and [one if one == [] else bytes(one) for one in items[:-3]] == expected
            and v in map(_number, parities)
            and not r.startswith(b"\0")
            and not s.startswith(b"\0")
            and int.from_bytes(s, "big") <= SECPK1_N // 2
            and Account.recover_transaction(raw) == address
        )
    except _UNREADABLE:
        return False


def _number(value: int) -> bytes:
    """As RLP has it: no leading zeros, and nothing for 0."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _as_text(value: Any) -> str:
    """Bytes in typed data, as JSON has them."""
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    raise TypeError(type(value).__name__)
