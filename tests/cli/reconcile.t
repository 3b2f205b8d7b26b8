#!/bin/sh
# daybook-reconcile on PayPal's activity download: the sample of each edition, locale, breaks of
# each kind, --post-missing, expected windows, and the first night after an opening balance.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
data=$top/tests/data

reconcile() { "$bin/daybook-reconcile" "$@" >"$tmp/rec.out" 2>"$tmp/rec.err"; }
verdict() { head -n 1 "$tmp/rec.out"; }
# categories FILE: "category status payment report ledger difference" of each break
categories() { tr -d '\r' <"$1" | awk -F, 'NR > 1 {print $2, $3, $7, $9, $10, $11}' | sort; }
run_dir() { echo "$DAYBOOK_SITE/books/live/$(sed -n 's|^see books/live/||p' "$tmp/rec.out")"; }
new_site() {	# NAME: with an opening balance before the sample's day
	site_new "$tmp/$1"
	integration_new paypal_ipn live
	daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
	daybook customer add C1002 --name Affiliates --paypal-email affiliates@example.com >/dev/null
	printf 'account,currency,amount,date\nAssets:PayPal,USD,2500.00,2024-03-04\n' >"$tmp/opening.csv"
	"$bin/daybook" opening "$tmp/opening.csv" >/dev/null || echo "Bail out! opening"
}

standin_start
new_site one
mkdir "$tmp/b"
b=$tmp/b/b.csv		# nobody claimed one payout of the sample: two years later that is a break of its own
sed 's/"Unclaimed"/"Completed"/' "$data/activity/b.csv" >"$b"
payouts() { paid_out 2024-03-04 USD fred@example.org,25.99 john@example.org,9.99; }

exits "a doubt about dates stops the run" 65 "$bin/daybook-reconcile" "$b"
like "... and names the option" "$(cat "$tmp/cmd.err")" '03/04/2024.*--dates mdy or --dates dmy'
is "... first line FAILED" "$(cat "$tmp/cmd.out")" FAILED
exits "the wrong order is an error with line" 65 "$bin/daybook-reconcile" --dates ymd "$b"
like "... that names file and line" "$(cat "$tmp/cmd.err")" 'b.csv:2: Date: '

reconcile -n --dates mdy "$b"
is "dry run finds what is missing" "$? $(verdict)" "1 BREAKS 9"
is "... and writes nothing" "$(ls "$DAYBOOK_SITE/books/live/reconcile" 2>/dev/null)" ""
is "... and no break" "$(daybook breaks --format csv | wc -l | tr -d ' ')" 1

reconcile --dates mdy "$b"
is "nothing was notified: nine breaks" "$? $(verdict)" "1 BREAKS 9"
dir=$(run_dir)
ok "run folder" test -s "$dir/summary.json" -a -s "$dir/breaks.csv" -a -s "$dir/matches.csv"
is "columns" "$(head -n 1 "$dir/breaks.csv" | tr -d '\r')" \
    "break_id,category,status,first_seen,age_days,provider,payment_id,currency,report_amount,ledger_amount,difference,file,line,explanation"
is "all missing, none of them the pending one" "$(categories "$dir/breaks.csv" | cut -d' ' -f 1,2 | uniq -c |
    sed 's/^ *//')" "9 missing-in-ledger open"
cp -R "$dir" "$tmp/first"
reconcile --dates mdy "$b"
ok "the same again gives the same bytes" diff -r "$tmp/first" "$(run_dir)"

payouts
reconcile --dates mdy --post-missing "$b"
is "--post-missing books all of them" "$? $(verdict)" "0 CLEAN"
is "... and the export says who had them booked, from which line of what" \
    "$(daybook export --to csv | awk -F, '$7 == "3MG88942N0662370U" {print $13, $14}' | sort -u)" \
    "$(id -un) line $(awk -F, '/3MG88942N0662370U/ {print NR}' "$b") of report $(sha256sum <"$b" | cut -d ' ' -f 1)"
