"""HTTP as bytes, for servers whose odd bytes must be exact: requests are read, answers are put together by hand."""
import asyncio
import base64
from dataclasses import dataclass, field

HEAD_LIMIT = 16384
BODY_LIMIT = 65536


class BadRequest(Exception):
    """What was wrong with the request."""


@dataclass
class Request:
    method: str
    target: str
    version: str
    headers: dict = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    head: bytes = b""  # as it came, the empty line included

    @property
    def path(self):
        return self.target.partition("?")[0]

    @property
    def query(self):
        return pairs(self.target.partition("?")[2])

    def authorized(self, user, password):
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        return self.headers.get("authorization", "") == f"Basic {token}"


def pairs(text):
    """a=1&b=2 as a dict, without decoding anything."""
    return dict(part.partition("=")[::2] for part in text.split("&") if part)


async def read_request(reader):
    """The next request of a connection; None when it ended before one began."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise BadRequest("the connection ended within the head") from None
        return None
    except asyncio.LimitOverrunError:
        raise BadRequest("the head is too long") from None
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1.") or not parts[1].startswith(("/", "http://")):
        raise BadRequest(f"not a request line: {lines[0]!r}")
    request = Request(*parts, head=head)
    for line in lines[1:-2]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequest(f"not a header: {line!r}")
        request.headers[name.lower()] = value.strip()
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > BODY_LIMIT:
        raise BadRequest(f"Content-length is {length!r}")
    try:
        request.body = await reader.readexactly(int(length))
    except asyncio.IncompleteReadError as error:
        raise BadRequest(f"Content-length is {length}, {len(error.partial)} bytes came") from None
    return request


def answer(status, headers, body=b"", version="1.0"):
    """`status` is "200 OK"; headers are whole lines in their order."""
    return "\r\n".join([f"HTTP/{version} {status}", *headers, "", ""]).encode("latin-1") + body


async def listen(handler, address, port):
    """handler(reader, writer) per connection; gives the port that listens."""
    server = await asyncio.start_server(handler, address, port, limit=HEAD_LIMIT)
    return server.sockets[0].getsockname()[1]
