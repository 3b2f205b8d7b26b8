#!/bin/sh
# What each movement does to the accounts (contract: Accounts), and what people decide: allocate,
# retry, refuse.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

# book NAME WANT: all balances, as "ACCOUNT CCY AMOUNT;"
book() {
	is "$1" "$(daybook balance --format csv | awk -F, 'NR > 1 && $3 !~ /^0(\.0*)?$/ {printf "%s %s %s;", $1, $2, $3}')" "$2"
}
fresh() {	# NAME [KEY=VALUE...]
	fresh_name=$1
	shift
	site_new "$tmp/$fresh_name"
	integration_new paypal_ipn live "$@"
	where=paypal_ipn/$ikey
	daybook customer add C1 --name Alice --paypal-email alice@example.net >/dev/null
	daybook customer add C2 --name Bob --paypal-email bob@example.net >/dev/null
}
gets() {	# KIND FIELD...
	make_ipn "$tmp/body" "$@"
	genuine "$where" "$tmp/body" >/dev/null
	post
}
state() { daybook payments --format csv | awk -F, -v p="$1" '$2 == p {print $4, $5, $6, $9, $10, $11}'; }
last() { daybook messages --format csv | tail -n 1 | awk -F, '{print $4, $5}'; }
id_of() { daybook messages --format csv | tail -n 1 | cut -d, -f 1; }

standin_start
fresh plain

gets payment txn_id=P1
book "a payment" "Assets:PayPal USD 19.02;Expenses:Fees:PayPal USD 0.98;Liabilities:Customers:C1 USD -20.00;"
gets refund txn_id=R1 parent_txn_id=P1 mc_gross=-5.00 mc_fee=-0.15
book "refunded in part: mirrored, with the fee that came back" \
    "Assets:PayPal USD 14.17;Expenses:Fees:PayPal USD 0.83;Liabilities:Customers:C1 USD -15.00;"
is "... its rows" "$(state P1);$(state R1)" "payment partly-refunded C1 20.00 0.98 19.02;refund completed C1 -5.00 -0.15 -4.85"
gets refund txn_id=R2 parent_txn_id=P1 mc_gross=-15.00 mc_fee=
book "the rest, without fee" "Assets:PayPal USD -0.83;Expenses:Fees:PayPal USD 0.83;"
is "... refunded" "$(state P1)" "payment refunded C1 20.00 0.98 19.02"
gets refund txn_id=R3 parent_txn_id=P1 mc_gross=-0.01 mc_fee=
is "a cent more is a conflict" "$(last)" "held conflict"
gets payment txn_id=P2
gets reversal txn_id=V2 parent_txn_id=P2
book "reversed: the mirror image" "Assets:PayPal USD -0.83;Expenses:Fees:PayPal USD 0.83;"
is "... its rows" "$(state P2);$(state V2)" "payment reversed C1 20.00 0.98 19.02;reversal completed C1 -20.00 -0.98 -19.02"
gets canceled_reversal txn_id=W2 parent_txn_id=P2
book "won back: mirrored again" "Assets:PayPal USD 18.19;Expenses:Fees:PayPal USD 1.81;Liabilities:Customers:C1 USD -20.00;"
is "... completed" "$(state P2)" "payment completed C1 20.00 0.98 19.02"
gets payment txn_id=P3 payer_email=bob@example.net payer_id=BOB1 mc_currency=JPY mc_gross=1500 mc_fee=43
book "yen have no decimals" "Assets:PayPal JPY 1457;Assets:PayPal USD 18.19;Expenses:Fees:PayPal JPY 43;Expenses:Fees:PayPal USD 1.81;Liabilities:Customers:C1 USD -20.00;Liabilities:Customers:C2 JPY -1500;"
verify_clean

# The credit is gone already (used: opened with what C1 owes), then the payment is reversed.
fresh spent
printf 'account,currency,amount,date\nLiabilities:Customers:C1,USD,20.00,2026-01-01\n' >"$tmp/o.csv"
"$bin/daybook" opening "$tmp/o.csv" >/dev/null
gets payment txn_id=P1
is "paid up" "$(daybook balance Liabilities:Customers:C1 --format csv | tail -n 1)" Liabilities:Customers:C1,USD,0.00
gets reversal txn_id=V1 parent_txn_id=P1
is "reversed after it was spent: the account is overdrawn, visibly" \
    "$(daybook balance Liabilities:Customers:C1 --format csv | tail -n 1)" Liabilities:Customers:C1,USD,20.00
is "... and the run is clean" "$(head -n 1 "$tmp/post.out")" CLEAN
verify_clean

# ---- the fee at the customer's cost ----

