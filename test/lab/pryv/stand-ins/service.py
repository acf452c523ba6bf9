"""Stands in for what runs in Pryv's containers, on hosts of the lab: service.py NAME VERSION.

core answers with its version, but only where the database and Redis can be reached; when it starts with an empty Redis it
writes there what /usr/local/lib/stand-in/core-VERSION.first holds, as a new version may. nginx passes on to core.
mongodb holds files below /app/data. The others only run.
"""

import http.client
import http.server
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import time

NAME, VERSION = sys.argv[1:]
FIRST = f"/usr/local/lib/stand-in/core-{VERSION}.first"


def reachable(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def redis(*words, feed=None):
    return subprocess.run(["redis-cli", *words], input=feed, capture_output=True, check=True).stdout


def first_start():
    while redis_answer() != b"PONG\n":
        time.sleep(0.05)
    if redis("DBSIZE") == b"0\n" and os.path.exists(FIRST):
        with open(FIRST, "rb") as commands:
            redis("--pipe", feed=commands.read())


def redis_answer():
    return subprocess.run(["redis-cli", "PING"], capture_output=True).stdout


class Core(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        well = reachable(27017) and reachable(6379)
        reply(self, 200 if well else 503, json.dumps({"meta": {"apiVersion": f"{VERSION}.0"}}, separators=(",", ":")).encode())

    def log_message(self, *_):
        pass


class Nginx(Core):
    def do_GET(self):
        try:
            core = http.client.HTTPConnection("127.0.0.1", 3000, timeout=5)
            core.request("GET", self.path)
            answer = core.getresponse()
            reply(self, answer.status, answer.read())
        except OSError:
            reply(self, 502, b"")


def reply(handler, status, body):
    handler.send_response(status)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    allow_reuse_address = True
    daemon_threads = True


def mongodb():
    if not os.path.exists("/app/data/WiredTiger"):
        with open("/app/data/WiredTiger", "w") as made:
            made.write("stand-in mongod: made at its first start here\n")
    server = socket.create_server(("127.0.0.1", 27017))
    while True:
        server.accept()[0].close()


if NAME == "core":
    first_start()
    Server(("127.0.0.1", 3000), Core).serve_forever()
elif NAME == "nginx":
    Server(("", 80), Nginx).serve_forever()
elif NAME == "mongodb":
    mongodb()
else:
    signal.pause()
