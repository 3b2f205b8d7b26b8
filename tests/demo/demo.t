#!/bin/sh
# The demo: its figures to the cent, nothing left running however it ends, nothing outside its folder.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
PATH=$PATH:/usr/sbin:/sbin
for program in lighttpd fcgiwrap hledger gpg curl; do
	command -v $program >/dev/null || skip_all "$program is not here"
done

folder="$tmp/in a folder"
mkdir "$folder" "$tmp/home" "$tmp/tmp"
printf %s "$folder" >"$tmp/pattern"	# a file: no command line holds it
touch "$tmp/mark"
# demo COMMAND...: as a user runs it at a terminal, where signals have their usual meaning
demo() { env --default-signal HOME="$tmp/home" TMPDIR="$tmp/tmp" DEMO_DIR="$folder" B="$B" "$@" sh "$top/tests/demo.sh"; }
running() { grep -laF -f "$tmp/pattern" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; }
gone() { [ -z "$(running)" ] && flock -n "$folder" true; }
# interrupted SIGNAL: in the middle, to all of its process group, as a terminal does
interrupted() {
	touch "$tmp/begun"
	demo setsid >"$tmp/cut.out" 2>"$tmp/cut.err" &
	started=$!
	reap $started
	wait_for 60 test "$folder/out/came" -nt "$tmp/begun" || echo "# the demo did not come so far"
	group=$(ps -o pid= --ppid "$started" | tr -d ' ')
	kill -s "$1" -- "-${group:-$started}"
	wait "$started"
	is "$1 in the middle ends it" $? 1
	ok "... and all it started" wait_for 10 gone
}

# ---- a run that is cut short, a whole one in the same folder, and again one cut short ----

interrupted INT
demo >"$tmp/demo.out" 2>"$tmp/demo.err"
is "it succeeds" $? 0
is "... and complains of nothing" "$(cat "$tmp/demo.err")" ""
[ -s "$tmp/demo.err" ] && show "$tmp/demo.out"
ok "nothing is left running" gone
DAYBOOK_SITE=$folder/site
export DAYBOOK_SITE

cat >"$tmp/want" <<'CSV'
Assets:Bank,USD,1050.00
Assets:PayPal,EUR,134.67
Assets:PayPal,HUF,4740
Assets:PayPal,JPY,107
Assets:PayPal,NZD,31.43
Assets:PayPal,TWD,279
Assets:PayPal,USD,1942.77
Equity:Conversion,EUR,19.07
Equity:Conversion,USD,-20.76
Equity:Opening,EUR,-100.00
Equity:Opening,USD,-2495.00
Expenses:Fees:PayPal,EUR,3.76
Expenses:Fees:PayPal,HUF,260
Expenses:Fees:PayPal,JPY,43
Expenses:Fees:PayPal,NZD,1.57
Expenses:Fees:PayPal,TWD,21
Expenses:Fees:PayPal,USD,39.49
Expenses:Payouts,EUR,10.00
Liabilities:Customers:C1001,EUR,-20.00
Liabilities:Customers:C1001,JPY,-150
Liabilities:Customers:C1001,USD,-197.00
Liabilities:Customers:C1002,USD,-75.00
Liabilities:Customers:C1003,EUR,-47.50
Liabilities:Customers:C1003,USD,-18.50
Liabilities:Customers:C1004,HUF,-5000
Liabilities:Customers:C1004,NZD,-33.00
Liabilities:Customers:C1004,USD,-149.00
Liabilities:Customers:C1005,TWD,-300
Liabilities:Customers:C1005,USD,-55.00
Liabilities:Customers:C1006,USD,-22.00
CSV
daybook balance --format csv 2>/dev/null | tail -n +2 | grep -v '^Liabilities:\(Unallocated\|Payouts\),.*,0\.00$' >"$tmp/got"
ok "the balances, to the cent" diff "$tmp/want" "$tmp/got"
is "those of the test book" "$(daybook balance -b test --format csv 2>/dev/null | tail -n +2)" \
    "Assets:PayPal,USD,-7.64
