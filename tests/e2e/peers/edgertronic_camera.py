#!/usr/bin/python3
"""An edgertronic camera: the multicast trigger and CAMAPI over HTTP, with a life of its own and faults on demand.

flags    --interface ADDR (127.0.0.1; where the group is joined and where /trigger2 sends)  --http ADDR (127.0.0.1)
         --http-port N (0)  --group ADDR  --port N (600; 0: a free one)  --payload N (0x05AA9544, any int(x, 0))
         --conf FILE (multicast-trigger.conf: counts instead of the three; wrong or missing: for nothing)
         --no-extension (/trigger2 and /get_multicast_configuration are 404)
         --name NAME --buffers N (1; more is multishot)  --pretrigger-ms (100: RUNNING until the buffer is full)
         --delay-ms (0: from the datagram to the trigger)  --jitter-ms (0: up to so much more)  --seed N
         --triggered-ms (100: until saving)  --save-ms (150: per buffer)  --flags N (0x8, get_camstatus' bits)
         --folder PATH (/mnt/sdcard/DCIM)  --drop N,N… (those datagrams are lost)
ready    group= port= payload=0x… http=PORT
events   datagram {n, from, ttl, arrived_ms, size, hex, verdict: accepted|dropped|refused, reason?, name?}
         trigger {source: multicast|camapi, template, buffer, name?}   ignored {source, state, reason, name?}
         state {from, to, name}   saved {video, metadata, buffer, overwrote, truncated}   multicast {hex, to}
         http {method, path, query, status, answer, fault?}   conf {used, reason?}
control  {"do": "drop", "numbers": [1, 3]}  loses the 1st and 3rd datagram from now; "every": N each N-th; "all": bool
         {"do": "http", "fault": none|slow|500|garbage|wrong_type|cut|reset|hang, "ms"?, "path"?, "count"?: then none}
         {"do": "stuck", "on": true}  SAVING never ends, until "on": false
         {"do": "set", KEY: VALUE}  of delay_ms jitter_ms triggered_ms save_ms pretrigger_ms flags buffers available_space
         {"do": "state", "value": N}  as if it had got there by itself    {"do": "trigger", "name"?}  its own button
         {"do": "report"} -> state, counts of datagrams, triggers, ignored, saved
"""
import argparse
import asyncio
import configparser
import json
import random
import socket
import struct
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
import edgertronic_wire as wire  # noqa: E402
import peerlib  # noqa: E402
import rawhttp  # noqa: E402

OKAY, INVALID_STATE, STORAGE_ERROR, CODE_OUT_OF_DATE, INVALID_PARAMETER = 1, 2, 3, 4, 5
(UNCONFIGURED, CALIBRATING, RUNNING, TRIGGERED, SAVING, FULL, TRIGGER_CANCELED, SAVE_CANCELED, SAVE_INTERRUPTED,
 SAVE_TRUNCATING, REVIEWING, SELECTIVE_SAVING) = range(1, 13)
STATES = {1: "UNCONFIGURED", 2: "CALIBRATING", 3: "RUNNING", 4: "TRIGGERED", 5: "SAVING", 6: "RUNNING_PRETRIGGER_FULL",
          7: "TRIGGER_CANCELED", 8: "SAVE_CANCELED", 9: "SAVE_INTERRUPTED", 10: "SAVE_TRUNCATING", 11: "REVIEWING",
          12: "SELECTIVE_SAVING"}
STORAGE_FULL, STORAGE_MISSING, STORAGE_BAD = 0x1, 0x2, 0x40
BRIEF = 0.02  # seconds that states last which only lead to the next one
FILE_BYTES = 200_000_000


def shown(name):
    """A name's bytes for the log."""
    return None if name is None else name.decode(errors="backslashreplace")


