#!/usr/bin/python3
"""A Vicon Shogun stage: broadcasts what it captures, obeys remote start and stop, and plays its kin and storms.

flags    --listen ADDR[,ADDR] (127.0.0.1; 127.255.255.255 to hear broadcasts of the loopback)  --port N (0; the real one 30)
         --to ADDR:PORT[@SOURCE] (repeatable; every notification goes to each: twice from two sources is two paths;
         unicast, broadcast or multicast)  --multicast-if ADDR (127.0.0.1)  --path P (D:/Project/Takes: DatabasePath)
         --packet-id N (random in 31 bit; the first one)  --delay N (33: Delay of its broadcasts)
         --existing NAME (repeatable: takes it has)  --overwrite (permits them)  --disarmed (remote start is ignored)
         --lenient (hears as its kin do; otherwise only what a Vicon stage sends itself)
         --silent (obeys and never answers)  --answer-ms N (20: until its own broadcast)  --complete-ms N (100: stop to complete)
ready    listen=ADDR:PORT[,ADDR:PORT]  port=N
events   sent {kind, packet_id?, name?, size, hex, text, to: [..]}   heard {from, ttl, arrived_ms, size, hex, root, result, values}
         refused {from, ttl, arrived_ms, size, hex, reason}
         ignored {reason: own echo|duplicate PacketID|not armed|capturing|existing name|not capturing|other name|complete,
         name, packet_id}
         capture {state: started|stopped|complete|cancelled, name}   storm {…, see below}
control  {"do": "start"|"stop"|"complete"|"timecode_start"|"timecode_stop"|"duration", …}: a broadcast, with "name" (stop and
         complete: that of the last start), "notes", "description", "database_path", "delay" (null: left out), "packet_id"
         (else the next), "result" (SUCCESS), "timecode", "frames", "period", "ticks", "times" (1: the same bytes again).
         `start`, `stop` and `complete` are the stage's own captures: they change what it does with remote triggers.
         {"do": "flavour", "flavour": F, "kind": "start", …the same fields}     {"do": "flavours"} -> kinds by flavour
         {"do": "template", "text": "…{name}…{id}…", …the same fields}, exactly that, so with "\\u0000" for its NUL
         {"do": "raw", "hex": "…"}                                            {"do": "report"} -> counts, capturing
         {"do": "set", KEY: VALUE} of armed overwrite silent lenient delay answer_ms complete_ms
         {"do": "storm", "per_second": 5000, "seconds": 2, "copies": 2, "spread": 0, "sources": ["127.0.0.1", "127.0.0.2"],
          "kinds": ["start", "stop"], "to": [..]?, "flavour"?, "packet_id"?: N for a first one, 0 for always none}: so many
         datagrams in all; each document goes out `copies` times, by turns from the sources, the copy `spread` documents
         later. Its `obeyed` comes at once, `storm` at the end: {datagrams, documents, by_kind, by_source, errors,
         first_packet_id, last_packet_id, seconds}. Names are storm-0, storm-1 …, one per start.
"""
import argparse
import collections
import random
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
import peerlib  # noqa: E402
import shogun_flavours  # noqa: E402
import shogun_wire as wire  # noqa: E402

KINDS = ("start", "stop", "complete", "timecode_start", "timecode_stop", "duration")
REMEMBERED_IDS = 4096


class Remembered:
    """The last so many ids."""

    def __init__(self, most):
        self.most, self.ids = most, {}

    def add(self, one):
        self.ids[one] = True
        if len(self.ids) > self.most:
            del self.ids[next(iter(self.ids))]

    def __contains__(self, one):
        return one in self.ids


class Targets:
    """Where notifications go, each with its own source address."""

    def __init__(self, texts, multicast_interface):
        self.targets = []
        for text in texts:
            where, _, source = text.partition("@")
            address, port = peerlib.endpoint(where)
            interface = multicast_interface if peerlib.is_multicast(address) and not source else None
            self.targets.append((peerlib.sending_socket(source or None, interface), (address, port), text))

    def send(self, datagram):
        for sender, where, _ in self.targets:
            sender.sendto(datagram, where)
        return [text for *_, text in self.targets]


