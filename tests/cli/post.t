#!/bin/sh
# daybook-post: the three answers of the provider, pauses, two runs at once, --watch, messages set
# aside, messages that crash it.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
new=spool/in/new

standin_start
site_new "$tmp/site"
integration_new paypal_ipn live
where=paypal_ipn/$ikey
daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
credited() { daybook balance Liabilities:Customers:C1001 --format csv | sed -n 's/.*,USD,//p'; }
# Its pauses run for minutes: let it believe they are over.
hurry() { sed -i 's/^\(W [^ ]* [0-9]*\) [0-9]*/\1 0/' "$DAYBOOK_SITE/spool/post/state.log"; }

# ... or, on a slow machine, that they have only begun.
linger() { sed -i "s/^\(W [^ ]* [0-9]*\) [0-9]*/\1 $(($(date +%s) + 3600))000000/" "$DAYBOOK_SITE/spool/post/state.log"; }

# ---- neither yes nor no ----

n=0
for mode in html down error redirect empty big maybe; do
	standin_mode $mode
	n=$((n + 1))
	make_ipn "$tmp/$mode" payment txn_id="000000$n" mc_gross=1.00 mc_fee=0.00
	genuine "$where" "$tmp/$mode" >/dev/null
	post
	is "$mode is no answer: waiting" "$(daybook messages --format csv | awk -F, -v n=$n 'NR == n + 1 {print $4, $5}')" \
	    "waiting unreachable"
done
is "nothing is credited" "$(credited)" ""
is "all of them are still in the spool" "$(spooled)" 7
is "the verdict says how many" "$(head -n 1 "$tmp/post.out")" "INCOMPLETE 7"
linger
before=$(asked)
standin_mode ok
post
is "within its pause nobody is asked again" "$(asked)" "$before"
hurry
post
is "later all are confirmed and booked" "$(credited) $(head -n 1 "$tmp/post.out") $(spooled)" "-7.00 CLEAN 0"
before=$(asked)
post
is "and nobody is asked twice" "$(asked)" "$before"

# ---- no ----

make_ipn "$tmp/forged" payment txn_id=FORGED1 mc_gross=1000.00
is "a forgery is stored like any other" "$(ipn "$where" "$tmp/forged")" 200
post
is "and refused" "$(daybook messages --format csv | tail -n 1 | awk -F, '{print $4, $5}')" "refused invalid"
is "and credits nothing" "$(credited)" -7.00

# ---- slow answers are waited for side by side ----

standin_mode slow 1
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	make_ipn "$tmp/slow$i" payment txn_id="SLOW$i" mc_gross=1.00 mc_fee=0.00
	genuine "$where" "$tmp/slow$i" >/dev/null
done
start=$(date +%s)
post
ok "twelve slow answers take one answer's time" test $(($(date +%s) - start)) -le 5
is "and are booked" "$(credited)" -19.00
standin_mode ok

# ---- two runs at once ----

i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	make_ipn "$tmp/two" payment txn_id="TWO$i" mc_gross=1.00 mc_fee=0.00
	genuine "$where" "$tmp/two" >/dev/null
done
"$bin/daybook-post" >"$tmp/one.out" 2>&1 & a=$!
"$bin/daybook-post" >"$tmp/two.out" 2>&1 & b=$!
wait $a; ra=$?
wait $b; rb=$?
like "two runs at once: one works, the other says so or finds nothing left" "$ra $rb" '^(0 75|75 0|0 0)$'
is "everything is booked once" "$(credited) $(spooled)" "-59.00 0"
verify_clean

# ---- --watch ----

