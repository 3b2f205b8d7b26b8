#!/bin/sh
# daybook-fetch over REST and NVP: windows that never truncate, pages, late and double data, answers that
# are none, the edge, credentials, secrets that stay secret, kills; fetched days reconcile to CLEAN, and
# what no notification told is learned by asking.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
command -v faketime >/dev/null || skip_all "faketime is not here"
day=2026-11-20

python3 "$top/tests/standin/paypal_api.py" serve --port-file "$tmp/api.port" &
reap $!
wait_for 10 test -s "$tmp/api.port" || { echo "Bail out! no stand-in"; exit 1; }
api=http://127.0.0.1:$(cat "$tmp/api.port")
standin_start

tell() { curl -sf -H 'Content-Type: application/json' --data-binary "$2" "$api/_/$1"; }
log() { curl -sf "$api/_/log"; }
log_since() { log | tail -n "+$(($1 + 1))"; }
lines() { log | wc -l | tr -d ' '; }
at() {	# TIME COMMAND...: by that clock, which NVP's answers then show, too
	when=$1
	shift
	tell set "{\"now\": \"$(echo "$when" | tr ' ' T)Z\"}"
	TZ=UTC faketime -f "$when" "$@"
}
fetch() { at "$1" "$bin/daybook-fetch" >"$tmp/f.out" 2>"$tmp/f.err"; }
verdict() { head -n 1 "$tmp/$1.out"; }
incoming() { echo "$DAYBOOK_SITE/books/live/reports/incoming/paypal_checkout"; }
newest() { find "$(incoming)" -name '*.search' | sort | tail -n 1; }
ids() { sed -n 's/.*"transaction_id":"\([^"]*\)".*/\1/p; s/.*"L_TRANSACTIONID":"\([^"]*\)".*/\1/p' "$1"; }
rows() { ids "$1" | wc -l | tr -d ' '; }
head_of() { head -n 1 "$1" | sed "s/.*\"$2\":\"\([^\"]*\)\".*/\1/"; }
closing() { sed -n 's/^{"balance":"closing","currency":"USD","available":"\([^"]*\)".*/\1/p' "$1"; }
printf 'client-s3cret\n' >"$tmp/client"
printf 'api-pw-s3cret\n' >"$tmp/pw"
printf 'api-sig-s3cret\n' >"$tmp/sig"
rest() {	# NAME: a new site asked over REST
	site_new "$tmp/$1"
	"$bin/daybook" integration add paypal-checkout --mode live receiver=billing@example.com,MERCHANTID123 \
	    "endpoint=$api" client_id=client-id client_secret=@"$tmp/client" >/dev/null 2>"$tmp/add.err" ||
	    { echo "Bail out! $(cat "$tmp/add.err")"; exit 1; }
}
nvp() {
	site_new "$tmp/$1"
	"$bin/daybook" integration add paypal-checkout --mode live receiver=billing@example.com,MERCHANTID123 \
	    "endpoint=$api" username=api-user password=@"$tmp/pw" signature=@"$tmp/sig" >/dev/null 2>"$tmp/add.err" ||
	    { echo "Bail out! $(cat "$tmp/add.err")"; exit 1; }
}
defaults() {
	tell fault ''
	tell set '{"opening": {"USD": "100.00"}, "refreshed": "2100-01-01T00:00:00Z", "account": "MERCHANTID123",
	    "large": 10000, "page": 500, "nvp": 100, "uses": 0, "by": "time"}'
}
# day_rows DAY N: that many payments of 10.00, fee 0.59, over the day; ids by day
day_rows() {
	python3 - "$1" "$2" <<'PY'
import json, sys
day, n = sys.argv[1], int(sys.argv[2])
d = day.replace("-", "")
print(json.dumps([{"id": f"{d}{i:05}PAY{'X'}", "time": f"{day}T{i * 86000 // n // 3600:02}:{i * 86000 // n % 3600 // 60:02}:{i * 86000 // n % 60:02}Z",
                   "amount": "10.00", "fee": "-0.59"} for i in range(n)]))
PY
}

# ---- settings ----

