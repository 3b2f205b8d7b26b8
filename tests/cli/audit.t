#!/bin/sh
# The audit pack: what is in it, that a stranger can check it with gpg, sha256sum and hledger, that
# any change of it is found, that packs chain, and that the same books give the same pack.
# DAYBOOK_TEST_SHARE: every how many-th byte of a pack is changed (1: all of them).
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
command -v faketime >/dev/null || skip_all "faketime is not there"
share=${DAYBOOK_TEST_SHARE:-199}

standin_start
site_new "$tmp/site" --time-zone Europe/Berlin
integration_new paypal_ipn live
where=paypal_ipn/$ikey
export TZ=UTC
on() {	# DAY COMMAND...: at noon
	day=$1
	shift
	faketime "$day 12:00:00" "$@"
}
gets() {	# DAY KIND FIELD...
	when=$1
	shift
	make_ipn "$tmp/body" "$@"
	genuine "$where" "$tmp/body" >/dev/null
	on "$when" "$bin/daybook-post" >/dev/null
}
names() { find "$1" -mindepth 1 -maxdepth 1 -name "${2:-*}" -printf '%f\n' | sort | tr '\n' ' '; }
pack=$DAYBOOK_SITE/audit/live
manifest() { python3 -c "
import json, sys
m = json.load(open(sys.argv[1] + '/manifest.json'))
print(*[json.dumps(m.get(k)) if not isinstance(m.get(k), str) else m[k] for k in sys.argv[2:]], sep='|')" "$@"; }

on 2099-03-01 "$bin/daybook" customer add C1 --name "=Alice <b>" --paypal-email alice@example.net >/dev/null
printf 'account,currency,amount,date\nAssets:PayPal,USD,10.00,2099-03-01\n' >"$tmp/o.csv"
on 2099-03-01 "$bin/daybook" opening "$tmp/o.csv" >/dev/null
gets 2099-03-02 payment txn_id=P1 'first_name=; include /etc/passwd'
gets 2099-03-02 payment txn_id=P2 mc_gross=7.00 mc_fee=0.50 payer_id=STR1 'payer_email==cmd|x@example.org'
gets 2099-03-02 payment txn_id=J1 mc_currency=JPY mc_gross=1500 mc_fee=50
make_ipn "$tmp/forged" payment txn_id=F1
ipn "$where" "$tmp/forged" >/dev/null
gets 2099-03-02 payment txn_id=H1 receiver_id=OTHER1 receiver_email=o@example.org
gets 2099-03-03 refund txn_id=R1 parent_txn_id=P1 mc_gross=-5.00 mc_fee=-0.10

# ---- what is in it ----

on 2099-03-03 "$bin/daybook-audit" >"$tmp/audit.out"
is "default: yesterday; exit 1, something waits for a person" "$? $(head -n 1 "$tmp/audit.out")" "1 BREAKS 2"
p=$pack/2099-03-02
is "files" "$(names "$p")" "PayPal-JPY.ofx PayPal-USD.ofx VERIFY.txt balances.csv breaks.csv journal.csv journal.jsonl ledger.hledger manifest.json manifest.json.asc messages.csv payments.csv public-key.asc report.pdf workbook.xlsx "
is "nothing half done beside it" "$(names "$pack")" ".lock .lock.want 2099-03-02 "
head1() { head -n 1 "$p/$1" | tr -d '\r'; }
is "balances.csv: columns" "$(head1 balances.csv)" account,currency,opening,debit,credit,closing,entries
is "payments.csv: columns" "$(head1 payments.csv)" provider,payment_id,parent_id,kind,status,customer,payer,currency,gross,fee,net,event_time,recorded_time
is "messages.csv: columns" "$(head1 messages.csv)" message_id,received,integration,disposition,reason,payment_id
is "breaks.csv: columns" "$(head1 breaks.csv)" break_id,category,status,first_seen,age_days,provider,payment_id,currency,report_amount,ledger_amount,difference,file,line,explanation
is "balances of the day" "$(tr -d '\r' <"$p/balances.csv" | grep PayPal)" "Assets:PayPal,JPY,0,1450,0,1450,1
Assets:PayPal,USD,10.00,25.52,0.00,35.52,2
Expenses:Fees:PayPal,JPY,0,50,0,50,1
Expenses:Fees:PayPal,USD,0.00,1.48,0.00,1.48,2"
is "closing is what daybook balance --at says" "$(tr -d '\r' <"$p/balances.csv" | cut -d, -f 1,2,6 | tail -n +2)" \
    "$(daybook balance --at 2099-03-02 --format csv | tail -n +2)"
is "payments of the day, as of its end" "$(tr -d '\r' <"$p/payments.csv" | awk -F, 'NR > 1 {print $2, $5}' | sort | tr '\n' ' ')" "J1 completed P1 completed P2 completed "
is "messages of the day" "$(tr -d '\r' <"$p/messages.csv" | awk -F, 'NR > 1 {print $4, $5}' | sort | uniq -c | tr -s ' ' | tr '\n' ';')" \
    " 1 held wrong-receiver; 2 posted ; 1 posted payer-unknown; 1 refused invalid;"
is "no cell a spreadsheet would run" "$(cat "$p"/*.csv | grep -c '\(^\|,\)"\?[=+@]')" 0
is "no stranger's text in ledger.hledger" "$(grep -c 'cmd\|include\|example.org\|Alice' "$p/ledger.hledger")" 0
like "opening balances come first there" "$(sed -n '/^2099/{p;q}' "$p/ledger.hledger")" '^2099-03-02 opening balances'
is "manifest" "$(manifest "$p" number period from to time_zone previous_manifest program stand_ins book | sed 's/daybook [0-9.]*/daybook V/')" \
    "1|2099-03-02|2099-03-02|2099-03-02|Europe/Berlin||daybook V|true|live"
like "... standing" "$(manifest "$p" standing)" '"held": 1, "unallocated": 1, "breaks": 0, "expected": 0, "waiting": 0'
like "VERIFY.txt says STAND-IN, and the key" "$(cat "$p/VERIFY.txt")" 'STAND-IN'
# the chain, by other means than ours: each line names the digest of the one before it
is "journal.jsonl is the slice of the chain" "$(python3 - "$p" "$DAYBOOK_SITE/books/live/journal" <<'END'
import glob, hashlib, json, sys
m = json.load(open(sys.argv[1] + "/manifest.json"))
lines = open(sys.argv[1] + "/journal.jsonl", "rb").read().split(b"\n")[:-1]
whole = b"".join(open(f, "rb").read() for f in sorted(glob.glob(sys.argv[2] + "/*.jsonl")))
assert b"\n".join(lines) in whole
for a, b in zip(lines, lines[1:]):
    assert json.loads(b)["prev"] == hashlib.sha256(a).hexdigest()
print(hashlib.sha256(lines[-1]).hexdigest() == m["chain_head"], len(lines) == m["last_record"] - m["first_record"] + 1)
END
)" "True True"

