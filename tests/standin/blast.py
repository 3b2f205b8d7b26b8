#!/usr/bin/env python3
"""Runs ipn.cgi as a web server would, many at a time.

blast.py IPN_CGI PATH_INFO TIMES PARALLEL SEED FILE...: each file TIMES times, shuffled; what is not
answered 200 is sent again, as PayPal does.  Prints how many calls it took.
"""
import concurrent.futures
import os
import random
import subprocess
import sys

program, path_info, times, parallel, seed = sys.argv[1:6]
bodies = [open(name, "rb").read() for name in sys.argv[6:]]
jobs = bodies * int(times)
random.Random(int(seed)).shuffle(jobs)


def send(body):
    environment = {
        "DAYBOOK_SITE": os.environ["DAYBOOK_SITE"], "GATEWAY_INTERFACE": "CGI/1.1",
        "REQUEST_METHOD": "POST", "PATH_INFO": "/" + path_info, "REMOTE_ADDR": "192.0.2.7",
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
    }
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            environment[name] = os.environ[name]
    for attempt in range(1, 6):
        out = subprocess.run([program], input=body, env=environment, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, check=False).stdout
        if out.startswith(b"Status: 200"):
            return attempt
    raise SystemExit("not stored after five attempts")


with concurrent.futures.ThreadPoolExecutor(int(parallel)) as pool:
    print(sum(pool.map(send, jobs)))
