#!/bin/sh
# daybook init and integration: what a site is made of, settings good and bad, secrets, versions,
# usage and help of each program.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

init() {
	DAYBOOK_SITE=$tmp/$1
	export DAYBOOK_SITE
	shift
	"$bin/daybook" init "$@"
}
mode_of() { stat -c %a "$DAYBOOK_SITE/$1"; }
setting() {	# NAME JSON
	python3 - "$DAYBOOK_SITE/daybook.json" "$1" "$2" <<'END'
import json, sys
s = json.load(open(sys.argv[1]))
s[sys.argv[2]] = json.loads(sys.argv[3])
json.dump(s, open(sys.argv[1], "w"))
END
}

# ---- init ----

says "init wants its options" 64 '--name, --base-url and --currency' init bad --name X
says "... a currency that is one" 64 '--currency: "XXQ"' init bad --name X --base-url https://x.example --currency XXQ
says "... a zone that is one" 64 '--time-zone: .*Mars/Olympus' init bad --name X --base-url https://x.example --currency USD --time-zone Mars/Olympus
for u in http://x.example ftp://x.example x.example https:// https:///x 'https://u:p@x.example' 'https://x.example/a b' 'https://x.example:0/' 'https://x.example/?q'; do
	says "... no $u" 64 '--base-url: https://HOST' init bad --name X --base-url "$u" --currency USD
done
says "... a name that is text" 64 '--name: ' init bad --name "$(printf 'A\nB')" --base-url https://x.example --currency USD
says "... a name at all" 64 '--name: ' init bad --name '' --base-url https://x.example --currency USD
says "... a name and an address to sign as" 64 '--sign-as: ' init bad --name X --base-url https://x.example --currency USD --sign-as nobody
says "... no option it does not have" 64 'init has no option --mode' init bad --name X --base-url https://x.example --currency USD --mode live
says "... no value where none goes" 64 '--stand-ins takes no value' init bad --name X --base-url https://x.example --currency USD --stand-ins=no
ok "nothing of this made anything" test ! -e "$tmp/bad"
says "a folder that can't be made" 74 'nowhere/at/all: create: No such file' \
    "$bin/daybook" init -C "$tmp/nowhere/at/all" --name X --base-url https://x.example --currency USD

exits "init" 0 init site --name 'Example "Tel" <&> (SA)' --base-url https://pay.example.net/x/ --currency EUR \
    --time-zone Europe/Berlin --sign-as "Example Books <books@example.net>"
is "... settings" "$(python3 -c "
import json; s = json.load(open('$DAYBOOK_SITE/daybook.json'))
print(s['format'], s['name'], s['base_url'], s['currency'], s['time_zone'], s['stand_ins'])")" \
    '1 Example "Tel" <&> (SA) https://pay.example.net/x EUR Europe/Berlin False'
says "a second init changes nothing" 65 'a site is there already' init site --name Y --base-url https://y.example --currency USD
mkdir "$tmp/full" && echo x >"$tmp/full/file"
says "a folder with other things in it" 65 'full: not empty' init full --name Y --base-url https://y.example --currency USD

# Killed anywhere, and made again by the same command; no key of the first attempt stays.
for at in mkdirat:signal=KILL:when=9 renameat:signal=KILL:when=1; do
	rm -rf "$tmp/half"
	( strace -o /dev/null -e "inject=$at" "$bin/daybook" init -C "$tmp/half" --name X \
	    --base-url https://x.example --currency USD ) >/dev/null 2>&1
	ok "init killed at $at leaves no site" test ! -e "$tmp/half/daybook.json"
	exits "... is done by the same command" 0 "$bin/daybook" init -C "$tmp/half" --name X \
	    --base-url https://x.example --currency USD
	is "... with one key, and whole" "$(find "$tmp/half/gnupg/private-keys-v1.d" -name '*.key' | wc -l) $(
	    find "$tmp/half" -maxdepth 1 -name .init | wc -l)" "1 0"
