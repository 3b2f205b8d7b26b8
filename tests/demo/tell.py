#!/usr/bin/env python3
"""Tells what the demo found, out of what the programs wrote into demo/out (the current folder is demo).

  tell.py breaks BREAKS.CSV   each break, what it means and what to do, for a terminal
  tell.py customers           what each customer has paid in, for a terminal
  tell.py page PACK           all of it as one HTML page
  tell.py mail MESSAGE FOLDER decrypts a message with the key in GNUPGHOME, its attachments into FOLDER
"""
import collections
import csv
import email
import email.policy
import html
import json
import pathlib
import re
import subprocess
import sys
import zipfile

# By category, else by what the report calls the row: (what it means, what to do).
MEANING = {
    "missing-in-report": (
        "The books have this payment, confirmed by PayPal itself; the file has lost its row.",
        "Download again, with all transactions chosen. If it stays away, ask PayPal."),
    "amount": (
        "The same payment, another amount in the file than PayPal confirmed.",
        "Look whether the file adds up; here it does not (control-total), so the file is wrong."),
    "control-total": (
        "The file contradicts itself: its balance column does not follow from its own rows.",
        "Don't book from it. Download it again."),
    "Website Payment": (
        "A customer paid, and the notification never came.",
        "--post-missing books it from the report, once; a late notification then changes nothing."),
    "General Payment": (
        "The kind of payment nobody knew: its message is held, and PayPal has the money.",
        "--post-missing books it: the report says that it is a payment, and whose."),
    "General Withdrawal - Bank Account": (
        "We moved money to our bank; PayPal notifies nobody of that.",
        "--post-missing books it to Assets:Bank."),
    "Chargeback Fee": (
        "PayPal charges for the lost dispute, without a notification.",
        "--post-missing books it to Expenses:Fees:PayPal."),
}


