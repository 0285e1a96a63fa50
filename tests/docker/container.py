"""A container of an image that buildah made, run by runc as a service of compose.yaml says: user, read-only root, no
capability, seccomp, limits, secrets, folders. Two things differ: it is on this machine's own network, since its peers are, and
what a service calls a volume is a folder of the test."""
import json
import pathlib
import re
import subprocess
import time

import programs
from programs import ROOT

BUILDAH = ["buildah", "--storage-driver", "overlay"]
BYTES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def buildah(*arguments):
    return subprocess.run([*BUILDAH, *map(str, arguments)], check=True, capture_output=True, text=True).stdout.strip()


def size(text):
    return int(text[:-1]) * BYTES[text[-1]]


def seccomp(profile):
    """An engine's profile as the runtime's: what depends on the machine is decided."""
    architectures = [each["architecture"] for each in profile["archMap"]]
    fields = ("names", "action", "args")
    return {"defaultAction": profile["defaultAction"], "defaultErrnoRet": profile["defaultErrnoRet"], "architectures": architectures,
            "syscalls": [{key: rule[key] for key in fields if key in rule} for rule in profile["syscalls"]]}


class Image:
    def __init__(self, name):
        self.name = name
        self.config = json.loads(buildah("inspect", "--type", "image", name))["Docker"]["config"]


class Container:
    """`service` is one of a compose file. start() runs what the image or the service says; stop() as an engine does."""

    def __init__(self, name, image, service, folder, environment=(), arguments=None, secrets=None):
        self.name, self.folder = f"dualcam-{name}", pathlib.Path(folder) / name
        self.folder.mkdir()
        self.image = image
        self.working = buildah("from", "--pull-never", image.name)
        self.root = buildah("mount", self.working)
        self.state = ["runc", "--root", str(self.folder / "state")]
        given = dict(each.split("=", 1) for each in image.config.get("Env") or [])
        given |= {key: str(value) for key, value in service.get("environment", {}).items()} | dict(environment)
        command = arguments if arguments is not None else service.get("command", image.config.get("Cmd") or [])
        self.write_bundle(service, given, [*(image.config.get("Entrypoint") or []), *map(str, command)], secrets or {})

    def write_bundle(self, service, environment, command, secrets):
        subprocess.run(["runc", "spec"], cwd=self.folder, check=True)
        config = json.loads((self.folder / "config.json").read_text())
        config["root"] = {"path": self.root, "readonly": service["read_only"]}
        user, group = map(int, service["user"].split(":"))
        process = config["process"]
        nofile = min(service.get("ulimits", {}).get("nofile", {}).get("hard", 1024), 16384)
        process |= {"terminal": False, "args": command, "env": [f"{key}={value}" for key, value in environment.items()], "cwd": "/",
                    "user": {"uid": user, "gid": group}, "noNewPrivileges": "no-new-privileges:true" in service["security_opt"],
                    "rlimits": [{"type": "RLIMIT_NOFILE", "hard": nofile, "soft": nofile}]}
        assert service["cap_drop"] == ["ALL"] and "cap_add" not in service
        process["capabilities"] = {kind: [] for kind in ("bounding", "effective", "permitted", "inheritable", "ambient")}
        (profile,) = [each.split("=", 1)[1] for each in service["security_opt"] if each.startswith("seccomp=")]
        config["linux"]["seccomp"] = seccomp(json.loads((ROOT / "docker" / profile).read_text()))
        config["linux"]["namespaces"] = [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]
        config["linux"]["resources"] |= {"memory": {"limit": size(service["mem_limit"])}, "pids": {"limit": service.get("pids_limit", 128)}}
        for each in service.get("tmpfs", []):
            target, options = each.split(":", 1)
            config["mounts"].append({"destination": target, "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", *options.split(",")]})
        for each in service.get("volumes", []):
            name, target = each.split(":")[:2]
            volume = self.folder / name
            volume.mkdir()
            volume.chmod(0o777)
            config["mounts"].append(self.bind(volume, target, []))
        for name, source in secrets.items():
            config["mounts"].append(self.bind(source, f"/run/secrets/{name}", ["ro"]))
        (self.folder / "config.json").write_text(json.dumps(config))

    @staticmethod
    def bind(source, target, options):
        return {"destination": target, "type": "bind", "source": str(source), "options": ["rbind", "nosuid", "nodev", *options]}

    def start(self):
        self.log_path = self.folder / "log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([*self.state, "run", "--bundle", self.folder, self.name], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait(self, seconds=programs.PATIENCE_S):
        return self.process.wait(seconds)

    def execute(self, *arguments):
        return subprocess.run([*self.state, "exec", self.name, *arguments], capture_output=True, text=True)

    def healthy(self):
        """What the image's own health check says."""
        kind, *command = self.image.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.execute(*command).returncode == 0

    def processes(self):
        """Of /proc/PID/status, as seen from outside: of everything that runs in it."""
        pids = json.loads(subprocess.run([*self.state, "ps", "-f", "json", self.name], check=True, capture_output=True, text=True).stdout)
        texts = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in pids or []]
        return [dict(re.findall(r"^(\w+):\s*(.*)$", text, re.M)) for text in texts]

    def signal(self, name):
        subprocess.run([*self.state, "kill", self.name, name], check=True, capture_output=True)

    def stop(self):
        self.signal("TERM")
        return self.wait()

    def remove(self):
        if hasattr(self, "process") and self.process.poll() is None:
            subprocess.run([*self.state, "delete", "--force", self.name], capture_output=True)
            until = time.monotonic() + programs.PATIENCE_S
            while self.process.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
        subprocess.run([*BUILDAH, "rm", self.working], capture_output=True)
