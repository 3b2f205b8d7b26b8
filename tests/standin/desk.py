#!/usr/bin/env python3
"""Puts a person's (or the nightly run's) request into spool/desk, as the door does.

desk.py SITE MODE WHO < REQUEST.json      daybook-post takes it up
"""
import json
import os
import sys
import time

site, mode, who = sys.argv[1:4]
data = json.dumps(json.load(sys.stdin)).encode()
t = time.time()
stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(t))
micro = int(t * 1e6) % 1000000
head = (f"daybook-message 1\nkind desk\nmode {mode}\nreceived "
        f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(t))}.{micro:06d}Z\nremote {who}\n"
        f"length {len(data)}\n\n")
name = f"{stamp}.{micro:06d}-{int.from_bytes(os.urandom(8), 'big'):016x}"
new = os.path.join(site, "spool/desk/new")
with open(os.path.join(site, "spool/desk/tmp", name), "wb") as f:
    f.write(head.encode() + data)
os.chmod(os.path.join(site, "spool/desk/tmp", name), 0o640)
os.rename(os.path.join(site, "spool/desk/tmp", name), os.path.join(new, name))