class Camera:
    """The state machine. Its phases end by timers of the loop; a change of state cancels the one that ran."""

    def __init__(self, peer, options):
        self.peer, self.options = peer, options
        self.state, self.entered, self.lasts, self.timer = UNCONFIGURED, 0.0, 0.0, None
        self.stuck = False
        self.captured = []  # (template, trigger_seconds, buffer), not saved yet
        self.saved = []
        self.triggers = self.ignored = 0

    def enter(self, state, seconds=None, then=None):
        if self.timer:
            self.timer.cancel()
            self.timer = None
        if state != self.state:
            self.peer.say("state", **{"from": self.state, "to": state, "name": STATES[state]})
        self.state, self.entered, self.lasts = state, time.monotonic(), seconds or 0.0
        if seconds is not None:
            self.timer = self.peer.loop.call_later(seconds, then)

    def run(self):
        self.enter(RUNNING, self.options.pretrigger_ms / 1000, lambda: self.enter(FULL))

    @property
    def level(self):
        if self.state == FULL:
            return 100
        return min(100, int(100 * (time.monotonic() - self.entered) / self.lasts)) if self.lasts else 0

    def storage_fails(self):
        return bool(self.options.flags & (STORAGE_FULL | STORAGE_MISSING | STORAGE_BAD))

    def trigger(self, source, name):
        """A trigger that has arrived: the CAMAPI status. `name` is bytes, or None for the default."""
        status = INVALID_STATE if self.state not in (RUNNING, FULL) else STORAGE_ERROR if self.storage_fails() else OKAY
        if status != OKAY:
            self.ignored += 1
            self.peer.say("ignored", source=source, state=self.state, name=shown(name),
                          reason="state" if status == INVALID_STATE else "storage")
            return status
        self.triggers += 1
        template = shown(name) or ("slomo_&T_&b" if self.options.buffers > 1 else "slomo_&T")
        self.captured.append((template, int(time.time()), len(self.captured) + 1))
        self.peer.say("trigger", source=source, template=template, name=shown(name), buffer=len(self.captured))
        self.enter(TRIGGERED, self.options.triggered_ms / 1000, self._recorded)
        return OKAY

    def _recorded(self):
        if len(self.captured) < self.options.buffers:
            self.run()
        else:
            self.save()

    def save(self):
        self.enter(SAVING, self.options.save_ms / 1000, self.one_saved)

    def one_saved(self, truncated=False):
        if self.stuck and not truncated:
            return self.enter(SAVING, BRIEF, self.one_saved)
        template, seconds, buffer = self.captured.pop(0)
        video, metadata = wire.saved_paths(template, self.options.folder, seconds, buffer)
        self.peer.say("saved", video=video, metadata=metadata, buffer=buffer, overwrote=video in self.saved,
                      truncated=truncated)
        self.saved.append(video)
        self.options.available_space = max(0, self.options.available_space - FILE_BYTES)
        if self.captured and not truncated:
            return self.save()
        self.captured.clear()
        return self.run()

    def cancel(self):
        if self.state not in (TRIGGERED, SAVING):
            return INVALID_STATE
        self.captured.clear()
        self.enter(TRIGGER_CANCELED if self.state == TRIGGERED else SAVE_CANCELED, BRIEF, self.run)
        return OKAY

    def save_stop(self, discard):
        if self.state != SAVING:
            return INVALID_STATE
        if discard:
            self.captured.clear()
            self.enter(SAVE_INTERRUPTED, BRIEF, self.run)
        else:
            self.enter(SAVE_TRUNCATING, BRIEF, lambda: self.one_saved(truncated=True))
        return OKAY


