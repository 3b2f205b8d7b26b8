#!/bin/sh
# daybook fees, and reconciliation's fee-tariff breaks: Mass Pay as built in, checkout as set.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

site_new "$tmp/site"
integration_new paypal_ipn live report_dates=ymd
daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
printf 'account,currency,amount,date\nAssets:PayPal,USD,9000.00,2024-03-04\n' >"$tmp/opening.csv"
quietly() { "$@" >/dev/null || echo "Bail out! $*"; }
quietly "$bin/daybook" opening "$tmp/opening.csv"
# settings 'PYTHON': s is daybook.json
settings() {
	python3 - "$DAYBOOK_SITE/daybook.json" "$1" <<'END'
import json, sys
s = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(s, open(sys.argv[1], "w"), indent=2)
END
}

# ---- the table ----

fees() { daybook fees --format csv "$@"; }
fees --amount 250 --currency USD --date 2026-11-20 >"$tmp/got"
cat >"$tmp/want" <<'END'
method,case,sender_pays,fee,receiver_gets,fee_borne_by,tariff,source,confirmed
mass-pay,lowest,251.00,1.00,250.00,sender,"2 %, at least 0.01, at most 1.00 (abroad 20.00)",built-in,yes
mass-pay,highest,255.00,5.00,250.00,sender,"2 %, at least 0.01, at most 1.00 (abroad 20.00)",built-in,yes
checkout,exact,250.00,8.80,241.20,receiver,3.4 % + 0.30,built-in,no
checkout,grossed-up,259.11,9.11,250.00,receiver,3.4 % + 0.30,built-in,no
END
ok "both methods, both sides" diff "$tmp/want" "$tmp/got"
like "as text" "$(daybook fees --amount 250 --currency USD)" '^mass-pay +lowest +251.00 +1.00 +250.00 +sender'
is "as JSON, amounts as strings" "$(fees --amount 20 --currency USD --format json |
    python3 -c 'import json,sys; r=json.load(sys.stdin); print(len(r), r[0]["case"], repr(r[0]["fee"]))')" "3 exact '0.40'"
is "a currency without schedule says so" "$(fees --amount 250 --currency EUR | tail -n 1)" \
    "checkout,,,,,,no schedule for this currency: set tariffs,unknown,no"
like "an unconfirmed cap says so" "$(fees --amount 250 --currency EUR)" '^mass-pay,lowest,250.85,0.85,.*,built-in,no$'
is "a currency without decimals" "$(fees --amount 10000 --currency JPY | awk -F, 'NR == 2 {print $4}')" 120
says "no amount" 64 'amount' "$bin/daybook" fees --currency USD
says "more decimals than the currency has" 64 '2.50' "$bin/daybook" fees --amount 2.50 --currency JPY
says "nothing" 64 'more than 0' "$bin/daybook" fees --amount 0 --currency USD
says "a currency that is none" 64 'currency' "$bin/daybook" fees --amount 1 --currency XXX
says "a day that is none" 64 '2026-02-30' "$bin/daybook" fees --amount 1 --currency USD --date 2026-02-30

settings 's["tariffs"] = [{"method": "checkout", "currency": "USD", "from": "2024-03-05", "percent": "2.9",
    "percent_international": "4.4", "fixed": "0.30"}, {"account": "Other", "method": "checkout", "percent": "1"}]'
is "the owner's own, with its range" "$(fees --amount 250 --currency USD | awk -F, '$1 == "checkout" {print $2, $4, $(NF - 1), $NF}')" \
    "lowest 7.55 setting yes
highest 11.30 setting yes
grossed-up 11.82 setting yes"
is "before its first day" "$(fees --amount 250 --currency USD --date 2024-03-04 | awk -F, '$1 == "checkout" {print $2, $(NF - 1)}' | head -n 1)" \
    "exact built-in"
is "another account's" "$(fees --amount 250 --currency USD --account Other | awk -F, '$1 == "checkout" {print $4}' | head -n 1)" 2.50
settings 's["tariffs"] = "fees/paypal.json"'
mkdir "$DAYBOOK_SITE/fees"
printf '[{"method": "checkout",\n "percent": "3,4"}]' >"$DAYBOOK_SITE/fees/paypal.json"
says "a fault names file, schedule, member" 78 'fees/paypal.json: schedule 1: percent: .*"3,4"' "$bin/daybook" fees --amount 1
printf '[{"method": "checkout",\n "percent": "3.4",}]' >"$DAYBOOK_SITE/fees/paypal.json"
says "no JSON: its line" 78 'fees/paypal.json:2: ' "$bin/daybook" fees --amount 1
settings 's["tariffs"] = "../elsewhere.json"'
says "a file elsewhere" 78 'tariffs: ' "$bin/daybook" fees --amount 1
settings 'del s["tariffs"]'

# ---- in reconciliation ----

