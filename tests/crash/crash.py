#!/usr/bin/env python3
"""Crashes, faults and power cuts for ipn.cgi and daybook-post.

  crash.py --bin DIR --cgi DIR --trip FILE [--short] [--jobs N] [--only PART[,PART]] [--tap] [--list]

Parts: kill, fault, double, power, syncs.  Every case is: a prepared site, copied; one accident
(trip.c); a restart; and the questions of check(): nothing answered 200 is lost, nothing is booked
twice, `daybook verify` is clean, the books say what they say without the accident, and one more run
of daybook-post was all it took.  Cases are numbered alike in every run; --short takes a fixed sample.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

from disk import Disk, read_events

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "data", "ipn")
STANDIN = os.path.join(HERE, "..", "standin", "paypal.py")
TYPE = "application/x-www-form-urlencoded"
BOOKS = ("books/live", "books/test", "register")


class Bad(Exception):
    """A promise was broken."""


def body(name):
    for f in os.listdir(DATA):
        if f.startswith(name + "-"):
            with open(os.path.join(DATA, f), "rb") as g:
                return g.read()
    raise FileNotFoundError(name)


def changed(data, **values):
    """The notification with some variables given other values."""
    out = []
    for pair in data.decode("latin-1").split("&"):
        name, _, value = pair.partition("=")
        out.append(f"{name}={values.get(name, value)}")
    return "&".join(out).encode("latin-1")


class World:
    """Programs, a stand-in that answers, and a place to work in."""

    def __init__(self, args):
        self.args = args
        where = os.environ.get("TMPDIR")
        if not where:       # a file system in memory: syncs cost nothing, and none is needed here
            st = os.statvfs("/dev/shm") if os.path.isdir("/dev/shm") else None
            roomy = st and st.f_bavail * st.f_frsize > 1 << 30 and os.access("/dev/shm", os.W_OK)
            where = "/dev/shm" if roomy else "/tmp"
        self.tmp = tempfile.mkdtemp(prefix="daybook-crash.", dir=where)
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": self.tmp}
        port = os.path.join(self.tmp, "port")
        self.standin = subprocess.Popen([sys.executable, STANDIN, "serve", "--port-file", port],
                                        stderr=subprocess.DEVNULL)    # of connections that broke
        for _ in range(200):
            if os.path.exists(port):
                break
            time.sleep(0.05)
        with open(port, encoding="ascii") as f:
            self.url = "http://127.0.0.1:" + f.read().strip()

    def close(self):
        self.standin.kill()
        self.standin.wait()
        shutil.rmtree(self.tmp, ignore_errors=True)

    def program(self, name):
        folder = self.args.cgi if name.endswith(".cgi") else self.args.bin
        return os.path.join(folder, name)

    def remember(self, data):
        urllib.request.urlopen(self.url + "/_/remember", data).close()

    def run(self, site, *command, trip=(), env=None, stdin=None, timeout=90):
        argv = [self.program(command[0]), *command[1:]]
        if trip:
            argv = [self.args.trip, *trip, "--", *argv]
        e = dict(self.env, DAYBOOK_SITE=site, **(env or {}))
        with open(stdin or os.devnull, "rb") as f:
            return subprocess.run(argv, env=e, stdin=f, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=timeout, check=False)

    def daybook(self, site, *command, env=None):
        done = self.run(site, "daybook", *command, env=env)
        if done.returncode != 0:
            raise Bad(f"daybook {command}: {done.returncode} {done.stderr.decode()}")
        return done.stdout.decode()

    def ipn(self, site, data, trip=()):
        with tempfile.NamedTemporaryFile(dir=self.tmp) as f:
            f.write(data)
            f.flush()
            with open(os.path.join(site, "integrations", "live_ipn.json"), encoding="utf-8") as g:
                key = json.load(g)["url_key"]
            return self.run(site, "ipn.cgi", trip=trip, stdin=f.name, env={
                "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "POST", "CONTENT_TYPE": TYPE,
                "CONTENT_LENGTH": str(len(data)), "PATH_INFO": f"/live_ipn/{key}",
                "REMOTE_ADDR": "192.0.2.7"})


def copy(source, target):
    if os.path.exists(target):
        shutil.rmtree(target)
    subprocess.run(["cp", "-a", source, target], check=True)


def spooled(site, origin="in"):
    folder = os.path.join(site, "spool", origin, "new")
    return sorted(f for f in os.listdir(folder) if not f.startswith("."))


def state_lines(site, lines):
    with open(os.path.join(site, "spool/post/state.log"), "ab") as f:
        f.write("".join(lines).encode())


def verdict(name, yes=True):
    code, text = (1, "VkVSSUZJRUQ=") if yes else (2, "SU5WQUxJRA==")
    return f"V {name} {code} 200 {int(time.time() * 1e6)} {text}\n"


def end_pauses(site):
    """As if the pause before the next question were over."""
    path = os.path.join(site, "spool/post/state.log")
    with open(path, "rb") as f:
        data = f.read()
    kept = b"".join(x for x in data.splitlines(True) if not x.startswith(b"W "))
    if kept != data:
        with open(path, "wb") as f:
            f.write(kept)


def records(site, book):
    folder = os.path.join(site, book, "journal")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            for line in f:
                yield json.loads(line)


def state(site):
    """What the books say, but for what differs from run to run (times, our own notes' ids)."""
    out = {}
    for book in BOOKS:
        messages, entries, rows, data = {}, collections.Counter(), {}, {}
        for r in records(site, book):
            if r["type"] != "message":
                continue
            ident = r["id"].split("-")[0] if r["id"].startswith(("post-", "aside-")) else r["id"]
            if not r["id"].startswith("post-"):
                messages[ident] = (r.get("disposition"), r.get("reason", ""), r.get("payment"))
            for a in r.get("also", []):
                a = a if isinstance(a, dict) else dict(zip(("id", "disposition", "reason"), a))
                old = messages.get(a["id"], (None, None, None))
                messages[a["id"]] = (a.get("disposition"), a.get("reason", ""), old[2])
            for e in r.get("entries", []):
                entries[(e["kind"], e.get("payment"), json.dumps(e["legs"]))] += 1
            for p in r.get("payments", []):
                rows[(p["kind"], p["id"])] = tuple(sorted(
                    (k, v) for k, v in p.items() if k not in ("recorded", "message")))
            for table, key, value in r.get("data", {}).get("put", []):
                data[(table, key)] = json.dumps(value, sort_keys=True)
        out[book] = {"messages": messages, "entries": dict(entries), "rows": rows, "data": data}
    return out


def differ(got, want):
    for book in BOOKS:
        for part in ("messages", "entries", "rows", "data"):
            if got[book][part] != want[book][part]:
                a, b = got[book][part], want[book][part]
                for key in sorted(set(a) | set(b), key=str):
                    if a.get(key) != b.get(key):
                        return f"{book} {part} {key}: {a.get(key)}, without the accident {b.get(key)}"
    return None


def recover(world, site):
    """Starts daybook-post again; the first start must do."""
    for attempt in range(4):
        end_pauses(site)
        done = world.run(site, "daybook-post")
        if done.returncode not in (0, 1):
            raise Bad(f"restart {attempt}: exit {done.returncode}: {done.stderr.decode().strip()}")
        if not spooled(site) and not spooled(site, "desk"):
            break
    else:
        raise Bad(f"still in the spool after four starts: {spooled(site)}")
    done = world.run(site, "daybook", "verify")
    if done.returncode != 0:
        raise Bad(f"daybook verify: {done.returncode}: {done.stderr.decode().strip()}")


def check(world, site, want, again=False):
    recover(world, site)
    why = differ(state(site), want)
    if why:
        raise Bad(why)
    if again:       # and once more: nothing may change
        recover(world, site)
        why = differ(state(site), want)
        if why:
            raise Bad("after one more run: " + why)


# ---- sites ----

class Scenario:
    """A prepared site and what its books say after an undisturbed run."""

    def __init__(self, name, site, trusted=False):
        self.name, self.site, self.trusted = name, site, trusted
        self.want = None
        self.calls = {}

    def fresh(self, world, target):
        copy(self.site, target)
        if self.trusted:    # a copy's index has another inode; this makes its marker anew
            world.daybook(target, "verify")


def put_desk(site, number, request):
    data = json.dumps(request).encode()
    name = f"20260101T00000{number}.000000-00000000000000{number:02x}"
    head = ("daybook-message 1\nkind desk\nmode live\nreceived 2026-01-01T00:00:00.00000"
            f"{number}Z\nremote tester\nlength {len(data)}\n\n")
    with open(os.path.join(site, "spool/desk/new", name), "wb") as f:
        f.write(head.encode() + data)


def accept(world, site, data, remember=True):
    if remember:
        world.remember(data)
    before = set(spooled(site))
    done = world.ipn(site, data)
    if b"Status: 200" not in done.stdout:
        raise Bad(f"ipn.cgi: {done.stdout} {done.stderr}")
    return (set(spooled(site)) - before).pop()


def prepare(world):
    base = os.path.join(world.tmp, "base")
    world.daybook(base, "init", "--stand-ins", "--name", "Example Telecom", "--base-url",
                  "http://127.0.0.1", "--currency", "USD", "--time-zone", "UTC")
    for ident, mode in (("live_ipn", "live"), ("test_ipn", "test")):
        receiver = "billing@example.com,MERCHANTID123" if mode == "live" else "test@example.com"
        world.daybook(base, "integration", "add", "paypal-ipn", ident, "--mode", mode,
                      "receiver=" + receiver, "endpoint=" + world.url, "currencies=USD,EUR,JPY")
    world.daybook(base, "customer", "add", "C1001", "--name", "Alice", "--paypal-email",
                  "alice@example.net")
    shutil.rmtree(os.path.join(base, "gnupg"))      # nothing here signs
    # Whatever may depend on it, the state file is there.
    state_lines(base, [])
    payment, cart, refund = body("6.01"), body("6.08"), body("6.10")

    # An empty book, verdicts in: a payment, its duplicate, a refund before its payment, a pending
    # one, a forgery, a stranger's file in the spool, and a request from the desk.
    fresh = os.path.join(world.tmp, "fresh")
    copy(base, fresh)
    names = [accept(world, fresh, x) for x in (payment, payment, refund, cart, body("6.02"))]
    forged = accept(world, fresh, changed(payment, txn_id="FORGED"), remember=False)
    state_lines(fresh, [verdict(x) for x in names] + [verdict(forged, False)])
    with open(os.path.join(fresh, "spool/in/new/stranger"), "wb") as f:
        f.write(b"x")
    put_desk(fresh, 1, {"verb": "customer-add", "id": "C2002", "name": "Bob",
                        "paypal": ["bob@example.net"]})

    # One message that ended daybook-post three times, and one beside it.
    crasher = os.path.join(world.tmp, "crasher")
    copy(base, crasher)
    guilty = accept(world, crasher, changed(payment, txn_id="CRASHES"))
    other = accept(world, crasher, payment)
    state_lines(crasher, [verdict(guilty), verdict(other)] + [f"T {guilty}\n"] * 3)

    # A book of last month, index trusted, nothing confirmed: a refund of an old payment, an old
    # payment again, a new one, a forgery.  The month is sealed on the way.
    old = os.path.join(world.tmp, "old")
    copy(base, old)
    last = body("6.06"), payment
    for x in last:
        accept(world, old, x)
    state_lines(old, [verdict(x) for x in spooled(old)])
    done = subprocess.run(["faketime", "-f", "-33d", world.program("daybook-post"), "-C", old],
                          env=dict(world.env, NO_FAKE_STAT="1"), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode not in (0, 1) or spooled(old):
        raise Bad(f"cannot prepare last month's book: {done.stdout}")
    for x in (payment, body("6.11"), cart, refund):
        accept(world, old, x)
    accept(world, old, changed(payment, txn_id="FORGED2"), remember=False)

    # Many messages, so that one batch is several pages: what is torn may be torn in its middle.
    many = os.path.join(world.tmp, "many")
    copy(base, many)
    for i in range(16):
        accept(world, many, changed(payment, txn_id=f"MANY{i}"))
    state_lines(many, [verdict(x) for x in spooled(many)])

    out = {"fresh": Scenario("fresh", fresh), "old": Scenario("old", old, trusted=True),
           "many": Scenario("many", many, trusted=True), "crasher": Scenario("crasher", crasher), "base": Scenario("base", base)}
    for s in out.values():
        run = os.path.join(world.tmp, "reference")
        s.fresh(world, run)
        recover(world, run)
        s.want = state(run)
        shutil.rmtree(run)
    return out


# ---- one accident ----

def count_calls(world, scenario, kind, site):
    """{process: calls of that class} of an undisturbed run of daybook-post."""
    scenario.fresh(world, site)
    listing = site + ".list"
    world.run(site, "daybook-post", trip=("-c", kind, "-l", listing))
    out = {}
    with open(listing, encoding="utf-8") as f:
        for line in f:
            w = line.split()
            out[int(w[0])] = max(out.get(int(w[0]), 0), int(w[1]))
    return out


def sane_exit(done, killed):
    if done.returncode == 125:
        raise Bad("it hangs")
    if done.returncode == 126:
        raise Bad("trip: " + done.stderr.decode())
    if done.returncode > 128 and not (killed and done.returncode == 137):
        raise Bad(f"it died of signal {done.returncode - 128}")


def case_post(world, site, scenario, trip):
    scenario.fresh(world, site)
    sane_exit(world.run(site, "daybook-post", trip=trip), "-a" not in trip)
    check(world, site, scenario.want)


def case_double(world, site, scenario, first, second):
    scenario.fresh(world, site)
    world.run(site, "daybook-post", trip=first)
    sane_exit(world.run(site, "daybook-post", trip=second), "-a" not in second)
    check(world, site, scenario.want)


def stored(site, data):
    n = 0
    for name in spooled(site):
        with open(os.path.join(site, "spool/in/new", name), "rb") as f:
            n += f.read().endswith(b"\n\n" + data)
    return n


def after_intake(world, site, data, acknowledged):
    """Answered 200: it is there.  Else: PayPal sends it again.  Booked once in the end."""
    if acknowledged and stored(site, data) != 1:
        raise Bad("answered 200, not in the spool")
    if not acknowledged:
        done = world.ipn(site, data)
        if b"Status: 200" not in done.stdout:
            raise Bad(f"sent again: {done.stdout} {done.stderr}")
    state_lines(site, [verdict(x) for x in spooled(site)])
    recover(world, site)
    live = state(site)["books/live"]
    if sum(live["entries"].values()) != 1:
        raise Bad(f"booked {sum(live['entries'].values())} times")
    what = collections.Counter(m[0] for m in live["messages"].values())
    if what["posted"] != 1 or set(what) - {"posted", "duplicate"}:
        raise Bad(f"dispositions {dict(what)}")


def case_ipn(world, site, scenario, trip):
    data = body("6.01")
    scenario.fresh(world, site)
    done = world.ipn(site, data, trip=trip)
    sane_exit(done, "-a" not in trip)
    after_intake(world, site, data, b"Status: 200" in done.stdout)


# ---- power cuts ----

def recorded(world, site, scenario, runs):
    """Runs of a program on a copy, each (program, trip options): the disk's whole story."""
    scenario.fresh(world, site)
    disk = Disk(site, skip=("gnupg",))
    events = []
    data = body("6.01")
    for program, trip in runs:
        rec = site + ".rec"
        options = (*trip, "-r", rec, "-s", site + "/")
        if program == "ipn":
            world.ipn(site, data, trip=options)
        else:
            world.run(site, "daybook-post", trip=options)
        events += read_events(rec, site)
        os.unlink(rec)
    return disk, events


MODES = ("drop", "keep", "names", "data", "torn")


def power_images(disk, events, torn, seed, skip_until=0):
    """Every different disk that a cut after each event can leave: (event, mode, acknowledged, image)."""
    seen = set()
    acknowledged = False
    for i in range(len(events) + 1):
        if i > 0:
            disk.apply(events[i - 1])
            if events[i - 1].kind == "A" and b"Status: 200" in events[i - 1].data:
                acknowledged = True
        if i < skip_until:
            continue
        for mode in MODES:
            for k in range(torn if mode == "torn" else 1):
                rng = random.Random(f"{seed}/{i}/{mode}/{k}")
                image = disk.image(mode, rng)
                mark = (acknowledged, disk.digest(image))
                if mark in seen:
                    continue
                seen.add(mark)
                yield i, mode, acknowledged, image


def power(world, site, scenario, runs, torn, seed, first_only, limit=None):
    """Replays: (images tried, faults found)."""
    disk, events = recorded(world, site, scenario, runs)
    tried, faults = 0, []
    images = power_images(disk, events, torn, seed)
    if limit:
        images = list(images)
        step = max(1, len(images) // limit)
        images = images[seed % step::step]
    for i, mode, acknowledged, image in images:
        disk.write(image, site, random.Random(i))
        tried += 1
        try:
            if runs[0][0] == "ipn":
                after_intake(world, site, body("6.01"), acknowledged)
            else:
                check(world, site, scenario.want)
        except Bad as e:
            where = f"{events[i - 1].kind} {os.path.relpath(events[i - 1].path, site)}" if i else "start"
            faults.append(f"cut after event {i} ({where}), {mode}: {e}")
            if first_only:
                break
    return tried, faults


# ---- parts ----

WORLD = None
SITES = None


def work(job):
    """In a worker: one job; None or what went wrong."""
    kind, args = job
    site = os.path.join(WORLD.tmp, f"w{os.getpid()}")
    try:
        if kind == "post":
            case_post(WORLD, site, SITES[args[0]], args[1])
        elif kind == "ipn":
            case_ipn(WORLD, site, SITES[args[0]], args[1])
        elif kind == "double":
            case_double(WORLD, site, SITES[args[0]], args[1], args[2])
        elif kind == "power":
            name, runs, torn, seed, first_only, limit = args
            return power(WORLD, site, SITES[name], runs, torn, seed, first_only, limit)
        elif kind == "sync":
            return find_missing(WORLD, site, *args)
        return None
    except Bad as e:
        return str(e)
    except Exception:       # pylint: disable=broad-except
        return traceback.format_exc()


def sample(jobs, short, n):
    """Every job, or n of them, spread evenly."""
    if not short or len(jobs) <= n:
        return jobs
    return [jobs[i * len(jobs) // n] for i in range(n)]


class Report:
    def __init__(self, tap):
        self.tap, self.passed, self.failed = tap, 0, 0

    def result(self, good, text):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        if self.tap:
            print(f"{'ok' if good else 'not ok'} {self.passed + self.failed} - {text}", flush=True)
        else:
            print(f"{'ok    ' if good else 'NOT OK'}  {text}", flush=True)

    def note(self, text):
        print(f"# {text}" if self.tap else f"        {text}", flush=True)

    def end(self):
        if self.tap:
            print(f"1..{self.passed + self.failed}")
        else:
            print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def run_all(pool, report, title, jobs):
    began = time.time()
    bad = []
    for job, why in zip(jobs, pool.map(work, jobs, chunksize=4)):
        if why is not None:
            bad.append((job, why))
    report.result(not bad, f"{title}: {len(jobs)} cases, {len(bad)} bad, {time.time() - began:.0f} s")
    for job, why in bad[:12]:
        report.note(f"{job[0]} {job[1]}: {why}")


def options(process, kind, n, action=None, *more):
    out = ("-p", str(process), "-c", kind, "-k", str(n))
    return out + (("-a", action) if action else ()) + more


def ipn_calls(world, scenario, kind, site):
    scenario.fresh(world, site)
    listing = site + ".list"
    world.ipn(site, body("6.01"), trip=("-c", kind, "-l", listing))
    with open(listing, encoding="utf-8") as f:
        return sum(1 for _ in f)


def part_kill(world, pool, report, short):
    site = os.path.join(world.tmp, "count")
    n = ipn_calls(world, SITES["base"], "all", site)
    jobs = [("ipn", ("base", options(0, "all", k))) for k in range(1, n + 2)]
    run_all(pool, report, f"ipn.cgi killed at each of its {n} system calls", sample(jobs, short, 40))
    for name in ("fresh", "old", "crasher"):
        calls = count_calls(world, SITES[name], "all", site)
        for process, what in ((0, "the half that writes"), (1, "the half that asks")):
            n = calls.get(process, 0)
            jobs = [("post", (name, options(process, "all", k))) for k in range(1, n + 2)]
            run_all(pool, report, f"daybook-post on {name} books, {what} killed at each of its {n} calls",
                    sample(jobs, short, 30 if process == 0 else 10))


def part_fault(world, pool, report, short):
    site = os.path.join(world.tmp, "count")
    for error in ("EIO", "ENOSPC"):
        n = ipn_calls(world, SITES["base"], "file", site)
        jobs = [("ipn", ("base", options(0, "file", k, error))) for k in range(1, n + 1)]
        run_all(pool, report, f"ipn.cgi, each of its {n} file calls fails with {error}",
                sample(jobs, short, 15))
        for name in ("fresh", "old", "crasher"):
            calls = count_calls(world, SITES[name], "file", site)
            for process, what in ((0, "the half that writes"), (1, "the half that asks")):
                n = calls.get(process, 0)
                jobs = [("post", (name, options(process, "file", k, error))) for k in range(1, n + 1)]
                run_all(pool, report, f"daybook-post on {name} books, {what}, each of its {n} file "
                        f"calls fails with {error}", sample(jobs, short, 15 if process == 0 else 4))
    n = ipn_calls(world, SITES["base"], "file", site)
    jobs = [("ipn", ("base", options(0, "file", k, "ENOSPC", "-f"))) for k in range(1, n + 1)]
    for name in ("fresh", "old"):
        calls = count_calls(world, SITES[name], "file", site)
        jobs += [("post", (name, options(0, "file", k, error, "-f")))
                 for k in range(1, calls[0] + 1, 3) for error in ("EIO", "ENOSPC")]
    run_all(pool, report, "from one file call on all fail, until the restart", sample(jobs, short, 15))


def part_double(world, pool, report, short):
    """A crash, and a crash or a fault in the recovery from it."""
    site = os.path.join(world.tmp, "count")
    for name in ("fresh", "old"):
        scenario = SITES[name]
        calls = count_calls(world, scenario, "all", site)[0]
        jobs = []
        points = [calls * i // 13 for i in range(5, 13)]
        for point in points:
            first = options(0, "all", point)
            jobs += [("double", (name, first, options(0, "all", k))) for k in range(150, calls, 17)]
            jobs += [("double", (name, first, options(0, "file", k, "EIO")))
                     for k in range(60, calls * 2 // 3, 17)]
        run_all(pool, report, f"daybook-post on {name} books, killed at {len(points)} points, and the "
                "restart killed or failing too", sample(jobs, short, 10))


def power_runs(world, site):
    """Histories to replay: (name of site, runs, what)."""
    post = ("post", ())
    out = [("base", (("ipn", ()),), "ipn.cgi"),
           ("fresh", (post,), "daybook-post on an empty book"),
           ("old", (post,), "daybook-post over the end of a month"),
           ("many", (post,), "daybook-post, a batch of several pages")]
    for name in ("fresh", "old"):
        scenario = SITES[name]
        scenario.fresh(world, site)
        listing = site + ".list"
        world.run(site, "daybook-post", trip=("-c", "file", "-l", listing))
        points, syncs = [], []
        with open(listing, encoding="utf-8") as f:
            for line in f:
                process, n, call, result, path = (line.rstrip("\n") + " ").split(" ", 4)
                if process == "0" and path.startswith(site) and "ledger." not in path and \
                   int(result) >= 0 and call in ("write", "pwrite64", "fsync", "fdatasync", "renameat"):
                    points.append(int(n))
                    if call == "fdatasync":
                        syncs.append(len(syncs) + 1)
        for n in points:
            out.append((name, (("post", options(0, "file", n)), post),
                        f"daybook-post on {name} books killed at file call {n}, started again"))
        # A sync that fails, and no time left to cut the file back: pages the cache calls clean.
        for k in range(1, len(syncs) + 12):
            out.append((name, (("post", options(0, "sync", k, "EIO", "-x")), post),
                        f"daybook-post on {name} books, sync {k} fails and it is killed, started again"))
    return out


def part_power(world, pool, report, short):
    site = os.path.join(world.tmp, "count")
    runs = power_runs(world, site)
    if short:
        runs = runs[:4] + sample(runs[4:], True, 4)
    jobs = [("power", (name, r, 8 if len(r) == 1 and not short else 2, 1, False, 12 if short else None))
            for name, r, _ in runs]
    began, images, bad = time.time(), 0, []
    results = list(pool.map(work, jobs))
    for (_, _, what), got in zip(runs, results):
        if isinstance(got, str):
            bad.append(f"{what}: {got}")
            continue
        images += got[0]
        bad += [f"{what}: {x}" for x in got[1]]
    report.result(not bad, f"power cut after each write, sync and name of {len(runs)} histories: "
                  f"{images} different disks, {len(bad)} bad, {time.time() - began:.0f} s")
    for x in bad[:12]:
        report.note(x)


# Syncs that no power cut misses, and why.
def spare(label, nth):
    if "/ledger." in label:
        return "the index, made again from the journal after a boot; its sync is there to find I/O errors"
    if label == "books/live":
        return "the name of refused/, a store that promises nothing"
    if nth == "note":
        return "a note that the settings changed: lost, it is made again"
    return None


def sync_calls(world, scenario, program, site):
    """The syncs of a run: (number, path in the site, "note" for that of our own note)."""
    scenario.fresh(world, site)
    listing = site + ".list"
    trip = ("-c", "sync", "-l", listing)
    if program == "ipn":
        world.ipn(site, body("6.01"), trip=trip)
    else:
        world.run(site, "daybook-post", trip=trip)
    out, noted = [], False
    with open(listing, encoding="utf-8") as f:
        for line in f:
            _, n, call, _, path = line.split()
            path = os.path.relpath(path, site)
            nth = ""
            if call == "fdatasync" and path.startswith("register/journal/") and not noted:
                nth, noted = "note", True
            out.append((int(n), path, nth))
    return out


def find_missing(world, site, name, program, n, label, chains):
    """A run that leaves out its n-th sync: what shows it, or None; images tried."""
    skip = ("-p", "0", "-c", "sync", "-k", str(n), "-a", "skip")
    tried, faults = power(world, site, SITES[name], ((program, skip),), 4, 2, True)
    if faults or program == "ipn":
        return faults, tried
    # What a sync at the start of a run makes good was left undone by the run before.
    skip = ("-p", "0", "-c", "sync", "-m", "/" + label, "-k", "1", "-a", "skip")
    for first in chains:
        more, faults = power(world, site, SITES[name], (("post", first), ("post", skip)), 2, 3, True)
        tried += more
        if faults:
            return [f"after {' '.join(first)}: {faults[0]}"], tried
    return [], tried


def part_syncs(world, pool, report, short):
    """Each sync left out: the replay of power cuts must notice."""
    site = os.path.join(world.tmp, "count")
    histories = power_runs(world, site)
    began = time.time()
    jobs = []
    for name, program in (("base", "ipn"), ("many", "post"), ("old", "post"), ("fresh", "post")):
        chains = [r[0][1] for n, r, _ in histories if n == name and len(r) == 2]
        for n, label, nth in sync_calls(world, SITES[name], program, site):
            if spare(label, nth) is None:
                jobs.append(("sync", (name, program, n, label, chains)))
            elif not short:
                report.note(f"{name}: sync {n}, {label}: spare: {spare(label, nth)}")
    if short:
        jobs = [j for j in jobs if j[1][0] in ("base", "many")]
        jobs = [("sync", (*j[1][:4], [])) for j in jobs if not j[1][3].endswith("journal")]
    for job, got in zip(jobs, pool.map(work, jobs)):
        name, program, n, label = job[1][:4]
        what = "ipn.cgi" if program == "ipn" else f"daybook-post on {name} books"
        what += f" without sync {n} ({re.sub('[0-9]{8}T.*', 'MESSAGE', label)})"
        if isinstance(got, str):
            report.result(False, f"{what}: {got}")
            continue
        report.result(bool(got[0]), f"{what}: noticed" if got[0] else
                      f"{what}: NOT noticed in {got[1]} images")
        if got[0] and not short:
            report.note(got[0][0][:200])
    report.note(f"{time.time() - began:.0f} s")


def main():
    global WORLD, SITES     # pylint: disable=global-statement
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--cgi", required=True)
    parser.add_argument("--trip", required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--tap", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="kill,fault,double,power,syncs")
    args = parser.parse_args()
    report = Report(args.tap)
    began = time.time()
    WORLD = World(args)
    try:
        SITES = prepare(WORLD)
        with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
            for part in args.only.split(","):
                globals()["part_" + part](WORLD, pool, report, args.short)
    finally:
        WORLD.close()
    report.note(f"{time.time() - began:.0f} s in all")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
