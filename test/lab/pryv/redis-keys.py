"""Lists all that a Redis holds, by reading it: a JSON line for each key, with its bytes in hexadecimal.

[key, type, value, when it expires in milliseconds or -1]. It shares nothing with what merges them.
"""

import json
import socket

connection = socket.create_connection(("127.0.0.1", 6379))
answers = connection.makefile("rb")


def ask(*words):
    said = b"*%d\r\n" % len(words)
    for word in (word if isinstance(word, bytes) else word.encode() for word in words):
        said += b"$%d\r\n%s\r\n" % (len(word), word)
    connection.sendall(said)
    return answer()


def answer():
    line = answers.readline()[:-2]
    kind, rest = line[:1], line[1:]
    if kind == b"-":
        raise RuntimeError(rest.decode())
    if kind == b"*":
        return [answer() for _ in range(int(rest))]
    if kind == b"$":
        return answers.read(int(rest) + 2)[:-2] if rest != b"-1" else None
    return int(rest) if kind == b":" else rest


def pairs(words):
    return sorted([words[at].hex(), words[at + 1].hex()] for at in range(0, len(words), 2))


def value(kind, key):
    if kind == "string":
        return ask("GET", key).hex()
    if kind == "list":
        return [word.hex() for word in ask("LRANGE", key, "0", "-1")]
    if kind == "set":
        return sorted(word.hex() for word in ask("SMEMBERS", key))
    if kind == "hash":
        return pairs(ask("HGETALL", key))
    if kind == "zset":
        return pairs(ask("ZRANGE", key, "0", "-1", "WITHSCORES"))
    return [[entry.decode(), [word.hex() for word in words]] for entry, words in ask("XRANGE", key, "-", "+")]


cursor, keys = b"0", set()
while True:
    cursor, found = ask("SCAN", cursor, "COUNT", "1000")
    keys.update(found)
    if cursor == b"0":
        break
for key in sorted(keys):
    kind, expires = ask("TYPE", key).decode(), ask("PEXPIRETIME", key)
    if kind != "none" and expires != -2:
        print(json.dumps([key.hex(), kind, value(kind, key), expires], separators=(",", ":")))