Expenses:Fees:PayPal,USD,1.60
Liabilities:Customers:C9000,USD,-19.95
Liabilities:Payouts,USD,25.99"
is "what became of the messages" "$(daybook messages --format csv | awk -F, 'NR > 1 {print $4, $5}' | sort |
    uniq -c | sed 's/^ *//; s/ *$//')" "13 duplicate
11 noted
33 posted
1 posted currency-not-accepted
1 posted payer-ambiguous
1 posted payer-unknown
5 refused by-hand
4 refused invalid"
is "what strangers sent is no payment" \
    "$(daybook payments --format csv | grep -E '2FO5|3NE5|4WR5|5TB5|6TA5|7RP9|61E6')" ""
is "the altered copy of a payment changed nothing" "$(daybook payments --format csv |
    awk -F, '$2 == "7AB19283CD465019E" {print $5, $9, $10}')" "partly-refunded 100.00 3.20"
# TEXT, TAB, number, TAB, what became of it
is "each request of a stranger is answered so" "$(sed -n 's/.*\tanswered //p' "$folder/out/came" | xargs)" \
    "404 405 415 413"
like "PayPal down: three wait" "$(cat "$folder/out/post-down")" '^INCOMPLETE 3'
like "PayPal in HTML: five wait" "$(cat "$folder/out/post-html")" '^INCOMPLETE 5'
like "... and all are booked when it is back" "$(cat "$folder/out/came")" '^all that waited	7	7 posted$'

is "the Mass Pay batch: what each item became" "$(awk -F, 'NR > 1 {print $2, $6, $8, $9}' "$folder/out/masspay-status" | tr -d '\r')" \
    "paid carla@example.org 10.00 0.00
failed dieter@example.org 24.50 24.50
returned emil@example.org 4.58 4.58"
is "... and nothing of it is owed any more" "$("$bin/daybook-masspay" status --format csv | tr -d '\r' | awk -F, 'NR == 2 {print $1, $8, $12, $17}')" \
    "MARCH 0.00 1 2"

# category status payment currency report ledger difference
is "the changed download's breaks, and no other" "$(tr -d '\r' <"$folder/out/breaks-1.csv" |
    awk -F, 'NR > 1 {print $2, $3, $7, $8, $9, $10, $11}' | sort)" \
    "amount open 3SM51627QE827160S USD 61.00 16.00 45.00
control-total open 3SM51627QE827160S USD 2883.89 2928.89 -45.00
control-total open 5CA51827QE827160D USD 2786.39 2747.85 38.54
missing-in-ledger open 1LO51827QE827161H USD 30.00  30.00
missing-in-ledger open 1NT51827QE827160T USD 9.00  9.00
missing-in-ledger open 3MG88942N0662370U USD -1050.00  -1050.00
missing-in-ledger open 6RV51827QE82716FE USD -20.00  -20.00
missing-in-report open 2BK40291ND773011A USD  40.00 -40.00"
like "PayPal's own leaves four" "$(cat "$folder/out/reconcile-2")" '^BREAKS 4$'
like "... of which --post-missing books what a person has not" "$(cat "$folder/out/reconcile-3")" '^matched 43, booked from the report 3,'
like "... and then it ties" "$(cat "$folder/out/reconcile-3")" \
    '^USD: opening 2500\.00 .* = closing 1942\.77; books 1942\.77; unexplained 0\.00$'
like "the settlement report of that day ties too" "$(cat "$folder/out/reconcile-stl")" '^matched 43, booked from the report 0,'
like "... and one digit of its footer is missed by nobody" "$(cat "$folder/out/reconcile-changed")" \
    'control-total .* SF USD: gross credits 680\.27, but the rows give 680\.24$'
is "no break is open" "$(daybook breaks --format csv | awk -F, 'NR > 1 {print $3}' | sort | uniq -c |
    sed 's/^ *//')" "8 resolved"
