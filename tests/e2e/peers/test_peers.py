#!/usr/bin/python3
"""The peers held to the wires: all tests of this folder, and what every peer must do."""
import json
import pathlib
import signal
import sys
import time
import unittest

sys.dont_write_bytecode = True
from peer_client import Started  # noqa: E402


class Manners(unittest.TestCase):
    PROGRAMS = (("edgertronic_camera.py", "--port", "0"), ("shogun_stage.py",), ("tv_ip400.py",),
                ("broken_sender.py",), ("broken_camera.py",))

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
    folder = str(pathlib.Path(__file__).parent)
    unittest.main(module=None, argv=[sys.argv[0], "discover", "-s", folder, "-p", "test_*.py", *sys.argv[1:]])