fresh deduct deduct_fee=yes
gets payment txn_id=P1
book "deduct_fee: credited net" "Assets:PayPal USD 19.02;Expenses:Fees:PayPal USD 0.98;Income:FeesRecharged USD -0.98;Liabilities:Customers:C1 USD -19.02;"
gets reversal txn_id=V1 parent_txn_id=P1
book "... the mirror image" ""
gets payment txn_id=P2 payer_email=stranger@example.org payer_id=STR1
book "... nobody's is not charged" "Assets:PayPal USD 19.02;Expenses:Fees:PayPal USD 0.98;Liabilities:Unallocated USD -20.00;"
ok "... but who gets it" "$bin/daybook" allocate P2 C2
book "... is" "Assets:PayPal USD 19.02;Expenses:Fees:PayPal USD 0.98;Income:FeesRecharged USD -0.98;Liabilities:Customers:C2 USD -19.02;"
verify_clean

# ---- allocate ----

fresh allocate currencies=USD
gets payment txn_id=P1 payer_email=stranger@example.org payer_id=STR1
is "nobody's: posted, with the reason" "$(last)" "posted payer-unknown"
is "... BREAKS until it is allocated" "$(head -n 1 "$tmp/post.out")" "BREAKS 1"
gets payment txn_id=P2 mc_currency=EUR
is "a currency not accepted" "$(last)|$(state P2)" "posted currency-not-accepted|payment completed  20.00 0.98 19.02"
gets payment txn_id=P3 payer_email=stranger@example.org payer_id=STR1 mc_gross=7.00 mc_fee=0.50
gets refund txn_id=R3 parent_txn_id=P3 mc_gross=-2.00 mc_fee=
book "a refund of nobody's payment" "Assets:PayPal EUR 19.02;Assets:PayPal USD 23.52;Expenses:Fees:PayPal EUR 0.98;Expenses:Fees:PayPal USD 1.48;Liabilities:Unallocated EUR -20.00;Liabilities:Unallocated USD -25.00;"
says "allocate: no such payment" 65 'no payment P9' "$bin/daybook" allocate P9 C1
says "allocate: no such customer" 65 'no customer C9' "$bin/daybook" allocate P1 C9
says "allocate: nor by his account" 65 'no customer C9' "$bin/daybook" allocate P1 --account Liabilities:Customers:C9
says "allocate: an account that is none" 65 'Wallet:Mine is no account' "$bin/daybook" allocate P1 --account Wallet:Mine
says "allocate: not what the provider holds" 65 'Assets:PayPal' "$bin/daybook" allocate P1 --account Assets:PayPal
says "allocate: not where it is already" 65 'Liabilities:Unallocated' "$bin/daybook" allocate P1 --account Liabilities:Unallocated
exits "allocate to a customer" 0 "$bin/daybook" allocate P1 C2
says "... once" 65 'P1 does not wait for an owner' "$bin/daybook" allocate P1 C1
exits "allocate to an account, naming the provider" 0 "$bin/daybook" allocate PayPal/P2 --account Income:Other
exits "what is left of a refunded one" 0 "$bin/daybook" allocate P3 --account Income:Other
book "all is allocated" "Assets:PayPal EUR 19.02;Assets:PayPal USD 23.52;Expenses:Fees:PayPal EUR 0.98;Expenses:Fees:PayPal USD 1.48;Income:Other EUR -20.00;Income:Other USD -5.00;Liabilities:Customers:C2 USD -20.00;"
gets refund txn_id=R31 parent_txn_id=P3 mc_gross=-5.00 mc_fee=
gets refund txn_id=R1 parent_txn_id=P1 mc_gross=-20.00 mc_fee=
book "a later refund follows its payment" "Assets:PayPal EUR 19.02;Assets:PayPal USD -1.48;Expenses:Fees:PayPal EUR 0.98;Expenses:Fees:PayPal USD 1.48;Income:Other EUR -20.00;"
is "clean again" "$(head -n 1 "$tmp/post.out")" CLEAN
ok "who decided is in the journal" sh -c "grep -q '\"who\":\"$(id -un)' '$DAYBOOK_SITE'/books/live/journal/*.jsonl"
gets payment txn_id=DUP payer_email=stranger@example.org payer_id=STR1 mc_gross=1.00 mc_fee=0.00
"$bin/daybook" integration add paypal-ipn other --mode live account=PayPal2 receiver=other@example.com endpoint="$standin" >/dev/null
owhere=other/$(daybook integration show other --format json | sed -n 's|.*"url": "[^"]*/\([^/"]*\)".*|\1|p')
make_ipn "$tmp/body" payment txn_id=DUP payer_email=stranger@example.org payer_id=STR1 mc_gross=2.00 mc_fee=0.00 receiver_id= receiver_email=other@example.com
genuine "$owhere" "$tmp/body" >/dev/null
post
says "allocate: the same id at two accounts" 65 'say PROVIDER/ID' "$bin/daybook" allocate DUP C1
exits "... said" 0 "$bin/daybook" allocate PayPal2/DUP C1
is "... is that one" "$(daybook balance Liabilities --format csv | tail -n +2 | tr '\n' ' ')" \
    "Liabilities:Customers:C1,USD,-2.00 Liabilities:Customers:C2,USD,0.00 Liabilities:Unallocated,EUR,0.00 Liabilities:Unallocated,USD,-1.00 "