class TriggerEar:
    """Hears the group, loses what it is told to lose, and hands triggers on after the camera's delay."""

    def __init__(self, peer, camera, options, trigger):
        self.peer, self.camera, self.options, self.trigger = peer, camera, options, trigger
        self.random = random.Random(options.seed)
        self.heard = 0
        self.since, self.numbers, self.every, self.all = 0, set(options.drop), 0, False
        receiver = peerlib.multicast_receiver(trigger.group, trigger.port, options.interface)
        trigger.port = receiver.getsockname()[1]
        peerlib.when_readable(peer, receiver, self._datagram)

    def drop(self, wish):
        self.since = self.heard
        self.numbers, self.every = set(wish.get("numbers", [])), int(wish.get("every", 0))
        self.all = bool(wish.get("all", False))

    def _drops(self):
        n = self.heard - self.since
        return self.all or n in self.numbers or (self.every and n % self.every == 0)

    def _datagram(self, datagram, arrival):
        self.heard += 1
        fields = {"n": self.heard, **arrival.fields(), "size": len(datagram), "hex": datagram[:512].hex()}
        if self._drops():
            return self.peer.say("datagram", **fields, verdict="dropped")
        try:
            name = wire.decode(datagram, self.trigger.payload)
        except wire.Refused as reason:
            return self.peer.say("datagram", **fields, verdict="refused", reason=str(reason))
        self.peer.say("datagram", **fields, verdict="accepted", name=shown(name))
        delay = (self.options.delay_ms + self.random.uniform(0, self.options.jitter_ms)) / 1000
        if delay:
            self.peer.loop.call_later(delay, self.camera.trigger, "multicast", name)
        else:
            self.camera.trigger("multicast", name)
        return None


