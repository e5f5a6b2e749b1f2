"""``python -m benchmarks.bare FILE…``: bare routes of FastAPI that answer with the bytes of files, on the service's server."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response

from api.server import address_of, config_of, listen


def bare(bodies: list[bytes]) -> FastAPI:
    """``/0``, ``/1`` … answer with the first, the second … of ``bodies``."""
    app = FastAPI(openapi_url=None)

    @app.get("/{number}")
    async def read(number: int) -> Response:
        return Response(bodies[number], media_type="application/json")

    return app


def main() -> None:
    """Listen on a free port of loopback, and print where."""
    with listen("127.0.0.1", 0) as listener:
        print(f"listening at {address_of(listener)}", flush=True)
        app = bare([Path(name).read_bytes() for name in sys.argv[1:]])
        uvicorn.Server(config_of(app, proxies=[])).run(sockets=[listener])


if __name__ == "__main__":
    main()
