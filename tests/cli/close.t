#!/bin/sh
# daybook close, reopen, closings: what a period needs to be closed, grand totals that never reset,
# what comes late, what people may not book any more.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

standin_start
site_new "$tmp/site"
integration_new paypal_ipn live
daybook customer add C1 --name Alice --paypal-email alice@example.net >/dev/null
today=$(date -u +%Y-%m-%d)
yesterday=$(date -u -d '1 day ago' +%Y-%m-%d)

for bad in 2026-13 2026-02-30 26 2026-1 yesterday ''; do
	says "no period: '$bad'" 64 'a day 2026-11-21, a month 2026-11 or a year 2026' "$bin/daybook" close "$bad"
done
says "what is not over" 65 "$today is not over; today is $today" "$bin/daybook" close "$today"
says "nor the year" 65 "is not over" "$bin/daybook" close "${today%%-*}"
exits "a day without any account is closed" 0 "$bin/daybook" close "$yesterday"
exits "... twice changes nothing" 0 "$bin/daybook" close "$yesterday"
is "... and says so" "$(grep -c '^nothing to change$' "$tmp/cmd.out")" 1
says "people's entries are refused in it" 65 "lies in the closed period $yesterday" sh -c "
    printf 'account,currency,amount,date\nAssets:PayPal,USD,1.00,$yesterday\n' >'$tmp/o.csv'; '$bin/daybook' opening '$tmp/o.csv'"
says "reopen wants why" 64 'reopen wants --note' "$bin/daybook" reopen "$yesterday"
exits "reopen" 0 "$bin/daybook" reopen "$yesterday" --note "the opening was forgotten"
says "... once" 65 "$yesterday is not closed" "$bin/daybook" reopen "$yesterday" --note again
exits "the opening then" 0 "$bin/daybook" opening "$tmp/o.csv"
says "an account without any report" 65 'PayPal USD: no report was reconciled' "$bin/daybook" close "$yesterday"
says "an explanation of another account" 65 '"Paypal.USD": ACCOUNT.CURRENCY of a provider account' \
    "$bin/daybook" close "$yesterday" --explain Paypal.USD=why
says "an explanation without a reason" 64 'ACCOUNT.CURRENCY=WHY is expected' "$bin/daybook" close "$yesterday" --explain PayPal.USD=
exits "explained" 0 "$bin/daybook" close "$yesterday" --explain "PayPal.USD=first day, paper statement" --note "as told"
like "... by whom is on record" "$(daybook closings "$yesterday" --format csv)" \
    '^PayPal,USD,explained,,,,,,[^,]+,"first day, paper statement"$'
is "... and what was recorded by then" "$(daybook closings "$yesterday" --format csv | grep -c total)" 0
is "the listing" "$(daybook closings --format csv | cut -d , -f 1-4,7,8)" \
    "period,status,from,to,explained,note
$yesterday,closed,$yesterday,$yesterday,1,as told"

like "... with times as everywhere" "$(daybook closings --format csv | cut -d , -f 5)" \
    '^[0-9-]{10}T[0-9:]{8}Z$'

# A year later: everything above is in the totals; a late fact of the closed day is listed.
later() { faketime -f "+400d" "$@"; }
year=$(date -u -d '400 days' +%Y)
year=$((year - 1))
says "the year with movement after the last report" 65 'PayPal USD: no report was reconciled' \
    later "$bin/daybook" close "$year"
exits "... explained" 0 later "$bin/daybook" close "$year" --explain PayPal.USD=paper
is "grand totals since the beginning" "$(daybook closings "$year" --format csv | grep total)" \
    "$(printf 'Assets:PayPal,USD,total,,1.00,,1.00,0.00,,\nEquity:Opening,USD,total,,-1.00,,0.00,1.00,,')"
says "a month of it is closed with it" 65 "${today%-*} is closed already, with $year" later "$bin/daybook" close "${today%-*}"
says "nor is a day of it opened alone" 65 "closed with $year: reopen that first" \
    later "$bin/daybook" reopen "$yesterday" --note x
exits "the books add up" 0 "$bin/daybook" verify
exits "rebuilt they are the same" 0 "$bin/daybook" rebuild
is "... closings too" "$(daybook closings --format csv | wc -l)" 3

# ---- on the proof of PayPal's settlement report ----

site_new "$tmp/stl"
integration_new paypal_ipn live
where=paypal_ipn/$ikey
daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
printf 'account,currency,amount,date\nAssets:PayPal,USD,2500.00,2024-03-04\n' >"$tmp/o.csv"
"$bin/daybook" opening "$tmp/o.csv" >/dev/null
stl=$top/tests/data/stl/STL-20240304.01.009.CSV
sed 's/260069/260070/' "$stl" >"$tmp/altered.CSV"
"$bin/daybook-reconcile" --post-missing "$tmp/altered.CSV" >/dev/null 2>&1
says "a report that does not add up proves nothing" 65 'PayPal USD: the report itself is out by 0.01' \
    "$bin/daybook" close 2024-03-04
"$bin/daybook-reconcile" --post-missing "$stl" >"$tmp/rec.out" 2>&1
exits "proved by the report alone" 0 "$bin/daybook" close 2024-03-04
like "... and says of what" "$(cat "$tmp/cmd.out")" '^PayPal +USD +statement +2600.69 +2600.69 +0.00'
is "... each currency of it" "$(daybook closings 2024-03-04 --format csv | grep '^PayPal')" \
    'PayPal,EUR,statement,19.12,19.12,0.00,,,,
PayPal,JPY,statement,107,107,0,,,,
PayPal,USD,statement,2600.69,2600.69,0.00,,,,'
exits "the next days are quiet" 0 "$bin/daybook" close 2024-03-05
like "... and say so" "$(daybook closings 2024-03-05 --format csv)" '^PayPal,USD,quiet,2600.69,2600.69,0.00,'
is "nothing is late yet" "$(daybook closings --late --format csv | wc -l)" 1

# What PayPal tells now of the closed day is booked today, and listed.
make_ipn "$tmp/late" payment txn_id=LATE1 "payment_date=10:00:00 Mar 04, 2024 PST"
make_ipn "$tmp/after" payment txn_id=AFTER1 "payment_date=10:00:00 Mar 07, 2024 PST"
genuine "$where" "$tmp/late" >/dev/null
genuine "$where" "$tmp/after" >/dev/null
post
is "late" "$(daybook closings --late --format csv | cut -d , -f 1-4,8)" "period,provider,payment_id,kind,gross
2024-03-04,PayPal,LATE1,payment,20.00"
says "a later day behind which money moved" 65 'PayPal USD: the books moved after the last report' \
    "$bin/daybook" close 2024-03-08
exits "... but the days between stay quiet" 0 "$bin/daybook" close 2024-03-06
verify_clean
done_testing
