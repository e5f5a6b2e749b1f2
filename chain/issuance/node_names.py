"""Nodes as they are named to people: without the keys that providers put into their addresses."""

from __future__ import annotations

from urllib.parse import urlsplit

from chain.errors import PearlError


class ChainOther(PearlError):
    message = "the node at {endpoint} is on another chain than {other}"
    next_step = "name only nodes of one chain in PEARL_NODE_URL and PEARL_NODE_FALLBACK_URLS"


def shown(address: str) -> str:
    """The scheme, host and port of a node's address: providers have keys in the rest of it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else address


def reason(error: Exception, address: str) -> str:
    """What was said against a node, which may quote its address, as it is `shown`."""
    said, parts = str(error).replace(address, shown(address)), urlsplit(address)
    rest = parts._replace(scheme="", netloc="").geturl()
    return said.replace(rest, "/…") if len(rest) > 1 else said
