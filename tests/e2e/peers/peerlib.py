"""What all peers share: the ready line, one JSON line per event, control lines, an orderly end.

stdout   `ready key=value …` once it listens, then {"event": …, "mono_ms": …, "wall_ms": …, …} per event. `mono_ms` is
         CLOCK_MONOTONIC, the same clock as std::chrono::steady_clock of another process of this machine. Datagrams have
         `arrived_ms`, too: when the kernel got them, on the same clock.
stdin    {"do": NAME, "id": anything, …} per line, answered by {"event": "obeyed", "do": NAME, "id": …} when it has been
         done or by {"event": "control_error", "reason": …}. Its end, or SIGTERM, ends the program at once.

An exception nobody expected is {"event": "peer_error", "trace": …}: a peer that is wrong must not look like a silent one.
"""
import asyncio
import inspect
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
import traceback

# Of Linux; the socket module does not name them.
IP_RECVTTL = 12
SO_TIMESTAMPNS = 35
IP_MULTICAST_ALL = 49


class ControlError(Exception):
    """A control line that cannot be obeyed, and why."""


class Peer:
    """Output, control and end of one program. Make it inside the running loop."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self._output = threading.Lock()
        self._before_ready = []  # the ready line comes first
        self._handlers = {}
        self._ended = asyncio.Event()
        self._tasks = set()
        self.loop.set_exception_handler(self._unexpected)

    def say(self, event, **fields):
        """One JSON line; from any thread."""
        line = json.dumps({"event": event, "mono_ms": round(time.monotonic() * 1000, 3),
                           "wall_ms": round(time.time() * 1000, 3), **fields})
        if self._before_ready is None:
            self._write(line)
        else:
            self._before_ready.append(line)

    def ready(self, **values):
        lines, self._before_ready = self._before_ready, None
        self._write("\n".join([" ".join(["ready", *(f"{key}={value}" for key, value in values.items())]), *lines]))

    def on(self, name, handler):
        """handler(line: dict) -> None or a dict of further fields of `obeyed`; may be a coroutine function."""
        self._handlers[name] = handler

    def later(self, coroutine):
        """Runs a coroutine beside everything else; what it raises is reported."""
        task = self.loop.create_task(self._guarded(coroutine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def run(self):
        """Until stdin ends or SIGTERM comes; does not return."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, self._ended.set)
        threading.Thread(target=self._read_control, daemon=True).start()
        await self._ended.wait()
        self.say("ended")
        os._exit(0)  # whatever still runs or drips must not hold the end up

    def _write(self, line):
        data = (line + "\n").encode()
        with self._output:
            try:
                while data:
                    data = data[os.write(1, data):]
            except BrokenPipeError:
                os._exit(0)

    def _read_control(self):
        for line in sys.stdin.buffer:
            if line.strip():
                self.loop.call_soon_threadsafe(lambda line=line: self.later(self._obey(line)))
        self.loop.call_soon_threadsafe(self._ended.set)

    async def _obey(self, line):
        wish = {}
        try:
            wish = json.loads(line)
            if not isinstance(wish, dict) or wish.get("do") not in self._handlers:
                raise ControlError("known are: " + ", ".join(sorted(self._handlers)))
            result = self._handlers[wish["do"]](wish)
            if inspect.isawaitable(result):
                result = await result
            self.say("obeyed", **{"do": wish["do"], "id": wish.get("id"), **(result or {})})
        except (ControlError, ValueError, KeyError, TypeError, OSError) as error:
            self.say("control_error", line=line.decode(errors="replace").strip(),
                     id=wish.get("id") if isinstance(wish, dict) else None, reason=f"{type(error).__name__}: {error}")

    async def _guarded(self, coroutine):
        try:
            return await coroutine
        except (ConnectionError, asyncio.IncompleteReadError):
            return None  # the other side left: what a peer is there to see
        except Exception:
            self.say("peer_error", trace=traceback.format_exc())
            return None

    def _unexpected(self, _loop, context):
        error = context.get("exception")
        if not isinstance(error, ConnectionError):
            self.say("peer_error", trace="".join(traceback.format_exception(error)) if error else context["message"])


class Arrival:
    """From where a datagram came, with which TTL, and when: by the kernel, however late this program reads it."""

    def __init__(self, sender, ancillary):
        self.sender, self.ttl, stamp = sender, None, time.time()
        for level, kind, data in ancillary:
            if (level, kind) == (socket.IPPROTO_IP, socket.IP_TTL):
                self.ttl = int.from_bytes(data, sys.byteorder)
            elif (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                seconds, nanoseconds = struct.unpack("qq", data)
                stamp = seconds + nanoseconds / 1e9
        self.monotonic = time.monotonic() - max(0.0, time.time() - stamp)

    def fields(self):
        return {"from": "%s:%d" % self.sender, "ttl": self.ttl, "arrived_ms": round(self.monotonic * 1000, 3)}


def endpoint(text):
    """ADDRESS:PORT as (address, port)."""
    address, _, port = text.rpartition(":")
    socket.inet_aton(address)
    if not 0 <= int(port) <= 65535:
        raise ValueError(f"{text}: no port")
    return address, int(port)


def is_multicast(address):
    return 224 <= int(address.split(".")[0]) <= 239


def sending_socket(source=None, multicast_interface=None, ttl=32):
    """For unicast, broadcast and multicast. Without a source, multicast goes out by `multicast_interface`."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
    if source:
        sender.bind((source, 0))
    if multicast_interface or source:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(multicast_interface or source))
    return sender


def multicast_receiver(group, port, interface):
    """A socket that hears this group on this interface and nothing else."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    # Several cameras share a port. But among sockets that share, Linux takes a port in use for a free one.
    if port:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    receiver.bind((group, port))
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Otherwise Linux hands over what any other program's membership lets in.
    receiver.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group)
                        + socket.inet_aton(interface))
    receiver.setblocking(False)
    return receiver


def when_readable(peer, receiver, handler):
    """handler(datagram: bytes, arrival: Arrival) for each datagram of a non-blocking socket."""
    receiver.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    receiver.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)

    def drain():
        for _ in range(64):  # leaves a turn to timers and control lines in a storm
            try:
                datagram, ancillary, _, sender = receiver.recvmsg(65536, 256)
            except BlockingIOError:
                return
            handler(datagram, Arrival(sender, ancillary))
    peer.loop.add_reader(receiver.fileno(), drain)


def main(coroutine):
    asyncio.run(coroutine)