site_new "$tmp/settings"
add() { "$bin/daybook" integration add paypal-checkout --mode live "$@"; }
says "no credentials" 65 'credentials of NVP .*REST .*sftp_user' add receiver=billing@example.com
says "half of NVP" 65 'username: signature is missing' add username=u password=@"$tmp/pw"
says "half of REST" 65 'client_id: client_secret is missing' add client_id=c
says "SFTP without the host's key" 65 'sftp_host_key is missing' add sftp_user=u sftp_password=@"$tmp/pw"
says "SFTP without key or password" 65 'sftp_key_file or sftp_password' add sftp_user=u \
    sftp_host_key=SHA256:uNiVztksCsDhcc0u9e8BrrJXVGDpqOtdxcPmiyFbZdM
says "a fingerprint that is none" 65 'sftp_host_key: fingerprints' add sftp_user=u sftp_host_key=MD5:00:11 sftp_password=@"$tmp/pw"
says "a secret on the command line" 65 'password: a secret does not go on the command line' add username=u password=x signature=@"$tmp/sig"
printf 'two words\n' >"$tmp/bad"
says "a secret that can't be one" 65 'password: not what it can be' add username=u password=@"$tmp/bad" signature=@"$tmp/sig"
not_ok "... and it is not shown" grep -q 'two words' "$tmp/cmd.err"
says "another account's receiver" 65 'claims one of these' sh -c "'$bin/daybook' integration add paypal-ipn --mode live receiver=MERCHANTID9 account=Other >/dev/null &&
    '$bin/daybook' integration add paypal-checkout --mode live receiver=MERCHANTID9 client_id=c client_secret=@'$tmp/client'"
is "nothing of this left a secret" "$(ls -A "$DAYBOOK_SITE/secrets")" ""
exits "REST and NVP" 0 add receiver=MERCHANTID123 client_id=client-id client_secret=@"$tmp/client" username=api-user \
    password=@"$tmp/pw" signature=@"$tmp/sig"
is "secrets: for the batch user alone" "$(stat -c '%a %n' "$DAYBOOK_SITE"/secrets/* | sed 's|/.*/||')" "600 paypal_checkout.json"
like "show masks them" "$(daybook integration show paypal_checkout)" 'client_secret \*+'
not_ok "... all" sh -c "'$bin/daybook' integration show paypal_checkout --format json | grep s3cret"
is "they are in no journal, evidence or settings" "$(grep -rl s3cret "$DAYBOOK_SITE" | sed 's|.*/site||; s|.*settings/||')" secrets/paypal_checkout.json
ok "set clears one source" "$bin/daybook" integration set paypal_checkout username= password= signature=
not_ok "... and its secrets" grep -q api- "$DAYBOOK_SITE/secrets/paypal_checkout.json"
says "clearing what is needed is refused" 65 'client_secret is missing' "$bin/daybook" integration set paypal_checkout client_secret=
ok "... and nothing is lost" grep -q client-s3cret "$DAYBOOK_SITE/secrets/paypal_checkout.json"
ok "remove" "$bin/daybook" integration remove paypal_checkout
is "... takes the secrets along" "$(ls -A "$DAYBOOK_SITE/secrets")" ""
exits "nothing to fetch from is CLEAN, for every night is such until there are credentials" 0 "$bin/daybook-fetch"
like "... and says so" "$(cat "$tmp/cmd.out")" 'nothing to fetch from in live mode'
says "... but of an account that was asked for" 78 'nothing to fetch from in live mode for account Stripe' "$bin/daybook-fetch" --account Stripe
is "... first line FAILED" "$(head -n 1 "$tmp/cmd.out")" FAILED
exits "--from is a day" 64 "$bin/daybook-fetch" --from yesterday
exits "--to is not before it" 64 "$bin/daybook-fetch" --from 2026-11-02 --to 2026-11-01
verify_clean

# ---- windows and pages ----

defaults
day_rows $day 60 >"$tmp/rows"
tell rows "@$tmp/rows"
rest pages
tell set '{"page": 25}'
fetch '2026-11-21 04:00:00'
is "a day of three pages" "$(verdict f) $(rows "$(newest)")" "CLEAN 60"
is "... closing = opening + rows" "$(closing "$(newest)")" 664.60
is "... up to three hours ago" "$(head_of "$(newest)" to)" 2026-11-21T01:00:00Z
like "... named on standard output" "$(cat "$tmp/f.out")" 'file books/live/reports/incoming/paypal_checkout/PayPal-20261120T000000Z-20261121T010000Z.search: 60 rows'
is "... and quiet" "$(cat "$tmp/f.err")" ""
n=$(lines)
fetch '2026-11-21 04:00:10'
is "the next run goes on one second later" "$(head_of "$(newest)" from) $(head_of "$(newest)" to) $(rows "$(newest)")" \
    "2026-11-21T01:00:01Z 2026-11-21T01:00:10Z 0"
