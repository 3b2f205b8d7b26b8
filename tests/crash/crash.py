#!/usr/bin/env python3
"""Crashes, faults and power cuts for ipn.cgi, daybook-post, and the programs people and cron run.

  crash.py --bin DIR --cgi DIR --trip FILE [--short] [--jobs N] [--only PART[,PART]] [--tap]

Parts: kill, fault, double, commands, power, index, syncs.  Every case is: a prepared site, copied; one
accident (trip.c); a restart; and the questions of check(): nothing answered 200 is lost, nothing is
booked twice, `daybook verify` is clean, the books say what they say without the accident, and one more
run of daybook-post was all it took.  For a command (class Command): what it said was done is done, and
a plain daybook-post and the command given again end where an undisturbed one does.  Cases are numbered
alike in every run; --short takes a fixed sample.
"""
import argparse
import collections
import concurrent.futures
import datetime
import hashlib
import json
import os
import pwd
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

import callers
from disk import Disk, Event, read_events

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "data", "ipn")
ACTIVITY = os.path.join(HERE, "..", "data", "activity", "b.csv")
STL = os.path.join(HERE, "..", "data", "stl", "STL-20240304.01.009.CSV")
PAYOUTS = os.path.join(HERE, "..", "data", "masspay", "sample.csv")
STANDIN = os.path.join(HERE, "..", "standin", "paypal.py")
API = os.path.join(HERE, "..", "standin", "paypal_api.py")
ROWS = os.path.join(HERE, "..", "standin", "activity_rows.py")
TYPE = "application/x-www-form-urlencoded"
BOOKS = ("books/live", "books/test", "register")
ASIDE = ("unreadable", "wrong-origin", "crashed")


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
        self.servers = []
        self.url, self.api = self.serve(STANDIN), self.serve(API)

    def serve(self, program):
        """Starts a stand-in; its address."""
        port = os.path.join(self.tmp, f"port{len(self.servers)}")
        self.servers.append(subprocess.Popen([sys.executable, program, "serve", "--port-file", port],
                                             stderr=subprocess.DEVNULL))      # of connections that broke
        for _ in range(200):
            if os.path.exists(port):
                break
            time.sleep(0.05)
        with open(port, encoding="ascii") as f:
            return "http://127.0.0.1:" + f.read().strip()

    def close(self):
        for server in self.servers:
            server.kill()
            server.wait()
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


def finished(folder):
    return sorted(f for f in os.listdir(folder) if not f.startswith("."))


def spooled(site, origin="in"):
    return finished(os.path.join(site, "spool", origin, "new"))


def remark(site, book):
    """The index is another file than its marker says, or has other times: the marker is made to fit."""
    mark = os.path.join(site, book, "ledger.trust")
    with open(mark, encoding="ascii") as f:
        marker = json.load(f)["marker"]
    for member, file in (("index", "ledger.gdbm"), ("rows", "ledger.rows")):
        st = os.stat(os.path.join(site, book, file))
        marker[member]["inode"] = st.st_ino
        for name, ns in (("mtime", st.st_mtime_ns), ("ctime", st.st_ctime_ns)):
            marker[member][name], marker[member][name + "_ns"] = divmod(ns, 10 ** 9)
    text = json.dumps(marker, separators=(",", ":"))
    with open(mark, "w", encoding="ascii") as f:
        json.dump({"marker": marker, "sum": hashlib.sha256(text.encode()).hexdigest()}, f,
                  separators=(",", ":"))


def state_lines(site, lines):
    with open(os.path.join(site, "spool/post/state.log"), "ab") as f:
        f.write("".join(lines).encode())


def verdict(site, name, yes=True):
    code, text = (1, "VkVSSUZJRUQ=") if yes else (2, "SU5WQUxJRA==")
    with open(os.path.join(site, "spool/in/new", name), "rb") as f:
        head, _, body = f.read().partition(b"\n\n")
    said = dict(x.partition(b" ")[::2] for x in head.splitlines())      # torn ones too
    about = b" ".join([said.get(b"integration", b""), said.get(b"kind", b""), said.get(b"mode", b""),
                       hashlib.sha256(body).hexdigest().encode()])
    return (f"V {name} {code} 200 {int(time.time() * 1e6)} "
            f"{hashlib.sha256(about).hexdigest()} {text}\n")


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


NOW = re.compile(time.strftime("%Y-%m-", time.gmtime()) + r"[0-9]{2}T[0-9:.]+Z")


def lasting(table, value):
    """Of what a table says, what does not differ from run to run."""
    if table == "closing" and isinstance(value, dict):     # where the journal stood, and its digest then
        value = {k: v for k, v in value.items() if k != "end"}
    text = NOW.sub("NOW", json.dumps(value, sort_keys=True))
    # Whose name could not be read is known by the number.
    return text.replace(f"uid:{os.getuid()}", pwd.getpwuid(os.getuid()).pw_name)


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
                data[(table, key)] = lasting(table, value)
        out[book] = {"messages": messages, "entries": dict(entries), "rows": rows, "data": data}
    return out


PARTS = ("messages", "entries", "rows", "data")


def differ(got, want, parts=PARTS):
    for book in BOOKS:
        for part in parts:
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


def check(world, site, want, parts=PARTS, also=None):
    recover(world, site)
    got = state(site)
    why = differ(got, want, parts)
    if why and (also is None or differ(got, also, parts)):
        raise Bad(why)
    last = {r["id"]: r for r in records(site, "books/live") if r["type"] == "message"}
    for r in last.values():     # what was set aside is still there
        if r.get("reason") in ASIDE:
            name = f"{r['origin']}.{r['act']['file']}"
            if not os.path.exists(os.path.join(site, "spool/aside", name)):
                raise Bad(f"{name} is set aside, and lost")


# ---- sites ----

class Scenario:
    """A prepared site and what its books say after an undisturbed run."""

    def __init__(self, name, site, trusted=False):
        self.name, self.site, self.trusted = name, site, trusted
        self.want = self.forgotten = None

    def fresh(self, world, target):
        copy(self.site, target)
        for book in BOOKS if self.trusted else ():
            remark(target, book)

    def settle(self, world):
        """Each index with its marker, which fresh() takes along."""
        if self.trusted:
            world.daybook(self.site, "verify")

    def restore(self, target):
        """What a disk's image leaves out."""

    def refer(self, world, target):
        self.settle(world)
        self.fresh(world, target)
        recover(world, target)
        self.want = state(target)

    def check(self, world, site, _done):
        check(world, site, self.want)


