#!/usr/bin/python3
"""The peers held to the wires: exact bytes in and out, their states, their faults."""
import base64
import configparser
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
import broken_answers  # noqa: E402
import edgertronic_wire  # noqa: E402
import peerlib  # noqa: E402
import shogun_flavours  # noqa: E402
import shogun_wire  # noqa: E402
import tiny_jpeg  # noqa: E402
from peer_client import Started, frames, get_json, http, post, read_all, read_until, receiver  # noqa: E402

PUBLISHED = bytes.fromhex("05aa9544626568696e645f686f6d655f706c6174655f696e6e696e675f315f70697463685f32375f265400")
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="no"?>'


class EdgertronicWire(unittest.TestCase):
    def test_worked_examples(self):
        for name, expected in ((None, "05aa9544"), (b"A", "05aa95444100"), (b"pitch_27_&T", "05aa954470697463685f32375f265400"),
                               (b"x" * 99, "05aa9544" + "78" * 99 + "00"), (b"behind_home_plate_inning_1_pitch_27_&T", PUBLISHED.hex())):
            datagram = edgertronic_wire.encode(0x05AA9544, name)
            self.assertEqual(datagram.hex(), expected)
            self.assertEqual(edgertronic_wire.decode(datagram, 0x05AA9544), name)

    def test_what_must_be_refused(self):
        for datagram, reason in (("44 95 aa 05", "payload byte swapped"), ("05 aa 95", "short"), ("05 aa 95 45", "other payload"),
                                 ("05 aa 95 44 61 62 63", "name without NUL"), (b"0x05AA9544".hex(), "payload as text"),
                                 ("05 aa 95 44 00", "empty name"), ("05 aa 95 44 61 00 62", "bytes after the NUL"),
                                 ("05 aa 95 44" + "78" * 100 + "00", "name too long"), ("", "short")):
            with self.assertRaises(edgertronic_wire.Refused) as refused:
                edgertronic_wire.decode(bytes.fromhex(datagram), 0x05AA9544)
            self.assertEqual(str(refused.exception), reason)

    def test_configuration_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "multicast-trigger.conf"
            self.assertIsNone(edgertronic_wire.read_conf(path))
            path.write_text("[multicast-trigger]\naddress = 224.9.9.9\nport = 0x259\npayload = 7\nother = 1\n")
            self.assertEqual(edgertronic_wire.read_conf(path), edgertronic_wire.Trigger("224.9.9.9", 601, 7))
            for wrong in ("[multicast-trigger]\naddress = 224.1.1.1\nport = six\npayload = 1\n", "port = 600\n",
                          "[multicast-trigger]\naddress = 10.1.1.1\nport = 600\npayload = 1\n"):
                path.write_text(wrong)
                with self.assertRaises((ValueError, configparser.Error)):
                    edgertronic_wire.read_conf(path)


