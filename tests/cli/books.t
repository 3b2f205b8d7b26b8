#!/bin/sh
# The books withstand: a byte changed in journal or evidence is found, a lost, old, foreign or cut
# index is made again, a torn end is cut off, live and test never meet.
# DAYBOOK_TEST_SHARE: every how many-th byte is changed (1: all of them).
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
share=${DAYBOOK_TEST_SHARE:-17}

standin_start
site_new "$tmp/site"
integration_new live_ipn live
live=live_ipn/$ikey
integration_new test_ipn test
test=test_ipn/$ikey
daybook customer add C1 --name Alice --paypal-email alice@example.net >/dev/null
make_ipn "$tmp/p1" payment txn_id=P1
make_ipn "$tmp/p2" payment txn_id=P2 mc_gross=7.00 mc_fee=0.50 payer_email=stranger@example.org payer_id=STR1 'first_name=J%F6rg'
make_ipn "$tmp/t1" payment txn_id=T1 test_ipn=1 mc_gross=3.00 mc_fee=0.10
genuine "$live" "$tmp/p1" "$tmp/p2" >/dev/null
genuine "$test" "$tmp/t1" >/dev/null
post
answers() {	# everything the books say
	for b in live test; do
		for v in balance payments messages breaks; do
			"$bin/daybook" -C "$1" -b $b $v --format csv
		done
	done
	"$bin/daybook" -C "$1" customer list --format csv
}
answers "$DAYBOOK_SITE" >"$tmp/want"

# ---- live and test ----

is "live money in the live book" "$(daybook balance Liabilities --format csv | tail -n +2 | tr '\n' ' ')" \
    "Liabilities:Customers:C1,USD,-20.00 Liabilities:Unallocated,USD,-7.00 "
is "test money in the test book" "$(daybook -b test balance Liabilities --format csv | tail -n +2)" Liabilities:Customers:C1,USD,-3.00
says "each allocates its own" 65 'no payment P2' "$bin/daybook" -b test allocate P2 C1
says "... and shows its own" 65 'no message .* in the test book' "$bin/daybook" -b test messages show \
    "$(daybook messages --format csv | sed -n 2p | cut -d, -f 1)"
answers "$DAYBOOK_SITE" >"$tmp/got"
verify_clean
exits "verify says what it saw" 0 "$bin/daybook" verify
like "... of each book" "$(tr '\n' ';' <"$tmp/cmd.out")" 'register +sound: .*live +sound: 2 messages, 2 entries, 2 payments;test +sound: '

# ---- one byte ----

cp -a "$DAYBOOK_SITE" "$tmp/good"
files=$(cd "$tmp/good" && find register books -path '*journal/*.jsonl' -o -path '*evidence/*.jsonl')
is "journal and evidence of three books" "$(echo "$files" | wc -l | tr -d ' ')" 6
# shellcheck disable=SC2086
PYTHONHASHSEED=1 python3 "$top/tests/cli/tamper.py" "$share" 65 "$tmp/good" $files -- "$bin/daybook" -C {} verify >"$tmp/tampered"
echo "# $(tail -n 1 "$tmp/tampered")"
like "bytes were changed" "$(tail -n 1 "$tmp/tampered")" '^[0-9]{2,} tried$'
is "each change is found, named, and nothing else is touched" "$(sed '$d' "$tmp/tampered" | head -n 20)" ""

damaged() { rm -rf "$tmp/bad"; cp -a "$tmp/good" "$tmp/bad"; }
faulty() { says "$1" 65 "$2" "$bin/daybook" -C "$tmp/bad" verify; }
j=books/live/journal/$(ls "$tmp/good/books/live/journal")
e=books/live/evidence/$(ls "$tmp/good/books/live/evidence")
damaged; sed -i '$d' "$tmp/bad/$j"
faulty "the last record is gone" 'live: .*journal.*cut short'
damaged; sed -i 2d "$tmp/bad/$j"
faulty "a record in the middle is gone" 'live: .*journal'
damaged; sed -i '2{h;d};3{G}' "$tmp/bad/$j"
faulty "two records changed places" 'live: .*journal'
damaged; sed -i '2{p}' "$tmp/bad/$j"
faulty "a record twice" 'live: .*journal'
damaged; rm "$tmp/bad/$j"
faulty "the journal is gone" 'live: journal/.*missing'
damaged; : >"$tmp/bad/$j"
faulty "the journal is empty" 'live: journal/.*cut short'
damaged; rm "$tmp/bad/$e"
faulty "the evidence is gone" 'live: evidence/.*missing'
damaged; sed -i '$d' "$tmp/bad/$e"
faulty "evidence is cut short" 'live: evidence/.*cut short'
damaged; cp "$tmp/bad/books/test/journal/${j##*/}" "$tmp/bad/$j"
faulty "another book's journal" 'live: '
damaged; rm "$tmp/bad"/books/live/ledger.*; cp "$tmp/bad/books/test/journal/${j##*/}" "$tmp/bad/$j"
faulty "... even where no index remembers" 'live: journal/.*another book'
damaged; printf '{"n":99}\n' >>"$tmp/bad/$j"
faulty "a record that is none, at the end" 'live: journal/.*record 4'
for v in balance "customer list" payments; do
	damaged; sed -i '2s/./X/5' "$tmp/bad/$j" "$tmp/bad/register/journal/${j##*/}"; rm "$tmp/bad"/*/*/ledger.* "$tmp/bad"/register/ledger.*
	# shellcheck disable=SC2086
	says "$v out of a damaged journal" 65 'journal/.*record 2' "$bin/daybook" -C "$tmp/bad" $v
