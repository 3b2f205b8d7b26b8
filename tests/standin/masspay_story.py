#!/usr/bin/env python3
"""35 days of Mass Pay at a PayPal of its own: masspay_story.py FOLDER

Writes upload files (FOLDER/A.csv ...), the notifications PayPal would send (FOLDER/DAY-N.body) and a
settlement report for each day (FOLDER/STL-YYYYMMDD.01.009.CSV), and prints the plan of what happens
when: "DAY ACTION ARGUMENT...", DAY from 1 (2026-03-01, US Pacific).  Same bytes each time.
"""
import datetime
import pathlib
import sys

import ipn_make
from settle import COLUMNS, side

FIRST = datetime.date(2026, 3, 1)
DAYS = 35
PAYEES = {"A-1": "fred@example.org", "A-2": "john@example.org", "A-3": "carla@example.org",
          "A-4": "dieter@example.org", "A-5": "emil@example.org", "A-6": "greta@example.org",
          "B-1": "bob@example.org", "B-2": "carl@example.org", "B-3": "dora@example.org",
          "C-1": "fred@example.org", "C-2": "john@example.org", "D-1": "hans@example.org",
          "E-1": "ida@example.org", "E-2": "jim@example.org"}
AMOUNTS = {"A-1": 2599, "A-2": 999, "A-3": 1000, "A-4": 2450, "A-5": 458, "A-6": 10000,
           "B-1": 5000, "B-2": 2000, "B-3": 3000, "C-1": 700000, "C-2": 800000, "D-1": 4000,
           "E-1": 1200, "E-2": 1300}
ROWS, IPNS = {}, {}


def money(minor):
    return f"{minor // 100}.{minor % 100:02}"


