#!/bin/sh
# daybook-masspay: every complaint of the pre-flight, registration once and only once, cancelling, the
# listing, advice from a customer; upload and result files in daybook-reconcile.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
data=$top/tests/data/masspay
mp() { "$bin/daybook-masspay" "$@" >"$tmp/mp.out" 2>"$tmp/mp.err"; }
owed() { daybook balance Liabilities:Payouts --format csv | tail -n +2 | cut -d, -f 2- | tr '\n' ' '; }

standin_start
site_new "$tmp/site"
integration_new paypal_ipn live
daybook customer add C1 --name Acme >/dev/null
daybook customer add C2 --name Other >/dev/null
printf 'account,currency,amount,date\nAssets:PayPal,USD,1000.00,2024-01-01\nAssets:PayPal,EUR,2000.00,2024-01-01\n' >"$tmp/o.csv"
"$bin/daybook" opening "$tmp/o.csv" >/dev/null

# ---- pre-flight ----

for f in sample.txt sample.csv italian.csv; do
	exits "$f is fit" 0 "$bin/daybook-masspay" check "$data/$f"
done
like "... with its total" "$(cat "$tmp/cmd.out")" 'italian.csv: 1 payments, total 1100.45 EUR'
like "... range of fees" "$(cat "$tmp/cmd.out")" 'fees: 0.85 to 22.01 EUR'
like "... and funds" "$(cat "$tmp/cmd.out")" 'funds needed: up to 1122.46 EUR; Assets:PayPal has 2000.00 EUR'

python3 - "$tmp/bad.csv" <<'END'
import sys
lines = ["fred@example.org,10.00,USD,U-1,", "no address,10.00,USD,U-2,", "MERCHANTID123,1.00,USD,U-3,", "john@example.org,0.00,USD,U-4,",
         "john@example.org,1.005,USD,U-5,", "john@example.org,abc,USD,U-6,", "john@example.org,5.00,XXY,U-7,",
         "john@example.org,5.00,EUR,U-8,", "john@example.org,6.00,USD,a b,", "john@example.org,7.00,USD," + "x" * 31 + ",",
         "carla@example.org,10.00,USD,U-1,", "fred@example.org,10.00,USD,U-12,", "emil@example.org,10000.01,USD,U-13,",
         "greta@example.org,8.00,USD,U-14,\"a \"\"b\"\"\"", "hans@example.org,9.00,USD,U-15," + "n" * 4001, "+44 20 7946 0000,3.00,USD,U-16,",
         "ida@example.org,4.00,USD,U-17,x,y"]