balance=900000
cents() {	# CENTS as 12.34
	printf '%s%d.%02d' "$([ "$1" -ge 0 ] || echo -)" $((${1#-} / 100)) $((${1#-} % 100))
}
# row TIME TYPE STATUS GROSS FEE OTHER ID: amounts in cents, the fee as a cost
row() {
	balance=$((balance + $4 - $5)) from=$6 to=billing@example.com
	[ "$4" -gt 0 ] || { to=$from from=billing@example.com; }
	printf '"2024/03/05","%s","UTC","","%s","%s","USD","%s","%s","%s","%s","%s","%s","%s"\n' "$1" "$2" \
	    "$3" "$(cents "$4")" "$(cents $((-$5)))" "$(cents $(($4 - $5)))" "$from" "$to" "$7" "$(cents $balance)" >>"$tmp/d.csv"
}
download() {
	balance=900000
	echo 'Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,To Email Address,Transaction ID,Balance' \
	    >"$tmp/d.csv"
}
reconcile() { "$bin/daybook-reconcile" --post-missing "$tmp/d.csv" >"$tmp/rec.out" 2>"$tmp/rec.err"; }
tariff_breaks() { daybook breaks --format csv | awk -F, '$2 == "fee-tariff" {print $3, $7, $9, $10, $11}' | sort; }

download
row 01:00:00 "Website Payment" Completed 10000 320 alice@example.net 0PA00000000000001
row 02:00:00 "Mass Pay Payment" Completed -2599 52 p1@example.org 0MP00000000000001
row 02:00:00 "Mass Pay Payment" Completed -999 20 p2@example.org 0MP00000000000002
row 02:00:00 "Mass Pay Payment" Completed -25000 100 p3@example.org 0MP00000000000003
row 02:00:00 "Mass Pay Payment" Completed -25000 500 p4@example.org 0MP00000000000004
row 02:00:00 "Mass Pay Payment" Completed -25000 277 p5@example.org 0MP00000000000005
row 03:00:00 "Mass Pay Payment" Completed 7500 0 alice@example.net 0MR00000000000001
paid_out 2024-03-05 USD p1@example.org,25.99 p2@example.org,9.99 p3@example.org,250 p4@example.org,250 p5@example.org,250
reconcile
is "fees as they should be are no breaks" "$? $(head -n 1 "$tmp/rec.out")" "0 CLEAN"

row 04:00:00 "Mass Pay Payment" Completed -2599 53 p6@example.org 0MP00000000000006
row 04:00:00 "Mass Pay Payment" Completed -25000 99 p7@example.org 0MP00000000000007
row 04:00:00 "Mass Pay Payment" Completed -25000 501 p8@example.org 0MP00000000000008
row 04:00:00 "Mass Pay Payment" Completed -1000 0 p9@example.org 0MP00000000000009
row 05:00:00 "Mass Pay Payment" Completed 7500 30 alice@example.net 0MR00000000000002
row 05:30:00 "Website Payment" Completed 10000 999 alice@example.net 0PA00000000000002
paid_out 2024-03-05 USD p6@example.org,25.99 p7@example.org,250 p8@example.org,250 p9@example.org,10
reconcile
is "Mass Pay out of its range, both ways; one received with a fee" "$? $(head -n 1 "$tmp/rec.out")" "1 BREAKS 5"
tariff_breaks >"$tmp/got"
cat >"$tmp/want" <<'END'
open 0MP00000000000006 0.53 0.52 0.01
open 0MP00000000000007 0.99 1.00 -0.01
open 0MP00000000000008 5.01 5.00 0.01
open 0MP00000000000009 0.00 0.20 -0.20
open 0MR00000000000002 0.30 0.00 0.30
END
ok "... each with the fee charged and the nearest one that the tariff knows" diff "$tmp/want" "$tmp/got"
like "... and says which tariff" "$(daybook breaks --format csv | grep 0MP00000000000007)" \
    'a fee of 0.99 was charged, the tariff says 1.00 to 5.00 \(2 %, at least 0.01, at most 1.00 \(abroad 20.00\); built-in\)'
is "... the charged fee is booked" "$(daybook payments --format csv | awk -F, '$2 == "0MP00000000000008" {print $10}')" 5.01
daybook breaks --format csv >"$tmp/before"
reconcile
daybook breaks --format csv >"$tmp/after"
ok "the next run finds the same, with the same ids" diff "$tmp/before" "$tmp/after"
is "the balance is explained all the same" "$(grep -c 'unexplained 0.00' "$tmp/rec.out")" 1

settings 's["tariffs"] = [{"method": "checkout", "currency": "USD", "percent": "2.9", "fixed": "0.30"},
    {"method": "mass-pay", "currency": "USD", "from": "2024-03-05", "percent": "2", "percent_international": "2.1",
     "cap": "0.99", "cap_international": "5.01"}]'
reconcile
is "with schedules of our own" "$(tariff_breaks)" "open 0MP00000000000009 0.00 0.20 -0.20
open 0MR00000000000002 0.30 0.00 0.30
open 0PA00000000000002 9.99 3.20 6.79
resolved 0MP00000000000006 0.53 0.52 0.01
resolved 0MP00000000000007 0.99 1.00 -0.01
resolved 0MP00000000000008 5.01 5.00 0.01"
like "... named as the setting" "$(daybook breaks --format csv | grep 0PA00000000000002)" '2.9 % \+ 0.30; setting\)'
settings 's["tariffs"] = [{"method": "checkout", "currency": "USD", "from": "2024-03-06", "percent": "2.9", "fixed": "0.30"}]'
reconcile
is "a schedule that begins later says nothing of that day" "$(tariff_breaks | grep -c '^open 0PA')" 0
settings 's["tariffs"] = [{"method": "checkout"}]'
exits "a fault in the settings stops the run" 78 "$bin/daybook-reconcile" "$tmp/d.csv"
like "... and is named" "$(cat "$tmp/cmd.err")" 'tariffs: schedule 1: percent'
verify_clean
done_testing