class EdgertronicCamera(unittest.TestCase):
    def start(self, *flags):
        return Started("edgertronic_camera.py", "--port", "0", "--pretrigger-ms", 10, "--triggered-ms", 30, "--save-ms", 30, *flags)

    @staticmethod
    def send(camera, datagram):
        with peerlib.sending_socket(multicast_interface="127.0.0.1") as sender:
            sender.sendto(datagram, ("224.1.1.1", camera.port()))

    def test_datagram_fires_and_is_saved_under_its_name(self):
        with self.start() as camera:
            camera.wait("state", to=6)
            self.send(camera, PUBLISHED)
            saved = camera.wait("saved")
            self.assertRegex(saved["video"], r"^/mnt/sdcard/DCIM/behind_home_plate_inning_1_pitch_27_\d{10}\.mov$")
            self.assertEqual(saved["metadata"], saved["video"][:-4] + ".txt")
            camera.wait("state", **{"from": 5, "to": 3})
            self.assertEqual([line["to"] for line in camera.events("state")][:5], [3, 6, 4, 5, 3])
            self.assertEqual(get_json(camera.port("http"), "/get_last_saved_filename"), saved["video"])

    def test_second_datagram_changes_nothing(self):
        with self.start("--triggered-ms", 200) as camera:
            camera.wait("state", to=6)
            self.send(camera, edgertronic_wire.encode(0x05AA9544))
            self.send(camera, edgertronic_wire.encode(0x05AA9544))
            self.assertEqual(camera.wait("ignored")["state"], 4)
            self.assertEqual(camera.ask("report")["triggers"], 1)

    def test_drops_what_it_is_told_to(self):
        with self.start() as camera:
            camera.wait("state", to=6)
            camera.ask("drop", numbers=[1])
            self.send(camera, PUBLISHED)
            camera.wait("datagram", verdict="dropped")
            self.send(camera, PUBLISHED)
            camera.wait("datagram", verdict="accepted")
            camera.wait("trigger", source="multicast")
            self.send(camera, PUBLISHED[::-1])
            camera.wait("datagram", verdict="refused", reason="other payload")

    def test_two_cameras_share_a_port(self):
        with self.start() as one, self.start("--port", one.port()) as other:
            for camera in (one, other):
                camera.wait("state", to=6)
            self.send(one, PUBLISHED)
            one.wait("trigger")
            other.wait("trigger")

    def test_camapi(self):
        with self.start("--flags", "0x8") as camera:
            camera.wait("state", to=6)
            port = camera.port("http")
            status = get_json(port, "/get_camstatus")
            self.assertEqual((status["state"], status["flags"], status["level"]), (6, 8, 100))
            self.assertEqual(get_json(port, "/trigger?base_filename=a%20b_%26b"), 1)
            self.assertEqual(get_json(port, "/trigger"), 2)
            self.assertEqual(get_json(port, "/cancel"), 1)
            camera.wait("state", to=7)
            self.assertEqual(camera.wait("trigger")["template"], "a b_&b")
            self.assertEqual(get_json(port, "/get_multicast_configuration"),
                             {"payload": 95065412, "port": camera.port(), "address": "224.1.1.1"})
            self.assertEqual(get_json(port, "/get_storage_info?device=SD")["mount_point"], "/mnt/sdcard/DCIM")
            self.assertIsNone(get_json(port, "/get_storage_info?device=USB"))
            self.assertEqual(get_json(port, "/unmount"), 1)
            camera.ask("state", value=3)
            self.assertEqual(get_json(port, "/trigger"), 3)
            self.assertIn(b"404", http(port, b"GET /get_status HTTP/1.0\r\n\r\n").partition(b"\r\n")[0])

    def test_trigger2_is_multicast_and_heard_by_itself(self):
        with self.start() as camera:
            camera.wait("state", to=6)
            self.assertEqual(get_json(camera.port("http"), "/trigger2?base_filename=loop"), 1)
            self.assertEqual(camera.wait("multicast")["hex"], "05aa95446c6f6f7000")
            camera.wait("trigger", source="multicast", name="loop")

    def test_faults_of_http(self):
        with self.start() as camera:
            camera.wait("state", to=6)
            port = camera.port("http")
            request = b"GET /get_camstatus HTTP/1.0\r\n\r\n"
            for fault, check in (("500", lambda answer: answer.startswith(b"HTTP/1.1 500 ")),
                                 ("garbage", lambda answer: b',, "lev\xff' in answer),
                                 ("cut", lambda answer: answer.startswith(b"HTTP/1.1 200") and not answer.endswith(b"}")),
                                 ("reset", lambda answer: answer == b"")):
                camera.ask("http", fault=fault)
                self.assertTrue(check(http(port, request)), fault)
            camera.ask("http", fault="500", path="/trigger", count=1)
            self.assertEqual(get_json(port, "/get_camstatus")["level"], 100)
            self.assertIn(b" 500 ", http(port, b"GET /trigger HTTP/1.0\r\n\r\n"))
            self.assertEqual(get_json(port, "/trigger"), 1)

    def test_stuck_in_saving_until_it_is_not(self):
        with self.start() as camera:
            camera.wait("state", to=6)
            camera.ask("stuck", on=True)
            camera.ask("trigger", name="own")
            camera.wait("state", to=5)
            time.sleep(0.15)  # five times what saving takes
            self.assertEqual(get_json(camera.port("http"), "/get_camstatus")["state"], 5)
            camera.ask("stuck", on=False)
            camera.wait("saved", video="/mnt/sdcard/DCIM/own.mov")

    def test_multishot_counts_its_buffers(self):
        with self.start("--buffers", 2) as camera:
            for shot in (1, 2):
                camera.wait("state", to=6)
                camera.ask("state", value=6)
                camera.ask("trigger", name="shot_&b")
                camera.wait("trigger", buffer=shot)
                if shot == 1:
                    camera.wait("state", **{"from": 4, "to": 3})
                    self.assertEqual(get_json(camera.port("http"), "/get_camstatus")["captured_buffers"], 1)
            camera.wait("saved", video="/mnt/sdcard/DCIM/shot_2.mov")
            self.assertEqual([line["buffer"] for line in camera.events("saved")], [1, 2])

    def test_file_of_the_camera_counts_and_a_wrong_one_does_not(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "multicast-trigger.conf"
            with self.start("--conf", path) as camera:
                self.assertIsNone(get_json(camera.port("http"), "/get_multicast_configuration"))
            path.write_text("[multicast-trigger]\naddress = 224.1.1.7\nport = 40711\npayload = 0x1\n")
            with self.start("--conf", path) as camera:
                self.assertEqual(camera.ready["payload"], "0x00000001")
                self.assertEqual(get_json(camera.port("http"), "/get_multicast_configuration"),
                                 {"payload": 1, "port": 40711, "address": "224.1.1.7"})
            path.write_text("[multicast-trigger]\nport = x\n")
            with self.start("--conf", path) as camera:
                self.assertEqual(camera.ready["payload"], "0x05AA9544")


class ShogunWire(unittest.TestCase):
    def test_published_packet(self):
        datagram = shogun_wire.notification("complete", {"name": "dance", "database_path": "D:/T", "packet_id": 33362})
        self.assertEqual(len(datagram), 164)
        self.assertEqual(datagram, DECLARATION + b'<CaptureComplete><Name VALUE="dance"/><DatabasePath VALUE="D:/T"/>'
                         b'<PacketID VALUE="33362"/></CaptureComplete>\0')

    def test_all_that_it_sends_is_what_it_takes(self):
        values = {"name": 'a"<&>', "notes": "n", "description": "", "database_path": "D:/T", "delay": 33, "packet_id": 1,
                  "timecode": "0 38 10 17 0 0 0 4", "frames": 12867, "period": 32865, "ticks": 5553087}
        for kind in ("start", "stop", "complete", "timecode_start", "timecode_stop", "duration"):
            document = shogun_wire.read(shogun_wire.notification(kind, values))
            self.assertEqual(document.values["Name"], 'a"<&>', kind)
        self.assertEqual(document.values["Duration"], "12867 32865 5553087")

    def test_strictness(self):
        good = shogun_wire.notification("start", {"name": "a", "database_path": "D:/T", "delay": 0, "packet_id": 5})
        shogun_wire.read(good)
        for change, reason in ((good[:-1], "no NUL"), (good + b"x", "bytes after the NUL"), (good.replace(b"><Name", b"> <Name"), "white space"),
                               (good.replace(b'"5"', b'"0"'), "PacketID"), (good.replace(b'"5"', b'"2147483648"'), "PacketID"),
                               (good.replace(b' VALUE="a"', b' VALUE="a" X="1"'), "exactly the attribute"),
                               (good.replace(b"Delay", b"Later"), "unknown child"), (good.replace(b"UTF-8", b"utf-8"), "declaration"),
                               (good.replace(b'<Name VALUE="a"/>', b""), "no Name"), (good.replace(b"CaptureStart", b"Start"), "root"),
                               (good.replace(b"Notes VALUE=\"\"", b"Notes VALUE=\"" + b"n" * 1400 + b'"'), "larger")):
            with self.assertRaisesRegex(shogun_wire.Refused, reason):
                shogun_wire.read(change)

    def test_every_flavour_is_read_leniently_where_it_has_a_name(self):
        values = {"name": "dance", "notes": "n", "description": "d", "path": "D:/T", "delay": 33, "id": 7, "result": "SUCCESS", "timecode": "0 38 10 17 0 0 0 4"}
        for flavour, kinds in shogun_flavours.FLAVOURS.items():
            if flavour in ("xsens", "alias-roots", "optitrack-bare"):
                continue
            for kind in kinds:
                datagram = shogun_flavours.flavoured(flavour, kind, values)
                self.assertEqual(shogun_wire.read_leniently(datagram).values["Name"], "dance", (flavour, kind))
                with self.assertRaises(shogun_wire.Refused, msg=flavour):
                    shogun_wire.read(datagram)


class ShogunStage(unittest.TestCase):
    def trigger(self, stage, kind, name, packet, **more):
        values = {"name": name, "database_path": "D:/Other", "delay": 0, "packet_id": packet, **more}
        with peerlib.sending_socket("127.0.0.1") as sender:
            sender.sendto(shogun_wire.notification(kind, values), ("127.0.0.1", stage.port()))

    def test_broadcasts_go_out_on_every_path(self):
        with receiver() as ear:
            port = ear.getsockname()[1]
            with Started("shogun_stage.py", "--to", f"127.0.0.1:{port}@127.0.0.2", "--to", f"127.0.0.1:{port}@127.0.0.3",
                         "--packet-id", 33360) as stage:
                stage.ask("start", name="dance", database_path="D:/Jeremy/Susan/Captures/Take")
                heard = [ear.recvfrom(2000) for _ in range(2)]
                expected = (DECLARATION + b'<CaptureStart><Name VALUE="dance"/><Notes VALUE=""/><Description VALUE=""/>'
                            b'<DatabasePath VALUE="D:/Jeremy/Susan/Captures/Take"/><Delay VALUE="33"/><PacketID VALUE="33360"/></CaptureStart>\0')
                self.assertEqual([datagram for datagram, _ in heard], [expected, expected])
                self.assertEqual({sender[0] for _, sender in heard}, {"127.0.0.2", "127.0.0.3"})
                stage.ask("stop", database_path="D:/T", result="FAIL")
                self.assertEqual(ear.recv(2000), DECLARATION + b'<CaptureStop RESULT="FAIL"><Name VALUE="dance"/><DatabasePath VALUE="D:/T"/>'
                                 b'<Delay VALUE="33"/><PacketID VALUE="33361"/></CaptureStop>\0')

    def test_other_notifications_and_raw_bytes(self):
        with receiver() as ear, Started("shogun_stage.py", "--to", "127.0.0.1:%d" % ear.getsockname()[1], "--packet-id", 33364) as stage:
            stage.ask("timecode_start", name="slip", database_path="P")
            self.assertEqual(ear.recv(2000), DECLARATION + b'<CaptureStart><TimeCode VALUE="0 38 10 17 0 0 0 4"/><Name VALUE="slip"/><Notes VALUE=""/>'
                             b'<Description VALUE=""/><DatabasePath VALUE="P"/><PacketID VALUE="33364"/></CaptureStart>\0')
            stage.ask("timecode_stop", name="slip", database_path="P", timecode="0 46 27 15 0 0 0 4")
            self.assertEqual(ear.recv(2000), DECLARATION + b'<CaptureStop><TimeCode VALUE="0 46 27 15 0 0 0 4"/><Name VALUE="slip"/>'
                             b'<DatabasePath VALUE="P"/><PacketID VALUE="33365"/></CaptureStop>\0')
            stage.ask("duration", name="memorise", database_path="P", packet_id=33367)
            self.assertEqual(ear.recv(2000), DECLARATION + b'<CaptureStop><Duration FRAMES="12867" PERIOD="32865" TICKS="5553087"/>'
                             b'<Name VALUE="memorise"/><DatabasePath VALUE="P"/><PacketID VALUE="33367"/></CaptureStop>\0')
            stage.ask("raw", hex="00ff10")
            self.assertEqual(ear.recv(2000), b"\x00\xff\x10")
            stage.ask("template", text="<x {name} {id}>{a}\0", name="n", packet_id=9)
            self.assertEqual(ear.recv(2000), b"<x n 9>{a}\0")
            stage.ask("flavour", flavour="peel", kind="stop", name="n", packet_id=0)
            self.assertEqual(ear.recv(2000), b'<CaptureStop RESULT="SUCCESS"><Name VALUE="n"/><Delay VALUE="33"/><PacketID VALUE="0"/></CaptureStop>')

    def test_remote_start_and_stop_are_answered(self):
        with receiver() as ear, Started("shogun_stage.py", "--to", "127.0.0.1:%d" % ear.getsockname()[1]) as stage:
            self.trigger(stage, "start", "remote", 41)
            started = shogun_wire.read(ear.recv(2000))
            self.assertEqual((started.root, started.values["Name"], started.values["DatabasePath"]), ("CaptureStart", "remote", "D:/Other"))
            self.trigger(stage, "start", "remote", 41)
            stage.wait("ignored", reason="duplicate PacketID")
            self.trigger(stage, "start", "other", 42)
            stage.wait("ignored", reason="capturing")
            self.trigger(stage, "stop", "remote", 43)
            roots = [shogun_wire.read(ear.recv(2000)).root for _ in range(2)]
            self.assertEqual(roots, ["CaptureStop", "CaptureComplete"])
            self.trigger(stage, "start", "remote", 44)
            stage.wait("ignored", reason="existing name")
            stage.ask("set", overwrite=True)
            self.trigger(stage, "start", "remote", 45)
            self.assertEqual(shogun_wire.read(ear.recv(2000)).root, "CaptureStart")
            self.trigger(stage, "stop", "remote", 46, result="CANCEL")
            self.assertEqual(shogun_wire.read(ear.recv(2000)).result, "CANCEL")
            stage.ask("set", armed=False)
            self.trigger(stage, "start", "third", 47)
            stage.wait("ignored", reason="not armed")
            self.assertEqual(stage.ask("report")["complete"], 1)

    def test_broadcast_of_the_loopback_is_heard(self):
        with Started("shogun_stage.py", "--listen", "127.0.0.1,127.255.255.255") as stage:
            with peerlib.sending_socket("127.0.0.1") as sender:
                sender.sendto(b"<x", ("127.255.255.255", stage.port()))
            stage.wait("refused", hex="3c78")

    def test_storm_is_what_it_says(self):
        with receiver() as ear, Started("shogun_stage.py", "--to", "127.0.0.1:%d" % ear.getsockname()[1]) as stage:
            begun = stage.ask("storm", per_second=1000, seconds=0.4, copies=2, spread=3, sources=["127.0.0.1", "127.0.0.2"], packet_id=500)
            self.assertEqual(begun["documents"], 200)
            heard = [ear.recvfrom(2000) for _ in range(400)]
            said = stage.wait("storm")
            self.assertEqual((said["datagrams"], said["by_source"], said["last_packet_id"]), (400, {"127.0.0.1": 200, "127.0.0.2": 200}, 699))
            ids = [shogun_wire.read(datagram).packet_id for datagram, _ in heard]
            self.assertEqual(sorted(ids), sorted([*range(500, 700)] * 2))
            self.assertEqual(len({(one, sender[0]) for one, (_, sender) in zip(ids, heard)}), 400)


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
            answer = post(port, "/PANTILTCONTROL.CGI", "PanSingleMoveDegree=20&TiltSingleMoveDegree=5&PanTiltSingleMove=0")
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
            self.assertEqual(camera.ask("report")["presets"], {"0": ["home", 170, 45], "24": ["a b", 136, 46], "3": ["here", 136, 46]})
            post(port, path, "ClearPosition=24")
            for body, reason in (("PanTiltPresetPositionMove=24", "preset 24 is not set"), ("PanTiltPresetPositionMove=25", "PanTiltPresetPositionMove=25"),
                                 ("ClearPosition=0", "ClearPosition=0"), ("PanTiltSingleMove=9", "PanTiltSingleMove=9"), ("x=1", "no field that is known")):
                post(port, path, body)
                camera.wait("control", body=body + "\r\n\r\n", ignored=reason)

    def test_swing(self):
        with self.start("--dwell-ms", 1) as camera:
            post(camera.port(), "/PANTILTCONTROL.CGI", "PanTiltHorizontal=100&PanTiltVertical=40&SetName=p&SetPosition=1")
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
            self.assertEqual((data.count(b"\xff\xd8"), data.lower().count(b"content-length"), data.count(b"Date:")), (2, 0, 0))
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
            read = subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", url, "-frames:v", "3", "-f", "framemd5", "-"],
                                  capture_output=True, timeout=15)
            self.assertEqual((read.returncode, read.stderr), (0, b""))
            self.assertEqual(len({line.split(b",")[-1] for line in read.stdout.splitlines() if not line.startswith(b"#")}), 3)

    def test_comment_and_size_of_a_picture(self):
        picture = tiny_jpeg.encode(2, 1, lambda x, y: 255 * x, b"hello")
        self.assertIn(b"\xff\xfe\x00\x07hello", picture)
        self.assertIn(b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x10", picture)
        with self.start("--frame-bytes", 90_000) as camera:
            body = http(camera.port(), b"GET /IMAGE.JPG HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")[2]
            self.assertAlmostEqual(len(body), 90_000, delta=200)


class BrokenOnes(unittest.TestCase):
    def test_sender_sends_what_it_counts_and_the_same_again(self):
        with receiver() as ear, Started("broken_sender.py", "--to", "127.0.0.1:%d" % ear.getsockname()[1]) as sender:
            for kind in ("edgertronic", "shogun", "random", "mutated"):
                runs = []
                for _ in range(2):
                    before = len(sender.events("sent"))
                    sender.ask("send", kind=kind, count=60, seed=7)
                    runs.append([ear.recv(65536) for _ in range(60)])
                    while len(sender.events("sent")) == before:
                        time.sleep(0.001)
                self.assertEqual(runs[0], runs[1], kind)
                said = sender.wait("sent", kind=kind)
                self.assertEqual((said["count"], said["errors"], sum(said["by_what"].values())), (60, 0, 60))
                if kind != "mutated":
                    self.assertEqual(said["valid"], 0, kind)
                if kind == "edgertronic":
                    for datagram in runs[0]:
                        with self.assertRaises(edgertronic_wire.Refused):
                            edgertronic_wire.decode(datagram, 0x05AA9544)

    def test_camera_gives_every_answer_once_per_round(self):
        with Started("broken_camera.py", "--seconds", 0.05, "--drip-ms", 2, "--most", 100_000) as camera:
            count = int(camera.ready["answers"])
            for _ in range(count):
                http(camera.port(), b"GET /get_camstatus HTTP/1.0\r\n\r\n")
            report = camera.ask("report")
            self.assertEqual(report["by_what"], dict.fromkeys(broken_answers.ANSWERS, 1))
            self.assertEqual((report["connections"], report["open"]), (count, 0))

    def test_chosen_answers(self):
        with Started("broken_camera.py", "--only", "redirect to a file,length negative") as camera:
            both = {http(camera.port(), b"GET / HTTP/1.0\r\n\r\n") for _ in range(2)}
            self.assertEqual(both, {b"HTTP/1.0 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n",
                                    b"HTTP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n{}"})


class Manners(unittest.TestCase):
    PROGRAMS = (("edgertronic_camera.py", "--port", "0"), ("shogun_stage.py",), ("tv_ip400.py",), ("broken_sender.py",), ("broken_camera.py",))

    def test_end_by_signal_and_complaints(self):
        for program, *flags in self.PROGRAMS:
            with self.subTest(program), Started(program, *flags) as peer:
                peer.process.stdin.write(b'{"do": "what?"}\nno JSON\n')
                peer.process.stdin.flush()
                peer.wait("control_error", line="no JSON")
                self.assertIn("known are", peer.wait("control_error", line=json.dumps({"do": "what?"}))["reason"])
                began = time.monotonic()
                peer.process.send_signal(signal.SIGTERM)
                self.assertEqual(peer.process.wait(5), 0)
                self.assertLess(time.monotonic() - began, 1)


if __name__ == "__main__":
    unittest.main()