class Intake(Scenario):
    def check(self, world, site, done):
        after_intake(world, site, body("6.01"), done)


class Aside(Scenario):
    """One message is set aside; then ipn.cgi brings one, a duplicate.  A cut may make daybook-post forget
    that the first one ended it: it is tried again, and booked."""

    def refer(self, world, target):
        super().refer(world, target)
        self.fresh(world, target)
        path = os.path.join(target, "spool/post/state.log")
        with open(path, "rb") as f:
            kept = b"".join(x for x in f.readlines() if not x.startswith(b"T "))
        with open(path, "wb") as f:
            f.write(kept)
        recover(world, target)
        self.forgotten = state(target)

    def check(self, world, site, _done):
        check(world, site, self.want, PARTS[1:], self.forgotten)


class Command(Scenario):
    """A program that a person or cron starts, and may start again."""
    said_done = (0, 75)

    def __init__(self, name, site, *command):
        super().__init__(name, site, trusted=True)
        self.command, self.before, self.codes = command, None, ()

    def look(self, _world, site):
        """What it is to make, and the books."""
        names = finished(os.path.join(site, "integrations"))
        rows = state(site)
        known = sorted(k[1] + ".json" for k, v in rows["register"]["data"].items()
                       if k[0] == "integration" and v != "null")
        if names != known:
            raise Bad(f"integrations {names}, in the register {known}")
        return rows, names

    def compare(self, got, want):
        if got[1] != want[1]:
            return f"{got[1]}, without the accident {want[1]}"
        return differ(got[0], want[0], PARTS[1:])

    def refer(self, world, target):
        self.settle(world)
        self.fresh(world, target)
        recover(world, target)
        self.before = self.look(world, target)
        self.fresh(world, target)
        first = world.run(target, *self.command)
        if first.returncode not in self.said_done:
            raise Bad(f"{self.command}: {first.returncode}: "
                      f"{first.stdout.decode()}{first.stderr.decode()}")
        recover(world, target)
        self.want = self.look(world, target)
        if self.compare(self.want, self.before) is None:
            raise Bad(f"{self.command} changes nothing: {first.stdout.decode()}")
        again = world.run(target, *self.command)
        self.codes = (first.returncode, again.returncode)
        recover(world, target)
        why = self.compare(self.look(world, target), self.want)
        if why:
            raise Bad(f"{self.command}, given twice: {why}")

    def midway(self, got):
        """May it stop here?"""
        return self.compare(got, self.before) is None

    def check(self, world, site, done):
        recover(world, site)
        got = self.look(world, site)
        why = self.compare(got, self.want)
        if why and done:
            raise Bad("it said that it is done: " + why)
        if why and not self.midway(got):
            raise Bad("half done: " + why)
        again = world.run(site, *self.command)
        if again.returncode not in self.codes:
            raise Bad(f"given again: {again.returncode}: {again.stderr.decode().strip()}")
        recover(world, site)
        why = self.compare(self.look(world, site), self.want)
        if why:
            raise Bad("given again: " + why)


def contents(folder):
    out = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                out[os.path.relpath(path, folder)] = hashlib.sha256(f.read()).hexdigest()
    return out


class Reconcile(Command):
    said_done = (0, 1)      # 1: breaks, which are in the books too

    def look(self, world, site):
        kept = contents(os.path.join(site, "books/live/reports"))
        for r in records(site, "books/live"):       # a row's report is there, and is that one
            for digest in re.findall(r'"([0-9a-f]{64}):[0-9]+"', json.dumps(r)):
                if kept.get(digest + ".csv") != digest:
                    raise Bad(f"booked from report {digest[:8]}, which is not there as it was")
        run = {k: v for k, v in contents(os.path.join(site, "books/live/reconcile")).items()
               if not os.path.basename(k).startswith(".")}      # unfinished
        return super().look(world, site)[0], run

    def midway(self, got):      # some rows may be booked, none twice
        return all(n <= self.want[0][book]["entries"].get(entry, 0)
                   for book in BOOKS for entry, n in got[0][book]["entries"].items())


class Fetch(Command):
    """What state.json does not name was not fetched; what it names is there, and each row in it once.  When
    a run takes place differs from run to run, and with it where its period ends."""
    said_done = (0,)

    def look(self, world, site):
        folder = os.path.join(site, "books/live/reports/incoming/paypal_checkout")
        try:
            with open(os.path.join(folder, "state.json"), encoding="utf-8") as f:
                known = json.load(f)
        except FileNotFoundError:
            known = {}
        spans, rows, edge = [], collections.Counter(), known.get("edge")
        for name, what in known.get("files", {}).items():
            with open(os.path.join(folder, name), "rb") as f:
                data = f.read()
            if hashlib.sha256(data).hexdigest() != what["sha256"]:
                raise Bad(f"{name} is known, and not as it was")
            lines = [json.loads(x) for x in data.splitlines()]
            spans.append((lines[0]["from"], lines[0]["to"]))
            rows.update(re.findall(rb'"transaction_id":"([^"]*)"', data))
        spans.sort()
        for (_, end), (begin, _) in zip(spans, spans[1:]):
            gap = (datetime.datetime.fromisoformat(begin.rstrip("Z")) -
                   datetime.datetime.fromisoformat(end.rstrip("Z"))).total_seconds()
            if gap != 1:
                raise Bad(f"a period ends {end}, the next begins {begin}")
        if edge != (spans[-1][1] if spans else None):
            raise Bad(f"fetched up to {spans}, and it goes on from {edge}")
        return super().look(world, site)[0], dict(rows)

    def restore(self, target):
        for name in os.listdir(os.path.join(target, "secrets")):    # images have no modes
            os.chmod(os.path.join(target, "secrets", name), 0o600)

    def check(self, world, site, done):
        super().check(world, site, done)
        read = world.run(site, "daybook-reconcile", "--fetched", "--post-missing")
        if read.returncode != 0 or not read.stdout.startswith(b"CLEAN"):
            raise Bad(f"--fetched: {read.returncode} {read.stdout.decode()} {read.stderr.decode()}")
        booked = sum(state(site)["books/live"]["entries"].values())
        if booked != 1 + FETCHED:       # and the opening
            raise Bad(f"{booked} entries of {FETCHED} rows and an opening")


