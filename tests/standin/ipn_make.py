#!/usr/bin/env python3
"""Makes notifications in PayPal's form: ipn_make.py KIND NAME=VALUE... > FILE

KIND: payment pending refund reversal canceled_reversal adjustment new_case masspay masspay_in.
Values given replace the kind's own; one given empty stays, empty; items of masspay are given as
item=RECEIVER,AMOUNT,FEE,STATUS,ID,UNIQUE (repeatable).  Same arguments, same bytes.
  ipn_make.py --list DIR DAY < LIST   each line "NAME KIND NAME=VALUE..." (quoted as in a shell; at=TIME
  is payment_date on DAY, as in "Mar 04, 2024 PST"; empty lines and # left out) is DIR/NAME.body
  ipn_make.py --story DIR N SEED   writes N mixed notifications (payments, pending ones that
  complete, refunds, reversals) into DIR, numbered in an order that happened.
"""
import random
import shlex
import sys
import urllib.parse

COMMON = [
    ("mc_gross", "20.00"), ("invoice", ""), ("protection_eligibility", "Eligible"),
    ("payer_id", "BUYERACCT0001"), ("tax", "0.00"),
    ("payment_date", "08:15:42 Nov 20, 2026 PST"), ("payment_status", "Completed"),
    ("charset", "windows-1252"), ("first_name", "Alice"), ("mc_fee", "0.98"),
    ("notify_version", "3.9"), ("custom", ""), ("payer_status", "verified"),
    ("business", "billing@example.com"), ("quantity", "1"),
    ("verify_sign", "AWy9xfnsAm3e7lyPvqCRU6vLgBMTbvznO-oasZaczrumDqR6sVjdg-fW"),
    ("payer_email", "alice@example.net"), ("txn_id", "0"), ("payment_type", "instant"),
    ("last_name", "Buyer"), ("receiver_email", "billing@example.com"),
    ("receiver_id", "MERCHANTID123"), ("txn_type", "web_accept"), ("item_name", "Prepaid credit"),
    ("mc_currency", "USD"), ("residence_country", "US"), ("ipn_track_id", "8f1d2b3c4d5e6"),
]
DROP_BACK = ("txn_type", "quantity", "tax")
KINDS = {
    "payment": {},
    "pending": {"payment_status": "Pending", "pending_reason": "echeck", "mc_fee": None,
                "payment_type": "echeck"},
    "refund": {"payment_status": "Refunded", "mc_gross": "-20.00", "mc_fee": "-0.68",
               "reason_code": "refund", "parent_txn_id": "0"},
    "reversal": {"payment_status": "Reversed", "mc_gross": "-20.00", "mc_fee": "-0.98",
                 "reason_code": "chargeback", "parent_txn_id": "0"},
    "canceled_reversal": {"payment_status": "Canceled_Reversal", "mc_gross": "20.00",
                          "mc_fee": "0.98", "reason_code": "other", "parent_txn_id": "0"},
    "adjustment": {"txn_type": "adjustment", "mc_gross": "-20.00", "mc_fee": None,
                   "reason_code": "chargeback_settlement", "parent_txn_id": "0",
                   "payer_email": "billing@example.com", "payer_id": "MERCHANTID123",
                   "receiver_email": None, "receiver_id": None, "business": None},
    "new_case": {"txn_type": "new_case", "mc_gross": None, "mc_fee": None,
                 "payment_status": None, "case_id": "PP-1", "case_type": "chargeback"},
    "masspay_in": {"txn_type": "masspay", "mc_fee": "0.00", "payer_email": "affiliates@example.com",
                   "payer_id": "SENDERACCT001"},
    "masspay": {"txn_type": "masspay", "payment_status": "Processed", "txn_id": None,
                "mc_gross": None, "mc_fee": None, "mc_currency": None, "receiver_id": None,
                "receiver_email": None, "business": None, "payer_email": "billing@example.com",
                "payer_id": "MERCHANTID123"},
}


def make(kind, values, items=()):
    fields = dict(COMMON)
    fields.update(KINDS[kind])
    if kind in ("refund", "reversal", "canceled_reversal"):
        for name in DROP_BACK:
            fields[name] = None
    fields.update(values)
    pairs = [(k, v) for k, v in fields.items() if v is not None]
    for i, item in enumerate(items, 1):
        to, gross, fee, status, txn, unique = item.split(",")
        pairs += [(f"receiver_email_{i}", to), (f"mc_gross_{i}", gross), (f"mc_fee_{i}", fee),
                  (f"mc_currency_{i}", values.get("item_currency", "USD")), (f"status_{i}", status),
                  (f"masspay_txn_id_{i}", txn), (f"unique_id_{i}", unique)]
    return urllib.parse.urlencode([p for p in pairs if p[0] != "item_currency"],
                                  encoding="cp1252", errors="replace").encode()


def story(folder, count, seed):
    rng = random.Random(seed)
    n = 0

    def put(kind, **values):
        nonlocal n
        if n < count:
            with open(f"{folder}/{n:05}.body", "wb") as f:
                f.write(make(kind, values))
            n += 1

    number = 0
    while n < count:
        number += 1
        who = rng.randrange(12)
        cents = rng.randrange(500, 20000)
        gross = f"{cents // 100}.{cents % 100:02}"
        fee = f"{(cents * 34 // 1000 + 30) // 100}.{(cents * 34 // 1000 + 30) % 100:02}"
        txn = f"{number:05}PAY{seed:04}TXN"
        payer = {"payer_email": f"c{who}@example.net", "payer_id": f"PAYER{who:05}",
                 "mc_currency": rng.choice(["USD", "USD", "EUR"])}
        if rng.random() < 0.2:
            put("pending", txn_id=txn, mc_gross=gross, **payer)
        put("payment", txn_id=txn, mc_gross=gross, mc_fee=fee, **payer)
        if rng.random() < 0.2:
            part = cents // 2
            back = f"-{part // 100}.{part % 100:02}"
            put("refund", txn_id=f"{number:05}RF1{seed:04}TXN", parent_txn_id=txn, mc_gross=back,
                mc_fee="-0.10", **payer)
            if rng.random() < 0.5:
                put("refund", txn_id=f"{number:05}RF2{seed:04}TXN", parent_txn_id=txn,
                    mc_gross=back, mc_fee=None, **payer)
        elif rng.random() < 0.1:
            put("reversal", txn_id=f"{number:05}REV{seed:04}TXN", parent_txn_id=txn,
                mc_gross="-" + gross, mc_fee="-" + fee, **payer)
            if rng.random() < 0.5:
                put("canceled_reversal", txn_id=f"{number:05}WON{seed:04}TXN", parent_txn_id=txn,
                    mc_gross=gross, mc_fee=fee, **payer)


def from_arguments(kind, arguments, day=""):
    values, items = {}, []
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name == "item":
            items.append(value)
        elif name == "at":
            values["payment_date"] = f"{value} {day}"
        else:
            values[name] = value
    return make(kind, values, items)


def from_list(folder, day):
    for line in sys.stdin:
        words = shlex.split(line, comments=True)
        if words:
            with open(f"{folder}/{words[0]}.body", "wb") as f:
                f.write(from_arguments(words[1], words[2:], day))


def main():
    if sys.argv[1] == "--story":
        story(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1] == "--list":
        from_list(sys.argv[2], sys.argv[3])
    else:
        sys.stdout.buffer.write(from_arguments(sys.argv[1], sys.argv[2:]))


if __name__ == "__main__":
    main()