daybook balance --format csv 2>/dev/null >"$tmp/got"
cat >"$tmp/want" <<'END'
account,currency,amount
Assets:Bank,USD,1050.00
Assets:PayPal,EUR,0.00
Assets:PayPal,USD,1596.15
Equity:Conversion,EUR,19.07
Equity:Conversion,USD,-20.76
Equity:Opening,USD,-2500.00
Expenses:Fees:PayPal,EUR,0.93
Expenses:Fees:PayPal,USD,3.63
Expenses:Payouts,USD,35.98
Liabilities:Customers:C1001,EUR,-20.00
Liabilities:Customers:C1001,USD,-90.00
Liabilities:Customers:C1002,USD,-75.00
Liabilities:Payouts,USD,0.00
END
ok "balances" diff "$tmp/want" "$tmp/got"
is "the breaks are resolved" "$(daybook breaks --format csv | awk -F, 'NR > 1 {print $3}' | sort | uniq -c |
    sed 's/^ *//')" "9 resolved"
reconcile --dates mdy --post-missing "$b"
is "a second run books nothing" "$? $(verdict)" "0 CLEAN"
daybook balance --format csv 2>/dev/null >"$tmp/again"
ok "... and changes no balance" diff "$tmp/want" "$tmp/again"
for f in 6.01-web_accept 6.11-refund_partial 6.20-masspay_in_1 6.07-conversion; do
	genuine "paypal_ipn/$ikey" "$data/ipn/$f.body" >/dev/null
done
post
is "late notifications for them are duplicates" "$(daybook messages --format csv |
    awk -F, '$3 == "paypal_ipn" {print $4}' | sort | uniq -c | sed 's/^ *//')" "4 duplicate"
daybook balance --format csv 2>/dev/null >"$tmp/again"
ok "... and change nothing" diff "$tmp/want" "$tmp/again"
verify_clean

# ---- the first night: opening, notifications, a clean download ----

new_site two
like "opening twice is refused" "$("$bin/daybook" opening "$tmp/opening.csv" 2>&1)" "booked before"
for f in 6.01-web_accept 6.20-masspay_in_1 6.07-conversion 6.11-refund_partial; do
	genuine "paypal_ipn/$ikey" "$data/ipn/$f.body" >/dev/null
done
post
# the sample without mass pay batch, withdrawal and the pending one
grep -v 'Fred Recipient\|john@example.org\|General Withdrawal' "$b" >"$tmp/night.csv"
reconcile --dates mdy "$tmp/night.csv"
is "a clean first night is CLEAN" "$? $(verdict)" "0 CLEAN"
like "... to the last cent" "$(cat "$tmp/rec.out")" \
    'USD: opening 2500.00 \+ movement 182.85 = closing 2682.85; books 2682.85; unexplained 0.00'
is "... and quiet" "$(cat "$tmp/rec.err")" ""

# an amount altered in the report: 100.00 there, 90.00 said
sed '/Website Payment","Partially/s/"100.00","-3.20","96.80"/"90.00","-3.20","86.80"/' "$tmp/night.csv" >"$tmp/x.csv"
reconcile -n --dates mdy "$tmp/x.csv"
is "an altered amount" "$? $(verdict)" "1 BREAKS 2"
like "... is an amount break" "$(cat "$tmp/rec.out")" \
    'open amount 7AB19283CD465019E USD report 90.00 books 100.00'
like "... that the file's own balance shows too" "$(cat "$tmp/rec.out")" 'open control-total 7AB19283CD465019E'
like "... and all of the difference is explained" "$(cat "$tmp/rec.out")" 'unexplained 0.00'

sed '/Website Payment","Partially/s/"-3.20","96.80"/"-3.30","96.70"/' "$tmp/night.csv" >"$tmp/x.csv"
reconcile -n --dates mdy "$tmp/x.csv"
like "an altered fee" "$(cat "$tmp/rec.out")" 'open fee 7AB19283CD465019E USD report 3.30 books 3.20'

sed '/Website Payment","Partially/s/"USD"/"CAD"/' "$tmp/night.csv" >"$tmp/x.csv"
reconcile -n --dates mdy "$tmp/x.csv"
like "another currency" "$(cat "$tmp/rec.out")" 'open currency 7AB19283CD465019E CAD report 100.00 books 100.00'

grep -v 'Website Payment","Partially' "$tmp/night.csv" >"$tmp/x.csv"
reconcile -n --dates mdy "$tmp/x.csv"
like "a row that is not there" "$(cat "$tmp/rec.out")" \
    'open missing-in-report 7AB19283CD465019E USD report - books 100.00'
like "... and nothing else unexplained" "$(cat "$tmp/rec.out")" 'unexplained 0.00'

