#!/usr/bin/env python3
"""One report against one ledger by daybook-reconcile, DuckDB and sqlite3, in turns.

reconcile.py RECONCILE SITE DIR ROUNDS SQLITE-ROUNDS [DUCK-MODULES]
reconcile.py --sizes RECONCILE ROUNDS SMALL-SITE SMALL-DIR LARGE-SITE LARGE-DIR

DIR has what `planted` made: Download.CSV, ledger.csv, planted.csv.  Prints "NAME VALUE UNIT" a line:
medians over the rounds of wall and processor seconds, peak memory, and what each has found.
Everything lies in the page cache: each contestant has an untimed round first.
"""
import os
import re
import statistics
import subprocess
import sys
import time

SQL_LOAD = """
CREATE TABLE l (id TEXT, event TEXT, currency TEXT, gross TEXT, fee TEXT, status TEXT);
.import --csv --skip 1 {dir}/ledger.csv l
CREATE TABLE ledger (id TEXT PRIMARY KEY, event TEXT, currency TEXT, gross INTEGER, fee INTEGER, status TEXT)
    WITHOUT ROWID;
INSERT INTO ledger SELECT id, event, currency, CAST(round(gross * 100) AS INTEGER),
    CAST(round(fee * 100) AS INTEGER), status FROM l;
DROP TABLE l;
"""
# The download goes into a table in memory, which is dropped with the process.
SQL_TIMED = """
ATTACH ':memory:' AS m;
CREATE TABLE m.raw ({columns});
.import --csv --skip 1 --schema m {dir}/Download.CSV raw
CREATE TABLE m.r AS SELECT c13 AS id, substr(c1, 7, 4) || '-' || substr(c1, 1, 2) || '-' || substr(c1, 4, 2) ||
    'T' || c2 || 'Z' AS event, c7 AS currency, CAST(round(replace(c8, ',', '') * 100) AS INTEGER) AS gross,
    -CAST(round(replace(c9, ',', '') * 100) AS INTEGER) AS fee FROM m.raw WHERE c41 <> 'Memo';
.mode csv
SELECT CASE WHEN l.id IS NULL THEN 'missing-in-ledger' WHEN r.id IS NULL THEN 'missing-in-report'
    WHEN r.currency <> l.currency THEN 'currency' WHEN r.gross <> l.gross THEN 'amount'
    WHEN l.status <> 'completed' THEN 'status' ELSE 'fee' END, coalesce(r.id, l.id)
FROM m.r FULL OUTER JOIN ledger l ON r.id = l.id
WHERE l.id IS NULL OR r.currency <> l.currency OR r.gross <> l.gross OR r.fee <> l.fee OR
    l.status <> 'completed' OR (r.id IS NULL AND l.event > (SELECT min(event) FROM m.r) AND
    l.event < (SELECT max(event) FROM m.r));
"""


def timed(argv, text=None):
    """Wall, processor seconds, peak MB, output."""
    began = time.monotonic()
    p = subprocess.Popen(argv, stdin=subprocess.PIPE if text else None, stdout=subprocess.PIPE)
    if text:
        p.stdin.write(text.encode())
        p.stdin.close()
    out = p.stdout.read().decode()
    _, status, used = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - began
    if p.returncode not in (0, 1):
        sys.exit(f"{argv[0]}: exit {p.returncode}: {out}")
    return took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out


def lines(path):
    with open(path, encoding="ascii") as f:
        return sorted(line.strip() for line in f)


class Duck:
    def __init__(self, modules, folder, rounds):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "duck.mjs")
        self.found = os.path.join(folder, "duck.csv")
        self.p = subprocess.Popen(
            ["node", script, os.path.join(folder, "duck.db"), os.path.join(folder, "ledger.csv"),
             os.path.join(folder, "Download.CSV"), str(rounds), self.found], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "DUCK_MODULES": modules})
        if self.p.stdout.readline() != "ready\n":
            sys.exit("duck.mjs does not start")

    def turn(self):
        self.p.stdin.write("go\n")
        took, cpu, _ = self.p.stdout.readline().split()
        return float(took), float(cpu)