done
DAYBOOK_SITE=$tmp/site
for d in integrations secrets spool/in/tmp spool/in/new spool/pay/new spool/web/new spool/desk/new orders sessions \
    register books/live/evidence books/live/journal books/live/reports books/live/reconcile books/test/journal \
    audit/live audit/test gnupg; do
	[ -d "$DAYBOOK_SITE/$d" ] || is "folder $d" missing there
done
is "permissions" "$(mode_of .) $(mode_of gnupg) $(mode_of secrets) $(mode_of books) $(mode_of register) \
$(mode_of spool/in/new) $(mode_of spool/post) $(mode_of integrations) $(mode_of daybook.json)" \
    "755 700 700 750 750 2770 700 2750 644"
# The signing key: there, Ed25519, ours, and usable where nobody can be asked for anything.
key=$(python3 -c "import json; print(json.load(open('$DAYBOOK_SITE/daybook.json'))['key'])")
gpg --homedir "$DAYBOOK_SITE/gnupg" --batch --with-colons --list-secret-keys >"$tmp/keys" 2>/dev/null
gpgconf --homedir "$DAYBOOK_SITE/gnupg" --kill all
is "one key: Ed25519, without end" "$(awk -F: '$1 == "sec" {print $4, $7 "|" $17}' "$tmp/keys")" "22 |ed25519"
is "... the one in the settings" "$(awk -F: '$1 == "fpr" {print $10; exit}' "$tmp/keys")" "$key"
is "... made out as asked" "$(awk -F: '$1 == "uid" {print $10}' "$tmp/keys")" "Example Books <books@example.net>"
"$bin/daybook" customer add C1 --name X >/dev/null
exits "... signs without a terminal or environment" 0 env -i PATH="$PATH" setsid "$bin/daybook-audit" \
    -C "$DAYBOOK_SITE" --day "$(TZ=Europe/Berlin date +%F)" </dev/null
is "no agent stays" "$(pgrep -f "gpg-agent.*$DAYBOOK_SITE" | wc -l | tr -d ' ')" 0
exits "-C names a site, before and after the verb" 0 env -u DAYBOOK_SITE "$bin/daybook" -C "$tmp/site" customer list -C "$tmp/site"
says "the default is /var/lib/daybook" 78 '/var/lib/daybook: ' env -u DAYBOOK_SITE "$bin/daybook" balance
long=$tmp/$(printf '%0120d' 0)
exits "a path longer than gpg's sockets" 0 "$bin/daybook" init -C "$long" --name X --base-url https://x.example --currency USD
ok "... and its key signs" "$bin/daybook-audit" -C "$long" --day "$(date +%F)"
for n in 'A (B' 'A <b@c' "$(printf 'M\303\274ller')" ' ' '@'; do
	rm -rf "$tmp/odd"
	exits "a business called $n" 0 init odd --name "$n" --base-url https://x.example --currency USD
done
DAYBOOK_SITE=$tmp/site

# ---- integrations ----

