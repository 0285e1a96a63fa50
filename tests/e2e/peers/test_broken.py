#!/usr/bin/python3
"""The two that are wrong on purpose."""
import sys
import time
import unittest

sys.dont_write_bytecode = True
import broken_camera  # noqa: E402
import edgertronic_wire  # noqa: E402
from peer_client import Started, http, receiver  # noqa: E402


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
            self.assertEqual(report["by_what"], dict.fromkeys(broken_camera.ALL, 1))
            self.assertEqual((report["connections"], report["open"]), (count, 0))

    def test_chosen_answers(self):
        with Started("broken_camera.py", "--only", "redirect to a file,length negative") as camera:
            both = {http(camera.port(), b"GET / HTTP/1.0\r\n\r\n") for _ in range(2)}
            self.assertEqual(both, {b"HTTP/1.0 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n",
                                    b"HTTP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n{}"})


if __name__ == "__main__":
    unittest.main()
