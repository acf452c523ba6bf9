"""Stands in for what runs in Pryv's containers, on hosts of the lab: service.py NAME VERSION.

core answers with its version, but only where the database and Redis can be reached; when it starts with an empty Redis it
writes there what /usr/local/lib/stand-in/core-VERSION.first holds, as a new version may. nginx passes on to core.
mongodb holds files below /app/data.
"""

# Few modules, as these are started hundreds of times.
import os
import socket
import sys
import time

NAME, VERSION = sys.argv[1:]
FIRST = f"/usr/local/lib/stand-in/core-{VERSION}.first"
BODY = b'{"meta":{"apiVersion":"%s.0"}}' % VERSION.encode()


def reachable(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def redis(word):
    """Its answer to one word, or nothing where it does not answer."""
    try:
        return asked(6379, word + b"\r\n", lambda said: said.endswith(b"\r\n"))
    except OSError:
        return b""


def asked(port, words, ends):
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(words)
        return until(connection, ends)


def until(connection, ends):
    """What comes until that holds, or no more comes."""
    said = b""
    while not ends(said):
        more = connection.recv(65536)
        if not more:
            break
        said += more
    return said


def first_start():
    while redis(b"PING") != b"+PONG\r\n":
        time.sleep(0.05)
    if redis(b"DBSIZE") == b":0\r\n" and os.path.exists(FIRST):
        if os.system(f"redis-cli --pipe <{FIRST} >/dev/null") != 0:
            sys.exit("core did not write what it writes at first")


def core(_):
    return answer(b"200 OK" if reachable(27017) and reachable(6379) else b"503 Service Unavailable", BODY)


def nginx(request):
    try:
        return asked(3000, request, lambda _: False)
    except OSError:
        return answer(b"502 Bad Gateway", b"")


def answer(status, body):
    return b"HTTP/1.1 %s\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


def serve(host, port, reply):
    server = socket.create_server((host, port), backlog=100)
    while True:
        connection = server.accept()[0]
        with connection:
            connection.settimeout(5)
            try:
                connection.sendall(reply(until(connection, lambda said: said.endswith(b"\r\n\r\n"))))
            except OSError:
                pass


def mongodb():
    if not os.path.exists("/app/data/WiredTiger"):
        with open("/app/data/WiredTiger", "w") as made:
            made.write("stand-in mongod: made at its first start here\n")
    server = socket.create_server(("127.0.0.1", 27017))
    while True:
        server.accept()[0].close()


if NAME == "core":
    first_start()
    serve("127.0.0.1", 3000, core)
elif NAME == "nginx":
    serve("", 80, nginx)
else:
    mongodb()
