#!/usr/bin/env python3
"""Puts many messages into a site's spool as if PayPal had confirmed them already, without asking
anybody: confirmed.py SITE INTEGRATION < BODIES, one body a line.
"""
import hashlib
import os
import sys
import time

site, integration = sys.argv[1:]
now = time.time()
stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now))
iso = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
with open(f"{site}/spool/post/state.log", "a", encoding="ascii") as log:
    for i, line in enumerate(sys.stdin.buffer):
        body = line.rstrip(b"\n")
        name = f"{stamp}.{i:06d}-{os.getpid():08x}{i:08x}"
        head = (f"daybook-message 1\nintegration {integration}\nkind paypal-ipn\nmode live\n"
                f"received {iso}.{i:06d}Z\nremote 192.0.2.7\nlength {len(body)}\n\n")
        fd = os.open(f"{site}/spool/in/new/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        os.write(fd, head.encode() + body)
        os.close(fd)
        about = f"{integration} paypal-ipn live {hashlib.sha256(body).hexdigest()}"
        log.write(f"V {name} 1 200 {int(now * 1e6)} {hashlib.sha256(about.encode()).hexdigest()}"
                  " VkVSSUZJRUQ=\n")
