"""New blocks as a node announces them (`eth_subscribe`), for who follows the chain without asking every second."""

from __future__ import annotations

from collections.abc import AsyncIterator

from web3 import AsyncWeb3, WebSocketProvider
from web3.middleware import ExtraDataToPOAMiddleware


async def new_heads(url: str) -> AsyncIterator[None]:
    """One item for each block that the node at a web socket's address announces, until it hangs up.

    Raises OSError, Web3Exception and WebSocketException where it cannot be reached, or does not announce blocks.
    """
    # Also of chains whose validators sign the blocks (as `chain.issuance.node.client`).
    provider = WebSocketProvider(url, max_connection_retries=1)
    async with AsyncWeb3(provider, middleware=[ExtraDataToPOAMiddleware]) as web3:
        await web3.eth.subscribe("newHeads")
        async for _ in web3.socket.process_subscriptions():
            yield
