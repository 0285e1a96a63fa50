"""The edgertronic trigger datagram, its configuration file and its file names, as a strict camera takes them."""
import configparser
import socket
import struct
from dataclasses import dataclass

GROUP, PORT, PAYLOAD = "224.1.1.1", 600, 0x05AA9544
NAME_LIMIT = 99  # bytes before the NUL


class Refused(Exception):
    """Why a datagram is no trigger."""


@dataclass
class Trigger:
    group: str = GROUP
    port: int = PORT
    payload: int = PAYLOAD


def encode(payload, name=None):
    """`name` as bytes, without its NUL; None for the datagram of four bytes."""
    return struct.pack(">I", payload) + (b"" if name is None else name + b"\0")


def decode(datagram, payload):
    """The name as bytes, None without one. Stricter than cameras may be: it judges what a sender puts on the wire."""
    expected = struct.pack(">I", payload)
    if len(datagram) < 4:
        raise Refused("short")
    if datagram[:4] != expected:
        if datagram[:4] == expected[::-1]:
            raise Refused("payload byte swapped")
        raise Refused("payload as text" if datagram[:2].lower() == b"0x" else "other payload")
    if len(datagram) == 4:
        return None
    name, nul, rest = datagram[4:].partition(b"\0")
    if not nul:
        raise Refused("name without NUL")
    if rest:
        raise Refused("bytes after the NUL")
    if not name:
        raise Refused("empty name")
    if len(name) > NAME_LIMIT:
        raise Refused("name too long")
    return name


def read_conf(path):
    """multicast-trigger.conf as a Trigger; None when there is none. Anything wrong in it (ValueError, configparser.Error)
    means that the whole file counts for nothing."""
    parser = configparser.RawConfigParser()
    if not parser.read(path):
        return None
    section = "multicast-trigger"
    trigger = Trigger(parser.get(section, "address"), int(parser.get(section, "port"), 0),
                      int(parser.get(section, "payload"), 0))
    try:
        first = socket.inet_aton(trigger.group)[0]
    except OSError:
        raise ValueError(f"{trigger.group!r} is no address") from None
    if not 224 <= first <= 239 or not 1 <= trigger.port <= 65535 or not 0 <= trigger.payload <= 0xFFFFFFFF:
        raise ValueError(f"out of range: {trigger}")
    return trigger


def expand(template, trigger_seconds, buffer):
    """&T and &b as the camera expands them; any other parameter stays as it is."""
    return template.replace("&T", str(trigger_seconds)).replace("&b", str(buffer))


def saved_paths(template, folder, trigger_seconds, buffer):
    """(video, metadata). A leading slash names the whole path, otherwise it goes into `folder`."""
    name = expand(template, trigger_seconds, buffer)
    base = name if name.startswith("/") else f"{folder}/{name}"
    return base + ".mov", base + ".txt"