class Camapi:
    """HTTP on one port: JSON in the answers, integers where CAMAPI answers with a status."""

    def __init__(self, peer, camera, options, trigger, conf_says):
        self.peer, self.camera, self.options, self.trigger, self.conf_says = peer, camera, options, trigger, conf_says
        self.settings = {"requested_iso": 400, "requested_duration": 2}
        self.fault, self.fault_ms, self.fault_path, self.fault_count = "none", 1000, None, None

    def break_http(self, wish):
        if wish["fault"] not in ("none", "slow", "500", "garbage", "wrong_type", "cut", "reset", "hang"):
            raise peerlib.ControlError("no such fault")
        self.fault, self.fault_ms = wish["fault"], wish.get("ms", 1000)
        self.fault_path, self.fault_count = wish.get("path"), wish.get("count")

    async def serve(self, reader, writer):
        try:
            while request := await rawhttp.read_request(reader):
                await self._answer(request, reader, writer)
                if request.version == "HTTP/1.0" or request.headers.get("connection", "").lower() == "close":
                    break
        except rawhttp.BadRequest as error:
            self.peer.say("http", status=400, reason=str(error))
            writer.write(rawhttp.answer("400 Bad Request", ["Content-Length: 0", "Connection: close"], version="1.1"))
        except ConnectionError:
            return
        finally:
            writer.close()

    async def _answer(self, request, reader, writer):
        fault = self._next_fault(request.path)
        if fault == "500":  # all of CAMAPI is Python; when it has died, nothing is done
            status, value = "500 Internal Server Error", None
        else:
            status, value = self._do(request)
        self.peer.say("http", method=request.method, path=request.path, query=request.target.partition("?")[2],
                      status=int(status.split()[0]), answer=value, **({"fault": fault} if fault != "none" else {}))
        body = b"Internal Server Error" if status.startswith("500") else json.dumps(value).encode()
        if fault == "garbage":
            body = b'{"state": 3,, "lev\xff\x00el": nan'
        elif fault == "wrong_type":
            body = b'["RUNNING", {"state": "three"}]'
        elif fault == "slow":
            await asyncio.sleep(self.fault_ms / 1000)
        elif fault == "hang":
            await reader.read(1)  # until the client has had enough
            raise ConnectionError
        kind = "text/html" if status.startswith("500") else "application/json"
        data = rawhttp.answer(status, ["Server: edgertronic", f"Content-Type: {kind}", f"Content-Length: {len(body)}"],
                              body, version="1.1")
        if fault == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise ConnectionError
        writer.write(data[:len(data) - max(1, len(body) // 2)] if fault == "cut" else data)
        await writer.drain()
        if fault == "cut":
            raise ConnectionError

    def _next_fault(self, path):
        if self.fault == "none" or (self.fault_path and self.fault_path != path) or self.fault_count == 0:
            return "none"
        if self.fault_count is not None:
            self.fault_count -= 1
        return self.fault

    def _do(self, request):
        name = request.path.lstrip("/")
        extension = name in ("trigger2", "get_multicast_configuration")
        action = getattr(self, f"_{request.method.lower()}_{name}", None)
        if action is None or (extension and self.options.no_extension):
            return "404 Not Found", None
        arguments = {key: value[0] for key, value in
                     urllib.parse.parse_qs(request.target.partition("?")[2], keep_blank_values=True).items()}
        if request.method == "POST":
            try:
                arguments = json.loads(request.body)
            except ValueError:
                return "200 OK", INVALID_PARAMETER
            if not isinstance(arguments, dict):
                return "200 OK", INVALID_PARAMETER
        return "200 OK", action(arguments)

    @staticmethod
    def _base_filename(arguments):
        name = arguments.get("base_filename")
        return None if name is None else name.encode()

    def _get_trigger(self, arguments):
        name = self._base_filename(arguments)
        if name is not None and not 0 < len(name) <= wire.NAME_LIMIT:
            return INVALID_PARAMETER
        return self.camera.trigger("camapi", name)

    def _get_trigger2(self, arguments):
        name = self._base_filename(arguments)
        if name is not None and not 0 < len(name) <= wire.NAME_LIMIT:
            return INVALID_PARAMETER
        datagram = wire.encode(self.trigger.payload, name)
        with peerlib.sending_socket(multicast_interface=self.options.interface) as sender:
            sender.sendto(datagram, (self.trigger.group, self.trigger.port))
        self.peer.say("multicast", hex=datagram.hex(), to=f"{self.trigger.group}:{self.trigger.port}")
        return OKAY

    def _get_get_multicast_configuration(self, _):
        if not self.conf_says:
            return None
        return {"payload": self.trigger.payload, "port": self.trigger.port, "address": self.trigger.group}

    def _get_get_camstatus(self, _):
        status = {"state": self.camera.state, "level": self.camera.level, "flags": self.options.flags,
                  "available_space": self.options.available_space, "sensor_temp": 41, "fpga_temp": 56}
        if self.options.buffers > 1:
            status |= {"active_buffer": len(self.camera.captured) + 1, "captured_buffers": len(self.camera.captured)}
        return status

    def _get_get_caminfo(self, _):
        return {"model_string": "SC1", "serial_number": "1001", "name": self.options.name, "hardware_revision": 4,
                "software_version": "2.5.3"}

    def _get_get_current_settings(self, _):
        return self.settings

    def _get_get_saved_settings(self, _):
        return self.settings

    def _get_get_storage_info(self, arguments):
        installed = {"USB": 0x4, "SD": 0x8, "NET": 0x200}.get(arguments.get("device", "SD").upper())
        if installed is None:
            return INVALID_PARAMETER
        if not self.options.flags & installed:
            return None
        return {"available_space": self.options.available_space, "storage_size": 64_000_000_000,
                "mount_point": self.options.folder}

    def _get_get_storage_dir(self, _):
        return self.options.folder

    def _get_pretrigger_buffer_fill_level(self, _):
        return self.camera.level if self.camera.state in (RUNNING, FULL) else 0

    def _get_get_last_saved_filename(self, _):
        return self.camera.saved[-1] if self.camera.saved else None

    def _get_cancel(self, _):
        return self.camera.cancel()

    def _get_save(self, _):
        if self.camera.state not in (RUNNING, FULL) or not self.camera.captured:
            return INVALID_STATE
        self.camera.save()
        return OKAY

    def _get_save_stop(self, arguments):
        return self.camera.save_stop(arguments.get("discard_unsaved") == "1")

    def _get_mount(self, _):
        self.options.flags &= ~STORAGE_MISSING
        return OKAY

    def _get_unmount(self, _):
        if self.camera.state == SAVING:
            return INVALID_STATE
        self.options.flags |= STORAGE_MISSING
        return OKAY

    def _post_configure_camera(self, settings):
        self.settings = {**self.settings, **settings}
        return OKAY

    def _post_configure_save(self, settings):
        return self._post_configure_camera(settings)

    def _post_run(self, settings):
        if self.camera.state in (TRIGGERED, SAVING):
            return INVALID_STATE
        self._post_configure_camera(settings)
        self.camera.enter(CALIBRATING, BRIEF, self.camera.run)
        return OKAY

    def _post_selective_save(self, _):
        if self.camera.state not in (RUNNING, FULL) or not self.camera.captured:
            return INVALID_STATE
        self.camera.enter(SELECTIVE_SAVING, self.options.save_ms / 1000, self.camera.one_saved)
        return OKAY


def flags():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--interface", default="127.0.0.1")
    parser.add_argument("--http", default="127.0.0.1")
    parser.add_argument("--http-port", type=int, default=0)
    parser.add_argument("--group", default=wire.GROUP)
    parser.add_argument("--port", type=int, default=wire.PORT)
    parser.add_argument("--payload", type=lambda text: int(text, 0), default=wire.PAYLOAD)
    parser.add_argument("--conf")
    parser.add_argument("--no-extension", action="store_true")
    parser.add_argument("--name", default="made-up")
    parser.add_argument("--buffers", type=int, default=1)
    parser.add_argument("--pretrigger-ms", type=float, default=100)
    parser.add_argument("--delay-ms", type=float, default=0)
    parser.add_argument("--jitter-ms", type=float, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--triggered-ms", type=float, default=100)
    parser.add_argument("--save-ms", type=float, default=150)
    parser.add_argument("--flags", type=lambda text: int(text, 0), default=0x8)
    parser.add_argument("--folder", default="/mnt/sdcard/DCIM")
    parser.add_argument("--drop", type=lambda text: [int(part) for part in text.split(",")], default=[])
    parser.set_defaults(available_space=40_000_000_000)
    return parser.parse_args()


def read_conf(peer, options):
    """What the camera listens to, and whether a file says so."""
    trigger = wire.Trigger(options.group, options.port, options.payload)
    if not options.conf:
        return trigger, True  # the flags stand for the file
    try:
        read = wire.read_conf(options.conf)
    except (configparser.Error, ValueError, OSError) as error:
        peer.say("conf", used=False, reason=f"{type(error).__name__}: {error}")
        return trigger, False
    peer.say("conf", used=read is not None, **({} if read else {"reason": "no such file"}))
    return read or trigger, read is not None


async def run():
    options, peer = flags(), peerlib.Peer()
    trigger, conf_says = read_conf(peer, options)
    camera = Camera(peer, options)
    ear = TriggerEar(peer, camera, options, trigger)
    camapi = Camapi(peer, camera, options, trigger, conf_says)
    http = await rawhttp.listen(camapi.serve, options.http, options.http_port)

    def set_values(wish):
        for key in wish.keys() - {"do", "id"}:
            if key not in ("delay_ms", "jitter_ms", "triggered_ms", "save_ms", "pretrigger_ms", "flags", "buffers",
                           "available_space"):
                raise peerlib.ControlError(f"{key} cannot be set")
            setattr(options, key, wish[key])

    def own_button(wish):
        name = wish.get("name")
        return {"status": camera.trigger("button", None if name is None else name.encode())}

    peer.on("drop", ear.drop)
    peer.on("http", camapi.break_http)
    peer.on("stuck", lambda wish: setattr(camera, "stuck", bool(wish["on"])))
    peer.on("set", set_values)
    peer.on("state", lambda wish: camera.enter({state: state for state in STATES}[wish["value"]]))
    peer.on("trigger", own_button)
    peer.on("report", lambda wish: {"state": camera.state, "datagrams": ear.heard, "triggers": camera.triggers,
                                    "ignored": camera.ignored, "saved": len(camera.saved)})
    peer.ready(group=trigger.group, port=trigger.port, payload=f"0x{trigger.payload:08X}", http=http)
    camera.run()
    await peer.run()


if __name__ == "__main__":
    peerlib.main(run())
