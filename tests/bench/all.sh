#!/bin/sh
# all.sh -- make bench: intake through lighttpd beside others, daybook-post from a full spool, and
# daybook-reconcile beside databases (reconcile.sh).
# One "name value unit" a line.  Environment:
#   BENCH_SECONDS   of each turn of a contestant (3)      BENCH_ROUNDS  turns of each (5)
#   BENCH_MESSAGES  in the spool, for daybook-post (20000)
#   BENCH_PAYMENTS  in the larger books (1000000; 100000 spare some four minutes)
#   BENCH_PARTS     "intake post reconcile" or some of them
#   BENCH_ROWS, BENCH_LARGE  see reconcile.sh
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
here=$top/tests/bench
seconds=${BENCH_SECONDS:-3} rounds=${BENCH_ROUNDS:-5} messages=${BENCH_MESSAGES:-20000}
payments=${BENCH_PAYMENTS:-1000000} parts=${BENCH_PARTS:-intake post reconcile}
missed=0
# evidence, journal and index of a payment take some 3 KB, its checkpoint one more
disk_mb=$((1024 + payments / 200 + messages / 50))
standin=http://127.0.0.1:9
# so that leaving early takes the mount with it too
mounted='' ram=''
trap 'stop_all; sync; [ -z "$mounted" ] || umount "$mounted" || umount -l "$mounted"; [ -z "$ram" ] || rm -rf "$ram"; clean_up' EXIT

