# shellcheck shell=sh
# lib.sh -- what the TAP tests share.  Sourced as:  . "${0%/*}/../lib.sh"
#
# Sets top, B, bin, cgi, tmp (removed at exit); see each function for what it gives.

set -u
umask 022
unset GATEWAY_INTERFACE DAYBOOK_SITE
export no_proxy='*'	# everything is on this machine
export LC_ALL=C.UTF-8
top=$(cd "${0%/*}/.." && pwd)
[ -e "$top/Makefile" ] || top=${top%/*}
B=${B:-build}
case $B in /*) ;; *) B=$top/$B ;; esac
bin=$B/bin
# shellcheck disable=SC2034
cgi=$B/cgi-bin
tmp=$(mktemp -d "${TMPDIR:-/tmp}/daybook.XXXXXX")
tests=0
pids=

stop_all() {
	for p in $pids; do	# started with setsid: its children too
		kill -- "-$p" 2>/dev/null || kill "$p" 2>/dev/null
	done
	for p in $pids; do
		wait "$p" 2>/dev/null
		kill -s KILL -- "-$p" 2>/dev/null	# fcgiwrap's children stay at a TERM
	done
	pids=
}
clean_up() {
	stop_all
	if [ -z "${DAYBOOK_TEST_KEEP:-}" ]; then
		rm -rf "$tmp"
	else
		echo "# kept $tmp"
	fi
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# reap PID: ended when the test ends
reap() { pids="$pids $1"; }

# ---- TAP ----

result() {	# 0|other NAME
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
	fi
}
show() { sed 's/^/# /' "$@" | head -40; }
ok() {
	name=$1
	shift
	if "$@" >"$tmp/cmd.out" 2>&1; then
		result 0 "$name"
	else
		result 1 "$name"
		echo "# exit $? of: $*"
		show "$tmp/cmd.out"
	fi
}
not_ok() {
	name=$1
	shift
	if "$@" >"$tmp/cmd.out" 2>&1; then
		result 1 "$name"
		echo "# succeeded: $*"
		show "$tmp/cmd.out"
	else
		result 0 "$name"
	fi
}
is() {
	if [ "$2" = "$3" ]; then
		result 0 "$1"
	else
		result 1 "$1"
		printf 'got:  %s\nwant: %s\n' "$2" "$3" | show
	fi
}
like() {
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then
		result 0 "$1"
	else
		result 1 "$1"
		printf 'got:  %s\nwant: %s\n' "$2" "$3" | show
	fi
}
# exits NAME CODE COMMAND...: output in $tmp/cmd.out, errors in $tmp/cmd.err
exits() {
	name=$1 want=$2
	shift 2
	"$@" >"$tmp/cmd.out" 2>"$tmp/cmd.err"
	got=$?
	if [ "$got" = "$want" ]; then
		result 0 "$name"
	else
		result 1 "$name"
		echo "# exit $got, want $want: $*"
		show "$tmp/cmd.out" "$tmp/cmd.err"
	fi
}
# says NAME CODE REGEX COMMAND...: exit code, and an error text that names the thing
says() {
	sname=$1 swant=$2 sre=$3
	shift 3
	exits "$sname" "$swant" "$@"
	like "... named" "$(cat "$tmp/cmd.err")" "$sre"
}
done_testing() { echo "1..$tests"; }
skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	tries=$(($1 * 20))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# ---- a site, PayPal's stand-in, notifications ----

site_new() {
	DAYBOOK_SITE=$1
	export DAYBOOK_SITE
	shift
	"$bin/daybook" init --stand-ins --name "Example Telecom" --base-url http://127.0.0.1 \
	    --currency USD --time-zone UTC "$@" >"$tmp/init.out" 2>&1 ||
	    { echo "Bail out! daybook init: $(cat "$tmp/init.out")"; exit 1; }
}

standin_start() {
	python3 "$top/tests/standin/paypal.py" serve --port-file "$tmp/standin.port" "$@" &
	reap $!
	wait_for 10 test -s "$tmp/standin.port" || { echo "Bail out! no stand-in"; exit 1; }
	standin=http://127.0.0.1:$(cat "$tmp/standin.port")
}
standin_mode() { curl -sf -d "$*" "$standin/_/mode"; }
asked() { curl -sf "$standin/_/stats" | sed 's/.*"asked": \([0-9]*\).*/\1/'; }

# integration_new ID MODE [KEY=VALUE...]: sets ikey
integration_new() {
	iid=$1 imode=$2
	shift 2
	set -- receiver=billing@example.com,MERCHANTID123 "endpoint=${standin:-http://127.0.0.1:9}" \
	    currencies=USD,EUR,GBP,JPY,HUF,TWD,AUD,CAD,CHF,BRL,MXN,DKK,SEK,NOK,PLN "$@"
	"$bin/daybook" integration add paypal-ipn "$iid" --mode "$imode" "$@" >"$tmp/integration.out" 2>&1 ||
	    { echo "Bail out! integration add: $(cat "$tmp/integration.out")"; exit 1; }
	# shellcheck disable=SC2034
	ikey=$("$bin/daybook" integration show "$iid" --format json |
	    sed -n 's|.*"url": "[^"]*/\([^/"]*\)".*|\1|p')
}

# ipn PATHINFO FILE [CONTENT-TYPE]: as a web server calls it; prints the status number
ipn() {
	env -i PATH="$PATH" DAYBOOK_SITE="$DAYBOOK_SITE" GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST \
	    SERVER_PROTOCOL=HTTP/1.1 PATH_INFO="/$1" REMOTE_ADDR=192.0.2.7 \
	    CONTENT_TYPE="${3:-application/x-www-form-urlencoded}" \
	    CONTENT_LENGTH="$(wc -c <"$2" | tr -d ' ')" "$cgi/ipn.cgi" <"$2" >"$tmp/answer" 2>"$tmp/answer.err"
	sed -n '1s/^Status: \([0-9]*\).*/\1/p' "$tmp/answer"
}
remember() {
	for sent in "$@"; do
		curl -sf --data-binary "@$sent" "$standin/_/remember" || return 1
	done
}
# genuine PATHINFO FILE...: sent by PayPal; prints the statuses
genuine() {
	pathinfo=$1
	shift
	for body in "$@"; do
		remember "$body" && ipn "$pathinfo" "$body"
	done
}
post() { "$bin/daybook-post" "$@" >"$tmp/post.out" 2>"$tmp/post.err"; }
# daybook ...: for what it prints; lines of CSV end as elsewhere
daybook() { "$bin/daybook" "$@" | tr -d '\r'; }
# message FILE: disposition and reason of the one message with these bytes are looked up by id
spooled() { find "$DAYBOOK_SITE/spool/in/new" -type f | wc -l | tr -d ' '; }
verify_clean() { exits "${1:-daybook verify is clean}" 0 "$bin/daybook" verify; }
# paid_out DAY CURRENCY PAYEE,AMOUNT...: Mass Pay payouts that the owner had meant, registered as sent then
paid_out() {
	paid_day=$1 paid_ccy=$2
	shift 2
	printf "%s,$paid_ccy,,\\n" "$@" >"$tmp/paid.csv"
	"$bin/daybook-masspay" register "$tmp/paid.csv" --sent "$paid_day" >"$tmp/paid.out" 2>&1 ||
	    { echo "Bail out! masspay register: $(cat "$tmp/paid.out")"; exit 1; }
}
# make_ipn FILE KIND NAME=VALUE...: see standin/ipn_make.py
make_ipn() {
	to=$1
	shift
	python3 "$top/tests/standin/ipn_make.py" "$@" >"$to"
}