n=$(lines)
fetch '2026-11-21 04:00:10'
is "a run with nothing new asks nothing" "$(verdict f) $(log_since "$n" | wc -l | tr -d ' ')" "CLEAN 0"
tell set '{"large": 20}'
at '2026-11-22 12:00:00' "$bin/daybook-fetch" --from $day --to $day >"$tmp/f.out"
is "too many for one window: halved, none lost, none twice" "$(rows "$(incoming)/PayPal-20261120T000000Z-20261120T235959Z.search") $(ids "$(incoming)/PayPal-20261120T000000Z-20261120T235959Z.search" | sort -u | wc -l)" "60 60"
is "a look back does not move the edge" "$(sed -n 's/.*"edge": "\(.*\)".*/\1/p' "$(incoming)/state.json")" 2026-11-21T01:00:10Z
tell set '{"large": 0}'
exits "too many in one second" 65 faketime -f '2026-11-22 12:00:00' "$bin/daybook-fetch" --from $day --to $day
like "... is said" "$(cat "$tmp/cmd.err")" 'more than 10,000 transactions in one second'
defaults
n=$(lines)
at '2027-02-10 12:00:00' "$bin/daybook-fetch" --from 2026-11-01 --to 2027-01-31 >"$tmp/f.out"
is "a long time: files of at most 31 days" "$(grep -c '^file' "$tmp/f.out")" 3
is "... and no window above it" "$(log_since "$n" | grep -c INVALID)" 0
like "... 31 days less a second" "$(cat "$tmp/f.out")" 'from 2026-11-01T00:00:00Z to 2026-12-01T23:59:59Z'

# ---- the edge ----

rest edge
tell set '{"refreshed": "2026-11-20T18:30:00Z"}'
fetch '2026-11-21 04:00:00'
is "PayPal has data up to its own edge only" "$(verdict f) $(head_of "$(newest)" to)" "CLEAN 2026-11-20T18:30:00Z"
first=$(rows "$(newest)")
tell set '{"refreshed": "2026-11-21T03:00:00Z"}'
fetch '2026-11-21 06:00:00'
is "late data come with the next file, once" "$(($(rows "$(newest)") + first)) $(find "$(incoming)" -name '*.search' -exec cat {} + |
    sed -n 's/.*"transaction_id":"\([^"]*\)".*/\1/p' | sort -u | wc -l)" "60 60"
tell set '{"refreshed": "2026-11-21T03:00:00Z"}'
n=$(find "$(incoming)" -name '*.search' | wc -l)
fetch '2026-11-22 06:00:00'
is "nothing newer there: no file" "$(verdict f) $(find "$(incoming)" -name '*.search' | wc -l)" "CLEAN $n"

# ---- answers that are none ----

rest faults
for fault in 429 503 html cut short close 401 "grow ok grow"; do
	defaults
	rm -rf "$(incoming)"
	tell rows "@$tmp/rows"
	tell set '{"page": 25}'
	tell fault "ok $fault"
	fetch '2026-11-21 04:00:00'
	got=$(rows "$(newest)")
	is "an answer that is none ($fault) is asked for again" "$(verdict f) $(closing "$(newest)")" \
	    "CLEAN $(echo "$got" | awk '{printf "%.2f", 100 + 9.41 * $1}')"