# ---- a stranger checks it ----

mkdir -m 700 "$tmp/stranger"
cp -R "$p" "$tmp/copy"
cd "$tmp/copy" || exit 1
stranger() { gpg --homedir "$tmp/stranger" --batch "$@"; }
stranger --import public-key.asc >/dev/null 2>&1
exits "gpg --verify" 0 stranger --verify manifest.json.asc manifest.json
like "... good, by the key of the settings" "$(stranger --status-fd 1 --verify manifest.json.asc manifest.json 2>/dev/null)" \
    "VALIDSIG $(manifest . key) "
ok "sha256sum -c" sh -c "grep -o '[0-9a-f]\{64\}  [^\"]*' manifest.json | sha256sum -c"
is "... of every file but the manifest and its signature" "$(grep -o '[0-9a-f]\{64\}  [^"]*' manifest.json | sed 's/.*  //' | sort | tr '\n' ' ')" \
    "PayPal-JPY.ofx PayPal-USD.ofx VERIFY.txt balances.csv breaks.csv journal.csv journal.jsonl ledger.hledger messages.csv payments.csv public-key.asc report.pdf workbook.xlsx "
if command -v hledger >/dev/null; then
	exits "hledger check --strict" 0 hledger -f ledger.hledger check --strict
	is "hledger's balances are ours to the cent" "$(hledger -f ledger.hledger balance --flat -N -E -O csv --layout=bare | tail -n +2 | tr -d '"' | sort)" \
	    "$(daybook balance --at 2099-03-02 --format csv | tail -n +2 | sort)"
