"""Malformed HTTP answers by name; broken_streams has those that are streams of pictures.

A maker(rng, limits) gives the pieces that are sent, in order: bytes, or a number of seconds to wait, or RESET. Endless ones
end at limits.most bytes, slow ones at limits.seconds; the server ends them when the client leaves.
"""
import gzip
import zlib
from dataclasses import dataclass
from functools import lru_cache

RESET = object()  # the connection ends with RST
CHUNK = 16384


@dataclass
class Limits:
    most: int = 8 << 20
    seconds: float = 2.0
    drip: float = 0.02
    here: str = "http://127.0.0.1:1"  # this server


def head(*lines, status=b"200 OK", version=b"HTTP/1.0"):
    return b"\r\n".join([version + b" " + status, *lines, b"", b""])


def body(content, kind=b"application/json"):
    return head(b"Content-Type: " + kind, b"Content-Length: %d" % len(content)) + content


def endless(piece, limits):
    piece = piece * max(1, CHUNK // len(piece))
    return (piece for _ in range(max(1, limits.most // len(piece))))


def after(first, rest):
    yield first
    yield from rest


def dripping(data, limits):
    for place in range(min(len(data), int(limits.seconds / limits.drip))):
        yield data[place:place + 1]
        yield limits.drip


@lru_cache
def bomb():
    """128 MiB of zeros in 128 KiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(1 << 7)) + packer.flush()


@lru_cache
def bomb_in_bomb():
    """The same in less than 400 bytes."""
    return gzip.compress(bomb(), 9, mtime=0)


def zipped(content, kind):
    return head(b"Content-Type: application/json", b"Content-Encoding: " + kind,
                b"Content-Length: %d" % len(content)) + content


def chunked(*pieces):
    return b"".join([head(b"Content-Type: application/json", b"Transfer-Encoding: chunked", version=b"HTTP/1.1"),
                     *pieces])


def redirect(status, where):
    return head(b"Location: " + where.encode(), b"Content-Length: 0", status=status)


def cut_anywhere(rng):
    whole = body(b'{"state": 3, "level": 40, "flags": 8}')
    return [whole[:rng.randint(1, len(whole) - 1)]]


OTHER_TYPES = [b'{"state": "3"}', b'{"state": [3]}', b'{"state": null}', b"[]", b"null", b'"3"', b"true"]
ABSURD_NUMBERS = [b'{"state": 1e999}', b'{"state": -9223372036854775809}', b'{"state": 3.7}', b'{"state": %s}' % (b"9" * 5000)]

ANSWERS = {
    # the status line
    "nothing": lambda rng, limits: [],
    "reset at once": lambda rng, limits: [RESET],
    "status line cut": lambda rng, limits: [b"HTTP/1.0 200 OK"[:rng.randint(1, 15)]],
    "no status line": lambda rng, limits: [b'{"state": 3}'],
    "status is no number": lambda rng, limits: [head(b"Content-Length: 2", status=b"OK 200") + b"{}"],
    "status 99999": lambda rng, limits: [head(b"Content-Length: 2", status=b"99999 Much") + b"{}"],
    "status -1": lambda rng, limits: [head(status=b"-1 Less") + b"{}"],
    "HTTP/9.9": lambda rng, limits: [head(version=b"HTTP/9.9") + b"{}"],
    "not HTTP": lambda rng, limits: [b"SSH-2.0-OpenSSH_9.2\r\n"],
    "TLS": lambda rng, limits: [b"\x15\x03\x01\x00\x02\x02\x28"],
    "random bytes": lambda rng, limits: [rng.randbytes(rng.randint(1, 5000))],
    "endless status line": lambda rng, limits: after(b"HTTP/1.0 200 ", endless(b"O", limits)),
    "endless 100 Continue": lambda rng, limits: endless(head(status=b"100 Continue", version=b"HTTP/1.1"), limits),
    "204 with a body": lambda rng, limits: [head(b"Content-Length: 12", status=b"204 No Content") + b'{"state": 3}'],
    # headers
    "cut anywhere": lambda rng, limits: cut_anywhere(rng),
    "endless headers": lambda rng, limits: after(b"HTTP/1.0 200 OK\r\n",
                                                 endless(b"X-Filler: aaaaaaaaaaaaaaaa\r\n", limits)),
    "endless header line": lambda rng, limits: after(b"HTTP/1.0 200 OK\r\nX-Filler: ", endless(b"a", limits)),
    "header without colon": lambda rng, limits: [head(b"Content-Length 2") + b"{}"],
    "NULs in headers": lambda rng, limits: [b"HTTP/1.0 200 OK\r\nContent-\0Type: a\0b\r\nX: \0\0\0\r\n\r\n{}"],
    "headers never end": lambda rng, limits: [b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n", limits.seconds],
    "bare LF and CR": lambda rng, limits: [b"HTTP/1.0 200 OK\nContent-Length: 2\r\r\n\n\r{}"],
    "folded headers": lambda rng, limits: [head(b"X: a", *[b" folded"] * 2000, b"Content-Length: 2") + b"{}"],
    # lengths
    "length absurd": lambda rng, limits: [head(b"Content-Length: " + b"9" * rng.randint(10, 40)) + b"{}"],
    "length negative": lambda rng, limits: [head(b"Content-Length: -1") + b"{}"],
    "length in hex": lambda rng, limits: [head(b"Content-Length: 0x2") + b"{}"],
    "two lengths": lambda rng, limits: [head(b"Content-Length: 2", b"Content-Length: 2000") + b"{}"],
    "length too long": lambda rng, limits: [head(b"Content-Length: 5000") + b'{"state": 3}'],
    "length too short": lambda rng, limits: [head(b"Content-Length: 3") + b'{"state": 3}'],
    "length and chunked": lambda rng, limits: [
        head(b"Content-Length: 2", b"Transfer-Encoding: chunked", version=b"HTTP/1.1") + b"{}"],
    # chunks
    "chunk size is no number": lambda rng, limits: [chunked(b"zz\r\n{}\r\n0\r\n\r\n")],
    "chunk size absurd": lambda rng, limits: [chunked(b"f" * rng.randint(8, 40) + b"\r\n{}")],
    "chunk size negative": lambda rng, limits: [chunked(b"-2\r\n{}\r\n0\r\n\r\n")],
    "chunk without CRLF": lambda rng, limits: [chunked(b"2\r\n{}0\r\n\r\n")],
    "last chunk missing": lambda rng, limits: [chunked(b"2\r\n{}\r\n")],
    "endless chunks": lambda rng, limits: after(chunked(), endless(b"1\r\n \r\n", limits)),
    "endless chunk extension": lambda rng, limits: after(chunked(b"2;"), endless(b"a", limits)),
    "endless trailers": lambda rng, limits: after(chunked(b"2\r\n{}\r\n0\r\n"), endless(b"X: a\r\n", limits)),
    # redirects: never away from the loopback
    "redirect to itself": lambda rng, limits: [
        redirect(rng.choice([b"301 Moved", b"302 Found", b"307 Again"]), limits.here + "/")],
    "redirect to a file": lambda rng, limits: [redirect(b"302 Found", "file:///etc/hostname")],
    "redirect to another scheme": lambda rng, limits: [
        redirect(b"302 Found", rng.choice(["gopher", "ftp", "dict"]) + "://127.0.0.1:1/")],
    "redirect to another host": lambda rng, limits: [redirect(b"302 Found", "http://127.0.0.2:1/")],
    "redirect to nowhere": lambda rng, limits: [redirect(b"302 Found", "")],
    "endless Location": lambda rng, limits: after(b"HTTP/1.0 302 Found\r\nLocation: /", endless(b"a", limits)),
    "401 again and again": lambda rng, limits: [
        head(b'WWW-Authenticate: Basic realm="x"', b"Content-Length: 0", status=b"401 Unauthorized")],
    "401 without a challenge": lambda rng, limits: [head(b"Content-Length: 0", status=b"401 Unauthorized")],
    # bodies
    "gzip bomb": lambda rng, limits: [zipped(bomb(), b"gzip")],
    "gzip bomb in gzip": lambda rng, limits: [zipped(bomb_in_bomb(), b"gzip, gzip")],
    "gzip broken": lambda rng, limits: [zipped(b"\x1f\x8b\x08\x00" + rng.randbytes(100), b"gzip")],
    "encoding unknown": lambda rng, limits: [zipped(b"{}", b"no-such")],
    "huge body": lambda rng, limits: after(head(b"Content-Length: %d" % limits.most), endless(b"[1,", limits)),
    "endless body": lambda rng, limits: after(head(), endless(b" ", limits)),
    "slow drip": lambda rng, limits: dripping(body(b'{"state": 3, "level": 40, "flags": 8}'), limits),
    "stalls": lambda rng, limits: [head(b"Content-Length: 12"), b'{"sta', limits.seconds],
    "reset in the body": lambda rng, limits: [head(b"Content-Length: 12"), b'{"sta', RESET],
    # JSON
    "JSON cut": lambda rng, limits: [body(b'{"state": 3, "level"')],
    "JSON garbage": lambda rng, limits: [body(rng.randbytes(200))],
    "JSON deep": lambda rng, limits: [body(rng.choice([b"[", b'{"a":']) * 100_000)],
    "JSON of other types": lambda rng, limits: [body(rng.choice(OTHER_TYPES))],
    "JSON numbers absurd": lambda rng, limits: [body(rng.choice(ABSURD_NUMBERS))],
    "JSON not UTF-8": lambda rng, limits: [body(b'{"state": 3, "name": "\xff\xfe\xc0\x80"}')],
    "JSON key twice": lambda rng, limits: [body(b'{"state": 3, "state": 99}')],
    "HTML": lambda rng, limits: [body(b"<html><body>Internal error</body></html>", b"text/html")],
    "empty body": lambda rng, limits: [body(b"")],
    "state out of range": lambda rng, limits: [
        body(b'{"state": %d, "level": -5, "flags": 4294967297}' % rng.choice([0, 13, -3, 2**31, 2**63]))],
}