done
says "daybook-post stops at it" 65 'journal/.*record 2' "$bin/daybook-post" -C "$tmp/bad"
is "... FAILED" "$(head -n 1 "$tmp/cmd.out")" FAILED
says "daybook-audit too" 65 'journal/.*record 2' "$bin/daybook-audit" -C "$tmp/bad" --day "$(date -u +%F)"

# ---- what a crash leaves ----

damaged; printf '{"n":4,"type":"mess' >>"$tmp/bad/$j"; printf '{"id":"2026' >>"$tmp/bad/$e"
exits "an incomplete last line is cut off" 0 "$bin/daybook" -C "$tmp/bad" verify
ok "... nothing else" cmp "$tmp/bad/$j" "$tmp/good/$j"

# ---- the index ----

# made_again NAME: after what was done to $tmp/bad the books say the same, and verify is clean
made_again() {
	answers "$tmp/bad" >"$tmp/got" 2>"$tmp/got.err"
	is "$1: the books say the same" "$(cat "$tmp/got.err"; diff "$tmp/want" "$tmp/got")" ""
	exits "... and verify is clean" 0 "$bin/daybook" -C "$tmp/bad" verify
}
ix=books/live/ledger.gdbm
damaged; rm "$tmp/bad/$ix"
made_again "the index is gone"
damaged; rm "$tmp/bad"/books/live/ledger.*
made_again "index and markers are gone"
damaged; rm "$tmp/bad"/books/live/ledger.trust
made_again "the marker is gone"
damaged; truncate -s 4096 "$tmp/bad/$ix"
made_again "the index is cut short"
damaged; : >"$tmp/bad/$ix"
made_again "the index is empty"
damaged; head -c 20000 /dev/urandom >"$tmp/bad/$ix"
made_again "the index is garbage"
damaged; cp "$tmp/bad/books/test/ledger.gdbm" "$tmp/bad/$ix"
made_again "the index of another book"
damaged; cp "$tmp/bad/books/test/ledger.gdbm" "$tmp/bad/$ix"; cp "$tmp/bad/books/test/ledger.trust" "$tmp/bad/books/live/ledger.trust"
made_again "... with its marker"
damaged; echo '{"marker":{}}' >"$tmp/bad/books/live/ledger.trust"
made_again "a marker that is none"
rows=books/live/ledger.rows
damaged; rm "$tmp/bad/$rows"
made_again "the rows in brief are gone"
damaged; truncate -s 64 "$tmp/bad/$rows"
made_again "the rows in brief are cut short"
damaged; cp "$tmp/bad/books/test/ledger.rows" "$tmp/bad/$rows"
made_again "the rows in brief of another book"
damaged; printf 'X' | dd of="$tmp/bad/$rows" bs=1 seek=70 conv=notrunc 2>/dev/null
made_again "a byte of the rows in brief"
# an older copy, put back with its marker: the journal has gone on
damaged
cp -a "$tmp/bad/books/live" "$tmp/older"
DAYBOOK_SITE=$tmp/bad
make_ipn "$tmp/p3" payment txn_id=P3 mc_gross=1.00 mc_fee=0.00
genuine "$live" "$tmp/p3" >/dev/null
post
"$bin/daybook" allocate P2 C1 >/dev/null
answers "$tmp/bad" >"$tmp/want"
cp -a "$tmp/older"/ledger.* "$tmp/bad/books/live"
made_again "an older index"
cat "$tmp/older/ledger.gdbm" >"$tmp/bad/$ix"
made_again "an older index's bytes in the newer file"
printf 'X' | dd of="$tmp/bad/$ix" bs=1 seek=3000 conv=notrunc 2>/dev/null
made_again "a byte of the index"
ok "rebuild" "$bin/daybook" rebuild
made_again "rebuild"
exits "the index of another format is left" 0 "$bin/daybook" verify

# ---- many at once ----

i=0
started=
while [ $i -lt 12 ]; do
	i=$((i + 1))
	"$bin/daybook" customer add "M$i" --name "Many $i" >/dev/null 2>"$tmp/many.$i" &
	started="$started $!"
done
codes=
for p in $started; do
	wait "$p"
	codes="$codes$?"
done
is "twelve commands at once all come through" "$codes $(daybook customer list --format csv | grep -c ^M)" "000000000000 12"
verify_clean
done_testing
