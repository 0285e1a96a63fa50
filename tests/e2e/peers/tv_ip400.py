#!/usr/bin/python3
"""A Trendnet TV-IP400W: HTTP/1.0 made of exact bytes, POST-only control, a head that takes its time, endless video.

flags    --bind ADDR (127.0.0.1)  --port N (0)  --user U --password P (Basic auth where given)  --realm R (TV-IP400W)
         --status 200|204 (200: of control requests)  --control-ms N (10: a control request takes so long)
         --speed N (60: degrees per second)  --pan N --tilt N (170 45)  --dwell-ms N (500: at each preset of a swing)
         --fps N (5)  --size WxH (320x240)  --frame-bytes N (0: pads each JPEG to so many)
         --video JSON (see below; the same as a control line)
video    {"header": "vendor"|"dashless" (boundary=--video boundary-- or without the dashes), "capitals": false (kin write
         Content-Type, Content-Length), "first_delimiter": true, "date": "iso"|"us"|"none", "length": "right"|"wrong"|"none",
         "garbage": 0 (bytes between frames), "stall_after": null, "close_after": null (frames), "truncate": null (that frame,
         counted from 1 on each connection, lacks its second half and the connection ends), "status": "200 OK"}
ready    port=N
events   control {method, path, body, client, status, done: what it did | ignored: why not, violation?, warnings?}, when it
         is obeyed; the answer comes --control-ms later
         request {method, path, status, client}   (streams, snapshots, state and all that is unknown)
         stream {client, path, state: begun|ended, frames}   head {state: moving|arrived, pan, tilt}   output {field, value}
         violation {reason}: a second control request while one was in flight (503), or a second request on one connection
control  {"do": "video", …}   {"do": "set", KEY: VALUE} of control_ms speed dwell_ms fps status frame_bytes
         {"do": "fault", "kind": none|hang|500|close|slow, "path": "/PANTILTCONTROL.CGI"?, "count"?, "ms"?}
         {"do": "drop_streams"}: closes all of them      {"do": "inputs", "value": "0001"}: the first four IO digits
         {"do": "report"} -> pan, tilt, moving, goal, presets, io, controls, violations, frames, streams

GET of a control path with parameters is answered and does nothing. Every JPEG has a comment `frame=N pan=P tilt=T`.
"""
import argparse
import asyncio
import json
import sys
import time

sys.dont_write_bytecode = True
import peerlib  # noqa: E402
import rawhttp  # noqa: E402
import tiny_jpeg  # noqa: E402
from ptz_head import DIRECTIONS, HOME_MOVE, PAN_RANGE, PRESETS, TILT_RANGE, Head  # noqa: E402

DELIMITER = b"--video boundary--"
CONTROLS = ("/PANTILTCONTROL.CGI", "/IOCONTROL.CGI")
OUTPUTS = ("Trigger1", "Trigger2", "ImageUpload", "ImageEmail")
SWING_STEP_S = 1.0
VIDEO = {"header": "vendor", "capitals": False, "first_delimiter": True, "date": "iso", "length": "right", "garbage": 0,
         "stall_after": None, "close_after": None, "truncate": None, "status": "200 OK"}


class Unwanted(Exception):
    """A control request that changes nothing, and why."""


