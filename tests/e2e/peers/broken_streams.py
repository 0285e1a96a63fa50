"""Streams of pictures in which something is wrong, by name; makers as in broken_answers."""
import struct

from broken_answers import RESET, after, dripping, endless, head

DELIMITER = b"--video boundary--\r\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x55" * 600 + b"\xff\xd9"
DATES = [b"IO_99999999_PT_999_999", b"IO__PT__", b"IO_0000000_PT_1_2", b"PT_136_046", b"\0\xff" * 40,
         b"IO_00000000_PT_-36_046", b"9" * 3000]


def part(*lines, picture=JPEG):
    """Headers, picture, and the delimiter behind it."""
    return b"\r\n".join([*lines, b"", b""]) + picture + b"\r\n\r\n" + DELIMITER


def length(value):
    return b"Content-length: " + (value if isinstance(value, bytes) else b"%d" % value)


WHOLE = part(length(len(JPEG)))


def stream(*parts):
    return [head(b"Content-type: multipart/x-mixed-replace;boundary=--video boundary--") + DELIMITER, *parts]


def endless_stream(first, piece, limits):
    return after(stream()[0] + first, endless(piece, limits))


def lengths_wrong(rng, _):
    return stream(*[part(length(rng.randint(1, 5000))) for _ in range(20)])


def no_pictures(rng, _):
    return stream(*[part(length(300), picture=rng.randbytes(300)) for _ in range(20)])


def nuls_between(rng, _):
    return stream(*[WHOLE + bytes(rng.randint(1, 5000)) + DELIMITER for _ in range(10)])


def dates_absurd(rng, _):
    return stream(*[part(length(len(JPEG)), b"Date: " + date) for date in rng.sample(DATES, len(DATES))])


STREAMS = {
    "stream without delimiter": lambda rng, limits: endless_stream(b"", JPEG, limits),
    "stream of delimiters": lambda rng, limits: endless_stream(b"", DELIMITER, limits),
    "stream part length absurd": lambda rng, limits: stream(part(length(b"9" * rng.randint(9, 30)))),
    "stream part length negative": lambda rng, limits: stream(part(length(-10)) * 3),
    "stream part length 0": lambda rng, limits: endless_stream(b"", part(length(0), picture=b""), limits),
    "stream part lengths wrong": lengths_wrong,
    "stream picture endless": lambda rng, limits: endless_stream(b"Content-type: image/jpeg\r\n\r\n\xff\xd8", b"\x55", limits),
    "stream part headers endless": lambda rng, limits: endless_stream(b"", b"X-Filler: aaaaaaaa\r\n", limits),
    "stream part header line endless": lambda rng, limits: endless_stream(b"Date: ", b"a", limits),
    "stream pictures are no JPEG": no_pictures,
    "stream pictures cut": lambda rng, limits: stream(part(length(200), picture=JPEG[:200]) * 20),
    "stream dates absurd": dates_absurd,
    "stream of text": lambda rng, limits: stream(part(b"Content-type: text/html", length(5), picture=b"hello") * 5),
    "stream stalls in a picture": lambda rng, limits: stream(WHOLE[:300], limits.seconds),
    "stream drips": lambda rng, limits: dripping(b"".join(stream(WHOLE)), limits),
    "stream reset": lambda rng, limits: stream(WHOLE, RESET),
    "stream with NULs between": nuls_between,
    "stream of another kind": lambda rng, limits: [head(b"Content-type: video/x-ms-asf"), struct.pack("<I", 0xB7) * 500],
}
