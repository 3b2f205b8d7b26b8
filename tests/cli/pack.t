#!/bin/sh
# What an accountant gets beside the CSV files: report.pdf, workbook.xlsx and OFX, read by programs
# that are not ours; the same bytes for the same books; and a pack whose figures are added again and
# whose chain is walked again from its folder alone, alone and in a row with others.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
for c in faketime pdftotext pdfinfo ofxdump; do
	command -v $c >/dev/null || skip_all "$c is not there"
done

standin_start
site_new "$tmp/site" --time-zone Europe/Berlin
integration_new paypal_ipn live
where=paypal_ipn/$ikey
export TZ=UTC
on() {	# DAY COMMAND...: at noon
	day=$1
	shift
	faketime "$day 12:00:00" "$@"
}
gets() {	# DAY KIND FIELD...
	when=$1
	shift
	make_ipn "$tmp/body" "$@"
	genuine "$where" "$tmp/body" >/dev/null
	on "$when" "$bin/daybook-post" >/dev/null
}
settings() {	# SITE PYTHON: on d, which is daybook.json
	python3 -c "
import json, sys
f = sys.argv[1] + '/daybook.json'
d = json.load(open(f))
$2
json.dump(d, open(f, 'w'), indent=2)" "$1"
}
pack=$DAYBOOK_SITE/audit/live
settings "$DAYBOOK_SITE" 'd["legal_name"] = "Żółw i Spółka – Пример Телеком ООО"; d["tax_id"] = "DE 123456789"; d["report"] = {"prepared_by": "A. Bookkeeper"}'

on 2099-02-20 "$bin/daybook" customer add C1 --name Alice --paypal-email alice@example.net >/dev/null
printf 'account,currency,amount,date\nAssets:PayPal,USD,100000.00,2099-02-20\n' >"$tmp/o.csv"
on 2099-02-20 "$bin/daybook" opening "$tmp/o.csv" >/dev/null
gets 2099-02-21 payment txn_id=P1 mc_gross=1020.00 mc_fee=0.98
gets 2099-03-05 payment txn_id=PX mc_gross=7.00 mc_fee=0.50 payer_id=STR1 payer_email=cmd@example.org
gets 2099-03-05 payment txn_id=J1 mc_currency=JPY mc_gross=1500 mc_fee=50
gets 2099-03-05 payment txn_id=E1 mc_currency=EUR mc_gross=99.90 mc_fee=3.10
gets 2099-03-20 refund txn_id=R1 parent_txn_id=P1 mc_gross=-5.00 mc_fee=-0.10
gets 2099-03-21 payment txn_id=PY mc_gross=17.00 mc_fee=0.80 payer_id=STR2 payer_email=cmd@example.com
on 2099-03-21 "$bin/daybook" integration set paypal_ipn receiver=billing@example.com,MERCHANTID123,new@example.com >/dev/null
on 2099-03-21 "$bin/daybook" allocate PX C1 >/dev/null
on 2099-03-22 "$bin/daybook" close 2099-03-05 --explain "PayPal.USD=no report yet" --explain "PayPal.EUR=no report yet" \
    --explain "PayPal.JPY=no report yet" --note "first close" >"$tmp/close.out" 2>&1
on 2099-03-22 "$bin/daybook" reopen 2099-03-05 --note "too early" >>"$tmp/close.out" 2>&1
python3 "$top/tests/standin/reconciled.py" 2099-03-21 |
    on 2099-03-22 python3 "$top/tests/standin/desk.py" "$DAYBOOK_SITE" live night
on 2099-03-22 "$bin/daybook-post" >/dev/null
cp -a "$DAYBOOK_SITE" "$tmp/twin"

on 2099-03-23 "$bin/daybook-audit" --from 2099-03-01 --to 2099-03-22 >"$tmp/audit.out"
is "two breaks and a payment of nobody's wait for a person" "$? $(head -n 1 "$tmp/audit.out")" "1 BREAKS 3"
p=$pack/2099-03-01--2099-03-22
exits "the pack verifies" 0 "$bin/daybook-audit" --verify "$p"

# ---- report.pdf ----

