#!/usr/bin/python3
"""Stands in for docker and the notebooks in it: a student who writes without pause until it is stopped, each line the
number after the last one. Students are on the box that holds production, while its site lets them in; nobody is where
/etc/nobody-writes is.
"""
import os
import socket
import sys
import time

FILE = '/nbhosting/students/amelie/notebook.txt'
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
last = None
while True:
    if not let_in():
        last = None
    else:
        if last is None:
            with open(FILE) as file:
                last = int((file.read().split() or ['0'])[-1])
        last += 1
        with open(FILE, 'a') as file:
            file.write(f'{last}\n')
    time.sleep(0.05)
