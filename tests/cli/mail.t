#!/bin/sh
# Packs by mail: what a receiver with a key gets and one without, that nobody on the way reads a figure,
# that nothing is ever sent twice, whatever the server does, and that nothing goes out without TLS to
# the right server.  mail-killed.t has what happens when we are killed.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
# shellcheck source=tests/mail.sh
. "$top/tests/mail.sh"

cert good mail.localhost
cert other mail.localhost
cert wrong elsewhere.localhost
server post --tls start --cert "$tmp/good.pem" --auth "us:$secret"
server tls --tls always --cert "$tmp/good.pem"
server wrong --tls always --cert "$tmp/wrong.pem"
server plain --tls none
login=", \"username\": \"us\", \"password_file\": \"smtp\""

standin_start
site_new "$tmp/site"
echo "$secret" >"$DAYBOOK_SITE/secrets/smtp"
chmod 600 "$DAYBOOK_SITE/secrets/smtp"
integration_new paypal_ipn live
make_ipn "$tmp/body" payment txn_id=P1 payer_email=stranger@example.org
genuine "paypal_ipn/$ikey" "$tmp/body" >/dev/null
# The day before yesterday: what is decided about receivers today is in today's pack.
faketime '-2 days' "$bin/daybook-post" >/dev/null
today=$(date -u -d '2 days ago' +%F)

make_key 'Alice <alice@acc.example>' never alice
acc --armor --export-secret-keys alice@acc.example >"$tmp/alice.secret"
make_key 'Carol <carol@acc.example>' 30d carol
fpr=$(fingerprint alice@acc.example)

# ---- nothing is configured ----

exits "--mail where no mail is configured: the pack is there" 1 "$bin/daybook-audit" --day "$today" --mail
like "... it says so" "$(cat "$tmp/cmd.out")" '^mail: none, for daybook.json has no "mail"$'
is "... quietly" "$(cat "$tmp/cmd.err")" ""
use post mail.localhost "$login"
exits "no receivers" 1 "$bin/daybook-audit" --day "$today" --mail
like "... it says so" "$(cat "$tmp/cmd.out")" '^mail: no receivers'
exits "daybook mail send, nothing waits" 0 "$bin/daybook" mail send
exits "--evidence without --mail" 64 "$bin/daybook-audit" --evidence

# ---- receivers ----

exits "receiver add with a key" 0 "$bin/daybook" receiver add Alice@acc.example --key "$tmp/alice.asc"
like "... shows the fingerprint to compare" "$(tr -d ' ' <"$tmp/cmd.out")" "key$fpr"
exits "... again: nothing to change" 0 "$bin/daybook" receiver add alice@acc.example --key "$tmp/alice.asc"
like "... said" "$(cat "$tmp/cmd.out")" 'nothing to change'
says "another key for the same address is two decisions" 65 'remove it first' "$bin/daybook" receiver add alice@acc.example --key "$tmp/carol.asc"
says "a secret key" 65 'alice.secret: a secret key' "$bin/daybook" receiver add x@acc.example --key "$tmp/alice.secret"
says "no key at all" 65 'body: no OpenPGP key' "$bin/daybook" receiver add x@acc.example --key "$tmp/body"
says "no such file" 65 'nowhere' "$bin/daybook" receiver add x@acc.example --key "$tmp/nowhere"
exits "receiver add without a key" 0 "$bin/daybook" receiver add bob@acc.example
for bad in 'x@y
Bcc: z@y' '<x@y>' 'x@y,z@y' 'x y@z' 'x' 'x@y z' 'x@y>' 'x@é'; do
	exits "no address: $(printf %s "$bad" | tr '\n' '~')" 64 "$bin/daybook" receiver add "$bad"
done
exits "a key whose user ids name another" 0 "$bin/daybook" receiver add dave@acc.example --key "$tmp/carol.asc"
like "... is told" "$(cat "$tmp/cmd.out")" 'none of its user ids has the address dave@acc.example'
exits "receiver remove" 0 "$bin/daybook" receiver remove dave@acc.example
says "... again" 65 'no receiver' "$bin/daybook" receiver remove dave@acc.example
is "receiver list" "$(daybook receiver list --format csv | cut -d, -f 1-3)" "email,fingerprint,key
alice@acc.example,$fpr,usable
bob@acc.example,,none"
like "who decided is in the register" "$(cat "$DAYBOOK_SITE"/register/journal/*.jsonl)" '"verb":"receiver-add"'
verify_clean

# ---- what arrives ----

