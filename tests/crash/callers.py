"""Which lines of ours made a system call: from the registers and stack that trip -c sync lists.

The stack is walked by the tables for exceptions (readelf), as the programs have no frame pointers.
"""
import bisect
import functools
import glob
import os
import re
import subprocess

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
# Where these stand is no place of its own: their caller is.
SHARED = ("lib/durable.c", "lib/tail.c")
SYNCS = re.compile(r"\b(fsync|fdatasync|syncfs|gdbm_sync|durable_sync_dir|durable_write|durable_mkdirs|"
                   r"tail_append|tail_cut|tail_rewrite)\(")


@functools.lru_cache(None)
def frames(exe):
    """Sorted [(address, distance from stack pointer to frame)]."""
    out = []
    text = subprocess.run(["readelf", "--debug-dump=frames-interp", exe], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True).stdout.decode()
    default = None
    for line in text.splitlines():
        m = re.search(r" (CIE|FDE) .*?(?:pc=(\w+)\.\.(\w+))?$", line)
        if m and m.group(2):        # a row of its own may follow for the same address
            out.append((int(m.group(2), 16), 0, default))
            out.append((int(m.group(3), 16), -1, None))
        m = re.match(r"([0-9a-f]{16}) rsp\+(\d+) ", line)
        if m:
            out.append((int(m.group(1), 16), 1, int(m.group(2))))
    return sorted(out, key=lambda x: x[:2])


def distance(exe, pc):
    rows = frames(exe)
    return rows[bisect.bisect_right(rows, (pc, 2)) - 1][2]


@functools.lru_cache(None)
def syncs(exe):
    """Where fsync and its like are, in a program that holds its own C library; and the program's bytes
    (a static one begins at address 0 as it does in the file)."""
    text = subprocess.run(["nm", exe], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout.decode()
    with open(exe, "rb") as f:
        return {int(x.split()[0], 16) for x in text.splitlines()
                if re.search(r" [TW] (__)?(fsync|fdatasync|syncfs|msync)$", x)}, f.read()


def returns_from_sync(exe, address):
    """Is it behind a call of one of these?  (Other addresses on the stack are of calls long over.)"""
    known, data = syncs(exe)
    if not known:
        return True
    call = data[address - 5:address]
    return call[:1] == b"\xe8" and \
        (address + int.from_bytes(call[1:], "little", signed=True)) & (1 << 64) - 1 in known


@functools.lru_cache(None)
def lines(exe, address):
    """Places in our sources that the call before this address belongs to, innermost first."""
    text = subprocess.run(["addr2line", "-e", exe, "-i", hex(address - 1)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True).stdout.decode()
    out = []
    for line in text.split("\n"):
        name, _, number = line.split(" ")[0].rpartition(":")
        name = os.path.relpath(os.path.realpath(os.path.join(TOP, name)), TOP)
        if re.match(r"(lib|batch|cgi-bin)/", name):
            out.append(f"{name}:{number}")
    return out


def place(exe, listed):
    """The line of the sync, and who wanted it: "lib/durable.c:47 < lib/pack.c:111"."""
    rip, rsp, base, stack = listed.split(" ")
    rip, base, stack = int(rip, 16), int(base, 16), bytes.fromhex(stack)
    at, pc, found = 0, rip - base, []
    if distance(exe, pc) is None:   # a library's: up to the first place in the program
        pc = None
    while at + 8 <= len(stack):
        if pc is None:
            step = 8
        else:
            step = distance(exe, pc)
            if step is None:
                break
        word = int.from_bytes(stack[at + step - 8:at + step], "little") - base
        at += step
        if pc is None and not (returns_from_sync(exe, word) and distance(exe, word) and
                               lines(exe, word)):
            continue
        pc = word
        found += lines(exe, word)
        if found and not found[-1].startswith(SHARED):
            break
    for i, name in enumerate(found):
        if not name.startswith(SHARED):
            return " < ".join(found[:i + 1])
    return " < ".join(found) or "?"


def sources():
    """Every line that syncs or asks for it: {"lib/x.c:12": text}."""
    out = {}
    for name in sorted(glob.glob(os.path.join(TOP, "lib", "**", "*.c"), recursive=True) +
                       glob.glob(os.path.join(TOP, "batch", "*.c")) +
                       glob.glob(os.path.join(TOP, "cgi-bin", "*.c"))):
        with open(name, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                if SYNCS.search(line) and not SYNCS.match(line) and not re.match(r"\s*(/?\*|//)", line):
                    out[f"{os.path.relpath(name, TOP)}:{number}"] = line.strip()
    return out
