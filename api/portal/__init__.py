"""The page at ``/``: the chain as it is now, for the enterprise whose key is entered. Plain files, no build step."""

from pathlib import Path

#: The page itself, a plain file.
INDEX = Path(__file__).parent / "templates" / "index.html"
#: What the page loads, from ``/static/``.
STATIC = Path(__file__).parent / "static"