exits "the pack goes out" 1 "$bin/daybook-audit" --day "$today" --mail
like "... told" "$(tr '\n' ' ' <"$tmp/cmd.out")" 'receivers 2, queued 2 \(verdict only: 1\), had it before 0 mail: sent 2, queued 0, failed 0, uncertain 0'
is "... quietly" "$(cat "$tmp/cmd.err")" ""
is "... two messages" "$(taken post)" 2
is "signed in, under TLS only" "$(grep -c '^P [^ES]' "$tmp/post/log") $(grep -c '^T AUTH' "$tmp/post/log")" "0 2"
a=$(find_to post alice) b=$(find_to post bob) pack=$DAYBOOK_SITE/audit/live/$today
is "with a key: encrypted" "$(part "$a" type)" "multipart/encrypted application/pgp-encrypted application/octet-stream"
is "ASCII, no bare line ends" "$(part "$a" lines | cut -d' ' -f 2-) $(part "$b" lines | cut -d' ' -f 2-)" "True False True False"
ok "no long line" test "$(part "$a" lines | cut -d' ' -f 1)" -le 100
subject="BREAKS 1 Example Telecom $today pack 1 STAND-IN"
is "the subject begins with the verdict" "$(part "$a" header Subject)|$(part "$b" header Subject)" "$subject|$subject"
is "nothing else of the pack is open on the way" "$(cat "$a" "$b" | grep -c 'Assets\|stranger\|unallocated')" 0
part "$a" sealed >"$tmp/sealed.asc"
acc --import "$pack/public-key.asc" 2>/dev/null
acc --status-fd 3 --decrypt "$tmp/sealed.asc" 3>"$tmp/status" >"$tmp/inner" 2>/dev/null
key=$(sed -n 's/.*"key": "\([^"]*\)".*/\1/p' "$DAYBOOK_SITE/daybook.json")
is "encrypted to that key alone" "$(grep -c ENC_TO "$tmp/status")" 1
like "signed by the site" "$(cat "$tmp/status")" "VALIDSIG $key "
is "the subject is under the signature too" "$(part "$tmp/inner" header Subject)" "$subject"
text=$(part "$tmp/inner" text)
is "first line: the verdict" "$(echo "$text" | head -n 1)" "BREAKS 1"
like "figures" "$(echo "$text" | tr -s ' ')" 'unallocated 1 '
like "... balances" "$(echo "$text" | tr -s ' ')" '^Assets:PayPal USD 19\.02'
like "... and the fingerprint to compare" "$(echo "$text" | tr -d ' ')" "^$key"
zip=daybook-live-$today-pack-1.zip
like "attachments" "$(part "$tmp/inner" names)" "$zip"
part "$tmp/inner" file "$zip" >"$tmp/pack.zip"
mkdir "$tmp/unzipped"
python3 -m zipfile -e "$tmp/pack.zip" "$tmp/unzipped"
ok "the archive is the pack, byte for byte" diff -r "$pack" "$tmp/unzipped/$today"
exits "... and verifies" 0 "$bin/daybook-audit" --verify "$tmp/unzipped/$today"
for f in $(part "$tmp/inner" names); do
	[ "$f" = "$zip" ] || { part "$tmp/inner" file "$f" >"$tmp/one"; ok "$f is the pack's" cmp "$tmp/one" "$pack/$f"; }
done

is "without a key: signed" "$(part "$b" type)" "multipart/signed multipart/mixed text/plain application/pgp-signature"
part "$b" signed >"$tmp/signed"
part "$b" signature >"$tmp/signature"
like "... by the site" "$(acc --status-fd 1 --verify "$tmp/signature" "$tmp/signed" 2>/dev/null)" "VALIDSIG $key "
text=$(part "$b" text)
is "... the verdict" "$(echo "$text" | head -n 1)" "BREAKS 1"
is "... no figure" "$(echo "$text" | grep -c 'USD\|unallocated\|[0-9][.][0-9][0-9]')" 0
like "... how to fetch it" "$text" "audit/live/$today"
is "packs: the register" "$(daybook packs --format csv | sed -n 2p | tr -d '"' | cut -d, -f 1,2,6-7)" "1,$today,live,$key"
like "... who was sent it, and when" "$(daybook packs --format json)" 'alice@acc.example sent 20..-..-..T..:..:..Z'
like "... and who the verdict" "$(daybook packs --format json)" 'bob@acc.example notice sent 20..-..-..T..:..:..Z'
like "daybook mail: the server's answer" "$(daybook mail --format csv | grep ',pack,')" '250 2.0.0 taken as 00'

# ---- once ----