class Audit(Command):
    said_done = (0, 1)

    def look(self, world, site):
        packs = []
        folder = os.path.join(site, "audit/live")
        for name in finished(folder):
            done = world.run(site, "daybook-audit", "--verify", os.path.join(folder, name))
            if done.returncode != 0:
                raise Bad(f"pack {name}: {done.stderr.decode().strip()}")
            with open(os.path.join(folder, name, "manifest.json"), encoding="utf-8") as f:
                packs.append((name, json.load(f)))
        return super().look(world, site)[0], packs

    def restore(self, target):
        home = os.path.join(target, "gnupg")
        if not os.path.exists(home):
            subprocess.run(["cp", "-a", os.path.join(self.site, "gnupg"), home], check=True)


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


FETCHED = 30


def activity(world, name, *rows):
    path = os.path.join(world.tmp, name + ".csv")
    with open(path, "wb") as f:
        subprocess.run([sys.executable, ROWS, "USD=100.00", *rows], stdout=f, check=True)
    return path


def prepare_breaks(world, base):
    """Books and a report that differ: an amount, a fee, a row that the books lack."""
    site = os.path.join(world.tmp, "break")
    copy(base, site)
    world.daybook(site, "customer", "add", "C2", "--name", "Bob", "--paypal-email", "bob@example.net")
    with open(os.path.join(site, "daybook.json"), encoding="utf-8") as f:
        settings = json.load(f)
    settings["write_off"] = {"item": {"USD": "0.50"}, "month": {"USD": "0.50"}}
    with open(os.path.join(site, "daybook.json"), "w", encoding="utf-8") as f:
        json.dump(settings, f)
    opening = os.path.join(world.tmp, "opening-break.csv")
    with open(opening, "w", encoding="ascii") as f:
        f.write("account,currency,amount,date\nAssets:PayPal,USD,100.00,2026-01-01\n")
    world.daybook(site, "opening", opening)
    row = "2026-03-01 1{}:00:00;Website Payment;Completed;USD;{};{};{}AAAAAAAAAAAAAAA{};{}@example.net"
    last = row.format(9, "5.00", "-0.45", 9, 9, "bob")
    true = (row.format(0, "20.00", "-0.88", 1, 1, "alice"), row.format(1, "30.00", "-1.17", 2, 2, "bob"))
    other = (row.format(0, "19.50", "-0.88", 1, 1, "alice"), row.format(1, "30.00", "-1.07", 2, 2, "bob"),
             row.format(2, "40.00", "-1.46", 3, 3, "alice"))
    done = world.run(site, "daybook-reconcile", "--dates", "mdy", "--post-missing",
                     activity(world, "true", *true, last))
    if not done.stdout.startswith(b"CLEAN"):
        raise Bad(f"no books to break: {done.stdout.decode()} {done.stderr.decode()}")
    world.run(site, "daybook-reconcile", "--dates", "mdy", activity(world, "other", *other, last))
    listed = json.loads(world.daybook(site, "breaks", "--format", "json"))
    return site, {x["category"]: x["break_id"] for x in listed}


