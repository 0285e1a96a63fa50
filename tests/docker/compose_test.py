"""docker/: the compose files, their secrets and what stands beside them. Without an engine: what the files say, that the programs
behind them take it, and the database's roles on a real PostgreSQL. Needs docker-compose, haproxy, shellcheck, PostgreSQL and the
built programs (DUALCAM_BIN)."""
import os
import pathlib
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import unittest

import yaml

import programs
from cluster import Cluster, postgres_programs
from programs import ROOT, Program

DOCKER = ROOT / "docker"
OVERRIDES = ("demo", "relay")
OURS = {"dualcamd", "dualcam-transcode", "dualcam"}
ONCE = {"migrate", "bucket"}  # they end


def compose(name="compose"):
    return yaml.safe_load((DOCKER / f"{name}.yaml").read_text())


def services():
    """Every service that is whole, of all files."""
    found = dict(compose()["services"])
    for name in OVERRIDES:
        found |= {key: value for key, value in compose(f"compose.{name}")["services"].items() if "image" in value}
    return found


def is_ours(service):
    return service["image"].split(":")[0] in OURS


def seconds(text):
    return int(text[:-1]) * {"s": 1, "m": 60}[text[-1]]


class TemporaryFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dualcam-compose-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def make_secrets(self):
        secrets = self.folder / "secrets"
        subprocess.run([DOCKER / "make-secrets", secrets], check=True)
        return secrets