exits "again" 1 "$bin/daybook-audit" --day "$today" --mail
like "... they had it" "$(cat "$tmp/cmd.out")" 'queued 0 \(verdict only: 0\), had it before 2'
is "... nothing was sent" "$(taken post)" 2
"$bin/daybook" receiver remove bob@acc.example >/dev/null

# ---- evidence ----

exits "--evidence" 1 "$bin/daybook-audit" --day "$today" --mail --evidence
is "... one more message" "$(taken post)" 3
e=$tmp/post/003.eml
is "... encrypted" "$(part "$e" type)" "multipart/encrypted application/pgp-encrypted application/octet-stream"
part "$e" sealed >"$tmp/sealed.asc"
acc --decrypt "$tmp/sealed.asc" >"$tmp/inner" 2>/dev/null
part "$tmp/inner" file "evidence-live-$today-pack-1.jsonl" >"$tmp/evidence.jsonl"
like "... the bytes as they came" "$(cat "$tmp/evidence.jsonl")" 'stranger%40example.org'
is "... each line named by the journal in the pack" "$(while read -r l; do grep -c "$(printf %s "$l" | sha256sum | cut -c 1-64)" "$pack/journal.jsonl"; done <"$tmp/evidence.jsonl" | sort -u)" 1
is "... never open, in outbox, pack or mail" "$(grep -rl 'stranger%40example' "$DAYBOOK_SITE/outbox" "$DAYBOOK_SITE/audit" "$tmp/post" | wc -l | tr -d ' ')" 0
exits "... again" 1 "$bin/daybook-audit" --day "$today" --mail --evidence
is "... not twice" "$(taken post) $(twice)" "3 0"

# ---- what servers do ----

# trial NAME MODE EXIT STATE ANSWER: how the run ends, what becomes of the message, what is said
trial() {
	mode post "$2"
	before=$(ids "$4" | wc -l)
	night
	is "$1: exit, verdict" "$? $(head -n 1 "$tmp/audit.out")" "$3 CLEAN"
	is "... $4" "$(($(ids "$4" | wc -l) - before))" 1
	like "... says so" "$(cat "$tmp/audit.err")" "$5"
}
trial "greylisted" grey 75 queued 'not now: 450 4.2.0 greylisted'
kept=$(taken post) asked=$(grep -c RCPT "$tmp/post/log")
exits "... not due yet" 75 "$bin/daybook" mail send
is "... not tried" "$(grep -c RCPT "$tmp/post/log")" "$asked"
exits "... two minutes later" 0 faketime '+2 minutes' "$bin/daybook" mail send
is "... it goes" "$(taken post)" "$((kept + 1))"
trial "not now, after all of it" later 75 queued '451 4.3.0 later'
trial "busy" busy 75 queued '421 4.3.2 too busy'
mode post ok
exits "... both go later" 0 faketime '+5 minutes' "$bin/daybook" mail send
trial "no such mailbox" unknown 69 failed 'failed: 550 5.1.1 no such mailbox'
trial "refused in the end" refuse 69 failed 'failed: 554 5.7.1'
for id in $(ids failed); do ok "drop" "$bin/daybook" mail drop "$id"; done
trial "signing in fails" nologin 75 queued 'not now: 535 5.7.8'
trial "no answer to RCPT" hang-rcpt 75 queued 'not now'
mode post ok
exits "... and later" 0 faketime '+5 minutes' "$bin/daybook" mail send
had=$(taken post)
trial "taken, and the line is cut" took-cut 69 uncertain 'uncertain, it may have arrived'
trial "taken, and no answer comes" took-hang 69 uncertain 'uncertain, it may have arrived'
is "... the server has both" "$(taken post)" $((had + 2))
trial "cut after the final dot" cut-dot 69 uncertain 'uncertain'
trial "no answer after the final dot" hang-dot 69 uncertain 'uncertain'
mode post cut-data
night
is "cut in the middle: nothing arrived" "$(taken post)" $((had + 2))
# Where the line broke before our last byte was out, nobody can have it, and it goes again.
again=$(ids queued | wc -l)
mode post ok
exits "uncertain ones wait for a person" 1 faketime '+3 days' "$bin/daybook" mail send
audit --day "$(date -u -d "2024-01-01 + $((n - 3)) days" +%F)" --mail
is "... and are not sent by themselves" "$(twice) $(taken post)" "0 $((had + 2 + again))"
id=$(ids uncertain | head -n 1)
exits "retry" 0 "$bin/daybook" mail retry "$id"
exits "... sends it" 1 "$bin/daybook" mail send
is "... under the same Message-ID" "$(grep -l "$id" "$tmp"/post/*.eml | wc -l | tr -d ' ') $(twice)" "2 1"
rm -f "$(grep -l "$id" "$tmp"/post/*.eml | tail -n 1)"
says "... and not what was sent" 65 'is sent' "$bin/daybook" mail retry "$id"
says "no such message" 65 'no message' "$bin/daybook" mail drop 00000000000000000000000000000000
for id in $(ids uncertain) $(ids queued); do "$bin/daybook" mail drop "$id" >/dev/null; done
is "all settled" "$(ids queued; ids uncertain; ids failed)" ""
like "dropped is a state too" "$(daybook mail --format csv)" ',dropped,pack,alice@acc.example,'
is "mail --waiting: none of these" "$(daybook mail --waiting --format csv | wc -l | tr -d ' ')" 1