awk '{print} /Website Payment","Partially/ {print}' "$tmp/night.csv" >"$tmp/x.csv"
reconcile -n --dates mdy "$tmp/x.csv"
like "a row twice" "$(cat "$tmp/rec.out")" 'open duplicate-in-report 7AB19283CD465019E'

sed '/Website Payment","Partially/{s/Partially Refunded/Pending/;s/"Credit"/"Memo"/;}' "$tmp/night.csv" >"$tmp/x.csv"
reconcile -n --dates mdy "$tmp/x.csv"
like "the report says pending" "$(cat "$tmp/rec.out")" 'open status 7AB19283CD465019E'

sed '/Payment Refund/s/Payment Refund/Interplanetary Levy/; /Interplanetary/s/2RF60417HA119283K/9ZZ60417HA119283K/' \
    "$tmp/night.csv" >"$tmp/x.csv"
reconcile -n --dates mdy "$tmp/x.csv"
like "a type nobody knows" "$(cat "$tmp/rec.out")" 'open unknown-type 9ZZ60417HA119283K'

sed 's/2,671.80/2,670.80/' "$tmp/night.csv" >"$tmp/x.csv"
reconcile -n --dates mdy "$tmp/x.csv"
like "a balance that does not follow" "$(cat "$tmp/rec.out")" 'control-total .*report 2670.80 its rows 2671.80'

# the opening balance is wrong: named, with its size
new_site three
printf 'account,currency,amount,date\nAssets:PayPal,USD,2400.00,2024-03-04\n' >"$tmp/opening2.csv"
site_new "$tmp/four"
integration_new paypal_ipn live
"$bin/daybook" opening "$tmp/opening2.csv" >/dev/null
payouts
reconcile --dates mdy --post-missing "$b"
is "a wrong opening balance" "$? $(verdict)" "1 BREAKS 1"
like "... is a balance break" "$(cat "$tmp/rec.out")" 'open balance - USD report 1596.15 books 1496.15.*100.00 USD of the difference is not explained'

# ---- what belongs to before the opening, order of rows, several files ----

new_site five
payouts
{ head -n 1 "$b"; tail -n +2 "$b" | tac; } >"$tmp/newest.csv"
reconcile --dates mdy --post-missing "$tmp/newest.csv"
is "newest first" "$? $(verdict)" "0 CLEAN"
daybook balance --format csv 2>/dev/null >"$tmp/again"
ok "... gives the same books" diff "$tmp/want" "$tmp/again"
new_site six
payouts
head -n 5 "$b" >"$tmp/part1.csv"
{ head -n 1 "$b"; tail -n +5 "$b"; } >"$tmp/part2.csv"
reconcile --dates mdy --post-missing "$tmp/part1.csv" "$tmp/part2.csv" "$tmp/part1.csv"
is "two files that overlap, one of them given twice" "$? $(verdict)" "0 CLEAN"
daybook balance --format csv 2>/dev/null >"$tmp/again"
ok "... give the same books" diff "$tmp/want" "$tmp/again"
site_new "$tmp/same_second"
integration_new paypal_ipn live
printf 'account,currency,amount,date\nAssets:PayPal,USD,100.00,2026-01-01\n' >"$tmp/opening100.csv"
"$bin/daybook" opening "$tmp/opening100.csv" >/dev/null
at_eleven() { echo "2026-03-01 11:00:00;Website Payment;Completed;USD;$1;alice@example.net"; }
python3 "$top/tests/standin/activity_rows.py" USD=100.00 "$(at_eleven '30.00;-1.17;1AAAAAAAAAAAAAAA1')" \
    "$(at_eleven '40.00;-1.46;2BBBBBBBBBBBBBBB2')" >"$tmp/same1.csv"
python3 "$top/tests/standin/activity_rows.py" USD=100.00 "$(at_eleven '30.00;-1.17;1AAAAAAAAAAAAAAA1')" \
    "$(at_eleven '40.00;-1.46;2BBBBBBBBBBBBBBB2')" "$(at_eleven '5.00;-0.45;9ZZZZZZZZZZZZZZZ9')" >"$tmp/same2.csv"