class Files(unittest.TestCase):
    @unittest.skipUnless(shutil.which("docker-compose"), "docker-compose is not installed: package docker-compose")
    def test_files_are_valid_alone_and_with_each_other(self):
        for more in ([], ["demo"], ["relay"], ["demo", "relay"]):
            files = [word for name in ("compose", *(f"compose.{each}" for each in more)) for word in ("-f", f"{name}.yaml")]
            ran = subprocess.run(["docker-compose", *files, "config", "-q"], cwd=DOCKER, capture_output=True, text=True)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""), more)

    def test_every_container_is_contained(self):
        for name, service in services().items():
            with self.subTest(name):
                self.assertIs(service["read_only"], True)
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertNotIn("cap_add", service)
                self.assertNotIn("privileged", service)
                self.assertIn("no-new-privileges:true", service["security_opt"])
                self.assertIn("restart", service)
                self.assertIn("max-size", service["logging"]["options"])
                self.assertIn("mem_limit", service)
                if name not in ONCE:
                    for limit in ("cpus", "pids_limit", "stop_grace_period"):
                        self.assertIn(limit, service)
                if name not in ONCE | {"fleet"}:
                    self.assertIn("test", service["healthcheck"])
                if is_ours(service):
                    self.assertEqual(service["user"], "10001:10001")
                    self.assertIn("seccomp=./seccomp.json", service["security_opt"])
                else:
                    self.assertRegex(service["image"], r"^docker\.io/[a-z/]+:v?\d+\.\d+")

    def test_a_stop_is_longer_than_the_drain(self):
        for name, service in services().items():
            drain = service.get("environment", {}).get("DUALCAMD_DRAIN_TIMEOUT", "10s")
            if service["image"].startswith("dualcamd") and name not in ONCE:
                self.assertGreater(seconds(service["stop_grace_period"]), seconds(drain), name)

    def test_only_what_has_to_is_reachable(self):
        whole = compose()
        self.assertIs(whole["networks"]["back"]["internal"], True)
        outside = {name for name, service in whole["services"].items() if "front" in service["networks"]}
        self.assertEqual(outside, {"haproxy", "grafana"})
        for name, service in services().items():
            for port in service.get("ports", []):
                self.assertTrue(port.startswith("127.0.0.1:") or port in ("7700:7700", "5027:5027"), f"{name} opens {port}")

    def test_volumes_are_shared_by_nobody(self):
        named = [each.split(":")[0] for service in services().values() for each in service.get("volumes", []) if each[0] != "."]
        self.assertEqual(len(named), len(set(named)))

    def test_files_that_are_mounted_are_there(self):
        for service in compose()["services"].values():
            for each in service.get("volumes", []):
                if each.startswith("./"):
                    self.assertTrue((DOCKER / each.split(":")[0]).exists(), each)

    def test_the_balancer_is_the_one_that_is_believed(self):
        whole = compose()["services"]
        address = whole["haproxy"]["networks"]["back"]["ipv4_address"]
        for node in ("dualcamd-a", "dualcamd-b"):
            self.assertEqual(whole[node]["environment"]["DUALCAMD_PROXY_FROM"], address + "/32")

    @unittest.skipUnless(shutil.which("haproxy"), "haproxy is not installed: package haproxy")
    def test_the_balancer_takes_its_file(self):
        ran = subprocess.run(["haproxy", "-c", "-q", "-f", DOCKER / "haproxy/haproxy.cfg"], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        servers = re.findall(r"server \w (\S+):\d+", (DOCKER / "haproxy/haproxy.cfg").read_text())
        self.assertEqual(set(servers), {"dualcamd-a", "dualcamd-b"})

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed: package shellcheck")
    def test_scripts(self):
        subprocess.run(["shellcheck", DOCKER / "make-secrets", DOCKER / "postgres/roles.sh"], check=True)


@unittest.skipUnless(shutil.which("haproxy"), "haproxy is not installed: package haproxy")
class Balancer(TemporaryFolder):
    """The balancer's file in front of one real server; only addresses are others."""

    def test_cameras_trackers_and_pages_get_through(self):
        loopback = "127.0.0.1:0"
        server = Program("dualcamd", ["serve", "--data-dir", self.folder / "data", "--dualcam-listen", loopback, "--avl-listen", loopback,
                                      "--http-listen", loopback, "--proxy-from", "127.0.0.1/32"], self.folder)
        self.addCleanup(server.kill)
        at = server.ready()
        cameras, trackers, pages, health = programs.free_ports(4, socket.SOCK_STREAM)
        http_port = at["http"].split(":")[1]
        text = (DOCKER / "haproxy/haproxy.cfg").read_text()
        text = re.sub(r"(?m)^  server b .*\n", "", text)
        for name, value in {
            "dualcamd-a:7700": at["dualcam"], "dualcamd-a:5027": at["avl"], "dualcamd-a:8080": at["http"], "check port 8080": f"check port {http_port}",
            " resolvers engine init-addr libc,none": "", "bind :7700": f"bind 127.0.0.1:{cameras}", "bind :5027": f"bind 127.0.0.1:{trackers}",
            "bind :8080": f"bind 127.0.0.1:{pages}", "127.0.0.1:8405": f"127.0.0.1:{health}", "maxconn 60000": "maxconn 100",
        }.items():
            self.assertIn(name, text)
            text = text.replace(name, value)
        (self.folder / "haproxy.cfg").write_text(text)
        with open(self.folder / "haproxy.log", "wb") as log:
            balancer = subprocess.Popen(["haproxy", "-db", "-f", self.folder / "haproxy.cfg"], stdout=log, stderr=log)
        self.addCleanup(balancer.wait)
        self.addCleanup(balancer.kill)

        def answers():
            try:
                return programs.fetch(f"127.0.0.1:{health}", "/healthz") and programs.fetch(f"127.0.0.1:{pages}", "/healthz")
            except OSError:
                return False

        programs.eventually(answers, "the balancer")
        fleet = Program("dualcam", ["sim", "--server", f"127.0.0.1:{cameras}", "--avl", f"127.0.0.1:{trackers}", "--drive", 1, "--photos", 1,
                                    "--videos", 0, "--api", f"http://127.0.0.1:{pages}", "--quiet"], self.folder)
        self.addCleanup(fleet.kill)
        self.assertEqual(fleet.wait(), 0, fleet.log())
        self.assertEqual(programs.metrics(at["http"])["dualcamd_tracker_logins_total"], 1)


class Secrets(TemporaryFolder):
    def test_made_once_and_kept(self):
        secrets = self.make_secrets()
        before = {each.name: each.read_bytes() for each in secrets.iterdir()}
        self.make_secrets()
        self.assertEqual({each.name: each.read_bytes() for each in secrets.iterdir()}, before)

    def test_one_that_is_missing_is_made_of_the_others(self):
        secrets = self.make_secrets()
        before = (secrets / "catalog_url").read_text()
        (secrets / "catalog_url").unlink()
        self.make_secrets()
        self.assertEqual((secrets / "catalog_url").read_text(), before)

    def test_each_installation_has_its_own(self):
        first = (self.make_secrets() / "catalog_password").read_text()
        shutil.rmtree(self.folder / "secrets")
        self.assertNotEqual((self.make_secrets() / "catalog_password").read_text(), first)
        self.assertRegex(first, r"^[0-9a-f]{48}$")

    def test_who_may_read_them(self):
        secrets = self.make_secrets()
        self.assertEqual(stat.S_IMODE(secrets.stat().st_mode), 0o700)
        self.assertEqual({stat.S_IMODE(each.stat().st_mode) for each in secrets.iterdir()}, {0o444})

    def test_all_that_files_name_and_services_use(self):
        made = {each.name for each in self.make_secrets().iterdir()}
        defined = {}
        for name in ("compose", "compose.relay"):
            defined |= compose(name)["secrets"]
        for name, secret in defined.items():
            self.assertEqual(secret["file"], f"./secrets/{name}")
            self.assertIn(name, made)
        for name, service in services().items():
            self.assertLessEqual(set(service.get("secrets", [])), set(defined), name)
            text = str(service)
            for used in re.findall(r"/run/secrets/([\w.]+)", text):
                self.assertIn(used, service["secrets"], name)

    def test_the_programs_take_their_settings(self):
        secrets = self.make_secrets()
        for name, service in services().items():
            if not is_ours(service) or "environment" not in service:
                continue
            given = {key: str(value).replace("/run/secrets", str(secrets)) for key, value in service["environment"].items()}
            given.pop("DUALCAMD_RELAY", None)  # whoever uses it writes it
            ran = subprocess.run([programs.BINARIES / "dualcamd", "check-config"], env=os.environ | given, capture_output=True, text=True)
            self.assertEqual(ran.returncode, 0, f"{name}: {ran.stderr}")
            self.assertNotIn((secrets / "catalog_password").read_text(), ran.stdout)
            unknown = set(re.findall(r"unknown variable, (\w+)\.", ran.stderr + ran.stdout))
            self.assertFalse(unknown, name)


@unittest.skipUnless(postgres_programs(), "PostgreSQL is not installed: package postgresql")
class Roles(TemporaryFolder):
    """roles.sh on an empty cluster, as the image runs it; then the two roles do what they are for."""

    def setUp(self):
        super().setUp()
        self.cluster = Cluster(self.folder, self.make_secrets())
        self.addCleanup(self.cluster.stop)

    def test_the_owner_migrates_and_the_servers_serve(self):
        self.cluster.make_roles()
        migrate = [programs.BINARIES / "dualcamd", "migrate", "--data-dir", self.folder / "tmp", "--catalog"]
        refused = subprocess.run([*migrate, self.cluster.url("catalog_url")], capture_output=True, text=True)
        self.assertEqual(refused.returncode, 1, "the servers' role can change tables")
        done = subprocess.run([*migrate, self.cluster.url("catalog_owner_url")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        server = Program("dualcamd", ["serve", "--data-dir", self.folder / "data", "--catalog", self.cluster.url("catalog_url"), "--dualcam-listen",
                                      "127.0.0.1:0", "--avl-listen", "", "--http-listen", "127.0.0.1:0"], self.folder)
        self.addCleanup(server.kill)
        at = server.ready()
        self.assertIn('"ready":true', programs.fetch(at["http"], "/readyz"))
        self.assertEqual(server.terminate(), 0, server.log())


if __name__ == "__main__":
    unittest.main()
