#!/bin/sh
# demo.sh -- one day of a prepaid telephone company: PayPal's notifications over HTTP into the
# books, last night's download against them, a signed pack, and a stranger who checks it.
#
# All of it happens in ./demo (or $DEMO_DIR), which is emptied first; PayPal is a stand-in, on
# loopback ports that were free.  Nothing keeps running, however this ends.  Environment: B, the
# build (default: build), and DEMO_DIR.

root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
demo=${DEMO_DIR:-$root/demo}
mkdir -p "$demo" || exit 1
demo=$(cd "$demo" && pwd)
mark=$demo/.daybook-demo
if [ ! -e "$mark" ] && [ -n "$(ls -A "$demo")" ]; then
	echo "demo: $demo: there are files that no demo made; give DEMO_DIR another folder" >&2
	exit 1
fi
# Whatever the demo starts keeps this descriptor too: two at once can't share the folder.
exec 9<"$demo"
if ! flock -n 9; then
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/fd/9")" != "$demo" ] || [ "$p" = "/proc/$$" ] || holders="${holders:-} ${p#/proc/}"
	done
	echo "demo: $demo: another demo runs in it, or is left of a killed one; processes${holders:-}" >&2
	exit 1
fi
find "$demo" -mindepth 1 ! -path "$mark" -delete
mkdir "$demo/tmp" "$demo/out" "$demo/sent" "$demo/www" "$demo/log" || exit 1
: >"$mark"
TMPDIR=$demo/tmp
export TMPDIR
# shellcheck source=tests/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/web/common.sh
. "$top/tests/web/common.sh"
trap 'printf "\ndemo: interrupted\n" >&2; exit 1' HUP INT TERM
# The accountant's gpg keeps an agent, which would outlive us.
ends() {
	[ ! -d "$tmp/acc" ] || gpgconf --homedir "$tmp/acc" --kill all 2>/dev/null
	clean_up
}
trap ends EXIT
cd "$demo" || exit 1
case $demo in
"$top"/*) shown=${demo#"$top"/} ;;
*) shown=$demo ;;
esac
data=$top/tests/data/ipn
out=$demo/out

# ---- telling ----

say() { printf '   %s\n' "$@"; }
title() { printf '\n%s  %s\n' "$1" "$2"; }
# of_output FILE PATTERN: lines of it, set in
of_output() { grep -E "$2" "$1" | sed 's/^/        /'; }
give_up() {
	printf '\ndemo: %s\n' "$1" >&2
	shift
	[ $# = 0 ] || sed 's/^/    /' "$@" >&2
	exit 1
}

# run NAME CODE COMMAND...: shown, its output kept in out/NAME; another exit code ends the demo.
# In a session of its own: an interrupt ends the demo after it, not in the middle of it.
run() {
	name=$1 want=$2
	shift 2
	echo "   \$ $*"
	quietly "$name" "$want" "$@"
}
quietly() {
	name=$1 want=$2
	shift 2
	case $1 in daybook*) program=$bin/$1 ;; *) program=$1 ;; esac
	shift
	setsid -w "$program" "$@" >"$out/$name" 2>"$out/$name.err" </dev/null
	got=$?
	[ "$got" = "$want" ] || give_up "${program##*/} $*: exit $got, expected $want" "$out/$name" "$out/$name.err"
	[ -s "$out/$name.err" ] || rm -f "$out/$name.err"
}
tell() { python3 "$top/tests/demo/tell.py" "$@" || give_up "tests/demo/tell.py failed"; }

# ---- PayPal sends ----

