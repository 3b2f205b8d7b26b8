#!/bin/sh
# daybook-reconcile on PayPal's settlement and transaction detail reports: the samples, from empty
# books and behind notifications; certificates, statements, the same file again, another one for the
# same day, parts, and each night's beginning.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
data=$top/tests/data
stl=$data/stl/STL-20240304.01.009.CSV
trr=$data/stl/TRR-20240304.01.008.CSV

reconcile() { "$bin/daybook-reconcile" "$@" >"$tmp/rec.out" 2>"$tmp/rec.err"; }
verdict() { head -n 1 "$tmp/rec.out"; }
run_dir() { echo "$DAYBOOK_SITE/books/live/$(sed -n 's|^see books/live/||p' "$tmp/rec.out")"; }
new_site() {	# NAME: with the opening balance of the sample's day
	site_new "$tmp/$1"
	integration_new paypal_ipn live
	daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
	daybook customer add C1002 --name Affiliates --paypal-email affiliates@example.com >/dev/null
	printf 'account,currency,amount,date\nAssets:PayPal,USD,2500.00,2024-03-04\n' >"$tmp/opening.csv"
	"$bin/daybook" opening "$tmp/opening.csv" >/dev/null || echo "Bail out! opening"
}
# rows TABLE: what the journal puts into that table, the latest last
rows() {
	python3 - "$DAYBOOK_SITE" "$1" <<'END'
import json, pathlib, sys
site, table = sys.argv[1:]
seen = {}
for p in sorted(pathlib.Path(site, "books/live/journal").glob("*.jsonl")):
    for line in p.read_text().splitlines():
        for t, key, v in (json.loads(line).get("data") or {}).get("put", []):
            if t == table:
                seen[key] = v
for key in sorted(seen):
    print(key, json.dumps(seen[key], sort_keys=True))
END
}
records() { cat "$DAYBOOK_SITE"/books/live/journal/*.jsonl | wc -l | tr -d ' '; }
balances() { daybook balance --format csv 2>/dev/null | awk -F, 'NR > 1 && $3 !~ /^0(\.0*)?$/ {print $1, $2, $3}'; }

standin_start
new_site empty
reconcile -n "$stl"
is "dry run: all 22 are missing" "$? $(verdict)" "1 BREAKS 22"
payouts() { paid_out 2024-03-04 USD fred@example.org,25.99 john@example.org,9.99; }
payouts
reconcile --post-missing "$stl"
is "from empty books: CLEAN" "$? $(verdict)" "0 CLEAN"
like "... to the last cent" "$(cat "$tmp/rec.out")" \
    'USD: opening 2500.00 \+ movement 100.69 = closing 2600.69; books 2600.69; unexplained 0.00'
like "... in each currency" "$(cat "$tmp/rec.out")" 'JPY: opening 0 \+ movement 107 = closing 107; books 107; unexplained 0'
balances >"$tmp/got"
cat >"$tmp/want" <<'END'
Assets:Bank USD 50.00
Assets:PayPal EUR 19.12
Assets:PayPal JPY 107
Assets:PayPal USD 2600.69
Equity:Conversion EUR 19.07
Equity:Conversion USD -20.76
Equity:Opening USD -2500.00
Expenses:Fees:PayPal EUR 1.81
Expenses:Fees:PayPal JPY 43
Expenses:Fees:PayPal USD 5.09
Expenses:Payouts USD 35.98
Liabilities:Unallocated EUR -40.00
Liabilities:Unallocated JPY -150
Liabilities:Unallocated USD -171.00
END
ok "balances" diff "$tmp/want" "$tmp/got"
cp -R "$(run_dir)" "$tmp/first"
cp "$tmp/rec.out" "$tmp/first.out"
n=$(records)
reconcile --post-missing "$stl"
is "the same again" "$? $(verdict)" "0 CLEAN"
ok "... gives the same bytes" diff -r "$tmp/first" "$(run_dir)"
is "... and writes nothing into the books" "$(records)" "$n"
is "three statements" "$(rows statement | cut -d ' ' -f 1 | tr '\n' ' ')" \
    "PayPal.EUR.2024-03-05 PayPal.JPY.2024-03-05 PayPal.USD.2024-03-05 "
like "... with the balances stated" "$(rows statement)" \
    '"books": 260069, .*"closing": 260069, .*"opening": 250000, .*"stated": 1, .*"unexplained": 0'
like "a certificate" "$(rows file)" "^$(sha256sum <"$stl" | cut -d ' ' -f 1) .*\"checks\": [1-9][0-9]*, \
\"day\": \"2024-03-04\", \"failed\": 0, .*\"last\": 1, \"name\": \"STL-20240304.01.009.CSV\", \"part\": 1"
reconcile "$trr"
is "the transaction detail report agrees" "$? $(verdict)" "0 CLEAN"
like "... and takes no statement's place" "$(rows statement)" '"closing": 260069, .*"report": "paypal-stl"'
like "... three rows moved nothing" "$(cat "$tmp/rec.out")" 'matched 22, booked from the report 0, memo 3'
verify_clean

new_site notified
for f in 6.01-web_accept 6.02-echeck_pending 6.06-express_checkout_jpy 6.07-conversion 6.08-cart 6.09-send_money \
    6.10-refund_full 6.11-refund_partial 6.12-refund_second 6.13-reversal 6.14-canceled_reversal \
    6.20-masspay_in_1 6.24-windows_1252; do
	genuine "paypal_ipn/$ikey" "$data/ipn/$f.body" >/dev/null
done
post
reconcile -n "$stl"
like "behind the notifications, what has none is missing" "$(cat "$tmp/rec.out")" \
    'open missing-in-ledger 3MG88942N0662370U USD report -50.00'
not_ok "... and nothing differs" grep -Eq ' (amount|fee|currency|missing-in-report|balance|control-total) ' "$tmp/rec.out"
payouts
reconcile --post-missing "$stl"
is "booked from the report" "$? $(verdict)" "0 CLEAN"
is "Assets:PayPal is what PayPal says" "$(balances | grep ^Assets:PayPal)" "Assets:PayPal EUR 19.12
Assets:PayPal JPY 107
Assets:PayPal USD 2600.69"
reconcile "$trr"
is "and by the transaction detail report" "$? $(verdict)" "0 CLEAN"
verify_clean

# ---- of downloads too ----
new_site download
payouts
sed 's/"Unclaimed"/"Completed"/' "$data/activity/b.csv" >"$tmp/b.csv"	# it would be overdue by now
reconcile --dates mdy --post-missing "$tmp/b.csv"
is "a download: CLEAN" "$? $(verdict)" "0 CLEAN"
like "... leaves its statement" "$(rows statement | grep PayPal.USD)" \
    '^PayPal.USD.2024-03-05 .*"books": 159615, .*"closing": 159615, .*"opening": 250000, .*"report": "paypal-activity"'
like "... and certificate" "$(rows file)" '"day": "", "failed": 0, .*"report": "", .*"rows": 10'
n=$(records)
reconcile --dates mdy --post-missing "$tmp/b.csv"
is "... and nothing the second time" "$? $(records)" "0 $n"
DAYBOOK_SITE=$tmp/notified

# ---- formats ----
says "files of two formats" 65 'a run is for one format' "$bin/daybook-reconcile" "$stl" "$trr"
says "the wrong format" 65 'STL-20240304.01.009.CSV:4: CH: no column "Transactional Status"' \
    "$bin/daybook-reconcile" --format paypal-trr "$stl"
sed 's/MERCHANTID123/SOMEBODYELSE/' "$stl" >"$tmp/STL-20240304.01.009.CSV"
says "another account's" 65 'account "SOMEBODYELSE" is none of ours' "$bin/daybook-reconcile" "$tmp/STL-20240304.01.009.CSV"

# ---- controls ----
sed 's/^"SC",22/"SC",21/' "$stl" >"$tmp/x.csv"
reconcile -n "$tmp/x.csv"
is "a wrong count" "$? $(grep ' control-total ' "$tmp/rec.out" | sed 's/^[^ ]* //')" \
    "1 open control-total -  report - its rows -: SC: the section has 21 rows, it says, but 22 were counted"
sed '/^"[SR]F","USD"/s/260069,"CR",0/260070,"CR",0/' "$stl" >"$tmp/x.csv"	# total
reconcile -n "$tmp/x.csv"
like "a total that does not follow" "$(cat "$tmp/rec.out")" 'open control-total - USD report 2600.70 its rows 2600.69: SF USD: ending total'
like "... and what is held is not ours" "$(cat "$tmp/rec.out")" 'open balance - USD report 0.01 books 0.00: the report holds back 0.01 USD'
sed '/^"[SR]F","USD"/s/"CR",250000,"CR",260069/"CR",250000,"CR",260070/' "$stl" >"$tmp/x.csv"
reconcile -n "$tmp/x.csv"
like "an end that does not follow" "$(cat "$tmp/rec.out")" 'open control-total - USD report 2600.70 its rows 2600.69: SF USD: ending available'
like "... explains itself" "$(cat "$tmp/rec.out")" 'closing 2600.70; books 2600.69; unexplained 0.00'
grep -v 7AB19283CD465019E\",\"INV "$stl" >"$tmp/x.csv"
reconcile -n "$tmp/x.csv"
is "a row that is not there: count, two totals, the books, and the file before" \
    "$(sed -n 's/^B-[^ ]* open \([a-z-]*\) .*/\1/p' "$tmp/rec.out" | sort | uniq -c | tr -s ' ' | tr '\n' ';')" \
    " 3 control-total; 1 missing-in-report; 1 restated;"
like "... and all is explained" "$(cat "$tmp/rec.out")" 'unexplained 0.00'

# ---- the same day made anew ----
sed '/7AB19283CD465019E","INV/s/"CR",10000/"CR",10010/; /^"[SR]F","USD"/s/32644/32654/; /^"[SR]F","USD"/s/260069/260079/g' \
    "$stl" >"$tmp/STL-20240304.01.009.CSV"
reconcile "$tmp/STL-20240304.01.009.CSV"
like "another file for the same day" "$(cat "$tmp/rec.out")" \
    'open restated - USD report 96.90 books 96.80: STL 2024-03-04 part 1 .* 1 rows changed, 0 added, 0 gone: 7AB19283CD465019E'
like "... and what it says now" "$(cat "$tmp/rec.out")" 'open amount 7AB19283CD465019E USD report 100.10 books 100.00'
like "... its certificate says whose place it took" "$(rows file)" "\"supersedes\": \"$(sha256sum <"$stl" | cut -d ' ' -f 1)\""
cp "$tmp/rec.out" "$tmp/one.out"
cp -R "$(run_dir)" "$tmp/one"
n=$(records)
reconcile "$tmp/STL-20240304.01.009.CSV"
ok "again: the same" diff "$tmp/one.out" "$tmp/rec.out"
ok "... bytes" diff -r "$tmp/one" "$(run_dir)"
is "... and nothing new" "$(records)" "$n"
reconcile "$trr"
is "... which another report does not clear" "$(daybook breaks --open --format csv | grep -c restated)" 1
daybook calendar --to 2024-03-06 --format csv >"$tmp/calendar"
is "the calendar" "$(cut -d, -f 1-4,6- "$tmp/calendar")" \
    "day,account,report,state,parts,rows,failed,file
2024-03-04,PayPal,STL,superseded,1,22,0,STL-20240304.01.009.CSV
2024-03-04,PayPal,STL,late,1,22,0,STL-20240304.01.009.CSV
2024-03-05,PayPal,STL,missing,0,0,0,
2024-03-06,PayPal,STL,missing,0,0,0,
2024-03-04,PayPal,TRR,late,1,25,0,TRR-20240304.01.008.CSV
2024-03-05,PayPal,TRR,missing,0,0,0,
2024-03-06,PayPal,TRR,missing,0,0,0,"
like "... in JSON" "$(daybook calendar --to 2024-03-05 --format json)" '"state": ?"superseded"'
says "calendar: no day" 64 'calendar|day' "$bin/daybook" calendar --from yesterday
verify_clean
done_testing
