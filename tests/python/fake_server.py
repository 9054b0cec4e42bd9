"""A language server that behaves as its first argument says; the second is a directory for what outlives it.

A hover says the word that stands there. `log` in the directory gets a line for each process and each hover. What
`as-told` means says a file `mode` in the directory.
"""

import fcntl
import json
import os
import re
import select
import subprocess
import sys
import time

MODE, STATE = sys.argv[1], sys.argv[2]
out, inp = sys.stdout.buffer, open(0, "rb", buffering=0)
texts, held, waiting, wanted = {}, [], [], set()
hovers = 0


def state(name):
    return os.path.join(STATE, name)


if MODE == "as-told":
    with open(state("mode")) as told:
        MODE = told.read()


def log(line):
    with open(state("log"), "a") as file:
        file.write(line + "\n")


def once(name):
    """Whether this is the first time, over all processes."""
    try:
        os.close(os.open(state(name), os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False


def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    out.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    out.flush()


def read():
    length = 0
    while line := inp.readline().strip():
        length = int(line.split(b":")[1])
    body = b""
    while len(body) < length:
        body += inp.read(length - len(body))
    return json.loads(body) if length else None


def word(params):
    line = texts[params["textDocument"]["uri"]].split("\n")[params["position"]["line"]]
    before = line.encode("utf-16-le")[: 2 * params["position"]["character"]].decode("utf-16-le")
    return re.match(r"\w+", line[len(before) :])[0]


def hover(message):
    global hovers
    hovers += 1
    name = word(message["params"])
    log("hover " + name)
    if MODE == "count" and select.select([inp], [], [], 0.02)[0]:
        log("together")
    if MODE == "flood" and hovers == 1:
        sys.stderr.write("complaint\n" * 1_000_000)
    if MODE == "crash" and hovers == 5 and once("crashed"):
        os.abort()
    if MODE == "silent-once" and hovers == 5 and once("crashed"):
        while read():
            pass
    if MODE == "deadly" and name.startswith("deadly"):
        os.abort()
    if MODE == "silent-place" and name.startswith("deadly"):
        while read():
            pass
    if MODE == "ignored-place" and name.startswith("deadly"):
        return
    if MODE == "worn-out" and sum(line.startswith("hover") for line in open(state("log"))) > 5:
        return
    if MODE == "edit" and once("edited"):
        with open("edited.py", "w") as file:
            file.write("after = 1\n")
    if MODE == "hang":
        return
    if MODE == "refuse" and name == "deadly":
        send({"id": message["id"], "error": {"code": -32603, "message": "internal"}})
        return
    if MODE == "restless":
        send({"id": message["id"], "error": {"code": -32801, "message": "content modified"}})
        return
    if MODE == "shy":
        if name == "shy" and select.select([inp], [], [], 0.3)[0]:
            send({"id": message["id"], "error": {"code": -32801, "message": "content modified"}})
            return
        time.sleep(0.1)
    if MODE == "modified" and once("modified-" + name):
        code = -32800 if len(name) % 2 else -32801
        send({"id": message["id"], "error": {"code": code, "message": "content modified"}})
        # And nevertheless, too late.
        answer(message["id"], "late")
        return
    if MODE == "reorder":
        held.append((message["id"], name))
        return
    answer(message["id"], name)


def answer(number, name):
    kind = "list[Unknown]" if name.startswith("partly") else "int"
    value = f"```python\n(variable) {name}: {kind}\n```\n---\nIts documentation."
    send({"id": number, "result": {"contents": {"kind": "markdown", "value": value}}})


def start():
    log("start")
    if MODE == "die":
        sys.stderr.write("no such option\n")
        sys.exit(3)
    if MODE == "nonsense":
        out.write(b"Welcome to the server!\n" * 1000)
        out.flush()
    if MODE == "huge":
        out.write(b"Content-Length: 99999999999999\r\n\r\n{")
        out.flush()
    if MODE == "grandchild":
        lock = open(state("lock"), "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.Popen(["sleep", "1000"], pass_fds=[lock.fileno()], stdin=subprocess.DEVNULL)


def ask_back():
    questions = {
        "configuration": ("workspace/configuration", {"items": [{"section": "python"}, {"section": "none"}]}),
        "register": ("client/registerCapability", {"registrations": []}),
        "progress": ("window/workDoneProgress/create", {"token": 1}),
        "unknown": ("window/brew", {}),
    }
    for number, (method, params) in questions.items():
        wanted.add(number)
        send({"id": number, "method": method, "params": params})


def heard(message):
    """A reply to one of our questions."""
    number = message["id"]
    if number == "configuration":
        assert message["result"][0]["pythonPath"], message
        assert message["result"][1] is None, message
    elif number == "unknown":
        assert message["error"]["code"] == -32601, message
    else:
        assert message["result"] is None, message
    wanted.discard(number)


start()
while True:
    if held and (len(held) == 4 or not select.select([inp], [], [], 0.05)[0]):
        for number, name in reversed(held):
            answer(number, name)
        held.clear()
        continue
    message = read()
    if message is None:
        sys.exit(0)
    method, params = message.get("method"), message.get("params")
    if method is None:
        heard(message)
        while waiting and not wanted:
            hover(waiting.pop(0))
    elif method == "initialize":
        assert params["capabilities"]["workspace"]["configuration"], params
        if MODE != "hang-start":
            send({"id": message["id"], "result": {"capabilities": {"hoverProvider": True}}})
    elif method == "initialized":
        if MODE == "ask-back":
            ask_back()
        if MODE == "nonsense-later":
            out.write(b"oops\n")
            out.flush()
    elif method == "textDocument/didOpen":
        document = params["textDocument"]
        assert document["uri"] not in texts, "opened twice"
        texts[document["uri"]] = document["text"]
        log("open " + document["uri"].rpartition("/")[2])
    elif method == "textDocument/didClose":
        del texts[params["textDocument"]["uri"]]
        log("close " + params["textDocument"]["uri"].rpartition("/")[2])
    elif method == "textDocument/hover":
        # Nothing is answered before our own questions are.
        if wanted:
            waiting.append(message)
        else:
            hover(message)
    elif method == "textDocument/definition":
        line = params["position"]["line"]
        span = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 1}}
        send({"id": message["id"], "result": [{"uri": params["textDocument"]["uri"], "range": span}]})
    elif method == "shutdown":
        send({"id": message["id"], "result": None})
    elif method == "exit":
        log("exit")
        sys.exit(0)
