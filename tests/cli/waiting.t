#!/bin/sh
# Refunds and disputes whose payment is not known: any number may wait, in books and listings they
# are what they are, and each is booked when its payment comes or a person says where it belongs.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
many=13000	# of 85 bytes in the index: more than one record of it may hold

standin_start
site_new "$tmp/site"
account=A123456789012345678901234567890123456789012345678901234567890123
integration_new paypal_ipn live account=$account
daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
make_ipn "$tmp/one" refund txn_id=REFUNDNUMBERNNNNN parent_txn_id=PARENTNUMBERNNNNN mc_gross=-1.00 mc_fee=
awk -v n=$many 'BEGIN {getline b <ARGV[1]; for (i = 1; i <= n; i++) {s = b; gsub("NNNNN", sprintf("%05d", i), s); print s}}' \
    "$tmp/one" | python3 "$top/tests/standin/confirmed.py" "$DAYBOOK_SITE" paypal_ipn
exits "many refunds without their payments" 1 "$bin/daybook-post"
is "... all wait" "$(head -n 1 "$tmp/cmd.out") $(spooled)" "INCOMPLETE $many 0"

# In the middle, at both ends: what leaves the list moves nobody else out of it.
for n in 06500 00001 13000; do
	make_ipn "$tmp/payment" payment txn_id=PARENTNUMBER$n mc_gross=5.00 mc_fee=0.00
	genuine "paypal_ipn/$ikey" "$tmp/payment" >/dev/null
	post
	is "payment $n takes its refund with it" "$(head -n 1 "$tmp/post.out"), $(daybook payments --format csv |
	    awk -F, -v p=PARENTNUMBER$n '$2 == p || $3 == p {print $4, $5}' | sort | tr '\n' ' ')" \
	    "INCOMPLETE $((many -= 1)), payment partly-refunded refund completed "
done
ok "a person says where one belongs" "$bin/daybook" allocate REFUNDNUMBER12999 C1001
not_ok "... once" "$bin/daybook" allocate REFUNDNUMBER12999 C1001
post
is "... and it no longer waits" "$(head -n 1 "$tmp/post.out")" "INCOMPLETE $((many - 1))"
is "the customer's account" "$(daybook balance Liabilities:Customers:C1001 --format csv | sed -n 's/.*,USD,//p')" -11.00
ok "the same after a rebuild" "$bin/daybook" rebuild
verify_clean

# A case names no currency: none may be made up for it.
make_ipn "$tmp/case" new_case txn_id=UNKNOWNPARENT1 case_id=PP-77
genuine "paypal_ipn/$ikey" "$tmp/case" >/dev/null
post
is "a case is noted" "$(daybook messages --disposition noted --format csv | awk -F, 'NR > 1 {print $3, $6}')" \
    "paypal_ipn UNKNOWNPARENT1"
is "... and is no payment" "$(daybook payments --format csv | grep -c UNKNOWNPARENT1)" 0
is "... without a currency in journal and pack" "$(grep -h UNKNOWNPARENT1 "$DAYBOOK_SITE"/books/live/journal/*.jsonl |
    grep -c '"currency"')" 0
verify_clean
done_testing
