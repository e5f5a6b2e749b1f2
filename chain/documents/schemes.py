"""An id with its scheme: the schemes that documents write, and the ones this ledger knows enterprises by.

Sources: ISO 6523 codes as in the Peppol participant identifier list; UNTDID 1153 for tax registrations; national habits.
"""

from __future__ import annotations

from collections.abc import Iterator

from chain.documents.checks import is_unified_social_credit_code
from chain.documents.model import LONGEST_NUMBER, PartyIdentifier

#: Names that senders write for registers with a code of their own; None: the value is no id of an enterprise.
SCHEME_NAMES: dict[str, str | None] = {
    "GLN": "ICD:0088", "EAN": "ICD:0088", "DUNS": "ICD:0060", "LEI": "LEI", "USCC": "USCC", "VAT": "VAT",
    "DK:CVR": "ICD:0184", "CVR": "ICD:0184", "NO:ORGNR": "ICD:0192", "SE:ORGNR": "ICD:0007",
    "EM": None, "SEPA": None,
}  # fmt: skip

#: What a party that is no enterprise, or an order that was given by word of mouth, is written as.
NOTHING_MEANT = frozenset({"NA", "N/A", "-", "."})


def identifier(
    value: str | None, scheme: str | None, country: str | None, unscoped: str | None, *, tax: bool = False
) -> Iterator[PartyIdentifier]:
    """The id with its scheme, or nothing. A number without scheme is one of its country's (``unscoped`` TAX), a VAT
    number, or (None) somebody's private numbering, which tells nobody else who it is. ``tax``: it is a tax
    registration."""
    value = (value or "")[:LONGEST_NUMBER]
    if not any(map(str.isalnum, value)) or value.upper() in NOTHING_MEANT:
        return
    written = (scheme or "").strip().upper()
    compact = value.upper().replace(" ", "").replace("-", "")
    if is_unified_social_credit_code(compact) and (country == "CN" or written in ("", "USCC")):
        yield PartyIdentifier(scheme="USCC", value=compact)
    elif written.isascii() and written.isdigit() and len(written) == 4:
        yield PartyIdentifier(scheme="LEI" if written == "0199" else f"ICD:{written}", value=value)
    elif written in SCHEME_NAMES:
        if known := SCHEME_NAMES[written]:
            yield PartyIdentifier(scheme=known, value=value)
    elif written.endswith("VAT") or (tax and unscoped == "VAT"):
        yield PartyIdentifier(scheme="VAT", value=value)
    elif (written or unscoped) and sum(map(str.isdigit, value)) >= 4:  # not 'Foretaksregisteret' or 'F-skatt'
        # Qualified by country and register, since the same digits mean another enterprise elsewhere.
        register = "" if tax or not written else f"{written[:16]}-"
        qualified = f"{country or ''}{'-' if country else ''}{register}{value}"
        yield PartyIdentifier(scheme="TAX", value=qualified[:LONGEST_NUMBER])
