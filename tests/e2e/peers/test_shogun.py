#!/usr/bin/python3
"""The Shogun stage, its wire and its kin."""
import sys
import unittest

sys.dont_write_bytecode = True
import peerlib  # noqa: E402
import shogun_flavours  # noqa: E402
import shogun_wire  # noqa: E402
from peer_client import Started, receiver  # noqa: E402

DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="no"?>'

class ShogunWire(unittest.TestCase):
    def test_published_packet(self):
        datagram = shogun_wire.notification("complete", {"name": "dance", "database_path": "D:/T", "packet_id": 33362})
        self.assertEqual(len(datagram), 164)
        self.assertEqual(datagram, DECLARATION + b'<CaptureComplete><Name VALUE="dance"/><DatabasePath VALUE="D:/T"/>'
                         b'<PacketID VALUE="33362"/></CaptureComplete>\0')

    def test_all_that_it_sends_is_what_it_takes(self):
        values = {"name": 'a"<&>', "notes": "n", "description": "", "database_path": "D:/T", "delay": 33,
                  "packet_id": 1,
                  "timecode": "0 38 10 17 0 0 0 4", "frames": 12867, "period": 32865, "ticks": 5553087}
        for kind in ("start", "stop", "complete", "timecode_start", "timecode_stop", "duration"):
            document = shogun_wire.read(shogun_wire.notification(kind, values))
            self.assertEqual(document.values["Name"], 'a"<&>', kind)
        self.assertEqual(document.values["Duration"], "12867 32865 5553087")

    def test_strictness(self):
        good = shogun_wire.notification("start", {"name": "a", "database_path": "D:/T", "delay": 0, "packet_id": 5})
        shogun_wire.read(good)
        for change, reason in ((good[:-1], "no NUL"), (good + b"x", "bytes after the NUL"),
                               (good.replace(b"><Name", b"> <Name"), "white space"),
                               (good.replace(b'"5"', b'"0"'), "PacketID"),
                               (good.replace(b'"5"', b'"2147483648"'), "PacketID"),
                               (good.replace(b' VALUE="a"', b' VALUE="a" X="1"'), "exactly the attribute"),
                               (good.replace(b"Delay", b"Later"), "unknown child"),
                               (good.replace(b"UTF-8", b"utf-8"), "declaration"),
                               (good.replace(b'<Name VALUE="a"/>', b""), "no Name"),
                               (good.replace(b"CaptureStart", b"Start"), "root"),
                               (good.replace(b"Notes VALUE=\"\"", b"Notes VALUE=\"" + b"n" * 1400 + b'"'), "larger")):
            with self.assertRaisesRegex(shogun_wire.Refused, reason):
                shogun_wire.read(change)

    def test_every_flavour_is_read_leniently_where_it_has_a_name(self):
        values = {"name": "dance", "notes": "n", "description": "d", "path": "D:/T", "delay": 33, "id": 7,
                  "result": "SUCCESS", "timecode": "0 38 10 17 0 0 0 4"}
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
            with Started("shogun_stage.py", "--to", f"127.0.0.1:{port}@127.0.0.2", "--to",
                         f"127.0.0.1:{port}@127.0.0.3",
                         "--packet-id", 33360) as stage:
                stage.ask("start", name="dance", database_path="D:/Jeremy/Susan/Captures/Take")
                heard = [ear.recvfrom(2000) for _ in range(2)]
                expected = (DECLARATION + b'<CaptureStart><Name VALUE="dance"/><Notes VALUE=""/><Description VALUE=""/>'
                            b'<DatabasePath VALUE="D:/Jeremy/Susan/Captures/Take"/><Delay VALUE="33"/><PacketID VALUE="33360"/></CaptureStart>\0')
                self.assertEqual([datagram for datagram, _ in heard], [expected, expected])
                self.assertEqual({sender[0] for _, sender in heard}, {"127.0.0.2", "127.0.0.3"})
                stage.ask("stop", database_path="D:/T", result="FAIL")
                self.assertEqual(ear.recv(2000), DECLARATION
                                 + b'<CaptureStop RESULT="FAIL"><Name VALUE="dance"/><DatabasePath VALUE="D:/T"/>'
                                 b'<Delay VALUE="33"/><PacketID VALUE="33361"/></CaptureStop>\0')

    def test_other_notifications_and_raw_bytes(self):
        with receiver() as ear, Started("shogun_stage.py", "--to", "127.0.0.1:%d" % ear.getsockname()[1],
                                        "--packet-id", 33364) as stage:
            stage.ask("timecode_start", name="slip", database_path="P")
            self.assertEqual(ear.recv(2000), DECLARATION
                             + b'<CaptureStart><TimeCode VALUE="0 38 10 17 0 0 0 4"/><Name VALUE="slip"/><Notes VALUE=""/>'
                             b'<Description VALUE=""/><DatabasePath VALUE="P"/><PacketID VALUE="33364"/></CaptureStart>\0')
            stage.ask("timecode_stop", name="slip", database_path="P", timecode="0 46 27 15 0 0 0 4")
            self.assertEqual(ear.recv(2000), DECLARATION
                             + b'<CaptureStop><TimeCode VALUE="0 46 27 15 0 0 0 4"/><Name VALUE="slip"/>'
                             b'<DatabasePath VALUE="P"/><PacketID VALUE="33365"/></CaptureStop>\0')
            stage.ask("duration", name="memorise", database_path="P", packet_id=33367)
            self.assertEqual(ear.recv(2000), DECLARATION
                             + b'<CaptureStop><Duration FRAMES="12867" PERIOD="32865" TICKS="5553087"/>'
                             b'<Name VALUE="memorise"/><DatabasePath VALUE="P"/><PacketID VALUE="33367"/></CaptureStop>\0')
            stage.ask("raw", hex="00ff10")
            self.assertEqual(ear.recv(2000), b"\x00\xff\x10")
            stage.ask("template", text="<x {name} {id}>{a}\0", name="n", packet_id=9)
            self.assertEqual(ear.recv(2000), b"<x n 9>{a}\0")
            stage.ask("flavour", flavour="peel", kind="stop", name="n", packet_id=0)
            self.assertEqual(ear.recv(2000),
                             b'<CaptureStop RESULT="SUCCESS"><Name VALUE="n"/><Delay VALUE="33"/><PacketID VALUE="0"/></CaptureStop>')

    def test_remote_start_and_stop_are_answered(self):
        with receiver() as ear, Started("shogun_stage.py", "--to", "127.0.0.1:%d" % ear.getsockname()[1]) as stage:
            self.trigger(stage, "start", "remote", 41)
            started = shogun_wire.read(ear.recv(2000))
            self.assertEqual((started.root, started.values["Name"], started.values["DatabasePath"]),
                             ("CaptureStart", "remote", "D:/Other"))
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
            begun = stage.ask("storm", per_second=1000, seconds=0.4, copies=2, spread=3,
                              sources=["127.0.0.1", "127.0.0.2"], packet_id=500)
            self.assertEqual(begun["documents"], 200)
            heard = [ear.recvfrom(2000) for _ in range(400)]
            said = stage.wait("storm")
            self.assertEqual((said["datagrams"], said["by_source"], said["last_packet_id"]),
                             (400, {"127.0.0.1": 200, "127.0.0.2": 200}, 699))
            ids = [shogun_wire.read(datagram).packet_id for datagram, _ in heard]
            self.assertEqual(sorted(ids), sorted([*range(500, 700)] * 2))
            self.assertEqual(len({(one, sender[0]) for one, (_, sender) in zip(ids, heard)}), 400)


if __name__ == "__main__":
    unittest.main()
