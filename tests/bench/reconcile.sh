# shellcheck shell=sh disable=SC2154
# reconcile.sh -- make bench: a download of BENCH_ROWS (1000000) rows against books of as many payments,
# 1,000 differences of five categories planted, by daybook-reconcile -n, DuckDB and sqlite3; then four
# times as many rows (BENCH_LARGE=0 leaves that out).  Sourced by all.sh.
rows=${BENCH_ROWS:-1000000} large=${BENCH_LARGE:-1}

# planted_books N DIR
planted_books() {
	rm -rf "$2"
	mkdir -p "$2"
	site_new "$2/site"
	integration_new live_ipn live
	python3 "$here/fill.py" --customers >"$2/customers.csv"
	"$bin/daybook" customer import "$2/customers.csv" >/dev/null || exit 1
	"$B/bench/planted" "$DAYBOOK_SITE" "$1" 200 "$2" || exit 1
}
figure() { sed -n "s/^$2 \([0-9.]*\) .*/\1/p" "$1"; }
# at_most NAME GOT WANT UNIT
at_most() {
	if awk "BEGIN { exit !($2 > 0 && $2 <= $3) }"; then
		echo "$1 $2 $4 (aim at most $3: reached)"
	else
		echo "$1 $2 $4 (aim at most $3: NOT reached)"
		missed=$((missed + 1))
	fi
}

reconcile() {
	modules=
	if command -v node >/dev/null && command -v npm >/dev/null; then
		mkdir -p "$B/bench/duckdb"
		[ -d "$B/bench/duckdb/node_modules/@duckdb" ] || (cd "$B/bench/duckdb" &&
		    npm install --silent --no-audit --no-fund --prefix . @duckdb/node-api@1.5.6-r.1 >/dev/null 2>&1)
		[ ! -d "$B/bench/duckdb/node_modules/@duckdb" ] || modules=$B/bench/duckdb
	fi
	[ -n "$modules" ] || echo "duckdb skipped: node, npm or the registry is missing"
	sqlite=3
	command -v sqlite3 >/dev/null || { sqlite=0; echo "sqlite3 skipped: it is missing"; }
	planted_books "$rows" "$tmp/reconcile"
	python3 "$here/reconcile.py" "$bin/daybook-reconcile" "$DAYBOOK_SITE" "$tmp/reconcile" "$rounds" "$sqlite" \
	    ${modules:+"$modules"} >"$tmp/figures" || exit 1
	cat "$tmp/figures"
	! grep -q NOT "$tmp/figures" || missed=$((missed + 1))
	mine=$(figure "$tmp/figures" reconcile_wall) cpu=$(figure "$tmp/figures" reconcile_cpu)
	if [ -n "$modules" ]; then
		at_most reconcile_to_duckdb "$(ratio "$mine" "$(figure "$tmp/figures" duckdb_wall)")" 1.0 ratio
		echo "reconcile_to_duckdb_cpu $(ratio "$cpu" "$(figure "$tmp/figures" duckdb_cpu)") ratio"
	fi
	[ "$sqlite" = 0 ] ||
	    at_most reconcile_to_sqlite3 "$(ratio "$mine" "$(figure "$tmp/figures" sqlite3_wall)")" 0.2 ratio
	at_most reconcile_memory "$(figure "$tmp/figures" reconcile_peak)" 300 MB
	small_site=$DAYBOOK_SITE
	[ "$large" = 0 ] || sizes
	rm -rf "$tmp/reconcile" "$tmp/large"
}

# Four times as many rows, in turns with the others.
sizes() {
	planted_books $((rows * 4)) "$tmp/large"
	python3 "$here/reconcile.py" --sizes "$bin/daybook-reconcile" "$rounds" "$small_site" "$tmp/reconcile" \
	    "$DAYBOOK_SITE" "$tmp/large" >"$tmp/sizes" || exit 1
	sed 's/^/reconcile_/' "$tmp/sizes"
	at_most reconcile_large_to_small "$(ratio "$(figure "$tmp/sizes" large_wall)" "$(figure "$tmp/sizes" small_wall)")" \
	    4.5 ratio
	echo "reconcile_large_to_small_cpu $(ratio "$(figure "$tmp/sizes" large_cpu)" "$(figure "$tmp/sizes" small_cpu)") ratio"
}