open(sys.argv[1], "w").write("".join(l + "\n" for l in lines))
END
exits "a file with everything wrong" 1 "$bin/daybook-masspay" check "$tmp/bad.csv"
cp "$tmp/cmd.out" "$tmp/bad.out"
has() { like "... $1" "$(cat "$tmp/bad.out")" "$2"; }
has "recipient" 'bad.csv:2: recipient: an e-mail address .* expected, not "no address"'
has "our own address" 'bad.csv:3: recipient: MERCHANTID123 is our own address'
has "nothing" 'bad.csv:4: amount: more than 0 is expected'
has "decimals" 'bad.csv:5: amount: a number in USD such as 5.45 is expected, not "1.005"'
has "no number" 'bad.csv:6: amount: .*not "abc"'
has "no currency" 'bad.csv:7: currency: three letters'
has "two currencies" 'bad.csv:8: currency: EUR where line 1 has USD'
has "blank in an id" 'bad.csv:9: unique id: .*without blanks'
has "long id" 'bad.csv:10: unique id: at most 30 characters are expected, not 31'
has "id twice" 'bad.csv:11: unique id: U-1 stands on line 1 already'
has "payment twice" 'bad.csv:12: warning: line: the same payee and amount as on line 1'
has "a large one" 'bad.csv:13: warning: amount: 10000.01 USD is more than most'
has "a note with quotes" 'bad.csv:14: warning: note: '
has "a long note" 'bad.csv:15: note: at most 4000 characters are expected, not 4001'
has "two kinds" 'bad.csv:16: recipient: phone where line 1 has email'
has "six columns" 'bad.csv:17: line: at most 5 columns'
has "funds" 'bad.csv: total: up to [0-9.]* USD are needed, the books have 1000.00'
seq -f 'p%.0f@example.org,0.01,USD,,' 1 5001 >"$tmp/many.csv"
exits "too many" 1 "$bin/daybook-masspay" check "$tmp/many.csv"
like "... named" "$(cat "$tmp/cmd.out")" 'many.csv: file: at most 5000 payments are expected in a file, not 5001'
printf 'fred@example.org,"1,000",USD,,\n' >"$tmp/doubt.csv"
says "decimals in doubt" 65 'doubt.csv:1: amount: .*--decimal' "$bin/daybook-masspay" check "$tmp/doubt.csv"
exits "... settled by an option" 0 "$bin/daybook-masspay" check --decimal comma "$tmp/doubt.csv"
printf '\357\273\277Recipient\tAmount\tUnique ID\tNote\r\nfred@example.org\t12.50\tOLD-1\tHi\r\n' >"$tmp/old.txt"
exits "the layout of 2006, with names, BOM and CRLF" 0 "$bin/daybook-masspay" check --currency EUR "$tmp/old.txt"
like "... in the account's currency" "$(cat "$tmp/cmd.out")" 'total 12.50 EUR'
: >"$tmp/empty.csv"
says "an empty file" 65 'empty.csv: no payment in it' "$bin/daybook-masspay" check "$tmp/empty.csv"
says "no such file" 65 'nowhere.csv' "$bin/daybook-masspay" check "$tmp/nowhere.csv"

# ---- register ----

exits "register" 0 "$bin/daybook-masspay" register "$data/sample.csv" --batch B1
is "... it is owed" "$(owed)" "USD,-45.98 "
exits "the same file again" 0 "$bin/daybook-masspay" register "$data/sample.csv" --batch B2
like "... says so" "$(cat "$tmp/cmd.out")" 'nothing to change: sample.csv was registered as B1'
is "... and changes nothing" "$(owed)" "USD,-45.98 "
sed 's/25.99/26.99/' "$data/sample.csv" >"$tmp/twice.csv"
says "unique ids used before" 65 'line 1: unique id PO-000115 was used by item B1.1' "$bin/daybook-masspay" register "$tmp/twice.csv"
mp check "$tmp/twice.csv"
like "... which check knows too" "$(cat "$tmp/mp.out")" 'twice.csv:1: unique id: PO-000115 was used before, by B1.1'
printf 'fred@example.org,25.99,USD,NEW-1,\n' >"$tmp/again.csv"
mp check "$tmp/again.csv"
like "the same payee and amount within 30 days" "$(cat "$tmp/mp.out")" 'again.csv:1: warning: line: the same payee and amount as B1.1'
says "another file under the same id" 65 'another batch B1' "$bin/daybook-masspay" register "$tmp/again.csv" --batch B1
says "a file with an error" 65 'bad.csv:2: recipient' "$bin/daybook-masspay" register "$tmp/bad.csv"
says "no such account" 65 '--against' "$bin/daybook-masspay" register "$tmp/again.csv" --against Nowhere:Else
exits "against another account" 0 "$bin/daybook-masspay" register "$data/italian.csv" --against Expenses:Commission --batch IT
is "... booked there" "$(daybook balance Expenses --format csv | tail -n +2 | tr '\n' ' ')" "Expenses:Commission,EUR,1100.45 Expenses:Payouts,USD,45.98 "
exits "usage" 64 "$bin/daybook-masspay" register
exits "no verb of ours" 64 "$bin/daybook-masspay" frobnicate x

# ---- status, cancel ----

