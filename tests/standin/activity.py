#!/usr/bin/env python3
"""PayPal's activity download (providers' edition B, comma, US English) of what a stand-in has sent.

activity.py STANDIN-URL --account ADDRESS,MERCHANTID --opening USD=2500.00 [--row ROW]... > Download.CSV

Only what PayPal sent about this account, not as a test, stands in it; what moves no money is a Memo.
--row is something PayPal does without a notification: "TIME;TYPE;CURRENCY;GROSS;FEE;ID;REFERENCE",
TIME as in payment_date, FEE negative where PayPal keeps it.  The balances follow from the rows.
"""
import argparse
import csv
import datetime
import decimal
import json
import sys
import urllib.parse
import urllib.request

COLUMNS = [
    "Date", "Time", "TimeZone", "Name", "Type", "Status", "Currency", "Gross", "Fee", "Net",
    "From Email Address", "To Email Address", "Transaction ID", "Shipping Address", "Address Status",
    "Item Title", "Item ID", "Shipping and Handling Amount", "Insurance Amount", "Sales Tax",
    "Option 1 Name", "Option 1 Value", "Option 2 Name", "Option 2 Value", "Reference Txn ID",
    "Invoice Number", "Custom Number", "Quantity", "Receipt ID", "Balance", "Address Line 1",
    "Address Line 2/District/Neighborhood", "Town/City",
    "State/Province/Region/County/Territory/Prefecture/Republic", "Zip/Postal Code", "Country",
    "Contact Phone Number", "Subject", "Note", "Country Code", "Balance Impact",
]
WHOLE = ("JPY", "HUF", "TWD")       # PayPal counts these without decimals
TYPES = {"web_accept": "Website Payment", "cart": "Website Payment",
         "express_checkout": "Express Checkout Payment", "masspay": "Mass Pay Payment"}
BACK = {"Refunded": "Payment Refund", "Reversed": "Payment Reversal",
        "Canceled_Reversal": "Chargeback Reversal"}
PARENT = {"Reversed": "Reversed", "Canceled_Reversal": "Completed"}


def read(text):
    """The variables of one notification; the first of a name counts."""
    raw = text.encode("latin-1")
    charset = dict(urllib.parse.parse_qsl(text)).get("charset", "windows-1252")
    pairs = urllib.parse.parse_qsl(raw.decode("ascii"), keep_blank_values=True, encoding=charset,
                                   errors="replace")
    return dict(reversed(pairs))


def number(text):
    return decimal.Decimal(text or "0")


