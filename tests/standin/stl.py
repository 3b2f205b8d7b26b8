#!/usr/bin/env python3
"""Settlement and transaction detail reports as PayPal would make them of days that never were, and the
notifications of the same days.

stl.py day OUT --rows N [--seed S] [--parts P] [--plant K] [--day 2024-03-04]
    OUT/bodies (a notification a line, for confirmed.py), OUT/payouts.csv (what was meant to be paid by
    Mass Pay), OUT/STL-*.CSV, OUT/TRR-*.CSV, and OUT/expected:
    "CATEGORY ID" of each break that a comparison of the two must find, no more and no less: rows that
    PayPal tells of in no notification, and K planted ones of each kind.
stl.py month OUT --days N [--rows N] [--seed S] [--first 2026-03-01]
    OUT/NIGHT/{evening,night,late} (bodies that arrive before midnight, after it, and after the report was
    read), OUT/NIGHT/STL-*.CSV, OUT/NIGHT/when (the three moments); nothing is wrong with any of them.
Same arguments, same bytes.
"""
import argparse
import datetime
import os
import random
import sys
import zoneinfo

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ipn_make

ZONE = zoneinfo.ZoneInfo("America/Los_Angeles")
ACCOUNT = "MERCHANTID123"
CURRENCIES = ("USD", "USD", "USD", "EUR", "EUR", "GBP", "JPY")
HEADINGS = [
    "Transaction ID", "Invoice ID", "PayPal Reference ID", "PayPal Reference ID Type",
    "Transaction Event Code", "Transaction Initiation Date", "Transaction Completion Date",
    "Transaction Debit or Credit", "Gross Transaction Amount", "Gross Transaction Currency",
    "Fee Debit or Credit", "Fee Amount", "Fee Currency", "Custom Field", "Consumer ID",
    "Payment Tracking ID", "Store ID", "Bank Reference ID", "Credit Transactional Fee",
    "Credit Promotional Fee", "Credit Term"]
HOLDS = ("T1503", "T1105", "T2107", "T2108")


def hundredths(minor, currency):
    return minor * 100 if currency == "JPY" else minor


def amount(minor, currency):
    sign, minor = "-" if minor < 0 else "", abs(minor)
    return f"{sign}{minor}" if currency in ("JPY", "TWD") else f"{sign}{minor // 100}.{minor % 100:02}"


def side(v):
    return "CR" if v > 0 else "DR" if v < 0 else ""


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


class Row:
    """One SB row; gross and fee as our account sees them, fee a cost."""

    def __init__(self, ident, code, when, gross, currency, fee=0, reference="", payer="", begun=None,
                 status="S"):
        self.id, self.code, self.when, self.gross, self.currency = ident, code, when, gross, currency
        self.fee, self.reference, self.payer, self.status = fee, reference, payer, status
        self.begun = begun or when

    def text(self, trr=False):
        stamp = "%Y/%m/%d %H:%M:%S %z"
        gross, fee = hundredths(self.gross, self.currency), -hundredths(self.fee, self.currency)
        cells = [quoted("SB"), quoted(self.id), quoted(""), quoted(self.reference),
                 quoted("TXN" if self.reference else ""), quoted(self.code), self.begun.strftime(stamp),
                 self.when.strftime(stamp), quoted(side(gross)), str(abs(gross)), quoted(self.currency),
                 quoted(side(fee)), str(abs(fee)) if fee else "", quoted(self.currency if fee else "")]
        if trr:
            return ",".join(cells + [quoted(self.status), quoted(self.payer)]) + "\n"
        return ",".join(cells + [quoted(""), quoted(self.payer), quoted(""), quoted(""), quoted(""),
                                 "", "", ""]) + "\n"


def totals(rows):
    out = {}
    for r in rows:
        t = out.setdefault(r.currency, [0, 0, 0, 0, 0])
        gross, fee = hundredths(r.gross, r.currency), hundredths(r.fee, r.currency)
        t[0 if gross >= 0 else 1] += abs(gross)
        t[2 if fee < 0 else 3] += abs(fee)
        t[4] += gross - fee if r.code in HOLDS else 0
    return out


