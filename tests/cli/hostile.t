#!/bin/sh
# What strangers send.  Even where the provider says yes (a stranger may pay himself at PayPal and
# have that told to us), nothing of this credits anybody, and nothing stops the queue.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

standin_start
site_new "$tmp/site"
integration_new paypal_ipn live
where=paypal_ipn/$ikey
daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
n=0
# sends NAME WANT FILE [forged]: WANT is "disposition reason"
sends() {
	n=$((n + 1))
	if [ "${4:-}" = forged ]; then
		ipn "$where" "$3" >/dev/null
	else
		genuine "$where" "$3" >/dev/null
	fi
	post
	is "$1" "$(daybook messages --format csv | tail -n +$((n + 1)) | awk -F, '{print $4, $5}')" "$2"
}
m() {
	out=$1
	shift
	make_ipn "$tmp/$out" "$@"
	echo "$tmp/$out"
}

sends "forged" "refused invalid" "$(m forged payment txn_id=F1 mc_gross=999.00)" forged
sends "to another receiver" "held wrong-receiver" \
    "$(m r1 payment txn_id=R1 receiver_id=OTHER1 receiver_email=mallory@example.org)"
sends "business alone never suffices" "held wrong-receiver" \
    "$(m r2 payment txn_id=R2 receiver_id=OTHER1 receiver_email=mallory@example.org business=billing@example.com)"
sends "our e-mail beside another's id" "held wrong-receiver" \
    "$(m r3 payment txn_id=R3 receiver_id=OTHER1 receiver_email=billing@example.com)"
sends "no receiver at all" "held wrong-receiver" \
    "$(m r4 payment txn_id=R4 receiver_id= receiver_email= business=billing@example.com)"
sends "another's mass payment batch" "held wrong-receiver" \
    "$(m r5 masspay payer_id=OTHER1 payer_email=mallory@example.org item=x@example.org,10.00,0.20,Completed,MP1,U1)"
sends "a batch with our address, but another's id" "held wrong-receiver" \
    "$(m r6 masspay payer_id=OTHER1 payer_email=billing@example.com item=x@example.org,10.00,0.20,Completed,MP2,U2)"
sends "another's adjustment" "held wrong-receiver" \
    "$(m r7 adjustment txn_id=R7 parent_txn_id=P7 payer_id=OTHER1 payer_email=mallory@example.org mc_gross=500.00)"
sends "a mass payment to somebody else" "held wrong-receiver" \
    "$(m r8 masspay_in txn_id=R8 receiver_id=OTHER1 receiver_email=mallory@example.org)"
sends "a test notification at the live integration" "held wrong-mode" "$(m t1 payment txn_id=T1 test_ipn=1)"
sends "negative" "held malformed" "$(m n1 payment txn_id=N1 mc_gross=-20.00)"
sends "a refund with a plus" "held malformed" "$(m n2 refund txn_id=N2 parent_txn_id=P1 mc_gross=20.00)"
sends "huge" "held malformed" "$(m n3 payment txn_id=N3 mc_gross=99999999999999999999.00)"
for a in 1e3 0x10 1,000.00 ' 20.00' 20.001 20. .5 +20 NaN '٢٠' ''; do
	sends "amount \"$a\"" "held malformed" "$(m n4 payment txn_id=N4 "mc_gross=$a")"
done
sends "a currency that is none" "held malformed" "$(m c1 payment txn_id=C1 mc_currency=XXZ)"
sends "no status" "held malformed" "$(m c2 payment txn_id=C2 payment_status=)"
sends "an unknown status" "held unknown-type" "$(m c3 payment txn_id=C3 payment_status=Levitated)"
sends "an unknown type" "held unknown-type" "$(m c4 payment txn_id=C4 txn_type=levitation)"
sends "no id" "held malformed" "$(m c5 payment txn_id=)"
sends "an id that is none" "held malformed" "$(m c6 payment "txn_id=../../etc/passwd")"
printf '%s&mc_gross=2000.00' "$(make_ipn /dev/stdout payment txn_id=V1)" >"$tmp/v1"
sends "a variable twice, with different values" "held malformed" "$tmp/v1"
printf '%s&cmd=_notify-validate' "$(make_ipn /dev/stdout payment txn_id=V2)" >"$tmp/v2"
sends "cmd among the variables" "held malformed" "$tmp/v2"
python3 -c "import sys; b=open(sys.argv[1],'rb').read(); open(sys.argv[2],'wb').write(b.replace(b'txn_id=V3', b'txn_id=V3%00X'))" \
    "$(m v3 payment txn_id=V3)" "$tmp/v3b"
