#!/bin/sh
# 35 days of Mass Pay: registered, claimed, unclaimed, returned, reversed, failed, denied, cancelled, one
# unregistered until someone does, one never run; holds over midnight, fees in the item and in a row of
# their own; with files, notifications and reports in several orders.  Nothing is left at the end.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
command -v faketime >/dev/null || skip_all "faketime is not there"
export TZ=UTC

mkdir "$tmp/story"
python3 "$top/tests/standin/masspay_story.py" "$tmp/story" >"$tmp/plan" || { echo "Bail out! no story"; exit 1; }
standin_start
# shellcheck disable=SC2046
remember $(ls "$tmp"/story/*.body)

at() {	# DAY TIME COMMAND...
	when=$(date -u -d "2026-03-01 +$(($1 - 1)) days" +%Y-%m-%d)
	clock=$2
	shift 2
	faketime "$when $clock" "$@"
}
begin() {	# NAME: the whole site is of the story's first day
	site=$tmp/$1
	DAYBOOK_SITE=$site
	export DAYBOOK_SITE
	# shellcheck disable=SC2016
	at 1 01:00:00 sh -c '"$1/daybook" init --stand-ins --name "Example Telecom" --base-url http://127.0.0.1 --currency USD \
	    --time-zone UTC && "$1/daybook" integration add paypal-ipn --mode live receiver=billing@example.com,MERCHANTID123 \
	    endpoint="$2" && "$1/daybook" customer add C1001 --name Acme &&
	    printf "account,currency,amount,date\nAssets:PayPal,USD,1000.00,2026-03-01\n" >"$3" && "$1/daybook" opening "$3"' \
	    sh "$bin" "$standin" "$tmp/opening.csv" >"$tmp/init.out" 2>&1 || { echo "Bail out! init"; cat "$tmp/init.out"; exit 1; }
	where=paypal_ipn/$("$bin/daybook" integration show paypal_ipn --format json | sed -n 's|.*"url": "[^"]*/\([^/"]*\)".*|\1|p')
}
register() { at "$1" 06:00:00 "$bin/daybook-masspay" register "$tmp/story/$2.csv" --batch "$2" >"$tmp/reg.out" 2>&1 || show "$tmp/reg.out"; }
cancel() { at "$1" 07:00:00 "$bin/daybook-masspay" cancel "$2" --note "not to be paid" >"$tmp/cancel.out" 2>&1 || show "$tmp/cancel.out"; }
told() {	# DAY: notifications PayPal sent that day, arriving on $2
	# shellcheck disable=SC2013
	for body in $(awk -v d="$1" '$1 == d && $2 == "ipn" { print $3 }' "$tmp/plan"); do
		ipn "$where" "$tmp/story/$body" >/dev/null
	done
	at "$2" 20:00:00 "$bin/daybook-post" >"$tmp/post.out" 2>&1
}
# the report of DAY, the day after, whether it holds rows or not ($2: only where it does)
reported() {
	name=$(awk -v d="$1" -v busy="${2:-}" '$1 == d && $2 == "report" && (busy == "" || $4 > 0) { print $3 }' "$tmp/plan")
	[ -z "$name" ] && return
	at "$(($1 + 1))" 12:00:00 "$bin/daybook-reconcile" --post-missing "$tmp/story/$name" >"$tmp/rec.out" 2>"$tmp/rec.err"
	[ $? -lt 64 ] || show "$tmp/rec.out" "$tmp/rec.err"
}
standing() { at "$((day + 1))" 13:00:00 "$bin/daybook" breaks --format csv | tr -d '\r' | awk -F, -v OFS=' ' 'NR > 1 && ($3 == "open" || $3 == "expected") {print $2, $3, $7}' | sort; }
ends() {
	is "$1: nothing is owed, nothing paid that was not meant" \
	    "$(daybook balance Liabilities:Payouts --format csv | tail -n +2)" "Liabilities:Payouts,USD,0.00"
	is "... what was paid is the expense" "$(daybook balance Expenses:Payouts --format csv | tail -n +2)" \
	    "Expenses:Payouts,USD,165.56"
	is "... no break stands" "$(standing)" ""
	like "... the account is what PayPal says" "$(cat "$tmp/rec.out")" 'USD: .* unexplained 0.00'
	is "... fees but for the one given back" "$(daybook balance Expenses:Fees:PayPal --format csv | tail -n +2)" \
	    "Expenses:Fees:PayPal,USD,4.31"
	is "... the customer's money" "$(daybook balance Liabilities --format csv | grep -v Payouts | tail -n +2)" \
	    "Liabilities:Customers:C1001,USD,-105.00"
	is "... nothing is held" "$(daybook balance Assets:Reserved:PayPal --format csv | tail -n +2)" \
	    "Assets:Reserved:PayPal,USD,0.00"
	verify_clean "... and the books are sound"
}

# ---- night after night, as it should be ----

begin usual
for day in $(seq 1 35); do
	case $day in
	1) register 1 A ;;
	3) cancel 3 A.4 ;;
	6) cancel 6 A.6 ;;
	7) register 7 B ;;
	8) register 8 C ;;
	9) cancel 9 C; register 9 E ;;
	10) register 10 D ;;
	13) cancel 13 D ;;
	20) at 20 06:00:00 "$bin/daybook-masspay" register --from-customer C1001 "$tmp/story/advice.txt" >/dev/null ;;
	32) cancel 32 A.3 ;;
	esac
	told "$day" "$day"
	reported "$day"
	case $day in
	1) is "day 1: two wait for their payees, one failed" "$(standing)" \
	    "batch-incomplete open A.4
