"""The built programs for the tests here: starting, asking and ending them, on free ports of the loopback."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("DUALCAM_BIN", ROOT / "build/release/bin"))
# Of one step on a machine that is busy with other tests.
PATIENCE_S = 60


def eventually(condition, what):
    """The first true value of condition(); fails with `what` after PATIENCE_S."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} not within {PATIENCE_S} s")


def free_ports(count, kind):
    """Ports nobody has at this moment; for what has to be named in a file before the server chooses."""
    import socket

    sockets = [socket.socket(socket.AF_INET, kind) for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def relay_file(folder):
    """A relay with an endpoint of each kind, so that every part of the server runs."""
    import socket

    group, stage, link = free_ports(3, socket.SOCK_DGRAM)
    (text := pathlib.Path(folder) / "relay.toml").write_text(
        f'''
[[edgertronic]]
name = "field"
port = {group}
[[shogun]]
name = "stage"
address = "127.0.0.1"
port = {stage}
to = ["127.0.0.1:9"]
[[trendnet]]
name = "gate"
url = "http://127.0.0.1:9"
[[dualcam]]
name = "truck"
imei = "356307042441013"
[[mavlink]]
name = "air"
system = 1
link = [ {{ kind = "udp-server", address = "127.0.0.1", port = {link} }} ]
camera = [ {{ name = "pattern" }} ]
[[rule]]
name = "a shot takes the truck's"
when = {{ source = "field", kind = "trigger" }}
do = [ {{ target = "truck", verb = "capture", kind = "photo" }} ]
'''
    )
    return text


class Program:
    """A program with its output in a file; killed by its pid if the test leaves it."""

    def __init__(self, name, arguments, folder, prepare=None):
        self.log_path = pathlib.Path(tempfile.mkstemp(prefix=name + "-", suffix=".log", dir=folder)[1])
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [BINARIES / name, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=prepare
            )

    def log(self):
        return self.log_path.read_text(errors="replace")

    def ready(self):
        """The addresses of the `ready` line, by name."""

        def line():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}:\n{self.log()}")
            return re.search(r"^ready (.*)$", self.log(), re.M)

        return dict(each.split("=", 1) for each in eventually(line, "ready").group(1).split())

    def wait(self):
        return self.process.wait(PATIENCE_S)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def fetch(address, path):
    with urllib.request.urlopen(f"http://{address}{path}", timeout=PATIENCE_S) as answer:
        return answer.read().decode()


def metrics(address):
    """Series of /metrics, 'name{labels}' to value."""
    lines = (line.rsplit(" ", 1) for line in fetch(address, "/metrics").splitlines() if line and line[0] != "#")
    return {series: float(value) for series, value in lines}