id=$(daybook breaks --format csv | awk -F, '$7 == "3MG88942N0662370U" {print $1}')
like "one was worked off by a person" "$(daybook breaks show "$id")" '^note +to our bank, as agreed on Monday$'
exits "nothing waits for anybody" 0 "$bin/daybook-post"
verify_clean

pack=$(find "$DAYBOOK_SITE/audit/live" -mindepth 1 -maxdepth 1 -type d)
exits "the pack is as signed" 0 "$bin/daybook-audit" --verify "$pack"
like "... gpg says so too" "$(cat "$folder/out/gpg-verify")" 'Good signature from "Example Telecom'
like "the accountant reads her mail" "$(cat "$folder/out/mail")" '^Subject: CLEAN Example Telecom '
is "... and has the report in it" "$(head -c 5 "$folder/ada/report.pdf")" %PDF-
is "... with a picture of each page" "$(find "$folder/pages" -name '*.png' | wc -l | tr -d ' ')" \
    "$(pdfinfo "$pack/report.pdf" | sed -n 's/^Pages: *//p')"
is "... and sha256sum of each file" "$(grep -c ': OK$' "$folder/out/sha256sum")" \
    "$(find "$pack" -type f ! -name 'manifest*' | wc -l | tr -d ' ')"
like "one digit changed is found and named" "$(cat "$folder/out/tampered.err")" 'journal\.csv: not as it was signed'
exits "hledger checks the ledger" 0 hledger -f "$pack/ledger.hledger" check
hledger -f "$pack/ledger.hledger" balance --flat --no-total --layout bare -O csv | tail -n +2 |
    tr -d '"\r' | LC_ALL=C sort >"$tmp/got"
ok "... and has the same balances" diff "$tmp/want" "$tmp/got"

like "the story tells the customers' balances" "$(cat "$tmp/demo.out")" \
    "C1004  Bob's Bakery  +5000 HUF, 33.00 NZD, 149.00 USD"
sed -n 's|^   \(/.*in a folder/[^ ]*\)  .*|\1|p' "$tmp/demo.out" >"$tmp/paths"
is "... and six places to look at" "$(wc -l <"$tmp/paths" | tr -d ' ')" 6
while read -r path; do
	ok "... ${path#"$folder/"}" test -e "$path"
done <"$tmp/paths"
is "the page shows each break, resolved" "$(grep -o '<td class="ok">resolved' "$folder/index.html" | wc -l | tr -d ' ')" 8
sed -n 's/.*<h2>The pack//p' "$folder/index.html" | grep -o 'href="[^"]*"' | cut -d'"' -f2 >"$tmp/links"
is "... and links to the pack's files" "$(cd "$folder" && grep ^site/ "$tmp/links" | sort -u | xargs ls | wc -l | tr -d ' ')" \
    "$(find "$pack" -type f | wc -l | tr -d ' ')"

interrupted TERM

# ---- what it must leave alone ----

is "nothing is written to home or the temporary folder" "$(find "$tmp/home" "$tmp/tmp" -mindepth 1)" ""
is "nor into the project" "$(find "$top" \( -path "$top/.git" -o -path "$top/build" -o -path "$B" -o \
    -path "$top/demo" \) -prune -o -type f -newer "$tmp/mark" -print)" ""
(
	exec 9<"$folder"
	flock -n 9
	demo sh -c 'exec 9<&-; exec "$@"' sh >"$tmp/cmd.out" 2>&1
)
like "two at once: the second does not begin" "$(cat "$tmp/cmd.out")" \
    "^demo: $folder: another demo runs in it, .*; processes( [0-9]+)+$"
ok "... and leaves the first's files" test -e "$folder/out/came"
folder=$tmp/mine
mkdir "$folder"
echo precious >"$folder/letter"
exits "a folder that no demo made is left alone" 1 demo
like "... by name" "$(cat "$tmp/cmd.err")" "^demo: $folder: there are files that no demo made"
is "... with what is in it" "$(find "$folder" -mindepth 1)" "$folder/letter"
done_testing