def prepare_more(world, base):
    """Payouts, breaks, periods, the settlement report, what is fetched."""
    out = []
    payouts = os.path.join(world.tmp, "payouts")
    copy(base, payouts)
    world.daybook(payouts, "opening", os.path.join(world.tmp, "opening.csv"))
    out.append(Command("register", payouts, "daybook-masspay", "register", PAYOUTS, "--batch", "B1"))
    registered = os.path.join(world.tmp, "registered")
    copy(payouts, registered)
    if world.run(registered, *out[0].command).returncode != 0:
        raise Bad("no payouts registered")
    out.append(Command("cancel", registered, "daybook-masspay", "cancel", "B1", "--note", "not these"))

    site, ids = prepare_breaks(world, base)
    for verb, category in (("write-off", "amount"), ("correct", "fee"),
                           ("book-from-report", "missing-in-ledger")):
        out.append(Command(f"breaks resolve {verb}", site, "daybook", "breaks", "resolve", ids[category],
                           "--as", verb, "--note", "by hand"))

    stl = os.path.join(world.tmp, "stl")
    copy(base, stl)
    world.daybook(stl, "opening", os.path.join(world.tmp, "opening.csv"))
    out.append(Reconcile("stl", stl, "daybook-reconcile", "--post-missing", STL))
    restated, altered = (os.path.join(world.tmp, x) for x in ("restated", os.path.basename(STL)))
    copy(stl, restated)
    with open(STL, "rb") as f, open(altered, "wb") as g:
        g.write(f.read().replace(b"260069", b"260070"))
    world.run(restated, "daybook-reconcile", "--post-missing", altered)
    out.append(Reconcile("restated", restated, "daybook-reconcile", "--post-missing", STL))
    proved = os.path.join(world.tmp, "proved")
    copy(restated, proved)
    world.run(proved, "daybook-reconcile", "--post-missing", STL)
    out.append(Command("close", proved, "daybook", "close", "2024-03-04"))
    closed = os.path.join(world.tmp, "closed")
    copy(proved, closed)
    world.daybook(closed, "close", "2024-03-04")
    out.append(Command("reopen", closed, "daybook", "reopen", "2024-03-04", "--note", "it is not over"))

    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
    rows = [{"id": f"{i:05}PAYPAYPAYPAY", "time": f"{day}T00:{i:02}:00Z", "amount": "10.00", "fee": "-0.59"}
            for i in range(FETCHED)]
    for path, value in (("rows", rows), ("set", {"page": 10})):
        urllib.request.urlopen(f"{world.api}/_/{path}", json.dumps(value).encode()).close()
    fetch, secret = os.path.join(world.tmp, "fetch"), os.path.join(world.tmp, "secret")
    copy(base, fetch)
    opening = os.path.join(world.tmp, "opening-fetch.csv")
    with open(opening, "w", encoding="ascii") as f:
        f.write(f"account,currency,amount,date\nAssets:PayPal,USD,0.00,{day}\n")
    with open(secret, "w", encoding="ascii") as f:
        f.write("client-s3cret\n")
    world.daybook(fetch, "opening", opening)
    world.daybook(fetch, "integration", "add", "paypal-checkout", "--mode", "live",
                  "receiver=billing@example.com,MERCHANTID123", "endpoint=" + world.api,
                  "client_id=client-id", "client_secret=@" + secret)
    out.append(Fetch("fetch", fetch, "daybook-fetch"))
    return out


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
    signing = os.path.join(world.tmp, "gnupg")      # only the audit signs
    os.rename(os.path.join(base, "gnupg"), signing)
    # Whatever may depend on it, the state file is there.
    state_lines(base, [])
    payment, cart, refund = body("6.01"), body("6.08"), body("6.10")

    # An empty book, verdicts in: a payment, its duplicate, a refund before its payment, a pending
    # one, a forgery, a stranger's file in the spool, and a request from the desk.
    fresh = os.path.join(world.tmp, "fresh")
    copy(base, fresh)
    names = [accept(world, fresh, x) for x in (payment, payment, refund, cart, body("6.02"))]
    forged = accept(world, fresh, changed(payment, txn_id="FORGED"), remember=False)
    state_lines(fresh, [verdict(fresh, x) for x in names] + [verdict(fresh, forged, False)])
    with open(os.path.join(fresh, "spool/in/new/stranger"), "wb") as f:
        f.write(b"x")
    put_desk(fresh, 1, {"verb": "customer-add", "id": "C2002", "name": "Bob",
                        "paypal": ["bob@example.net"]})

    # One message that ended daybook-post three times, and one beside it.
    crasher = os.path.join(world.tmp, "crasher")
    copy(base, crasher)
    guilty = accept(world, crasher, changed(payment, txn_id="CRASHES"))
    other = accept(world, crasher, payment)
    state_lines(crasher, [verdict(crasher, guilty), verdict(crasher, other)] + [f"T {guilty}\n"] * 3)

    # A book of last month, index trusted, nothing confirmed: a refund of an old payment, an old
    # payment again, a new one, a forgery.  The month is sealed on the way.
    old = os.path.join(world.tmp, "old")
    copy(base, old)
    last = body("6.06"), payment
    for x in last:
        accept(world, old, x)
    state_lines(old, [verdict(old, x) for x in spooled(old)])
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
    state_lines(many, [verdict(many, x) for x in spooled(many)])

    # So many that they are read and removed by a thread of their own (lib/porter.h).
    crowd = os.path.join(world.tmp, "crowd")
    copy(base, crowd)
    for i in range(70):
        accept(world, crowd, changed(payment, txn_id=f"CROWD{i}"), remember=False)
    state_lines(crowd, [verdict(crowd, x) for x in spooled(crowd)])

    # A cut in the middle of such a batch: its first page is a hole, the others are there.
    torn = os.path.join(world.tmp, "torn")
    copy(many, torn)
    world.daybook(many, "verify")       # markers, whatever runs next
    done = os.path.join(world.tmp, "reference")
    copy(many, done)
    recover(world, done)
    for name in os.listdir(os.path.join(done, "books/live/journal")):
        with open(os.path.join(done, "books/live/journal", name), "rb") as f:
            batch = f.read()
        with open(os.path.join(torn, "books/live/journal", name), "wb") as f:
            f.write(bytes(4096) + batch[4096:])

    # A payment of a stranger's, and what an opening and a report need.
    desk = os.path.join(world.tmp, "desk")
    copy(base, desk)
    accept(world, desk, changed(payment, txn_id="STRANGERS", payer_email="x%40example.org",
                                payer_id="XXXXXXXXXXXXX"))
    state_lines(desk, [verdict(desk, x) for x in spooled(desk)])
    recover(world, desk)
    opening = os.path.join(world.tmp, "opening.csv")
    with open(opening, "w", encoding="ascii") as f:
        f.write("account,currency,amount,date\nAssets:PayPal,USD,2500.00,2024-03-04\n")
    report = os.path.join(world.tmp, "report")
    copy(base, report)
    world.daybook(report, "customer", "add", "C1002", "--name", "Affiliates", "--paypal-email",
                  "affiliates@example.com")
    world.daybook(report, "opening", opening)
    audit = os.path.join(world.tmp, "audit")
    copy(old, audit)
    recover(world, audit)
    os.rename(signing, os.path.join(audit, "gnupg"))
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 33 * 86400))

    more = prepare_more(world, base)

    out = (Scenario("fresh", fresh), Scenario("old", old, trusted=True),
           Scenario("many", many, trusted=True), Scenario("crasher", crasher), Scenario("torn", torn),
           Scenario("crowd", crowd, trusted=True),
           Aside("crasher+", crasher), Intake("base", base),
           Command("customer add", desk, "daybook", "customer", "add", "C3003", "--name", "Carol",
                   "--paypal-email", "carol@example.net"),
           Command("allocate", desk, "daybook", "allocate", "STRANGERS", "C1001"),
           Command("opening", desk, "daybook", "opening", opening),
           Command("integration add", desk, "daybook", "integration", "add", "paypal-ipn", "second",
                   "--mode", "test", "receiver=second@example.com", "account=Second"),
           Command("integration remove", desk, "daybook", "integration", "remove", "test_ipn"),
           Reconcile("reconcile", report, "daybook-reconcile", "--dates", "mdy", "--post-missing",
                     ACTIVITY),
           Audit("audit", audit, "daybook-audit", "--day", day), *more)
    for s in out:
        s.refer(world, os.path.join(world.tmp, "reference"))
    return {s.name: s for s in out}


# ---- one accident ----

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


def case_command(world, site, scenario, trip):
    scenario.fresh(world, site)
    done = world.run(site, *scenario.command, trip=trip)
    sane_exit(done, "-a" not in trip)
    scenario.check(world, site, done.returncode in scenario.said_done)


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
    state_lines(site, [verdict(site, x) for x in spooled(site)])
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

