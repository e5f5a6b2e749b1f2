"""The documentation page: Swagger UI from a pinned package, without any content delivery network."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response

#: Swagger UI loads its settings from a script of its own, because the security policy forbids inline ones.
START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  filter: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pearlchain API</title>
<link rel="icon" href="/docs/favicon.png" type="image/png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
FILES = {
    "/docs/swagger-ui.css": ("swagger-ui.css", "text/css"),
    "/docs/swagger-ui-bundle.js": ("swagger-ui-bundle.js", "text/javascript"),
    "/docs/favicon.png": ("favicon-32x32.png", "image/png"),
}


def add_docs(app: FastAPI) -> None:
    """Serve ``/docs`` and what it loads."""
    folder = _swagger_folder()

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(PAGE)

    @app.get("/docs/start.js", include_in_schema=False)
    def start() -> Response:
        return Response(START, media_type="text/javascript")

    for address, (name, media_type) in FILES.items():
        _serve(app, address, folder / name, media_type)


def _serve(app: FastAPI, address: str, path: Path, media_type: str) -> None:
    @app.get(address, include_in_schema=False)
    def file() -> FileResponse:
        return FileResponse(path, media_type=media_type, headers={"Cache-Control": "public, max-age=3600"})


def _swagger_folder() -> Path:
    """Where the package has Swagger UI's distribution files. Only the files are used, none of its code runs."""
    package = find_spec("fastapi_swagger")
    assert package is not None, "the package is among the locked requirements"
    assert package.origin is not None
    return Path(package.origin).parent / "resources"
