#!/bin/sh
# Every row has a home: by default, by rule, or in suspense; daybook rules test says which before it
# counts, daybook suspense lists what waits, daybook allocate moves it.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

site_new "$tmp/site"
integration_new paypal_ipn live report_dates=ymd
daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
printf 'account,currency,amount,date\nAssets:PayPal,USD,9000.00,2024-03-04\n' >"$tmp/opening.csv"
"$bin/daybook" opening "$tmp/opening.csv" >/dev/null || echo "Bail out! opening"
settings() {	# PYTHON: s is daybook.json
	python3 - "$DAYBOOK_SITE/daybook.json" "$1" <<'END'
import json, sys
s = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(s, open(sys.argv[1], "w"), indent=2)
END
}
reconcile() { "$bin/daybook-reconcile" "$@" >"$tmp/rec.out" 2>"$tmp/rec.err"; }

# Each type of providers/paypal.md 5.8 that moves the balance, with the sign that it usually has
cat >"$tmp/types" <<'END'
-50.00|General Withdrawal
-50.00|General Withdrawal - Bank Account
-50.00|User Initiated Withdrawal
-50.00|General Credit Card Withdrawal
60.00|Bank Deposit to PP Account 
60.00|General Credit Card Deposit
-20.00|Chargeback Fee
-15.00|Dispute Fee
-30.00|Hold on Balance for Dispute Investigation
30.00|Cancellation of Hold for Dispute Resolution
-10.00|Payment Review Hold
10.00|Payment Review Release
-11.00|Payment Hold
11.00|Payment Release
-12.00|Reserve Hold
12.00|Reserve Release
-13.00|Account Hold for Open Authorization
13.00|Reversal of General Account Hold
-14.00|Tax hold
-7.00|General Currency Conversion
7.00|User Initiated Currency Conversion
-9.00|Express Checkout Payment
-8.00|PreApproved Payment Bill User Payment
-0.15|General Account Correction
5.00|General Bonus
-6.00|Non Reference Credit Payment
-40.00|Mass Pay Payment
40.00|Website Payment
-4.00|Payment Refund
-3.00|Payment Reversal
-2.00|Chargeback
2.00|Chargeback Reversal
60.00|Add Funds from a Bank Account
-50.00|Withdraw Funds to a Bank Account
-1.00|Temporary Hold
-2.50|Dispute Charge Of Tomorrow
END
python3 - "$tmp/types" >"$tmp/all.csv" <<'END'
import sys
print("Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,To Email Address,"
      "Transaction ID,Balance,Subject,Transaction Event Code,Balance Impact")