is "all batches" "$("$bin/daybook-masspay" status --format csv | tr -d '\r' | cut -d, -f 1,2,6-10)" "batch,kind,currency,total,owed,items,open
B1,sent,USD,45.98,45.98,3,3
IT,sent,EUR,1100.45,1100.45,1,1"
is "one" "$("$bin/daybook-masspay" status B1 --format csv | tr -d '\r' | cut -d, -f 1,2,6-9,11)" "item,state,payee,currency,amount,owed,unique_id
B1.1,registered,fred@example.org,USD,25.99,25.99,PO-000115
B1.2,registered,john@example.org,USD,9.99,9.99,PO-000116
B1.3,registered,carla@example.org,USD,10.00,10.00,PO-000117"
# shellcheck disable=SC2016
ok "as JSON" sh -c '"$1" status B1 --format json | python3 -c "import json, sys; assert len(json.load(sys.stdin)) == 3"' sh "$bin/daybook-masspay"
says "none such" 65 'no batch XX' "$bin/daybook-masspay" status XX
says "cancel wants to know why" 64 '--note' "$bin/daybook-masspay" cancel IT.1
exits "cancel" 0 "$bin/daybook-masspay" cancel IT.1 --note "wrong person"
is "... is owed no more" "$(owed)" "EUR,0.00 USD,-45.98 "
exits "... once" 0 "$bin/daybook-masspay" cancel IT.1 --note "wrong person"
is "... only" "$(cat "$tmp/cmd.out") $(owed)" "nothing to change EUR,0.00 USD,-45.98 "
says "no such item" 65 'no item or batch ZZ.1' "$bin/daybook-masspay" cancel ZZ.1 --note x

# ---- what PayPal says ----

make_ipn "$tmp/p" masspay item=fred@example.org,25.99,0.52,Completed,5W531651W5136225N,PO-000115 \
    item=john@example.org,9.99,0.20,Unclaimed,8P09425963946233T,PO-000116
genuine "paypal_ipn/$ikey" "$tmp/p" >/dev/null
post
is "states follow" "$("$bin/daybook-masspay" status B1 --format csv | tr -d '\r' | awk -F, 'NR > 1 {print $1, $2, $9}')" "B1.1 paid 0.00
B1.2 unclaimed 0.00
B1.3 registered 10.00"
says "what was paid can't be cancelled" 65 'B1.1 is paid' "$bin/daybook-masspay" cancel B1.1 --note x
says "nor what waits to be claimed" 65 'B1.2 is unclaimed: cancel it at the provider' "$bin/daybook-masspay" cancel B1.2 --note x
"$bin/daybook-reconcile" "$data/sample.csv" >"$tmp/rec.out" 2>&1
like "an upload file is known by its content" "$(cat "$tmp/rec.out")" 'PayPal: 3 payments'
like "... and tied to what was paid" "$(cat "$tmp/rec.out")" 'matched 2, '
cp "$tmp/again.csv" "$tmp/unknown.csv"
"$bin/daybook-reconcile" "$tmp/unknown.csv" >"$tmp/rec.out" 2>&1
like "one that is not registered is a break" "$(cat "$tmp/rec.out")" 'open batch-incomplete MP-[0-9a-f]* .*not registered: daybook-masspay register'
"$bin/daybook-reconcile" -n "$data/results.csv" >"$tmp/rec.out" 2>&1
like "the result file: what the books lack" "$(cat "$tmp/rec.out")" 'missing-in-ledger 6MP10293AB847561C'
exits "... can be booked from it" 1 "$bin/daybook-reconcile" --post-missing "$data/results.csv"
is "... each as it says" "$("$bin/daybook" payments --format csv | tr -d '\r' | awk -F, '$4 == "payout" {print $2, $5, $9}' | sort)" "5W531651W5136225N completed -25.99
6MP10293AB847561C completed -10.00
8MP32415CD069783E returned -4.58
8P09425963946233T unclaimed -9.99"
is "... and the batch is paid" "$("$bin/daybook-masspay" status B1 --format csv | tr -d '\r' | awk -F, '$2 == "paid"' | wc -l | tr -d ' ')" 2
sed 's/"Status"/"State of it"/; s/"10.00"/"10,00"/; s/"25.99"/"25,99"/; s/"9.99"/"9,99"/; s/"24.50"/"24,50"/; s/"4.58"/"4,58"/; s/"\(0\)\.\([0-9]*\)"/"\1,\2"/' "$data/results.csv" >"$tmp/named.csv"
says "a column under another name" 65 'named.csv:1: no column "Status"' "$bin/daybook-reconcile" --format masspay-results "$tmp/named.csv"
python3 - "$DAYBOOK_SITE/daybook.json" <<'END'
import json, sys
s = json.load(open(sys.argv[1]))
s["report_columns"] = {"State of it": "Status"}
json.dump(s, open(sys.argv[1], "w"))
END
"$bin/daybook-reconcile" --format masspay-results "$tmp/named.csv" >"$tmp/rec.out" 2>&1
like "... which the settings may say" "$(cat "$tmp/rec.out")" 'PayPal: 5 payments'