# bodies NAME...: sets files; our own notifications (tests/demo/messages), and samples by number
bodies() {
	files=
	for b in "$@"; do
		case $b in
		6.*) cp "$data/$b"*.body sent/ ;;
		esac
		files="$files $(cd sent && echo "$b"*.body)"
	done
}
# send OPTION...: the files arrive at the notification URL; those that PayPal sends it remembers
send() {
	# shellcheck disable=SC2086
	(cd sent && python3 "$top/tests/standin/paypal.py" send --standin "$standin" --to "$url/$to" "$@" $files) \
	    >>"$out/sent" 2>&1 || give_up "a notification was not answered 200" "$out/sent" log/lighttpd
}
empty_spool() { [ "$(spooled)" = 0 ]; }
listed() { daybook messages -b "$1" --format csv 2>/dev/null; }
# became BOOK TEXT: what the new messages in the listing became
became() {
	listed "$1" >"$tmp/listed"
	tail -n "+$(($(cat "$tmp/seen.$1") + 1))" "$tmp/listed" | awk -F, -v text="$2" '
	    { what = $5 == "" ? $4 : $4 ": " $5; if (!(what in n)) order[++k] = what; n[what]++; all++ }
	    END {
		for (i = 1; i <= k; i++)
			line = line (i > 1 ? ", " : "") n[order[i]] " " order[i]
		printf "   %-62s %2d  %s\n", text, all, line
		printf "%s\t%d\t%s\n", text, all, line >>came
	    }' came="$out/came" -
	wc -l <"$tmp/listed" >"$tmp/seen.$1"
}
# deliver TEXT NAME...: PayPal sends them; the running daybook-post books them
deliver() {
	text=$1
	shift
	bodies "$@"
	send
	settled "$text"
}
settled() {
	wait_for 30 empty_spool || give_up "daybook-post --watch leaves messages in the spool" "$out/watch.err"
	became live "$1"
}

# ---- 1 ----

echo "STAND-IN: PayPal is played by a program on this machine; no real money anywhere."
title 1 "A site for Example Telecom, which sells prepaid calls"
DAYBOOK_SITE=$demo/site
export DAYBOOK_SITE
cat >customers.csv <<'CSV'
id,name,email,paypal_email,payer_id,contact_name,contact_email
C1001,Alice Buyer,alice@example.net,alice@example.net,,,
C1002,Acme Affiliates,office@example.com,Affiliates@Example.com,,,
C1003,Jörg Müller,jorg@example.fr,jorg@example.fr,,,
C1004,Bob's Bakery,bob@example.org,bob@example.org,,Bea Books,books@bakery.example
C1005,Carol Calls,carol@example.org,carol@example.org,CAROLACCT0005,,
C1006,Dana North,dana@example.org,family@example.org,,,
C1007,Dana South,south@example.org,family@example.org,,,
C9000,A Tester,tester@example.net,gpmac_1231902590_per@paypal.com,,,
CSV
cat >opening.csv <<'CSV'
account,currency,amount,date
Assets:PayPal,USD,2500.00,2024-03-04
Assets:PayPal,EUR,100.00,2024-03-04
Liabilities:Customers:C1005,USD,-5.00,2024-03-04
CSV
standin_start
quietly init 0 daybook init --stand-ins --name "Example Telecom" --base-url http://127.0.0.1 --currency USD \
    --time-zone UTC
integration_new paypal live report_dates=mdy
live=paypal/$ikey
integration_new sandbox test receiver=S8XGHLYDW9T3S,gpmac_1231902686_biz@paypal.com,HZU8ZEBYHLEZQ
sandbox=sandbox/$ikey
run customers 0 daybook customer import customers.csv
quietly contact 0 daybook customer contact C1002 --name "Ann Accounts" --email accounts@example.com
run opening 0 daybook opening opening.csv

mkdir "$tmp/cgi-bin"
cp "$cgi/ipn.cgi" "$tmp/cgi-bin/"
(cd "$tmp" && exec setsid fcgiwrap -c 2 -s unix:fcgi.sock) 2>"$demo/log/fcgiwrap" &
reap $!
fcgi_socket=fcgi.sock
port=$(free_port)
{
	cat <<CONF
server.document-root = "$demo/www"
server.bind = "127.0.0.1"
server.port = $port
server.errorlog = "$demo/log/lighttpd"
CONF
	snippet lighttpd.conf
} >"$demo/lighttpd.conf"
(cd "$tmp" && exec setsid lighttpd -D -f "$demo/lighttpd.conf") 2>"$demo/log/lighttpd.err" &
reap $!
url=http://127.0.0.1:$port/daybook/ipn.cgi
wait_for 10 test -S "$tmp/fcgi.sock" || give_up "fcgiwrap does not start" "$demo/log/fcgiwrap"
wait_for 10 curl -s -o /dev/null "http://127.0.0.1:$port/" ||
    give_up "lighttpd does not start" "$demo/log/lighttpd.err" "$demo/log/lighttpd"
