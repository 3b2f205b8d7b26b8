#!/bin/sh
# A month of ordinary days: notifications before midnight, after it and too late, payments in the first
# and the last second, pending ones that clear days later, holds over night, a quiet day, a report in two
# parts, the change of the clocks; every night's report ends CLEAN and begins where the one before ended.
# DAYBOOK_TEST_SIZE: fifty times the payments a day (250); DAYBOOK_TEST_DAYS: nights (30).
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
command -v faketime >/dev/null || skip_all "faketime is not here"
days=${DAYBOOK_TEST_DAYS:-30}
size=$((${DAYBOOK_TEST_SIZE:-250} / 50))
standin=http://127.0.0.1:9

mkdir "$tmp/month"
python3 "$top/tests/standin/stl.py" month "$tmp/month" --days "$days" --rows "$size" --seed 3
at() {	# "DAY TIME" COMMAND...
	when=$1
	shift
	TZ=UTC faketime "$when" "$@"
}
DAYBOOK_SITE=$tmp/site
export DAYBOOK_SITE
at '2026-02-28 20:00:00' "$bin/daybook" init --stand-ins --name "Example Telecom" --base-url http://127.0.0.1 \
    --currency USD --time-zone America/Los_Angeles >"$tmp/init.out" 2>&1 ||
	{ echo "Bail out! init"; show "$tmp/init.out"; exit 1; }
at '2026-02-28 20:01:00' "$bin/daybook" integration add paypal-ipn paypal_ipn --mode live \
    receiver=billing@example.com,MERCHANTID123 endpoint=$standin currencies=USD,EUR,GBP,JPY >/dev/null
for i in 0 1 2 3 4 5 6 7 8 9; do
	at '2026-02-28 20:02:00' "$bin/daybook" customer add "C$i" --name "Customer $i" --paypal-email "c$i@example.net" >/dev/null
done
printf 'account,currency,amount,date\nAssets:PayPal,USD,250000.00,2026-03-01\n' >"$tmp/opening.csv"
at '2026-03-01 09:00:00' "$bin/daybook" opening "$tmp/opening.csv" >/dev/null || echo "Bail out! opening"

feed() {	# "DAY TIME" FILE: notifications of that moment
	[ -s "$2" ] || return 0
	at "$1" python3 "$top/tests/standin/confirmed.py" "$DAYBOOK_SITE" paypal_ipn <"$2"
	at "$1" "$bin/daybook-post" >"$tmp/post.out" 2>"$tmp/post.err"
}
clean=0
: >"$tmp/bad"
for night in "$tmp"/month/*; do
	{
		read -r evening
		read -r midnight
		read -r morning
	} <"$night/when"
	[ ! -s "$night/payouts.csv" ] ||
	    at "$evening" "$bin/daybook-masspay" register "$night/payouts.csv" >/dev/null
	feed "$evening" "$night/evening"
	feed "$midnight" "$night/night"
	at "$morning" "$bin/daybook-reconcile" --post-missing "$night"/STL-* >"$tmp/rec.out" 2>"$tmp/rec.err"
	case $?$(head -n 1 "$tmp/rec.out") in
	0CLEAN) clean=$((clean + 1)) ;;
	*)
		echo "night ${night##*/}" >>"$tmp/bad"
		cat "$tmp/rec.out" "$tmp/rec.err" >>"$tmp/bad"
		;;
	esac
	[ ! -s "$tmp/rec.err" ] || echo "night ${night##*/}: standard error" >>"$tmp/bad"
	feed "$morning" "$night/late"
done
is "$days nights end CLEAN" "$clean" "$days"
show "$tmp/bad"
# each night's beginning is yesterday's end, as the books hold it
python3 - "$DAYBOOK_SITE" >"$tmp/chain" <<'END'
import json, pathlib, sys
seen = {}
for p in sorted(pathlib.Path(sys.argv[1], "books/live/journal").glob("*.jsonl")):
    for line in p.read_text().splitlines():
        for t, key, v in (json.loads(line).get("data") or {}).get("put", []):
            if t == "statement":
                seen[v["currency"], v["day"]] = v
last, wrong = {}, 0
for (ccy, day), v in sorted(seen.items()):
    if ccy in last and (last[ccy]["closing"] != v["opening"] or v["unexplained"] or not v["stated"]
                        or v["opening"] + v["movement"] != v["closing"] or v["books"] != v["closing"]):
        wrong += 1
        print(ccy, day, last[ccy]["closing"], v)
    last[ccy] = v
print(len([k for k in seen if k[0] == "USD"]), "days of USD,", wrong, "wrong")
END
is "each night begins where the one before ended" "$(tail -n 1 "$tmp/chain")" "$days days of USD, 0 wrong"
show "$tmp/chain"
is "what came late was known already" "$("$bin/daybook" messages --format csv | tr -d '\r' |
    awk -F, '$3 == "paypal_ipn" && $4 == "duplicate"' | wc -l | tr -d ' ')" \
    "$(cat "$tmp"/month/*/late | wc -l | tr -d ' ')"
is "no break is left" "$("$bin/daybook" breaks --open --format csv | wc -l | tr -d ' ')" 1
# read again when the month is over: each day by itself, and all in one run
again=0
for night in "$tmp"/month/*; do
	if at '2026-04-01 17:00:00' "$bin/daybook-reconcile" -n "$night"/STL-* >"$tmp/rec.out" 2>&1; then
		again=$((again + 1))
	else
		cat "$tmp/rec.out" >>"$tmp/bad"
	fi
done
is "each read again by itself is CLEAN" "$again" "$days"
show "$tmp/bad"
at '2026-04-01 17:00:00' "$bin/daybook-reconcile" -n "$tmp"/month/*/STL-* >"$tmp/rec.out" 2>&1
is "all in one run too" "$(head -n 1 "$tmp/rec.out")" CLEAN
show "$tmp/rec.out"
mkdir "$tmp/jump"
python3 - "$tmp"/month/"$(printf %02d $((days - 1)))"/STL-* "$tmp/jump" <<'END'
import pathlib, sys
source = pathlib.Path(sys.argv[1])
out = []
for line in source.read_text().splitlines(True):
    a = line.split(",")
    if a[0] in ('"SF"', '"RF"') and a[1] == '"EUR"':
        for i in (7, 9, 11, 13):
            a[i] = str(int(a[i]) + 100)
    out.append(",".join(a))
pathlib.Path(sys.argv[2], source.name).write_text("".join(out))
END
at '2026-04-01 17:00:00' "$bin/daybook-reconcile" -n "$tmp"/jump/STL-* >"$tmp/rec.out" 2>&1
is "a beginning that is not yesterday's end" "$(sed -n 's/^B-[^ ]* open \([a-z-]*\) .*/\1/p' "$tmp/rec.out" | sort | tr '\n' ' ')" \
    "control-total restated "
like "... is named" "$(cat "$tmp/rec.out")" 'EUR begins at [0-9.]*, but the report before it ended with '
not_ok "... and explains the difference" grep -E 'unexplained -?[0-9]*[1-9]|unexplained .*\.[0-9]*[1-9]' "$tmp/rec.out"
at '2026-04-01 18:00:00' "$bin/daybook" calendar --to 2026-03-30 --format csv | tr -d '\r' >"$tmp/calendar"
is "the calendar: every report came in time" "$(awk -F, 'NR > 1 {print $3, $4, $6}' "$tmp/calendar" | sort | uniq -c |
    tr -s ' ' | tr '\n' ';')" " $((days - 1)) STL received 1; 1 STL received 2;"
verify_clean
done_testing
