"""OFD, China's fixed-layout document: a zip of XML. Read are its custom data, its attached XML files, and the texts that
its custom tags point to; pages are not drawn.

Specification: GB/T 33190-2016: OFD.xml (7.4: DocBody, DocInfo, CustomDatas), Document.xml (7.5), page content (7.7, 11.3:
TextObject, TextCode), custom tags (16), attachments (20).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from lxml import etree

from chain.documents import safe_xml
from chain.documents.archive import OFD_ENTRY
from chain.documents.node import local_name
from chain.documents.rules import ArchiveUnsafe, FormatNotSupported, SchemaViolated

NAMESPACE = "http://www.ofdspec.org/2016"
OFD = f"{{{NAMESPACE}}}"


@dataclass(frozen=True, slots=True)
class Package:
    """The XML files of an OFD by their names in the zip, and where its one document begins."""

    files: dict[str, bytes]
    entry: etree._Element
    document: etree._Element
    folder: PurePosixPath

    def custom_data(self) -> dict[str, str]:
        """What OFD.xml says of the document, by name."""
        found = self.entry.iterfind(f"{OFD}DocBody/{OFD}DocInfo/{OFD}CustomDatas/{OFD}CustomData")
        return {element.get("Name", ""): text for element in found if (text := written(element))}

    def attachments(self) -> Iterator[tuple[str, bytes]]:
        """Attached XML files in the order of the list, each once: name in the zip, bytes."""
        listed, folder = self._part(written(self.document.find(f"{OFD}Attachments")), self.folder)
        for name in self._listed(listed, "Attachment", folder):
            yield name, self.files[name]

    def tags(self) -> Iterator[tuple[str, str]]:
        """Each custom tag by its name, with the text of the objects that it points to."""
        listed, folder = self._part(written(self.document.find(f"{OFD}CustomTags")), self.folder)
        names = self._listed(listed, "CustomTag", folder)
        texts = self._texts() if names else {}
        for name in names:
            for element in safe_xml.parse(self.files[name]).iter(etree.Element):
                references = element.findall(f"{OFD}ObjectRef")
                if text := "".join(texts.get(written(reference), "") for reference in references):
                    yield local_name(element), text

    def _texts(self) -> dict[str, str]:
        """The text of every text object of every page, by the object's id."""
        found: dict[str, str] = {}
        pages = self.document.iterfind(f"{OFD}Pages/{OFD}Page")
        for name in dict.fromkeys(self._name(page.get("BaseLoc", ""), self.folder) for page in pages):
            for element in () if name is None else safe_xml.parse(self.files[name]).iter(f"{OFD}TextObject"):
                found[element.get("ID", "")] = "".join(map(written, element.iterfind(f"{OFD}TextCode")))
        return found

    def _listed(self, root: etree._Element | None, kind: str, folder: PurePosixPath) -> list[str]:
        """The XML files that a list names, each once: a hostile list may name one a million times."""
        found = () if root is None else root.iterfind(f"{OFD}{kind}/{OFD}FileLoc")
        names = dict.fromkeys(self._name(written(element), folder) for element in found)
        return [name for name in names if name is not None]

    def _part(self, location: str, folder: PurePosixPath) -> tuple[etree._Element | None, PurePosixPath]:
        name = self._name(location, folder)
        if name is None:
            return None, folder
        return safe_xml.parse(self.files[name]), PurePosixPath(name).parent

    def _name(self, location: str, folder: PurePosixPath) -> str | None:
        """Where a location leads: from the root, from the folder of the file that says it, or (as some write) from the
        document's folder; None when nothing is there."""
        names: tuple[str, ...] = (str(folder / location), str(self.folder / location))
        if location.startswith("/"):
            names = (location.lstrip("/"),)
        return next((name for name in names if name in self.files), None)


def package(files: dict[str, bytes]) -> Package:
    """The package of these members. Raises ArchiveUnsafe, SchemaViolated, FormatNotSupported, and what is wrong with the
    XML of its first two files."""
    entry = safe_xml.parse(_file(files, OFD_ENTRY))
    bodies = entry.findall(f"{OFD}DocBody")
    if len(bodies) > 1:
        raise FormatNotSupported(what="an OFD of several documents")
    location = written(bodies[0].find(f"{OFD}DocRoot")).lstrip("/") if bodies else ""
    if not location:
        raise SchemaViolated(field="OFD/DocBody/DocRoot", reason="it is missing")
    return Package(files, entry, safe_xml.parse(_file(files, location)), PurePosixPath(location).parent)


def _file(files: dict[str, bytes], name: str) -> bytes:
    if name not in files:
        raise ArchiveUnsafe(reason="the member {name} is missing", name=name[:80])
    return files[name]


def written(element: etree._Element | None) -> str:
    """The text inside, white space made single, that of several elements apart; empty where there is none."""
    return "" if element is None else " ".join(" ".join(element.itertext()).split())