add() { "$bin/daybook" integration add paypal-ipn "$@"; }
says "a kind nobody knows" 64 'kind of integration "stripes"' "$bin/daybook" integration add stripes --mode live
says "no mode" 64 '--mode test or --mode live' add receiver=a@example.net
says "a mode that is none" 64 '--mode test or --mode live' add --mode real receiver=a@example.net
says "an id that is none" 64 '"../x" is no id' add ../x --mode live receiver=a@example.net
says "an id that is too long" 64 'is no id' add "$(printf '%065d' 1)" --mode live receiver=a@example.net
says "no receiver" 65 'receiver is needed' add --mode live
says "an empty receiver" 65 'receiver' add --mode live receiver=
says "a receiver that is none" 65 'receiver: "abc' add --mode live receiver=abc
says "a setting nobody knows" 65 'no setting "colour"' add --mode live receiver=a@example.net colour=red
says "no setting at all" 65 '"receiver": KEY=VALUE' add x --mode live receiver
says "a currency that is none" 65 'currencies: "XXQ"' add --mode live receiver=a@example.net currencies=USD,XXQ
says "deduct_fee is yes or no" 65 'deduct_fee: yes or no' add --mode live receiver=a@example.net deduct_fee=maybe
says "an account that is no name" 65 'account: ' add --mode live receiver=a@example.net account=A:B
says "report_dates" 65 'report_dates: ' add --mode live receiver=a@example.net report_dates=xyz
says "report_decimal" 65 'report_decimal: ' add --mode live receiver=a@example.net report_decimal=dot
says "ipn_url" 65 'ipn_url: ' add --mode live receiver=a@example.net ipn_url=pay.example.net
says "relay: nothing forwards messages, so nobody may rely on it" 65 'no setting "relay"' add --mode live receiver=a@example.net relay=https://pay.example.net/
says "endpoint: only in a site of stand-ins" 65 'endpoint .*--stand-ins' add --mode live receiver=a@example.net endpoint=https://x.example
says "a file that is not there" 65 'nofile: not there' add --mode live receiver=@nofile
printf '\377\n' >"$tmp/notext"
says "a file that is no text" 65 'receiver: UTF-8' add --mode live receiver=@"$tmp/notext"
is "nothing of this made one" "$("$bin/daybook" integration list --format csv | wc -l | tr -d ' ')" 1

exits "add; the id is the kind's" 0 add --mode live receiver=Billing@Example.net,MERCHANT1 ipn_url=
exits "its own id; values from a file and from standard input" 0 sh -c \
    "printf 'second@example.net\n' >'$tmp/r'; printf 'EUR,USD\n' | '$bin/daybook' integration add paypal-ipn two --mode test receiver=@'$tmp/r' currencies=- account=PayPal2"
