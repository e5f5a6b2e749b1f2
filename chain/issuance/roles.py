"""The contracts' role bits (`contracts/types`), and the register's words for them."""

from __future__ import annotations

from collections.abc import Iterable

from chain.network import Role

CORE_ENTERPRISE, SUPPLIER, BANK, KEEPER, GUARANTOR, REGULATOR, OPERATOR, ATTESTOR = (1 << bit for bit in range(8))

ISSUANCE_STOPPED = 1 << 15
"""No role: the party leaves something unpaid, and may not issue."""

_BITS = {
    Role.CORE_ENTERPRISE: CORE_ENTERPRISE,
    Role.SUPPLIER: SUPPLIER,
    Role.BANK: BANK,
    Role.KEEPER: KEEPER,
    Role.GUARANTOR: GUARANTOR,
    Role.REGULATOR: REGULATOR,
    Role.OPERATOR: OPERATOR,
    Role.ATTESTOR: ATTESTOR,
}


def role_bits(roles: Iterable[Role]) -> int:
    """The bit mask of ``roles``."""
    return sum({_BITS[role] for role in roles})