"$bin/daybook-post" --watch >"$tmp/watch.out" 2>&1 & w=$!
reap $w
sleep 0.7
make_ipn "$tmp/w1" payment txn_id=WATCH1 mc_gross=1.00 mc_fee=0.00
remember "$tmp/w1"
cat >"$tmp/latency.py" <<'END'
"""From the file's appearance in the spool to the question at the provider: milliseconds."""
import glob, json, os, subprocess, sys, time, urllib.request
site, standin, command = sys.argv[1], sys.argv[2], sys.argv[3:]
asked = lambda: json.load(urllib.request.urlopen(standin + "/_/stats"))["asked"]
before = asked()
subprocess.run(command, check=True, stdin=open(os.environ["BODY"], "rb"), stdout=subprocess.DEVNULL)
start = time.monotonic()
while asked() == before and time.monotonic() - start < 5:
    time.sleep(0.002)
print(int((time.monotonic() - start) * 1000))
END
ms=$(BODY="$tmp/w1" python3 "$tmp/latency.py" "$DAYBOOK_SITE" "$standin" env -i "ASAN_OPTIONS=${ASAN_OPTIONS:-}" DAYBOOK_SITE="$DAYBOOK_SITE" \
    GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO="/$where" \
    CONTENT_TYPE=application/x-www-form-urlencoded CONTENT_LENGTH="$(wc -c <"$tmp/w1" | tr -d ' ')" "$cgi/ipn.cgi")
ok "--watch reacts within 100 ms ($ms)" test "$ms" -le 100
ok "... and books it" wait_for 5 sh -c "'$bin/daybook' balance Liabilities:Customers:C1001 --format csv | grep -q -- -60.00"
exits "a second daybook-post says that another holds the lock" 75 "$bin/daybook-post"
like "... by name" "$(cat "$tmp/cmd.err")" 'another run'
ok "commands go through the one that watches" "$bin/daybook" customer add C1002 --name Bob --paypal-email bob@example.net
kill $w
ok "it ends when told to" wait_for 5 sh -c "! kill -0 $w 2>/dev/null"
is "nothing is left behind" "$(pgrep -f "daybook-post.*$DAYBOOK_SITE" | wc -l | tr -d ' ')" 0

# ---- what must not be read ----

cd "$DAYBOOK_SITE/$new" || exit 1
make_ipn "$tmp/good" payment txn_id=GOOD1 mc_gross=1.00 mc_fee=0.00
id() { echo "20261120T19020$1.123456-0123456789abcde$1"; }
mkfifo "$(id 1)"
ln -s /etc/passwd "$(id 2)"
genuine "$where" "$tmp/good" >/dev/null
ln "$(find . -type f | head -n 1)" ../hardlinked
cp ../hardlinked "$(id 3)"
rm ../hardlinked
echo garbage >"$(id 4)"
: >"$(id 5)"
head -c 3000000 /dev/zero >"$(id 6)"
mkdir "$(id 7)"
echo x >"not a message id"
printf 'daybook-message 9\nmode live\n\nx' >"$(id 8)"
sed 's/^mode live/mode real/' "$(id 3)" >"$(id 9)"
if [ "$(id -u)" = 0 ]; then
	cp "$(id 3)" "$(id a)"
	chown 65534 "$(id a)"
	reason='held wrong-origin'
fi
rm "$(id 3)"
before=$(asked)
cd "$top" || exit 1
post
is "the good one among them is booked" "$(credited)" -61.00
is "only the good one was asked about" "$(($(asked) - before))" 1
is "nothing stays in the way" "$(find "$DAYBOOK_SITE/$new" -mindepth 1 | wc -l | tr -d ' ')" 0
want=9
[ "$(id -u)" = 0 ] && want=10
is "all others are set aside, unread" "$(find "$DAYBOOK_SITE/spool/aside" -mindepth 1 -maxdepth 1 | wc -l | tr -d ' ')" $want
daybook messages --disposition held --format csv | awk -F, 'NR > 1 {print $4, $5}' | sort | uniq -c | sed 's/^ *//' >"$tmp/held"
like "and listed as held" "$(tr '\n' ';' <"$tmp/held")" '[0-9]+ held unreadable;'
[ -z "${reason:-}" ] || like "a wrong owner by its name" "$(tr '\n' ';' <"$tmp/held")" '1 held wrong-origin;'
exits "a person must look: exit 1" 1 "$bin/daybook-post"
like "... and says so" "$(cat "$tmp/cmd.out")" '^BREAKS'
verify_clean

