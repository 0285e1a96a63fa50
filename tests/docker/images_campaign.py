"""The three images, built from docker/Dockerfile and run as compose.yaml contains them: two servers, a transcoder and the tool,
beside a real PostgreSQL, a real S3 store and a real NATS. Cameras deliver, every file comes back byte for byte and has its event, a clip
is made playable, and nothing in the containers may do more than it needs. Without an engine: buildah builds, runc runs.

Needs root, buildah, runc, mmdebstrap, Debian's archive, ffmpeg, and what CONTRIBUTING.md names for PostgreSQL and Ceph. The base
image is made by mmdebstrap, unless DUALCAM_BASE_IMAGE names one; DUALCAM_IMAGES=PREFIX takes images that are there already."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request

import yaml

import programs
from cluster import Cluster
from container import Container, Image, buildah
from programs import ROOT

SERVICES = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())["services"]
FLEET = yaml.safe_load((ROOT / "docker/compose.demo.yaml").read_text())["services"]["fleet"]
TARGETS = ("server", "transcode", "tool")
PACKAGES = {"server": "dualcamd", "transcode": "dualcam-transcode", "tool": "dualcam-tools"}
PREFIX = os.environ.get("DUALCAM_IMAGES")


def say(text):
    print(text, file=sys.stderr, flush=True)


def make_base(folder):
    """Debian 12 and nothing else, as debian:bookworm-slim."""
    say("a base image …")
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", "bookworm", folder / "base.tar"], check=True)
    working = buildah("from", "scratch")
    buildah("add", working, folder / "base.tar", "/")
    buildah("commit", "--rm", working, "localhost/dualcam-campaign-base")
    return "localhost/dualcam-campaign-base"


def build_images(prefix):
    with tempfile.TemporaryDirectory(prefix="dualcam-images-", dir="/var/tmp") as folder:
        folder = pathlib.Path(folder)
        base = os.environ.get("DUALCAM_BASE_IMAGE") or make_base(folder)
        # As a release is built: what is committed, nothing else.
        subprocess.run(["git", "clone", "--quiet", ROOT, folder / "source"], check=True)
        for target in TARGETS:
            say(f"image {target} …")
            with open(folder / f"{target}.log", "wb") as log:
                ran = subprocess.run(
                    ["buildah", "--storage-driver", "overlay", "bud", "--isolation", "chroot", "--format", "docker", "--network", "host", "--pull-never",
                     "--layers", "--build-arg", f"DEBIAN={base}", "-f", "docker/Dockerfile", "--target", target, "-t", f"{prefix}{target}", "."],
                    cwd=folder / "source", stdout=log, stderr=log)
            if ran.returncode != 0:
                raise AssertionError((folder / f"{target}.log").read_text(errors="replace")[-4000:])


class Store:
    """tests' Ceph with one bucket."""

    def __init__(self, bucket):
        self.process = subprocess.Popen([programs.BINARIES / "test_s3_store", bucket], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = [self.process.stdout.readline().strip().split("=", 1) for _ in range(4)]
        assert all(len(each) == 2 for each in said), "the S3 store did not start"
        self.said = dict(said)

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=programs.PATIENCE_S)