python3 "$top/tests/standin/ipn_make.py" --list "$demo/sent" "Mar 04, 2024 PST" <"$top/tests/demo/messages" ||
    give_up "tests/demo/messages can't be read"
say "8 customers; 2,500.00 USD and 100.00 EUR were in the PayPal account on the morning of 4 March 2024." \
    "lighttpd with etc/lighttpd.conf takes notifications at" \
    "  $url/$live"

# ---- 2 ----

title 2 "PayPal notifies; daybook-post books each message as it comes"
watch_start() {
	echo '   $ daybook-post --watch &'
	setsid "$bin/daybook-post" --watch >"$out/watch" 2>"$out/watch.err" &
	watch=$!
	reap $watch
}
# Told to end, it says what it did: the last of it is a verdict like that of any run.
watch_end() {
	kill "$watch"
	wait "$watch"
	echo "   $(head -n 1 "$out/watch")"
}
from=$(date -u +%Y-%m-%d)
listed live | wc -l >"$tmp/seen.live"
listed test | wc -l >"$tmp/seen.test"
to=$live
say "Three people are to be paid by Mass Pay; their file is looked at, and owed from now on:"
cat >masspay.csv <<'CSV'
carla@example.org,10.00,EUR,PO-000117,March commission
dieter@example.org,24.50,EUR,PO-000118,
emil@example.org,4.58,EUR,PO-000119,
CSV
run masspay-check 0 daybook-masspay check masspay.csv
of_output "$out/masspay-check" '^CLEAN|^f'
run masspay-register 0 daybook-masspay register masspay.csv --batch MARCH
of_output "$out/masspay-register" '^registered'
printf '   %-62s %2s  %s\n' 'what PayPal sends, over HTTP' '' 'what becomes of it'
watch_start >/dev/null
deliver "payments in USD, EUR, JPY, HUF, TWD; in four charsets" \
    6.01 6.08 6.24 6.06 6.07 6.09 contact forint dollar_tw carol accents captured
deliver "a mass payment that a customer sends us" 6.20
deliver "an eCheck, pending" 6.02
deliver "... and cleared, under the same transaction id" 6.03
deliver "denied, bounced, unclaimed, voided, expired, only authorized" \
    authorized voided expired review denied cheque bounced 6.23
deliver "two refunds in part, one in full" 6.11 6.12 6.10
deliver "a refund that arrives before its payment" early
deliver "... and that payment: both are booked now" late
deliver "a dispute: opened, charged back, won back, settled after all" parent case 6.13 6.14 6.15
deliver "another one, charged back for good" charged
deliver "a mass payment of ours: one paid, one failed, one unclaimed" 6.18
deliver "... and the unclaimed one comes back" returned
deliver "a mass payment of ours, denied" 6.19
deliver "old news in other words, and notifications sent again" 6.21 6.25 6.01 6.11
bodies 6.01 contact 6.18
send --times 3 --parallel 4 --shuffle 1
settled "three of them three times more, four at a time"
to=$sandbox
bodies 6.05 6.16 6.17
send
wait_for 30 empty_spool || give_up "daybook-post --watch leaves messages in the spool" "$out/watch.err"
became test "from PayPal's sandbox, at an integration in test mode"
to=$live
watch_end
say "The sandbox's are in the books of test, which no live money ever meets."

# ---- 3 ----

title 3 "PayPal can't be asked"
outage() {	# MODE TEXT NAME...: PayPal sends in that mode; then a run of daybook-post
	standin_mode "$1"
	text=$2
	shift 2
	bodies "$@"
	send
	say "$text"
}
outage down "PayPal hangs up when asked; 3 notifications come, each is stored and answered 200." down1 down2 down3
run post-down 1 daybook-post
of_output "$out/post-down" '^INCOMPLETE'
outage html "It answers with a page that says VERIFIED in HTML; 2 more come. That is no yes." html1 html2
run post-html 1 daybook-post
of_output "$out/post-html" '^INCOMPLETE'
outage "slow 1" "It is back, and slow; 2 more come. What waits is tried again by itself." slow1 slow2
caught_up() { "$bin/daybook-post" >"$out/post-back" 2>"$out/post-back.err"; }
wait_for 60 caught_up || give_up "daybook-post does not catch up" "$out/post-back" "$out/post-back.err"
standin_mode ok
echo '   $ daybook-post'
of_output "$out/post-back" '^CLEAN'
became live "all that waited"

