"""Events are read by cutting their words out of the log's text, and mean what the ABI's own decoder says.

1. Whatever the contracts can write, of every kind of event, both decoders read the same.
2. What no contract writes (a word with bits beyond its type, data that end early) both refuse.
"""

from pathlib import Path

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic
from hypothesis import given, settings
from hypothesis import strategies as st
from web3 import Web3

from chain.issuance.compilation import build
from chain.issuance.decoding import EventDecoder, EventShape, LogMalformed
from chain.issuance.deployment import contract_names
from chain.issuance.interfaces import interface
from chain.issuance.words import PACKINGS, unpacked
from tests.effort import examples

ARTIFACTS = build(Path(__file__).parents[2])
#: Every kind of event once: modules of the ledger share some, and the ledger has all of theirs.
ENTRIES = {
    f"{entry['name']}({','.join(collapse_if_tuple(one) for one in entry['inputs'])})": (name, entry)
    for name in (*contract_names(ARTIFACTS), "DepositToken")
    for entry in interface(ARTIFACTS, name)
    if entry["type"] == "event"
}
WITH_WORDS = {kind: (name, entry) for kind, (name, entry) in ENTRIES.items() if entry["inputs"]}


def values_of(parameter):
    """What a contract can put there."""
    kind = parameter["type"]
    if kind == "tuple":
        return st.tuples(*map(values_of, parameter["components"]))
    if kind == "bool":
        return st.booleans()
    if kind == "address":
        return st.binary(min_size=20, max_size=20).map(lambda raw: f"0x{raw.hex()}")
    if kind == "string":
        return st.text()
    if kind == "bytes":
        return st.binary()
    if kind.startswith("bytes"):
        size = int(kind.removeprefix("bytes"))
        return st.binary(min_size=size, max_size=size)
    if kind.startswith("uint"):
        return st.integers(0, 2 ** int(kind.removeprefix("uint")) - 1)
    half = 2 ** (int(kind.removeprefix("int")) - 1)
    return st.integers(-half, half - 1)


def by_the_abi(entry, topics, data):
    """The arguments as `eth_abi` reads them."""
    indexed, plain = ([i for i in entry["inputs"] if i["indexed"] == flag] for flag in (True, False))
    values = [decode([one["type"]], bytes.fromhex(topic[2:]))[0] for one, topic in zip(indexed, topics, strict=True)]
    values += decode([collapse_if_tuple(one) for one in plain], bytes.fromhex(data[2:]))
    found = {}
    for one, value in zip([*indexed, *plain], values, strict=True):
        word = one.get("internalType", "")
        found |= unpacked(word, value) if word in PACKINGS else {one["name"]: shown(one, value)}
    return found


def shown(parameter, value):
    if parameter["type"] == "tuple":
        return {one["name"]: shown(one, part) for one, part in zip(parameter["components"], value, strict=True)}
    if parameter["type"] == "address":
        return Web3.to_checksum_address(value)
    return f"0x{value.hex()}" if isinstance(value, bytes) else value


@st.composite
def logs(draw, entry):
    """(topics without the event's own, data) of one log."""
    drawn = [(one, draw(values_of(one))) for one in entry["inputs"]]
    topics = [f"0x{encode([one['type']], [value]).hex()}" for one, value in drawn if one["indexed"]]
    plain = [(collapse_if_tuple(one), value) for one, value in drawn if not one["indexed"]]
    return topics, f"0x{encode([kind for kind, _ in plain], [value for _, value in plain]).hex()}"


@pytest.mark.parametrize(("contract", "entry"), ENTRIES.values(), ids=ENTRIES)
@settings(max_examples=examples(30))
@given(st.data())
def test_every_event_is_read_as_the_abi_says(contract, entry, data):
    topics, body = data.draw(logs(entry))
    shape = EventShape(contract, entry)
    assert shape.arguments([shape.topic, *topics], body) == by_the_abi(entry, topics, body)


@pytest.mark.parametrize(("contract", "entry"), WITH_WORDS.values(), ids=WITH_WORDS)
@settings(max_examples=examples(30))
@given(st.data())
def test_what_no_contract_writes_is_refused_by_both(contract, entry, data):
    topics, body = data.draw(logs(entry))
    words = [*topics, *(body[at : at + 64] for at in range(2, len(body), 64))]
    place = data.draw(st.integers(0, len(words) - 1))
    if place < len(topics):
        topics[place] = f"0x{data.draw(st.binary(min_size=32, max_size=32)).hex()}"
    else:
        at = 2 + 64 * (place - len(topics))
        body = body[:at] + data.draw(st.binary(min_size=32, max_size=32)).hex() + body[at + 64 :]
    body = body[: data.draw(st.sampled_from([len(body), len(body) - 64 if len(body) > 64 else len(body)]))]
    shape = EventShape(contract, entry)
    try:
        expected = by_the_abi(entry, topics, body)
    except (DecodingError, UnicodeDecodeError, OverflowError):
        with pytest.raises(LogMalformed):
            shape.arguments([shape.topic, *topics], body)
    else:
        assert shape.arguments([shape.topic, *topics], body) == expected


def test_a_log_is_known_by_its_address_its_topic_and_how_many_topics_it_has():
    contract, entry = ENTRIES["PieceAccepted(uint80)"]
    decoder = EventDecoder()
    decoder.learn(contract, "0x" + "Ab" * 20, [entry])
    topic = f"0x{event_abi_to_log_topic(entry).hex()}"
    assert decoder.shape("0x" + "ab" * 20, [topic, "0x" + "00" * 32]).name == "PieceAccepted"
    assert decoder.shape("0x" + "ab" * 20, [topic]) is None
    assert decoder.shape("0x" + "ac" * 20, [topic, "0x" + "00" * 32]) is None
    assert decoder.shape("0x" + "ab" * 20, []) is None