class Stage:
    def __init__(self, peer, options):
        self.peer, self.options = peer, options
        self.targets = Targets(options.to, options.multicast_if)
        self.next_id = options.packet_id
        self.sent_ids = Remembered(REMEMBERED_IDS)
        self.heard_ids = Remembered(REMEMBERED_IDS)
        self.takes = set(options.existing)
        self.capturing = None
        self.last_name = "take"
        self.counts = collections.Counter()
        self.receivers = []
        port = options.port
        for address in options.listen.split(","):
            receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            receiver.bind((address, port))
            receiver.setblocking(False)
            port = receiver.getsockname()[1]
            self.receivers.append(receiver)
            peerlib.when_readable(peer, receiver, self._heard)
        self.port = port

    def packet_id(self, wish):
        if "packet_id" in wish:
            return wish["packet_id"]
        self.next_id += 1
        return self.next_id - 1

    def values(self, wish):
        """All that a notification or a template may ask for."""
        name = wish.get("name", self.capturing or self.last_name)
        return {"name": name, "notes": wish.get("notes", ""), "description": wish.get("description", ""),
                "database_path": wish.get("database_path", self.options.path),
                "delay": wish.get("delay", self.options.delay),
                "packet_id": self.packet_id(wish), "result": wish.get("result", "SUCCESS"),
                "timecode": wish.get("timecode", "0 38 10 17 0 0 0 4"), "frames": wish.get("frames", 12867),
                "period": wish.get("period", 32865), "ticks": wish.get("ticks", 5553087)}

    def broadcast(self, kind, datagram, values, times=1):
        if values:
            self.sent_ids.add(values["packet_id"])
        for _ in range(times):
            to = self.targets.send(datagram)
            self.counts["sent"] += len(to)
            self.peer.say("sent", kind=kind, packet_id=values.get("packet_id"), name=values.get("name"),
                          size=len(datagram), hex=datagram.hex(), text=datagram.decode(errors="backslashreplace"), to=to)
        return {"packet_id": values.get("packet_id"), "hex": datagram.hex()}

    def notify(self, kind, wish):
        values = self.values(wish)
        if kind == "start":
            self._capture("started", values["name"])
        elif kind in ("stop", "complete"):
            done = "stopped" if kind == "stop" else "complete"
            self._capture("cancelled" if values["result"] == "CANCEL" else done, values["name"])
        return self.broadcast(kind, wire.notification(kind, values), values, wish.get("times", 1))

    def flavour(self, wish):
        values = self.values(wish)
        try:
            datagram = shogun_flavours.flavoured(wish["flavour"], wish["kind"], self._places(values))
        except KeyError as error:
            raise peerlib.ControlError(f"no {error}; ask for flavours") from None
        return self.broadcast(f"{wish['flavour']} {wish['kind']}", datagram, values, wish.get("times", 1))

    def template(self, wish):
        values = self.values(wish)
        datagram = shogun_flavours.render(wish["text"], self._places(values))
        return self.broadcast("template", datagram, values, wish.get("times", 1))

    @staticmethod
    def _places(values):
        return {**values, "path": values["database_path"], "id": values["packet_id"]}

    def _capture(self, state, name):
        self.last_name = name
        self.capturing = name if state == "started" else None
        if state in ("started", "stopped"):
            self.takes.add(name)
        elif state == "cancelled":
            self.takes.discard(name)
        self.counts[state] += 1
        self.peer.say("capture", state=state, name=name)

    def _heard(self, datagram, arrival):
        self.counts["heard"] += 1
        fields = {**arrival.fields(), "size": len(datagram), "hex": datagram[:2048].hex()}
        try:
            document = wire.read_leniently(datagram) if self.options.lenient else wire.read(datagram)
        except wire.Refused as reason:
            self.counts["refused"] += 1
            return self.peer.say("refused", **fields, reason=str(reason))
        self.peer.say("heard", **fields, root=document.root, result=document.result, values=document.values)
        reason = self._why_not(document)
        if reason:
            self.counts["ignored"] += 1
            return self.peer.say("ignored", reason=reason, name=document.values.get("Name"),
                                 packet_id=document.packet_id)
        return self._obey(document)

    def _why_not(self, document):
        """Why the product would not react, and nothing tells the sender."""
        name, packet = document.values.get("Name"), document.packet_id
        if packet and packet in self.sent_ids:
            return "own echo"
        if packet and packet in self.heard_ids:
            return "duplicate PacketID"
        self.heard_ids.add(packet)
        if not self.options.armed:
            return "not armed"
        if document.root == "CaptureStart":
            if self.capturing is not None:
                return "capturing"
            return "existing name" if name in self.takes and not self.options.overwrite else None
        if document.root != "CaptureStop":
            return "complete"
        if self.capturing is None:
            return "not capturing"
        return "other name" if name not in (None, self.capturing) else None

    def _obey(self, document):
        name, path = document.values["Name"], document.values.get("DatabasePath") or self.options.path
        wish = {"name": name, "database_path": path}
        for key in ("Notes", "Description"):
            wish[key.lower()] = document.values.get(key, "")
        if document.root == "CaptureStart":
            self._capture("started", name)
            return self._answer("start", wish, self.options.answer_ms)
        result = document.result or "SUCCESS"
        self._capture("cancelled" if result == "CANCEL" else "stopped", name)
        self._answer("stop", {**wish, "result": result}, self.options.answer_ms)
        if result != "CANCEL":  # nothing is left that could be complete
            self._answer("complete", wish, self.options.answer_ms + self.options.complete_ms)
        return None

    def _answer(self, kind, wish, after_ms):
        def send():
            values = self.values(wish)
            if kind == "complete":
                self._capture_complete(values["name"])
            if not self.options.silent:
                self.broadcast(kind, wire.notification(kind, values), values)
        self.peer.loop.call_later(after_ms / 1000, send)

    def _capture_complete(self, name):
        self.counts["complete"] += 1
        self.peer.say("capture", state="complete", name=name)


