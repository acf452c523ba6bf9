#!/usr/bin/python3
"""Stands in for docker and the notebooks in it: a student who writes without pause until it is stopped, each line the
box's name and a word that comes once. What was written is noted in a log that no copy touches. Students are on the box
that holds production, while its site lets them in; nobody is where /etc/nobody-writes is.
"""
import os
import socket
import sys
import time
import uuid

FILE = '/nbhosting/students/amelie/notebook.txt'
LOG = '/var/log/notebook-lines'
production = sys.argv[1]


def let_in():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((production, 0))
        except OSError:
            return False
    with open('/proc/net/tcp') as sockets:
        listening = [row[1] for row in map(str.split, sockets) if row[3] == '0A']
    return any(each.endswith(':0050') for each in listening) and not os.path.exists('/etc/nobody-writes')


# Without a process of its own for each line: there are twenty a second, on both boxes.
while True:
    if let_in():
        line = f'{socket.gethostname()} {uuid.uuid4().hex}\n'
        # The log last: what it names is in the notebook, wherever this is stopped.
        for path in (FILE, LOG):
            with open(path, 'a') as file:
                file.write(line)
    time.sleep(0.05)