is "list" "$(daybook integration list --format csv)" "id,kind,mode,account,currencies,receiver
paypal_ipn,paypal-ipn,live,PayPal,EUR,\"Billing@Example.net,MERCHANT1\"
two,paypal-ipn,test,PayPal2,\"EUR,USD\",second@example.net"
says "add again" 65 'integration two is there already' add two --mode test receiver=x@example.net account=PayPal2
says "a receiver of another account" 65 'receiver: integration paypal_ipn claims' add three --mode live receiver=billing@EXAMPLE.net account=Other
exits "... in the other mode it is another account" 0 add three --mode test receiver=billing@example.net account=Other
says "... and can't be taken later" 65 'receiver: integration two claims' "$bin/daybook" integration set three receiver=second@example.net
url() { daybook integration show "$1" --format json | python3 -c 'import json,sys; print(json.load(sys.stdin)["url"])'; }
like "show: the URL, made from base_url" "$(url paypal_ipn)" '^https://pay.example.net/x/ipn.cgi/paypal_ipn/[A-Za-z0-9_-]{22}$'
like "... and where to click" "$(daybook integration show paypal_ipn)" 'Instant payment notifications'
ok "ipn_url" "$bin/daybook" integration set paypal_ipn ipn_url=https://other.example/hook
is "... overrides it" "$(url paypal_ipn)" https://other.example/hook
ok "blank" "$bin/daybook" integration set paypal_ipn ipn_url=
like "... means made from base_url again" "$(url paypal_ipn)" '^https://pay.example.net/x/ipn.cgi/'
before=$(url paypal_ipn)
ok "rotate" "$bin/daybook" integration rotate paypal_ipn
like "... is another key" "$(url paypal_ipn)" "^${before%/*}/[A-Za-z0-9_-]{22}\$"
ok "... indeed" test "$before" != "$(url paypal_ipn)"
says "set: account never changes" 65 'account never changes' "$bin/daybook" integration set two account=PayPal
says "set: nor the mode" 65 'no setting "mode"' "$bin/daybook" integration set two mode=live
says "set: what?" 64 'KEY=VALUE' "$bin/daybook" integration set two
says "set: none of that name" 65 'no integration nobody' "$bin/daybook" integration set nobody deduct_fee=yes
says "show: none of that name" 65 'no integration nobody' "$bin/daybook" integration show nobody
says "rotate: none of that name" 65 'no integration nobody' "$bin/daybook" integration rotate nobody
says "remove: none of that name" 65 'no integration nobody' "$bin/daybook" integration remove nobody
says "a verb nobody knows" 64 'integration: add, list' "$bin/daybook" integration frob two
ok "remove" "$bin/daybook" integration remove three
is "... and it is gone" "$(daybook integration list --format csv | cut -d, -f 1 | tr '\n' ' ')" "id paypal_ipn two "
is "integration file: for intake, not for all" "$(mode_of integrations/paypal_ipn.json)" 640
urlkey=$(url paypal_ipn)
is "the key is in no error, no listing, no journal" "$(grep -rl "${urlkey##*/}" "$DAYBOOK_SITE" | grep -v '/evidence/\|/integrations/')" ""

# ---- endpoint, in a site of stand-ins ----

site_new "$tmp/stand"
endpoint() { "$bin/daybook" integration add paypal-ipn --mode test receiver=a@example.net "endpoint=$1"; }
for u in http://example.com http://example.com:80/ http://127.0.0.1:x@evil.example/ http://127.0.0.1@evil.example http://127.0.0.1.evil.example/ \
    http://localhost.evil.example http://127.1 http://0x7f000001/ 'http://[::2]/' 'http://[::1].evil.example/' http://10.0.0.1:80 'http://127.0.0.1\@evil.example' \
    http://127.0.0.1:99999/ ftp://127.0.0.1/ file:///etc/passwd //127.0.0.1 'https://a:b@example.com' 'https://' 'https://exa mple.com' 127.0.0.1; do
	says "endpoint $u" 65 'endpoint: https://HOST, or http to a loopback address' endpoint "$u"
done
for u in http://127.0.0.1:8080 http://localhost:8080/ http://127.9.8.7 'http://[::1]:80' https://paypal.example.com https://paypal.example.com:8443/; do
	exits "endpoint $u is fine" 0 endpoint "$u"
	"$bin/daybook" integration remove paypal_ipn >/dev/null
done
for v in "integration list" "customer list" balance payments messages breaks packs; do
	# shellcheck disable=SC2086
	like "STAND-IN: $v" "$("$bin/daybook" $v)" STAND-IN
done
ok "a customer" "$bin/daybook" customer add C1 --name X
integration_new paypal_ipn live
for v in "customer show C1" "integration show paypal_ipn" verify rebuild; do
	# shellcheck disable=SC2086
	like "STAND-IN: $v" "$("$bin/daybook" $v)" STAND-IN
done
like "STAND-IN: daybook-post" "$("$bin/daybook-post")" STAND-IN
like "STAND-IN: daybook-reconcile" "$("$bin/daybook-reconcile" -n --dates mdy "$top/tests/data/activity/b.csv")" STAND-IN
like "STAND-IN: daybook-audit" "$("$bin/daybook-audit" --day "$(date -u +%F)")" STAND-IN
like "STAND-IN: daybook-audit --verify" "$("$bin/daybook-audit" --verify "$DAYBOOK_SITE/audit/live/$(date -u +%F)")" STAND-IN
DAYBOOK_SITE=$tmp/site

# ---- bad settings in the files, newer versions ----

cp "$DAYBOOK_SITE/daybook.json" "$tmp/good.json"
bad() {	# REGEX NAME JSON
	setting "$2" "$3"
	says "daybook.json: $2 $3" 78 "$1" "$bin/daybook" balance
	cp "$tmp/good.json" "$DAYBOOK_SITE/daybook.json"
}
bad 'has format 2; this daybook reads up to 1' format 2
bad 'format: a number' format '"1"'
bad 'currency: "XXQ"' currency '"XXQ"'
bad 'currency: ' currency 5
bad 'time_zone|Mars/Olympus' time_zone '"Mars/Olympus"'
bad 'name: ' name '["x"]'
bad 'base_url: ' base_url null
bad 'min_free: bytes' min_free '"many"'
bad 'spool_max_files: bytes' spool_max_files -1
bad 'window_days' tolerances '{"window_days": 400}'
bad 'tolerances.window_day: no such setting' tolerances '{"window_day": 4}'
bad 'tolernces: no such setting' tolernces '{"window_days": 4}'
echo '{"format": 1,' >"$DAYBOOK_SITE/daybook.json"
says "daybook.json cut short" 78 'daybook.json:[0-9]+: ' "$bin/daybook" balance
cp "$tmp/good.json" "$DAYBOOK_SITE/daybook.json"
setting format 2
for p in daybook-post daybook-fetch daybook-reconcile daybook-audit; do
	case $p in daybook-reconcile) set -- "$tmp/good.json" ;; *) set -- ;; esac
	says "$p refuses a newer site" 78 'format 2; this daybook reads up to 1' "$bin/$p" "$@"
	is "... first line FAILED" "$(head -n 1 "$tmp/cmd.out")" FAILED
