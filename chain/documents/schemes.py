"""An id with its scheme: the schemes that documents write, and the ones this ledger knows enterprises by.

Sources: ISO 6523 codes as in the Peppol participant identifier list; UNTDID 1153 for tax registrations; national habits.
"""

from __future__ import annotations

from functools import lru_cache

from chain.documents.checks import REGISTER_WORDS, is_unified_social_credit_code
from chain.documents.model import LONGEST_NUMBER, PartyIdentifier

#: What senders write for a register; None: the value is no id of an enterprise.
SCHEME_NAMES: dict[str, str | None] = {
    **REGISTER_WORDS, "LEI": "LEI", "USCC": "USCC", "VAT": "VAT", "EM": None, "SEPA": None,
}  # fmt: skip

#: What a party that is no enterprise, or an order that was given by word of mouth, is written as.
NOTHING_MEANT = frozenset({"NA", "N/A", "-", "."})


def identifier(
    value: str | None, scheme: str | None, country: str | None, unscoped: str | None, *, tax: bool = False
) -> tuple[PartyIdentifier, ...]:
    """The id with its scheme, or nothing. A number without scheme is one of its country's (``unscoped`` TAX), a VAT
    number, or (None) somebody's private numbering, which tells nobody else who it is. ``tax``: it is a tax
    registration."""
    return _identifier((value or "")[:LONGEST_NUMBER], (scheme or "")[:LONGEST_NUMBER], country, unscoped, tax)


@lru_cache(maxsize=50_000)
def _identifier(
    value: str, scheme: str, country: str | None, unscoped: str | None, tax: bool
) -> tuple[PartyIdentifier, ...]:
    """The same few write most documents of a batch."""
    if not any(map(str.isalnum, value)) or value.upper() in NOTHING_MEANT:
        return ()
    written = scheme.strip().upper()
    compact = value.upper().replace(" ", "").replace("-", "")
    if is_unified_social_credit_code(compact) and (country == "CN" or written in ("", "USCC")):
        return (PartyIdentifier(scheme="USCC", value=compact),)
    if written.isascii() and written.isdigit() and len(written) == 4:
        return (PartyIdentifier(scheme="LEI" if written == "0199" else f"ICD:{written}", value=value),)
    if written in SCHEME_NAMES:
        known = SCHEME_NAMES[written]
        return (PartyIdentifier(scheme=known, value=value),) if known else ()
    if written.endswith("VAT") or (tax and unscoped == "VAT"):
        return (PartyIdentifier(scheme="VAT", value=value),)
    if (written or unscoped) and sum(map(str.isdigit, value)) >= 4:  # not 'Foretaksregisteret' or 'F-skatt'
        # Qualified by country and register, since the same digits mean another enterprise elsewhere.
        register = "" if tax or not written else f"{written[:16]}-"
        qualified = f"{country or ''}{'-' if country else ''}{register}{value}"
        return (PartyIdentifier(scheme="TAX", value=qualified[:LONGEST_NUMBER]),)
    return ()