# ---- 4 ----

title 4 "What a stranger tries, and what only a person can decide"
attempt() {	# TEXT CURL-ARGUMENTS...
	text=$1
	shift
	got=$(curl -s -o /dev/null -w '%{http_code}' --max-time 30 -H 'Expect:' "$@")
	printf '   %-66s %s\n' "$text" "answered $got"
	printf '%s\t1\tanswered %s\n' "$text" "$got" >>"$out/came"
}
body=@$data/6.01-web_accept.body
head -c 3000000 /dev/zero | tr '\0' a >"$tmp/large"
attempt "a URL with another key" --data-binary "$body" "$url/paypal/AAAAAAAAAAAAAAAAAAAAAA"
attempt "a GET" "$url/$live"
attempt "JSON" -H 'Content-Type: application/json' --data-binary "$body" "$url/$live"
attempt "three megabytes" --data-binary "@$tmp/large" "$url/$live"
watch_start >/dev/null
bodies forged altered negative 6.26
send --forge
settled "forgeries: new, an amount altered, negative, two receivers"
deliver "genuine, but paid to somebody else" receiver
deliver "genuine, but from the sandbox" 6.05
deliver "genuine: somebody else's mass payment and adjustment" their_batch their_adj
deliver "a payer nobody knows" unknown
deliver "a payer whose address two customers claim" ambiguous
deliver "a currency that is not accepted" currency
deliver "a kind of payment that PayPal has only just invented" newtype
watch_end
say "Money that is ours but has no certain owner waits in Liabilities:Unallocated. A person decides:"
run allocate1 0 daybook allocate 7UN51827QE827160Q C1003
run allocate2 0 daybook allocate 8AM51827QE827160R C1006
run allocate3 0 daybook allocate 9NZ51827QE827160S C1004
listed live | awk -F, '$4 == "held" && $5 != "unknown-type" {print $1}' >"$tmp/held"
while read -r id; do
	quietly refuse 0 daybook messages refuse "$id" --note "not about our account"
done <"$tmp/held"
echo '   $ daybook messages refuse ...   (the four that are about somebody else)'
say "Of the Mass Pay batch one was paid; the other two are owed until somebody says otherwise:"
run masspay-status 0 daybook-masspay status MARCH --format csv
sed 's/^/        /' "$out/masspay-status" | cut -d, -f 1,2,6-9
run masspay-cancel 0 daybook-masspay cancel MARCH --note "failed and returned: paid by bank instead"
run post-decided 1 daybook-post
of_output "$out/post-decided" '^BREAKS'

# ---- 5 ----

title 5 "Next morning: PayPal's activity download against the books"
remember sent/lost.body || give_up "the stand-in is gone"
python3 "$top/tests/standin/activity.py" "$standin" --account billing@example.com,MERCHANTID123 \
    --opening USD=2500.00 --opening EUR=100.00 \
    --row "20:00:00 Mar 04, 2024 PST;General Withdrawal - Bank Account;USD;-1050.00;0.00;3MG88942N0662370U;" \
    --row "14:30:00 Mar 04, 2024 PST;Chargeback Fee;USD;-20.00;0.00;6RV51827QE82716FE;6RV51827QE827160P" \
    >again.csv || give_up "tests/standin/activity.py failed"
sed -e '/"2BK40291ND773011A"/d' -e '/"3SM51627QE827160S"/s/"16.00","-1.16","14.84"/"61.00","-1.16","59.84"/' \
    again.csv >Download.csv
