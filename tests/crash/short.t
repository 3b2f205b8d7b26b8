#!/bin/sh
# A fixed sample of `make crash`: kills, failing calls, power cuts, and syncs left out.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
[ "$(uname -m)" = x86_64 ] || skip_all "trip.c knows x86-64 only"
command -v faketime >/dev/null || skip_all "faketime is not here"
${CC:-cc} -O2 -D_GNU_SOURCE -o "$tmp/trip" "$top/tests/crash/trip.c" || exit 1
"$tmp/trip" -- true || skip_all "tracing is not allowed here"
python3 "$top/tests/crash/crash.py" --bin "$bin" --cgi "$cgi" --trip "$tmp/trip" --short --tap --jobs 2 &
pid=$!
reap $pid
wait $pid