verify_clean

# ---- held: retry, refuse ----

fresh held
gets payment txn_id=H1 receiver_id= receiver_email=sales@example.com
m1=$(id_of)
gets payment txn_id=H2 receiver_id= receiver_email=sales@example.com
m2=$(id_of)
gets payment txn_id=H3 receiver_id= receiver_email=thief@example.org
m3=$(id_of)
is "held: not ours" "$(last) $(head -n 1 "$tmp/post.out")" "held wrong-receiver BREAKS 3"
exits "retry changes nothing as long as nothing has changed" 0 "$bin/daybook" messages retry "$m1"
is "... held" "$(daybook messages --disposition held --format csv | grep -c wrong-receiver)" 3
ok "the address is ours after all" "$bin/daybook" integration set paypal_ipn receiver=billing@example.com,MERCHANTID123,sales@example.com
exits "retry" 0 "$bin/daybook" messages retry "$m1"
exits "retry all of a reason" 0 "$bin/daybook" messages retry --reason wrong-receiver
like "... how many" "$(cat "$tmp/cmd.out")" 'held messages read again: 2$'
is "... books what can be" "$(daybook messages --format csv | awk -F, 'NR > 1 {print $4, $5}' | sort | tr '\n' ';')" "held wrong-receiver;posted ;posted ;"
book "... once each" "Assets:PayPal USD 38.04;Expenses:Fees:PayPal USD 1.96;Liabilities:Customers:C1 USD -40.00;"
says "retry: booked already" 65 "$m2 is posted, not held" "$bin/daybook" messages retry "$m2"
says "retry: no such message" 65 'no message 20200101T' "$bin/daybook" messages retry 20200101T000000.000000-0123456789abcdef
says "refuse: no such message" 65 'no message x' "$bin/daybook" messages refuse x --note y
says "refuse: booked already" 65 "$m2 is posted, not held" "$bin/daybook" messages refuse "$m2" --note x
says "refuse: why?" 64 '--note' "$bin/daybook" messages refuse "$m3"
exits "refuse" 0 "$bin/daybook" messages refuse "$m3" --note "not our money"
is "... by hand" "$(daybook messages --format csv | awk -F, -v m="$m3" '$1 == m {print $4, $5}')" "refused by-hand"
says "... once" 65 "$m3 is refused, not held" "$bin/daybook" messages refuse "$m3" --note x
post
is "clean again" "$(head -n 1 "$tmp/post.out")" CLEAN
like "show" "$(daybook messages show "$m3")" 'txn_id = H3'
is "show, for machines" "$(daybook messages show "$m3" --format json | python3 -c '
import json, sys
j = json.load(sys.stdin)
print(j["message_id"] == sys.argv[1], j["integration"], j["disposition"], j["reason"], j["payment_id"], "txn_id=H3" in j["body"], j["answer"])' "$m3")" \
    "True paypal_ipn refused by-hand H3 True VERIFIED"
says "show: no such message" 65 'no message x' "$bin/daybook" messages show x
verify_clean

# What came in test mode stays out of the live book, whatever an integration becomes.
gets payment txn_id=T1 test_ipn=1
m4=$(id_of)
is "a test notification" "$(last)" "held wrong-mode"
ok "its integration is removed" "$bin/daybook" integration remove paypal_ipn
says "... then it can't be read again" 65 'no integration paypal_ipn' "$bin/daybook" messages retry "$m4"
integration_new paypal_ipn test
says "... nor by one of the other mode" 65 'paypal_ipn is of the test book' "$bin/daybook" messages retry "$m4"
is "the live book is as it was" "$(state T1)$(daybook balance -b test --format csv | wc -l | tr -d ' ')" 1
verify_clean

# ---- a refund whose payment never came ----

