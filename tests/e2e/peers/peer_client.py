"""The other side of the peers, for their own tests: starts one, keeps what it prints, and talks to it over sockets."""
import json
import pathlib
import re
import socket
import subprocess
import threading
import time

PATIENCE = 10


class Started:
    """A peer as a child process; as a context manager it is ended by the end of its input."""

    def __init__(self, program, *flags):
        path = pathlib.Path(__file__).parent / program
        self.process = subprocess.Popen(["/usr/bin/python3", "-B", "-W", "error", str(path), *map(str, flags)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lines, self.news, self.asked = [], threading.Condition(), 0
        first = self.process.stdout.readline().decode()
        assert first.startswith("ready "), first
        self.ready = dict(word.split("=", 1) for word in first.split()[1:])
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        self.process.stdout.close()
        assert code == 0, code
        assert not [line for line in self.lines if line["event"] == "peer_error"], self.lines

    def _read(self):
        for line in self.process.stdout:
            with self.news:
                self.lines.append(json.loads(line))
                self.news.notify_all()

    def port(self, name="port"):
        return int(self.ready[name])

    def wait(self, event, seconds=PATIENCE, **fields):
        """The first line of this event with these values."""
        def found():
            return next((line for line in self.lines if line["event"] == event
                         and all(line.get(key) == value for key, value in fields.items())), None)
        with self.news:
            assert self.news.wait_for(found, seconds), (event, fields, self.lines)
            return found()

    def events(self, event):
        with self.news:
            return [line for line in self.lines if line["event"] == event]

    def ask(self, do, **fields):
        self.asked += 1
        self.process.stdin.write((json.dumps({"do": do, "id": self.asked, **fields}) + "\n").encode())
        self.process.stdin.flush()
        answer = self.wait_any(id=self.asked)
        assert answer["event"] == "obeyed", answer
        return answer

    def wait_any(self, **fields):
        def found():
            return next((line for line in self.lines if all(line.get(key) == value for key, value in fields.items())),
                        None)
        with self.news:
            assert self.news.wait_for(found, PATIENCE), (fields, self.lines)
            return found()


def http(port, request):
    """The whole answer to these bytes, up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(request)
        return read_all(client)


def read_all(client):
    data = b""
    try:
        while piece := client.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def read_until(client, wanted, data=b""):
    """What comes until `wanted(data)` is true."""
    until = time.monotonic() + PATIENCE
    while not wanted(data):
        piece = client.recv(65536)
        assert piece and time.monotonic() < until, data[-400:]
        data += piece
    return data


def get_json(port, target):
    head, _, body = http(port, f"GET {target} HTTP/1.0\r\n\r\n".encode()).partition(b"\r\n\r\n")
    assert b" 200 " in head.partition(b"\r\n")[0], head
    return json.loads(body)


def post(port, path, body):
    """As the vendor's applet posts: the length counts the CRLF CRLF at the end."""
    head = f"POST {path} HTTP/1.0\r\nContent-length: {len(body) + 4}\r\nUser-Agent: user\r\n\r\n"
    return http(port, f"{head}{body}\r\n\r\n".encode())


def receiver(address="127.0.0.1"):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    one.bind((address, 0))
    one.settimeout(PATIENCE)
    return one


def frames(data):
    """The JPEGs of a stream, by their own marks."""
    return re.findall(rb"\xff\xd8.*?\xff\xd9", data, re.S)
