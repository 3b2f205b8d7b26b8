#!/usr/bin/env python3
"""A stand-in for PayPal: it sends notifications, remembers their exact bytes, and says VERIFIED
only to a byte-exact echo of them.

  paypal.py serve --port-file FILE [--certificate PEM]
  paypal.py send --standin URL --to URL [--forge] [--times N] [--parallel N] [--shuffle SEED] FILE...

While it serves:
  POST /cgi-bin/webscr   cmd=_notify-validate&BYTES -> VERIFIED or INVALID
  POST /_/remember       these bytes were sent by us
  POST /_/mode           ok | slow SECONDS | down | html | error | redirect | empty | big | maybe
  GET  /_/sent           JSON: what was sent, in order, each message's bytes read as Latin-1
  GET  /_/log            one JSON line per question: sha256 of the echo, answer
  GET  /_/stats          {"asked": N, "remembered": N}
"""
import argparse
import concurrent.futures
import hashlib
import http.client
import http.server
import json
import os
import random
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse

PREFIX = b"cmd=_notify-validate&"


class State:
    def __init__(self):
        self.lock = threading.Lock()
        self.sent = {}              # digest -> bytes, in order
        self.mode = "ok"
        self.log = []


STATE = State()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body, kind="text/plain", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:             # the other side had enough
            self.close_connection = True

    def do_GET(self):
        with STATE.lock:
            if self.path == "/_/log":
                body = "".join(json.dumps(x) + "\n" for x in STATE.log).encode()
            elif self.path == "/_/sent":
                body = json.dumps([b.decode("latin-1") for b in STATE.sent.values()]).encode()
            elif self.path == "/_/stats":
                body = json.dumps({"asked": len(STATE.log), "remembered": len(STATE.sent)}).encode()
            else:
                self.reply(404, b"not here\n")
                return
        self.reply(200, body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/_/remember":
            with STATE.lock:
                STATE.sent.setdefault(hashlib.sha256(body).digest(), body)
            self.reply(200, b"")
        elif self.path == "/_/mode":
            with STATE.lock:
                STATE.mode = body.decode().strip()
            self.reply(200, b"")
        elif self.path == "/cgi-bin/webscr":
            self.verify(body)
        else:
            self.reply(404, b"not here\n")

    def verify(self, body):
        mode, _, argument = STATE.mode.partition(" ")
        echo = body[len(PREFIX):] if body.startswith(PREFIX) else None
        known = echo is not None and hashlib.sha256(echo).digest() in STATE.sent
        answer = b"VERIFIED" if known else b"INVALID"
        if not self.headers.get("User-Agent"):
            mode = "error"          # PayPal answers 403 to a request without one
        with STATE.lock:
            STATE.log.append({"sha256": hashlib.sha256(echo or b"").hexdigest(),
                              "answer": answer.decode() if mode in ("ok", "slow") else mode})
        if mode == "slow":
            time.sleep(float(argument or "3"))
        if mode in ("ok", "slow"):
            self.reply(200, answer)
        elif mode == "down":
            self.close_connection = True
            self.connection.close()
        elif mode == "html":
            self.reply(200, b"<html><body>We are sorry. VERIFIED</body></html>\n", "text/html")
        elif mode == "error":
            self.reply(503, answer)
        elif mode == "redirect":
            self.reply(302, b"", headers=[("Location", "/_/anything")])
        elif mode == "empty":
            self.reply(200, b"")
        elif mode == "big":
            self.reply(200, b"VERIFIED" * 500000)
        else:                       # maybe: neither word
            self.reply(200, b"PERHAPS")


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 256


def serve(args):
    server = Server(("127.0.0.1", 0), Handler)
    if args.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    temporary = args.port_file + ".tmp"
    with open(temporary, "w", encoding="ascii") as f:
        f.write(f"{server.server_address[1]}\n")
    os.rename(temporary, args.port_file)
    server.serve_forever()


def post(url, body, headers):
    u = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(u.hostname, u.port, timeout=60)
    try:
        connection.request("POST", u.path or "/", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


NOTIFICATION = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "PayPal IPN ( https://www.paypal.com/ipn )",
}


def deliver(args, name, body):
    """As PayPal does: what is not answered 200 is sent again."""
    status = 0
    for attempt in range(5):
        try:
            status = post(args.to, body, NOTIFICATION)
        except OSError:
            status = 0
        if status == 200 or args.forge or 400 <= status < 500:
            break
        time.sleep(0.2 * (attempt + 1))
    return status, name


def send(args):
    jobs = []
    for name in args.files:
        with open(name, "rb") as f:
            body = f.read()
        if not args.forge:
            post(args.standin + "/_/remember", body, {})
        jobs += [(name, body)] * args.times
    if args.shuffle is not None:
        random.Random(args.shuffle).shuffle(jobs)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.parallel) as pool:
        for status, name in pool.map(lambda j: deliver(args, *j), jobs):
            print(status, name)
            failed += status != 200
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("serve")
    p.add_argument("--port-file", required=True)
    p.add_argument("--certificate")
    p = commands.add_parser("send")
    p.add_argument("--standin", required=True)
    p.add_argument("--to", required=True)
    p.add_argument("--forge", action="store_true")
    p.add_argument("--times", type=int, default=1)
    p.add_argument("--parallel", type=int, default=1)
    p.add_argument("--shuffle", type=int)
    p.add_argument("files", nargs="+")
    args = parser.parse_args()
    return serve(args) if args.command == "serve" else send(args)


if __name__ == "__main__":
    sys.exit(main())