fi
exits "daybook-audit --verify" 0 "$bin/daybook-audit" --verify .
is "... CLEAN" "$(head -n 1 "$tmp/cmd.out")" CLEAN
fpr=$(manifest . key)
says "... with neither" 78 'without a site, --key ' "$bin/daybook-audit" -C "$tmp/nowhere" --verify "$tmp/copy"
exits "... by fingerprint, with no site" 0 env -u DAYBOOK_SITE "$bin/daybook-audit" --verify "$tmp/copy" --key "$fpr"
exits "... written as people do" 0 "$bin/daybook-audit" --verify . --key "$(echo "$fpr" | tr 'A-F' 'a-f' | sed 's/..../& /g')"
cd "$top" || exit 1

# ---- and any change is found ----

copy() { rm -rf "$tmp/copy"; cp -R "$p" "$tmp/copy"; }
fault() {
	says "$1" 65 "$2" "$bin/daybook-audit" --verify "$tmp/copy"
	is "... FAILED" "$(head -n 1 "$tmp/cmd.out")" FAILED
}
for f in manifest.json manifest.json.asc public-key.asc journal.csv VERIFY.txt breaks.csv; do
	copy; rm "$tmp/copy/$f"
	fault "without $f" "$f: "
done
copy; echo x >"$tmp/copy/extra.csv"
fault "a file more" 'extra.csv: was not signed'
copy; echo x >"$tmp/copy/.hidden"
fault "a hidden one" '.hidden: was not signed'
copy; mkdir "$tmp/copy/more"
fault "a folder" 'more: not a regular file'
copy; mv "$tmp/copy/journal.csv" "$tmp/copy/journal2.csv"
fault "a file renamed" 'journal.csv: missing'
copy; mv "$tmp/copy/journal.csv" "$tmp/j"; ln -s "$tmp/j" "$tmp/copy/journal.csv"
fault "a link in its place" 'journal.csv: '
copy; mv "$tmp/copy/payments.csv" "$tmp/x"; mv "$tmp/copy/messages.csv" "$tmp/copy/payments.csv"; mv "$tmp/x" "$tmp/copy/messages.csv"
fault "two files changed places" 'payments.csv: not as it was signed'
copy; echo >>"$tmp/copy/breaks.csv"
fault "a byte more" 'breaks.csv: not as it was signed'
copy; printf '\n' >>"$tmp/copy/manifest.json.asc"
fault "a byte more behind the signature" 'manifest.json.asc: .*armor'
copy; sed -i 's/^-----BEGIN.*/&\nComment: harmless/' "$tmp/copy/manifest.json.asc"
fault "a comment in the signature" 'manifest.json.asc: .*armor'
copy; cat "$p/manifest.json.asc" >>"$tmp/copy/manifest.json.asc"
fault "the signature twice" 'manifest.json.asc: .*armor'
says "no such folder" 65 'nopack: No such file' "$bin/daybook-audit" --verify "$tmp/nopack"
says "another fingerprint" 65 'another key|No public key|not there' "$bin/daybook-audit" --verify "$p" --key 0123456789ABCDEF0123456789ABCDEF01234567
says "a fingerprint that is none" 64 '--key: ' "$bin/daybook-audit" --verify "$p" --key abc

