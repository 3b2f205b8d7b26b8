#!/bin/sh
# Customers: add, set, contact, import, show, list; whose an address is; opening balances.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

customer() { "$bin/daybook" customer "$@"; }

standin_start
site_new "$tmp/site"
integration_new paypal_ipn live
where=paypal_ipn/$ikey

exits "add" 0 customer add C1001 --name Alice --email Alice@Example.net --paypal-email 'A1@Pay.example, a2@pay.example' --payer-id BUYERACCT0001
exits "the same again is nothing new" 0 customer add C1001 --name Alice --email alice@example.net --paypal-email a1@pay.example,a2@pay.example --payer-id buyeracct0001
like "... and says so" "$(cat "$tmp/cmd.out")" 'nothing to change'
says "another under that id" 65 'customer C1001 is there already' customer add C1001 --name Bob
for id in '' -x .x a/b 'a b' "$(printf '%065d' 1)" Zoë; do
	says "id \"$id\"" 65 'id: 1 to 64 letters' customer add --name X -- "$id"
done
exits "the longest id" 0 customer add "$(printf '%064d' 1)" --name X
says "no name" 65 'name: ' customer add C2 --name ''
says "a name of two lines" 65 'name: ' customer add C2 --name "$(printf 'a\nb')"
says "an address that is none" 65 'email: "nobody"' customer add C2 --name X --email nobody
says "a PayPal address that is none" 65 'paypal_email: "a@@b"' customer add C2 --name X --paypal-email a@example.net,a@@b
says "a payer id that is none" 65 'payer_id: ' customer add C2 --name X --payer-id 'A B'
says "set: nobody of that id" 65 'no customer C9' customer set C9 --name X
says "set: what?" 64 'customer set wants' customer set C1001
exits "set" 0 customer set C1001 --name 'Alice B.' --paypal-email a3@pay.example --paypal-email a4@pay.example
says "contact: nobody of that id" 65 'no customer C9' customer contact C9 --name X --email x@example.net
says "contact: an address that is none" 65 'contact_email: "x"' customer contact C1001 --name X --email x
exits "contact" 0 customer contact C1001 --name Bookkeeping --email Books@Example.net
says "show: nobody of that id" 65 'no customer C9' customer show C9
is "show" "$(daybook customer show C1001 --format json | python3 -c '
import json, sys
print(json.dumps(json.load(sys.stdin), sort_keys=True))')" \
    '{"contacts": [{"email": "books@example.net", "name": "Bookkeeping"}], "email": "alice@example.net", "id": "C1001", "name": "Alice B.", "payer_id": "buyeracct0001", "paypal_email": "a3@pay.example,a4@pay.example"}'
like "show, for people" "$(daybook customer show C1001)" 'contact +Bookkeeping <books@example.net>'

# ---- import ----

import() { printf '%b' "$1" >"$tmp/import.csv"; "$bin/daybook" customer import "$tmp/import.csv"; }
bad() { says "import: $1" 65 "import.csv:$2" import "$3"; }
bad "no header" '1: columns id and name' 'C2,Bob\n'
bad "no name column" '1: columns id and name' 'id,email\nC2,x@example.net\n'
bad "a column twice" '1: column email stands twice' 'id,name,email,Email\nC2,X,a@b.c,d@e.f\n'
bad "a field too many" '3: 4 fields, the header has 3' 'id,name,email\nC2,X,a@b.c\nC3,Smith, John,j@b.c\n'
bad "a field missing" '2: 2 fields, the header has 3' 'id,name,email\nC2,X\n'
bad "an id that is none" '3: id: ' 'id,name\nC2,X\nC/3,Y\n'
bad "an empty id" '2: id: ' 'id,name\n,X\n'
bad "an id twice" '4: id: C2 stands twice' 'id,name\nC2,X\nC3,Y\nC2,Z\n'
bad "an empty name" '2: name: ' 'id,name\nC2,\n'
bad "an address that is none" '2: email: "x"' 'id,name,email\nC2,X,x\n'
bad "a PayPal address that is none" '3: paypal_email: "y"' 'id,name,paypal_email\nC2,X,\nC3,Y,y\n'
bad "a contact without an address" '2: contact_email: ' 'id,name,contact_name,contact_email\nC2,X,Bob,\n'
bad "a contact without a name" '2: contact_name: ' 'id,name,contact_name,contact_email\nC2,X,,b@example.net\n'
bad "bytes that are no text" '2: name: UTF-8' 'id,name\nC2,J\0366rg\n'
bad "a NUL" '2: name: holds a NUL' 'id,name\nC2,J\0000rg\n'
bad "a quote that does not end" '[0-9]+: ' 'id,name\nC2,"X\n'
says "import: empty" 65 'import.csv: no customers' import ''
says "import: a header alone" 65 'import.csv: no customers' import 'id,name\n'
says "import: no such file" 65 'nofile.csv: No such file' customer import "$tmp/nofile.csv"
says "import: one of them is there already, with other data" 65 'customer C1001 is there already' import 'id,name\nC2,X\nC1001,Y\n'
is "... and none of all these" "$(daybook customer list --format csv | wc -l | tr -d ' ')" 3
says "import: a column nobody knows is named" 0 'import.csv:1: column "Phone" is not used' \
    import '\0357\0273\0277ID,Name,Paypal-Email,Phone,contact_name,contact_email\r\nC1002,"Smith, ""J""","s1@example.net, S2@example.net",1,Jo,JO@example.net\r\n\r\nC1003,=cmd(),,2,,\r\n'
exits "import again changes nothing" 0 customer import "$tmp/import.csv"
like "... and says so" "$(cat "$tmp/cmd.out")" 'nothing to change'
is "list" "$(daybook customer list --format csv | tail -n 2)" \
    'C1002,"Smith, ""J""",,"s1@example.net,s2@example.net",,1
