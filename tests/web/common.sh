# shellcheck shell=sh disable=SC2154
# common.sh -- what every web server must do with ipn.cgi behind it.  Sourced by the tests here,
# after lib.sh.  The snippets of etc/ are used themselves, with paths and ports of this test.

PATH=$PATH:/usr/sbin:/sbin
export PATH
fcgi_socket=$tmp/fcgi.sock

# free_port: a port nobody uses now
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# snippet FILE: with this test's paths, whatever characters they hold
in_sed() { printf %s "$1" | sed 's/[&|\\]/\\&/g'; }
snippet() {
	sed -e "s|/usr/local/lib/daybook/cgi-bin|$(in_sed "$tmp")/cgi-bin|g" \
	    -e "s|/var/lib/daybook|$(in_sed "$DAYBOOK_SITE")|g" \
	    -e "s|/run/daybook-in.sock|$(in_sed "$fcgi_socket")|g" "$top/etc/$1"
}

web_prepare() {
	standin_start
	site_new "$tmp/site"
	integration_new paypal_ipn live
	daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
	mkdir "$tmp/cgi-bin"
	cp "$cgi/ipn.cgi" "$tmp/cgi-bin/"
	chmod 711 "$tmp"
	port=$(free_port)
	url=http://127.0.0.1:$port/daybook/ipn.cgi
}

# fcgiwrap on a socket of its own.  No -f: with it nginx writes what ipn.cgi says into its error log,
# beside the URL with the key.
fcgiwrap_start() {
	setsid fcgiwrap -c 4 -s "unix:$fcgi_socket" 2>"$tmp/fcgiwrap.err" &
	reap $!
	wait_for 5 test -S "$fcgi_socket"
}

# answer CURL-ARGUMENTS...: the status
answer() { curl -s -o "$tmp/web.body" -D "$tmp/web.head" -w '%{http_code}' --max-time 30 "$@"; }
form='Content-Type: application/x-www-form-urlencoded'

web_checks() {
	body=$top/tests/data/ipn/6.01-web_accept.body
	ok "$1 answers" wait_for 10 curl -s -o /dev/null "http://127.0.0.1:$port/"
	is "GET: 405" "$(answer "$url/paypal_ipn/$ikey")" 405
	like "... with Allow" "$(tr -d '\r' <"$tmp/web.head")" '^[Aa]llow: POST$'
	is "wrong key: 404" "$(answer --data-binary "@$body" "$url/paypal_ipn/AAAAAAAAAAAAAAAAAAAAAA")" 404
	is "no path: 404" "$(answer --data-binary "@$body" "$url")" 404
	is "wrong content type: 415" "$(answer -H 'Content-Type: text/plain' --data-binary "@$body" "$url/paypal_ipn/$ikey")" 415
	head -c 2097153 /dev/zero | tr '\0' a >"$tmp/big"
	is "over 2 MiB: 413" "$(answer -H "$form" -H 'Expect:' --data-binary "@$tmp/big" "$url/paypal_ipn/$ikey")" 413
	is "empty: 400" "$(answer -X POST -H "$form" -H 'Content-Length: 0' "$url/paypal_ipn/$ikey")" 400
	is "nothing of that is stored" "$(spooled)" 0
	is "a notification: 200" "$(answer -H "$form" --data-binary "@$body" "$url/paypal_ipn/$ikey")" 200
	is "... with an empty body" "$(wc -c <"$tmp/web.body" | tr -d ' ')" 0
	f=$(find "$DAYBOOK_SITE/spool/in/new" -type f)
	ok "... its bytes exactly as sent" sh -c "sed '1,/^\$/d' '$f' | cmp - '$body'"
	is "chunked: 200 or refused, never cut" \
	    "$(answer -H "$form" -H 'Transfer-Encoding: chunked' --data-binary "@$body" "$url/paypal_ipn/$ikey" |
	    sed 's/411/200/; s/400/200/')" 200
	for f in "$DAYBOOK_SITE"/spool/in/new/*; do
		ok "what is stored is whole" sh -c "sed '1,/^\$/d' '$f' | cmp - '$body'"
	done
	# PayPal itself: all bodies, eight at a time, each twice.  6.03 and 6.04 say of one eCheck that it
	# cleared and that it failed; which of them holds is decided by who comes first, so one is left out.
	set --
	for f in "$top"/tests/data/ipn/*.body; do
		case $f in */6.04-*) ;; *) set -- "$@" "$f" ;; esac
	done
	python3 "$top/tests/standin/paypal.py" send --standin "$standin" --to "$url/paypal_ipn/$ikey" \
	    --times 2 --parallel 8 --shuffle 5 "$@" >"$tmp/sent"
	is "50 more, eight at a time: 200" "$(cut -d' ' -f1 "$tmp/sent" | sort | uniq -c | sed 's/^ *//')" "50 200"
	post
	# 100 + 50 + 32.98 + 16.00 - 32.98 - 10 - 10: each once
	is "each booked once" "$(daybook balance Liabilities:Customers:C1001 --format csv | sed -n 's/.*,USD,//p')" -146.00
	is "the key stands in no log" "$(grep -rl "$ikey" "$tmp/log" 2>/dev/null | wc -l | tr -d ' ')" 0
	verify_clean
}