done
is "what came in between pages is not missed" "$got" 62
defaults
tell rows "@$tmp/rows"
rm -rf "$(incoming)"
tell fault '503 503 503 503'
fetch '2026-11-21 04:00:00'
is "four times none: another time" "$? $(verdict f)" "1 INCOMPLETE 1"
like "... says why" "$(cat "$tmp/f.err")" '/v1/reporting/transactions: HTTP 503'
is "... and nothing is known" "$(find "$(incoming)" -name '*.search' | wc -l)" 0
tell fault later
fetch '2026-11-21 04:00:00'
is "told to come in two hours: another time, at once" "$? $(verdict f)" "1 INCOMPLETE 1"
tell fault 403
fetch '2026-11-21 04:00:00'
is "no right to search" "$? $(verdict f)" "78 FAILED"
like "... says what the app needs" "$(cat "$tmp/f.err")" 'HTTP 403 NOT_AUTHORIZED.*Transaction Search'
tell set '{"uses": 1}'
tell fault ''
fetch '2026-11-21 04:00:00'
is "a token that runs out is made anew" "$(verdict f) $(rows "$(newest)")" "CLEAN 60"
rm -rf "$(incoming)"
defaults
tell set '{"account": "SOMEBODYELSE1"}'
fetch '2026-11-21 04:00:00'
is "credentials of another account" "$? $(verdict f)" "78 FAILED"
like "... named" "$(cat "$tmp/f.err")" 'account SOMEBODYELSE1, which the setting receiver does not name'
defaults
printf 'wrong-s3cret\n' >"$tmp/wrong"
"$bin/daybook" integration set paypal_checkout client_secret=@"$tmp/wrong" >/dev/null
fetch '2026-11-21 04:00:00'
is "wrong credentials" "$? $(verdict f)" "78 FAILED"
like "... named" "$(cat "$tmp/f.err")" 'no token: HTTP 401 invalid_client'
"$bin/daybook" integration set paypal_checkout client_secret=@"$tmp/client" >/dev/null
like "doubles are told apart by id, code and effect" "$(python3 - "$tmp/rows" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1]))[:2]
rows.append(dict(rows[0]))                                       # the same again
rows.append(dict(rows[0], code="T0106", amount="-1.00", fee=""))  # the same id, another thing
rows.append(dict(rows[1], code="T1300"))                         # moves nothing
print(json.dumps(rows))
PY
)" T0106 && tell rows "$(python3 -c "
import json
rows = json.load(open('$tmp/rows'))[:2]
print(json.dumps(rows + [rows[0], dict(rows[0], code='T0106', amount='-1.00', fee=''), dict(rows[1], code='T1300')]))")"
rm -rf "$(incoming)"
fetch '2026-11-21 04:00:00'
is "... three rows of two ids" "$(verdict f) $(rows "$(newest)") $(ids "$(newest)" | sort -u | wc -l)" "CLEAN 3 2"

# ---- killed anywhere, and run again ----

tell rows "@$tmp/rows"
rest killed
for at in openat:when=40 fsync:when=1 renameat:when=1 fsync:when=2 fsync:when=3 renameat:when=2; do
	rm -rf "$(incoming)"
	( tell set '{"now": ""}'
	strace -f -o /dev/null -e "inject=${at%:*}:signal=KILL:${at#*:}" faketime -f '2026-11-21 04:00:00' "$bin/daybook-fetch" ) >/dev/null 2>&1
	fetch '2026-11-21 04:00:00'
	is "killed at $at, then again" "$(verdict f) $(find "$(incoming)" -type f ! -name state.json | wc -l) $(rows "$(newest)")" "CLEAN 1 60"
done
exits "a poll while another run is at it" 75 flock "$DAYBOOK_SITE/books/live/reports/incoming/.lock" "$bin/daybook-fetch" --poll

# ---- NVP ----

defaults
tell rows "@$tmp/rows"
nvp nvp
tell set '{"nvp": 7}'
fetch '2026-11-21 04:00:00'
is "NVP: a search that is cut is halved" "$(verdict f) $(rows "$(newest)") $(ids "$(newest)" | sort -u | wc -l)" "CLEAN 60 60"
is "... the balance of now, less what moved since" "$(closing "$(newest)")" 664.60
defaults
python3 - "$tmp/rows" >"$tmp/more" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1]))
rows.append({"id": "20261121REFUND001", "code": "T1107", "time": "2026-11-21T03:30:00Z", "amount": "-10.00",
             "fee": "0.29", "reference": rows[0]["id"]})