def show(name, turns):
    print(f"{name}_wall {statistics.median(t[0] for t in turns):.3f} s")
    print(f"{name}_cpu {statistics.median(t[1] for t in turns):.3f} s")


def sizes(reconcile, rounds, *places):
    """Two sizes in turns, so that what else the machine does meets both."""
    turns = {0: [], 2: []}
    for i in turns:                     # both with their breaks on record
        timed([reconcile, "-C", places[i], f"{places[i + 1]}/Download.CSV"])
    for n in range(int(rounds) + 1):
        for i in turns:
            turn = timed([reconcile, "-C", places[i], "-n", f"{places[i + 1]}/Download.CSV"])
            if n > 0:
                turns[i].append(turn)
    for i, name in ((0, "small"), (2, "large")):
        planted = lines(f"{places[i + 1]}/planted.csv")
        show(name, turns[i])
        print(f"{name}_size {os.path.getsize(places[i + 1] + '/Download.CSV') / 1e6:.0f} MB")
        print(f"{name}_peak {max(t[2] for t in turns[i]):.0f} MB")
        print(f"{name}_breaks {re.search(r'breaks: open ([0-9]+)', turns[i][0][3]).group(1)} of {len(planted)}")


def main():
    if sys.argv[1] == "--sizes":
        sizes(*sys.argv[2:])
        return
    reconcile, site, folder, rounds, sqlite_rounds = sys.argv[1:6]
    rounds, sqlite_rounds = int(rounds), int(sqlite_rounds)
    modules = sys.argv[6] if len(sys.argv) > 6 else None
    planted = lines(f"{folder}/planted.csv")
    report = f"{folder}/Download.CSV"
    print(f"report_size {os.path.getsize(report) / 1e6:.0f} MB")
    dry = [reconcile, "-C", site, "-n", report]
    ours, duck_turns, sqlite_turns = [], [], []
    duck = Duck(modules, folder, rounds + 1) if modules else None
    if sqlite_rounds:
        if os.path.exists(f"{folder}/sqlite.db"):
            os.unlink(f"{folder}/sqlite.db")
        timed(["sqlite3", f"{folder}/sqlite.db"], SQL_LOAD.format(dir=folder))
    for n in range(rounds + 1):
        mine = timed(dry)
        theirs = duck.turn() if duck else None
        if n > 0:                       # the first is for the page cache
            ours.append(mine)
            duck_turns.append(theirs)
        if n < sqlite_rounds:
            sql = SQL_TIMED.format(dir=folder, columns=", ".join(f"c{c + 1} TEXT" for c in range(41)))
            sqlite_turns.append(timed(["sqlite3", f"{folder}/sqlite.db"], sql))
    show("reconcile", ours)
    print(f"reconcile_peak {max(t[2] for t in ours):.0f} MB")
    open_breaks = re.search(r"breaks: open (\d+)", ours[0][3]).group(1)
    print(f"reconcile_breaks {open_breaks} of {len(planted)}")
    full = timed([reconcile, "-C", site, report])
    print(f"reconcile_full_run_wall {full[0]:.3f} s")
    print(f"reconcile_full_run_peak {full[2]:.0f} MB")
    run = re.search(r"see (\S+)", full[3]).group(1)
    with open(f"{site}/{run}/breaks.csv", encoding="utf-8", newline="") as f:
        rows = [line.split(",") for line in f.read().splitlines()[1:]]
    found = {"reconcile": sorted(f"{r[1]},{r[6]}" for r in rows)}
    if duck:
        show("duckdb", duck_turns)
        found["duckdb"] = lines(duck.found)
    if sqlite_turns:
        show("sqlite3", sqlite_turns)
        found["sqlite3"] = sorted(line.strip() for line in sqlite_turns[0][3].splitlines())
    for name, got in found.items():
        same = "all, none invented" if got == planted else "NOT what was planted"
        print(f"{name}_found {len(got)} of {len(planted)} ({same})")


if __name__ == "__main__":
    main()