unclaimed expected MPA20000000000000
unclaimed expected MPA30000000000000" ;;
	4) like "day 4: money is held over midnight" "$(standing)" 'batch-incomplete expected 9MP00000HD00000BH' ;;
	5) is "day 5: a batch nobody registered, one item came back" "$(standing | grep -v unclaimed)" \
	    "returned open MPA60000000000000
unregistered-payout open MPB10000000000000
unregistered-payout open MPB20000000000000
unregistered-payout open MPB30000000000000" ;;
	6) is "... its debit shows in Liabilities:Payouts" \
	    "$(daybook balance Liabilities:Payouts --format csv | tail -n +2)" "Liabilities:Payouts,USD,100.00" ;;
	7) is "day 7: registered, and so resolved" "$(standing | grep -v unclaimed)" "" ;;
	8) is "day 8: denied" "$(standing | grep -v unclaimed)" "batch-incomplete open C.1
batch-incomplete open C.2" ;;
	10) is "day 10: an item not seen yet, a batch not run yet" "$(standing | grep -v unclaimed)" \
	    "batch-incomplete expected D
batch-incomplete expected E.2" ;;
	12) like "day 12: now it is late" "$(standing)" 'batch-incomplete open E.2' ;;
	14) is "day 14: it came" "$(standing | grep -v unclaimed)" "" ;;
	30) is "day 30: unclaimed, with what is due back when" \
	    "$(at 30 12:00:00 "$bin/daybook-masspay" status A --format csv | tr -d '\r' | awk -F, '$2 == "unclaimed" {print $1, $3, $5}')" \
	    "A.2 2026-03-01 2026-03-31
A.3 2026-03-01 2026-03-31" ;;
	31) is "day 31: back, and owed again" "$(standing)" "returned open MPA30000000000000" ;;
	esac
done
like "the last night is clean" "$(head -n 1 "$tmp/rec.out")" '^CLEAN$'
ends usual
is "states at the end" "$("$bin/daybook-masspay" status A --format csv | tr -d '\r' | awk -F, 'NR > 1 {print $1, $2, $9}')" \
    "A.1 paid 0.00
A.2 paid 0.00
A.3 cancelled 0.00
A.4 cancelled 0.00
A.5 paid 0.00
A.6 cancelled 0.00"

# ---- the report first: notifications come two days late, and one night later all is well ----

begin late
for day in $(seq 1 35); do
	case $day in
	1) register 1 A; register 1 B; register 1 C; register 1 D; register 1 E ;;
	20) at 20 06:00:00 "$bin/daybook-masspay" register --from-customer C1001 "$tmp/story/advice.txt" >/dev/null ;;
	33) for i in A.3 A.4 A.6 C D; do cancel 33 $i; done ;;
	esac
	[ "$day" -gt 2 ] && told "$((day - 2))" "$day"
	reported "$day" busy