done
is "ipn.cgi does too, and asks for later" "$(ipn "paypal_ipn/${urlkey##*/}" "$tmp/good.json")" 503
cp "$tmp/good.json" "$DAYBOOK_SITE/daybook.json"
f=$DAYBOOK_SITE/integrations/two.json
cp "$f" "$tmp/two.json"
sed -i 's/"format": 1/"format": 2/' "$f"
says "a newer integration" 78 'integrations/two.json.*format 2; this daybook reads up to 1' "$bin/daybook" integration show two
says "... is listed as such, not left out" 78 'two.json.*format 2' "$bin/daybook" integration list
echo '{' >"$f"
says "a damaged integration" 78 'integrations/two.json:[0-9]+: ' "$bin/daybook" integration show two
says "... is not overwritten" 65 'integration two is there already.*two.json' add two --mode live receiver=z@example.net
cp "$tmp/two.json" "$f"
seg=$(find "$DAYBOOK_SITE/register/journal" -name '*.jsonl')
cp -a "$DAYBOOK_SITE" "$tmp/newer"
sed -i '1s/"format":1/"format":2/' "$tmp/newer/register/journal/${seg##*/}"
rm -f "$tmp"/newer/register/ledger.*
says "a newer journal" 78 'journal/.*format 2; this daybook reads up to 1' "$bin/daybook" -C "$tmp/newer" customer list

# ---- usage, help, version ----

for p in daybook daybook-post daybook-fetch daybook-reconcile daybook-audit; do
	exits "$p --help" 0 "$bin/$p" --help
	like "... says how" "$(cat "$tmp/cmd.out")" "^usage: $p"
	exits "$p -h" 0 "$bin/$p" -h
	exits "$p --version" 0 "$bin/$p" --version
	like "... is one line" "$(cat "$tmp/cmd.out")" "^$p [0-9]+\\.[0-9]+\\.[0-9]+\$"
	exits "$p --frob" 64 "$bin/$p" --frob
	exits "$p -C" 64 "$bin/$p" -C
	says "$p -b real" 64 'live or test' "$bin/$p" -b real
	mkdir -p "$tmp/empty"
	case $p in daybook) set -- balance ;; daybook-reconcile) set -- x.csv ;; *) set -- ;; esac
	says "$p: no site there" 78 "$tmp/nosite: " "$bin/$p" -C "$tmp/nosite" "$@"
	says "$p: a folder that is no site" 78 'no site is here' "$bin/$p" -C "$tmp/empty" "$@"
done
for v in "balance a b" "payments x" "allocate" "allocate P" "opening" "verify x" "messages show" "messages refuse ID" "breaks show" \
    "breaks frob" "export" "balance --at 2026-02-30" "payments --from yesterday" "payments --status lost" "messages --disposition lost" \
    "payments --by recorded" "balance --format xml" "customer add" "customer add C1" "customer frob C1" "customer contact C1" \
    "messages retry" "customer show C1 --format csv" "balance --at" "frob" "allocate P C1 --account Income:Other" "balance --open" "breaks --open=x"; do
	# shellcheck disable=SC2086
	exits "wrong usage: $v" 64 "$bin/daybook" $v
	ok "... says something" test -s "$tmp/cmd.err"
