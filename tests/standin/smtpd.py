#!/usr/bin/env python3
"""smtpd.py -- a mail server for tests, on loopback, with TLS and faults to order.

usage: smtpd.py DIR [--tls start|always|none] [--cert FILE] [--auth USER:PASSWORD] [--pause S]

Writes its port to DIR/port.  Each message it took is DIR/N.eml (bytes as after DATA, dots undone), with
its envelope in DIR/N.json; every command line is in
DIR/log and DIR/log.new.  What it does is read anew for each
connection from DIR/mode (words): `ok`; `grey` (450 to RCPT once per receiver); `later` (451 after the
final dot); `unknown` (550 to RCPT); `refuse` (554 after the final dot); `nologin` (535); `hang-rcpt`,
`hang-dot` (no answer any more); `cut-data` (closed in the middle of DATA); `cut-dot` (closed after the
final dot, message lost); `took-cut` (taken, and closed without an answer); `took-hang` (taken, no
answer); `busy` (421 greeting); `notls` (no STARTTLS offered).
"""
import argparse
import base64
import json
import os
import socket
import ssl
import sys
import threading
import time


class Session:
    def __init__(self, server, sock):
        self.s, self.sock = server, sock
        self.mode = server.mode()
        self.tls = self.auth = False
        self.sender, self.to = None, []

    def say(self, text):
        self.sock.sendall(text.encode() + b"\r\n")

    def line(self):
        line = self.file.readline(65536)
        if not line:
            raise EOFError
        return line

    def wrap(self):
        self.sock = self.s.context.wrap_socket(self.sock, server_side=True)
        self.tls = True
        self.file = self.sock.makefile("rb")

    def hang(self):
        time.sleep(self.s.pause)
        raise EOFError

    def run(self):
        self.file = self.sock.makefile("rb")
        if self.s.args.tls == "always":
            self.wrap()
        if self.mode == "busy":
            self.say("421 4.3.2 too busy")
            return
        self.say("220 stand-in ESMTP")
        while True:
            line = self.line()
            self.s.log("T " if self.tls else "P ", line)
            word, _, rest = line.decode("latin-1").strip().partition(" ")
            verb = getattr(self, "do_" + word.lower(), None)
            if verb is None:
                self.say("500 5.5.1 what?")
            elif verb(rest) is False:
                return

    def do_ehlo(self, rest):
        more = ["SIZE 30000000", "8BITMIME"]
        if self.s.args.tls == "start" and not self.tls and self.mode != "notls":
            more.append("STARTTLS")
        if self.s.args.auth and (self.tls or self.s.args.tls == "none"):
            more.append("AUTH PLAIN LOGIN")
        more.append("HELP")
        for i, m in enumerate(["hello " + rest] + more):
            self.say("250" + (" " if i == len(more) else "-") + m)

    def do_starttls(self, rest):
        self.say("220 go")
        self.wrap()

    def do_auth(self, rest):
        kind, _, first = rest.partition(" ")
        if not first:
            self.say("334 ")
            first = self.line().decode().strip()
        _, user, password = base64.b64decode(first).decode().split("\0")
        if self.mode == "nologin" or user + ":" + password != self.s.args.auth:
            self.say("535 5.7.8 authentication failed")
        else:
            self.auth = True
            self.say("235 2.7.0 welcome")

    def do_mail(self, rest):
        if self.s.args.auth and not self.auth:
            self.say("530 5.7.0 authentication required")
            return
        self.sender = rest
        self.say("250 2.1.0 ok")

    def do_rcpt(self, rest):
        if self.mode == "hang-rcpt":
            self.hang()
        if self.mode == "unknown":
            self.say("550 5.1.1 no such mailbox")
        elif self.mode == "grey" and rest not in self.s.seen:
            self.s.seen.add(rest)
            self.say("450 4.2.0 greylisted, come again")
        else:
            self.to.append(rest)
            self.say("250 2.1.5 ok")

    def do_data(self, rest):
        if not self.to:
            self.say("503 5.5.1 no receivers")
            return
        self.say("354 go on")
        body = []
        while True:
            line = self.line()
            if self.mode == "cut-data" and len(body) > 5:
                return False
            if line == b".\r\n":
                break
            body.append(line[1:] if line.startswith(b".") else line)
        self.s.log("T " if self.tls else "P ", b"(dot)\n")
        if self.mode == "hang-dot":
            self.hang()
        if self.mode == "cut-dot":
            return False
        if self.mode in ("later", "refuse"):
            self.say("451 4.3.0 later" if self.mode == "later" else "554 5.7.1 we do not want this")
            return
        name = self.s.keep(b"".join(body), self.sender, self.to)
        if self.mode == "took-hang":
            self.hang()
        if self.mode == "took-cut":
            return False
        self.say("250 2.0.0 taken as " + name)
        self.to = []

    def do_rset(self, rest):
        self.to = []
        self.say("250 2.0.0 ok")

    def do_quit(self, rest):
        self.say("221 2.0.0 bye")
        return False


class Server:
    def __init__(self, args):
        self.args, self.seen, self.n, self.lock = args, set(), 0, threading.Lock()
        self.pause = args.pause
        if args.tls != "none":
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(args.cert)

    def path(self, name):
        return os.path.join(self.args.dir, name)

    def mode(self):
        try:
            return open(self.path("mode")).read().strip() or "ok"
        except FileNotFoundError:
            return "ok"

    def log(self, how, line):
        with self.lock:
            for name in ("log", "log.new"):
                with open(self.path(name), "ab") as f:
                    f.write(how.encode() + line)

    def keep(self, body, sender, to):
        with self.lock:
            self.n += 1
            name = "%03d" % self.n
        with open(self.path(name + ".json"), "w") as f:
            json.dump({"from": sender, "to": to}, f)
        with open(self.path("." + name), "wb") as f:
            f.write(body)
        os.rename(self.path("." + name), self.path(name + ".eml"))
        return name

    def serve(self, sock):
        s = Session(self, sock)
        try:
            s.run()
        except (EOFError, OSError, ssl.SSLError):
            pass
        finally:
            for x in (s.sock, sock):
                try:
                    x.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                x.close()

    def run(self):
        listen = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listen.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listen.bind(("127.0.0.1", 0))
        listen.listen(64)
        with open(self.path("port.tmp"), "w") as f:
            f.write("%d\n" % listen.getsockname()[1])
        os.rename(self.path("port.tmp"), self.path("port"))
        while True:
            sock, _ = listen.accept()
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dir")
    p.add_argument("--tls", choices=["start", "always", "none"], default="start")
    p.add_argument("--cert")
    p.add_argument("--auth")
    p.add_argument("--pause", type=float, default=60)
    Server(p.parse_args()).run()


if __name__ == "__main__":
    sys.exit(main())
