"""How routes are called."""

from __future__ import annotations

from fastapi import APIRouter


class Router(APIRouter):
    """Routes that bear the names of their functions in the document, and so in generated clients. They are the application's
    own as they stand (`api.app.described_app`), so their names are said here."""

    def __init__(self, prefix: str, tag: str) -> None:
        super().__init__(prefix=prefix, tags=[tag], generate_unique_id_function=lambda route: route.name)
