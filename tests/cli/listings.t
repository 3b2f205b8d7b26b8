#!/bin/sh
# Listings: their columns, three formats, days and filters; exports.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

standin_start
site_new "$tmp/site" --time-zone America/Los_Angeles
integration_new paypal_ipn live
where=paypal_ipn/$ikey
command -v faketime >/dev/null || skip_all "faketime is not there"
gets() {	# UTC-TIME KIND FIELD...
	when=$1
	shift
	make_ipn "$tmp/body" "$@"
	genuine "$where" "$tmp/body" >/dev/null
	faketime "$when" "$bin/daybook-post" >"$tmp/post.out"
}
# Everything happens in the future, so that our own clock never is ahead of the books'.
printf 'id,name,paypal_email,email\nC1,Alice,alice@example.net,\nC2,"Smith, ""J""",bob@example.net,+1@example.net\nC3,=HYPERLINK(x),,\n' >"$tmp/c.csv"
TZ=UTC faketime '2099-03-01 00:00:00' "$bin/daybook" customer import "$tmp/c.csv" >/dev/null
printf 'account,currency,amount,date\nAssets:PayPal,USD,10.00,2099-03-01\n' >"$tmp/o.csv"
TZ=UTC faketime '2099-03-01 12:00:00' "$bin/daybook" opening "$tmp/o.csv" >/dev/null
export TZ=UTC
# 2099-03-02 at home (UTC-8)
gets '2099-03-03 07:59:00' payment txn_id=P1 'payment_date=23:30:00 Mar 01, 2099 PST'
# 2099-03-03 at home
gets '2099-03-03 08:00:30' payment txn_id=P2 'payment_date=23:59:00 Mar 02, 2099 PST' mc_gross=7.00 mc_fee=0.50 payer_id=BOB1 payer_email=bob@example.net
gets '2099-03-04 10:00:00' refund txn_id=R1 parent_txn_id=P1 mc_gross=-5.00 mc_fee=-0.10 'payment_date=01:00:00 Mar 04, 2099 PST'
gets '2099-03-05 10:00:00' payment txn_id=J1 mc_currency=JPY mc_gross=1500 mc_fee=50 'payment_date=01:00:00 Mar 05, 2099 PST' payer_id=X1 'payer_email==cmd|x@example.org'
gets '2099-03-05 11:00:00' payment txn_id=H1 receiver_id=OTHER1 receiver_email=o@example.org
standin_mode html
gets '2099-03-06 10:00:00' payment txn_id=W1
unset TZ

csv() { daybook "$@" --format csv; }
json() { daybook "$@" --format json | python3 -c "
import json, sys
rows = json.load(sys.stdin)
assert isinstance(rows, list) and all(isinstance(v, str) for r in rows for v in r.values()), rows
print(','.join(rows[0]), len(rows))"; }
# columns VERB... COLUMNS: in CSV, JSON and for people
columns() {
	want=$1
	shift
	is "$*: CSV columns" "$(csv "$@" | head -n 1)" "$want"
	n=$(($(csv "$@" | python3 -c 'import csv, sys; print(len(list(csv.reader(sys.stdin))))') - 1))
	is "$*: JSON has the same keys and rows, all text" "$(json "$@")" "$want $n"
	is "$*: CSV ends its lines as RFC 4180 says" "$("$bin/daybook" "$@" --format csv | grep -vc "$(printf '\r')\$")" 0
	is "$*: text has a heading and the same rows" "$(daybook "$@" | sed 1d | head -n 1 | tr -s ' ' , | sed 's/,$//') \
$(($(daybook "$@" | wc -l) - 2))" "$want $n"
}
columns account,currency,amount balance
columns provider,payment_id,parent_id,kind,status,customer,payer,currency,gross,fee,net,event_time,recorded_time payments
columns message_id,received,integration,disposition,reason,payment_id messages
columns id,kind,mode,account,currencies,receiver integration list
columns id,name,email,paypal_email,payer_id,contacts customer list
for v in balance payments messages breaks packs; do
	is "$v of an empty book" "$(csv $v -b test | wc -l | tr -d ' ') $(daybook $v -b test --format json | tr -d '\n')" "1 []"
done
is "breaks: columns" "$(csv breaks)" \
    break_id,category,status,first_seen,age_days,provider,payment_id,currency,report_amount,ledger_amount,difference,file,line,explanation

is "balance" "$(csv balance)" "account,currency,amount
Assets:PayPal,JPY,1450
Assets:PayPal,USD,30.62
Equity:Opening,USD,-10.00
Expenses:Fees:PayPal,JPY,50
Expenses:Fees:PayPal,USD,1.38
Liabilities:Customers:C1,USD,-15.00
Liabilities:Customers:C2,USD,-7.00
Liabilities:Unallocated,JPY,-1500"
like "balance, for people: aligned" "$(daybook balance)" '^Liabilities:Customers:C1  USD +-15\.00$'
is "a prefix matches whole components" "$(csv balance Liabilities:Customers | wc -l) $(csv balance Liabilities:Customers: | wc -l) \
$(csv balance Liabilities:Cust | wc -l) $(csv balance Liabilities:Customers:C | wc -l) $(csv balance Liabilities:Customers:C1 | wc -l)" "3 3 1 1 2"
paypal() { csv balance Assets:PayPal "$@" | awk -F, '$2 == "USD" {print $3}'; }
is "balance --at: the end of posting days, at home" "$(for d in 2099-02-27 2099-02-28 2099-03-01 2099-03-02 2099-03-03 2099-03-04; do
	paypal --at $d; echo; done | tr -s '\n' ' ' | sed 's/^ //')" "10.00 29.02 35.52 30.62 "