print(json.dumps(rows))
PY
tell rows "@$tmp/more"
rm -rf "$(incoming)"
fetch '2026-11-21 04:00:00'
is "... also where something moved in the last three hours" "$(rows "$(newest)") $(closing "$(newest)")" "60 664.60"
fetch '2026-11-21 08:00:00'
is "... which then is in the next file, with its parent" "$(rows "$(newest)") $(closing "$(newest)") $(sed -n \
    's/.*"PARENTTRANSACTIONID":"\([^"]*\)".*/\1/p' "$(newest)")" "1 654.89 2026112000000PAYX"
tell fault busy
rm -rf "$(incoming)"
fetch '2026-11-21 08:00:00'
is "error 10001 is asked again" "$(verdict f)" CLEAN
printf 'wrong-s3cret\n' >"$tmp/wrong"
"$bin/daybook" integration set paypal_checkout password=@"$tmp/wrong" >/dev/null
fetch '2026-11-21 12:00:00'
is "wrong credentials" "$? $(verdict f)" "78 FAILED"
like "... named" "$(cat "$tmp/f.err")" 'error 10002'

# ---- a day's notifications and the fetched day tie ----

defaults
for how in rest nvp; do
	$how "day.$how"
	integration_new paypal_ipn live
	daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
	printf 'account,currency,amount,date\nAssets:PayPal,USD,100.00,%s\n' $day >"$tmp/opening.csv"
	at '2026-11-20 01:00:00' "$bin/daybook" opening "$tmp/opening.csv" >/dev/null
	make_ipn "$tmp/m1" payment txn_id=7AB19283CD465019E mc_gross=20.00 mc_fee=0.98 'payment_date=02:00:00 Nov 20, 2026 PST'
	make_ipn "$tmp/m2" payment txn_id=9CA40516PD716059R mc_gross=50.00 mc_fee=2.00 'payment_date=04:00:00 Nov 20, 2026 PST'
	make_ipn "$tmp/m3" refund txn_id=2RF60417HA119283K parent_txn_id=7AB19283CD465019E mc_gross=-20.00 mc_fee=-0.68 \
	    'payment_date=06:00:00 Nov 20, 2026 PST'
	cat >"$tmp/day" <<'END2'
[{"id": "7AB19283CD465019E", "time": "2026-11-20T10:00:00Z", "amount": "20.00", "fee": "-0.98", "status": "V"},
 {"id": "9CA40516PD716059R", "time": "2026-11-20T12:00:00Z", "amount": "50.00", "fee": "-2.00"},
 {"id": "2RF60417HA119283K", "code": "T1107", "time": "2026-11-20T14:00:00Z", "amount": "-20.00", "fee": "0.68",
  "reference": "7AB19283CD465019E"},
 {"id": "3MG88942N0662370U", "code": "T0400", "time": "2026-11-20T16:00:00Z", "amount": "-30.00"},
 {"id": "4EC38271NB605948Q", "time": "2026-11-20T17:00:00Z", "amount": "5.00", "status": "P"}]
END2
	tell rows "@$tmp/day"
	# m2 never comes
	for m in m1 m3; do genuine "paypal_ipn/$ikey" "$tmp/$m" >/dev/null; done
	at '2026-11-20 15:00:00' "$bin/daybook-post" >"$tmp/post.out" 2>&1
	fetch '2026-11-21 04:00:00'
	is "$how: the day is fetched" "$(verdict f) $(closing "$(newest)")" "CLEAN 117.70"
	at '2026-11-21 04:01:00' "$bin/daybook-reconcile" -n --fetched >"$tmp/r.out" 2>"$tmp/r.err"
	is "... what is missing is found" "$? $(verdict r)" "1 INCOMPLETE 2"
	at '2026-11-21 04:02:00' "$bin/daybook-reconcile" --post-missing --fetched >"$tmp/r.out" 2>"$tmp/r.err"
	is "... booked, and the day ties" "$? $(verdict r)" "0 CLEAN"
	like "... to the last cent" "$(cat "$tmp/r.out")" 'USD: opening 100.00 \+ movement 17.70 = closing 117.70; books 117.70; unexplained 0.00'
	is "... the balance" "$(daybook balance Assets:PayPal --format csv | tail -n 1)" Assets:PayPal,USD,117.70
	at '2026-11-21 04:03:00' "$bin/daybook-reconcile" --fetched >"$tmp/r.out"
	is "... and is not read again" "$? $(verdict r) $(tail -n 1 "$tmp/r.out")" "0 CLEAN nothing was fetched that is not reconciled already"
	genuine "paypal_ipn/$ikey" "$tmp/m2" >/dev/null
	at '2026-11-21 05:00:00' "$bin/daybook-post" >/dev/null 2>&1
	is "... the late notification is a duplicate" "$(daybook messages --format csv | awk -F, '$3 == "paypal_ipn" {print $4}' | sort | uniq -c |
	    sed 's/^ *//')" "1 duplicate
2 posted"
	# the pending one clears on the next day, by its id: the search goes by the day it was begun
	sed -i 's/"5.00", "status": "P"/"5.00", "fee": "-0.47", "moved": "2026-11-21T09:00:00Z"/' "$tmp/day"
	tell rows "@$tmp/day"
	fetch '2026-11-22 04:00:00'
	is "$how: a pending one that cleared since is in the next file" "$(rows "$(newest)") $(closing "$(newest)")" "$(
	    [ $how = rest ] && echo 1 || echo 0) 122.23"
	ok "... indeed" grep -q 4EC38271NB605948Q "$(newest)"
	at '2026-11-22 04:01:00' "$bin/daybook-reconcile" --post-missing --fetched >"$tmp/r.out" 2>"$tmp/r.err"
	is "... and ties" "$? $(verdict r)" "0 CLEAN"
	like "... where the last one ended" "$(cat "$tmp/r.out")" 'USD: opening 117.70 \+ movement 4.53 = closing 122.23; books 122.23; unexplained 0.00'
	verify_clean