balance = 900000
for n, line in enumerate(open(sys.argv[1])):
    gross, kind = line.rstrip("\n").split("|")
    fee = {"Mass Pay Payment": 80}.get(kind, 0)
    cents = round(float(gross) * 100)
    balance += cents - fee
    a, b = ("billing@example.com", "shop@supplier.example") if cents < 0 else ("alice@example.net", "billing@example.com")
    if kind in ("Payment Refund", "Payment Reversal", "Chargeback"):
        b = "alice@example.net"
    print('"2024/03/05","%02d:%02d:00","UTC","A Name","%s","Completed","USD","%s","%.2f","%.2f","%s","%s","%017d","%d.%02d",'
          '"Subject of row %d","%s","%s"' % (n // 60, n % 60, kind, gross, -fee / 100, (cents - fee) / 100, a, b, n + 1,
          balance // 100, balance % 100, n + 1, "T1900" if "Correction" in kind else "T0114" if "Tomorrow" in kind else "", "Debit" if cents < 0 else "Credit"))
END

# ---- the rules file alone ----

cat >"$tmp/rules.json" <<'END'
[
  {"type": "General Bonus", "account": "Income:Other", "note": "of the provider"},
  {"code": "T19*", "account": "Expenses:Corrections"},
  {"type": "*Payment", "counterparty": "*@supplier.example",
   "account": "Expenses:Purchases"},
  {"subject": "subject of row 11", "account": "Assets:Reserved:Reviews"}
]
END
cat >"$tmp/bad.json" <<'END'
[
  {"type": "General Bonus", "account": "Income"},
  {"acount": "Income:Other",
   "note": 5}
]
END
exits "a sound rules file" 0 "$bin/daybook" rules test "$tmp/rules.json"
like "... says so" "$(cat "$tmp/cmd.out")" '4 rules, each of them sound'
exits "a faulty one" 65 "$bin/daybook" rules test "$tmp/bad.json"
sed "s|$tmp/||" "$tmp/cmd.err" >"$tmp/got"
cat >"$tmp/want" <<'END'
bad.json:2: rule 1: account: "Income" is no account of these books
bad.json:3: rule 2: acount: no such member: type, code, counterparty, subject, account and note are known
bad.json:4: rule 2: note: a text is expected
bad.json:3: rule 2: account: is missing: the account that the row goes to is expected
END
ok "... every fault, with line and member" diff "$tmp/want" "$tmp/got"
printf '[\n{"account": "Assets:PayPal"}]' >"$tmp/own.json"
says "the provider account itself is no home" 65 'own.json:2: rule 1: account: nothing goes to Assets:PayPal' \
    "$bin/daybook" rules test "$tmp/own.json"
printf '[\n{"account": "Income:Other"},]' >"$tmp/no.json"
says "no JSON" 65 'no.json:2: ' "$bin/daybook" rules test "$tmp/no.json"
says "no such file" 65 'none.json' "$bin/daybook" rules test "$tmp/none.json"
says "another word" 64 'rules test FILE' "$bin/daybook" rules check "$tmp/rules.json"

# ---- tried on a report ----

printf '[]' >"$tmp/none.json"
daybook rules test "$tmp/none.json" "$tmp/all.csv" --format csv >"$tmp/homes"
is "each row has a home" "$(awk -F, 'NR > 1 && $11 == ""' "$tmp/homes" | wc -l | tr -d ' ') of $(($(wc -l <"$tmp/homes") - 1))" \
    "0 of $(wc -l <"$tmp/types" | tr -d ' ')"
awk -F, 'NR > 1 {print $11 " " $4}' "$tmp/homes" | sort | uniq -c | sed 's/^ *//' >"$tmp/got"
is "... of its movement" "$(grep -v Suspense "$tmp/got" | tr '\n' ';')" \
    "1 (the payment's owner) payment;1 (the payment's owner) refund;2 (the payment's owner) reversal;1 (the payment's owner) reversal-cancelled;8 Assets:Bank withdrawal;7 Assets:Reserved:PayPal hold;5 Assets:Reserved:PayPal release;2 Equity:Conversion conversion;3 Expenses:Fees:PayPal fee;1 Income:Other other;1 Liabilities:Payouts payout;"
is "... and suspense takes what has no known purpose" "$(grep Suspense "$tmp/got")" "4 Assets:Suspense:PayPal other"
daybook rules test "$tmp/rules.json" "$tmp/all.csv" --format csv >"$tmp/ruled"
awk -F, 'NR > 1 && $10 != "" {print $2, $10, $11, $12}' "$tmp/ruled" >"$tmp/got"
cat >"$tmp/want" <<'END'
12 4 Assets:Reserved:Reviews 
23 3 Expenses:Purchases 
24 3 Expenses:Purchases 
25 2 Expenses:Corrections 
26 1 Income:Other of the provider
27 3 Expenses:Purchases 
END
ok "with rules: which one, and where to" diff "$tmp/want" "$tmp/got"
is "... totals of each account" "$(daybook rules test "$tmp/rules.json" "$tmp/all.csv" --totals --format csv | grep Purchases)" \
    "Expenses:Purchases,USD,3,-23.00"
like "... both as text" "$(daybook rules test "$tmp/rules.json" "$tmp/all.csv" | tail -n 20)" '^Income:Other +USD +1 +5.00$'
is "... and nothing was booked" "$(daybook payments --format csv | wc -l | tr -d ' ')" 1
says "a report that is none" 65 'rules.json: ' "$bin/daybook" rules test "$tmp/rules.json" "$tmp/rules.json"

# ---- what stands in suspense ----

paid_out 2024-03-05 USD shop@supplier.example,40.00
reconcile --post-missing "$tmp/all.csv"
is "every known row is booked" "$? $(head -n 1 "$tmp/rec.out")" "0 CLEAN"
like "... and counted where it waits" "$(cat "$tmp/rec.out")" 'in suspense 4'
daybook suspense --format csv >"$tmp/got"
is "suspense, each with age" "$(awk -F, 'NR > 1 {print $3, $5, $7, $8, $11}' "$tmp/got" | sort)" "other 0.15 0 0-1 Assets:Suspense:PayPal
other 6.00 0 0-1 Assets:Suspense:PayPal
other 8.00 0 0-1 Assets:Suspense:PayPal
other 9.00 0 0-1 Assets:Suspense:PayPal"
is "... adds up to the account" "$(awk -F, 'NR > 1 {s += $5} END {printf "%.2f", s}' "$tmp/got")" \
    "$(daybook balance Assets:Suspense --format csv | awk -F, 'NR == 2 {print $3}')"
like "... and says how it moves" "$(daybook suspense)" 'daybook allocate PAYMENT --account ACCOUNT'
is "later it is older" "$(faketime -f +20d "$bin/daybook" suspense --format csv | awk -F, 'NR == 2 {print $7, $8}')" "20 15-30"
daybook rules test "$tmp/rules.json" --format csv >"$tmp/got"
is "what rules would make of it" "$(awk -F, 'NR > 1 {print $2, $10, $11}' "$tmp/got")" "23 3 Expenses:Purchases
24 3 Expenses:Purchases
25 2 Expenses:Corrections
27 3 Expenses:Purchases"
exits "a person moves one" 0 "$bin/daybook" allocate 00000000000000022 --account Expenses:Refunds
exits "... once" 65 "$bin/daybook" allocate 00000000000000022 --account Income:Other
exits "... another one to a customer" 0 "$bin/daybook" allocate PayPal/00000000000000026 C1001
is "the rest waits" "$(daybook suspense --format csv | awk -F, 'NR > 1 {print $2}' | sort | tr '\n' ' ')" \
    "00000000000000023 00000000000000024 "
is "its balance too" "$(daybook balance Assets:Suspense --format csv | tail -n 1) $(daybook balance Expenses:Refunds --format csv | tail -n 1)" \
    "Assets:Suspense:PayPal,USD,8.15 Expenses:Refunds,USD,9.00"
settings 's["rules"] = [{"type": "*", "account": "Nowhere"}]'
exits "a faulty rule in the settings stops the run" 78 "$bin/daybook-reconcile" "$tmp/all.csv"
settings 's["rules"] = "rules.json"'
cp "$tmp/rules.json" "$DAYBOOK_SITE/rules.json"
reconcile --post-missing "$tmp/all.csv"
is "rules are for what comes, not for what was booked" "$? $(head -n 1 "$tmp/rec.out")" "0 CLEAN"
verify_clean
done_testing