# An item whose transaction the file does not name may be in the books under it already.
printf '%s\n' '"Recipient","Amount","Currency","Fee","Unique ID","Note","Transaction ID","Status","Reason"' \
    '"olga@example.org","7.00","USD","0.14","PO-000200","","","Completed",""' >"$tmp/nameless.csv"
exits "an item without a transaction id is not booked by itself" 1 \
    "$bin/daybook-reconcile" --format masspay-results --post-missing "$tmp/nameless.csv"
like "... which says so" "$(cat "$tmp/cmd.out")" 'booked from the report 0, .*|missing-in-ledger PO-000200 .*without a transaction id'
is "... no payout more" "$("$bin/daybook" payments --format csv | grep -c PO-000200)" 0

# ---- advice ----

printf 'x@example.org,5.00,USD,A-1,\nbilling@example.com,75.00,USD,A-2,\nbilling@example.com,30.00,USD,A-3,\n' >"$tmp/advice.csv"
exits "a customer's own file" 0 "$bin/daybook-masspay" register --from-customer C1 "$tmp/advice.csv"
like "... what is ours of it" "$(cat "$tmp/cmd.out")" '2 payments, 105.00 USD on their way from C1'
says "no customer" 65 'no customer C9' "$bin/daybook-masspay" register --from-customer C9 "$tmp/advice.csv"
printf 'x@example.org,5.00,USD,A-1,\n' >"$tmp/none.csv"
says "nothing for us" 65 'no payment to one of our addresses' "$bin/daybook-masspay" register --from-customer C1 "$tmp/none.csv"
incoming() {	# ID AMOUNT NAME=VALUE...
	inid=$1 inamount=$2
	shift 2
	make_ipn "$tmp/in" masspay_in txn_id="$inid" mc_gross="$inamount" payment_date="$(date -u '+%H:%M:%S %b %d, %Y PST')" "$@"
	genuine "paypal_ipn/$ikey" "$tmp/in" >/dev/null
	post
}
whose() { daybook payments --format csv | awk -F, -v id="$1" '$2 == id {print $6}'; }
incoming 8MR17283WL4837261 75.00 unique_id=A-2
is "a mass payment from nobody we know, by advice (shape 1)" "$(whose 8MR17283WL4837261)" C1
incoming 8MR17283WL4837262 30.00 txn_type=send_money
is "... (shape 2)" "$(whose 8MR17283WL4837262)" C1
incoming 8MR17283WL4837263 30.00 txn_type=send_money
is "advice is used once" "$(whose 8MR17283WL4837263)" ""
printf 'billing@example.com,12.00,USD,,\n' >"$tmp/a1.csv"
printf 'billing@example.com,12.00,USD,,two\n' >"$tmp/a2.csv"
mp register --from-customer C1 "$tmp/a1.csv"
mp register --from-customer C2 "$tmp/a2.csv"
incoming 8MR17283WL4837264 12.00
is "advice of two customers is nobody's" "$(whose 8MR17283WL4837264)" ""
make_ipn "$tmp/in" payment txn_id=0WA17283WL4837265 mc_gross=12.00 payer_email=stranger@example.org payer_id=STRANGER00001
genuine "paypal_ipn/$ikey" "$tmp/in" >/dev/null
post
is "nor is a checkout's payment" "$(whose 0WA17283WL4837265)" ""
is "received" "$("$bin/daybook-masspay" status --format csv | tr -d '\r' | awk -F, '$2 == "advice" && $18 == 2' | wc -l | tr -d ' ')" 1
verify_clean
done_testing