run_folder() { echo "site/books/live/$(sed -n 's|^see books/live/||p' "$out/$1")"; }
say "Somebody worked on the file in a spreadsheet: a row is gone, and 16.00 became 61.00."
run reconcile-1 1 daybook-reconcile Download.csv
of_output "$out/reconcile-1" '^BREAKS|^USD'
cp "$(run_folder reconcile-1)/breaks.csv" "$out/breaks-1.csv"
tell breaks "$out/breaks-1.csv"
say "So, first: the download once more, as PayPal makes it."
run reconcile-2 1 daybook-reconcile again.csv
of_output "$out/reconcile-2" '^BREAKS|^breaks'
say "One of the four a person works off; the rest is booked from the report."
id=$(daybook breaks --open --format csv | awk -F, '$7 == "3MG88942N0662370U" {print $1}')
run resolve 0 daybook breaks resolve "$id" --as book-from-report --note "to our bank, as agreed on Monday"
run reconcile-3 0 daybook-reconcile --post-missing again.csv
of_output "$out/reconcile-3" '^CLEAN|^matched|^USD:'
say "     and so do EUR, HUF, JPY, NZD and TWD"
id=$(listed live | awk -F, '$4 == "held" {print $1}')
quietly refuse 0 daybook messages refuse "$id" --note "booked from the download"
echo '   $ daybook messages refuse ...   (the new kind of payment: the download brought it)'
run post 0 daybook-post
of_output "$out/post" '^CLEAN'
run verify 0 daybook verify
of_output "$out/verify" '^live'

say "The same day's settlement report, as PayPal lays it down by SFTP; its own footers are checked first:"
python3 "$top/tests/standin/settle.py" again.csv . >"$out/settle" || give_up "tests/standin/settle.py failed"
stl=$(cat "$out/settle")
run reconcile-stl 0 daybook-reconcile "$stl"
of_output "$out/reconcile-stl" '^CLEAN|^matched'
say "... and if one digit of a footer is changed:"
mkdir changed
sed '0,/^\("SF","USD",[0-9]*\)[0-9],/s//\17,/' "$stl" >"changed/$stl"
cmp -s "$stl" "changed/$stl" && give_up "the footer's last digit was a 7 already"
run reconcile-changed 1 daybook-reconcile -n "changed/$stl"
of_output "$out/reconcile-changed" '^BREAKS|gross credits.*the rows give'

# ---- 6 ----

title 6 "The signed audit pack, and a stranger who checks it"
to=$(date -u +%Y-%m-%d)
if [ "$from" = "$to" ]; then
	set -- --day "$to"
else	# it was midnight in between
	set -- --from "$from" --to "$to"
fi
say "Ada, the accountant, has given us her public key, and got our key's fingerprint in a letter."
mkdir -m 700 "$tmp/acc"
mkdir smtp
ada() { GNUPGHOME=$tmp/acc gpg --batch --quiet "$@" 9<&- >>"$out/ada" 2>&1; }
ada --passphrase '' --quick-generate-key 'Ada Audit <ada@audit.example>' default default never ||
    give_up "gpg makes no key" "$out/ada"
ada --armor --output ada.asc --export ada@audit.example
setsid python3 "$top/tests/standin/smtpd.py" smtp --tls none 2>"$demo/log/smtpd" &
reap $!
wait_for 10 test -s smtp/port || give_up "tests/standin/smtpd.py does not start" "$demo/log/smtpd"
sed -i "s|^{|{\"mail\": {\"from\": \"books@telecom.example\", \"smtp\": \"smtp://127.0.0.1:$(cat smtp/port)\"},|" \
    site/daybook.json
run receiver 0 daybook receiver add ada@audit.example --key ada.asc
run audit 0 daybook-audit "$@" --mail
of_output "$out/audit" '^CLEAN|^pack|^mail'
pack=site/$(sed -n 's/^pack [0-9]* in //p' "$out/audit")
ada --import "$pack/public-key.asc"
GNUPGHOME=$tmp/acc python3 "$top/tests/demo/tell.py" mail smtp/001.eml ada 9<&- >"$out/mail" 2>"$out/mail.err" ||
    give_up "Ada can't read her mail" "$out/mail" "$out/mail.err"
say "What arrives at Ada's, decrypted with her key:"
sed 's/^/        /' "$out/mail"
diff -r "ada/$(sed -n 's/\.zip: .*//p' "$out/mail")/${pack##*/}" "$pack" >"$out/mail-diff" ||
    give_up "what Ada got is not the pack" "$out/mail-diff"
say "     the files are those of the pack, byte for byte; report.pdf begins:"
if command -v pdftotext >/dev/null; then
	pdftotext -layout "$pack/report.pdf" - | grep -v '^ *$' | sed -n '1,4s/^/        /p'
	mkdir pages
	pdftoppm -r 80 -png "$pack/report.pdf" pages/page
else
	say "     (no pdftotext here)"