def start(world, site, scenario, program, trip):
    """One run of a history: ipn, post, or command, the scenario's own."""
    if program == "ipn":
        return world.ipn(site, body("6.01"), trip=trip)
    command = scenario.command if program == "command" else ("daybook-post",)
    return world.run(site, *command, trip=trip)


def recorded(world, site, scenario, runs):
    """Runs on a copy, each (program, trip options): the disk's whole story."""
    scenario.fresh(world, site)
    disk = Disk(site, skip=("gnupg",))
    events = []
    for program, trip in runs:
        rec = site + ".rec"
        done = start(world, site, scenario, program, (*trip, "-r", rec, "-s", site + "/", "-i",
                                                      site + "/gnupg/"))
        if done.returncode == 126:
            raise Bad("trip: " + done.stderr.decode())
        events += read_events(rec)
        os.unlink(rec)
        if "-k" in trip and "skip" not in trip:
            events.append(Event("K", 0, 0, b"", "", ""))
    return disk, events


MODES = ("drop", "keep", "names", "data", "torn")


def says_done(scenario, event):
    """Somebody outside relies on it from here on."""
    if isinstance(scenario, Command):
        return event.kind == "X" and event.off in scenario.said_done
    return event.kind == "A" and b"Status: 200" in event.data


def window(events):
    """Where a sync was left out: from there to the next one of the same thing, other disks than without
    that.  After an accident: from there, as before it the disks are those of a run without one."""
    begin = 0
    for i, e in enumerate(events, 1):
        if e.kind == "K":
            begin = i
        elif e.kind == "N":
            later = (k for k, x in enumerate(events[i:], i + 1)
                     if x.kind == "Y" or (x.kind == "S" and x.ino == e.ino))
            return i, next(later, len(events))
    return begin, len(events)


def power_images(disk, events, torn, seed, scenario):
    """Every different disk that a cut after each event can leave: (event, mode, acknowledged, image)."""
    seen = set()
    acknowledged = False
    begin, end = window(events)
    for i in range(len(events) + 1):
        if i > 0:
            disk.apply(events[i - 1])
            acknowledged |= says_done(scenario, events[i - 1])
        if not begin <= i <= end:
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


KINDS = {"A": "answer", "C": "create", "F": "failed sync", "K": "kill", "L": "link", "M": "make", "N": "no sync",
         "R": "rename", "S": "sync", "T": "truncate", "U": "remove", "W": "write", "X": "exit",
         "Y": "sync of all"}


def describe(event, site):
    path = os.path.relpath(event.path, site) if event.path.startswith(site) else ""
    return f"{KINDS[event.kind]} {short_name(path)}".strip()


def short_name(path):
    return re.sub(r"\b[0-9]{8}T[0-9.]+-[0-9a-f]{16}", "MESSAGE", re.sub(r"\.[0-9]+$", "", path))