reconcile --dates mdy --post-missing "$tmp/same1.csv" "$tmp/same2.csv"
is "two files that both have payments of one second" "$? $(verdict)" "0 CLEAN"
site_new "$tmp/seven"
integration_new paypal_ipn live
printf 'account,currency,amount,date\nAssets:PayPal,USD,1596.15,2024-03-06\n' >"$tmp/opening3.csv"
"$bin/daybook" opening "$tmp/opening3.csv" >/dev/null
reconcile --dates mdy --post-missing "$b"
is "all of it before the opening balance" "$? $(verdict)" "0 CLEAN"
is "... books nothing" "$(daybook payments --format csv | wc -l | tr -d ' ')" 1

# ---- payouts that notifications name by our reference alone ----

site_new "$tmp/by_reference"
integration_new paypal_ipn live
printf 'account,currency,amount,date\nAssets:PayPal,USD,1000.00,2026-01-01\n' >"$tmp/opening1000.csv"
"$bin/daybook" opening "$tmp/opening1000.csv" >/dev/null
for week in 1 8; do	# the same payee, the same amount; one report says who he is, the other does not
	printf 'bob@example.org,10.00,USD,W%s,\n' "$week" >"$tmp/week.csv"
	"$bin/daybook-masspay" register "$tmp/week.csv" --sent "2026-03-0$week" >/dev/null
	make_ipn "$tmp/week.body" masspay "payment_date=10:00:30 Mar 0$week, 2026 PST" "item=bob@example.org,10.00,0.20,Completed,,W$week"
	genuine "paypal_ipn/$ikey" "$tmp/week.body" >/dev/null
	post
	[ "$week" = 1 ] && payee=bob@example.org || payee=
	python3 "$top/tests/standin/activity_rows.py" "USD=$([ "$week" = 1 ] && echo 1000.00 || echo 998.90)" \
	    "2026-03-0$week 01:00:00;Website Payment;Completed;USD;5.00;-0.45;${week}AAAAAAAAAAAAAAA1;alice@example.net" \
	    "2026-03-0$week 18:00:30;Mass Pay Payment;Completed;USD;-10.00;-0.20;${week}MMMMMMMMMMMMMMM1;PAYEE" \
	    "2026-03-0$week 23:00:00;Website Payment;Completed;USD;5.00;-0.45;${week}ZZZZZZZZZZZZZZZ1;alice@example.net" |
	    sed "s/\"PAYEE\",\"billing@example.com\"/\"billing@example.com\",\"$payee\"/" >"$tmp/week.csv"
	reconcile --dates mdy --post-missing "$tmp/week.csv"
	is "week $week: the report's payout is the one we know" "$? $(verdict)" "0 CLEAN"
done
is "... and is booked once" "$(daybook payments --format csv | grep -c ',payout,')" 2

# ---- editions ----

site_new "$tmp/editions"
integration_new paypal_ipn live
reconcile -n "$data/activity/d.csv"
like "German: dates and commas by its language" "$(cat "$tmp/rec.out")" \
    'USD: opening 2500.00 \+ movement -953.20 = closing 1546.80'
reconcile -n "$data/activity/d-windows-1252.csv"
like "German in windows-1252" "$(cat "$tmp/rec.out")" 'USD: opening 2500.00 \+ movement -953.20 = closing 1546.80'
reconcile -n "$data/activity/a.csv"
like "oldest English, unquoted header, decimal comma by content" "$(cat "$tmp/rec.out")" \
    'EUR: opening 300.00 \+ movement 19.11 = closing 319.11'
reconcile -n --dates mdy "$data/activity/c.csv"
like "statement style" "$(cat "$tmp/rec.out")" 'EUR: opening 1058.09 \+ movement -1058.09 = closing 0.00'
printf '%s\r\n' 'Fecha,Hora,Zona horaria,Descripción,Divisa,Bruto,Comisión,Neto,Saldo,Id. de transacción,Correo electrónico del remitente,Nombre' \
    '"4/9/2018","21:15:11","Europe/Madrid","Pago","EUR","1.058,09","-10,00","1.048,09","1.048,09","3MG88942N0662370U","x@example.es","X"' >"$tmp/es.csv"
reconcile -n "$tmp/es.csv"
like "Spanish" "$(cat "$tmp/rec.out")" 'EUR: opening 0.00 \+ movement 1048.09 = closing 1048.09'
printf '%s\n' 'Data, Ora, Fuso orario, Descrizione, Valuta, "Lordo ", "Tariffa ", Netto, Saldo, Codice transazione' \
    '"4/9/2018","21:15:11","Europe/Rome","Pagamento","EUR","1 058,09","0,00","1 058,09","1 058,09","3MG88942N0662370U"' >"$tmp/it.csv"
