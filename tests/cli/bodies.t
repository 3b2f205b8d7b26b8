#!/bin/sh
# All complete IPN bodies that PayPal's documentation and live traffic gave us, through the
# stand-in, ipn.cgi and daybook-post, in both modes, with what each must do to the books.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
data=$top/tests/data/ipn

standin_start
site_new "$tmp/site"
integration_new live_ipn live
live=live_ipn/$ikey
integration_new test_ipn test \
    receiver=S8XGHLYDW9T3S,gpmac_1231902686_biz@paypal.com,HZU8ZEBYHLEZQ,robert@hisowncompany.com
test=test_ipn/$ikey
daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
daybook customer add C1002 --name Affiliates --paypal-email Affiliates@Example.com >/dev/null
daybook customer add C1003 --name Joerg --paypal-email jorg@example.fr >/dev/null

# one BOOK WHERE FILE WANT: one message through the whole way; WANT is "disposition reason payment"
one() {
	before=$(daybook messages -b "$1" --format csv 2>/dev/null | wc -l)
	status=$(genuine "$2" "$data/$3")
	post
	got=$(daybook messages -b "$1" --format csv 2>/dev/null | tail -n "+$((before + 1))" |
	    awk -F, '{print $4, $5, $6}')
	is "$1 ${3%.body}" "$status $got" "200 $4"
}

one live "$live" 6.01-web_accept.body "posted  7AB19283CD465019E"
one live "$live" 6.02-echeck_pending.body "noted  4EC38271NB605948Q"
is "a pending eCheck credits nothing" \
    "$(daybook balance Liabilities:Customers:C1001 --format csv | grep USD)" \
    "Liabilities:Customers:C1001,USD,-100.00"
one live "$live" 6.03-echeck_completed.body "posted  4EC38271NB605948Q"
one live "$live" 6.04-echeck_failed.body "held conflict 4EC38271NB605948Q"
one live "$live" 6.05-express_checkout.body "held wrong-mode 61E67681CH3238416"
one live "$live" 6.06-express_checkout_jpy.body "posted  2JP06172VK372615X"
one live "$live" 6.07-conversion.body "posted  5EU95061UJ261504W"
one live "$live" 6.08-cart.body "posted  9CA40516PD716059R"
one live "$live" 6.09-send_money.body "posted  3SM51627QE827160S"
one live "$live" 6.10-refund_full.body "posted  8TR92736LM504817P"
one live "$live" 6.11-refund_partial.body "posted  2RF60417HA119283K"
one live "$live" 6.12-refund_second.body "posted  5RF71528JB220394L"
one live "$live" 6.13-reversal.body "waiting unknown-parent 6RV62738RF938271T"
one live "$live" 6.14-canceled_reversal.body "waiting unknown-parent 1CR73849SG049382U"
one live "$live" 6.15-adjustment.body "waiting unknown-parent 91N12345TB8654321"
one live "$live" 6.16-masspay_processed.body "held wrong-mode "
one live "$live" 6.17-masspay_completed.body "held wrong-mode "
one live "$live" 6.18-masspay_failed_item.body "posted  "
one live "$live" 6.19-masspay_denied.body "noted  "
one live "$live" 6.20-masspay_in_1.body "posted  8MR17283WL483726Y"
one live "$live" 6.21-masspay_in_2.body "duplicate  8MR17283WL483726Y"
one live "$live" 6.22-new_case.body "noted  7XB10312HX1779514"
one live "$live" 6.23-pending_unilateral.body "noted  1UN51627QE827160S"
one live "$live" 6.24-windows_1252.body "posted  3NA51729XK004816B"
one live "$live" 6.25-utf_8.body "duplicate  3NA51729XK004816B"
one live "$live" 6.26-repeated.body "held malformed 7RP91827EQ364051F"

daybook balance --format csv 2>/dev/null >"$tmp/live"
cat >"$tmp/want" <<'END'
account,currency,amount
Assets:PayPal,EUR,4.25
Assets:PayPal,JPY,107
Assets:PayPal,USD,235.64
Equity:Conversion,EUR,19.07
Equity:Conversion,USD,-20.76
Expenses:Fees:PayPal,EUR,2.10
Expenses:Fees:PayPal,JPY,43
Expenses:Fees:PayPal,USD,6.12
Liabilities:Customers:C1001,EUR,-20.00
Liabilities:Customers:C1001,JPY,-150
Liabilities:Customers:C1001,USD,-146.00
Liabilities:Customers:C1002,USD,-75.00
Liabilities:Customers:C1003,EUR,-20.00
Liabilities:Payouts,EUR,14.58
END
ok "live balances" diff "$tmp/want" "$tmp/live"

# Mass payments of ours as items: the failed one moved nothing, each is in the listing.
is "items of a batch" \
    "$(daybook payments --format csv | awk -F, '$4 == "payout" {print $2, $5, $8, $9, $10, $11}' | sort)" \
    "6MP10293AB847561C completed EUR -10.00 0.20 -10.20
7MP21304BC958672D failed EUR -24.50 0.00 -24.50
8MP32415CD069783E unclaimed EUR -4.58 0.09 -4.67
uid:PO-000120 denied USD -10.00 0.00 -10.00"
is "refunded twice in part" "$(daybook payments --format csv | awk -F, '$2 == "7AB19283CD465019E" {print $5}')" \
    partly-refunded
is "refunded in full" "$(daybook payments --format csv | awk -F, '$2 == "9CA40516PD716059R" {print $5}')" refunded

# The parent of 6.13-6.15 arrives last: everything that waited is booked with it.
sed 's/7AB19283CD465019E/0PA84950TH150493V/; s/100\.00/25.00/g; s/3\.20/1.03/g; s/INV-1001/INV-0990/' \
    "$data/6.01-web_accept.body" >"$tmp/parent"
genuine "$live" "$tmp/parent" >/dev/null
post
is "reversal, its cancellation and the settlement wake with their payment" \
    "$(daybook messages --format csv | awk -F, '$6 ~ /^(6RV|1CR|91N|0PA)/ {print $4, $6}' | sort)" \
    "posted 0PA84950TH150493V
posted 1CR73849SG049382U
posted 6RV62738RF938271T
posted 91N12345TB8654321"
is "paid 25, reversed, won back, settled away" \
    "$(daybook balance Liabilities:Customers:C1001 --format csv | grep USD)" \
    "Liabilities:Customers:C1001,USD,-146.00"

# The test book: only what says test_ipn=1 may move its money.
for f in "$data"/*.body; do
	case $f in
	*/6.05*) one test "$test" 6.05-express_checkout.body "posted payer-unknown 61E67681CH3238416" ;;
	*/6.16*) one test "$test" 6.16-masspay_processed.body "posted  " ;;
	*/6.17*) one test "$test" 6.17-masspay_completed.body "posted  " ;;
	*)
		remember "$f"
		ipn "$test" "$f" >/dev/null
		;;
	esac
done
post
is "all others are held: wrong-mode" "$(daybook messages -b test --disposition held --format csv |
    awk -F, 'NR > 1 {n[$5]++} END {for (r in n) print n[r], r}')" "23 wrong-mode"
daybook balance -b test --format csv 2>/dev/null >"$tmp/test"
cat >"$tmp/want" <<'END'
account,currency,amount
Assets:PayPal,USD,-7.64
Expenses:Fees:PayPal,USD,1.60
Liabilities:Payouts,USD,25.99
Liabilities:Unallocated,USD,-19.95
END
ok "test balances" diff "$tmp/want" "$tmp/test"
before=$(asked)
post
is "nobody is asked twice" "$(asked)" "$before"
verify_clean
done_testing
