"""docker/seccomp.json, loaded as a container engine would, around the real programs: what they do works, what they have no
business with does not. Needs libseccomp.so.2 and the built programs (DUALCAM_BIN), no engine and no root."""
import ctypes
import errno
import json
import os
import platform
import signal
import socket
import subprocess
import tempfile
import unittest

import programs
from programs import ROOT, Program

LIBRARY = ctypes.CDLL("libseccomp.so.2", use_errno=True)
LIBRARY.seccomp_init.restype = ctypes.c_void_p
LIBC = ctypes.CDLL(None, use_errno=True)

# Of seccomp.h: they are the library's ABI.
ALLOW = 0x7FFF0000
OPERATORS = {"SCMP_CMP_EQ": 4, "SCMP_CMP_MASKED_EQ": 7}
NO_SUCH_CALL = -1
PR_SET_NO_NEW_PRIVS = 38


def errno_action(number):
    return 0x00050000 | number


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def comparison(rule):
    # Engines give a masked comparison as (mask, 0) when there is no second value.
    return Comparison(rule["index"], OPERATORS[rule["op"]], rule["value"], rule.get("valueTwo", 0))


def build_filter(profile):
    """A filter of the profile's rules for this machine's architecture."""
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    native = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}[platform.machine()]
    assert native in [each["architecture"] for each in profile["archMap"]]
    context = ctypes.c_void_p(LIBRARY.seccomp_init(errno_action(profile["defaultErrnoRet"])))
    for rule in profile["syscalls"]:
        assert rule["action"] == "SCMP_ACT_ALLOW", rule
        conditions = [comparison(each) for each in rule.get("args", [])]
        for name in rule["names"]:
            number = LIBRARY.seccomp_syscall_resolve_name(name.encode())
            assert number != NO_SUCH_CALL, f"{name} is no system call"
            if number < 0:  # not on this architecture
                continue
            array = (Comparison * len(conditions))(*conditions)
            added = LIBRARY.seccomp_rule_add_array(context, ALLOW, number, len(conditions), array)
            assert added == 0, f"{name}: {os.strerror(-added)}"
    return context


PROFILE = json.loads((ROOT / "docker/seccomp.json").read_text())
FILTER = build_filter(PROFILE)


def enter():
    """In the child, before execve: as an engine does with no-new-privileges."""
    if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or LIBRARY.seccomp_load(FILTER) != 0:
        os._exit(99)


def in_child(call):
    """The errno that `call` sets under the profile, 0 when it succeeds."""
    child = os.fork()
    if child == 0:
        enter()
        ctypes.set_errno(0)
        os._exit(ctypes.get_errno() if call() < 0 else 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Refused(unittest.TestCase):
    def refused(self, name, *arguments):
        number = LIBRARY.seccomp_syscall_resolve_name(name.encode())
        self.assertEqual(in_child(lambda: LIBC.syscall(number, *arguments)), errno.ENOSYS, name)

    def test_ways_out_of_a_container(self):
        for name in ("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "ptrace", "process_vm_readv", "bpf",
                     "keyctl", "add_key", "io_uring_setup", "perf_event_open", "userfaultfd", "init_module", "kexec_load",
                     "open_by_handle_at", "personality", "reboot", "swapon", "settimeofday", "clone3", "memfd_create"):
            self.refused(name, 0, 0, 0, 0, 0, 0)

    def test_namespaces_by_clone(self):
        for flag in (0x00020000, 0x10000000, 0x20000000, 0x40000000):  # NEWNS, NEWUSER, NEWPID, NEWNET
            self.refused("clone", flag | signal.SIGCHLD, 0, 0, 0, 0)

    def test_raw_packets(self):
        for family in (17, 38, 40):  # AF_PACKET, AF_ALG, AF_VSOCK
            self.refused("socket", family, socket.SOCK_RAW, 0)

    def test_landlock_is_as_it_is_without(self):
        """A job goes on where the kernel has none, so that nobody would notice."""
        number = LIBRARY.seccomp_syscall_resolve_name(b"landlock_create_ruleset")

        def ask_version():
            return LIBC.syscall(number, None, 0, 1)

        ctypes.set_errno(0)
        without = ctypes.get_errno() if ask_version() < 0 else 0
        self.assertEqual(in_child(ask_version), without)


class Works(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dualcam-seccomp-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, name, *arguments):
        program = Program(name, arguments, self.folder, enter)
        self.addCleanup(program.kill)
        return program

    def certificate(self):
        key, chain = f"{self.folder}/key.pem", f"{self.folder}/chain.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                        key, "-out", chain, "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
        return ["--tls-cert", chain, "--tls-key", key]

    def sim(self, http, imei, *arguments):
        fleet = self.start("dualcam", "sim", "--photos", 1, "--videos", 1, "--imei-base", imei, "--api", f"http://{http}", "--quiet",
                           "--time-limit", programs.PATIENCE_S, *arguments)
        self.assertEqual(fleet.wait(), 0, fleet.log())

    def test_a_fleet_is_received_and_shown(self):
        data, loopback = f"{self.folder}/data", "127.0.0.1:0"
        catalog = ["--catalog", f"sqlite:{data}/catalog.db", "--objects", f"file:{data}/objects"]
        server = self.start("dualcamd", "serve", "--data-dir", data, *catalog, "--transcode-jobs", 0, "--dualcam-listen", loopback,
                            "--dualcam-tls-listen", loopback, "--avl-listen", loopback, "--avl-tls-listen", loopback,
                            "--avl-udp-listen", loopback, "--http-listen", loopback, *self.certificate(), "--relay",
                            programs.relay_file(self.folder), "--sos-clip", "front")
        at = server.ready()
        worker = self.start("dualcam-transcode", "--data-dir", f"{self.folder}/work", *catalog, "--http-listen", loopback)
        worker_at = worker.ready()

        self.sim(at["http"], "356307042441013", "--server", at["dualcam"], "--cameras", 2, "--faults", "corrupt,split,join")
        self.sim(at["http"], "356307042441039", "--server", at["dualcam-tls"], "--tls", "--tls-insecure", "--avl", at["avl-tls"],
                 "--avl-tls", "--drive", 2, "--sos", 1)
        server.process.send_signal(signal.SIGHUP)  # certificates again

        def shown():
            now = programs.metrics(worker_at["http"])
            # Given back are those that met trouble of the machine, such as a busy catalog.
            self.assertFalse([each for each in now if 'end="failed"' in each or 'end="lost"' in each], worker.log())
            return now.get('dualcamd_transcode_jobs_total{end="done",task="playback"}', 0) >= 3

        programs.eventually(shown, "videos made playable")
        healthy = self.start("dualcamd", "healthy", "--ready", "--http-listen", at["http"])
        self.assertEqual(healthy.wait(), 0, healthy.log())
        self.assertNotIn("Function not implemented", server.log() + worker.log())
        self.assertEqual(worker.terminate(), 0, worker.log())
        self.assertEqual(server.terminate(), 0, server.log())


if __name__ == "__main__":
    unittest.main()