pdftotext -layout "$p/report.pdf" "$tmp/report.txt" 2>/dev/null
text() { tr -s ' \n' '  ' <"$tmp/report.txt"; }
has() { like "report.pdf: $1" "$(text)" "$2"; }
like "report.pdf: the verdict is its first line" "$(grep -m 1 . "$tmp/report.txt")" '^ *BREAKS 3 +2099-03-01 to 2099-03-22'
has "whose pack it is, in any script" 'Żółw i Spółka – Пример Телеком ООО'
has "STAND-IN" 'STAND-IN: this site was made for trying out'
has "what is unexplained stands below the verdict" 'Unexplained difference: JPY -50 \(PayPal\)'
has "tax id, time zone, who prepared it" 'DE 123456789.*Europe/Berlin|Europe/Berlin.*DE 123456789'
has "... who prepared it" 'Prepared by A. Bookkeeper Approved by'
for line in "Provider's closing balance 101,026.40" "less: items not in our books -25.00" \
    "plus: ours that are not yet there 0.80" "Adjusted balance 101,002.20" "Balance in our books 101,002.20" \
    "Unexplained difference 0.00" "Unexplained difference -50" "Opening balance 101,010.20" "Movement 16.20" \
    "Closing balance 101,026.40" "movement - closing 0.00"; do
	words=${line% *} figure=${line##* }
	is "report.pdf: $line" "$(grep -c -e "$words  *$figure\( \|$\)" "$tmp/report.txt" | sed 's/^[1-9][0-9]*$/found/')" found
done
has "coverage" 'notification and report 41.*report only 42.*notification only 43'
has "the certificate of the file" 'STL-20990321.R.01.009.CSV abababababababab paypal-stl 4 12 0'
has "open items by age" 'B-000000000003 amount open PayPal XOLD3 79 USD 1.00 B-000000000001 missing-in-ledger open PayPal XMISSING1 4 USD 25.00 B-000000000002 missing-in-report expected PayPal XEARLY2 1 USD -0.80'
has "roll-forward" 'USD, count 0 3 0 0 3 USD, value 0.00 26.80 0.00 0.00 26.80'
has "unallocated against the ledger" 'USD: items 17.00, ledger 17.00, difference 0.00'
has "customers' total against the ledger" 'USD -1,022.00 .* 0.00 Customer accounts in the ledger: 3; customers in the register: 1; accounts without such a customer: 0'
has "closed, on whose word, and reopened" '2099-03-05 closed .* PayPal JPY: .*explained by [a-z]+: no report yet.* 2099-03-05 reopened .* too early'
has "nothing was written off" 'Nothing was written off, and no budget is set'
has "no Mass Pay" 'No batch was registered in the period'
has "a person's decision" '2099-03-21 [0-9]+ [a-z]+ allocate PX 7.00 USD to C1'
has "receivers, before and after" 'RECEIVERS of paypal_ipn were: billing@example.com,MERCHANTID123 are now: billing@example.com,MERCHANTID123,new@example.com'
is "no payer's address" "$(grep -c 'cmd@example\|alice' "$tmp/report.txt")" 0
pages=$(pdfinfo "$p/report.pdf" 2>/dev/null | awk '/^Pages:/ {print $2}')
code=$(sed -n 's/.*"chain_head": "\(.\{16\}\).*/\1/p' "$p/manifest.json")
is "each page: control code, page x of y" "$(grep -c "control code $code  *page [0-9] of $pages" "$tmp/report.txt")" "$pages"
like "A4" "$(pdfinfo "$p/report.pdf" 2>/dev/null)" 'Page size: .*A4'
like "dated by the period, not by the clock" "$(pdfinfo "$p/report.pdf" 2>/dev/null)" 'CreationDate: .*Mar 22 22:59:59 2099'

# ---- OFX ----

exits "ofxdump reads the account" 0 ofxdump "$p/PayPal-USD.ofx"
like "... with its balance" "$(cat "$tmp/cmd.out")" 'Ledger balance: 101036.82'
is "... and every movement" "$(grep -c '^ofx_proc_transaction' "$tmp/cmd.out")" 6
ofx() {	# FILE...: opening + transactions = closing of each statement, ids once each
	python3 - "$@" <<'END'
import decimal, sys, xml.etree.ElementTree as et
for name in sys.argv[1:]:
    for st in et.parse(name).getroot().iter("STMTRS"):
        opening = decimal.Decimal(st.find("MKTGINFO").text.split()[2])
        moved = [decimal.Decimal(t.text) for t in st.iter("TRNAMT")]
        ids = [t.text for t in st.iter("FITID")]
        ledger = decimal.Decimal(st.find("LEDGERBAL/BALAMT").text)
        assert opening + sum(moved) == ledger, (name, opening, moved)
        assert len(set(ids)) == len(ids)
        print(st.find("CURDEF").text, ledger, " ".join(
            f"{t.find('REFNUM').text}:{t.find('TRNTYPE').text}:{t.find('TRNAMT').text}"
            for t in st.iter("STMTTRN")))
END
}
is "opening + movements = closing; a fee is its own entry" "$(ofx "$p/PayPal-EUR.ofx" "$p/PayPal-JPY.ofx" "$p/PayPal-USD.ofx")" \
    "EUR 96.80 E1:CREDIT:99.90 E1:FEE:-3.10
JPY 1450 J1:CREDIT:1500 J1:FEE:-50
USD 101036.82 PX:CREDIT:7.00 PX:FEE:-0.50 R1:DEBIT:-5.00 R1:FEE:0.10 PY:CREDIT:17.00 PY:FEE:-0.80"
daybook export --to ofx --from 2099-03-01 --to 2099-03-22 >"$tmp/all.ofx"
is "daybook export --to ofx has the same, in one file" "$(ofx "$tmp/all.ofx")" "$(ofx "$p/PayPal-EUR.ofx" "$p/PayPal-JPY.ofx" "$p/PayPal-USD.ofx")"
daybook export --to ofx --from 2099-03-20 >"$tmp/late.ofx"
is "ids are the same in every export" "$(grep -o '<FITID>[^<]*' "$tmp/late.ofx" | grep -c -x -F "$(grep -o '<FITID>[^<]*' "$tmp/all.ofx")")" 4
exits "... an export before anything was" 0 "$bin/daybook" export --to ofx --to 2098-01-01
exits "... of an empty book" 0 "$bin/daybook" -b test export --to ofx
is "... without a list of no statements" "$(grep -c BANKMSGS "$tmp/cmd.out")" 0

# ---- workbook.xlsx ----

python3 - "$p/workbook.xlsx" >"$tmp/xlsx.out" <<'END'
import re, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
names = re.findall(r'<sheet name="([^"]*)"', z.read("xl/workbook.xml").decode())
print(",".join(names))
sheets = {n: z.read(f"xl/worksheets/sheet{i + 1}.xml").decode() for i, n in enumerate(names)}
print("formulas", ",".join(n for n in names if "<f>" in sheets[n]))
print("frozen", all('state="frozen"' in sheets[n] for n in names[1:]),
      "filters", all("<autoFilter" in sheets[n] for n in names[1:]))
cells = dict(re.findall(r'<c r="([A-Z]+2)"[^>]*?(?: t="(?:inlineStr|str)")?[^>]*>(.*?)</c>', sheets["Journal"]))
print("entry", re.sub("<[^>]*>", "", cells["A2"]), "day", cells["B2"], "recorded", cells["C2"][:8], "debit", cells["J2"])
print(z.read("docProps/core.xml").decode().count("2099-03-22T22:59:59Z"))
END
is "workbook.xlsx: sheets; formulas in Summary alone; headers frozen and filtered; dates and amounts are numbers" \
    "$(cat "$tmp/xlsx.out")" "Summary,Journal,Balances,Payments,Open items,Matches,Fees,Files
formulas Summary
frozen True filters True
entry $(tr -d '\r' <"$p/journal.csv" | sed -n '2s/,.*//p') day <v>72749</v> recorded <v>72749 debit <v>6.5</v>
2"
recalculate() {	# XLSX: each sheet as $tmp/calc/NAME-SHEET.csv, every formula worked out by LibreOffice
	mkdir -p "$tmp/office/user" "$tmp/calc"
	cat >"$tmp/office/user/registrymodifications.xcu" <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
END
	timeout 120 soffice "-env:UserInstallation=file://$tmp/office" --headless --convert-to \
	    'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1' --outdir "$tmp/calc" "$1" \
	    >"$tmp/office.out" 2>&1
}
added() {	# CSV: lines of Summary that were added, and those that differ
	python3 - "$1" <<'END'
import csv, sys
rows = [r for r in csv.reader(open(sys.argv[1], encoding="utf-8")) if len(r) == 5 and len(r[1]) == 3]
print(len(rows), [r for r in rows if r[2] != r[3] or float(r[4]) != 0])
END
}
if command -v soffice >/dev/null; then
	ok "LibreOffice opens it and calculates it anew" recalculate "$p/workbook.xlsx"
	is "... without a difference, in any currency" "$(added "$tmp/calc/workbook-Summary.csv")" "33 []"
	is "... and has all sheets" "$(find "$tmp/calc" -name '*.csv' | wc -l | tr -d ' ')" 8
	python3 - "$p/workbook.xlsx" "$tmp/wrong.xlsx" <<'END'
import sys, zipfile
a, b = zipfile.ZipFile(sys.argv[1]), zipfile.ZipFile(sys.argv[2], "w")
for n in a.namelist():
    data = a.read(n)
    if n == "xl/worksheets/sheet2.xml":
        assert b"<v>99.9" in data
        data = data.replace(b"<v>99.9", b"<v>98.9")
    b.writestr(n, data)
END
	recalculate "$tmp/wrong.xlsx"
	like "... one amount changed, and it shows" "$(added "$tmp/calc/wrong-Summary.csv")" "33 .*'-1'"
else
	echo "# LibreOffice is not there: nothing recalculated"
fi

# ---- the same books, the same bytes ----

env LC_ALL=C TZ=Asia/Tokyo faketime "2101-07-07 07:07:07" "$bin/daybook-audit" -C "$tmp/twin" --from 2099-03-01 --to 2099-03-22 >/dev/null
ok "years later, elsewhere: the same bytes of every file but the signature" \
    diff -r -x manifest.json.asc "$p" "$tmp/twin/audit/live/2099-03-01--2099-03-22"
on 2099-03-25 "$bin/daybook-audit" --from 2099-03-01 --to 2099-03-22 >"$tmp/audit.out"
like "and here the same again writes nothing" "$(cat "$tmp/audit.out")" 'it was there, unchanged'
is "... and leaves nothing" "$(find "$pack" -mindepth 1 -maxdepth 1 -name '.tmp*' | wc -l | tr -d ' ')" 0
settings "$tmp/twin" 'd["report"] = {"paper": "letter", "approved_by": "B. Boss"}'
on 2099-03-25 "$bin/daybook-audit" -C "$tmp/twin" --from 2099-03-01 --to 2099-03-22 >/dev/null
like "other settings: a revision that says the books are the same" "$(cat "$tmp/twin"/audit/live/*.r2/manifest.json)" 'the books have not'
like "... on letter paper" "$(pdfinfo "$tmp/twin"/audit/live/*.r2/report.pdf 2>/dev/null)" 'Page size: .*letter'
settings "$tmp/twin" 'd["report"]["paper"] = "A5"'
says "a paper nobody has" 78 'report.paper: "A4" or "letter" is expected' "$bin/daybook-audit" -C "$tmp/twin" --day 2099-03-01
settings "$tmp/twin" 'd["report"] = {"font": "/etc/passwd"}; d["legal_name"] = "東京電話株式会社"'
says "a font that is none" 78 'report.font: a readable TrueType file is expected' on 2099-04-01 "$bin/daybook-audit" -C "$tmp/twin" --day 2099-03-01
settings "$tmp/twin" 'd["report"] = {}; d["name"] = "W" * 250; d["legal_name"] = "東京 " + "Ж" * 100'
on 2099-04-01 "$bin/daybook-audit" -C "$tmp/twin" --day 2099-03-01 >/dev/null
pdftotext -layout "$tmp/twin/audit/live/2099-03-01/report.pdf" "$tmp/long.txt" 2>/dev/null
like "letters that no font has, and a name too long for its line" "$(cat "$tmp/long.txt")" '\?\? Ж+\.\.\.'
like "... are spoken of" "$(tr -s ' \n' '  ' <"$tmp/long.txt")" 'no font of this machine has stand as "\?"'

# ---- a quiet day, and a book with nothing in it ----

on 2099-03-26 "$bin/daybook-audit" --day 2099-03-25 >"$tmp/audit.out"
q=$pack/2099-03-25
ok "a quiet day has its pack" test -s "$q/report.pdf" -a -s "$q/workbook.xlsx" -a -s "$q/PayPal-USD.ofx"
exits "... which verifies" 0 "$bin/daybook-audit" --verify "$q"
is "... opening and closing are the same" "$(ofx "$q/PayPal-USD.ofx")" "USD 101036.82 "
on 2099-03-26 "$bin/daybook-audit" -b test --day 2099-03-25 >"$tmp/audit.out"
is "a book with nothing in it is CLEAN" "$? $(head -n 1 "$tmp/audit.out")" "0 CLEAN"
e=$DAYBOOK_SITE/audit/test/2099-03-25
exits "... verifies" 0 "$bin/daybook-audit" --verify "$e"
pdftotext -layout "$e/report.pdf" "$tmp/empty.txt" 2>/dev/null
like "... and says so on paper" "$(cat "$tmp/empty.txt")" 'There is nothing to reconcile yet'
if command -v soffice >/dev/null; then
	cp "$e/workbook.xlsx" "$tmp/empty.xlsx"
	ok "... in a workbook that opens" recalculate "$tmp/empty.xlsx"
	is "... with nothing to add" "$(added "$tmp/calc/empty-Summary.csv")" "0 []"
fi

# ---- verify adds again: packs changed and made good with a key of one's own ----

mkdir -m 700 "$tmp/mallory"
g() { gpg --homedir "$tmp/mallory" --batch --pinentry-mode loopback --passphrase '' "$@" 2>/dev/null; }
g --quick-generate-key "Mallory <books@example.net>" ed25519 sign never
fpr=$(g --with-colons --list-keys | awk -F: '$1 == "fpr" {print $10; exit}')
changed() {	# FILE PYTHON: on t, the file's text; signed anew
	rm -rf "$tmp/copy"
	cp -R "$p" "$tmp/copy"
	g --armor --export >"$tmp/copy/public-key.asc"
	python3 - "$tmp/copy" "$fpr" "$1" "$2" <<'END'
import hashlib, json, sys
d, fpr, name, edit = sys.argv[1:]
m = json.load(open(d + "/manifest.json"))
space = {"t": open(f"{d}/{name}", newline="").read(), "m": m}
exec(edit, space)
open(f"{d}/{name}", "w", newline="").write(space["t"])
m["key"] = fpr
m["files"] = [hashlib.sha256(open(d + "/" + x[66:], "rb").read()).hexdigest() + x[64:] for x in m["files"]]
json.dump(m, open(d + "/manifest.json", "w"), indent=2)
END
	rm "$tmp/copy/manifest.json.asc"
	g --armor --detach-sign --output "$tmp/copy/manifest.json.asc" "$tmp/copy/manifest.json"
}
fault() {	# NAME REGEX FILE PYTHON
	changed "$3" "$4"
	says "$1" 65 "$2" "$bin/daybook-audit" --verify "$tmp/copy" --key "$fpr"
}
changed VERIFY.txt ''
exits "made good with another key, nothing changed" 0 "$bin/daybook-audit" --verify "$tmp/copy" --key "$fpr"
fault "a closing balance" 'balances.csv:[0-9]+: opening \+ debit - credit is not closing' balances.csv 't = t.replace("101036.82", "101029.83")'
fault "... and its opening with it" 'balances.csv: all accounts in EUR do not add to 0' balances.csv 't = t.replace("PayPal,EUR,0.00,96.80,0.00,96.80", "PayPal,EUR,1.00,96.80,0.00,97.80")'
fault "an account twice" 'balances.csv:[0-9]+: .*twice' balances.csv 't += t.splitlines(True)[-1]'
fault "an account dropped" 'journal.csv:[0-9]+: an account that is not in balances.csv' balances.csv 't = "".join(l for l in t.splitlines(True) if "PayPal,JPY" not in l)'
fault "a leg" 'journal.csv:[0-9]+: the entry that begins here does not add to 0' journal.csv 't = t.replace(",99.90,", ",99.91,", 1)'
fault "an entry left out" 'journal.csv: the legs of .* do not add to balances.csv' journal.csv 't = "".join(l for l in t.splitlines(True) if ",E1," not in l)'
fault "a digit too many" 'journal.csv:[0-9]+: an amount without' journal.csv 't = t.replace(",99.90,", ",99.900,", 1)'
fault "the net of a payment" 'payments.csv:[0-9]+: gross - fee is not net' payments.csv 't = t.replace(",96.80,", ",96.81,")'
fault "the difference of a break" 'breaks.csv:[0-9]+: report_amount - ledger_amount is not difference' breaks.csv 't = t.replace(",24.00,1.00,", ",24.00,2.00,")'
fault "a record taken out" 'journal.jsonl:[0-9]+: does not follow the line before it' journal.jsonl 'l = t.splitlines(True); t = "".join(l[:2] + l[3:])'
fault "two records exchanged" 'journal.jsonl:[0-9]+: does not follow' journal.jsonl 'l = t.splitlines(True); l[2], l[3] = l[3], l[2]; t = "".join(l)'
fault "a record changed" 'journal.jsonl:[0-9]+: does not follow' journal.jsonl 't = t.replace("E1", "E2", 1)'
fault "the last one changed" 'journal.jsonl:[0-9]+: its SHA-256 is not chain_head' journal.jsonl 'l = t.splitlines(True); l[-1] = l[-1].replace("night", "Night"); t = "".join(l)'
fault "the first one left out" 'journal.jsonl:1: not the first record' journal.jsonl 't = "".join(t.splitlines(True)[1:])'
fault "the last one left out" 'journal.jsonl:[0-9]+: its SHA-256 is not chain_head' journal.jsonl 't = "".join(t.splitlines(True)[:-1])'
fault "... and the manifest made to fit" 'journal.jsonl: the legs of|journal.jsonl:[0-9]+: not the last record' journal.jsonl '
import hashlib
l = t.splitlines(True)[:-1]
t = "".join(l)
m["chain_head"] = hashlib.sha256(l[-1][:-1].encode()).hexdigest()'
fault "a statement that explains what it does not" 'journal.jsonl:[0-9]+: a statement whose parts' journal.jsonl '
import hashlib
l = t.splitlines(True)
l[-1] = l[-1].replace("\"unexplained\":-50", "\"unexplained\":0")
t = "".join(l)
m["chain_head"] = hashlib.sha256(l[-1][:-1].encode()).hexdigest()'
fault "an incomplete last line" 'journal.jsonl:[0-9]+: an incomplete line' journal.jsonl 't = t[:-1]'
gpgconf --homedir "$tmp/mallory" --kill all

# ---- packs in a row ----

for d in 20 21 22; do
	on 2099-03-26 "$bin/daybook-audit" --day "2099-03-$d" >/dev/null
done
exits "all packs of the book" 0 "$bin/daybook-audit" --verify "$pack"
like "... an unbroken row" "$(cat "$tmp/cmd.out")" '5 packs, numbers 1 to 5, in an unbroken row; records [0-9]+ to [0-9]+'
exits "... some of them, one by one" 0 "$bin/daybook-audit" --verify "$pack/2099-03-21" "$pack/2099-03-20" "$pack/2099-03-22"
like "... which are a row too" "$(cat "$tmp/cmd.out")" '3 packs, numbers 3 to 5'
says "one is missing" 65 'pack 4 is missing between 2099-03-20 and 2099-03-22' "$bin/daybook-audit" --verify "$pack/2099-03-20" "$pack/2099-03-22"
says "one given twice" 65 'are both pack 3' "$bin/daybook-audit" --verify "$pack/2099-03-20" "$pack/2099-03-20"
says "another book's" 65 'packs of different books' "$bin/daybook-audit" --verify "$pack/2099-03-25" "$e"
says "one that is damaged is named" 65 'copy: .*: ' "$bin/daybook-audit" --verify "$pack/2099-03-21" "$tmp/copy"
# A row whose days leave one out: the second book's numbers are gapless, its records are not.
cp -a "$tmp/twin" "$tmp/gap"
rm -rf "$tmp/gap/audit/live"/20*
settings "$tmp/gap" 'd["name"] = "Gap"; d["legal_name"] = "Gap"'
for d in 05 21; do
	on 2099-03-26 "$bin/daybook-audit" -C "$tmp/gap" --day "2099-03-$d" >/dev/null
done
says "a day that is in no pack" 65 'records [0-9]+ to [0-9]+ are in no pack: they stand between 2099-03-05 and 2099-03-21' \
    "$bin/daybook-audit" -C "$tmp/gap" --verify "$tmp/gap/audit/live"
on 2099-03-26 "$bin/daybook-audit" -C "$tmp/gap" --day 2099-03-20 >/dev/null
exits "... until it has one" 0 "$bin/daybook-audit" -C "$tmp/gap" --verify "$tmp/gap/audit/live"
verify_clean
done_testing