# Signed well, but by another key; and by one that has expired.
other() {	# EXPIRE WHEN: a pack whose files are changed, and all made good by a key of one's own
	rm -rf "$tmp/mallory"
	mkdir -m 700 "$tmp/mallory"
	g="faketime $2 gpg --homedir $tmp/mallory --batch --pinentry-mode loopback --passphrase"
	$g '' --quick-generate-key "Mallory <books@example.net>" ed25519 sign "$1" >/dev/null 2>&1
	copy
	sed -i 's/20\.00/90.00/' "$tmp/copy/journal.csv"
	$g '' --armor --export >"$tmp/copy/public-key.asc" 2>/dev/null
	mfpr=$($g '' --with-colons --list-keys 2>/dev/null | awk -F: '$1 == "fpr" {print $10; exit}')
	python3 - "$tmp/copy" "$mfpr" <<'END'
import hashlib, json, sys
d = sys.argv[1]
m = json.load(open(d + "/manifest.json"))
m["key"] = sys.argv[2]
m["files"] = [hashlib.sha256(open(d + "/" + x[66:], "rb").read()).hexdigest() + x[64:] for x in m["files"]]
json.dump(m, open(d + "/manifest.json", "w"), indent=2)
END
	rm "$tmp/copy/manifest.json.asc"
	$g '' --armor --detach-sign --output "$tmp/copy/manifest.json.asc" "$tmp/copy/manifest.json" >/dev/null 2>&1
	gpgconf --homedir "$tmp/mallory" --kill all
}
other never 2026-01-01
fault "all made good by another key" "manifest.json.asc: .*(another key|No public key|not there)"
says "... and as its own it does not add up" 65 'journal.csv:[0-9]+: the entry that begins here does not add to 0' "$bin/daybook-audit" --verify "$tmp/copy" --key "$mfpr"
other 1d 2020-01-01
says "a key that has expired" 65 'expired' "$bin/daybook-audit" --verify "$tmp/copy" --key "$mfpr"

rm -rf "$tmp/copy"
cp -R "$p" "$tmp/tampered"
fpr=$(manifest "$p" key)
# shellcheck disable=SC2046
PYTHONHASHSEED=1 python3 "$top/tests/cli/tamper.py" "$share" 65 "$tmp/tampered" $(ls "$p") -- env -u DAYBOOK_SITE "$bin/daybook-audit" \
    --verify {} --key "$fpr" >"$tmp/tamper.out"
is "one byte changed in any file is found" "$(sed '$d' "$tmp/tamper.out" | head -n 20)" ""
echo "# $(tail -n 1 "$tmp/tamper.out")"

# ---- again, later, chained ----

