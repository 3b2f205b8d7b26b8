#!/bin/sh
# Breaks: every kind the activity download can show, as listed, shown and written by a run; what
# resolves them; -n, --account, the test book; statuses the two sides disagree about.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
mkdir "$tmp/b"
b=$tmp/b/b.csv		# nobody claimed one payout of the sample: years later that is a break of its own
sed 's/"Unclaimed"/"Completed"/' "$top/tests/data/activity/b.csv" >"$b"

standin_start
reconcile() { "$bin/daybook-reconcile" --dates mdy "$@" >"$tmp/rec.out" 2>"$tmp/rec.err"; }
verdict() { head -n 1 "$tmp/rec.out"; }
run_dir() { echo "$DAYBOOK_SITE/$(grep '^see ' "$tmp/rec.out" | cut -d' ' -f 2)"; }
broken() {	# CATEGORY: "status payment currency report ledger difference line" of each such break
	daybook breaks --format json | python3 -c '
import json, sys
for b in json.load(sys.stdin):
    if b["category"] == sys.argv[1]:
        print(*(b[k] or "-" for k in ("status", "payment_id", "currency", "report_amount", "ledger_amount", "difference", "line")))' "$1"
}
prepare() {
	site_new "$tmp/$1"
	integration_new paypal_ipn live
	daybook customer add C1 --name Alice --paypal-email alice@example.net >/dev/null
	printf 'account,currency,amount,date\nAssets:PayPal,USD,2500.00,2024-03-04\n' >"$tmp/o.csv"
	"$bin/daybook" opening "$tmp/o.csv" >/dev/null
}
everything() { find "$DAYBOOK_SITE" -type f ! -name '*.lock' ! -name 'lock*' -exec sha256sum {} + | sort -k 2; }

prepare night
paid_out 2024-03-04 USD fred@example.org,25.99 john@example.org,9.99
reconcile --post-missing "$b"
is "the books have it all" "$(verdict)" CLEAN
everything >"$tmp/before"

# One file with one of each.
python3 - "$b" "$tmp/all.csv" <<'END'
import sys
out = []
for line in open(sys.argv[1], encoding="utf-8-sig"):
    if "8MR17283WL483726Y" in line:		# amount: 75 in the books
        line = line.replace('"75.00","0.00","75.00"', '"70.00","0.00","70.00"').replace("2,575.00", "2,570.00")
    elif "7AB19283CD465019E" in line and "Website" in line:	# fee: 3.20 in the books
        line = line.replace('"-3.20","96.80"', '"-3.00","97.00"').replace("2,671.80", "2,667.00")
        out.append(line)
        line = line.replace("2,667.00", "2,764.00")	# and twice
    elif "2RF60417HA119283K" in line:		# a type nobody knows, under an id nobody knows
        line = line.replace("Payment Refund", "Moon Tax").replace("2RF60417HA119283K", "2RF60417HA1192XXX")
    elif "5W531651W5136225N" in line:		# not in the books
        line = line.replace("5W531651W5136225N", "5W531651W51362XXX")
    elif "8P09425963946233T" in line:		# the report has not moved it
        line = line.replace('"Debit"', '"Memo"').replace("Unclaimed", "Pending")
    elif "5EU95061UJ261504W" in line and "Express" in line:	# another currency
        line = line.replace('"EUR","20.00"', '"CAD","20.00"')
    out.append(line)
open(sys.argv[2], "w", encoding="utf-8").writelines(out)
END
reconcile -n "$tmp/all.csv"
like "-n: a verdict" "$? $(verdict)" '^1 BREAKS [0-9]+$'
everything >"$tmp/after"
ok "-n writes nothing" diff "$tmp/before" "$tmp/after"
reconcile "$tmp/all.csv"
like "breaks of every kind" "$? $(verdict)" '^1 BREAKS [0-9]+$'
is "quiet" "$(cat "$tmp/rec.err")" ""
is "amount" "$(broken amount)" "open 8MR17283WL483726Y USD 70.00 75.00 -5.00 2"
is "fee: the fees" "$(broken fee)" "open 7AB19283CD465019E USD 3.00 3.20 -0.20 3"
is "duplicate-in-report: a missing side is empty" "$(broken duplicate-in-report)" "open 7AB19283CD465019E USD 100.00 - 100.00 4"
is "missing-in-ledger" "$(broken missing-in-ledger)" "open 5W531651W51362XXX USD -25.99 - -25.99 10"
is "unknown-type" "$(broken unknown-type)" "open 2RF60417HA1192XXX USD -10.00 - -10.00 9"
is "currency" "$(broken currency)" "open 5EU95061UJ261504W CAD 20.00 20.00 0.00 6"
is "status" "$(broken status)" "open 8P09425963946233T USD - -9.99 9.99 11"
is "missing-in-report" "$(broken missing-in-report | sort)" "open 2RF60417HA119283K USD - -10.00 10.00 -
open 5W531651W5136225N USD - -25.99 25.99 -"
ok "control-total" test -n "$(broken control-total)"
like "all of the difference is explained" "$(grep '^USD' "$tmp/rec.out")" 'unexplained 0\.00'
n=$(verdict | cut -d' ' -f 2)
is "as many as the verdict says are open" "$(daybook breaks --open --format csv | tail -n +2 | wc -l | tr -d ' ')" "$n"

# The run's own files.
dir=$(run_dir)
is "breaks.csv is the listing of that day" "$(tr -d '\r' <"$dir/breaks.csv" | sort)" "$(daybook breaks --open --format csv | sort)"
is "matches.csv: a line for each row that ties" "$(tail -n +2 "$dir/matches.csv" | wc -l | tr -d ' ')" \
    "$(sed -n 's/^matched \([0-9]*\),.*/\1/p' "$tmp/rec.out")"
