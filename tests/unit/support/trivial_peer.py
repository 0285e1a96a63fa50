"""The least a peer may be: says ready, repeats what it is told, has a few moods."""
import json
import os
import sys
import time


def say(**fields):
    print(json.dumps({"mono_ms": time.monotonic() * 1000, **fields}), flush=True)


if "--never-ready" in sys.argv:
    print("no wish to", flush=True)
    sys.exit(3)
if "--mute" in sys.argv:
    sys.stdin.read()
    sys.exit(0)
print("ready port=4711 name=trivial", flush=True)
print("Traceback of something that is no JSON", flush=True)
say(event="values", text="a b", whole=7, part=0.5, yes=True, no=False, nothing=None, inner={"list": ["x", 2]})
for line in sys.stdin:
    wish = json.loads(line)
    if wish["do"] == "leave":
        os._exit(5)
    if wish["do"] == "halves":  # a line that comes in two parts is one line
        sys.stdout.write('{"event": "hal')
        sys.stdout.flush()
        time.sleep(0.05)
        sys.stdout.write('ves"}\n')
    if wish["do"] == "refuse":
        say(event="control_error", id=wish.get("id"), reason="out of mood")
    else:
        say(event="obeyed", id=wish.get("id"), do=wish["do"], arguments=sys.argv[1:])