done
reported 35
ends "report first"

# ---- the files last: everything went out unregistered ----

begin last
for day in $(seq 1 35); do
	case $day in
	20) at 20 06:00:00 "$bin/daybook-masspay" register --from-customer C1001 "$tmp/story/advice.txt" >/dev/null ;;
	31) is "files last: what went out is all unregistered" "$(standing | grep -c 'unregistered-payout open')" 9 ;;
	33)	for i in A B C D E; do register 33 $i; done
		for i in A.3 A.4 A.6 C D; do cancel 33 $i; done ;;
	esac
	told "$day" "$day"
	reported "$day" busy
done
reported 35
ends "files last"

# ---- a batch's fee in a row of its own, which names its batch or not, the notification before it or behind ----

make_ipn "$tmp/fees.body" masspay "payment_date=15:12:30 Mar 04, 2024 PST" \
    item=fred@example.org,25.99,0.52,Completed,5W531651W5136225N, item=john@example.org,9.99,0.20,Completed,8P09425963946233T,
remember "$tmp/fees.body"
stl=$top/tests/data/stl/STL-20240304.01.009.CSV
mkdir "$tmp/fee" "$tmp/none"
sed '/T0104/s/"9MP00000HD000001A","TXN"/"",""/' "$stl" >"$tmp/fee/STL-20240304.01.009.CSV"
sed '/T0104/s/"9MP00000HD000001A","TXN"/"",""/; /T0001/s/"9MP00000HD000001A","TXN"/"",""/' "$stl" \
    >"$tmp/none/STL-20240304.01.009.CSV"
for layout in "$top/tests/data/stl" "$tmp/fee" "$tmp/none"; do
	for order in before behind; do
		site_new "$tmp/${layout##*/}.$order"
		integration_new paypal_ipn live
		printf 'account,currency,amount,date\nAssets:PayPal,USD,2500.00,2024-03-04\n' >"$tmp/o.csv"
		"$bin/daybook" opening "$tmp/o.csv" >/dev/null
		paid_out 2024-03-04 USD fred@example.org,25.99 john@example.org,9.99
		for step in before report behind; do
			case $step$order in
			beforebefore | behindbehind) { ipn "paypal_ipn/$ikey" "$tmp/fees.body"; "$bin/daybook-post"; } >/dev/null ;;
			esac
			"$bin/daybook-reconcile" --post-missing "$layout/STL-20240304.01.009.CSV" >"$tmp/rec.out" 2>&1
		done
		is "fee of ${layout##*/}, told $order: once" "$(head -n 1 "$tmp/rec.out") $(daybook balance Expenses:Fees --format csv | grep USD)" \
		    "CLEAN Expenses:Fees:PayPal,USD,5.09"
	done
done

# ---- the same payments in another file ----

site_new "$tmp/again"
integration_new paypal_ipn live
daybook customer add C1 --name Acme >/dev/null
printf 'bob@example.org,10.00,USD,,\n' >"$tmp/once.csv"
printf 'bob@example.org,10.00,USD,,\r\n' >"$tmp/crlf.csv"
exits "registered" 0 "$bin/daybook-masspay" register "$tmp/once.csv"
says "the same payments in another file are not owed twice" 65 'has just these payments.*--batch' \
    "$bin/daybook-masspay" register "$tmp/crlf.csv"
exits "... unless they are meant" 0 "$bin/daybook-masspay" register "$tmp/crlf.csv" --batch SECOND
is "..." "$(daybook balance Liabilities:Payouts --format csv | tail -n +2)" "Liabilities:Payouts,USD,-20.00"
printf 'billing@example.com\t10.00\tUSD\t\t\n' >"$tmp/told.txt"
printf 'billing@example.com\t10.00\tUSD\t\t\r\n' >"$tmp/told2.txt"
exits "advice" 0 "$bin/daybook-masspay" register --from-customer C1 "$tmp/told.txt"
says "... nor is it told twice" 65 'has just these payments' "$bin/daybook-masspay" register --from-customer C1 "$tmp/told2.txt"
done_testing
