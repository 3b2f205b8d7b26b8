#!/bin/sh
# A few seconds of `make fuzz`: every target over its seeds and what grows out of them.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
command -v clang >/dev/null || skip_all "clang is not here"
echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return p == 0 && n > 0; }' >"$tmp/x.c"
clang -fsanitize=fuzzer -o "$tmp/x" "$tmp/x.c" 2>/dev/null || skip_all "libFuzzer is not here"
SEED=1 CORPUS=$tmp/corpus setsid sh "$top/tests/fuzz/all.sh" "${FUZZ_SECONDS:-4}" >"$tmp/table" 2>&1 &
pid=$!
reap $pid
wait $pid
status=$?
for c in "$top"/tests/fuzz/*.c; do
	target=${c##*/}
	target=${target%.c}
	line=$(grep "^$target " "$tmp/table")
	result "$(case $line in *" ok") echo 0 ;; *) echo 1 ;; esac)" "fuzz $target:$(echo "${line#"$target"}" | tr -s ' ')"
done
[ "$status" = 0 ] || show "$tmp/table"
done_testing