done

# should a search go by the day a row was changed, what was told before is not told again
defaults
rest updated
tell rows '[{"id": "7AB19283CD465019E", "time": "2026-11-20T10:00:00Z", "amount": "20.00", "fee": "-0.98"},
    {"id": "4EC38271NB605948Q", "time": "2026-11-20T11:00:00Z", "amount": "5.00", "status": "P"}]'
tell set '{"by": "updated"}'
fetch '2026-11-21 04:00:00'
tell rows '[{"id": "7AB19283CD465019E", "time": "2026-11-20T10:00:00Z", "amount": "20.00", "fee": "-0.98", "status": "V", "updated": "2026-11-21T12:00:00Z"},
    {"id": "4EC38271NB605948Q", "time": "2026-11-20T11:00:00Z", "amount": "5.00", "fee": "-0.47", "moved": "2026-11-21T09:00:00Z"},
    {"id": "2RF60417HA119283K", "code": "T1107", "time": "2026-11-21T12:00:00Z", "amount": "-20.00", "fee": "0.68", "reference": "7AB19283CD465019E"}]'
fetch '2026-11-22 04:00:00'
is "a refund's payment of another day is not told again, one that cleared is, once" "$(verdict f) $(ids "$(newest)" | sort | tr '\n' ' ')" \
    "CLEAN 2RF60417HA119283K 4EC38271NB605948Q "
defaults

# ---- payments whose outcome is unknown ----

for how in rest nvp; do
	defaults
	tell rows '[]'
	$how "poll.$how"
	integration_new paypal_ipn live
	daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
	make_ipn "$tmp/p1" pending txn_id=4EC38271NB605948Q mc_gross=50.00 'payment_date=02:00:00 Nov 20, 2026 PST'
	make_ipn "$tmp/p2" refund txn_id=5RF71528JB220394L parent_txn_id=1PA84950TH150493V mc_gross=-4.00 mc_fee=-0.12 \
	    'payment_date=02:00:00 Nov 20, 2026 PST'
	genuine "paypal_ipn/$ikey" "$tmp/p1" "$tmp/p2" >/dev/null
	at '2026-11-20 11:00:00' "$bin/daybook-post" >/dev/null 2>&1
	poll() { n=$(lines); at "$1" "$bin/daybook-fetch" --poll >"$tmp/f.out" 2>"$tmp/f.err"; }
	about() { log_since "$n" | grep -c "$1"; }
	poll '2026-11-20 11:04:00'
	is "$how: not in the first five minutes" "$(verdict f) $(about 4EC38271NB605948Q)" "CLEAN 0"
	poll '2026-11-20 11:06:00'
	is "... after them" "$(about 4EC38271NB605948Q)" 1
	poll '2026-11-20 11:30:00'
	is "... not again within the hour" "$(about 4EC38271NB605948Q)" 0
	poll '2026-11-20 12:01:00'
	is "... after an hour" "$(about 4EC38271NB605948Q)" 1
	poll '2026-11-21 11:59:00'
	is "... then a day later" "$(about 4EC38271NB605948Q)" 0
	tell rows '[{"id": "4EC38271NB605948Q", "time": "2026-11-20T10:00:00Z", "amount": "50.00", "fee": "-2.00",
	    "moved": "2026-11-21T10:00:00Z"},
	    {"id": "1PA84950TH150493V", "time": "2026-11-12T10:00:00Z", "amount": "4.00", "fee": "-0.42"},
	    {"id": "6XX11111AA222222B", "time": "2026-11-21T08:00:00Z", "amount": "7.00", "fee": "-0.54"}]'
	poll '2026-11-21 12:02:00'
	like "... and what is learned" "$(cat "$tmp/f.out")" 'learned 4EC38271NB605948Q 50.00 USD: completed'
	like "... the payment a refund waits for, too" "$(cat "$tmp/f.out")" 'learned 1PA84950TH150493V 4.00 USD: completed'
	is "... is booked, the refund with it" "$(daybook payments --format csv | awk -F, 'NR > 1 {print $2, $5, $6}' | sort)" \
	    "1PA84950TH150493V refunded C1001
