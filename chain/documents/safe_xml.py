"""XML from strangers: no entities, no document types, no network, bounded depth; and the place of what went wrong."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from lxml import etree

from chain.documents.rules import DoctypeForbidden, EncodingBroken, XmlMalformed

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: With and without mark. Nobody writes it, and it would hide a document type from the look at the prologue.
UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"<\0\0\0", b"\0\0\0<")

#: Encodings in which '<' and '>' are the ASCII bytes wherever they stand, so that the prologue can be looked through.
ENCODINGS = re.compile(
    r"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d|gbk|gb2312|gb18030|big5|koi8-r", re.IGNORECASE
)

DECLARATION = re.compile(r"""^<\?xml\s[^>]*?encoding\s*=\s*["']([^"']{1,60})["']""")

#: One for all documents: making one takes as long as parsing a small document. Threads take turns.
PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
    huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
)  # fmt: skip

#: So much is looked at first: nearly every prologue is shorter, and documents with attachments are large.
PROLOGUE_BYTES = 4_096


class Broken(NamedTuple):
    """What libxml2's errors of some kinds mean."""

    errors: frozenset[int]
    reason: str


def _broken(*errors: str, reason: str) -> Broken:
    return Broken(frozenset(getattr(etree.ErrorTypes, error) for error in errors), reason)


BROKEN = (
    _broken(
        "ERR_TAG_NOT_FINISHED", "ERR_COMMENT_NOT_FINISHED", "ERR_CDATA_NOT_FINISHED", "ERR_PI_NOT_FINISHED",
        "ERR_ATTRIBUTE_NOT_FINISHED", "ERR_GT_REQUIRED", "ERR_LTSLASH_REQUIRED", "ERR_DOCUMENT_EMPTY",
        reason="it ends before all that it began is closed",
    ),
    _broken("ERR_TAG_NAME_MISMATCH", reason="an element is closed by another name than it was opened by"),
    _broken("ERR_DOCUMENT_END", reason="something stands behind the end of its root element"),
    _broken("ERR_UNDECLARED_ENTITY", "WAR_UNDECLARED_ENTITY", reason="it names an entity that XML does not have"),
    _broken("ERR_ATTRIBUTE_REDEFINED", "NS_ERR_ATTRIBUTE_REDEFINED", reason="an element has one attribute twice"),
    _broken(
        "ERR_ATTRIBUTE_NOT_STARTED", "ERR_ATTRIBUTE_WITHOUT_VALUE", "ERR_EQUAL_REQUIRED",
        reason="an attribute has no value in quotation marks",
    ),
    _broken(
        "ERR_NAME_REQUIRED", "ERR_LT_IN_ATTRIBUTE", "ERR_ENTITYREF_SEMICOL_MISSING", "ERR_MISPLACED_CDATA_END",
        reason="a mark of XML stands in the text; '<' is written &lt; and '&' is written &amp;",
    ),
    _broken(
        "NS_ERR_UNDEFINED_NAMESPACE", "NS_ERR_XML_NAMESPACE", "NS_ERR_QNAME",
        reason="a name has a prefix that stands for no namespace",
    ),
    _broken("ERR_INVALID_CHAR", "ERR_INVALID_CHARREF", reason="it holds a character that XML does not allow"),
    _broken("ERR_RESERVED_XML_NAME", reason="the XML declaration does not stand at the very beginning"),
    _broken("ERR_INVALID_ENCODING", reason="some bytes are no character of that encoding"),
    _broken("ERR_UNSUPPORTED_ENCODING", "ERR_UNKNOWN_ENCODING", reason="no encoding of that name is read"),
    _broken("ERR_RESOURCE_LIMIT", "ERR_INTERNAL_ERROR", reason="it is nested too deeply, or a part of it is too long"),
)  # fmt: skip

DECLARATIONS = ("<!DOCTYPE", "<!ENTITY", "<![")
UNFINISHED = ("<!--", "<?")

#: What may come before the root without meaning anything: white space, comments, processing instructions.
PROLOGUE_ITEM = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)


def parse(content: bytes) -> etree._Element:
    """The root element. Raises DoctypeForbidden, EncodingBroken or XmlMalformed, each with ``place`` set.

    Whether there is a document type is decided by looking at the bytes before any parser sees them: a parser that has
    read a declaration of entities has already begun to do what it says.
    """
    text = _prologue(content[:PROLOGUE_BYTES])
    begins = _after_prologue(text)
    if len(text) - begins < len("<!DOCTYPE") or text.startswith(UNFINISHED, begins):  # the prologue is longer than that
        text = _prologue(content)
        begins = _after_prologue(text)
    if text.startswith(DECLARATIONS, begins):
        raise DoctypeForbidden()
    try:
        root = etree.fromstring(content, PARSER)
    except etree.XMLSyntaxError as error:
        raise _syntax(error, text) from error
    except (LookupError, ValueError) as error:
        declared = _declared(text) or "UTF-8"
        raise EncodingBroken(encoding=declared, reason="no encoding of that name is read") from error
    information = root.getroottree().docinfo
    if information.doctype or information.internalDTD is not None:
        raise DoctypeForbidden()
    return root


def looks_like_xml(content: bytes) -> bool:
    """Whether the first character is '<', whatever the encoding."""
    begins = content[:200]
    return (begins[:1] == b"<" and begins[1:2] != b"\0") or _prologue(begins).lstrip()[:1] == "<"


def _prologue(content: bytes) -> str:
    """The text as far as it can be told without parsing; characters beyond ASCII may be wrong, which does not matter."""
    if content.startswith(UTF_32):
        raise EncodingBroken(encoding="UTF-32", reason="no encoding of that name is read")
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace").lstrip("\ufeff")
    if content[:2] in (b"<\0", b"\0<"):
        return content.decode("utf-16-le" if content[0] else "utf-16-be", "replace")
    text = content.decode("latin-1")
    declared = _declared(text)
    if declared and not ENCODINGS.fullmatch(declared):
        raise EncodingBroken(encoding=declared, reason="no encoding of that name is read")
    return text


def _declared(text: str) -> str | None:
    found = DECLARATION.match(text[:300].lstrip())
    return found.group(1) if found else None


def _after_prologue(text: str) -> int:
    """Where the first thing stands that means something: the root, or a declaration."""
    position = 0
    while found := PROLOGUE_ITEM.match(text, position):
        position = found.end()
    return position


def _syntax(error: etree.XMLSyntaxError, text: str) -> XmlMalformed | EncodingBroken:
    """``detail`` is what the library says, which names the element; nobody has translated it."""
    detail = (error.msg or "").split(", line ")[0].strip()
    reason = next((one.reason for one in BROKEN if error.code in one.errors), None)
    line, column = error.position if error.position else (None, None)
    place = f"line {line}, column {column}" if line else None
    wrong_encoding = error.code in (etree.ErrorTypes.ERR_INVALID_CHAR, etree.ErrorTypes.ERR_INVALID_ENCODING) or (
        error.code in (etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING, etree.ErrorTypes.ERR_UNKNOWN_ENCODING)
    )
    refusal: XmlMalformed | EncodingBroken
    if wrong_encoding and "PCDATA" not in detail:
        refusal = EncodingBroken(encoding=_declared(text) or "UTF-8", reason=reason, detail=detail)
    elif reason is None:
        refusal = XmlMalformed(reason="it breaks a rule of XML", detail=detail)
    else:
        refusal = XmlMalformed(reason=reason, detail=detail)
    refusal.place = place
    return refusal