fi
run audit-verify 0 daybook-audit --verify "$pack"
of_output "$out/audit-verify" '^CLEAN'
say "A stranger has the pack alone, and the fingerprint from our letterhead:"
cp -R "$pack" stranger
mkdir -m 700 "$tmp/gnupg"
(
	cd stranger || exit 1
	stranger() {	# SHOWN NAME COMMAND...
		printf '   $ %s\n' "$1"
		name=$2
		shift 2
		GNUPGHOME=$tmp/gnupg "$@" >"$out/$name" 2>&1 || give_up "a stranger can't confirm the pack" "$out/$name"
	}
	# No agent is started that would have to be ended; in a long path gpg is sorry about that.
	echo '   $ gpg --import public-key.asc'
	GNUPGHOME=$tmp/gnupg gpg --batch --no-autostart --import public-key.asc >"$out/gpg-import" 2>&1
	stranger "gpg --verify manifest.json.asc manifest.json" gpg-verify \
	    gpg --batch --no-autostart --verify manifest.json.asc manifest.json
	of_output "$out/gpg-verify" 'Good signature|ingerprint'
	key=$(sed -n 's/.*signing key \([0-9A-F]*\)$/\1/p' "$out/init")
	tr -d ' ' <"$out/gpg-verify" | grep -q "fingerprint:$key\$" ||
	    give_up "the pack is signed, but not by the key of daybook init, $key" "$out/gpg-verify"
	grep -o '[0-9a-f]\{64\}  [^"]*' manifest.json >"$out/sums"
	stranger "grep -o '[0-9a-f]\\{64\\}  [^\"]*' manifest.json | sha256sum -c" sha256sum sha256sum -c "$out/sums"
	say "     $(grep -c ': OK$' "$out/sha256sum") of $(find . -type f ! -name 'manifest*' | wc -l) files: OK"
	stranger "hledger -f ledger.hledger check" hledger-check hledger -f ledger.hledger check
	stranger "hledger -f ledger.hledger balance" hledger-balance hledger -f ledger.hledger balance \
	    --flat --no-total --layout bare -O csv
) || exit 1
daybook balance --format csv 2>/dev/null >"$out/balance.csv"
tail -n +2 "$out/hledger-balance" | tr -d '"\r' | LC_ALL=C sort >"$tmp/theirs"
tail -n +2 "$out/balance.csv" | awk -F, '$3 !~ /^-?[0.]*$/' | LC_ALL=C sort >"$tmp/ours"
diff "$tmp/ours" "$tmp/theirs" >"$out/hledger-diff" ||
    give_up "hledger's balances are not those of daybook balance" "$out/hledger-diff"
say "     $(wc -l <"$tmp/ours") balances, to the cent those of daybook balance"
# One digit of one amount, in a copy
cp -R stranger tampered
sed -i '0,/100\.00/s//900.00/' tampered/journal.csv
cmp -s tampered/journal.csv stranger/journal.csv && give_up "journal.csv of the pack holds no 100.00"
say "And if somebody makes 900.00 of a 100.00 in a copy:"
run tampered 65 daybook-audit --verify tampered
of_output "$out/tampered.err" journal.csv

# ---- what there is to see ----

title 7 "Where the customers stand"
quietly customers.csv 0 daybook customer list --format csv
listed live >"$out/messages.csv"
listed test >"$out/messages-test.csv"
quietly breaks.csv 0 daybook breaks --format csv
curl -sf "$standin/_/stats" >"$out/asked.json" || give_up "the stand-in is gone"
tell customers
tell page "$pack" >index.html
printf '\nLook at\n'
cat <<LOOK
   $shown/index.html       all of this as a page
   $shown/Download.csv     the download that somebody changed; again.csv is PayPal's own
   $shown/$(run_folder reconcile-1)/    breaks.csv, matches.csv, summary.json
   $shown/$pack/    the pack; VERIFY.txt says how to check it
   $shown/ada/             what the accountant's mail holds
   $shown/out/             what each command above printed
   ${bin#"$top"/}/daybook -C $shown/site payments        (or balance, messages, breaks, customer list, ...)
LOOK
ends
trap - EXIT
exec 9<&-
flock -n "$demo" true || give_up "something of it still runs in $demo"
say "Nothing of it is running any more."