# two that send at once
mode post hang-rcpt
use post mail.localhost "$login" "" 4
n=$((n + 1))
setsid "$bin/daybook-audit" --day "$(date -u -d "2024-01-01 + $n days" +%F)" --mail >/dev/null 2>&1 &
one=$!
reap "$one"
wait_for 10 grep -q RCPT "$tmp/post/log.new"
says "one sends at a time" 75 'another run is sending' "$bin/daybook" mail send
wait "$one"
mode post ok
use post mail.localhost "$login"
faketime '+3 days' "$bin/daybook" mail send >/dev/null 2>&1
is "... and it goes once" "$(ids queued) $(twice)" " 0"

# ---- TLS ----

# refused NAME SERVER REGEX: nothing of a message goes out
refused() {
	: >"$tmp/$2/log"
	night
	is "$1: not sent" "$? $(grep -c 'MAIL\|AUTH\|DATA' "$tmp/$2/log")" "75 0"
	like "... says why" "$(cat "$tmp/audit.err")" "$3"
}
mode post notls
refused "no STARTTLS" post 'TLS|SSL'
mode post ok
use plain mail.localhost
refused "no TLS at all" plain 'TLS|SSL'
ca=other
use post mail.localhost "$login"
refused "another authority's certificate" post 'certificate'
ca=
use post mail.localhost "$login"
refused "one the system does not know" post 'certificate'
ca=wrong
use wrong mail.localhost "" s
refused "another host's certificate" wrong 'SSL|certificate'
settings '{"from": "books@example.net", "smtp": "smtps://mail.localhost:1", "timeout": 1}'
refused "no server there" wrong 'refused|connect'
ca=good
use tls mail.localhost "" s
exits "smtps: they all go" 0 faketime '+3 days' "$bin/daybook" mail send
is "... under TLS" "$(taken tls) $(grep -c '^P' "$tmp/tls/log")" "6 0"
use plain 127.0.0.1
night
is "to this machine itself it may be plain" "$? $(taken plain)" "0 1"

# ---- settings ----

while IFS='|' read -r json re; do
	settings "$json"
	says "settings: $json" 78 "$re" "$bin/daybook-audit" --day "$today" --mail
	is "... the pack stands" "$(head -n 1 "$tmp/cmd.out")" "BREAKS 1"
done <<'END'
7|mail: an object
{"smtp": "smtps://x"}|mail.from
{"from": "a b@c", "smtp": "smtps://x"}|mail.from
{"from": "a@b\r\nBcc: x@y", "smtp": "smtps://x"}|mail.from
{"from": "a@b"}|mail.smtp
{"from": "a@b", "smtp": "https://x"}|mail.smtp
{"from": "a@b", "smtp": "smtps://u:p@x"}|mail.smtp
{"from": "a@b", "smtp": "smtps://x/y"}|mail.smtp
{"from": "a@b", "smtp": "smtps://x", "user": "u"}|mail.user: no such setting
{"from": "a@b", "smtp": "smtps://x", "username": "u"}|mail.password_file
{"from": "a@b", "smtp": "smtps://x", "username": "u", "password_file": "../daybook.json"}|mail.password_file
{"from": "a@b", "smtp": "smtps://x", "ca_file": "rel"}|mail.ca_file
{"from": "a@b", "smtp": "smtps://x", "size_max": "1GB"}|mail.size_max
{"from": "a@b", "smtp": "smtps://x", "timeout": 0}|mail.timeout
END
use post mail.localhost "$login"
chmod 644 "$DAYBOOK_SITE/secrets/smtp"
night
is "a password others can read" $? 78
like "... is said" "$(cat "$tmp/audit.err")" 'secrets/smtp: a file of our own with mode 0600'
chmod 600 "$DAYBOOK_SITE/secrets/smtp"
exits "... and put right" 0 "$bin/daybook" mail send
# a pack of a day with four hundred new customers does not go through 32 KiB
today=$(date -u +%F)
audit --day "$today"
i=0
echo id,name >"$tmp/customers"
while [ $i -lt 400 ]; do
	i=$((i + 1))
	echo "M$i,$(printf %s "$i" | sha256sum | cut -c 1-60)" >>"$tmp/customers"
	echo "Liabilities:Customers:M$i,USD,-$i.$((i % 90 + 10)),$today"