C1003,"'"'"'=cmd()",,,,0'
awk 'BEGIN {print "id,name"; for (i = 0; i < 60000; i++) printf "X%05d,%s\n", i, "A rather long name of some customer"}' >"$tmp/huge.csv"
says "import: more than goes at a time" 65 'split the file' customer import "$tmp/huge.csv"
head -n 12001 "$tmp/huge.csv" >"$tmp/large.csv"
exits "twelve thousand at once" 0 customer import "$tmp/large.csv"
is "... are there" "$(daybook customer list --format csv | wc -l | tr -d ' ')" 12005

# ---- whose money ----

n=0
pays() {	# NAME WANT FIELD...: WANT is "reason customer"
	pname=$1 pwant=$2
	shift 2
	n=$((n + 1))
	make_ipn "$tmp/pay" payment "txn_id=OWNER$n" mc_gross=1.00 mc_fee=0.00 payer_id=NOBODY1 payer_email=nobody@example.net "$@"
	genuine "$where" "$tmp/pay" >/dev/null
	post
	is "$pname" "$(daybook messages --format csv | awk -F, -v p="OWNER$n" '$6 == p {print $4, $5}')|$(daybook payments \
	    --format csv | awk -F, -v p="OWNER$n" '$2 == p {print $6}')" "$pwant"
}
pays "nobody's" "posted payer-unknown|"
pays "by PayPal address, whatever its case" "posted |C1001" payer_email=A3@PAY.example
pays "by an address that was replaced" "posted payer-unknown|" payer_email=a1@pay.example
pays "by e-mail address" "posted |C1001" payer_email=alice@example.net
pays "by a contact's address" "posted |C1002" payer_email=jo@Example.NET
pays "by payer id" "posted |C1001" payer_id=BUYERACCT0001
pays "id and address agree" "posted |C1001" payer_id=BUYERACCT0001 payer_email=a4@pay.example
pays "id and address of two" "posted payer-ambiguous|" payer_id=BUYERACCT0001 payer_email=jo@example.net
ok "a second one claims an address" customer set C1003 --paypal-email jo@example.net
pays "... which is nobody's then" "posted payer-ambiguous|" payer_email=jo@example.net
pays "... but the id still decides" "posted |C1001" payer_id=BUYERACCT0001 payer_email=jo@example.net
ok "he lets go of it" customer set C1003 --paypal-email ''
pays "... and it is the first one's again" "posted |C1002" payer_email=jo@example.net
pays "a custom field is no proof" "posted payer-unknown|" custom=C1001 invoice=C1001
is "what is nobody's waits in Unallocated" "$(daybook balance Liabilities:Unallocated --format csv | tail -n 1)" Liabilities:Unallocated,USD,-5.00
verify_clean

# ---- opening ----

opening() { printf '%b' "$1" >"$tmp/opening.csv"; "$bin/daybook" opening "$tmp/opening.csv"; }
bado() { says "opening: $1" 65 "opening.csv:$2" opening "$3"; }
h='account,currency,amount,date\n'
bado "no header" '1: no column account' 'Assets:PayPal,USD,1.00,2026-01-01\n'
bado "an account that is none" '2: account: "Wallet"' "${h}Wallet,USD,1.00,2026-01-01\\n"
bado "a currency that is none" '3: currency: "XXQ"' "${h}Assets:PayPal,USD,1.00,2026-01-01\\nAssets:Bank,XXQ,1.00,2026-01-01\\n"
for a in 1,00 1.001 1e3 '' x 99999999999999999999; do
	bado "amount \"$a\"" '2: ' "${h}Assets:PayPal,USD,\"$a\",2026-01-01\\n"
done
bado "yen with decimals" '2: ' "${h}Assets:PayPal,JPY,1.50,2026-01-01\\n"
bado "a day that is none" '2: date: ' "${h}Assets:PayPal,USD,1.00,2026-02-30\\n"
bado "two days" '3: date: ' "${h}Assets:PayPal,USD,1.00,2026-01-01\\nAssets:Bank,USD,1.00,2026-01-02\\n"
says "opening: Assets:PayPal, in other letters" 65 'Assets:paypal: the provider account is called PayPal' opening "${h}Assets:paypal,USD,1.00,2026-01-01\\n"
says "opening: a day to come" 65 'opening: 2100-01-01 has not come yet' opening "${h}Assets:PayPal,USD,1.00,2100-01-01\\n"
says "opening: nothing in it" 65 'opening.csv: no balances' opening "$h"
says "opening: a customer nobody knows" 65 'no customer C9' opening "${h}Assets:PayPal,USD,1.00,2026-01-01\\nLiabilities:Customers:C9,USD,-1.00,2026-01-01\\n"
is "nothing of it is booked" "$(daybook balance Equity --format csv | wc -l | tr -d ' ')" 1
exits "opening" 0 opening "${h}Assets:PayPal,USD,100.00,2026-01-01\\nLiabilities:Customers:C1002,USD,-30.00,2026-01-01\\nAssets:PayPal,JPY,500,2026-01-01\\n"
is "... against Equity:Opening" "$(daybook balance --format csv | grep 'Opening\|JPY\|C1002')" "Assets:PayPal,JPY,500
Equity:Opening,JPY,-500
Equity:Opening,USD,-70.00
Liabilities:Customers:C1002,USD,-32.00"
says "opening: once" 65 'booked before' opening "${h}Assets:PayPal,USD,1.00,2026-01-01\\n"
exits "... the test book has its own" 0 "$bin/daybook" -b test opening "$tmp/opening.csv"
verify_clean
done_testing