median() { sort -n | awk '{ v[NR] = $1 } END { printf "%.1f\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
# aim NAME GOT WANT UNIT
aim() {
	if awk "BEGIN { exit !($2 >= $3) }"; then
		echo "$1 $2 $4 (aim $3: reached)"
	else
		echo "$1 $2 $4 (aim $3: NOT reached)"
		missed=$((missed + 1))
	fi
}
ratio() { awk "BEGIN { print sprintf(\"%.3f\", ($2 > 0) ? $1 / $2 : 0) }"; }

# ---- a plain disk ----

# Every contestant and the books are on it: an ext4 of its own in a file whose blocks are all there
# already, because creating a file costs ten times as much on some machines' own (discard, quotas).
disk=$tmp/disk
mkdir "$disk"
if [ "$parts" = reconcile ]; then
	:	# nothing of it waits for the disk
elif [ "$(id -u)" = 0 ] && dd if=/dev/zero of="$tmp/ext4" bs=1M count="$disk_mb" conv=fsync 2>/dev/null &&
    mkfs.ext4 -q -E nodiscard,lazy_itable_init=0,lazy_journal_init=0 "$tmp/ext4" 2>/dev/null &&
    mount -o loop,nodiscard "$tmp/ext4" "$disk" 2>/dev/null; then
	mounted=$disk
	echo "disk plain-ext4-loop-mount $disk_mb MB"
else
	rm -f "$tmp/ext4"
	echo "disk the-machine's-own-$(stat -f -c %T "$disk" | tr / -) (not root, or no loop device)"
fi

# ---- requests a second ----

intake() {
	if ! command -v lighttpd >/dev/null || ! command -v php-cgi >/dev/null; then
		echo "intake skipped: lighttpd or php-cgi is missing"
		return
	fi
	mkdir -p "$tmp/www" "$disk/db" "$disk/keep/tmp" "$disk/keep/new"
	[ ! -d /dev/shm ] || ram=$(mktemp -d /dev/shm/daybook.XXXXXX)
	${CC:-cc} -O2 -static -o "$tmp/www/nothing.cgi" "$here/nothing.c" &&
	    ${CC:-cc} -O2 -static -o "$tmp/www/keep.cgi" "$here/keep.c" &&
	    ${CC:-cc} -O2 -D_GNU_SOURCE -o "$tmp/load" "$here/load.c" -lpthread || exit 1
	cp "$cgi/ipn.cgi" "$tmp/www/ipn.cgi"
	mkdir "$tmp/www/ram"
	cp "$cgi/ipn.cgi" "$tmp/www/ram/ipn.cgi"
	cp "$here/listener.php" "$tmp/www/listener.php"
	cp "$here/listener.py" "$tmp/www/listener.py"
	chmod 755 "$tmp"/www/*.py "$tmp"/www/*.cgi
	# lighttpd, and with it every contestant, runs as whoever runs this; the site is theirs.
	if [ -n "$ram" ]; then
		site_new "$ram/site"
		integration_new live_ipn live
		rkey=$ikey
	fi
	site_new "$disk/intake"
	integration_new live_ipn live
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >"$tmp/lighttpd.conf" <<END
server.modules = ("mod_setenv", "mod_cgi", "mod_fastcgi")
server.document-root = "$tmp/www"
server.bind = "127.0.0.1"
server.port = $port
server.errorlog = "$tmp/lighttpd.log"
server.max-connections = 64
setenv.set-environment = ("DAYBOOK_SITE" => "$disk/intake", "BENCH_DB" => "$disk/db/python.sqlite",
    "BENCH_KEEP" => "$disk/keep")
\$HTTP["url"] =~ "^/ram/" { setenv.set-environment = ("DAYBOOK_SITE" => "$ram/site") }
cgi.assign = (".cgi" => "", ".py" => "/usr/bin/python3")
fastcgi.server = (".php" => ((
	"bin-path" => "$(command -v php-cgi)", "socket" => "$tmp/php.socket", "max-procs" => 1,
	"bin-environment" => ("PHP_FCGI_CHILDREN" => "4", "PHP_FCGI_MAX_REQUESTS" => "1000000",
	    "BENCH_DB" => "$disk/db/php.sqlite"))))
END
	setsid lighttpd -D -f "$tmp/lighttpd.conf" 2>"$tmp/lighttpd.err" &
	reap $!
	body=$top/tests/data/ipn/6.01-web_accept.body
	wait_for 10 curl -sf -o /dev/null --data-binary "@$body" "http://127.0.0.1:$port/nothing.cgi" ||
	    { cat "$tmp/lighttpd.err" "$tmp/lighttpd.log"; exit 1; }
	round=0
	while [ "$round" -lt "$rounds" ]; do
		round=$((round + 1))
		for who in nothing ipn keep ${ram:+ram} php python; do
			case $who in
			nothing) path=/nothing.cgi ;;
			ipn) path=/ipn.cgi/live_ipn/$ikey ;;
			keep) path=/keep.cgi ;;
			ram) path=/ram/ipn.cgi/live_ipn/$rkey ;;
			php) path=/listener.php ;;
			python) path=/listener.py ;;
			esac
			got=$("$tmp/load" "$port" "$path" "$body" 8 "$seconds")
			[ "${got#* }" = 0 ] || echo "# $who: ${got#* } requests were not answered 200"
			echo "${got% *}" >>"$tmp/rate.$who"
		done
		# the spool is emptied as daybook-post would
		find "$DAYBOOK_SITE/spool/in/new" "$disk/keep" ${ram:+"$ram/site/spool/in/new"} -type f -delete
	done
	nothing=$(median <"$tmp/rate.nothing") ipn=$(median <"$tmp/rate.ipn")
	php=$(median <"$tmp/rate.php") python=$(median <"$tmp/rate.python")
	printf 'intake_%s %s requests/s\n' nothing "$nothing" ipn "$ipn" php "$php" python "$python"
	# What of it is the disk's: a program that does nothing but keep a file, and ipn.cgi in memory.
	keep=$(median <"$tmp/rate.keep")
	printf 'intake_%s %s requests/s\n' keep "$keep"
	echo "intake_to_keep $(ratio "$ipn" "$keep") ratio"
	if [ -n "$ram" ]; then
		ram_rate=$(median <"$tmp/rate.ram")
		printf 'intake_%s %s requests/s\n' in_memory "$ram_rate"
		echo "intake_in_memory_to_nothing $(ratio "$ram_rate" "$nothing") ratio"
	fi
	aim intake_to_nothing "$(ratio "$ipn" "$nothing")" 0.90 ratio
	aim intake_to_php "$(ratio "$ipn" "$php")" 1.5 ratio
	aim intake_to_python "$(ratio "$ipn" "$python")" 15 ratio
}

# ---- messages a second ----

# timed FIRST N: seconds daybook-post takes for them
timed() {
	python3 "$here/fill.py" "$DAYBOOK_SITE" "$1" "$2"
	sync
	python3 - "$bin/daybook-post" <<'END'
import subprocess, sys, time
began = time.time()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=False)
took = time.time() - began
if done.returncode != 0:
    sys.exit("daybook-post: exit %d: %s" % (done.returncode, done.stdout.decode()))
print("%.3f" % took)
END
}

# thrice FILE: the middle one of three runs, in seconds
thrice() {
	for _ in 1 2 3; do
		timed "$have" "$messages" >>"$1" || exit 1
		have=$((have + messages))
	done
	sort -n "$1" | sed -n 2p >"$1.middle"
}

posting() {
	site_new "$disk/site"
	integration_new live_ipn live
	python3 "$here/fill.py" --customers >"$tmp/customers.csv"
	"$bin/daybook" customer import "$tmp/customers.csv" >/dev/null || exit 1
	have=0
	timed $have 10000 >/dev/null || exit 1
	have=10000
	thrice "$tmp/small"
	small=$(cat "$tmp/small.middle")
	python3 "$here/fill.py" --files "$disk/files" "$messages" >"$tmp/files"
	read -r create remove <"$tmp/files"
	aim post "$(awk "BEGIN { printf \"%.0f\", $messages / $small }")" 20000 messages/s
	awk "BEGIN { n = $messages / 1e6
		printf \"post_per_message %.1f us\npost_file_create %.1f us\npost_file_remove %.1f us\n\", \
		    $small / n, $create / n, $remove / n
		printf \"post_remove_share %.0f percent\n\", 100 * $remove / $small }"
	while [ "$have" -lt "$payments" ]; do
		step=$((payments - have))
		[ "$step" -le 100000 ] || step=100000
		timed $have "$step" >/dev/null || exit 1
		have=$((have + step))
	done
	echo "post_large_books $have payments"
	thrice "$tmp/large"
	large=$(cat "$tmp/large.middle")
	echo "post_in_large_books $(awk "BEGIN { printf \"%.0f\", $messages / $large }") messages/s"
	aim post_large_to_small "$(ratio "$small" "$large")" 0.8 ratio
	"$bin/daybook" verify >/dev/null || { echo "daybook verify: NOT clean"; exit 1; }
}

# shellcheck source=tests/bench/reconcile.sh
. "$here/reconcile.sh"

for part in $parts; do
	case $part in
	intake) intake ;;
	post) posting ;;
	reconcile) reconcile ;;
	esac
done
echo "aims_missed $missed"
