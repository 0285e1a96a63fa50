#!/usr/bin/python3
"""The TV-IP400: its control, its head, its stream byte by byte."""
import base64
import shutil
import socket
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
import tiny_jpeg  # noqa: E402
from peer_client import Started, frames, http, post, read_all, read_until  # noqa: E402


class TvIp400(unittest.TestCase):
    def start(self, *flags):
        return Started("tv_ip400.py", "--fps", 50, "--speed", 400, "--size", "64x48", *flags)

    def stream(self, camera, path, wanted, extra=""):
        with socket.create_connection(("127.0.0.1", camera.port()), 10) as client:
            client.sendall(f"GET {path} HTTP/1.0\r\nUser-Agent: user\r\n{extra}\r\n".encode())
            return read_until(client, wanted)

    def test_stream_bytes(self):
        with self.start("--pan", 136, "--tilt", 46) as camera:
            data = self.stream(camera, "/MJPEG.CGI", lambda data: data.count(b"Content-length") >= 3)
            self.assertRegex(data, rb"\AHTTP/1.0 200 OK\r\nContent-type: multipart/x-mixed-replace;boundary=--video boundary--\r\n\r\n"
                             rb"--video boundary--\r\nContent-length: \d+\r\nDate: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d IO_00000000_PT_136_046\r\n"
                             rb"Content-type: image/jpeg\r\n\r\n\xff\xd8")
            length = int(data.partition(b"Content-length: ")[2].partition(b"\r\n")[0])
            first = data.index(b"\xff\xd8")
            self.assertEqual(data[first + length - 2:first + length + 24], b"\xff\xd9\r\n\r\n--video boundary--\r\n")
            # the applet's fixed offsets from the D of "Date: "
            line = data[data.index(b"Date: "):]
            self.assertEqual((line[29:37], line[41:44], line[45:48]), (b"00000000", b"136", b"046"))
            pictures = frames(data)
            self.assertNotEqual(pictures[0], pictures[1])
            video = self.stream(camera, "/VIDEO.CGI", lambda data: data.count(b"Content-length") >= 2)
            self.assertNotIn(b"Date:", video)

    def test_moves_take_time_and_add_up(self):
        with Started("tv_ip400.py", "--speed", 20) as camera:
            port = camera.port()
            answer = post(port, "/PANTILTCONTROL.CGI",
                          "PanSingleMoveDegree=20&TiltSingleMoveDegree=5&PanTiltSingleMove=0")
            self.assertTrue(answer.startswith(b"HTTP/1.0 200 OK\r\n"))
            self.assertTrue(camera.ask("report")["moving"])
            post(port, "/PANTILTCONTROL.CGI", "PanSingleMoveDegree=3&PanTiltSingleMove=5")
            camera.wait("head", state="arrived")
            report = camera.ask("report")
            self.assertEqual((report["pan"], report["tilt"], report["moving"]), (153, 50, False))
            post(port, "/PANTILTCONTROL.CGI", "PanTiltSingleMove=4")
            camera.wait("control", done="home")
            first, second = camera.events("head")[:2]
            self.assertGreater(second["mono_ms"] - first["mono_ms"], 800)  # 17 degrees

    def test_presets(self):
        with self.start("--status", 204) as camera:
            port, path = camera.port(), "/pantiltcontrol.cgi"
            answer = post(port, path, "PanTiltHorizontal=136&PanTiltVertical=46&SetName=a b&SetPosition=24")
            self.assertEqual(answer, b"HTTP/1.0 204 No Content\r\n\r\n")
            post(port, path, "PanTiltPresetPositionMove=24")
            camera.wait("head", state="arrived", pan=136, tilt=46)
            post(port, path, "SetName=here&SetPosition=3")
            self.assertEqual(camera.ask("report")["presets"],
                             {"0": ["home", 170, 45], "24": ["a b", 136, 46], "3": ["here", 136, 46]})
            post(port, path, "ClearPosition=24")
            for body, reason in (("PanTiltPresetPositionMove=24", "preset 24 is not set"),
                                 ("PanTiltPresetPositionMove=25", "PanTiltPresetPositionMove=25"),
                                 ("ClearPosition=0", "ClearPosition=0"),
                                 ("PanTiltSingleMove=9", "PanTiltSingleMove=9"), ("x=1", "no field that is known")):
                post(port, path, body)
                camera.wait("control", body=body + "\r\n\r\n", ignored=reason)

    def test_swing(self):
        with self.start("--dwell-ms", 1) as camera:
            post(camera.port(), "/PANTILTCONTROL.CGI",
                 "PanTiltHorizontal=100&PanTiltVertical=40&SetName=p&SetPosition=1")
            post(camera.port(), "/PANTILTCONTROL.CGI", "PanTiltSwingMode=2")
            camera.wait("head", state="arrived", pan=100, tilt=40)
            post(camera.port(), "/PANTILTCONTROL.CGI", "PanTiltSwingMode=1")
            camera.wait("head", state="arrived", pan=101, tilt=40)
            post(camera.port(), "/PANTILTCONTROL.CGI", "PanTiltSwingMode=0")
            camera.wait("control", done="swing 0")

    def test_outputs_and_their_digits(self):
        with self.start() as camera:
            body = "Trigger1=0&Trigger2=1&ImageUpload=0&ImageEmail=1"
            self.assertEqual(len(body) + 4, 52)
            post(camera.port(), "/IOCONTROL.CGI", body)
            state = http(camera.port(), b"GET /IOCONTROL.CGI HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")[2]
            self.assertRegex(state, rb"^Trigger1=0&Trigger2=1&ImageUpload=0&ImageEmail=1&CurrentTime=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
            self.assertEqual(camera.ask("report")["io"], "00001010")  # e-mail, upload, output 2, output 1
            camera.ask("inputs", value="1")
            data = self.stream(camera, "/MJPEG.CGI", lambda data: b"PT_" in data)
            self.assertIn(b"IO_00011010_PT_", data)
            post(camera.port(), "/IOCONTROL.CGI", "Trigger1=1")
            self.assertIn("four fields", camera.wait("control", body="Trigger1=1\r\n\r\n")["ignored"])

    def test_get_does_nothing_and_the_newer_api_is_not_there(self):
        with self.start() as camera:
            http(camera.port(), b"GET /PANTILTCONTROL.CGI?PanTiltSingleMove=1&TiltSingleMoveDegree=5 HTTP/1.0\r\n\r\n")
            camera.wait("control", ignored="GET with parameters")
            self.assertFalse(camera.ask("report")["moving"])
            answer = http(camera.port(), b"GET /cgi/admin/ptctrl.cgi?action=move&Cmd=right HTTP/1.0\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.0 501 Method Not Implemented\r\n"))

    def test_basic_auth(self):
        with self.start("--user", "admin", "--password", "p:w") as camera:
            answer = http(camera.port(), b"GET /IMAGE.JPG HTTP/1.0\r\n\r\n")
            self.assertTrue(answer.startswith(b'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="TV-IP400W"\r\n'))
            token = base64.b64encode(b"admin:p:w")
            answer = http(camera.port(), b"GET /IMAGE.JPG HTTP/1.0\r\nAuthorization: Basic " + token + b"\r\n\r\n")
            self.assertIn(b"\r\nContent-type: image/jpeg\r\n", answer)
            self.assertEqual(len(frames(answer)), 1)

    def test_second_control_in_flight_is_a_violation(self):
        with self.start("--control-ms", 500) as camera, socket.create_connection(("127.0.0.1", camera.port())) as first:
            first.sendall(b"POST /PANTILTCONTROL.CGI HTTP/1.0\r\nContent-length: 19\r\n\r\nPanTiltSingleMove=4")
            camera.wait("control", done="home")
            self.assertIn(b" 503 ", post(camera.port(), "/PANTILTCONTROL.CGI", "PanTiltSingleMove=4"))
            self.assertIn(b" 200 ", read_all(first))
            self.assertEqual(camera.ask("report")["violations"], 1)

    def test_more_on_one_connection_is_a_violation(self):
        with self.start() as camera:
            http(camera.port(), b"GET /IOCONTROL.CGI HTTP/1.0\r\n\r\nGET /IMAGE.JPG HTTP/1.0\r\n\r\n")
            camera.wait("violation")

    def test_variants_of_the_stream(self):
        with self.start() as camera:
            camera.ask("video", header="dashless", capitals=True, first_delimiter=False, date="us", garbage=7)
            data = self.stream(camera, "/MJPEG.CGI", lambda data: data.count(b"Content-Length") >= 2)
            self.assertRegex(data, rb"\AHTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=video boundary--\r\n\r\n"
                             rb"Content-Length: \d+\r\nDate: \d\d-\d\d-\d{4} \d\d:\d\d:\d\d [AP]M IO_00000000_PT_170_045\r\n"
                             rb"Content-Type: image/jpeg\r\n\r\n")
            self.assertIn(b"\xff\xd9\r\n\r\n" + b"\xa5" * 7 + b"--video boundary--\r\n", data)
            camera.ask("video", garbage=0, length="none", close_after=2, date="none", capitals=False)
            data = self.stream_to_end(camera)
            self.assertEqual((data.count(b"\xff\xd8"), data.lower().count(b"content-length"), data.count(b"Date:")),
                             (2, 0, 0))
            camera.ask("video", length="wrong", truncate=2, close_after=None)
            data = self.stream_to_end(camera)
            self.assertEqual((data.count(b"\xff\xd8"), data.count(b"\xff\xd9")), (2, 1))

    def stream_to_end(self, camera):
        return http(camera.port(), b"GET /MJPEG.CGI HTTP/1.0\r\n\r\n")

    def test_stall_lasts_until_the_client_leaves(self):
        with self.start("--video", '{"stall_after": 2}') as camera:
            self.stream(camera, "/MJPEG.CGI", lambda data: data.count(b"\xff\xd9") == 2)
            camera.wait("stream", state="ended", frames=2)

    @unittest.skipUnless(shutil.which("ffmpeg"), "no ffmpeg here")
    def test_others_can_read_its_pictures(self):
        with self.start() as camera:
            url = f"http://127.0.0.1:{camera.port()}/VIDEO.CGI"
            read = subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", url, "-frames:v", "3", "-f", "framemd5",
                                   "-"],
                                  capture_output=True, timeout=15)
            self.assertEqual((read.returncode, read.stderr), (0, b""))
            self.assertEqual(len({line.split(b",")[-1] for line in read.stdout.splitlines()
                                  if not line.startswith(b"#")}), 3)

    def test_comment_and_size_of_a_picture(self):
        picture = tiny_jpeg.encode(2, 1, lambda x, y: 255 * x, b"hello")
        self.assertIn(b"\xff\xfe\x00\x07hello", picture)
        self.assertIn(b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x10", picture)
        with self.start("--frame-bytes", 90_000) as camera:
            body = http(camera.port(), b"GET /IMAGE.JPG HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")[2]
            self.assertAlmostEqual(len(body), 90_000, delta=200)


if __name__ == "__main__":
    unittest.main()
