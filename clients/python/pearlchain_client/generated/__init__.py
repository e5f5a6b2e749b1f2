"""Generated from openapi.json by `make client`. Edits are lost."""