class Nats:
    """nats-server with JetStream, as the compose file has it. Asked by its monitor."""

    def __init__(self, folder):
        port, self.monitor = programs.free_ports(2, socket.SOCK_STREAM)
        self.address = f"nats://127.0.0.1:{port}"
        self.process = subprocess.Popen(["nats-server", "-a", "127.0.0.1", "-p", str(port), "-m", str(self.monitor), "-js", "-sd", folder],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def messages(self):
        return json.loads(programs.fetch(f"127.0.0.1:{self.monitor}", "/jsz")).get("messages", 0)

    def stop(self):
        self.process.terminate()
        self.process.wait(programs.PATIENCE_S)


class Images(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = PREFIX or "localhost/dualcam-campaign-"
        if not PREFIX:
            build_images(cls.prefix)
        cls.images = {target: Image(cls.prefix + target) for target in TARGETS}

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dualcam-images-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        self.secrets = self.folder / "secrets"
        subprocess.run([ROOT / "docker/make-secrets", self.secrets], check=True)

    def start_peers(self):
        (database := self.folder / "database").mkdir()
        self.cluster = Cluster(database, self.secrets)
        self.addCleanup(self.cluster.stop)
        self.cluster.make_roles()
        self.nats = Nats(self.folder / "nats")
        self.addCleanup(self.nats.stop)
        store = Store("dualcam")
        self.addCleanup(store.stop)
        self.given = self.folder / "given"
        self.given.mkdir()
        self.give("catalog_url", self.cluster.url("catalog_url"))
        self.give("catalog_owner_url", self.cluster.url("catalog_owner_url"))
        self.give("s3_credentials", f"[default]\naws_access_key_id = {store.said['DUALCAMD_S3_ACCESS_KEY']}\n"
                                    f"aws_secret_access_key = {store.said['DUALCAMD_S3_SECRET']}")
        plain, query = store.said["DUALCAMD_OBJECTS"].split("?", 1)
        self.objects = f"{plain.rstrip('/')}/fleet?{query}&credentials=/run/secrets/s3_credentials"

    def give(self, name, text):
        path = self.given / name
        path.write_text(text + "\n")
        path.chmod(0o444)

    def container(self, name, target, service, **more):
        secrets = {each: self.given / each for each in service.get("secrets", [])}
        made = Container(name, self.images[target], service, self.folder, secrets=secrets, **more)
        self.addCleanup(made.remove)
        return made.start()

    def serve(self, name):
        cameras, trackers, page = (f"127.0.0.1:{port}" for port in programs.free_ports(3, socket.SOCK_STREAM))
        events = SERVICES[f"dualcamd-{name}"]["environment"]["DUALCAMD_EVENTS"].replace("nats://nats:4222", self.nats.address)
        environment = {"DUALCAMD_OBJECTS": self.objects, "DUALCAMD_EVENTS": events, "DUALCAMD_DUALCAM_LISTEN": cameras, "DUALCAMD_AVL_LISTEN": trackers,
                       "DUALCAMD_HTTP_LISTEN": page}
        made = self.container(name, "server", SERVICES[f"dualcamd-{name}"], environment=environment)
        made.cameras, made.trackers, made.page = cameras, trackers, page
        return made

    def until_healthy(self, container, service):
        command = service["healthcheck"]["test"][1:]
        healthy = lambda: container.process.poll() is not None or container.execute(*command).returncode == 0
        programs.eventually(healthy, f"{container.name} healthy")
        self.assertIsNone(container.process.poll(), container.log())
        self.assertTrue(container.healthy(), "the image's own check")

    def test_cameras_deliver_to_contained_servers(self):
        self.start_peers()
        migrate = self.container("migrate", "server", SERVICES["migrate"])
        self.assertEqual(migrate.wait(), 0, migrate.log())
        (page,) = programs.free_ports(1, socket.SOCK_STREAM)
        servers = [self.serve("a"), self.serve("b")]
        transcode = self.container("transcode", "transcode", SERVICES["transcode"],
                                   environment={"DUALCAMD_OBJECTS": self.objects, "DUALCAMD_HTTP_LISTEN": f"127.0.0.1:{page}"})
        for each in servers:
            self.until_healthy(each, SERVICES["dualcamd-a"])
        self.until_healthy(transcode, SERVICES["transcode"])

        say("cameras …")
        fleet = self.container("fleet", "tool", FLEET, arguments=[
            "sim", "--server", servers[0].cameras, "--avl", servers[0].trackers, "--drive", "1", "--api", f"http://{servers[1].page}", "--cameras", "8",
            "--photos", "2", "--videos", "1", "--dialect", "mixed", "--faults", "all", "--time-limit", "300", "--json"])
        self.assertEqual(fleet.wait(320), 0, fleet.log())
        # Pictures and sound, so that there is something to make playable: ffmpeg is none of the images' business.
        clips = subprocess.run([programs.BINARIES / "dualcam", "sim", "--server", servers[1].cameras, "--api", f"http://{servers[0].page}", "--media", "ffmpeg",
                                "--imei-base", "356307042442011", "--photos", "1", "--videos", "1", "--time-limit", "300", "--json"],
                               capture_output=True, text=True)
        self.assertEqual(clips.returncode, 0, clips.stdout + clips.stderr)

        say("shown …")
        shown = programs.eventually(lambda: self.playable(servers[0].page, "356307042442011"), "a clip that plays")
        self.assertTrue(shown["thumbnail"].startswith(b"\xff\xd8\xff"))
        self.assertEqual(self.streams(shown["playback"]), {"video": "h264", "audio": "aac"})
        stored = sum(len(json.loads(programs.fetch(servers[0].page, f"/api/v1/media?kind={kind}&limit=200"))["items"]) for kind in ("photo", "video"))
        self.assertGreaterEqual(stored, 8 * 3 + 2)
        programs.eventually(lambda: self.nats.messages() >= stored, "an event of each file in the stream")
        self.contained([*servers, transcode])
        for each in [*servers, transcode]:
            self.assertEqual(each.stop(), 0, each.log())
            self.assertNotRegex(each.log(), r'"level":"(error|critical)"')

    def playable(self, page, imei):
        items = json.loads(programs.fetch(page, f"/api/v1/media?imei={imei}&kind=video"))["items"]
        ready = [each for each in items if each["playback"]["state"] == "ready" and each["thumbnail"]["state"] == "ready"]
        if not ready:
            return None
        return {what: urllib.request.urlopen(f"http://{page}/api/v1/media/{ready[0]['id']}/{what}", timeout=programs.PATIENCE_S).read()
                for what in ("playback", "thumbnail")}

    def streams(self, content):
        path = self.folder / "shown.mp4"
        path.write_bytes(content)
        said = subprocess.run(["ffprobe", "-v", "error", "-show_streams", "-of", "json", path], check=True, capture_output=True, text=True).stdout
        return {each["codec_type"]: each["codec_name"] for each in json.loads(said)["streams"]}

    def contained(self, containers):
        for container in containers:
            with self.subTest(container.name):
                processes = container.processes()
                self.assertTrue(processes)
                for status in processes:
                    self.assertEqual({int(status[each], 16) for each in ("CapEff", "CapPrm", "CapBnd", "CapAmb")}, {0})
                    self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
                    self.assertEqual(set(status["Uid"].split()), {"10001"})
                written = container.execute("/usr/bin/touch", "/etc/written")
                self.assertNotEqual(written.returncode, 0)
                self.assertIn("Read-only file system", written.stderr)

    def test_the_server_holds_nothing_that_reads_media(self):
        root = pathlib.Path(buildah("mount", working := buildah("from", "--pull-never", self.prefix + "server")))
        self.addCleanup(buildah, "rm", working)
        self.assertEqual([*root.glob("usr/lib/*/libav*"), *root.glob("usr/bin/ff*")], [])

    def test_every_image_lists_what_it_holds(self):
        for target in TARGETS:
            with self.subTest(target):
                root = pathlib.Path(buildah("mount", working := buildah("from", "--pull-never", self.prefix + target)))
                self.addCleanup(buildah, "rm", working)
                listed = json.loads((root / f"usr/share/sbom/{PACKAGES[target]}.spdx.json").read_text())
                names = {each["name"] for each in listed["packages"]}
                installed = set(re.findall(r"^Package: (.*)$", (root / "var/lib/dpkg/status").read_text(), re.M))
                self.assertLessEqual(installed, names)
                self.assertIn(PACKAGES[target], names)
                self.assertEqual([*root.glob("packages/*"), *root.glob("var/lib/apt/lists/*")], [])


if __name__ == "__main__":
    unittest.main()