def rows(name):
    with open(name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def meaning(row):
    return MEANING.get(row["category"]) or MEANING.get(row["explanation"].split(":")[0]) or (
        row["explanation"], "Look at the row.")


def in_order(breaks):
    """Those of one meaning stand together."""
    first = list(MEANING.values())
    return sorted(breaks, key=lambda b: (first.index(meaning(b)) if meaning(b) in first else 99, b["line"]))


def show_breaks(name):
    breaks = in_order(rows(name))
    for row, after in zip(breaks, breaks[1:] + [None]):
        where = f"line {row['line']}" if row["line"] else "no line"
        whose = "rows" if row["category"] == "control-total" else "books"
        print(f"     {row['category']:18} {row['payment_id']:18} {row['currency']}"
              f" report {row['report_amount'] or '-':>8}  {whose:<5} {row['ledger_amount'] or '-':>8}  {where}")
        if after is None or meaning(after) != meaning(row):
            for text in (meaning(row)[0], "-> " + meaning(row)[1]):
                print("         " + text)


def paid_in():
    """(id, name, ["151.00 USD", ...]); in the books what we owe a customer is negative."""
    sums = collections.defaultdict(list)
    for row in rows("out/balance.csv"):
        account, amount = row["account"], row["amount"]
        if account.startswith("Liabilities:Customers:"):
            turned = amount[1:] if amount.startswith("-") else "-" + amount
            sums[account.rpartition(":")[2]].append(f"{turned} {row['currency']}")
    return [(c["id"], c["name"], sums.get(c["id"], [])) for c in rows("out/customers.csv")]


def show_customers():
    for ident, name, sums in paid_in():
        print(f"   {ident}  {name:18} " + (", ".join(sums) or "nothing"))


# ---- the page ----

STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; max-width: 68rem; margin: 1.5rem auto; padding: 0 1rem; color: #1c2733 }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
.stand { background: #fff1c2; padding: .3rem .6rem; border-radius: .3rem; display: inline-block; margin: .6rem 0 }
.flow { display: flex; flex-wrap: wrap; gap: .4rem; align-items: stretch }
.flow > div { flex: 1 1 9rem; border: 1px solid #b8c4d0; border-radius: .5rem; padding: .6rem .7rem; background: #f6f9fc }
.flow b { display: block; font-size: 1.6rem; line-height: 1.2 } .flow i { align-self: center; font-style: normal; color: #68788a }
.bar { display: flex; height: 2.1rem; border-radius: .4rem; overflow: hidden; margin: .8rem 0 .3rem }
.bar span { color: #fff; padding: .3rem .5rem; white-space: nowrap; overflow: hidden }
.posted { background: #1b7f4d } .duplicate { background: #6c7a89 } .noted { background: #2f6db5 }
.refused { background: #b3372f } .held, .waiting { background: #a86a00 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde4ea; vertical-align: top }
td.n, table.n th + th { text-align: right } td.n { font-variant-numeric: tabular-nums; white-space: nowrap } small { color: #5a6a7a }
.ok { color: #1b7f4d; font-weight: 600 } .bad { color: #b3372f; font-weight: 600 } code { font-size: .9em }
.pages img { border: 1px solid #b8c4d0; margin: 0 .6rem .6rem 0 }
"""


def table(heads, lines, kind=""):
    """Cells are HTML; a tuple's second part is a class."""
    def cell(c):
        return f'<td class="{c[1]}">{c[0]}</td>' if isinstance(c, tuple) else f"<td>{c}</td>"
    head = "".join(f"<th>{h}</th>" for h in heads)
    return f'<table class="{kind}"><tr>{head}</tr>' + "".join(
        "<tr>" + "".join(map(cell, line)) + "</tr>" for line in lines) + "</table>"


def read(name):
    with open("out/" + name, encoding="utf-8") as f:
        return f.read()


def flow(messages, now):
    asked = json.loads(read("asked.json"))["asked"]
    matched = re.search(r"matched (\d+)", read("reconcile-3")).group(1)
    booked = re.search(r"booked from the report (\d+)", read("reconcile-3")).group(1)
    rejected = sum(became.startswith("answered") for _, _, became in came())
    boxes = [
        (len(messages), "notifications stored by <code>ipn.cgi</code> before PayPal got its 200; "
         f"{rejected} more requests turned away"),
        (asked, "questions to PayPal: did you send exactly these bytes?"),
        (now["posted"], "messages that moved money, each payment once"),
        (matched, f"movements of PayPal's download that the books have too, {booked} of them booked from it"),
        ("signed", "audit pack: <code>gpg</code>, <code>sha256sum</code> and <code>hledger</code> agree"),
    ]
    return '<div class="flow">' + "<i>&rarr;</i>".join(
        f"<div><b>{n}</b>{text}</div>" for n, text in boxes) + "</div>"


def bar(now):
    parts = "".join(f'<span class="{d}" style="flex:{n}" title="{d}">{n} {d}</span>' for d, n in now.items())
    return (f'<div class="bar">{parts}</div><small>posted: money moved &middot; duplicate: known already &middot; '
            "noted: true, but no money &middot; refused: PayPal denies it, or it is not about us</small>")


def came():
    with open("out/came", encoding="utf-8", newline="") as f:
        return list(csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def what_came():
    return table(["what came over HTTP", "", "what became of it"], (
        [html.escape(text), (n, "n"), html.escape(became)] for text, n, became in came()))


def customers():
    return table(["customer", "", "paid in"], (
        [ident, html.escape(name), " &middot; ".join(sums) or "nothing"] for ident, name, sums in paid_in()))


def breaks():
    now = {b["break_id"]: b["status"] for b in rows("out/breaks.csv")}
    return table(["break", "payment", "report", "books", "what it means", "now"], (
        [b["category"], f"<code>{html.escape(b['payment_id'])}</code>",
         (f"{b['report_amount'] or '&ndash;'}", "n"), (f"{b['ledger_amount'] or '&ndash;'} {b['currency']}", "n"),
         html.escape(meaning(b)[0]) + "<br><small>" + html.escape(meaning(b)[1]) + "</small>",
         (now[b["break_id"]], "ok" if now[b["break_id"]] == "resolved" else "bad")]
        for b in in_order(rows("out/breaks-1.csv"))))


def batch():
    return table(["Mass Pay item", "to", "amount", "what became of it", "still owed then"], (
        [html.escape(i["item"]), html.escape(i["payee"]), (f"{i['amount']} {i['currency']}", "n"), i["state"],
         (i["owed"], "n")] for i in rows("out/masspay-status")))


def proof():
    lines = re.findall(r"^(\w+): opening (\S+) \+ movement (\S+) = closing (\S+); books (\S+); unexplained (\S+)$",
                       read("reconcile-3"), re.M)
    return table(["", "opening", "movement", "closing, says PayPal", "the books say", "unexplained"],
                 ([ccy] + [(n, "n") for n in figures] for ccy, *figures in lines), "n")


def pages(pack):
    """Pictures of the report's pages, where pdftoppm made them."""
    return '<p class="pages">' + "".join(
        f'<a href="{html.escape(pack)}/report.pdf"><img src="{p}" alt="report.pdf, {p.stem}" width="300"></a>'
        for p in sorted(pathlib.Path("pages").glob("*.png"))) + "</p>"


def page(pack):
    messages = rows("out/messages.csv")
    now = collections.Counter(m["disposition"] for m in messages)
    files = re.findall(r'"[0-9a-f]{64}  ([^"]*)"', open(pack + "/manifest.json", encoding="utf-8").read())
    links = " &middot; ".join(f'<a href="{html.escape(pack)}/{f}">{f}</a>'
                              for f in files + ["manifest.json", "manifest.json.asc"])
    print(f"""<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>daybook demo</title>
<meta name="viewport" content="width=device-width"><style>{STYLE}</style>
<h1>One day at Example Telecom</h1>
<div class="stand">STAND-IN: PayPal was played by a program on this machine; no real money</div>
{flow(messages, now)}
<h2>What became of {len(messages)} messages</h2>{bar(now)}
<h2>Customers</h2>{customers()}
<h2>One by one; nothing a stranger sent was credited</h2>{what_came()}
<h2>Our Mass Pay batch; what was not paid, a person cancelled: nothing is owed any more</h2>{batch()}
<h2>The download that somebody changed: {len(rows("out/breaks-1.csv"))} breaks</h2>{breaks()}
<h2>PayPal's own download: it ties, to the last cent</h2>{proof()}
<p>The settlement report of that day ties too: {html.escape(re.search("matched [0-9]+", read("reconcile-stl")).group(0))}
rows, its footers checked before any of them.</p>
<h2>The pack</h2><p>{links}</p>{pages(pack)}
<p>The accountant got it by mail, encrypted to her key: <a href="ada/letter.txt">the letter</a>,
<a href="ada/">all that it held</a>.</p>
<p class="ok">{html.escape(re.search("Good signature.*", read("gpg-verify")).group(0))}</p>""")


# ---- the accountant's mail ----

def show_mail(name, folder):
    with open(name, "rb") as f:
        outer = email.message_from_binary_file(f, policy=email.policy.default)
    part = [p for p in outer.walk() if p.get_content_type() == "application/octet-stream"][0]
    gpg = subprocess.run(["gpg", "--batch", "--decrypt"], input=part.get_content(), capture_output=True, check=False)
    said = gpg.stderr.decode(errors="replace")
    if gpg.returncode != 0:
        sys.exit(said)
    inner = email.message_from_bytes(gpg.stdout, policy=email.policy.default)
    pathlib.Path(folder).mkdir()
    print("Subject: " + outer["Subject"])
    print(re.search("Good signature.*", said).group(0))
    for p in inner.walk():
        if p.is_multipart():
            continue
        content = p.get_content()
        target = pathlib.Path(folder) / (p.get_filename() or "letter.txt")
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        if p.get_filename() is None:
            print("\n".join("  " + line for line in content.splitlines()[:6]))
        elif target.suffix == ".zip":
            with zipfile.ZipFile(target) as z:
                z.extractall(pathlib.Path(folder) / target.stem)
                print(f"{target.name}: {len(z.namelist())} files")
        else:
            print(f"{target.name}: {len(content)} bytes")


def main():
    if sys.argv[1] == "breaks":
        show_breaks(sys.argv[2])
    elif sys.argv[1] == "customers":
        show_customers()
    elif sys.argv[1] == "mail":
        show_mail(sys.argv[2], sys.argv[3])
    else:
        page(sys.argv[2])


if __name__ == "__main__":
    sys.exit(main())