class Balances:
    """What the report of the day before ended with: hundredths, available and total."""

    def __init__(self, begin=None):
        self.at = {c: [v, v] for c, v in (begin or {}).items()}

    def footers(self, kind, rows, count):
        out, sums = "", totals(rows)
        for c in sorted(set(self.at) | set(sums)):
            t = sums.get(c, [0, 0, 0, 0, 0])
            begin = self.at.get(c, [0, 0])
            move = t[0] - t[1] + t[2] - t[3]
            end = [begin[0] + move, begin[1] + move - t[4]]
            cells = [quoted(kind), quoted(c)] + [str(v) for v in t[:4]]
            for v in (begin[0], end[0], begin[1], end[1], 0, 0):
                cells += [quoted("DR" if v < 0 else "CR"), str(abs(v))]
            out += ",".join(cells + [str(count)]) + "\n"
        return out

    def move(self, rows):
        for c, t in totals(rows).items():
            begin = self.at.get(c, [0, 0])
            move = t[0] - t[1] + t[2] - t[3]
            self.at[c] = [begin[0] + move, begin[1] + move - t[4]]


def edges(day):
    start = datetime.datetime.combine(day, datetime.time(), ZONE)
    return start, datetime.datetime.combine(day, datetime.time(23, 59, 59), ZONE)


def head(day, part, version, columns):
    start, end = edges(day)
    made = (end + datetime.timedelta(hours=3)).strftime("%Y/%m/%d %H:%M:%S %z")
    stamp = "%Y/%m/%d %H:%M:%S %z"
    return (f'"RH",{made},"A","{ACCOUNT}",{version},\n"FH",{part:02}\n'
            f'"SH",{start.strftime(stamp)},{end.strftime(stamp)},"{ACCOUNT}",""\n'
            + ",".join(["\"CH\""] + [quoted(c) for c in columns]) + "\n")