def fee(item):
    return min(100, max(1, (AMOUNTS[item] * 2 + 50) // 100))


def txn(item):
    return "MP" + item.replace("-", "") + "0" * 13


def row(day, time, ident, code, gross, reference="", cost=0):
    ROWS.setdefault(day, []).append((time, ident, reference, code, gross, cost))


def batch_rows(day, items, hold="", own_fee=False, time="10:00"):
    """Items that were run, and the batch's fee where it stands in a row of its own."""
    for n, item in enumerate(items):
        row(day, f"{time}:{n + 10}", txn(item), "T0001", -AMOUNTS[item], hold, 0 if own_fee else fee(item))
    if own_fee:
        row(day, f"{time}:50", hold[:-1] + "F", "T0104", -sum(map(fee, items)), hold)


def hold_rows(out, back, ident, items):
    total = sum(AMOUNTS[i] + fee(i) for i in items)
    row(*out, ident, "T1503", -total)
    row(*back, ident[:-1] + "R", "T1105", total, ident)


def tell(day, status, items, unique=True, **values):
    date = (FIRST + datetime.timedelta(day - 1)).strftime("%b %d, %Y PST")
    lines = [f"{PAYEES[i]},{money(AMOUNTS[i])},{money(fee(i))},{st},{txn(i) if moved else ''},"
             f"{i if unique else ''}" for i, st, moved in items]
    values.update(payment_status=status, payment_date="10:00:30 " + date)
    IPNS.setdefault(day, []).append(ipn_make.make("masspay", values, lines))


def receive(day, ident, amount, kind, **values):
    row(day, "09:30:00", ident, "T0001", amount)
    if kind:
        date = (FIRST + datetime.timedelta(day - 1)).strftime("%b %d, %Y PST")
        IPNS.setdefault(day, []).append(ipn_make.make(kind, dict(
            values, txn_id=ident, mc_gross=money(amount), mc_fee="0.00", payment_date="09:30:00 " + date)))


def report(day, rows, opening, held):
    """held: what holds keep back at the opening; the total balance counts it in."""
    when = FIRST + datetime.timedelta(day - 1)
    out, total = [], {"in": 0, "out": 0, "back": 0, "fee": 0}
    for time, ident, reference, code, gross, cost in sorted(rows):
        stamp = when.strftime("%Y/%m/%d ") + time + " -0800"
        total["in" if gross >= 0 else "out"] += abs(gross)
        total["fee" if cost >= 0 else "back"] += abs(cost)
        fees = f'{side(-cost)},"USD"' if cost else '"",,""'
        out.append(f'"SB","{ident}","","{reference}","{"TXN" if reference else ""}","{code}",{stamp},{stamp},'
                   f'{side(gross)},"USD",{fees},"","","","","",,,')
    closing = opening + total["in"] - total["out"] + total["back"] - total["fee"]
    keeps = held - sum(r[4] for r in rows if r[3] in ("T1503", "T1105"))
    foot = (f'"USD",{total["in"]},{total["out"]},{total["back"]},{total["fee"]},{side(opening)},{side(closing)},'
            f'{side(opening + held)},{side(closing + keeps)},"CR",0,"CR",0,{len(out)}')
    text = [f'"RH",{(when + datetime.timedelta(1)).strftime("%Y/%m/%d")} 02:44:19 -0800,"A","MERCHANTID123",009,',
            '"FH",01', f'"SH",{when:%Y/%m/%d} 00:00:00 -0800,{when:%Y/%m/%d} 23:59:59 -0800,"MERCHANTID123",""',
            '"CH",' + ",".join(f'"{c}"' for c in COLUMNS), *out, '"SF",' + foot, f'"SC",{len(out)}',
            '"RF",' + foot, f'"RC",{len(out)}', f'"FF",{len(out)}']
    return when.strftime("STL-%Y%m%d.01.009.CSV"), "\r\n".join(text) + "\r\n", closing, keeps


def story():
    a = ["A-1", "A-2", "A-3", "A-5", "A-6"]
    hold_rows((1, "10:00:00"), (1, "10:00:05"), "9MP00000HD00000AH", a)
    batch_rows(1, a, "9MP00000HD00000AH")
    tell(1, "Processed", [("A-1", "Completed", 1), ("A-2", "Unclaimed", 1), ("A-3", "Unclaimed", 1),
                          ("A-4", "Failed", 0), ("A-5", "Pending", 1), ("A-6", "Completed", 1)], reason_code_4="3015")
    tell(3, "Processed", [("A-5", "Completed", 1)])
    row(5, "11:00:00", "9MP00000RV00000A6", "T1114", AMOUNTS["A-6"], txn("A-6"))
    tell(5, "Processed", [("A-6", "Reversed", 1)])
    row(31, "10:00:00", "9MP00000RT00000A3", "T1115", AMOUNTS["A-3"], txn("A-3"), -fee("A-3"))
    tell(31, "Completed", [("A-1", "Completed", 1), ("A-2", "Completed", 1), ("A-3", "Returned", 1),
                           ("A-4", "Failed", 0), ("A-5", "Completed", 1), ("A-6", "Reversed", 1)], reason_code_4="3015")
    b = ["B-1", "B-2", "B-3"]           # over midnight, its fee in a row of its own, no unique ids
    hold_rows((4, "23:58:00"), (5, "00:00:30"), "9MP00000HD00000BH", b)
    batch_rows(5, b, "9MP00000HD00000BH", own_fee=True, time="00:01")
    tell(5, "Processed", [(i, "Completed", 1) for i in b], unique=False)
    tell(5, "Completed", [(i, "Completed", 1) for i in b], unique=False)
    tell(8, "Denied", [("C-1", "Failed", 0), ("C-2", "Failed", 0)])
    batch_rows(9, ["E-1"])              # one item today, the other days later
    tell(9, "Processed", [("E-1", "Completed", 1)])
    batch_rows(14, ["E-2"])
    tell(14, "Processed", [("E-2", "Completed", 1)])
    receive(21, "8MR17283WL483726Y", 7500, "masspay_in", unique_id="AFF-1")
    receive(22, "8MR17283WL483727Z", 3000, "")      # nobody tells us of this one


def main():
    folder = pathlib.Path(sys.argv[1])
    story()
    for name in "ABCDE":
        items = sorted(i for i in PAYEES if i[0] == name)
        (folder / f"{name}.csv").write_text("".join(
            f"{PAYEES[i]},{money(AMOUNTS[i])},USD,{'' if name == 'B' else i},\r\n" for i in items), newline="")
    (folder / "advice.txt").write_text("someone@example.org\t5.00\tUSD\tAFF-0\t\nbilling@example.com\t75.00\tUSD\t"
                                       "AFF-1\t\nbilling@example.com\t30.00\tUSD\tAFF-2\t\n")
    plan, balance, held = [], 100000, 0
    for day in range(1, DAYS + 1):
        for n, body in enumerate(IPNS.get(day, [])):
            (folder / f"{day}-{n}.body").write_bytes(body)
            plan.append(f"{day} ipn {day}-{n}.body")
        name, text, balance, held = report(day, ROWS.get(day, []), balance, held)
        (folder / name).write_text(text, encoding="utf-8", newline="")
        plan.append(f"{day} report {name} {len(ROWS.get(day, []))}")
    print("\n".join(plan))


if __name__ == "__main__":
    main()