4EC38271NB605948Q completed C1001
5RF71528JB220394L completed C1001"
	is "... to the cent" "$(daybook balance --format csv | grep -v '^account')" "Assets:PayPal,USD,47.70
Expenses:Fees:PayPal,USD,2.30
Liabilities:Customers:C1001,USD,-50.00"
	sha=$(daybook export --to csv | sed -n 's/.*line 1 of report \([0-9a-f]*\).*/\1/p' | sort -u | head -n 1)
	is "... with PayPal's answer as proof" "$(sha256sum <"$DAYBOOK_SITE/books/live/reports/$sha.json" | cut -d ' ' -f 1)" "$sha"
	make_ipn "$tmp/p3" payment txn_id=4EC38271NB605948Q mc_gross=50.00 mc_fee=2.00 'payment_date=02:00:00 Nov 20, 2026 PST'
	genuine "paypal_ipn/$ikey" "$tmp/p3" >/dev/null
	at '2026-11-21 13:00:00' "$bin/daybook-post" >/dev/null 2>&1
	is "... the notification that comes after it is a duplicate" "$(daybook messages --format csv | awk -F, '{print $4}' | grep -c duplicate)" 1
	# one whose notification can't be confirmed
	standin_mode down >/dev/null
	make_ipn "$tmp/p4" payment txn_id=6XX11111AA222222B mc_gross=7.00 mc_fee=0.54 'payment_date=00:00:00 Nov 21, 2026 PST'
	remember "$tmp/p4"
	ipn "paypal_ipn/$ikey" "$tmp/p4" >/dev/null
	in=$DAYBOOK_SITE/spool/in/new/$(ls "$DAYBOOK_SITE/spool/in/new")
	if [ "$(date +%s)" -gt "$(date -d "$day" +%s)" ]; then
		poll "$(date -u -d '+6 minutes' '+%Y-%m-%d %H:%M:%S')"
		like "... one that nobody could be asked about is learned, too" "$(cat "$tmp/f.out")" 'learned 6XX11111AA222222B 7.00 USD: completed'
	fi
	ok "... its message still waits" test -f "$in"
	standin_mode ok >/dev/null
	"$bin/daybook" messages retry --reason unreachable >/dev/null 2>&1
	"$bin/daybook-post" >/dev/null 2>&1
	is "... and then is a duplicate" "$(daybook messages --format csv | awk -F, '{print $4}' | grep -c duplicate)" 2
	is "all of it once" "$(daybook balance Liabilities:Customers --format csv | tail -n 1)" Liabilities:Customers:C1001,USD,-57.00
	verify_clean
done

# ---- no secret anywhere but in its place ----

is "no secret in anything that was written or said" "$(grep -rl 's3cret\|t0ken' "$tmp" --include='*' 2>/dev/null |
    grep -v '/secrets/paypal_checkout.json$' | sed "s|$tmp/||" | sort | tr '\n' ' ')" "client pw sig wrong "
done_testing
