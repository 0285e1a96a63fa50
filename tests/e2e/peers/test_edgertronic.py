#!/usr/bin/python3
"""The edgertronic camera and its wire."""
import configparser
import pathlib
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
import edgertronic_wire  # noqa: E402
import peerlib  # noqa: E402
from peer_client import Started, get_json, http  # noqa: E402

PUBLISHED = bytes.fromhex("05aa9544626568696e645f686f6d655f706c6174655f696e6e696e675f315f70697463685f32375f265400")

class EdgertronicWire(unittest.TestCase):
    def test_worked_examples(self):
        for name, expected in ((None, "05aa9544"), (b"A", "05aa95444100"),
                               (b"pitch_27_&T", "05aa954470697463685f32375f265400"),
                               (b"x" * 99, "05aa9544" + "78" * 99 + "00"),
                               (b"behind_home_plate_inning_1_pitch_27_&T", PUBLISHED.hex())):
            datagram = edgertronic_wire.encode(0x05AA9544, name)
            self.assertEqual(datagram.hex(), expected)
            self.assertEqual(edgertronic_wire.decode(datagram, 0x05AA9544), name)

    def test_what_must_be_refused(self):
        for datagram, reason in (("44 95 aa 05", "payload byte swapped"), ("05 aa 95", "short"),
                                 ("05 aa 95 45", "other payload"),
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
        return Started("edgertronic_camera.py", "--port", "0", "--pretrigger-ms", 10, "--triggered-ms", 30,
                       "--save-ms", 30, *flags)

    @staticmethod
    def send(camera, datagram):
        with peerlib.sending_socket(multicast_interface="127.0.0.1") as sender:
            sender.sendto(datagram, ("224.1.1.1", camera.port()))

    def test_datagram_fires_and_is_saved_under_its_name(self):
        with self.start() as camera:
            camera.wait("state", to=6)
            self.send(camera, PUBLISHED)
            heard = camera.wait("datagram", ttl=32, verdict="accepted")
            self.assertTrue(heard["mono_ms"] - 5_000 < heard["arrived_ms"] <= heard["mono_ms"], heard)
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
                                 ("cut", lambda answer: answer.startswith(b"HTTP/1.1 200")
                                  and not answer.endswith(b"}")),
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


if __name__ == "__main__":
    unittest.main()