class Storm(threading.Thread):
    """Sends on a clock of its own, so that nothing else of the stage slows it down."""

    def __init__(self, stage, wish):
        super().__init__(daemon=True)
        self.stage, self.peer = stage, stage.peer
        self.rate, self.seconds = float(wish["per_second"]), float(wish["seconds"])
        self.copies, self.spread = int(wish.get("copies", 1)), int(wish.get("spread", 0))
        self.kinds = wish.get("kinds", ["start", "stop"])
        self.flavour = wish.get("flavour")
        self.first = wish.get("packet_id", stage.next_id)
        self.to = [peerlib.endpoint(text.partition("@")[0]) for text in wish.get("to", stage.options.to)]
        self.sources = wish.get("sources") or ["127.0.0.1"]
        self.senders = [peerlib.sending_socket(source) for source in self.sources]
        if self.rate <= 0 or self.copies < 1 or self.spread < 0 or not self.to or not set(self.kinds) <= set(KINDS):
            raise peerlib.ControlError("a storm needs a rate, copies, targets and known kinds")
        for number in range(len(self.kinds)):
            self.document(number)  # a flavour without one of the kinds is found out here
        self.documents = max(1, round(self.rate * self.seconds / self.copies / len(self.to)))
        if self.first:
            stage.next_id = max(stage.next_id, self.first + self.documents)

    def document(self, number):
        """(kind, datagram)"""
        kind = self.kinds[number % len(self.kinds)]
        packet_id = self.first + number if self.first else 0
        values = self.stage.values({"name": f"storm-{number // len(self.kinds)}", "packet_id": packet_id})
        if self.flavour:
            return kind, shogun_flavours.flavoured(self.flavour, kind, self.stage._places(values))
        return kind, wire.notification(kind, values)

    def order(self):
        """(document, copy) in the order of sending: copies come `spread` documents after their first."""
        for number in range(self.documents + self.spread * (self.copies - 1)):
            for copy in range(self.copies):
                if 0 <= number - copy * self.spread < self.documents:
                    yield number - copy * self.spread, copy

    def run(self):
        prepared = [self.document(number) for number in range(self.documents)]
        by_kind, by_source, sent, errors = collections.Counter(), collections.Counter(), 0, 0
        began = time.monotonic()
        for number, copy in self.order():
            kind, datagram = prepared[number]
            source = copy % len(self.senders)
            for where in self.to:
                ahead = began + sent / self.rate - time.monotonic()
                if ahead > 0:
                    time.sleep(ahead)
                try:
                    self.senders[source].sendto(datagram, where)
                except OSError:
                    errors += 1
                    continue
                sent += 1
                by_kind[kind] += 1
                by_source[self.sources[source]] += 1
        for sender in self.senders:
            sender.close()
        self.peer.say("storm", datagrams=sent, documents=self.documents, by_kind=by_kind, by_source=by_source,
                      errors=errors, first_packet_id=self.first, last_packet_id=self.first + self.documents - 1 if self.first else 0,
                      seconds=round(time.monotonic() - began, 3))


def flags():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--to", action="append", default=[])
    parser.add_argument("--multicast-if", default="127.0.0.1")
    parser.add_argument("--path", default="D:/Project/Takes")
    parser.add_argument("--packet-id", type=int, default=random.randint(1, 2**30))
    parser.add_argument("--delay", type=int, default=33)
    parser.add_argument("--existing", action="append", default=[])
    parser.add_argument("--overwrite", action="store_true")
    parser.add_argument("--disarmed", dest="armed", action="store_false")
    parser.add_argument("--lenient", action="store_true")
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--answer-ms", type=float, default=20)
    parser.add_argument("--complete-ms", type=float, default=100)
    return parser.parse_args()


async def run():
    options, peer = flags(), peerlib.Peer()
    stage = Stage(peer, options)

    def set_values(wish):
        for key in wish.keys() - {"do", "id"}:
            if key not in ("armed", "overwrite", "silent", "lenient", "delay", "answer_ms", "complete_ms"):
                raise peerlib.ControlError(f"{key} cannot be set")
            setattr(options, key, wish[key])

    def storm(wish):
        one = Storm(stage, wish)
        one.start()
        return {"documents": one.documents, "first_packet_id": one.first}

    for kind in KINDS:
        peer.on(kind, lambda wish, kind=kind: stage.notify(kind, wish))
    peer.on("flavour", stage.flavour)
    peer.on("flavours", lambda _: {"kinds": {name: list(kinds) for name, kinds in shogun_flavours.FLAVOURS.items()}})
    peer.on("template", stage.template)
    peer.on("raw", lambda wish: stage.broadcast("raw", bytes.fromhex(wish["hex"]), {}))
    peer.on("set", set_values)
    peer.on("storm", storm)
    peer.on("report", lambda _: {**stage.counts, "capturing": stage.capturing, "next_packet_id": stage.next_id})
    peer.ready(listen=",".join("%s:%d" % receiver.getsockname() for receiver in stage.receivers), port=stage.port)
    await peer.run()


if __name__ == "__main__":
    peerlib.main(run())