reconcile -n "$tmp/it.csv"
like "Italian, headings that end in a blank" "$(cat "$tmp/rec.out")" 'EUR: opening 0.00 \+ movement 1058.09'
tr ',' '\t' <"$data/activity/c.csv" | sed 's/-1\t058.09/-1058.09/g' >"$tmp/tab.csv"
reconcile -n --dates mdy "$tmp/tab.csv"
like "TAB" "$(cat "$tmp/rec.out")" 'EUR: opening 1058.09 \+ movement -1058.09 = closing 0.00'
sed 's/-1,058.09/-1,000/g; s/0\.00/0/g' "$data/activity/c.csv" >"$tmp/doubt.csv"
exits "a doubt about decimals" 65 "$bin/daybook-reconcile" -n --dates mdy "$tmp/doubt.csv"
like "... names the option" "$(cat "$tmp/cmd.err")" '--decimal point or --decimal comma'
daybook integration set paypal_ipn report_dates=mdy report_decimal=point >/dev/null
reconcile -n "$b"
is "settings settle it" "$(verdict)" "BREAKS 10"

# ---- errors name the thing ----

exits "no such file" 65 "$bin/daybook-reconcile" "$tmp/nowhere.csv"
like "... named" "$(cat "$tmp/cmd.err")" 'nowhere.csv: No such file'
printf 'a,b,c\n1,2,3\n' >"$tmp/other.csv"
exits "not a report" 65 "$bin/daybook-reconcile" "$tmp/other.csv"
like "... named" "$(cat "$tmp/cmd.err")" 'other.csv: no report format'
sed '3s/"100.00"/"1OO.00"/' "$b" >"$tmp/bad.csv"
exits "an amount that is none" 65 "$bin/daybook-reconcile" "$tmp/bad.csv"
like "... file and line" "$(cat "$tmp/cmd.err")" 'bad.csv:3: '
sed '3s/"PST"/"XST"/' "$b" >"$tmp/bad.csv"
exits "a zone that is none" 65 "$bin/daybook-reconcile" "$tmp/bad.csv"
like "... file and line" "$(cat "$tmp/cmd.err")" 'bad.csv:3: Time Zone: "XST"'
sed 's/billing@example.com/other@example.com/g' "$b" >"$tmp/bad.csv"
exits "another account's report" 65 "$bin/daybook-reconcile" --post-missing "$tmp/bad.csv"
like "... named" "$(cat "$tmp/cmd.err")" 'other@example.com.*another account'
exits "no file at all is wrong usage" 64 "$bin/daybook-reconcile"
mkfifo "$tmp/fifo"
exits "a FIFO is no report" 65 "$bin/daybook-reconcile" "$tmp/fifo"

# ---- rules ----

new_site rules
payouts
python3 - "$DAYBOOK_SITE/daybook.json" <<'END'
import json, sys
p = sys.argv[1]
s = json.load(open(p))
s["rules"] = [{"type": "General Withdrawal*", "account": "Assets:Savings"},
              {"type": "*", "counterparty": "AFFILIATES@example.com", "account": "Income:Other"},
              {"type": "General P*", "account": "Expenses:Carriers"}]
json.dump(s, open(p, "w"))
END
sed 's/"General Withdrawal - Bank Account","Completed","USD","-1,050.00"/&/; $a\
"03/05/2024","01:00:00","PST","Carrier","General Payment","Completed","USD","-96.15","0.00","-96.15","billing@example.com","sales@carrier.example","0GP88942N0662370U","","","","","","","","","","","","","","","","","1,500.00","","","","","","","","","","","Debit"\
"03/05/2024","02:00:00","PST","","General Account Correction","Completed","USD","-0.15","0.00","-0.15","","","0AC88942N0662370U","","","","","","","","","","","","","","","","","1,499.85","","","","","","","","","","","Debit"' "$b" >"$tmp/rules.csv"
reconcile --dates mdy --post-missing "$tmp/rules.csv"
is "rules" "$? $(verdict)" "0 CLEAN"
is "... classify by type and counterparty, the rest is in suspense" \
    "$(daybook balance --format csv | grep 'Savings\|Income:Other\|Carriers\|Suspense')" \
    "Assets:Savings,USD,1050.00
