"""A PostgreSQL of its own, as compose.yaml's: an empty cluster, fsync on, passwords by TCP, made ready by roles.sh."""
import os
import pathlib
import pwd
import signal
import socket
import subprocess

import programs
from programs import ROOT


def postgres_programs():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class Cluster:
    """Below `folder`, with the secrets that make-secrets made in `secrets`. stop() ends it."""

    def __init__(self, folder, secrets):
        self.folder, self.secrets = folder, secrets
        # A database does not run as root.
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for each in (folder, secrets):
            os.chown(each, self.user.pw_uid, self.user.pw_gid)
        (self.port,) = programs.free_ports(1, socket.SOCK_STREAM)
        self._run(postgres_programs() / "initdb", "-D", folder / "cluster", "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256")
        self.server = subprocess.Popen(
            [postgres_programs() / "postgres", "-D", folder / "cluster", "-k", folder, "-p", str(self.port), "-h", "127.0.0.1", "-c", "fsync=on"],
            preexec_fn=self._become, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.environment = os.environ | {"PGHOST": str(folder), "PGPORT": str(self.port), "POSTGRES_USER": "postgres", "SECRETS": str(secrets)}
        programs.eventually(lambda: subprocess.run(["pg_isready", "-q"], env=self.environment).returncode == 0, "PostgreSQL")

    def make_roles(self):
        subprocess.run([ROOT / "docker/postgres/roles.sh"], env=self.environment, check=True, capture_output=True)

    def url(self, name):
        """The address in that secret, with this machine for the host of the compose file."""
        return (self.secrets / name).read_text().strip().replace("@postgres/", f"@127.0.0.1:{self.port}/")

    def stop(self):
        self.server.send_signal(signal.SIGINT)
        self.server.wait(programs.PATIENCE_S)

    def _become(self):
        if os.geteuid() == 0:
            os.setgid(self.user.pw_gid)
            os.setuid(self.user.pw_uid)

    def _run(self, *arguments):
        subprocess.run([*map(str, arguments)], check=True, preexec_fn=self._become, capture_output=True)
