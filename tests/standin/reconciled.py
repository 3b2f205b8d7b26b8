#!/usr/bin/env python3
"""A result of reconciliation as the nightly run sends it through the door, for tests of packs.

reconciled.py DAY      prints the request; three currencies, one with a difference nobody explains
"""
import json
import sys

DAY = sys.argv[1]
SHA = "ab" * 32


def statement(ccy, opening, movement, closing, books, missing, ours, unexplained, seen):
    return ["statement", f"PayPal.{ccy}.{DAY}", {
        "account": "PayPal", "currency": ccy, "report": "paypal-stl", "run": f"{DAY}-1", "file": SHA,
        "day": DAY, "from": f"{DAY}T00:00:00.000000Z", "to": f"{DAY}T22:59:59.000000Z", "stated": 1,
        "opening": opening, "movement": movement, "closing": closing, "books": books,
        "not_in_books": missing, "not_in_report": ours, "differing": 0, "controls": 0,
        "unexplained": unexplained, "by_both": seen[0], "by_report": seen[1],
        "by_notification": seen[2]}]


def found(number, category, status, seen, report, ledger, payment, **more):
    return ["break", f"B-{number:012d}", {
        "category": category, "status": status, "first_seen": seen, "as_of": seen,
        "provider": "PayPal", "payment_id": payment, "currency": "USD", "report_amount": report,
        "ledger_amount": ledger, "difference": (report or 0) - (ledger or 0),
        "file": "STL-20990321.R.01.009.CSV", "line": 17, "explanation": "as a test has it",
        "event": "", **more}]


print(json.dumps({
    "verb": "reconciled", "account": "PayPal", "run": f"{DAY}-1", "verdict": "BREAKS 2", "put": [
        statement("USD", 10101020, 1620, 10102640, 10100220, 2500, 80, 0, (41, 42, 43)),
        statement("EUR", 0, 9680, 9680, 9680, 0, 0, 0, (1, 0, 0)),
        statement("JPY", 0, 1400, 1400, 1450, 0, 0, -50, (1, 0, 0)),
        found(1, "missing-in-ledger", "open", "2099-03-18", 2500, None, "XMISSING1"),
        found(2, "missing-in-report", "expected", "2099-03-21", None, 80, "XEARLY2", due="2099-03-24"),
        found(3, "amount", "open", "2099-01-02", 2500, 2400, "XOLD3"),
        ["file", SHA, {
            "name": "STL-20990321.R.01.009.CSV", "account": "PayPal", "format": "paypal-stl",
            "run": f"{DAY}-1", "report": "STL", "account_id": "MERCHANTID123", "version": "9",
            "day": DAY, "part": 1, "last": 1, "from": f"{DAY}T00:00:00.000000Z",
            "to": f"{DAY}T22:59:59.000000Z", "rows": 4, "bytes": 5120, "checks": 12, "failed": 0,
            "supersedes": "", "received": DAY}]]}))
