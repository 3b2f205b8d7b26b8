#!/usr/bin/env python3
"""PayPal's settlement report (providers/paypal.md 5.4) of the day that an activity download covers.

  settle.py ACTIVITY.CSV FOLDER [--account MERCHANTID123]

reads a download in US English with all columns of activity.py, and writes
FOLDER/STL-YYYYMMDD.01.009.CSV: rows that moved the balance, and footers that add up.
"""
import argparse
import csv
import datetime
import decimal
import pathlib

CODES = {  # (money in, money out)
    "Mass Pay Payment": ("T0001", "T0001"), "Website Payment": ("T0007", "T0007"),
    "General Payment": ("T0000", "T0000"), "Express Checkout Payment": ("T0006", "T0006"),
    "General Account Correction": ("T1900", "T1900"), "General Currency Conversion": ("T0200", "T0200"),
    "Payment Refund": ("T1115", "T1107"), "Payment Reversal": ("T1106", "T1106"),
    "Chargeback": ("T1201", "T1201"), "Chargeback Reversal": ("T1202", "T1202"),
    "Chargeback Fee": ("T0106", "T0106"), "General Withdrawal - Bank Account": ("T0400", "T0400"),
}
COLUMNS = ("Transaction ID", "Invoice ID", "PayPal Reference ID", "PayPal Reference ID Type",
           "Transaction Event Code", "Transaction Initiation Date", "Transaction Completion Date",
           "Transaction Debit or Credit", "Gross Transaction Amount", "Gross Transaction Currency",
           "Fee Debit or Credit", "Fee Amount", "Fee Currency", "Custom Field", "Consumer ID",
           "Payment Tracking ID", "Store ID", "Bank Reference ID", "Credit Transactional Fee",
           "Credit Promotional Fee", "Credit Term")
OFFSETS = {"PST": "-0800", "PDT": "-0700", "UTC": "+0000", "GMT": "+0000"}


def hundredths(text):
    return int(decimal.Decimal(text.replace(",", "") or "0") * 100)


def side(amount, plus="CR", minus="DR"):
    return (f'"{plus}"' if amount >= 0 else f'"{minus}"') + f",{abs(amount)}"


def body(row):
    gross, fee = hundredths(row["Gross"]), hundredths(row["Fee"])
    when = datetime.datetime.strptime(row["Date"] + " " + row["Time"], "%m/%d/%Y %H:%M:%S")
    when = when.strftime("%Y/%m/%d %H:%M:%S ") + OFFSETS[row["TimeZone"]]
    reference, ccy = row["Reference Txn ID"], row["Currency"]
    fees = f'{side(fee)},"{ccy}"' if fee else '"",,""'
    return (f'"SB","{row["Transaction ID"]}","{row["Invoice Number"]}","{reference}","{"TXN" if reference else ""}",'
            f'"{CODES[row["Type"]][gross < 0]}",{when},{when},{side(gross)},"{ccy}",{fees},'
            f'"{row["Custom Number"]}","","","","",,,')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("activity")
    parser.add_argument("folder")
    parser.add_argument("--account", default="MERCHANTID123")
    args = parser.parse_args()
    with open(args.activity, encoding="utf-8-sig", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["Balance Impact"] != "Memo"]
    day = datetime.datetime.strptime(rows[0]["Date"], "%m/%d/%Y")
    zone = OFFSETS[rows[0]["TimeZone"]]
    sums = {}
    for r in rows:
        s = sums.setdefault(r["Currency"], {"in": 0, "out": 0, "back": 0, "fee": 0, "first": None, "last": 0})
        gross, fee = hundredths(r["Gross"]), hundredths(r["Fee"])
        s["in" if gross >= 0 else "out"] += abs(gross)
        s["back" if fee > 0 else "fee"] += abs(fee)
        s["last"] = hundredths(r["Balance"])
        if s["first"] is None:
            s["first"] = s["last"] - gross - fee
    footers = [f'"{ccy}",{s["in"]},{s["out"]},{s["back"]},{s["fee"]},{side(s["first"])},{side(s["last"])},'
               f'{side(s["first"])},{side(s["last"])},"CR",0,"CR",0,{len(rows)}' for ccy, s in sorted(sums.items())]
    text = [f'"RH",{(day + datetime.timedelta(1)).strftime("%Y/%m/%d")} 02:44:19 {zone},"A","{args.account}",009,',
            '"FH",01',
            f'"SH",{day.strftime("%Y/%m/%d")} 00:00:00 {zone},{day.strftime("%Y/%m/%d")} 23:59:59 {zone},'
            f'"{args.account}",""',
            '"CH",' + ",".join(f'"{c}"' for c in COLUMNS)]
    text += [body(r) for r in rows]
    text += ['"SF",' + f for f in footers] + [f'"SC",{len(rows)}']
    text += ['"RF",' + f for f in footers] + [f'"RC",{len(rows)}', f'"FF",{len(rows)}']
    path = pathlib.Path(args.folder) / day.strftime("STL-%Y%m%d.01.009.CSV")
    path.write_text("\r\n".join(text) + "\r\n", encoding="utf-8", newline="")
    print(path)


if __name__ == "__main__":
    main()