is "... by event" "$(for d in 2099-02-28 2099-03-01 2099-03-02 2099-03-03 2099-03-04; do
	paypal --at $d --by event; echo; done | tr -s '\n' ' ' | sed 's/^ //')" "29.02 35.52 35.52 30.62 "

ids() { csv payments "$@" | awk -F, 'NR > 1 {print $2}' | tr '\n' ' '; }
is "payments in the order we learned of them" "$(ids)" "P1 P2 R1 J1 "
is "payments: a row" "$(csv payments --customer C2)" "$(csv payments | head -n 1)
PayPal,P2,,payment,completed,C2,bob@example.net,USD,7.00,0.50,6.50,2099-03-03T07:59:00Z,2099-03-03T08:00:30Z"
is "payments: a refund is signed as our account sees it" "$(csv payments | awk -F, '$2 == "R1" {print $3, $4, $9, $10, $11}')" "P1 refund -5.00 -0.10 -4.90"
is "payments: yen" "$(csv payments | awk -F, '$2 == "J1" {print $8, $9, $10, $11}')" "JPY 1500 50 1450"
is "payments --status" "$(ids --status partly-refunded)|$(ids --status completed)|$(ids --status pending)" "P1 |P2 R1 J1 |"
is "payments --customer of nobody" "$(ids --customer C9)" ""
is "payments --from --to, both inclusive" "$(ids --from 2099-03-02 --to 2099-03-02)|$(ids --from 2099-03-03)|$(ids --to 2099-03-03)" "P1 |P2 R1 J1 |P1 P2 "
is "... by event" "$(ids --from 2099-03-02 --to 2099-03-02 --by event)|$(ids --to 2099-03-01 --by event)" "P2 |P1 "
mids() { csv messages "$@" | awk -F, 'NR > 1 {print $4 $5 $6}' | tr '\n' ' '; }
is "messages" "$(mids)" "postedP1 postedP2 postedR1 postedpayer-unknownJ1 heldwrong-receiverH1 waitingunreachable "
is "messages --disposition" "$(mids --disposition held)|$(mids --disposition waiting)|$(mids --disposition refused)" "heldwrong-receiverH1 |waitingunreachable |"
is "messages --reason" "$(mids --reason payer-unknown)" "postedpayer-unknownJ1 "
is "messages --from --to: posting days" "$(mids --from 2099-03-03 --to 2099-03-04)" "postedP2 postedR1 "
for d in 2099-3-1 2099-02-29 20990301 today ''; do
	says "no day: \"$d\"" 64 "\"$d\"" "$bin/daybook" payments --from "$d"
done
says "a range that ends before it begins" 64 '2099-03-02 is after .*2099-03-01' "$bin/daybook" payments --from 2099-03-02 --to 2099-03-01
is "no cell a spreadsheet would run" "$(csv customer list | sed -n 4p)|$(csv payments | awk -F, '$2 == "J1" {print $7}')" \
    "C3,\"'=HYPERLINK(x)\",,,,0|\"'=cmd|x@example.org\""
is "... for machines it is as it is" "$(daybook customer list --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)[2]["name"])')" "=HYPERLINK(x)"

# ---- export ----

is "export csv" "$(daybook export --to csv --from 2099-03-02 --to 2099-03-02 | cut -d, -f 2,5-11)" \
    "day,kind,provider,payment_id,account,currency,debit,credit
2099-03-02,payment,PayPal,P1,Assets:PayPal,USD,19.02,
2099-03-02,payment,PayPal,P1,Expenses:Fees:PayPal,USD,0.98,
2099-03-02,payment,PayPal,P1,Liabilities:Customers:C1,USD,,20.00"
is "... by event" "$(daybook export --to csv --from 2099-03-02 --to 2099-03-02 --by event | awk -F, 'NR > 1 {print $7}' | sort -u)" P2
is "export json" "$(daybook export --to json --from 2099-03-04 --to 2099-03-04 | python3 -c '
import json, sys
j = json.load(sys.stdin)
print(len(j), j[0]["kind"], j[0]["payment_id"], [(l["account"], l["currency"], l["amount"]) for l in j[0]["legs"]])')" \
    "1 refund R1 [('Assets:PayPal', 'USD', '-4.90'), ('Expenses:Fees:PayPal', 'USD', '-0.10'), ('Liabilities:Customers:C1', 'USD', '5.00')]"
is "export json of nothing" "$(daybook export --to json --from 2099-03-07 | tr -d '\n ')" "[]"
says "export to what?" 65 'not "xlsx"' "$bin/daybook" export --to xlsx
if command -v hledger >/dev/null; then
	for by in "" "--by event"; do
		for to in 2099-03-01 2099-03-02 2099-03-03 2099-03-09; do
			# shellcheck disable=SC2086
			daybook export --to hledger --from 2099-03-02 --to $to $by >"$tmp/l.hledger" 2>/dev/null || continue
			[ -s "$tmp/l.hledger" ] || continue
			# shellcheck disable=SC2086
			is "hledger adds up what was exported to $to $by" "$(hledger -f "$tmp/l.hledger" check --strict 2>&1;
			    hledger -f "$tmp/l.hledger" balance --flat -N -O csv --layout=bare | tail -n +2 | tr -d '"' | sort)" \
			    "$(csv balance --at $to $by | tail -n +2 | grep -v ',0\(\.0*\)\?$' | sort)"
		done
	done
fi
verify_clean
done_testing