# ---- one that crashes it ----

make_ipn "$tmp/bad" payment txn_id=CRASH1 mc_gross=5.00 mc_fee=0.00
make_ipn "$tmp/after" payment txn_id=AFTER1 mc_gross=1.00 mc_fee=0.00
genuine "$where" "$tmp/bad" >/dev/null
f=$(find "$DAYBOOK_SITE/$new" -type f)
genuine "$where" "$tmp/after" >/dev/null
# What three runs that died while they handled it leave behind.
printf 'T %s\nT %s\nT %s\n' "$(basename "$f")" "$(basename "$f")" "$(basename "$f")" >>"$DAYBOOK_SITE/spool/post/state.log"
post
is "the queue goes on" "$(credited)" -62.00
is "the one that crashed us is held" "$(daybook messages --reason crashed --format csv | awk -F, 'NR > 1 {print $1, $4}')" \
    "$(basename "$f") held"
"$bin/daybook" messages retry "$(basename "$f")" >/dev/null 2>&1
post
is "and can be retried" "$(credited)" -67.00
verify_clean

# The books had it each time, and the run ended before the file was away: nothing is new then.
make_ipn "$tmp/again" payment txn_id=AGAIN1 mc_gross=2.00 mc_fee=0.00
genuine "$where" "$tmp/again" >/dev/null
f=$(find "$DAYBOOK_SITE/$new" -type f)
cp -p "$f" "$tmp/kept"
post
aside=$(find "$DAYBOOK_SITE/spool/aside" -type f | wc -l)
for content in kept bad; do	# as it was, and damaged meanwhile
	cp -p "$tmp/$content" "$f"
	for _ in 1 2 3 4; do echo "T $(basename "$f")"; done >>"$DAYBOOK_SITE/spool/post/state.log"
	post
	is "a booked one that comes back ($content) stays what it is" \
	    "$(daybook messages --format csv | awk -F, -v id="$(basename "$f")" '$1 == id {print $4}')" posted
	not_ok "... its file is away" test -e "$f"
done
is "... and nothing new is set aside" "$(find "$DAYBOOK_SITE/spool/aside" -type f | wc -l)" "$aside"
verify_clean

# ---- TLS: an endpoint whose certificate nobody vouches for is no answer ----

if command -v openssl >/dev/null; then
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$tmp/key.pem" \
	    -out "$tmp/cert.pem" >/dev/null 2>&1
	cat "$tmp/key.pem" "$tmp/cert.pem" >"$tmp/both.pem"
	rm -f "$tmp/standin.port"
	plain=$standin
	standin_start --certificate "$tmp/both.pem"
	daybook integration set paypal_ipn endpoint="https://localhost:${standin##*:}" >/dev/null
	make_ipn "$tmp/tls" payment txn_id=TLS1 mc_gross=1.00 mc_fee=0.00
	ipn "$where" "$tmp/tls" >/dev/null
	post
	is "an unverified certificate is no answer" "$(daybook messages --format csv | tail -n 1 | awk -F, '{print $4, $5}')" \
	    "waiting unreachable"
	standin=$plain
	daybook integration set paypal_ipn endpoint="$standin" >/dev/null
	remember "$tmp/tls"
	hurry
	post
	is "the right one answers" "$(credited)" -70.00
fi
# ---- confirmed, but things are no longer as they were then ----