done >"$tmp/rows"
"$bin/daybook" customer import "$tmp/customers" >/dev/null
{ echo account,currency,amount,date; cat "$tmp/rows"; } >"$tmp/opening"
"$bin/daybook" opening "$tmp/opening" >/dev/null
use post mail.localhost "$login, \"size_max\": \"32KiB\", \"fetch\": \"sftp://audit@books.example.net/\""
exits "too large for mail" 1 "$bin/daybook-audit" --day "$today" --mail
a=$(find_to post alice)
part "$a" sealed >"$tmp/sealed.asc"
acc --decrypt "$tmp/sealed.asc" >"$tmp/inner" 2>/dev/null
ok "... never larger than size_max" test "$(wc -c <"$a")" -le 32768
is "... no archive" "$(part "$tmp/inner" names | grep -c zip)" 0
like "... how to fetch it" "$(part "$tmp/inner" text)" 'sftp://audit@books.example.net/'
like "... and what it supersedes" "$(part "$tmp/inner" text)" "This pack supersedes $today"
use post mail.localhost "$login"
sed -i 's/"name": "Example Telecom"/"name": "Example\\r\\nBcc: x@y"/' "$DAYBOOK_SITE/daybook.json"
night
is "a name that would be a header" "$? $(grep -c 'control character' "$tmp/audit.err")" "65 1"
sed -i 's/"name": "Example[^"]*"/"name": "Éxample, \\"Telecom\\" =?UTF-8?B?WA==?="/' "$DAYBOOK_SITE/daybook.json"
night
a=$(find_to post alice)
is "a name that is hard to write" "$(part "$a" header Subject)" "CLEAN Éxample, \"Telecom\" =?UTF-8?B?WA==?= $day pack $(daybook packs --format csv | tail -n 1 | cut -d, -f 1) STAND-IN"
like "... begins with the verdict as it is" "$(part "$a" raw-header subject)" '^Subject: CLEAN =\?UTF-8\?B\?'

# ---- keys end ----

"$bin/daybook" receiver remove alice@acc.example >/dev/null
is "a receiver's key leaves the keyring with him" "$(gpg --homedir "$DAYBOOK_SITE/gnupg" --batch --with-colons --list-keys 2>/dev/null | grep -c "$fpr")" 0
"$bin/daybook" receiver add carol@acc.example --key "$tmp/carol.asc" >/dev/null
faketime '+40 days' "$bin/daybook-audit" --day 2022-06-01 --mail >"$tmp/audit.out" 2>"$tmp/audit.err"
like "an expired key" "$(cat "$tmp/audit.err")" 'carol@acc.example: gets the verdict only: key .* expired'
is "... the verdict only" "$(part "$(find_to post carol)" type | cut -d' ' -f 1)" multipart/signed
acc --quick-set-expire "$(fingerprint carol@acc.example)" 2y 2>/dev/null
acc --quick-set-expire "$(fingerprint carol@acc.example)" 2y '*' 2>/dev/null
acc --armor --export carol@acc.example >"$tmp/carol.asc"
exits "the same key, extended" 0 "$bin/daybook" receiver add carol@acc.example --key "$tmp/carol.asc"
faketime '+40 days' "$bin/daybook-audit" --day 2022-06-01 --mail >"$tmp/audit.out" 2>&1
is "... and she gets the pack" "$(part "$(find_to post carol)" type | cut -d' ' -f 1)" multipart/encrypted

# ---- and all the while ----

is "nothing was sent twice" "$(twice)" 0
is "the password stands nowhere else" "$(grep -rl "$secret" "$DAYBOOK_SITE" "$tmp"/*.out "$tmp"/*.err "$tmp"/*/err | sed "s|$tmp/||")" site/secrets/smtp
like "key letter" "$("$bin/daybook" key letter | tr -d ' ')" "^$key"
gpgconf --homedir "$DAYBOOK_SITE/gnupg" --kill all
is "no agent of ours stays" "$(pgrep -f "gpg-agent.*$DAYBOOK_SITE" | wc -l | tr -d ' ')" 0
verify_clean
done_testing
