#!/bin/sh
# A generated day of settlement and transaction detail reports against the notifications of the same
# day: every planted break is found and none invented; the same again gives the same bytes; parts come
# together or one after another; footers and rows tampered with are always found.
# DAYBOOK_TEST_SIZE: rows (10000 in full).
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
size=${DAYBOOK_TEST_SIZE:-1500}
gen="python3 $top/tests/standin/stl.py"

reconcile() { "$bin/daybook-reconcile" "$@" >"$tmp/rec.out" 2>"$tmp/rec.err"; }
verdict() { head -n 1 "$tmp/rec.out"; }
run_dir() { echo "$DAYBOOK_SITE/books/live/$(sed -n 's|^see books/live/||p' "$tmp/rec.out")"; }
new_site() {
	site_new "$tmp/$1" --time-zone America/Los_Angeles
	integration_new paypal_ipn live
	printf 'account,currency,amount,date\nAssets:PayPal,USD,1000000.00,2024-03-04\n' >"$tmp/opening.csv"
	"$bin/daybook" opening "$tmp/opening.csv" >/dev/null || echo "Bail out! opening"
}
payouts() { [ ! -s "$1/payouts.csv" ] || "$bin/daybook-masspay" register "$1/payouts.csv" --sent 2024-03-04 >/dev/null; }
# found FILE: "category id" of each break that is not resolved
found() { tr -d '\r' <"$1" | awk -F, 'NR > 1 && $3 != "resolved" {print $2, $7}' | sort; }

standin=http://127.0.0.1:9
mkdir "$tmp/day"
$gen day "$tmp/day" --rows "$size" --plant 4 --parts 2 --seed 11
new_site planted
payouts "$tmp/day"
python3 "$top/tests/standin/confirmed.py" "$DAYBOOK_SITE" paypal_ipn <"$tmp/day/bodies"
post
reconcile "$tmp"/day/STL-*.CSV
dir=$(run_dir)
found "$dir/breaks.csv" >"$tmp/found"
ok "$size rows in two parts: all breaks found, none invented ($(wc -l <"$tmp/day/expected" | tr -d ' '))" \
    diff "$tmp/day/expected" "$tmp/found"
not_ok "... and the difference is explained to the last cent" grep -v 'unexplained -*0\(\.00\)*$' "$tmp/rec.out" -e 'unexplained [-0-9.]*$'
is "... by the books too" "$(grep -c ': opening .* unexplained 0\(\.00\)*$' "$tmp/rec.out")" \
    "$(grep -c ': opening ' "$tmp/rec.out")"
cp "$tmp/rec.out" "$tmp/first.out"
cp -R "$dir" "$tmp/first"
reconcile "$tmp"/day/STL-*.CSV
ok "again: the same words" diff "$tmp/first.out" "$tmp/rec.out"
ok "... the same bytes" diff -r "$tmp/first" "$dir"

reconcile "$tmp"/day/TRR-*.CSV
# it holds no balances; each break is the same one
found "$(run_dir)/breaks.csv" >"$tmp/found"
ok "the transaction detail report finds the same" diff "$tmp/day/expected" "$tmp/found"

reconcile --post-missing "$tmp"/day/STL-*.CSV
found "$(run_dir)/breaks.csv" >"$tmp/found"
# what the books lacked is booked; a fee that was never told would be too, but each was told
grep -Ev '^(missing-in-ledger|status) ' "$tmp/day/expected" >"$tmp/left"
ok "--post-missing books what no notification told" diff "$tmp/left" "$tmp/found"
verify_clean

# ---- one part after the other ----
mkdir "$tmp/clean"
$gen day "$tmp/clean" --rows $((size / 5)) --parts 3 --seed 12
new_site parts
payouts "$tmp/clean"
python3 "$top/tests/standin/confirmed.py" "$DAYBOOK_SITE" paypal_ipn <"$tmp/clean/bodies"
post
reconcile --post-missing "$tmp"/clean/STL-*.02.*
is "the second of three parts alone" "$? $(verdict)" "1 BREAKS 2"
like "... says that others are missing" "$(cat "$tmp/rec.out")" 'open control-total .* part 1 of the report is missing'
reconcile --post-missing "$tmp"/clean/STL-*.01.*
like "... with the first" "$(cat "$tmp/rec.out")" 'open control-total .* part 3 is missing'
reconcile --post-missing "$tmp"/clean/STL-*.03.*
is "... with the last: CLEAN" "$? $(verdict)" "0 CLEAN"
like "... and proved" "$(cat "$tmp/rec.out")" 'USD: opening 1000000.00 .*unexplained 0.00'
cp -R "$(run_dir)" "$tmp/first3"
reconcile --post-missing "$tmp"/clean/STL-*.03.*
ok "again: the same bytes" diff -r "$tmp/first3" "$(run_dir)"
reconcile "$tmp"/clean/STL-*
is "all three together" "$? $(verdict)" "0 CLEAN"
verify_clean

# ---- tampering, against books that are right ----
python3 "$top/tests/cli/stl_tamper.py" "$bin/daybook-reconcile" "$tmp/clean" "$tmp/tampered" >"$tmp/tamper.out" 2>&1
is "$(tail -n 1 "$tmp/tamper.out" | sed 's/: .*//')" "$(tail -n 1 "$tmp/tamper.out" | sed 's/.*: //')" "all found"
show "$tmp/tamper.out"
done_testing