ok "summary.json names the file by its digest" grep -q "$(sha256sum <"$tmp/all.csv" | cut -d' ' -f 1)" "$dir/summary.json"
ok "... is JSON" python3 -c "import json; json.load(open('$dir/summary.json'))"
id=$(daybook breaks --format csv | awk -F, '$2 == "amount" {print $1}')
like "show" "$(daybook breaks show "$id")" 'difference +-5\.00'
is "show, for machines" "$(daybook breaks show "$id" --format json | python3 -c '
import json, sys
j = json.load(sys.stdin)
print(j["break_id"] == sys.argv[1], j["category"], j["report_amount"], j["provider"], set(sys.argv[2].split(",")) <= set(j))' \
    "$id" "$(daybook breaks --format csv | head -n 1)")" "True amount 70.00 PayPal True"
says "show: none of that id" 65 'no break nothing' "$bin/daybook" breaks show nothing
daybook breaks --format csv | cut -d, -f 1 | sort >"$tmp/ids"
reconcile "$tmp/all.csv"
is "found again they are the same breaks" "$(daybook breaks --format csv | cut -d, -f 1 | sort | diff "$tmp/ids" -)" ""
reconcile "$b"
is "a right report resolves them" "$(verdict) $(daybook breaks --open --format csv | wc -l | tr -d ' ')" "CLEAN 1"
is "... all" "$(daybook breaks --format csv | awk -F, 'NR > 1 {print $3}' | sort -u)" resolved
verify_clean

# ---- what the notifications said before ----

prepare pending
sed 's/"Pending","USD","50.00","0.00","50.00"/"Completed","USD","50.00","-1.75","48.25"/; /4EC38271NB605948Q/s/Memo/Credit/
    s/2,671.80/&/' "$b" | head -n 4 >"$tmp/x.csv"
python3 - "$tmp/x.csv" <<'END'
import re, sys
lines = open(sys.argv[1], encoding="utf-8-sig").read().splitlines(True)
lines[3] = lines[3].replace("2,671.80", "2,720.05")
open(sys.argv[1], "w", encoding="utf-8").writelines(lines)
END
daybook customer add C2 --name Affiliates --paypal-email affiliates@example.com >/dev/null
genuine "paypal_ipn/$ikey" "$top/tests/data/ipn/6.01-web_accept.body" "$top/tests/data/ipn/6.20-masspay_in_1.body" \
    "$top/tests/data/ipn/6.02-echeck_pending.body" >/dev/null
post
reconcile "$tmp/x.csv"
is "an eCheck that is pending here and completed there" "$(verdict)|$(broken status)" "BREAKS 1|open 4EC38271NB605948Q USD 50.00 50.00 0.00 4"
reconcile --post-missing "$tmp/x.csv"
is "--post-missing books it" "$(verdict) $(daybook payments --format csv | awk -F, '$2 == "4EC38271NB605948Q" {print $5, $10}')" "CLEAN completed 1.75"
daybook balance --format csv >"$tmp/once"
genuine "paypal_ipn/$ikey" "$top/tests/data/ipn/6.03-echeck_completed.body" >/dev/null
post
is "the late notification changes nothing" "$(daybook messages --format csv | tail -n 1 | cut -d, -f 4) $(daybook balance --format csv | diff "$tmp/once" -)" "duplicate "
reconcile --post-missing "$tmp/x.csv"
is "nor does the same run again" "$(verdict) $(daybook balance --format csv | diff "$tmp/once" -)" "CLEAN "
verify_clean

# ---- accounts and books ----

"$bin/daybook" integration add paypal-ipn second --mode live account=Other receiver=other@example.com endpoint="$standin" >/dev/null
says "several accounts: which?" 65 '--account' "$bin/daybook-reconcile" --dates mdy "$b"
exits "... that one" 0 "$bin/daybook-reconcile" --dates mdy --account PayPal "$tmp/x.csv"
says "the other account's report it is not" 65 'billing@example.com.*another account' "$bin/daybook-reconcile" --dates mdy --account Other "$b"
says "an account nobody has" 65 'Nowhere' "$bin/daybook-reconcile" --dates mdy --account Nowhere "$b"
integrations=$DAYBOOK_SITE/integrations
cp -R "$integrations" "$tmp/good"
for f in "$integrations"/*; do echo '{' >"$f"; done
says "an integration's file that is damaged" 78 'integrations/[a-z_0-9]*[.]json:[0-9]+: ' "$bin/daybook-reconcile" --dates mdy "$b"
cp "$tmp/good"/* "$integrations"
says "the test book has no account" 78 'no paypal integration in test mode' "$bin/daybook-reconcile" -b test --dates mdy "$b"
"$bin/daybook" integration add paypal-ipn third --mode test receiver=billing@example.com endpoint="$standin" >/dev/null
reconcile -b test --post-missing "$b"
is "the test book" "$(daybook -b test balance Assets:PayPal --format csv | tail -n 1) $(daybook balance --format csv | diff "$tmp/once" -)" \
    "Assets:PayPal,USD,-903.85 "
like "... has its own runs" "$(run_dir)" '/books/test/reconcile/'
says "a format nobody knows" 64 '--format: .*"csv"' "$bin/daybook-reconcile" --format csv "$b"
exits "the format by name" 0 "$bin/daybook-reconcile" --format paypal-activity --dates mdy --account PayPal "$tmp/x.csv"
for o in "--dates xyz" "--decimal dot"; do
	# shellcheck disable=SC2086
	says "$o" 64 "${o%% *}: " "$bin/daybook-reconcile" $o "$b"
done
verify_clean
done_testing
