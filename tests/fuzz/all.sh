#!/bin/sh
# all.sh -- make fuzz: builds the targets of tests/fuzz (libFuzzer, address and undefined sanitizers),
# runs each for SECONDS (60) and prints one table.  Exit 1 where one crashed, hung, leaked, or broke
# what its module promises; the input is then in build/fuzz/crash, and once the cause is gone belongs
# into tests/fuzz/seeds/TARGET.  To see one again: build/fuzz/fuzz/TARGET FILE
#
# usage: sh tests/fuzz/all.sh [SECONDS [TARGET...]]
# Environment: JOBS (processors); CORPUS (build/fuzz/corpus), where what runs found is kept for the
# next; SEED, the same one gives nearly the same run.
set -u
cd "$(dirname "$0")/../.." || exit 1
dir=build/fuzz
corpus=${CORPUS:-$dir/corpus}

# One target, in the background of the others: its line of the table into $dir/result/TARGET.
one() {	# TARGET SECONDS
	mkdir -p "$corpus/$1"
	set -- "$1" "$2" "$corpus/$1" "tests/fuzz/seeds/$1"
	case $1 in
	activity | activity_short | csv) set -- "$@" tests/data/activity ;;
	stl) set -- "$@" tests/data/stl ;;
	masspay_file) set -- "$@" tests/data/masspay ;;
	ipn | masspay | text) set -- "$@" tests/data/ipn ;;
	esac
	target=$1 seconds=$2
	shift 2
	ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
	    timeout $((seconds + 120)) "$dir/fuzz/$target" -seed="${SEED:-0}" \
	    -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 -dict=tests/fuzz/words.dict -print_final_stats=1 -verbosity=1 \
	    -artifact_prefix="$dir/crash/$target-" "$@" >"$dir/result/$target.log" 2>&1
	rc=$?
	n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/result/$target.log")
	cov=$(sed -n 's/.*cov: \([0-9]*\) .*/\1/p' "$dir/result/$target.log" | tail -n 1)
	units=$(find "$corpus/$target" -type f | wc -l)
	[ "$rc" = 0 ] && word=ok || word="FAILED ($rc)"
	printf '%-14s %10s %9s %7s  %s\n' "$target" "${n:--}" "${cov:--}" "$units" "$word" \
	    >"$dir/result/$target"
}

if [ "${1:-}" = -1 ]; then
	one "$3" "$2"
	exit 0
fi
seconds=${1:-60}
case $seconds in *[!0-9]* | "") echo "all.sh: \"$seconds\": seconds are expected" >&2; exit 64 ;; esac
[ $# = 0 ] || shift
if [ $# = 0 ]; then
	for c in tests/fuzz/*.c; do
		c=${c##*/}
		set -- "$@" "${c%.c}"
	done
fi
jobs=${JOBS:-$(nproc)}
san="-fsanitize=address,undefined"
unset MAKEFLAGS MFLAGS MAKELEVEL
make -s -j"$jobs" fuzzers B="$dir" CC=clang CPPFLAGS=-DDAYBOOK_NO_WALL LDFLAGS="$san" \
    CFLAGS="$san -fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -U_FORTIFY_SOURCE" ||
    exit 1
rm -rf "$dir/result"
mkdir -p "$dir/result" "$dir/crash"
# Some targets write files: in memory where that is possible.  What a crash leaves goes with it.
[ -w /dev/shm ] && TMPDIR=/dev/shm
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/daybook.XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' HUP INT TERM

printf '%s\n' "$@" | xargs -P "$jobs" -n 1 sh tests/fuzz/all.sh -1 "$seconds"
printf '%-14s %10s %9s %7s  %s\n' target executions "coverage" corpus ""
failed=0
for target in "$@"; do
	cat "$dir/result/$target"
	if ! grep -q ' ok$' "$dir/result/$target"; then
		failed=$((failed + 1))
		grep -E '^(broken:|==[0-9]+==ERROR|SUMMARY|.*runtime error:|Test unit written)|    #[0-9] .* lib/' \
		    "$dir/result/$target.log" | head -n 12 | sed 's/^/    /'
	fi
done
echo "$# targets, $failed failed"
[ "$failed" = 0 ]