before=$(cat "$p"/* | sha256sum)
on 2099-03-05 "$bin/daybook-audit" --day 2099-03-02 >"$tmp/audit.out"
like "the same again is there already" "$(cat "$tmp/audit.out")" 'pack 1 in audit/live/2099-03-02 \(it was there, unchanged\)'
is "... and untouched" "$(cat "$p"/* | sha256sum)" "$before"
on 2099-03-04 "$bin/daybook-audit" >"$tmp/audit.out"
is "the next day's chains to it" "$(manifest "$pack/2099-03-03" number previous_manifest)" "2|$(sha256sum <"$p/manifest.json" | cut -d' ' -f 1)"
is "... and opens where it closed" "$(tr -d '\r' <"$pack/2099-03-03/balances.csv" | cut -d, -f 1-3 | tail -n +2)" \
    "$(tr -d '\r' <"$p/balances.csv" | cut -d, -f 1,2,6 | tail -n +2)"
is "a refund changes its payment: that row is there again" "$(tr -d '\r' <"$pack/2099-03-03/payments.csv" | awk -F, 'NR > 1 {print $2, $5}' | sort | tr '\n' ' ')" \
    "P1 partly-refunded R1 completed "
is "what is held from the day before is there again, and nothing else of that day" \
    "$(tr -d '\r' <"$pack/2099-03-03/messages.csv" | awk -F, 'NR > 1 {print $4, $5, $6}' | tr '\n' ';')" "held wrong-receiver H1;posted  R1;"
is "VERIFY.txt: the last line's digest is the chain head" "$(cd "$pack/2099-03-03" && eval "$(grep 'tail -n 1' VERIFY.txt)" | cut -d ' ' -f 1)" \
    "$(manifest "$pack/2099-03-03" chain_head)"
on 2099-03-05 "$bin/daybook-audit" --from 2099-03-01 --to 2099-03-03 >"$tmp/audit.out"
ok "a period" test -d "$pack/2099-03-01--2099-03-03"
exits "... verifies" 0 "$bin/daybook-audit" --verify "$pack/2099-03-01--2099-03-03"
on 2099-03-05 "$bin/daybook-audit" --day 2099-02-01 >"$tmp/audit.out"
is "a day on which nothing was" "$? $(wc -l <"$pack/2099-02-01/payments.csv" | tr -d ' ') $(head -n 1 "$tmp/audit.out")" "0 1 CLEAN"
# Today is not over: what is written of it is superseded by what it becomes.
on 2099-03-06 "$bin/daybook-audit" --day 2099-03-06 >/dev/null
gets 2099-03-06 payment txn_id=LATE1
on 2099-03-07 "$bin/daybook-audit" >"$tmp/audit.out"
is "other content is a revision that says so" "$(names "$pack" '*03-06*')$(manifest "$pack/2099-03-06.r2" supersedes reason number)" \
    "2099-03-06 2099-03-06.r2 2099-03-06|the books of this period have changed since|6"
is "packs: numbers without a gap, each naming the one before" "$(daybook packs --format csv | awk -F, 'NR > 1 {print $1, $2, $5}')" "1 2099-03-02 
2 2099-03-03 
3 2099-03-01--2099-03-03 
4 2099-02-01 
5 2099-03-06 
6 2099-03-06.r2 2099-03-06"
is "... columns" "$(daybook packs --format csv | head -n 1)" number,period,manifest_sha256,chain_head,supersedes,book,key,receivers
previous=
chained=yes
for d in $(daybook packs --format csv | awk -F, 'NR > 1 {print $2}'); do
	[ "$(manifest "$pack/$d" previous_manifest)" = "$previous" ] || chained="not $d"
	previous=$(sha256sum <"$pack/$d/manifest.json" | cut -d' ' -f 1)
	"$bin/daybook-audit" --verify "$pack/$d" >/dev/null 2>&1 || chained="not $d"
done
is "all chain, all verify" "$chained" yes

on 2099-03-08 "$bin/daybook" messages refuse "$(daybook messages --disposition held --format csv | sed -n '2s/,.*//p')" --note "not ours" >/dev/null
on 2099-03-09 "$bin/daybook-audit" >/dev/null
is "a message decided later is in that day's pack" "$(tr -d '\r' <"$pack/2099-03-08/messages.csv" | cut -d, -f 4- | tail -n +2)" "refused,by-hand,H1"

# ---- the same books, the same pack ----

cp -a "$DAYBOOK_SITE" "$tmp/twin"
rm -rf "$tmp/twin/audit/live/2099-03-02" "$tmp/twin"/books/live/ledger.*
mkdir -p "$tmp/twin/spool/in/new"
ipn "$where" "$tmp/forged" >/dev/null
on 2099-04-20 "$bin/daybook-audit" -C "$tmp/twin" --day 2099-03-02 >/dev/null
ok "from journal and evidence alone, weeks later" diff -r -x 'manifest.json*' "$p" "$tmp/twin/audit/live/2099-03-02"
is "the test book has its own packs" "$(on 2099-03-05 "$bin/daybook-audit" -b test --day 2099-03-02 | sed -n 3p)" "pack 1 in audit/test/2099-03-02"
flock "$pack/.lock" sleep 5 &
sleep 0.5
says "two at once: one says so" 75 'lock is held by another run' "$bin/daybook-audit" --day 2026-01-01
wait $!
mkdir "$pack/.tmp"
echo x >"$pack/.tmp/journal.csv"
exits "what a crash left is no obstacle" 0 "$bin/daybook-audit" --day 2026-01-01
is "... and gone" "$(names "$pack" '*tmp*')" ""
verify_clean
done_testing
