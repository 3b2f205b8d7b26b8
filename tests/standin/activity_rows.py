#!/usr/bin/env python3
"""A PayPal activity download (edition B, comma, US English) of rows that a test names.

activity_rows.py OPENING ROW... > Download.CSV

OPENING: "USD=100.00,EUR=0.00"; ROW: "DATE TIME;TYPE;STATUS;CURRENCY;GROSS;FEE;ID;PAYER[;REFERENCE]", the
date as 2026-11-20, UTC; FEE negative where PayPal keeps it; STATUS Pending: a memo row.  The balances
follow from the rows.
"""
import csv
import decimal
import sys

from activity import COLUMNS

balance = {c: decimal.Decimal(v) for c, v in (x.split("=") for x in sys.argv[1].split(",") if x)}
out = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
sys.stdout.write("\ufeff")
out.writerow(COLUMNS)
for text in sys.argv[2:]:
    when, kind, status, currency, gross, fee, ident, payer, *ref = text.split(";")
    day, clock = when.split()
    net = decimal.Decimal(gross) + decimal.Decimal(fee)
    if status != "Pending":
        balance[currency] = balance.get(currency, decimal.Decimal("0.00")) + net
    year, month, dom = day.split("-")
    row = dict.fromkeys(COLUMNS, "")
    row.update({
        "Date": f"{month}/{dom}/{year}", "Time": clock, "TimeZone": "GMT", "Name": "A Payer", "Type": kind,
        "Status": status, "Currency": currency, "Gross": gross, "Fee": fee, "Net": str(net),
        "From Email Address": payer, "To Email Address": "billing@example.com", "Transaction ID": ident,
        "Reference Txn ID": ref[0] if ref else "",
        "Balance": str(balance.get(currency, decimal.Decimal("0.00"))),
        "Balance Impact": "Memo" if status == "Pending" else "Debit" if net < 0 else "Credit"})
    out.writerow(row.values())
