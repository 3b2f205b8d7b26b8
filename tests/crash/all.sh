#!/bin/sh
# all.sh -- make crash: the whole matrix of crash.py, some 16 minutes on two processors.
# Environment: B (build directory), JOBS (2), PARTS (of crash.py; default: all).
# Last line: "N passed, N failed".
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
unset TMPDIR
${CC:-cc} -O2 -Wall -Wextra -D_GNU_SOURCE -o "$tmp/trip" "$top/tests/crash/trip.c" || exit 1
crash() {
	exec python3 "$top/tests/crash/crash.py" --bin "$bin" --cgi "$cgi" --trip "$tmp/trip" \
	    --jobs "${JOBS:-2}" ${PARTS:+--only "$PARTS"} "$@"
}
crash &
pid=$!
reap $pid
wait $pid
