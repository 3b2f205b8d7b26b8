#!/usr/bin/env python3
"""Changes one byte of a file at a time and asks whether somebody notices.

tamper.py SHARE CODE FOLDER FILE... -- COMMAND...: {} in COMMAND is a copy of
FOLDER.  Each byte of each FILE (a path in FOLDER) whose turn it is (every SHARE-th) is
changed, COMMAND must exit with CODE and name something, and the file must be as it was changed.
Prints what went unnoticed, then how many were tried.
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import threading

share, code, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
split = sys.argv.index("--")
files, command = sys.argv[4:split], sys.argv[split + 1:]
# In memory where there is such a place: every run syncs files of its own.
memory = tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
local = threading.local()


def copy():
    if not hasattr(local, "path"):
        local.path = f"{memory.name}/{threading.get_ident()}"
        shutil.copytree(folder, local.path, symlinks=True)
    return local.path


def attempt(job):
    name, at = job
    here = copy()
    with open(f"{folder}/{name}", "rb") as f:
        good = f.read()
    new = (good[at] ^ 1, 0, 10, 32, good[at] ^ 0x80)[at // share % 5]
    if new == good[at]:
        new ^= 4
    bad = good[:at] + bytes([new]) + good[at + 1:]
    with open(f"{here}/{name}", "r+b") as f:
        f.write(bad)
    run = subprocess.run([a.replace("{}", here) for a in command], stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, check=False)
    with open(f"{here}/{name}", "rb") as f:
        after = f.read()
    with open(f"{here}/{name}", "wb") as f:
        f.write(good)
    if run.returncode == code and run.stderr and after == bad:
        return None
    return (f"{name}: byte {at}, {good[at]} made {new}: exit {run.returncode}"
            f"{'' if after == bad else ', and the file was changed'}: {run.stderr.decode().strip()}")


jobs = [(name, at) for name in files
        for at in range(hash(name) % share if share > 1 else 0, os.path.getsize(f"{folder}/{name}"), share)]
jobs += [(name, os.path.getsize(f"{folder}/{name}") - 1) for name in files if share > 1]
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for missed in pool.map(attempt, jobs):
        if missed:
            print(missed)
print(len(jobs), "tried")