disposition() { daybook messages --format csv | awk -F, -v id="$1" '$1 == id {print $4, $5}'; }
confirmed() {	# INTEGRATION NAME=VALUE...: with PayPal's yes on record, as by a run that ended there; prints its name
	cid=$1
	shift
	make_ipn /dev/stdout payment "$@" | python3 "$top/tests/standin/confirmed.py" "$DAYBOOK_SITE" "$cid"
	find "$DAYBOOK_SITE/$new" -type f -exec basename {} \; | sort | tail -n 1
}
before=$(credited)
f=$(confirmed paypal_ipn txn_id=ALTERED1 mc_gross=1.00 mc_fee=0.00)
sed -i 's/mc_gross=1.00/mc_gross=9.00/' "$DAYBOOK_SITE/$new/$f"
post
is "a file that was altered after PayPal's answer is asked about again" "$(disposition "$f")" "refused invalid"
f=$(confirmed paypal_ipn txn_id=ALTERED2 mc_gross=1.00 mc_fee=0.00)
sed -i 's/^mode live/mode test/' "$DAYBOOK_SITE/$new/$f"
post
is "... also one whose header was" "$(disposition "$f") $(credited)" " $before"
rm -f "$DAYBOOK_SITE/$new/$f"
live_key=$ikey
integration_new second live account=Second receiver=second@example.com
f=$(confirmed second txn_id=SECOND1 receiver_id=SECOND receiver_email=second@example.com mc_gross=1.00 mc_fee=0.00)
"$bin/daybook" integration remove second >/dev/null
make_ipn "$tmp/beside" payment txn_id=BESIDE1 mc_gross=0.01 mc_fee=0.00
genuine "paypal_ipn/$live_key" "$tmp/beside" >/dev/null
post
is "one whose integration is gone is held" "$(disposition "$f")" "held unknown-integration"
not_ok "... and stops nobody" test "$(credited)" = "$before"
integration_new second live account=Second receiver=second@example.com
exits "... and is booked once it is back" 0 "$bin/daybook" messages retry "$f"
is "... to its account" "$(daybook balance Assets:Second --format csv | tail -n 1)" Assets:Second,USD,1.00

integration_new trial test receiver=trial@example.com
make_ipn "$tmp/trial" payment txn_id=TRIAL1 test_ipn=1 receiver_id=TRIAL receiver_email=trial@example.com
genuine "trial/$ikey" "$tmp/trial" >/dev/null
f=$(find "$DAYBOOK_SITE/$new" -type f)
ln "$f" "$tmp/second"
post
was=$(sed -n 's/^standing: //p' "$tmp/post.out")
rm "$tmp/second"
"$bin/daybook" messages retry "$(basename "$f")" >/dev/null
post
is "a test message that was set aside and retried keeps nobody waiting" \
    "$(daybook messages -b test --format csv | tail -n 1 | cut -d, -f4) $was $(sed -n 's/^standing: //p' "$tmp/post.out")" \
    "posted held 10, unallocated 0, waiting for a payment 0, in the spool 0 held 9, unallocated 0, waiting for a payment 0, in the spool 0"

# ---- as large as they may be: more than one batch may hold ----

python3 -c 'import sys
for i in range(36):
    sys.stdout.write(sys.argv[1].replace("LARGE", "LARGE%d" % i) + "&memo=" + "x" * 2000000 + "\n")' \
    "$(make_ipn /dev/stdout payment txn_id=LARGE mc_gross=0.01 mc_fee=0.00)" |
    python3 "$top/tests/standin/confirmed.py" "$DAYBOOK_SITE" paypal_ipn
post
is "36 messages of 2 MB" "$(sed -n 's/^this run: //p' "$tmp/post.out" | cut -d, -f 1) $(cat "$tmp/post.err")" "posted 36 "
# The clock goes back: what the books say of when they knew does not.
if command -v faketime >/dev/null; then
	make_ipn "$tmp/back" payment txn_id=BACK1 mc_gross=0.01 mc_fee=0.00
	genuine "paypal_ipn/$live_key" "$tmp/back" >/dev/null
	faketime '-40 days' "$bin/daybook-post" >"$tmp/post.out" 2>&1
	recorded=$(daybook payments --format csv | awk -F, '$2 == "BACK1" {print $13}')
	is "recorded time does not go back" "$recorded" \
	    "$(daybook payments --format csv | awk -F, 'NR > 1 {print $13}' | sort | tail -n 1)"
fi
verify_clean

done_testing
