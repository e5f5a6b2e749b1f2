"""How secrets look where they should not be."""

import base64


def spellings(secret: bytes) -> list[bytes]:
    """How a secret may be written."""
    plain = [secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret)]
    return [*plain, str(int.from_bytes(secret, "big")).encode(), repr(secret).encode(), repr(list(secret)).encode()]
