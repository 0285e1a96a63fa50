#!/usr/bin/python3
"""Sends malformed datagrams, always the same ones for a seed, and counts them by what is wrong.

flags    --to ADDR:PORT  --kind edgertronic|shogun|random|mutated (random)  --count N (1000)  --seed N (1)
         --per-second N (2000; a receiver with Debian's buffer loses some at more)  --source ADDR
         --multicast-if ADDR (127.0.0.1)  --payload N (0x05AA9544)  --only WHAT[,WHAT]  --go (sends at once and not when told)
ready    kind=…
events   sent {kind, count, by_what: {what: n}, valid, errors, bytes, seconds}; `valid` counts what a tolerant reader may take
         after all: always 0 but for kind mutated (it changes one to eight bytes, or the length, of documents that are valid)
control  {"do": "send", "kind"?, "count"?, "seed"?, "to"?, "per_second"?, "only": [..]?}; its `sent` comes at the end
         {"do": "list"} -> what there is, by kind

edgertronic: no datagram is a trigger for --payload. shogun: none is a document with a known root and a name that a reader can
make out; `large` and `many children` are well-formed documents of more than 8 KiB.
"""
import argparse
import collections
import random
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
import edgertronic_wire  # noqa: E402
import peerlib  # noqa: E402
import shogun_wire  # noqa: E402

UNKNOWN_ROOTS = [b"CapturePause", b"Start", b"html", b"capturestart"]
LARGEST = 60_000  # of a datagram; UDP ends at 65,507


def _letters(rng, least, most):
    return bytes(rng.choice(b"abcdefghijklmnopqrstuvwxyz_&T0123456789") for _ in range(rng.randint(least, most)))


def edgertronic(payload):
    """Makers by name: maker(rng) -> datagram."""
    valid = struct.pack(">I", payload)

    def other_payload(rng):
        name = _letters(rng, 1, 99) + b"\0" if rng.random() < 0.5 else b""
        return struct.pack(">I", payload ^ rng.randint(1, 0xFFFFFFFF)) + name

    return {
        "empty": lambda rng: b"",
        "short": lambda rng: valid[:rng.randint(1, 3)],
        "byte swapped": lambda rng: valid[::-1] + (b"" if rng.random() < 0.5 else _letters(rng, 1, 20) + b"\0"),
        "other payload": other_payload,
        "payload as text": lambda rng: rng.choice([b"0x%08X", b"0x%08x", b"%08X", b"%d"]) % payload,
        "no NUL": lambda rng: valid + _letters(rng, 1, 99),
        "too long": lambda rng: valid + _letters(rng, 100, 400) + b"\0",
        "hundred without NUL": lambda rng: valid + _letters(rng, 100, 100),
        "huge": lambda rng: valid + _letters(rng, 1, 9) * rng.randint(200, LARGEST // 10),
    }


def shogun(_):
    start = dict(name="dance", notes="n", description="d", database_path="D:/T", delay=33)

    def whole(rng, kind="start"):
        return shogun_wire.notification(kind, {**start, "packet_id": rng.randint(1, 2**31 - 1)})

    def cut(rng):
        datagram = whole(rng)
        return datagram[:rng.randint(len(shogun_wire.DECLARATION) + 1, len(datagram) - 3)]

    def without_end(rng):
        return whole(rng).replace(b"</CaptureStart>", b"")

    def entities(rng):
        levels = "".join(f'<!ENTITY e{n} "{("&e%d;" % (n - 1)) * 10}">' for n in range(1, rng.randint(4, 9)))
        return (f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{levels}]>'
                '<CaptureStart><Name VALUE="&e3;"/></CaptureStart>\0').encode()

    def external(rng):
        what = rng.choice(["file:///etc/hostname", "http://127.0.0.1:1/x", "../../x"])
        return (f'<?xml version="1.0"?><!DOCTYPE x SYSTEM "{what}">'
                '<CaptureStart><Name VALUE="a"/></CaptureStart>\0').encode()

    def deep(rng):
        depth = rng.randint(100, 5000)
        return b"<CaptureStart>" + b"<a>" * depth + b'<Name VALUE="x"/>' + b"</a>" * depth + b"</CaptureStart>\0"

    def large(rng):
        return whole(rng).replace(b'VALUE="n"', b'VALUE="' + b"n" * rng.randint(8_192, LARGEST - 1_000) + b'"')

    def many(rng):
        return b"<CaptureStart>" + b'<A VALUE=""/>' * rng.randint(1_000, 4_000) + b"</CaptureStart>\0"

    return {
        "empty": lambda rng: b"",
        "NUL first": lambda rng: b"\0" + whole(rng),
        "cut": cut,
        "end tag missing": without_end,
        "end tag of another": lambda rng: whole(rng).replace(b"</CaptureStart>", b"</CaptureStop>"),
        "unknown root": lambda rng: whole(rng).replace(b"CaptureStart", rng.choice(UNKNOWN_ROOTS)),
        "no root": lambda rng: shogun_wire.DECLARATION.encode() + _letters(rng, 0, 40) + b"\0",
        "no quotes": lambda rng: whole(rng).replace(b'"dance"', b"dance"),
        "two brackets": lambda rng: whole(rng).replace(b"<Name", b"<<Name"),
        "entities": entities,
        "external entity": external,
        "deep": deep,
        "large": large,
        "many children": many,
        "UTF-16": lambda rng: whole(rng)[:-1].decode().encode("utf-16"),
        "JSON": lambda rng: b'{"CaptureStart": {"Name": "dance"}}\0',
    }


