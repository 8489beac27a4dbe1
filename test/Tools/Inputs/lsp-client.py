"""Speaks the language server protocol to keel-lsp-server over its pipes.

usage: lsp-client.py WORD MODEL...

Prints each diagnostic that the server publishes for the models, as
`FILE LINE:COLUMN: MESSAGE` (counted from 1) or `FILE: none`, and the first
line of what it says of WORD in the last one.
"""

import json
import pathlib
import subprocess
import sys


class Server:
    def __init__(self):
        self.process = subprocess.Popen(
            ["keel-lsp-server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.last_id = 0

    def send(self, method, **message):
        message = {"jsonrpc": "2.0", "method": method, **message}
        text = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        self.process.stdin.flush()

    def receive(self):
        length = None
        while line := self.process.stdout.readline().strip():
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        if length is None:
            sys.exit("keel-lsp-server ended")
        return json.loads(self.process.stdout.read(length))

    def request(self, method, params):
        self.last_id += 1
        self.send(method, id=self.last_id, params=params)
        while True:
            reply = self.receive()
            if reply.get("id") == self.last_id:
                return reply["result"]

    def open(self, path):
        """Opens a file and returns the diagnostics that follow."""
        uri = path.resolve().as_uri()
        document = {"uri": uri, "languageId": "mlir", "version": 1, "text": path.read_text()}
        self.send("textDocument/didOpen", params={"textDocument": document})
        while True:
            message = self.receive()
            params = message.get("params", {})
            if message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri:
                return params["diagnostics"]

    def hover(self, path, word):
        for number, line in enumerate(path.read_text().splitlines()):
            if word in line:
                position = {"line": number, "character": line.index(word) + 1}
                document = {"uri": path.resolve().as_uri()}
                return self.request(
                    "textDocument/hover", {"textDocument": document, "position": position}
                )
        sys.exit(f"no {word} in {path}")


def main():
    word, *paths = sys.argv[1:]
    paths = [pathlib.Path(path) for path in paths]
    server = Server()
    server.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    server.send("initialized", params={})
    for path in paths:
        diagnostics = server.open(path)
        for diagnostic in diagnostics:
            start = diagnostic["range"]["start"]
            print(f"{path.name} {start['line'] + 1}:{start['character'] + 1}: {diagnostic['message']}")
        if not diagnostics:
            print(f"{path.name}: none")
    hover = server.hover(paths[-1], word)
    print("hover:", hover["contents"]["value"].splitlines()[0] if hover else None)
    server.request("shutdown", None)
    server.send("exit", params={})
    print("exit code:", server.process.wait())


main()