class Download:
    def __init__(self, account):
        self.account = [a.lower() for a in account.split(",")]
        self.rows = {}              # by id: what is said again replaces what was said

    def ours(self, message, who):
        said = message.get(who + "_id") or message.get(who + "_email", "")
        return said.lower() in self.account

    def put(self, message, kind, currency, gross, fee, ident, **more):
        us, them = self.account[0], message.get("payer_email", "")
        row = {"when": message["payment_date"], "type": kind, "status": "Completed",
               "currency": currency, "gross": gross, "fee": fee, "id": ident, "memo": False,
               "name": f"{message.get('first_name', '')} {message.get('last_name', '')}".strip(),
               "from": us if gross < 0 else them, "to": them if gross < 0 else us,
               "invoice": message.get("invoice", ""), "custom": message.get("custom", "")}
        row.update(more)
        self.rows[ident] = row

    def take(self, message):
        if message.get("test_ipn") == "1" or message.get("txn_type") == "new_case":
            return
        if message.get("txn_type") == "masspay" and "txn_id" not in message:
            if self.ours(message, "payer"):
                self.batch(message)
        elif message.get("txn_type") == "adjustment":
            if self.ours(message, "payer"):
                self.back(message, "General Account Correction")
        elif self.ours(message, "receiver"):
            if message.get("payment_status") in BACK:
                self.back(message, BACK[message["payment_status"]])
            else:
                self.payment(message)

    def payment(self, message):
        status, ident, currency = message["payment_status"], message["txn_id"], message["mc_currency"]
        done = status == "Completed"
        before = self.rows.get(ident)
        if before is not None and not before["memo"]:
            return                  # the same again
        gross, fee = number(message["mc_gross"]), number(message.get("mc_fee"))
        kind = TYPES.get(message.get("txn_type"), "General Payment")
        if message.get("pending_reason") == "authorization" or status in ("Voided", "Expired"):
            kind = "General Authorization"
        self.put(message, kind, currency, gross, -fee if done else number(""), ident, status=status,
                 memo=not done, title=message.get("item_name", ""), quantity=message.get("quantity", ""),
                 reference=message.get("parent_txn_id", ""))
        if done and message.get("settle_amount"):
            for n, ccy, amount in ((1, currency, fee - gross),
                                   (2, message["settle_currency"], number(message["settle_amount"]))):
                self.put(message, "General Currency Conversion", ccy, amount, number(""),
                         ident[:-2] + f"C{n}", reference=ident, name="",
                         **{"to" if amount < 0 else "from": ""})

    def back(self, message, kind):
        parent = message["parent_txn_id"]
        self.put(message, kind, message["mc_currency"], number(message["mc_gross"]),
                 -number(message.get("mc_fee")), message["txn_id"], reference=parent,
                 said=message["payment_status"], note=message.get("memo", ""))

    def batch(self, message):
        n = 1
        while f"mc_gross_{n}" in message:
            ident, status = message.get(f"masspay_txn_id_{n}"), message[f"status_{n}"]
            currency = message[f"mc_currency_{n}"]
            gross, fee = number(message[f"mc_gross_{n}"]), number(message[f"mc_fee_{n}"])
            them = {"to": message.get(f"receiver_email_{n}", ""), "name": ""}
            if status in ("Completed", "Unclaimed", "Pending") and ident not in self.rows:
                self.put(message, "Mass Pay Payment", currency, -gross, -fee, ident, status=status,
                         subject="You have a payment", **them)
            elif status in ("Returned", "Reversed") and ident in self.rows:
                self.put(message, "Payment Refund", currency, gross, number(""), ident[:-2] + "RT",
                         reference=ident, name="", **{"from": them["to"]})
            n += 1

    def said_of_parents(self):
        """A payment's own row tells what became of it."""
        back = {}
        for row in self.rows.values():
            parent = self.rows.get(row.get("reference"))
            if parent is None or "said" not in row:
                continue
            if row["said"] == "Refunded":
                back[parent["id"]] = back.get(parent["id"], 0) - row["gross"]
                whole = back[parent["id"]] == parent["gross"]
                parent["status"] = "Refunded" if whole else "Partially Refunded"
            else:
                parent["status"] = PARENT.get(row["said"], parent["status"])


def moment(text):
    return datetime.datetime.strptime(text[:-4], "%H:%M:%S %b %d, %Y"), text[-3:]


def money(amount, currency):
    return f"{amount:,.0f}" if currency in WHOLE else f"{amount:,.2f}"


def write(rows, balance, out):
    sheet = csv.DictWriter(out, COLUMNS, restval="", quoting=csv.QUOTE_ALL)
    sheet.writeheader()
    for row in sorted(rows, key=lambda r: moment(r["when"])[0]):
        when, zone = moment(row["when"])
        currency, net = row["currency"], row["gross"] + row["fee"]
        if not row["memo"]:
            balance[currency] = balance.get(currency, number("")) + net
        sheet.writerow({
            "Date": f"{when:%m/%d/%Y}", "Time": f"{when:%H:%M:%S}", "TimeZone": zone,
            "Name": row["name"], "Type": row["type"], "Status": row["status"], "Currency": currency,
            "Gross": money(row["gross"], currency), "Fee": money(row["fee"], currency),
            "Net": money(net, currency), "From Email Address": row["from"],
            "To Email Address": row["to"], "Transaction ID": row["id"],
            "Item Title": row.get("title", ""), "Reference Txn ID": row.get("reference", ""),
            "Invoice Number": row["invoice"], "Custom Number": row["custom"],
            "Quantity": row.get("quantity", ""), "Subject": row.get("subject", ""),
            "Note": row.get("note", ""),
            "Balance": money(balance.get(currency, number("")), currency),
            "Balance Impact": "Memo" if row["memo"] else "Debit" if net < 0 else "Credit",
        })


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("standin")
    parser.add_argument("--account", required=True)
    parser.add_argument("--opening", action="append", default=[])
    parser.add_argument("--row", action="append", default=[])
    args = parser.parse_args()
    with urllib.request.urlopen(args.standin + "/_/sent", timeout=60) as answer:
        sent = json.load(answer)
    download = Download(args.account)
    for text in sent:
        download.take(read(text))
    for text in args.row:
        when, kind, currency, gross, fee, ident, reference = text.split(";")
        download.put({"payment_date": when}, kind, currency, number(gross), number(fee), ident,
                     reference=reference, to="")
    download.said_of_parents()
    balance = {c: number(a) for c, _, a in (o.partition("=") for o in args.opening)}
    sys.stdout.reconfigure(encoding="utf-8-sig", newline="")
    write(download.rows.values(), balance, sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
