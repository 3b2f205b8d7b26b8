#!/bin/sh
# The same notifications, ten times each, shuffled, sixteen at a time, with daybook-post running
# beside, give the same books as once in order.  DAYBOOK_TEST_SIZE: how many (1000 in full).
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
size=${DAYBOOK_TEST_SIZE:-100}

standin_start
mkdir "$tmp/in"
python3 "$top/tests/standin/ipn_make.py" --story "$tmp/in" "$size" 7
remember "$tmp"/in/* || echo "Bail out! stand-in"
prepare() {
	site_new "$tmp/$1"
	integration_new paypal_ipn live
	for i in 0 1 2 3 4 5 6 7 8 9; do	# two payers stay unknown
		daybook customer add "C$i" --name "Customer $i" --paypal-email "c$i@example.net" >/dev/null
	done
}
shown() {
	daybook balance --format csv 2>/dev/null >"$1.balance"
	# all but when we learned of it
	daybook payments --format csv 2>/dev/null | cut -d, -f 1-12 | sort >"$1.payments"
}

prepare once
python3 "$top/tests/standin/blast.py" "$cgi/ipn.cgi" "paypal_ipn/$ikey" 1 1 1 "$tmp"/in/* >/dev/null
post
shown "$tmp/once"
ok "in order: something is booked" test "$(wc -l <"$tmp/once.balance")" -gt 10
verify_clean

prepare many
"$bin/daybook-post" --watch >"$tmp/watch.out" 2>&1 & w=$!
reap $w
is "all $size times ten are answered 200" \
    "$(python3 "$top/tests/standin/blast.py" "$cgi/ipn.cgi" "paypal_ipn/$ikey" 10 16 3 "$tmp"/in/*)" "$((size * 10))"
ok "the spool runs empty" wait_for 120 sh -c "[ -z \"\$(ls '$DAYBOOK_SITE/spool/in/new')\" ]"
kill $w
wait $w 2>/dev/null
post
is "every message has its disposition" "$(daybook messages --format csv | tail -n +2 | wc -l | tr -d ' ')" "$((size * 10))"
shown "$tmp/many"
ok "the same balances" diff "$tmp/once.balance" "$tmp/many.balance"
ok "the same payments" diff "$tmp/once.payments" "$tmp/many.payments"
verify_clean
done_testing