if command -v faketime >/dev/null; then
	fresh orphan
	gets refund txn_id=O1 parent_txn_id=NEVER mc_gross=-3.00 mc_fee=
	is "waits" "$(last)" "waiting unknown-parent"
	faketime '+6 days' "$bin/daybook-post" >"$tmp/post.out"
	is "six days" "$(last) $(head -n 1 "$tmp/post.out")" "waiting unknown-parent INCOMPLETE 1"
	faketime '+8 days' "$bin/daybook-post" >"$tmp/post.out"
	is "after seven: held" "$(last) $(head -n 1 "$tmp/post.out")" "held unknown-parent BREAKS 1"
	exits "decided again" 0 faketime '+8 days' "$bin/daybook" messages retry \
	    "$(daybook messages --format csv | sed -n 's/,.*,O1$//p' | head -n 1)"
	is "it still waits, and is not forgotten" "$(daybook messages --format csv | grep ',O1$' | cut -d, -f4,5)" \
	    waiting,unknown-parent
	faketime '+9 days' "$bin/daybook-post" >"$tmp/post.out"
	is "... but held again" "$(head -n 1 "$tmp/post.out")" "BREAKS 1"
	exits "allocate books it" 0 faketime '+8 days' "$bin/daybook" allocate O1 C1
	book "... against the customer" "Assets:PayPal USD -3.00;Liabilities:Customers:C1 USD 3.00;"
	is "... and the message is posted" "$(last)" "posted "
	verify_clean
fi

# ---- many of a reason ----

fresh many
to_new="receiver_id= receiver_email=new@example.com"
# shellcheck disable=SC2086
{
	gets refund txn_id=R1 parent_txn_id=P1 mc_gross=-5.00 mc_fee=-0.10 $to_new
	gets payment txn_id=P1 $to_new
	gets payment txn_id=P1 ipn_track_id=again $to_new
}
"$bin/daybook" integration set paypal_ipn receiver=billing@example.com,MERCHANTID123,new@example.com >/dev/null
exits "a refund, its payment and a repetition, held, are read again in one request" 0 "$bin/daybook" messages retry --reason wrong-receiver
is "... each is booked with the other, and once" "$(daybook messages --format csv | awk -F, 'NR > 1 {print $4, $5, $6}' | tr '\n' ';')" \
    "posted  R1;posted  P1;duplicate  P1;"
book "... to the cent" "Assets:PayPal USD 14.12;Expenses:Fees:PayPal USD 0.88;Liabilities:Customers:C1 USD -15.00;"
post
is "... and nothing waits" "$(head -n 1 "$tmp/post.out")" CLEAN
standin_mode html
gets payment txn_id=P2
gets payment txn_id=P3
standin_mode ok
ok "all that wait for PayPal are asked about at once" "$bin/daybook" messages retry --reason unreachable
post
is "... and are booked" "$(head -n 1 "$tmp/post.out") $(daybook messages --format csv | grep -c ,posted,)" "CLEAN 4"
verify_clean

# ---- two integrations of one account, one taken away and made again ----

fresh twice
"$bin/daybook" integration add paypal-ipn again --mode live receiver=billing@example.com,MERCHANTID123 endpoint="$standin" >/dev/null
gets payment txn_id=P1
first=$where
where=again/$(daybook integration show again --format json | sed -n 's|.*"url": "[^"]*/\([^/"]*\)".*|\1|p')
gets payment txn_id=P1
is "two integrations, one account: one payment, two witnesses" "$(daybook messages --format csv | awk -F, 'NR > 1 {print $3, $4}' | tr '\n' ';')" \
    "paypal_ipn posted;again duplicate;"
book "... one credit" "Assets:PayPal USD 19.02;Expenses:Fees:PayPal USD 0.98;Liabilities:Customers:C1 USD -20.00;"
standin_mode html
where=$first
gets payment txn_id=P2
"$bin/daybook" integration remove paypal_ipn >/dev/null
standin_mode ok
ok "told to try again, the next run does so at once" "$bin/daybook" messages retry "$(id_of)"
post
is "its integration is gone: the message waits" "$(last)" "waiting unknown-integration"
integration_new paypal_ipn live
exits "... is told to try again" 0 "$bin/daybook" messages retry "$(id_of)"
post
is "... and is booked when there is one again" "$(last)" "posted "
verify_clean

# ---- somebody else has the books ----

setsid flock "$DAYBOOK_SITE/books/lock" sleep 120 &
other=$!
reap $other
wait_for 5 sh -c "! flock -n '$DAYBOOK_SITE/books/lock' true"
exits "queued: 75" 75 "$bin/daybook" customer add C3 --name Carol
like "... under its id" "$(cat "$tmp/cmd.err")" 'queued as [0-9TZ.]+-[0-9a-f]+'
says "daybook-post names the lock" 75 "$DAYBOOK_SITE/books/lock is held by another run" "$bin/daybook-post"
kill -- "-$other"
wait "$other" 2>/dev/null
post
like "... and done by the next run" "$(daybook customer list --format csv)" '^C3,Carol'
verify_clean
done_testing
