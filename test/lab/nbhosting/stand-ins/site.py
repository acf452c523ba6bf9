#!/usr/bin/python3
"""Stands in for nginx with nbhosting behind it: a real web server that says which box answers.

At the production address it answers only while its configuration names the production server, as with a certificate.
"""
import http.server
import socket
import sys

production = sys.argv[1]


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open('/etc/nginx/nginx.conf') as file:
            name = file.read().strip()
        fits = self.connection.getsockname()[0] != production or name == 'server_name production.example'
        self.send_response(200 if fits else 503)
        self.end_headers()
        self.wfile.write(f'{socket.gethostname()} {name}\n'.encode())

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(('0.0.0.0', 80), Site).serve_forever()
