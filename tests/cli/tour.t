#!/bin/sh
# README's first hour, block by block as it is printed; only its folder and port are this test's.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
# shellcheck source=tests/web/common.sh
. "$top/tests/web/common.sh"
command -v lighttpd >/dev/null || skip_all "lighttpd is not here"
command -v hledger >/dev/null || skip_all "hledger is not here"

mkdir "$tmp/build"
ln -s "$bin" "$tmp/build/bin"
ln -s "$cgi" "$tmp/build/cgi-bin"
ln -s "$top/tests" "$tmp/tests"
port=$(free_port)
sed -n '/^## A first hour/,/^## For real/p' "$top/README.md" |
    awk '/^```sh$/ {on = 1; next} /^```$/ {on = 0; print "echo \"--$?\""} on' |
    sed -e '/etc\/packages/d' -e "s/8088/$port/" >"$tmp/tour.sh"
ok "README has a tour" test "$(wc -l <"$tmp/tour.sh")" -gt 40
cd "$tmp" || exit 1
setsid bash tour.sh >tour.out 2>tour.err &
tour=$!
reap $tour
blocks=$(grep -c '^echo "--' tour.sh)
ok "it comes to its end" wait_for 60 sh -c "[ \$(grep -c '^--0\$' tour.out) = $blocks ]"
said() { like "$1" "$(cat "$tmp/tour.out")" "$2"; }
said "where to paste the URL" "^url +http://127.0.0.1:$port/cgi-bin/ipn.cgi/paypal_ipn/"
said "the notification is taken" '^200 tests/data/ipn/6.01'
said "... and booked" '^Liabilities:Customers:C1001  USD +-100.00'
said "the forgery is refused" 'refused +invalid'
said "the download breaks" '^BREAKS 8'
said "... with nothing unexplained" 'books 2596.80; unexplained 0.00'
said "... and ties once it is booked" 'books 1596.15; unexplained 0.00'
said "the mass payments are registered" '^registered as MP-'
is "... and every break is worked off" "$(DAYBOOK_SITE=$tmp/build/tour/site "$bin/daybook" breaks --open --format csv | wc -l | tr -d ' ')" 1
said "two payments are of nobody" '^Liabilities:Unallocated +USD +-75.00'
said "... until somebody says so" '^Liabilities:Customers:C1002 +USD +-75.00'
said "what a payment costs" '^mass-pay +lowest +251\.00 +1\.00 +250\.00 +sender'
said "the pack has its report" '^report\.pdf$'
said "the pack is whole" '^journal.jsonl: OK'
said "the books are sound" '^live +sound: '
is "nothing complains" "$(grep -v 'server.c' "$tmp/tour.err")" ""
silent() { ! curl -s -o /dev/null "http://127.0.0.1:$port/" && ! curl -s -o /dev/null "http://127.0.0.1:$(cat build/tour/port)/"; }
ok "both servers are gone" wait_for 10 silent
done_testing