done
exits "daybook alone" 64 "$bin/daybook"
for v in "--day 2026-13-01" "--from x --to 2026-01-01" "--from 2026-01-01 --to x"; do
	# shellcheck disable=SC2086
	says "daybook-audit $v" 64 ': a day YYYY-MM-DD is expected, not "(2026-13-01|x)"' "$bin/daybook-audit" $v
done
for v in "--from 2026-01-02 --to 2026-01-01" "--day 2999-01-01"; do
	# shellcheck disable=SC2086
	says "daybook-audit $v" 65 'period: ' "$bin/daybook-audit" $v
done
for v in "--from 2026-01-01" "--day 2026-01-01 --from 2026-01-01 --to 2026-01-01" "--key ABC" "x"; do
	# shellcheck disable=SC2086
	exits "daybook-audit $v" 64 "$bin/daybook-audit" $v
done
exits "options may follow operands" 0 "$bin/daybook" balance Assets --format csv -b test
exits "daybook-post x" 64 "$bin/daybook-post" x

# ---- no room, no permission ----

for v in balance payments "export --to csv" "integration show two" "customer show C1" "messages --format json" verify "--help" "--version"; do
	# shellcheck disable=SC2086
	"$bin/daybook" $v >/dev/full 2>"$tmp/cmd.err"
	is "output full: daybook $v" "$? $(cat "$tmp/cmd.err")" "74 daybook: standard output: No space left on device"
done
for p in daybook-post daybook-audit; do
	"$bin/$p" >/dev/full 2>"$tmp/cmd.err"
	is "output full: $p" "$? $(cat "$tmp/cmd.err")" "74 $p: standard output: No space left on device"
done
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$tmp"
	mkdir -m 755 "$tmp/bin"
	cp "$bin"/daybook* "$tmp/bin"
	as() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	says "another user may not read the books" 78 'belongs to another user \(uid 0\)' as "$tmp/bin/daybook" balance
	says "... nor add a customer" 78 'belongs to another user \(uid 0\)' as "$tmp/bin/daybook" customer add C9 --name X
	says "... nor post" 78 'belongs to another user \(uid 0\)' as "$tmp/bin/daybook-post"
	says "... nor sign" 78 'belongs to another user \(uid 0\)' as "$tmp/bin/daybook-audit"
	says "... nor make a site in a folder that is not his" 74 "$tmp/his: create: Permission denied" \
	    as "$tmp/bin/daybook" init -C "$tmp/his" --name X --base-url https://x.example --currency USD
	chmod 600 "$DAYBOOK_SITE/daybook.json"
	says "... nor read settings that are closed" 78 'daybook.json: .*Permission denied' as "$tmp/bin/daybook" balance
	chmod 644 "$DAYBOOK_SITE/daybook.json"
	chmod 755 "$DAYBOOK_SITE/gnupg"
	says "a home of the key that others may read" 78 'gnupg: .*0700' "$bin/daybook-audit" --day "$(date +%F)"
	chmod 700 "$DAYBOOK_SITE/gnupg"
	mkdir "$tmp/small"
	cat >"$tmp/small.sh" <<'END'
mount -t tmpfs -o size=600k none "$2" || exit 0
cd "$2" || exit 0
"$1" -C "$2/s" init --name X --base-url https://x.example --currency USD >/dev/null 2>&1 || echo init
sed -i 's/256MiB/0/' s/daybook.json
head -c 600k /dev/zero >filler 2>/dev/null
"$1" -C "$2/s" customer add C1 --name X 2>&1 >/dev/null | sed 's/.*: //'
rm filler
"$1" -C "$2/s" customer add C1 --name X >/dev/null 2>&1; echo "$?"
"$1" -C "$2/s" verify >/dev/null 2>&1; echo "$?"
END
	small=$(unshare -m sh "$tmp/small.sh" "$bin/daybook" "$tmp/small" 2>/dev/null)
	[ -z "$small" ] || is "a full disk is named; with room again all is well" "$small" "No space left on device
0
0"
fi
verify_clean
done_testing