Assets:Suspense:PayPal,USD,0.15
Expenses:Carriers,USD,96.15
Income:Other,USD,-75.00"
python3 - "$DAYBOOK_SITE/daybook.json" <<'END'
import json, sys
p = sys.argv[1]
s = json.load(open(p))
s["rules"] = [{"type": "x", "account": "Nowhere:Else"}]
json.dump(s, open(p, "w"))
END
exits "a rule for an account that can't be" 78 "$bin/daybook-reconcile" --dates mdy "$b"
like "... named" "$(cat "$tmp/cmd.err")" 'rule 1: account: "Nowhere:Else"'

# ---- expected, then overdue ----

if command -v faketime >/dev/null; then
	site_new "$tmp/window"
	integration_new paypal_ipn live
	printf 'account,currency,amount,date\nAssets:PayPal,USD,2500.00,2024-03-04\n' >"$tmp/o.csv"
	faketime '2024-03-05 01:00:00' "$bin/daybook" opening "$tmp/o.csv" >/dev/null
	faketime '2024-03-05 02:00:00' "$bin/daybook-reconcile" --dates mdy "$b" >"$tmp/rec.out"
	is "inside the window: expected" "$? $(verdict)" "1 INCOMPLETE 9"
	first=$(daybook breaks --format csv | awk -F, 'NR > 1 {print $1}' | sort)
	faketime '2024-03-09 02:00:00' "$bin/daybook-reconcile" --dates mdy "$b" >"$tmp/rec.out"
	is "overdue: open" "$? $(verdict)" "1 BREAKS 9"
	is "the same breaks" "$(daybook breaks --format csv | awk -F, 'NR > 1 {print $1}' | sort)" "$first"
	is "first seen on the first day" "$(daybook breaks --format csv | awk -F, 'NR > 1 {print $4}' | sort -u)" 2024-03-05
	is "age in the run's own file" "$(tr -d '\r' <"$(run_dir)/breaks.csv" | awk -F, 'NR > 1 {print $5}' | sort -u)" 4
	verify_clean
fi

# ---- a refund that came before its payment, and a payment the books never saw ----

new_site refunds
payouts
genuine "paypal_ipn/$ikey" "$data/ipn/6.11-refund_partial.body" >/dev/null
post
is "the refund waits" "$(daybook messages --format csv | awk -F, '$3 == "paypal_ipn" {print $4, $5}')" \
    "waiting unknown-parent"
reconcile --dates mdy --post-missing "$b"
is "the report brings its payment" "$? $(verdict)" "0 CLEAN"
is "... and the refund is posted with it" "$(daybook messages --format csv | awk -F, '$3 == "paypal_ipn" {print $4, $5}')" \
    "posted "
grep -v 'Website Payment","Partially' "$b" >"$tmp/orphan.csv"
new_site orphan
reconcile --dates mdy --post-missing "$tmp/orphan.csv"
is "a refund of a payment from before the books is booked all the same" \
    "$(daybook payments --format csv | awk -F, '$4 == "refund" {print $2, $5, $6}')" "2RF60417HA119283K completed C1001"
verify_clean
sed '/Payment Refund/s/alice@example.net/stranger@example.org/' "$tmp/orphan.csv" >"$tmp/stranger.csv"
new_site stranger
reconcile --dates mdy --post-missing "$tmp/stranger.csv"
post
is "one of a payer nobody knows waits for a person" "$(head -n 1 "$tmp/post.out")" "BREAKS 1"
exits "... who can say whose it is" 0 "$bin/daybook" allocate 2RF60417HA119283K C1002
post
is "... and then it is well" "$(head -n 1 "$tmp/post.out") $(daybook balance Liabilities:Unallocated --format csv |
    tail -n 1)" "CLEAN Liabilities:Unallocated,USD,0.00"

# ---- a payout first told without PayPal's id, reported under another address of its payee ----

new_site payout
make_ipn "$tmp/p1" masspay item=fred@example.net,25.99,0.52,Pending,,PO-1
make_ipn "$tmp/p2" masspay payment_status=Completed item=fred@example.net,25.99,0.52,Completed,5W531651W5136225N,PO-1
genuine "paypal_ipn/$ikey" "$tmp/p1" "$tmp/p2" >/dev/null
post
reconcile --dates mdy --post-missing "$b"
is "is not paid twice" "$(daybook balance Liabilities:Payouts --format csv | tail -n 1)" \
    Liabilities:Payouts,USD,35.98
verify_clean
done_testing
