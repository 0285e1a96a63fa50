"""Documents of a Vicon stage: made as it broadcasts them, read as strictly as a sender could fear.

A document is bytes: the compact XML and one NUL. `read` judges what others send; its `Refused` says what is wrong.
"""
import re
import xml.parsers.expat
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
SIZE_LIMIT = 1472  # one Ethernet frame
LENIENT_SIZE_LIMIT = 8192  # no document of any known sender comes near it
ID_LIMIT = 2**31 - 1
ORDER = ["TimeCode", "Duration", "Name", "Notes", "Description", "DatabasePath", "Delay", "PacketID"]


class Refused(Exception):
    """Why a datagram is no trigger."""


@dataclass
class Document:
    root: str
    result: str | None = None
    values: dict = field(default_factory=dict)  # of the children, by name

    @property
    def packet_id(self):
        return int(self.values["PacketID"]) if self.values.get("PacketID", "").isdigit() else None


def attribute(text):
    return '"' + escape(str(text), {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}) + '"'


def child(name, value):
    return f"<{name} VALUE={attribute(value)}/>"


def encode(root, children, result=None):
    """`children` is a list of (name, value), or of whole elements as text; None as value leaves one out."""
    text = DECLARATION + f"<{root}" + (f" RESULT={attribute(result)}" if result else "") + ">"
    for one in children:
        text += one if isinstance(one, str) else child(*one) if one[1] is not None else ""
    return (text + f"</{root}>").encode() + b"\0"


def notification(kind, v):
    """One of the six; `v` has what it needs of shogun_stage's control lines."""
    name, path, packet = ("Name", v["name"]), ("DatabasePath", v["database_path"]), ("PacketID", v["packet_id"])
    texts = [("Notes", v.get("notes", "")), ("Description", v.get("description", ""))]
    delay = ("Delay", v.get("delay"))
    if kind == "start":
        return encode("CaptureStart", [name, *texts, path, delay, packet])
    if kind == "stop":
        return encode("CaptureStop", [name, path, delay, packet], v.get("result", "SUCCESS"))
    if kind == "complete":
        return encode("CaptureComplete", [name, path, packet])
    if kind == "timecode_start":
        return encode("CaptureStart", [("TimeCode", v["timecode"]), name, *texts, path, packet])
    if kind == "timecode_stop":
        return encode("CaptureStop", [("TimeCode", v["timecode"]), name, path, packet])
    if kind == "duration":
        rate = "".join(f" {key}={attribute(v[key.lower()])}" for key in ("PERIOD", "TICKS")
                       if v.get(key.lower()) is not None)
        return encode("CaptureStop", [f"<Duration FRAMES={attribute(v['frames'])}{rate}/>", name, path, packet])
    raise ValueError(f"no notification {kind!r}")


def _parse(text):
    """Elements of any depth into a Document; refuses all that a notification has no use for."""
    document, depth = None, 0
    parser = xml.parsers.expat.ParserCreate("UTF-8")

    def start(name, attributes):
        nonlocal document, depth
        depth += 1
        if depth == 1:
            document = Document(name, attributes.pop("RESULT", None))
            if attributes:
                raise Refused(f"attributes of the root: {sorted(attributes)}")
        elif depth > 2:
            raise Refused(f"{name} within a child of the root")
        elif name in document.values:
            raise Refused(f"{name} twice")
        elif name == "Duration":
            document.values[name] = " ".join(attributes.get(key, "") for key in ("FRAMES", "PERIOD", "TICKS")).strip()
            if not attributes.keys() <= {"FRAMES", "PERIOD", "TICKS"} or "FRAMES" not in attributes:
                raise Refused("attributes of Duration")
        elif attributes.keys() != {"VALUE"}:
            raise Refused(f"{name} has not exactly the attribute VALUE")
        else:
            document.values[name] = attributes["VALUE"]

    def end(_):
        nonlocal depth
        depth -= 1

    def characters(text):
        if text.strip():
            raise Refused("text between elements")

    def doctype(*_):
        raise Refused("document type")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, doctype
    try:
        parser.Parse(text, True)
    except xml.parsers.expat.ExpatError as error:
        raise Refused(f"not XML: {error}") from None
    return document


def read(datagram):
    """As a strict stage: framing, declaration, compactness, order and ranges are all as in its own broadcasts."""
    if len(datagram) > SIZE_LIMIT:
        raise Refused("larger than one frame")
    text, nul, rest = datagram.partition(b"\0")
    if not nul:
        raise Refused("no NUL")
    if rest:
        raise Refused("bytes after the NUL")
    if not text.startswith(DECLARATION.encode()):
        raise Refused("other declaration")
    if re.search(rb">\s+<", text) or text != text.strip():
        raise Refused("white space between elements")
    document = _parse(text)
    if document.root not in ("CaptureStart", "CaptureStop", "CaptureComplete"):
        raise Refused(f"root {document.root}")
    places = [ORDER.index(name) if name in ORDER else -1 for name in document.values]
    if -1 in places:
        raise Refused("unknown child")
    if places != sorted(places):
        raise Refused("order of the children")
    for name in ("Name", "DatabasePath", "PacketID"):
        if not document.values.get(name):
            raise Refused(f"no {name}")
    if document.packet_id is None or not 0 < document.packet_id <= ID_LIMIT:
        raise Refused("PacketID out of range")
    if not document.values.get("Delay", "0").isdigit():
        raise Refused("Delay is no number")
    if document.result not in (None, "SUCCESS", "FAIL", "CANCEL"):
        raise Refused(f"RESULT {document.result}")
    if document.result and document.root != "CaptureStop":
        raise Refused("RESULT")
    return document


def read_leniently(datagram):
    """What a tolerant receiver finds in it: up to the first NUL, without the declaration, any children."""
    if len(datagram) > LENIENT_SIZE_LIMIT:
        raise Refused("too large")
    text = datagram.partition(b"\0")[0].strip()
    document = _parse(re.sub(rb"^<\?xml[^>]*\?>", b"", text).strip())
    if document.root not in ("CaptureStart", "CaptureStop", "CaptureComplete"):
        raise Refused(f"root {document.root}")
    if not document.values.get("Name"):
        raise Refused("no Name")
    return document