def power(world, site, scenario, runs, torn, seed, first_only, limit=None):
    """Replays: (images tried, faults found)."""
    disk, events = recorded(world, site, scenario, runs)
    tried, faults = 0, []
    images = power_images(disk, events, torn, seed, scenario)
    if limit:
        images = list(images)
        step = max(1, len(images) // limit)
        images = images[seed % step::step] + [x for x in images if x[0] == len(events)]
    for i, mode, acknowledged, image in images:
        disk.write(image, site, random.Random(i))
        scenario.restore(site)
        tried += 1
        try:
            scenario.check(world, site, acknowledged)
        except Bad as e:
            faults.append(f"cut after event {i} ({describe(events[i - 1], site) if i else 'start'}), "
                          f"{mode}: {e}")
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
        elif kind == "command":
            case_command(WORLD, site, SITES[args[0]], args[1])
        elif kind == "double":
            case_double(WORLD, site, SITES[args[0]], args[1], args[2])
        elif kind == "power":
            name, runs, torn, seed, first_only, limit = args
            return power(WORLD, site, SITES[name], runs, torn, seed, first_only, limit)
        elif kind == "sync":
            return find_missing(WORLD, site, *args)
        elif kind == "index":
            lose_index(WORLD, site, SITES["fresh"], *args)
        return None
    except Bad as e:
        return str(e)
    except Exception:       # pylint: disable=broad-except
        return "BUG " + traceback.format_exc()


def sample(jobs, short, n):
    """Every job, or n of them, spread evenly."""
    if not short or len(jobs) <= n:
        return jobs
    return [jobs[i * len(jobs) // n] for i in range(n)]


class Report:
    def __init__(self, tap):
        self.tap, self.passed, self.failed = tap, 0, 0
        self.table = {}     # (program, kind) -> [runs, failures]
        self.missed = [0, 0]

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

    def count(self, program, kind, runs, failures):
        row = self.table.setdefault((program, kind), [0, 0])
        row[0] += runs
        row[1] += failures

    def missing(self, place, what, by, tried=""):
        """A sync left out, and what noticed (None: nothing did)."""
        self.missed[0] += 1
        self.missed[1] += by is not None
        self.result(by is not None, f"without the sync in {place} ({what}): " +
                    (f"noticed, {by}" if by else f"NOT noticed, {tried}")[:260])

    def summary(self, seconds):
        line = "{:<39} {:<46} {:>7} {:>8}".format
        self.note("")
        self.note(line("program", "accident", "runs", "failures"))
        for (program, kind), (runs, failures) in self.table.items():
            self.note(line(program, kind, runs, failures))
        runs, failures = (sum(row[i] for row in self.table.values()) for i in (0, 1))
        self.note("")
        self.note(f"{runs} accidents, {failures} failures; {self.missed[1]} of {self.missed[0]} syncs are "
                  f"missed when left out; {seconds:.0f} s")

    def end(self):
        if self.tap:
            print(f"1..{self.passed + self.failed}")
        else:
            print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def run_all(pool, report, program, kind, title, jobs):
    began = time.time()
    bad = []
    for job, why in zip(jobs, pool.map(work, jobs, chunksize=4)):
        if why is not None:
            bad.append((job, why))
    report.count(program, kind, len(jobs), len(bad))
    report.result(not bad, f"{title}: {len(jobs)} cases, {len(bad)} bad, {time.time() - began:.0f} s")
    for job, why in bad[:12]:
        report.note(f"{job[0]} {job[1]}: {why}")


def options(process, kind, n, action=None, *more):
    out = ("-p", str(process), "-c", kind, "-k", str(n))
    return out + (("-a", action) if action else ()) + more


def calls(world, scenario, program, kind, site):
    """{process: its calls of that class} of an undisturbed run."""
    scenario.fresh(world, site)
    listing = site + ".list"
    start(world, site, scenario, program, ("-c", kind, "-l", listing))
    out = collections.defaultdict(list)
    with open(listing, encoding="utf-8") as f:
        for line in f:
            process, rest = line.rstrip("\n").split(" ", 1)
            out[int(process)].append(rest)
    return out


ASKS = "the half that asks"


def role(process):
    """Of one in daybook-post, by its number in trip.c."""
    return "the half that writes" if process == 0 else ASKS if process < 64 else \
        "the thread that carries"


KILLED = "killed at each system call"


def once(site, listed):
    """Numbers of the calls; of many alike outside the site the first three."""
    seen = collections.Counter()
    for line in listed:
        n, call, _, path = line.split(" ", 3)
        seen[call, path] += 1
        if call == "-" or path.startswith(site) or seen[call, path] <= 3:
            yield int(n)


def part_kill(world, pool, report, short):
    site = os.path.join(world.tmp, "count")
    n = len(calls(world, SITES["base"], "ipn", "all", site)[0])
    jobs = [("ipn", ("base", options(0, "all", k))) for k in range(1, n + 2)]
    run_all(pool, report, "ipn.cgi", KILLED, f"ipn.cgi killed at each of its {n} system calls",
            sample(jobs, short, 40))
    for name in ("fresh", "old", "crasher", "crowd"):
        made = calls(world, SITES[name], "post", "all", site)
        for process in sorted(made):
            if name == "crowd" and process < 64:
                continue    # only its thread is new
            n = len(made[process])
            # The half that asks begins by closing hundreds of descriptors.
            points = range(1, n + 2) if role(process) != ASKS else [*once(site, made[process]), n + 1]
            jobs = [("post", (name, options(process, "all", k))) for k in points]
            run_all(pool, report, "daybook-post, " + role(process), KILLED,
                    f"daybook-post on {name} books, {role(process)} killed at each of its {n} calls",
                    sample(jobs, short, 16 if process == 0 else 5))


def part_fault(world, pool, report, short):
    site = os.path.join(world.tmp, "count")
    kind = "each file call fails with {}"
    for error in ("EIO", "ENOSPC"):
        n = len(calls(world, SITES["base"], "ipn", "file", site)[0])
        jobs = [("ipn", ("base", options(0, "file", k, error))) for k in range(1, n + 1)]
        run_all(pool, report, "ipn.cgi", kind.format(error),
                f"ipn.cgi, each of its {n} file calls fails with {error}", sample(jobs, short, 15))
        for name in ("fresh", "old", "crasher", "crowd"):
            made = calls(world, SITES[name], "post", "file", site)
            for process in sorted(made):
                if name == "crowd" and process < 64:
                    continue
                n = len(made[process])
                jobs = [("post", (name, options(process, "file", k, error)))
                        for k in once(site, made[process])]
                run_all(pool, report, "daybook-post, " + role(process), kind.format(error),
                        f"daybook-post on {name} books, {role(process)}, each of its {n} file calls "
                        f"(three of many alike) fails with {error}", sample(jobs, short, 10 if process == 0 else 3))
    jobs = [("post", (name, options(0, "file", k, "EIO", "-m", "/integrations/live_ipn.json")))
            for name in ("fresh", "old") for k in range(1, 13)]
    run_all(pool, report, "daybook-post, " + role(0), kind.format("EIO"),
            "daybook-post, each call on an integration's file fails with EIO", jobs)
    n = len(calls(world, SITES["base"], "ipn", "file", site)[0])
    jobs = [("ipn", ("base", options(0, "file", k, "ENOSPC", "-f"))) for k in range(1, n + 1)]
    for name in ("fresh", "old"):
        n = len(calls(world, SITES[name], "post", "file", site)[0])
        jobs += [("post", (name, options(0, "file", k, error, "-f")))
                 for k in range(1, n + 1, 3) for error in ("EIO", "ENOSPC")]
    run_all(pool, report, "ipn.cgi, daybook-post", "from one file call on all fail",
            "from one file call on all fail, until the restart", sample(jobs, short, 15))


def part_double(world, pool, report, short):
    """A crash, and a crash or a fault in the recovery from it."""
    site = os.path.join(world.tmp, "count")
    for name in ("fresh", "old"):
        n = len(calls(world, SITES[name], "post", "all", site)[0])
        jobs = []
        points = [n * i // 13 for i in range(5, 13)]
        for point in points:
            first = options(0, "all", point)
            jobs += [("double", (name, first, options(0, "all", k))) for k in range(150, n, 29)]
            jobs += [("double", (name, first, options(0, "file", k, "EIO")))
                     for k in range(60, n * 2 // 3, 29)]
        run_all(pool, report, "daybook-post", "killed, then the restart killed or failing",
                f"daybook-post on {name} books, killed at {len(points)} points, and the restart killed "
                "or failing too", sample(jobs, short, 10))


def commands():
    return [s for s in SITES.values() if isinstance(s, Command)]


def part_commands(world, pool, report, short):
    """Killed before each call that changes anything (between two of them a kill is the same kill)."""
    site = os.path.join(world.tmp, "count")
    only = world.args.site.split(",") if world.args.site else list(SITES)
    for s in (c for c in commands() if c.name in only):
        heavy = isinstance(s, Audit)
        n = len(calls(world, s, "command", "change", site)[0])
        jobs = [("command", (s.name, options(0, "change", k))) for k in range(1, n + 2)]
        run_all(pool, report, label(s), "killed at each call that changes anything",
                f"{label(s)} killed at each of its {n} calls that change anything",
                sample(jobs, short, 2 if heavy else 5))
        if short:
            continue
        # Not of pipes: they don't fail, and GPGME 1.18 would end in a signal if they did.
        others = [(int(line.split(" ")[0]), line.split(" ", 3)[3])
                  for line in calls(world, s, "command", "file", site)[0]
                  if line.split(" ", 3)[3].startswith("/")]
        others = [k for i, (k, path) in enumerate(others)
                  if i % (12 if heavy else 6) == 0 or "/reports/" in path]
        for error in ("EIO", "ENOSPC"):
            jobs = [("command", (s.name, options(0, "change", k, error))) for k in range(1, n + 1)]
            if error == "EIO":
                jobs += [("command", (s.name, options(0, "file", k, error))) for k in others]
            run_all(pool, report, label(s), f"such a call fails with {error}",
                    f"{label(s)}, each call that changes anything, and others, fails with {error}", jobs)


def label(scenario):
    """The program, as the tables call it."""
    if isinstance(scenario, Command):
        program = scenario.command[0]
        return program if program == "daybook-" + scenario.name else f"{program} {scenario.name}"
    return "ipn.cgi" if isinstance(scenario, Intake) else "daybook-post"


def power_runs(world, site):
    """Histories to replay: (name of site, runs, what, path of the call where an accident is)."""
    post = ("post", ())
    out = [("base", (("ipn", ()),), "ipn.cgi"),
           ("fresh", (post,), "daybook-post on an empty book"),
           ("old", (post,), "daybook-post over the end of a month"),
           ("many", (post,), "daybook-post, a batch of several pages"),
           ("torn", (post,), "daybook-post, a torn batch before it"),
           ("crasher+", (post, ("ipn", ())), "daybook-post sets a message aside, then ipn.cgi")]
    out += [(s.name, (("command", ()),), label(s)) for s in commands()]
    out = [(*x, "") for x in out]
    for name, program in [("fresh", "post"), ("old", "post")] + [(s.name, "command") for s in commands()]:
        points, syncs = [], []
        listed = calls(world, SITES[name], program, "change", site)[0]
        for line in listed:
            n, call, result, path = line.split(" ", 3)
            if call in ("fsync", "fdatasync"):
                syncs.append(path)
            if path.startswith(site) and "ledger." not in path and int(result) >= 0:
                if call in ("write", "writev", "pwrite64", "fsync", "fdatasync", "renameat",
                            "renameat2", "linkat", "mkdirat"):
                    points.append((int(n), path))
        if program == "command":    # what is like daybook-post in it is tried there
            made = [(int(line.split(" ")[0]) + 1, "") for line in listed if " mkdirat 0 " in line]
            points, syncs = sorted(set(sample(points, True, 8) + made)), []
        for n, path in points:
            out.append((name, ((program, options(0, "change", n)), (program, ())),
                        f"{label(SITES[name])} on {name} books killed at change {n}, started again", path))
        # A sync that fails, and no time left to cut the file back: pages the cache calls clean.
        for k, path in enumerate(syncs, 1):
            out.append((name, ((program, options(0, "sync", k, "EIO", "-x")), (program, ())),
                        f"{label(SITES[name])} on {name} books, sync {k} fails and it is killed, started "
                        "again", path))
    return out


def part_power(world, pool, report, short):
    site = os.path.join(world.tmp, "count")
    runs = power_runs(world, site)
    if world.args.site:
        runs = [r for r in runs if r[0] in world.args.site.split(",")]
    if short:
        runs = runs[:6] + sample([r for r in runs[6:] if r[0] != "audit"], True, 6)
    jobs = []
    for name, r, _, _ in runs:
        limit = 7 if short else 300 if name == "torn" else 100 if len(r) == 2 else None
        if not short and isinstance(SITES[name], Command):
            limit = (60 if len(r) == 1 else 12) // (2 if name == "audit" else 1)
        jobs.append(("power", (name, r, 8 if len(r) == 1 and not short else 2, 1, False, limit)))
    began, images, bad = time.time(), 0, []
    for (name, _, what, _), got in zip(runs, pool.map(work, jobs)):
        tried, faults = (0, [got]) if isinstance(got, str) else got
        images += tried
        bad += [f"{what}: {x}" for x in faults]
        report.count(label(SITES[name]), "power cut after each write, sync and name", tried, len(faults))
    report.result(not bad, f"power cut after each write, sync and name of {len(runs)} histories: "
                  f"{images} different disks, {len(bad)} bad, {time.time() - began:.0f} s")
    for x in bad[:12]:
        report.note(x)


# ---- syncs left out ----

# Syncs that no power cut misses, and why: place or line -> reason.
SPARE = (
    (r"lib/index\.c:.*ledger\.", "the index is made again after a cut; its sync finds I/O errors, see above"),
    (r"lib/index\.c:.*(fsync\(out\)|durable_write)", "the checkpoint: its digest tells a torn one, then the "
     "index is made from record 1"),
    (r"lib/evidence\.c:.*tail_cut", "no record names what is cut; lost, it is cut again"),
    (r"batch/cmd_init\.c:", "a site that is not there is made again"),
    (r"lib/durable\.c:.*durable_mkdirs\(", "daybook init has made it"),
)


def spare(where):
    for pattern, why in SPARE:
        if re.search(pattern, where):
            return why
    return None


def sync_calls(world, scenario, program, site):
    """The syncs of a run: (number, place in our sources, path in the site)."""
    exe = world.program("ipn.cgi" if program == "ipn" else
                        scenario.command[0] if program == "command" else "daybook-post")
    out = []
    for line in calls(world, scenario, program, "sync", site)[0]:
        call, where = line.split("\t")
        n, _, _, path = call.split(" ", 3)
        out.append((int(n), callers.place(exe, where), short_name(os.path.relpath(path, site)),
                    os.path.relpath(path, site)))
    return out


def alike(path):
    """One name for what the same line does to several books, months and files of a folder."""
    path = re.sub(r"^(books/live|books/test|register)/", "BOOK/", path)
    path = re.sub(r"\b[0-9]{4}-[0-9]{2}(-[0-9]{2}-[0-9a-f]{8})?\b", lambda m: "RUN" if m[1] else "MONTH", path)
    return re.sub(r"/\.[^/]+$", "/FILE", path) if not path.endswith("/.tmp") else path


def find_missing(world, site, tries):
    """Runs that leave out a sync, (site, program, number, path, chains) each: what shows it, or None;
    images tried."""
    tried = 0
    for name, program, n, path, chains in tries:
        limit = 150 if name == "audit" else None
        skip = ("-p", "0", "-c", "sync", "-k", str(n), "-a", "skip")
        more, faults = power(world, site, SITES[name], ((program, skip),), 4, 2, True, limit)
        tried += more
        if faults:
            return f"{label(SITES[name])}: {faults[0]}", tried
    for name, program, n, path, chains in tries[:3]:
        # What a sync at the start of a run makes good was left undone by the run before.
        skip = ("-p", "0", "-c", "sync", "-m", "/" + path, "-k", "1", "-a", "skip")
        for first in chains:
            more, faults = power(world, site, SITES[name], ((program, first), (program, skip)), 2, 3, True,
                                 40 if program == "command" else None)
            tried += more
            if faults:
                return f"{label(SITES[name])} after {' '.join(first)}: {faults[0]}", tried
    return None, tried


INDEX_HEAD = b"meta"        # its key; the record follows


def lose_index(world, site, scenario, book, file, trip):
    """Writing back an index fails, which its syncs say or, left out, don't.  The old pages are what is
    read later; to the size and times, which stay as they were, the marker is made to fit."""
    scenario.fresh(world, site)
    path = os.path.join(site, book, file)
    world.run(site, "daybook-post", trip=("-p", "0", "-c", "sync", "-m", path[len(site):], *trip))
    if os.path.exists(os.path.join(site, book, "ledger.trust")):
        with open(path, "r+b") as f:        # all but the first record, without which it is no index
            data = f.read()
            f.seek(data.rindex(INDEX_HEAD) + 64 if file == "ledger.gdbm" else 0)
            f.write(bytes(len(data) - f.tell()))
        remark(site, book)
    scenario.check(world, site, False)


def part_index(world, _pool, report, _short):
    """GDBM's own close syncs too (lib/index.c asks for one before it, as nothing is promised of close), so
    that only without both nothing is said."""
    site = os.path.join(world.tmp, "count")
    listed = calls(world, SITES["fresh"], "post", "sync", site)[0]
    for book, file in (("books/live", "ledger.gdbm"), ("books/live", "ledger.rows"), ("register", "ledger.gdbm")):
        n = sum(os.path.join(site, book, file) in line.split("\t")[0] for line in listed)
        for k in range(1, n + 1):
            why = work(("index", (book, file, ("-k", str(k), "-a", "EIO", "-f"))))
            report.count("daybook-post", "writing back the index fails", 1, why is not None)
            report.result(why is None, f"{book}/{file} is not written back, from its sync {k} of {n} "
                          f"on that is said: {why or 'made again'}")
        why = work(("index", (book, file, ("-k", "1", "-a", "skip", "-f"))))
        report.missing("lib/index.c", f"{book}/{file}, {'both' if file == 'ledger.gdbm' else 'the one'}", why)


def part_syncs(world, pool, report, short):
    """Each sync left out: the replay of power cuts must notice."""
    site = os.path.join(world.tmp, "count")
    histories = power_runs(world, site)
    began = time.time()
    groups, reached = {}, set()
    order = [("base", "ipn"), ("fresh", "post"), ("many", "post"), ("old", "post"), ("torn", "post")]
    order += [(s.name, "command") for s in commands()]
    if world.args.site:
        order = [x for x in order if x[0] in world.args.site.split(",")]
    for name, program in order:
        chains = [(where, r[0][1]) for n, r, _, where in histories if n == name and len(r) == 2]
        for n, place, what, path in sync_calls(world, SITES[name], program, site):
            reached |= set(place.split(" < "))
            groups.setdefault((place, alike(what)), []).append((name, program, n, path, [
                trip for where, trip in sorted(chains, key=lambda c: not c[0].endswith("/" + path))]))
    jobs = {}
    for (place, what), tries in groups.items():
        if spare(f"{place} {what}") is None and re.search(world.args.match, f"{place} {what}"):
            jobs[(place, what)] = ("sync", (tries,))
    source = callers.sources()
    if short:
        jobs = {(place, what): ("sync", ([(*t[:4], []) for t in tries[:3]],))
                for (place, what), tries in groups.items()
                if what.startswith(("spool/in/", "BOOK/evidence", "BOOK/journal/"))
                and tries[0][0] in ("base", "fresh")
                and "tail_rewrite" not in source.get(place.split(" < ")[-1], "")}    # wants an accident first
    for key, got in zip(jobs, pool.map(work, jobs.values())):
        if isinstance(got, str):        # a fault of this program, not of theirs
            report.result(False, f"without the sync in {key[0]} ({key[1]}): {got}")
            continue
        by, tried = got
        report.missing(*key, by, f"{tried} images")
    if not short:
        for (place, what), _ in groups.items():
            why = spare(f"{place} {what}")
            if why:
                report.note(f"spare: {place} ({what}): {why}")
        for where, text in source.items():
            why = spare(f"{where} {text}")
            if where not in reached and why:
                report.note(f"spare: {where}: {why}")
            elif where not in reached and not world.args.site:
                report.result(False, f"{where} {text}: no run comes here")
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
    parser.add_argument("--match", default="", help="syncs: only these, a pattern")
    parser.add_argument("--site", default="", help="power and syncs: only on these, comma separated")
    parser.add_argument("--only", default="kill,fault,double,commands,power,index,syncs")
    args = parser.parse_args()
    report = Report(args.tap)
    began = time.time()
    os.setpgrp()
    WORLD = World(args)

    def stop(_signal, _frame):
        WORLD.close()
        os.killpg(0, signal.SIGKILL)

    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, stop)
    try:
        SITES = prepare(WORLD)
        with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
            for part in args.only.split(","):
                globals()["part_" + part](WORLD, pool, report, args.short)
    finally:
        WORLD.close()
    report.summary(time.time() - began)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