def write_stl(folder, day, rows, balances, parts=1):
    """The report of that day in so many files; the footers of the section in the last."""
    rows = sorted(rows, key=lambda r: (r.when.timestamp(), r.id))
    each = -(-len(rows) // parts) if rows else 0
    for p in range(1, parts + 1):
        mine = rows[(p - 1) * each:p * each]
        text = head(day, p, "009", HEADINGS) + "".join(r.text() for r in mine)
        if p == parts:
            text += balances.footers("SF", rows, len(rows)) + f'"SC",{len(rows)}\n'
            text += balances.footers("RF", rows, len(rows)) + f'"RC",{len(rows)}\n'
        text += f'"FF",{len(mine)}\n'
        with open(f"{folder}/STL-{day:%Y%m%d}.{p:02}.009.CSV", "w", encoding="utf-8", newline="") as f:
            f.write(text)
    balances.move(rows)


def write_trr(folder, day, rows):
    rows = sorted(rows, key=lambda r: (r.when.timestamp(), r.id))
    n = len(rows)
    text = head(day, 1, "008", HEADINGS[:13] + ["Transactional Status", "Consumer ID"])
    text += "".join(r.text(True) for r in rows)
    text += f'"SF",{n}\n"SC",{n}\n"RF",{n}\n"RC",{n}\n"FF",{n}\n'
    with open(f"{folder}/TRR-{day:%Y%m%d}.01.008.CSV", "w", encoding="utf-8", newline="") as f:
        f.write(text)


class World:
    """Makes transactions: rows for reports, bodies for notifications."""

    def __init__(self, seed, prefix):
        self.payouts = []           # lines of the upload files behind them
        self.rng, self.n, self.prefix = random.Random(seed), 0, prefix

    def ident(self, kind):
        self.n += 1
        return f"{self.n:07}{kind}{self.prefix}"

    def body(self, kind, when, currency="", gross=None, fee=None, **more):
        values = {"payment_date": when.astimezone(ZONE).strftime("%H:%M:%S %b %d, %Y %Z")}
        if gross is not None:
            values.update(mc_gross=amount(gross, currency), mc_currency=currency)
            values["mc_fee"] = None if fee is None else amount(fee, currency)
        items = more.pop("items", ())
        values.update(more)
        return ipn_make.make(kind, values, items)

    def payer(self):
        n = self.rng.randrange(10)
        return {"payer_email": f"c{n}@example.net", "payer_id": f"PAYER{n:08}"}

    def amounts(self, currency):
        gross = self.rng.randrange(300, 30000)
        return gross, gross * 34 // 1000 + (40 if currency == "JPY" else 30)

    def payment(self, when, currency=None):
        currency = currency or self.rng.choice(CURRENCIES)
        gross, fee = self.amounts(currency)
        who = self.payer()
        row = Row(self.ident("PY"), self.rng.choice(["T0006", "T0007", "T0000"]), when, gross, currency, fee,
                  payer=who["payer_id"])
        return row, self.body("payment", when, currency, gross, fee, txn_id=row.id, **who)

    def refund(self, when, of):
        part = of.gross if self.rng.random() < 0.3 else max(1, of.gross // 3)
        back = of.fee * part // of.gross if self.rng.random() < 0.7 else 0
        row = Row(self.ident("RF"), "T1107", when, -part, of.currency, -back, of.id, of.payer)
        return row, self.body("refund", when, of.currency, -part, -back if back else None, txn_id=row.id,
                              parent_txn_id=of.id, payer_id=of.payer)

    def chargeback(self, when, of):
        row = Row(self.ident("CB"), "T1201", when, -of.gross, of.currency, -of.fee, of.id, of.payer)
        cost = Row(self.ident("CF"), "T0106", when, -2000, "USD", 0, row.id)
        return row, cost, self.body("reversal", when, of.currency, -of.gross, -of.fee, txn_id=row.id,
                                    parent_txn_id=of.id, payer_id=of.payer)

    def converted(self, when):
        gross, fee = self.amounts("EUR")
        who = self.payer()
        dollars = (gross - fee) * 109 // 100
        ident = self.ident("CV")
        rows = [Row(ident, "T0006", when, gross, "EUR", fee, payer=who["payer_id"]),
                Row(ident[:-2] + "C1", "T0200", when, fee - gross, "EUR", 0, ident),
                Row(ident[:-2] + "C2", "T0200", when, dollars, "USD", 0, ident)]
        return rows, self.body("payment", when, "EUR", gross, fee, txn_id=ident, settle_currency="USD",
                               settle_amount=amount(dollars, "USD"), exchange_rate="1.09", **who)

    def mass_pay(self, when, count):
        """A batch: what is held meanwhile and let go, items with their fees."""
        items, rows, whole = [], [], 0
        for _ in range(count):
            gross = self.rng.randrange(100, 4000)
            fee = max(1, min(100, (gross * 2 + 50) // 100))
            ident = self.ident("MP")
            to = f"p{self.rng.randrange(500)}@example.org"
            items.append(f"{to},{amount(gross, 'USD')},{amount(fee, 'USD')},Completed,{ident},U{ident}")
            self.payouts.append(f"{to},{amount(gross, 'USD')},USD,U{ident},\n")
            rows.append(Row(ident, "T0001", when, -gross, "USD", fee))
            whole += gross + fee
        hold = Row(self.ident("HD"), "T1503", when, -whole, "USD")
        free = Row(self.ident("HR"), "T1105", when, whole, "USD", 0, hold.id)
        return [hold, free], rows, self.body("masspay", when, items=items)

    def at(self, day):
        return edges(day)[0] + datetime.timedelta(seconds=self.rng.randrange(86400))


# ---- one day with planted breaks ----

def plant(world, k, told, rows, bodies, expected):
    """told: rows that a notification tells of, as (row, index in bodies, kind)."""
    rng = world.rng
    plain = [t for t in told if t[2] == "payment"]
    rng.shuffle(plain)
    alone = iter(plain)
    drop = set()
    for _ in range(k):
        row, at, _ = next(alone)            # the notification was lost
        drop.add(at)
        expected.append(("missing-in-ledger", row.id))
        row, at, _ = next(alone)            # the report knows it not
        rows.remove(row)
        expected.append(("missing-in-report", row.id))
        row, at, _ = next(alone)            # another amount, a fee
        bodies[at] = world.body("payment", row.when, row.currency, row.gross + 1, row.fee, txn_id=row.id)
        expected.append(("amount", row.id))
        row, at, _ = next(alone)
        bodies[at] = world.body("payment", row.when, row.currency, row.gross, row.fee + 1, txn_id=row.id)
        expected.append(("fee", row.id))
        row, at, _ = next(alone)
        bodies[at] = world.body("payment", row.when, "AUD" if row.currency != "JPY" else "TWD", row.gross,
                                row.fee, txn_id=row.id)
        expected.append(("currency", row.id))
        row, at, _ = next(alone)            # the books know it as pending
        bodies[at] = world.body("pending", row.when, row.currency, row.gross, txn_id=row.id)
        expected.append(("status", row.id))
        row, at, _ = next(alone)            # the same row twice
        rows.append(row)
        expected.append(("duplicate-in-report", row.id))
        rows.append(Row(world.ident("XX"), "T7777", world.at(row.when.date()), -55, "USD"))
        expected.append(("unknown-type", rows[-1].id))
    for at in drop:
        bodies[at] = None


def one_day(a):
    world, day = World(a.seed, "S%03d" % (a.seed % 1000)), datetime.date.fromisoformat(a.day)
    rows, bodies, told, silent = [], [], [], []

    def tell(body, kind, *of):
        bodies.append(body)
        for row in of:
            rows.append(row)
            told.append((row, len(bodies) - 1, kind))

    held, noon = [], edges(day)[0] + datetime.timedelta(hours=12)
    busy = set()                            # payments that something follows
    while len(rows) + len(silent) < a.rows:
        r, when = world.rng.random(), world.at(day)
        earlier = [t for t in told[-200:] if t[2] == "payment" and t[0].when < when and t[0].id not in busy]
        if r < 0.07 and earlier:
            of = world.rng.choice(earlier)[0]
            busy.add(of.id)
            row, body = world.refund(when, of)
            tell(body, "refund", row)
        elif r < 0.09 and earlier:
            of = world.rng.choice(earlier)[0]
            busy.add(of.id)
            row, cost, body = world.chargeback(when, of)
            tell(body, "reversal", row)
            silent.append(cost)
        elif r < 0.12:
            made, body = world.converted(when)
            tell(body, "conversion", *made)
        elif r < 0.125:
            around, items, body = world.mass_pay(when, 5)
            silent += around
            tell(body, "masspay", *items)
        elif r < 0.14:
            silent.append(Row(world.ident("HP"), "T2107", when, -world.rng.randrange(100, 900), "USD"))
            held.append(silent[-1])
        elif r < 0.15 and held and held[0].when < when:
            silent.append(Row(world.ident("HX"), "T2108", when, -held[0].gross, "USD", 0, held[0].id))
            held.pop(0)
        elif r < 0.155:
            silent.append(Row(world.ident("WD"), "T0400", when, -world.rng.randrange(100, 9000), "USD"))
        else:
            row, body = world.payment(when)
            tell(body, "payment", row)
    rows += silent
    expected = [("missing-in-ledger", r.id) for r in silent]
    told = [t for t in told if t[0].id not in busy and abs((t[0].when - noon).total_seconds()) < 42000]
    plant(world, a.plant, told, rows, bodies, expected)
    write_stl(a.out, day, rows, Balances({"USD": 100000000}), a.parts)
    pending = [Row(world.ident("PE"), "T0007", world.at(day), 700, "USD", status="P") for _ in range(3)]
    write_trr(a.out, day, rows + pending)
    with open(f"{a.out}/payouts.csv", "w", encoding="ascii") as f:
        f.writelines(world.payouts)
    with open(f"{a.out}/bodies", "wb") as f:
        f.write(b"".join(b + b"\n" for b in bodies if b is not None))
    with open(f"{a.out}/expected", "w", encoding="ascii") as f:
        f.write("".join(f"{c} {i}\n" for c, i in sorted(expected)))


# ---- ordinary days ----

class Night:
    def __init__(self):
        self.rows, self.evening, self.night, self.late, self.payouts = [], [], [], [], []


def month(a):
    world, first = World(a.seed, "M%03d" % (a.seed % 1000)), datetime.date.fromisoformat(a.first)
    nights = [Night() for _ in range(a.days + 8)]
    paid = []
    hour, second = datetime.timedelta(hours=1), datetime.timedelta(seconds=1)

    def pending(n, days, clears, arrives, **said):
        """Begun in the morning of n, cleared `days` later at that moment, told then or after midnight."""
        start = edges(first + datetime.timedelta(days=n))[0] + 9 * hour
        done = clears(first + datetime.timedelta(days=n + days))
        gross, fee = world.amounts("USD")
        row = Row(world.ident("PD"), "T0007", done, gross, "USD", fee, begun=start)
        if said.pop("echeck", False):
            said["echeck_time_processed"] = done.strftime("%H:%M:%S %b %d, %Y %Z")
        nights[n].evening.append(world.body("pending", start, "USD", gross, txn_id=row.id))
        at = (done.date() - first).days
        nights[at].rows.append(row)
        tell = nights[n + days].evening if arrives == "evening" else nights[n + days].night
        tell.append(world.body("payment", start, "USD", gross, fee, txn_id=row.id, **said))

    for n in range(a.days):
        day = first + datetime.timedelta(days=n)
        start, end = edges(day)
        night = nights[n]
        if n == 4:
            continue                        # nothing happens
        for i in range(a.rows):
            # the first and the last second of the day, and any other
            when = start if i == 0 else end if i == 1 else world.at(day)
            row, body = world.payment(when)
            night.rows.append(row)
            paid.append(row)
            r = world.rng.random()
            (night.night if i == 1 else night.late if r < 0.1 else [] if r < 0.15 else night.evening).append(body)
        if paid and n % 2:
            of = paid.pop(world.rng.randrange(len(paid)))
            row, body = world.refund(max(world.at(day), of.when + second), of)
            if row.when <= end:
                night.rows.append(row)
                night.evening.append(body)
        if paid and n % 7 == 3:
            of = paid.pop(0)
            row, cost, body = world.chargeback(world.at(day), of)
            if of.when < row.when:
                night.rows += [row, cost]
                night.evening.append(body)
        rows, body = world.converted(world.at(day))
        night.rows += rows
        night.evening.append(body)
        if n % 3 == 0:
            around, items, body = world.mass_pay(world.at(day), 4)
            night.payouts, world.payouts = world.payouts, []
            night.rows += around + items
            night.evening.append(body)
            hold = Row(world.ident("HP"), "T2107", world.at(day), -500, "USD")
            night.rows.append(hold)
            two = nights[n + 2]
            two.rows.append(Row(world.ident("HX"), "T2108", world.at(day + datetime.timedelta(days=2)), 500,
                                "USD", 0, hold.id))
        if n % 5 == 0:
            night.rows.append(Row(world.ident("WD"), "T0400", world.at(day), -1500, "USD"))
        if n % 4 == 1 and n + 5 < a.days:
            pending(n, 3, lambda d: edges(d)[0] + 4 * hour, "evening", echeck=True)
            pending(n, 2, lambda d: edges(d)[0] + 20 * hour, "evening")     # a review: no time is told
            pending(n, 2, lambda d: edges(d)[1] - 9 * second, "night")      # told when its day is over
            pending(n, 2, lambda d: edges(d)[1] + 600 * second, "night")    # before its day's report is read
            pending(n, 3, lambda d: edges(d)[1] - second, "evening", echeck=True)
    balances = Balances({"USD": 25000000})
    for n in range(a.days):
        day = first + datetime.timedelta(days=n)
        start, end = edges(day)
        folder = f"{a.out}/{n:02}"
        os.mkdir(folder)
        write_stl(folder, day, nights[n].rows, balances, 2 if n == 6 else 1)
        for name in ("evening", "night", "late"):
            with open(f"{folder}/{name}", "wb") as f:
                f.write(b"".join(b + b"\n" for b in getattr(nights[n], name)))
        utc = datetime.timezone.utc
        with open(f"{folder}/payouts.csv", "w", encoding="ascii") as f:
            f.writelines(nights[n].payouts)
        with open(f"{folder}/when", "w", encoding="ascii") as f:
            for t in (end - 30 * second, end + 900 * second, end + 8 * hour):
                f.write(t.astimezone(utc).strftime("%Y-%m-%d %H:%M:%S\n"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["day", "month"])
    parser.add_argument("out")
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--plant", type=int, default=0)
    parser.add_argument("--day", default="2024-03-04")
    parser.add_argument("--first", default="2026-03-01")
    a = parser.parse_args()
    (one_day if a.mode == "day" else month)(a)


if __name__ == "__main__":
    sys.exit(main())