def any_bytes(_):
    return {
        "bytes": lambda rng: rng.randbytes(rng.randint(5, 1472)),
        "few bytes": lambda rng: rng.randbytes(rng.randint(0, 3)),
        "one byte again and again": lambda rng: bytes([rng.choice([0, 32, 60, 255])]) * rng.randint(5, 2000),
    }


def mutated(payload):
    values = dict(name="dance", notes="n", description="d", database_path="D:/T", delay=33, packet_id=33360,
                  timecode="0 38 10 17 0 0 0 4", frames=12867, period=32865, ticks=5553087)
    seeds = {kind: shogun_wire.notification(kind, values)
             for kind in ("start", "stop", "complete", "timecode_start", "timecode_stop", "duration")}
    seeds["edgertronic"] = edgertronic_wire.encode(payload)
    seeds["edgertronic name"] = edgertronic_wire.encode(payload, b"pitch_27_&T")

    def change(datagram, rng):
        datagram = bytearray(datagram)
        for _ in range(rng.randint(1, 8)):
            place = rng.randrange(len(datagram))
            way = rng.randrange(4)
            if way == 0:
                datagram[place] = rng.randrange(256)
            elif way == 1:
                datagram[place] ^= 1 << rng.randrange(8)
            elif way == 2:
                datagram[place:place] = rng.randbytes(rng.randint(1, 4))
            elif len(datagram) > 4:
                del datagram[place:place + rng.randint(1, 4)]
        return bytes(datagram)

    return {name: lambda rng, seed=seed: change(seed, rng) for name, seed in seeds.items()}


KINDS = {"edgertronic": edgertronic, "shogun": shogun, "random": any_bytes, "mutated": mutated}


def may_be_valid(datagram, payload):
    """Whether a tolerant receiver of either kind may find a trigger in it."""
    start = struct.pack(">I", payload)
    name, nul, _ = datagram[4:].partition(b"\0")
    if datagram[:4] == start and (len(datagram) == 4 or (nul and len(name) <= edgertronic_wire.NAME_LIMIT)):
        return True
    try:
        shogun_wire.read_leniently(datagram)
        return True
    except shogun_wire.Refused:
        return False


class Sending(threading.Thread):
    def __init__(self, peer, options, wish):
        super().__init__(daemon=True)
        self.peer, self.payload = peer, options.payload
        self.kind, self.count = wish.get("kind", options.kind), int(wish.get("count", options.count))
        self.rate = float(wish.get("per_second", options.per_second))
        self.rng = random.Random(f"{self.kind} {wish.get('seed', options.seed)}")
        to = wish.get("to", options.to)
        if not to or self.kind not in KINDS or self.rate <= 0:
            raise peerlib.ControlError("needs `to`, a known kind and a rate")
        self.to = peerlib.endpoint(to)
        makers = KINDS[self.kind](self.payload)
        only = wish.get("only") or options.only or list(makers)
        self.makers = {what: makers[what] for what in only}
        self.sender = peerlib.sending_socket(options.source, options.multicast_if)

    def datagrams(self):
        whats = list(self.makers)
        for number in range(self.count):
            what = whats[number % len(whats)]
            yield what, self.makers[what](self.rng)

    def run(self):
        by_what, valid, errors, size = collections.Counter(), 0, 0, 0
        began = time.monotonic()
        due = began
        for what, datagram in self.datagrams():
            valid += may_be_valid(datagram, self.payload)
            ahead = due - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            # A large one takes the receiver as much of its buffer as several small ones.
            due = max(due, time.monotonic() - 0.005) + (1 + len(datagram) // 4096) / self.rate
            try:
                self.sender.sendto(datagram, self.to)
            except OSError:
                errors += 1
            by_what[what] += 1
            size += len(datagram)
        self.sender.close()
        self.peer.say("sent", kind=self.kind, count=sum(by_what.values()), by_what=by_what, valid=valid, errors=errors,
                      bytes=size, seconds=round(time.monotonic() - began, 3))


def flags():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to")
    parser.add_argument("--kind", choices=sorted(KINDS), default="random")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-second", type=float, default=2000)
    parser.add_argument("--source")
    parser.add_argument("--multicast-if", default="127.0.0.1")
    parser.add_argument("--payload", type=lambda text: int(text, 0), default=edgertronic_wire.PAYLOAD)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--go", action="store_true")
    return parser.parse_args()


async def run():
    options, peer = flags(), peerlib.Peer()
    peer.on("send", lambda wish: Sending(peer, options, wish).start())
    peer.on("list", lambda _: {"what": {kind: list(make(options.payload)) for kind, make in KINDS.items()}})
    peer.ready(kind=options.kind)
    if options.go:
        Sending(peer, options, {}).start()
    await peer.run()


if __name__ == "__main__":
    peerlib.main(run())