class Camera:
    """Head, outputs and pictures."""

    def __init__(self, peer, options):
        self.peer, self.options = peer, options
        self.head = Head(options.pan, options.tilt, options.speed, self._set_out)
        self.outputs = dict.fromkeys(OUTPUTS, 0)
        self.inputs = "0000"
        self.swing = None
        self.arrival = None  # the timer that runs while the head moves
        self.frames = 0
        columns, rows = (int(part) // 8 for part in options.size.split("x"))
        self.columns, self.rows = columns, rows

    def _set_out(self):
        if self.arrival:
            self.arrival.cancel()
        elif self.head.remaining() > 0:
            self._tell("moving")
        else:
            return
        self.arrival = self.peer.loop.call_later(self.head.remaining(), self._arrived)

    def _arrived(self):
        self.arrival = None
        self._tell("arrived")

    def _tell(self, state):
        pan, tilt = self.head.position()
        self.peer.say("head", state=state, pan=pan, tilt=tilt)

    def io_digits(self):
        """Four inputs, then e-mail, upload, output 2, output 1."""
        return self.inputs + "".join(str(self.outputs[name]) for name in reversed(OUTPUTS))

    def state_line(self):
        values = "&".join(f"{name}={value}" for name, value in self.outputs.items())
        return f"{values}&CurrentTime={time.strftime('%Y-%m-%d %H:%M:%S')}"

    def date_line(self, form):
        clock = time.strftime("%m-%d-%Y %I:%M:%S %p" if form == "us" else "%Y-%m-%d %H:%M:%S")
        return f"{clock} IO_{self.io_digits()}_PT_%03d_%03d" % self.head.position()

    def jpeg(self):
        self.frames += 1
        pan, tilt = self.head.position()
        comment = f"frame={self.frames} pan={pan} tilt={tilt}".encode()
        shift = self.frames * 5 + pan
        picture = tiny_jpeg.encode(self.columns, self.rows, lambda x, y: (x * 6 + (y + tilt) * 3 + shift) % 256,
                                   comment)
        missing = self.options.frame_bytes - len(picture)
        if missing > 0:
            picture = tiny_jpeg.encode(self.columns, self.rows, lambda x, y: (x * 6 + (y + tilt) * 3 + shift) % 256,
                                       comment + b" " * missing)
        return picture

    def control_head(self, body):
        """What a body of PANTILTCONTROL.CGI does, as a sentence; Unwanted when nothing."""
        values = rawhttp.pairs(body)

        def number(name, limit, least=0):
            text = values[name]
            if not text.isdigit() or not least <= int(text) <= limit:
                raise Unwanted(f"{name}={text}")
            return int(text)

        if "PanTiltSingleMove" in values:
            direction = number("PanTiltSingleMove", 8)
            pan_sign, tilt_sign = DIRECTIONS.get(direction, (0, 0))
            pan = number("PanSingleMoveDegree", 360, 1) if pan_sign or "PanSingleMoveDegree" in values else 0
            tilt = number("TiltSingleMoveDegree", 360, 1) if tilt_sign or "TiltSingleMoveDegree" in values else 0
            self.stop_swing()
            self.head.move(direction, pan, tilt)
            way = f"{pan * abs(pan_sign)} {tilt * abs(tilt_sign)}"
            return "home" if direction == HOME_MOVE else f"move {direction} by {way}"
        if "PanTiltPresetPositionMove" in values:
            preset = number("PanTiltPresetPositionMove", PRESETS - 1)
            self.stop_swing()
            if not self.head.go_preset(preset):
                raise Unwanted(f"preset {preset} is not set")
            return f"go to preset {preset}"
        if "SetPosition" in values:
            preset = number("SetPosition", PRESETS - 1, 1)
            pan, tilt = self.head.position()
            if "PanTiltHorizontal" in values:
                pan, tilt = number("PanTiltHorizontal", PAN_RANGE), number("PanTiltVertical", TILT_RANGE)
            self.head.presets[preset] = (values.get("SetName", ""), pan, tilt)
            return f"preset {preset} is {pan} {tilt}"
        if "ClearPosition" in values:
            preset = number("ClearPosition", PRESETS - 1, 1)
            if self.head.presets.pop(preset, None) is None:
                raise Unwanted(f"preset {preset} is not set")
            return f"preset {preset} cleared"
        if "PanTiltSwingMode" in values:
            mode = number("PanTiltSwingMode", 2)
            self.stop_swing()
            if mode:
                self.swing = self.peer.later(self._scan() if mode == 1 else self._visit())
            return f"swing {mode}"
        raise Unwanted("no field that is known")

    def stop_swing(self):
        if self.swing:
            self.swing.cancel()
            self.swing = None

    async def _scan(self):
        sign = 1
        while True:
            pan, tilt = self.head.position()
            sign = -1 if pan >= PAN_RANGE else 1 if pan <= 0 else sign
            self.head.go(pan + sign, tilt)
            await asyncio.sleep(SWING_STEP_S)

    async def _visit(self):
        for preset in sorted(self.head.presets):
            self.head.go_preset(preset)
            await asyncio.sleep(self.head.remaining() + self.options.dwell_ms / 1000)

    def control_outputs(self, body):
        values = rawhttp.pairs(body)
        if list(values) != list(OUTPUTS) or not set(values.values()) <= {"0", "1"}:
            raise Unwanted("not the four fields Trigger1, Trigger2, ImageUpload, ImageEmail, each 0 or 1")
        for name in OUTPUTS:
            if self.outputs[name] != int(values[name]):
                self.outputs[name] = int(values[name])
                self.peer.say("output", field=name, value=self.outputs[name])
        return "outputs " + "".join(values.values())


class Server:
    """One connection per command; streams as many as asked for."""

    def __init__(self, peer, camera, options):
        self.peer, self.camera, self.options = peer, camera, options
        self.video = {**VIDEO, **options.video}
        self.in_flight = 0
        self.controls = self.violations = 0
        self.fault, self.fault_path, self.fault_count, self.fault_ms = "none", None, None, 1000
        self.streams = set()

    def set_video(self, wish):
        changes = {key: value for key, value in wish.items() if key not in ("do", "id")}
        if not changes.keys() <= VIDEO.keys():
            raise peerlib.ControlError(f"known are: {', '.join(VIDEO)}")
        self.video = {**self.video, **changes}

    def set_fault(self, wish):
        if wish["kind"] not in ("none", "hang", "500", "close", "slow"):
            raise peerlib.ControlError("no such fault")
        self.fault, self.fault_path = wish["kind"], wish.get("path")
        self.fault_count, self.fault_ms = wish.get("count"), wish.get("ms", 1000)

    def _violation(self, reason):
        self.violations += 1
        self.peer.say("violation", reason=reason)

    async def serve(self, reader, writer):
        client = "%s:%d" % writer.get_extra_info("peername")
        try:
            request = await rawhttp.read_request(reader)
            if request is None:
                return
            if await self._faulty(request, reader, writer):
                return
            path = request.path.upper()
            if self.options.user and not request.authorized(self.options.user, self.options.password):
                self._plain(request, client, writer, "401 Unauthorized", b"",
                            [f'WWW-Authenticate: Basic realm="{self.options.realm}"'])
            elif path in CONTROLS and (request.method == "POST" or "?" in request.target):
                await self._control(request, path, client, writer)
            elif request.method != "GET":
                self._plain(request, client, writer, "501 Method Not Implemented", b"")
            elif path in ("/MJPEG.CGI", "/VIDEO.CGI"):
                await self._stream(request, path, client, reader, writer)
            elif path == "/IOCONTROL.CGI":
                self._plain(request, client, writer, "200 OK", self.camera.state_line().encode(),
                            ["Content-type: text/plain"])
            elif path == "/IMAGE.JPG":
                self._plain(request, client, writer, "200 OK", self.camera.jpeg(), ["Content-type: image/jpeg"])
            else:
                newer = path.startswith("/CGI/")
                self._plain(request, client, writer, "501 Method Not Implemented" if newer else "404 Not Found", b"")
            await writer.drain()
            if writer.can_write_eof() and path not in ("/MJPEG.CGI", "/VIDEO.CGI"):
                writer.write_eof()
                await self._nothing_more(reader, request)
        except rawhttp.BadRequest as error:
            self.peer.say("request", status=400, reason=str(error), client=client)
            writer.write(rawhttp.answer("400 Bad Request", ["Content-length: 0"]))
        except ConnectionError:
            return
        finally:
            writer.close()

    async def _nothing_more(self, reader, request):
        """A client that goes on talking on the connection has not understood this camera."""
        try:
            rest = await asyncio.wait_for(reader.read(4096), 1)
        except asyncio.TimeoutError:
            return
        if rest.strip() and request.body is not None:
            self._violation(f"more on the same connection: {rest[:60]!r}")

    async def _faulty(self, request, reader, writer):
        elsewhere = self.fault_path and self.fault_path != request.path.upper()
        if self.fault == "none" or self.fault_count == 0 or elsewhere:
            return False
        if self.fault_count is not None:
            self.fault_count -= 1
        self.peer.say("request", method=request.method, path=request.path, status=0, fault=self.fault)
        if self.fault == "slow":
            await asyncio.sleep(self.fault_ms / 1000)
            return False
        if self.fault == "hang":
            await reader.read(1)
        elif self.fault == "500":
            writer.write(rawhttp.answer("500 Internal Server Error", ["Content-length: 0"]))
            await writer.drain()
        return True

    def _plain(self, request, client, writer, status, body, headers=()):
        self.peer.say("request", method=request.method, path=request.target, status=int(status.split()[0]),
                      client=client)
        writer.write(rawhttp.answer(status, [*headers, f"Content-length: {len(body)}"], body))

    async def _control(self, request, path, client, writer):
        fields = {"method": request.method, "path": request.target, "client": client,
                  "body": request.body.decode(errors="backslashreplace")}
        if self.in_flight:
            self._violation("a control request while another one is in flight")
            self.peer.say("control", **fields, status=503, ignored="busy", violation=True)
            writer.write(rawhttp.answer("503 Service Unavailable", ["Content-length: 0"]))
            return
        self.in_flight += 1
        try:
            self.controls += 1
            outcome = self._obey(request, path)
            self.peer.say("control", **fields, **outcome, status=self.options.status)
            await asyncio.sleep(self.options.control_ms / 1000)
            ended = ["204 No Content", []] if self.options.status == 204 else ["200 OK", ["Content-length: 0"]]
            writer.write(rawhttp.answer(*ended))
            await writer.drain()
        finally:
            self.in_flight -= 1

    def _obey(self, request, path):
        if request.method == "GET":
            return {"ignored": "GET with parameters"}
        body = request.body.decode("latin-1").rstrip("\r\n")
        warnings = []
        if len(request.body) != len(body) + 4 and len(request.body) != len(body):
            warnings.append("neither without line end nor with CRLF CRLF")
        if request.path != path:
            warnings.append("path in lower case")
        try:
            act = self.camera.control_head if path == "/PANTILTCONTROL.CGI" else self.camera.control_outputs
            outcome = {"done": act(body)}
        except (Unwanted, KeyError) as reason:
            outcome = {"ignored": str(reason)}
        return {**outcome, **({"warnings": warnings} if warnings else {})}

    async def _stream(self, request, path, client, reader, writer):
        video = dict(self.video)  # a stream keeps what it began with
        self.peer.say("request", method=request.method, path=request.target, status=int(video["status"].split()[0]),
                      client=client)
        boundary = DELIMITER.decode() if video["header"] == "vendor" else "video boundary--"
        name = "Content-Type" if video["capitals"] else "Content-type"
        writer.write(rawhttp.answer(video["status"], [f"{name}: multipart/x-mixed-replace;boundary={boundary}"]))
        if not video["status"].startswith("200"):
            return
        self.streams.add(writer)
        self.peer.say("stream", client=client, path=path, state="begun", frames=0)
        frames = 0

        def gone():
            return writer.transport.is_closing() or reader.at_eof()

        try:
            if video["first_delimiter"]:
                writer.write(DELIMITER + b"\r\n")
            while True:
                frames += 1
                ended = self._frame(path, frames, video, writer)
                await writer.drain()
                if ended or frames == video["close_after"]:
                    return
                while frames == video["stall_after"] and not gone():
                    await asyncio.sleep(0.02)
                await asyncio.sleep(1 / self.options.fps)
                if gone():
                    return
        finally:
            self.streams.discard(writer)
            self.peer.say("stream", client=client, path=path, state="ended", frames=frames)

    def _frame(self, path, number, video, writer):
        """One part and the delimiter behind it; True when the stream ends within it."""
        picture = self.camera.jpeg()
        content_type, content_length = "Content-type", "Content-length"
        if video["capitals"]:
            content_type, content_length = "Content-Type", "Content-Length"
        head = []
        if video["length"] != "none":
            # too short cuts the picture, too long reaches into the next part: both in turns
            wrong = (-100 if number % 2 else 1000) if video["length"] == "wrong" else 0
            head.append(f"{content_length}: {len(picture) + wrong}")
        if path == "/MJPEG.CGI" and video["date"] != "none":
            head.append("Date: " + self.camera.date_line(video["date"]))
        head.append(f"{content_type}: image/jpeg")
        writer.write("\r\n".join([*head, "", ""]).encode())
        if number == video["truncate"]:
            writer.write(picture[:len(picture) // 2])
            return True
        writer.write(picture + b"\r\n\r\n" + b"\xa5" * video["garbage"] + DELIMITER + b"\r\n")
        return False


def flags():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--realm", default="TV-IP400W")
    parser.add_argument("--status", type=int, choices=(200, 204), default=200)
    parser.add_argument("--control-ms", type=float, default=10)
    parser.add_argument("--speed", type=float, default=60)
    parser.add_argument("--pan", type=int, default=170)
    parser.add_argument("--tilt", type=int, default=45)
    parser.add_argument("--dwell-ms", type=float, default=500)
    parser.add_argument("--fps", type=float, default=5)
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--frame-bytes", type=int, default=0)
    parser.add_argument("--video", type=json.loads, default={})
    return parser.parse_args()


async def run():
    options, peer = flags(), peerlib.Peer()
    camera = Camera(peer, options)
    server = Server(peer, camera, options)

    def set_values(wish):
        for key in wish.keys() - {"do", "id"}:
            if key not in ("control_ms", "speed", "dwell_ms", "fps", "status", "frame_bytes"):
                raise peerlib.ControlError(f"{key} cannot be set")
            setattr(options, key, wish[key])
        camera.head.go(*camera.head.goal, options.speed)  # from where it is

    def drop_streams(_):
        for writer in list(server.streams):
            writer.transport.abort()

    def report(_):
        pan, tilt = camera.head.position()
        return {"pan": pan, "tilt": tilt, "moving": camera.arrival is not None, "goal": camera.head.goal,
                "presets": {number: list(preset) for number, preset in camera.head.presets.items()},
                "io": camera.io_digits(), "controls": server.controls, "violations": server.violations,
                "frames": camera.frames, "streams": len(server.streams)}

    peer.on("video", server.set_video)
    peer.on("set", set_values)
    peer.on("fault", server.set_fault)
    peer.on("drop_streams", drop_streams)
    peer.on("inputs", lambda wish: setattr(camera, "inputs", str(wish["value"]).zfill(4)[:4]))
    peer.on("report", report)
    peer.ready(port=await rawhttp.listen(server.serve, options.bind, options.port))
    await peer.run()


if __name__ == "__main__":
    peerlib.main(run())
