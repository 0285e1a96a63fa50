#!/usr/bin/python3
"""An HTTP server whose every answer is wrong: each request gets the next of a shuffled list, always the same for a seed.

flags    --bind ADDR (127.0.0.1)  --port N (0)  --seed N (1)  --only WHAT[,WHAT]
         --most N (8388608: bytes of what never ends)  --seconds X (2: what is slow or silent lasts so long)
         --drip-ms N (20: between the bytes of what drips)
ready    port=N  answers=N (different ones)
events   answer {n, what, method, path, sent, took_ms, ended: client|server}
         request {reason}: the client's own was malformed
control  {"do": "list"} -> what: names     {"do": "set", "only"?: [..], "most"?, "seconds"?}
         {"do": "report"} -> connections, open, answers, by_what, sent, most_at_once
"""
import argparse
import asyncio
import collections
import random
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
import peerlib  # noqa: E402
import rawhttp  # noqa: E402
from broken_answers import ANSWERS, RESET, Limits  # noqa: E402
from broken_streams import STREAMS  # noqa: E402

ALL = {**ANSWERS, **STREAMS}


class Gone(Exception):
    """The client has ended the connection."""


class Server:
    def __init__(self, peer, options):
        self.peer = peer
        self.rng = random.Random(options.seed)
        self.limits = Limits(options.most, options.seconds, options.drip_ms / 1000)
        self.take(options.only)
        self.connections = self.open = self.most_at_once = self.sent = 0
        self.by_what = collections.Counter()

    def take(self, only):
        """Only these from now, all without."""
        for what in only or []:
            if what not in ALL:
                raise peerlib.ControlError(f"no answer {what!r}")
        self.whats, self.rest = list(only or ALL), []

    def next(self):
        if not self.rest:
            self.rest = self.rng.sample(self.whats, len(self.whats))
        return self.rest.pop()

    async def serve(self, reader, writer):
        self.connections += 1
        self.open += 1
        self.most_at_once = max(self.most_at_once, self.open)
        try:
            request = await rawhttp.read_request(reader)
            if request is not None:
                await self._answer(request, reader, writer)
        except rawhttp.BadRequest as error:
            self.peer.say("request", reason=str(error))
        except ConnectionError:
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, request, reader, writer):
        what, began, sent, ended = self.next(), time.monotonic(), 0, "server"
        self.by_what[what] += 1
        number = sum(self.by_what.values())
        try:
            for piece in ALL[what](self.rng, self.limits):
                if reader.at_eof():
                    raise Gone
                if piece is RESET:
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                               struct.pack("ii", 1, 0))
                    break
                if isinstance(piece, (int, float)):
                    await self._wait(piece, reader)
                else:
                    writer.write(piece)
                    sent += len(piece)
                    await asyncio.wait_for(writer.drain(), self.limits.seconds)
            if writer.can_write_eof():
                await asyncio.wait_for(writer.drain(), self.limits.seconds)
        except (Gone, ConnectionError):
            ended = "client"
        except asyncio.TimeoutError:
            writer.transport.abort()  # it does not read what never ends: it has had enough, too
        self.sent += sent
        self.peer.say("answer", n=number, what=what, method=request.method, path=request.target, sent=sent,
                      took_ms=round((time.monotonic() - began) * 1000, 1), ended=ended)

    @staticmethod
    async def _wait(seconds, reader):
        try:
            await asyncio.wait_for(reader.read(1), seconds)
        except asyncio.TimeoutError:
            return
        if reader.at_eof():
            raise Gone


def flags():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--most", type=int, default=Limits.most)
    parser.add_argument("--seconds", type=float, default=Limits.seconds)
    parser.add_argument("--drip-ms", type=float, default=Limits.drip * 1000)
    return parser.parse_args()


async def run():
    options, peer = flags(), peerlib.Peer()
    server = Server(peer, options)

    def set_values(wish):
        if "only" in wish:
            server.take(wish["only"])
        server.limits.most = int(wish.get("most", server.limits.most))
        server.limits.seconds = float(wish.get("seconds", server.limits.seconds))

    peer.on("list", lambda _: {"what": list(ALL)})
    peer.on("set", set_values)
    peer.on("report", lambda _: {"connections": server.connections, "open": server.open,
                                 "answers": sum(server.by_what.values()), "by_what": server.by_what, "sent": server.sent,
                                 "most_at_once": server.most_at_once})
    port = await rawhttp.listen(server.serve, options.bind, options.port)
    server.limits.here = f"http://{options.bind}:{port}"
    peer.ready(port=port, answers=len(server.whats))
    await peer.run()


if __name__ == "__main__":
    peerlib.main(run())