sends "a NUL in the id" "held malformed" "$tmp/v3b"
head -c 200 "$(m v4 payment txn_id=V4)" >"$tmp/v4b"
sends "truncated" "held malformed" "$tmp/v4b"
printf '%%%%%%==&&&=&%%zz\000\377' >"$tmp/v5"
sends "garbage" "held malformed" "$tmp/v5"
python3 -c "print('&'.join('v%d=%d' % (i, i) for i in range(1000)), end='')" >"$tmp/v6"
sends "a thousand variables" "held malformed" "$tmp/v6"
python3 -c "print('&'.join('v%d=' % i for i in range(200000)), end='')" >"$tmp/v7"
sends "two hundred thousand variables" "held malformed" "$tmp/v7"
python3 -c "print('a' * 2097152, end='')" >"$tmp/v8"
sends "one variable of 2 MiB" "held malformed" "$tmp/v8"
is "until here nothing is booked" "$(daybook balance --format csv | wc -l | tr -d ' ')" 1

# Other charsets and bad bytes never cost a payment.
for c in UTF-8 Shift_JIS KOI8-R UTF-7 gb2312 nonsense 'x\000y'; do
	sends "charset $c" "posted " "$(m ch payment txn_id="CH$n" mc_gross=1.00 mc_fee=0.00 "charset=$c" "first_name=J%FFrg")"
done
is "they are credited" "$(daybook balance Liabilities:Customers:C1001 --format csv | sed -n 's/.*,USD,//p')" -7.00

# The same payment again and again, under other amounts, other payers.
sends "replayed" "duplicate " "$tmp/ch"
sends "replayed with another amount" "held conflict" \
    "$(m again payment txn_id="CH$((n - 2))" mc_gross=500.00 mc_fee=0.00)"
sends "replayed with another currency" "held conflict" \
    "$(m again payment txn_id="CH$((n - 3))" mc_gross=1.00 mc_fee=0.00 mc_currency=EUR)"
sends "more refunded than was paid" "held conflict" \
    "$(m over refund txn_id=OVER1 parent_txn_id="CH$((n - 4))" mc_gross=-1.01 mc_fee=)"
is "still the same" "$(daybook balance Liabilities:Customers:C1001 --format csv | sed -n 's/.*,USD,//p')" -7.00

# Text of strangers in our output.
# shellcheck disable=SC2016
sends "text that would do harm elsewhere" "posted payer-unknown" \
    "$(m evil payment txn_id=EVIL1 'payer_email==cmd|/c calc' payer_id=EVIL 'first_name=<script>' mc_gross=1.00 mc_fee=0.00)"
not_ok "no cell that a spreadsheet would run" sh -c "'$bin/daybook' payments --format csv | grep -q ',=cmd'"
is "control bytes reach no terminal" "$(daybook payments | tr -d '[:print:]\n' | wc -c | tr -d ' ')" 0

# The intake's user names files as he likes, and a name may hold lines such as state.log's: none of
# them says that PayPal confirmed a message.
id=20261120T190203.123456-0123456789abcdef
: >"$DAYBOOK_SITE/spool/in/new/x
V $id 1 200 1 VkVSSUZJRUQ="
genuine "$where" "$(m late payment txn_id=LATE1)" >/dev/null	# keeps state.log from being emptied
standin_mode html >/dev/null
post
put_in_spool() {	# ID FILE: as that user can
	{
		printf 'daybook-message 1\nintegration paypal_ipn\nkind paypal-ipn\nmode live\n'
		printf 'received 2026-11-20T19:02:03.123456Z\nremote 192.0.2.9\nlength %d\n\n' "$(wc -c <"$2")"
		cat "$2"
	} >"$DAYBOOK_SITE/spool/in/new/$1"
}
put_in_spool $id "$(m forged payment txn_id=FORGED1 mc_gross=999.00)"
standin_mode ok >/dev/null
sed -i 's/^\(W [^ ]* [0-9]*\) [0-9]*/\1 0/' "$DAYBOOK_SITE/spool/post/state.log"
post
is "a file's name confirms no message" "$(daybook messages --format csv | grep "^$id" | cut -d, -f4,5)" \
    refused,invalid
is "... and the file is set aside" "$(find "$DAYBOOK_SITE/spool/aside" -type f -exec echo x \;)" x

# Verdicts name what waits; the queue is empty.
is "nothing is left in the spool" "$(spooled)" 0
verify_clean
not_ok "ledger and journal agree with hledger-like sums" sh -c \
    "'$bin/daybook' balance --format csv | awk -F, 'NR > 1 {s[\$2] += \$3} END {for (c in s) if (s[c] > 0.001 || s[c] < -0.001) exit 0; exit 1}'"
done_testing
