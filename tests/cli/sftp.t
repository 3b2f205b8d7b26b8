#!/bin/sh
# daybook-fetch's reports over SFTP, from a real sshd with internal-sftp on loopback: which files are
# taken, the pinned host key, key files, what still grows, connections that break, kills, and nothing twice.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
sshd=$(command -v sshd || echo /usr/sbin/sshd)
[ -x "$sshd" ] || skip_all "openssh-server is not here"
data=$top/tests/data

# ---- the server ----

ssh=$tmp/ssh
out=$tmp/ppreports/outgoing
mkdir -p "$ssh" "$out"
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
for k in host other user stranger; do ssh-keygen -q -t ed25519 -N '' -C "$k" -f "$ssh/$k"; done
ssh-keygen -q -t rsa -b 3072 -N '' -f "$ssh/host_rsa"
cp "$ssh/user.pub" "$ssh/authorized_keys"
pin() { ssh-keygen -lf "$ssh/$1.pub" | cut -d ' ' -f 2; }
start_sshd() {	# PORT: sets sshd_pid
	cat >"$ssh/config" <<END2
Port $1
ListenAddress 127.0.0.1
HostKey $ssh/host
PidFile $ssh/pid
AuthorizedKeysFile $ssh/authorized_keys
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
ForceCommand internal-sftp
LogLevel ERROR
MaxStartups 100
END2
	setsid "$sshd" -D -e -f "$ssh/config" 2>"$ssh/log" &
	sshd_pid=$!
	reap $sshd_pid
	wait_for 10 listening "$1"
}
listening() { python3 -c "import socket; socket.create_connection(('127.0.0.1', $1), 1)"; }
port=
for _ in 1 2 3 4 5; do
	port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
	start_sshd "$port" && break
	port=
done
[ "$port" ] || { echo "Bail out! sshd does not start: $(cat "$ssh/log")"; exit 1; }

# ---- the site ----

new_site() {	# NAME [KEY=VALUE...]
	site_new "$tmp/$1"
	shift
	"$bin/daybook" integration add paypal-checkout --mode live receiver=billing@example.com,MERCHANTID123 \
	    sftp_host=127.0.0.1 "sftp_port=$port" "sftp_directory=$out" "sftp_user=$(id -un)" \
	    "sftp_host_key=$(pin host)" "sftp_key_file=$ssh/user" "$@" >/dev/null 2>"$tmp/add.err" ||
	    { echo "Bail out! $(cat "$tmp/add.err")"; exit 1; }
}
fetch() { timeout 60 "$bin/daybook-fetch" "$@" >"$tmp/f.out" 2>"$tmp/f.err"; }
verdict() { head -n 1 "$tmp/f.out"; }
incoming() { echo "$DAYBOOK_SITE/books/live/reports/incoming/paypal_checkout"; }
there() { (cd "$(incoming)" && find . -type f ! -name state.json | sed 's|^\./||' | sort | tr '\n' ' '); }
set_() { "$bin/daybook" integration set paypal_checkout "$@" >/dev/null; }

# ---- which files ----

stl=$data/stl/STL-20240304.01.009.CSV
trr=$data/stl/TRR-20240304.01.008.CSV
cp "$stl" "$trr" "$out"
cp "$stl" "$out/STL-20240304.01.008.CSV"	# an older version of the same, side by side
cp "$stl" "$out/STL-20240305.01.009.csv"
for other in SAR-20240304.01.009.CSV DDR-20240304.01.CSV STL-20240304.CSV STL-20240304.01.009.CSV.asc readme.txt 'STL-2024 0304.01.009.CSV'; do
	echo x >"$out/$other"
done
mkdir "$out/STL-20240306.01.009.CSV"
ln -s /etc/passwd "$out/STL-20240307.01.009.CSV"
new_site one
fetch
is "reports are brought in" "$? $(verdict)" "0 CLEAN"
is "... of our names, one version each, no folders, links or others" "$(there)" \
    "STL-20240304.01.009.CSV STL-20240305.01.009.csv TRR-20240304.01.008.CSV "
ok "... as they are" cmp "$stl" "$(incoming)/STL-20240304.01.009.CSV"
is "... not for everybody" "$(stat -c %a "$(incoming)/STL-20240304.01.009.CSV")" 640
is "... and quiet" "$(cat "$tmp/f.err")" ""
fetch
is "again: nothing" "$? $(verdict) $(grep -c '^file' "$tmp/f.out")" "0 CLEAN 0"
touch -d '2024-03-05 03:00' "$out/STL-20240304.01.009.CSV"
fetch
is "the same bytes with another date: nothing" "$(verdict) $(grep -c '^file' "$tmp/f.out") $(there)" \
    "CLEAN 0 STL-20240304.01.009.CSV STL-20240305.01.009.csv TRR-20240304.01.008.CSV "
sed 's/"SB","3SM51627QE827160S"/"SB","3SM51627QE827160T"/' "$stl" >"$out/STL-20240304.01.009.CSV"
touch -d '2024-03-06 03:00' "$out/STL-20240304.01.009.CSV"
fetch
is "changed under its name: kept beside it" "$(verdict) $(there)" \
    "CLEAN 2/STL-20240304.01.009.CSV STL-20240304.01.009.CSV STL-20240305.01.009.csv TRR-20240304.01.008.CSV "
ok "... both" cmp "$stl" "$(incoming)/STL-20240304.01.009.CSV"
cp "$stl" "$out/STL-20240304.01.010.CSV"
fetch
is "a newer version of what is known is not the same report twice" "$(verdict) $(grep -c '^file' "$tmp/f.out")" "CLEAN 0"
rm -rf "$out"
mkdir "$out"
cp "$stl" "$out"
cp "$stl" "$out/STL-20240401.01.009.CSV"
new_site days
fetch --from 2024-03-20 --to 2024-04-01
is "by day, from the name" "$(verdict) $(there)" "CLEAN STL-20240401.01.009.CSV "

# ---- who is talked to ----

new_site pins "sftp_host_key=$(pin other)"
fetch
is "another host key is refused" "$? $(verdict)" "78 FAILED"
like "... and said" "$(cat "$tmp/f.err")" '127.0.0.1: its key is none of sftp_host_key'
is "... nothing came" "$(there)" ""
set_ "sftp_host_key=$(pin other),$(pin host_rsa),$(pin host)"
fetch
is "one of several is enough" "$? $(verdict)" "0 CLEAN"
set_ "sftp_key_file=$ssh/stranger"
fetch
is "a key the server does not know" "$? $(verdict)" "78 FAILED"
like "... is said" "$(cat "$tmp/f.err")" 'does not let .* in'
chmod 644 "$ssh/user"
set_ "sftp_key_file=$ssh/user"
fetch
is "a key file that others may read" "$? $(verdict)" "78 FAILED"
like "... is said" "$(cat "$tmp/f.err")" 'chmod 600'
chmod 600 "$ssh/user"
cp "$ssh/user" "$DAYBOOK_SITE/secrets/sftp_key"
set_ sftp_key_file=sftp_key
fetch
is "a key among the site's secrets" "$? $(verdict)" "0 CLEAN"
printf 'sftp-pw-s3cret\n' >"$tmp/pw"
set_ sftp_key_file= sftp_password=@"$tmp/pw"
fetch
is "a password where the server takes none" "$? $(verdict)" "78 FAILED"
not_ok "... is in no error" grep -q s3cret "$tmp/f.err" "$tmp/f.out"
set_ "sftp_key_file=$ssh/user" sftp_directory=/no/such/folder
fetch
is "no such folder" "$? $(verdict)" "65 FAILED"
like "... is said" "$(cat "$tmp/f.err")" '/no/such/folder: no such file or folder'
set_ "sftp_directory=$out" sftp_port=1
fetch
is "no server: another time" "$? $(verdict)" "1 INCOMPLETE 1"

# ---- what still grows, connections that break, kills ----

rm -rf "$out"
mkdir "$out"
head -c 2000 "$stl" >"$out/STL-20240304.01.009.CSV"
new_site grows
fetch
is "a file without its last row still grows" "$? $(verdict) $(there)" "1 INCOMPLETE 1 STL-20240304.01.009.CSV.part "
cp "$stl" "$out/STL-20240304.01.009.CSV"
fetch
is "... until it has it" "$? $(verdict) $(there)" "0 CLEAN STL-20240304.01.009.CSV "
ok "... whole" cmp "$stl" "$(incoming)/STL-20240304.01.009.CSV"

rm -rf "$out"
mkdir "$out"
big=$out/STL-20240304.01.009.CSV
awk 'NR <= 4 {print} /^"SB"/ && !body {body = $0} END {for (i = 0; i < 20000; i++) {row = body; sub(/7AB19283CD465019E/, sprintf("%017d", i), row); print row}}' "$stl" >"$big"
printf '"FF",20000\n' >>"$big"
touch -d '2024-03-05 03:00' "$big"
python3 "$top/tests/standin/cutter.py" "$port" "$tmp/cut.port" 3 1000000 &
cutter=$!
reap $cutter
wait_for 10 test -s "$tmp/cut.port"
new_site cut "sftp_port=$(cat "$tmp/cut.port")"
last=0
for i in 1 2 3; do
	fetch
	rc=$?
	now=$(stat -c %s "$(incoming)/STL-20240304.01.009.CSV.part" 2>/dev/null || echo 0)
	is "cut off $i: another time" "$rc $(verdict) $([ "$now" -gt "$last" ] && echo more)" "1 INCOMPLETE 1 more"
	last=$now
done
before=$(stat -c %i "$(incoming)/STL-20240304.01.009.CSV.part")
fetch
is "... resumed, and whole" "$? $(verdict) $(there)" "0 CLEAN STL-20240304.01.009.CSV "
ok "... to the byte" cmp "$big" "$(incoming)/STL-20240304.01.009.CSV"
is "... the same file all the time" "$(stat -c %i "$(incoming)/STL-20240304.01.009.CSV")" "$before"
fetch
is "... and known" "$(verdict) $(grep -c '^file' "$tmp/f.out")" "CLEAN 0"
# one that changes while a part of it is here
rm -rf "$(incoming)"
kill "$cutter"
rm -f "$tmp/cut.port"
python3 "$top/tests/standin/cutter.py" "$port" "$tmp/cut.port" 1 1000000 &
reap $!
wait_for 10 test -s "$tmp/cut.port"
set_ "sftp_port=$(cat "$tmp/cut.port")"
fetch
sed -i 's/"INV-1001"/"INV-9999"/' "$big"
fetch
is "changed since it broke off: from its start" "$? $(verdict)" "0 CLEAN"
ok "... nothing of the old one in it" cmp "$big" "$(incoming)/STL-20240304.01.009.CSV"

rm -rf "$out"
mkdir "$out"
cp "$stl" "$trr" "$out"
new_site killed
if command -v strace >/dev/null; then
	for at in write:when=20 fsync:when=1 fsync:when=3 renameat:when=1 renameat:when=2 renameat:when=3 renameat:when=4 fsync:when=8; do
		rm -rf "$(incoming)"
		( strace -f -o /dev/null -e "inject=${at%:*}:signal=KILL:${at#*:}" "$bin/daybook-fetch" ) >/dev/null 2>&1
		fetch
		is "killed at $at, then again" "$(verdict) $(there)" "CLEAN STL-20240304.01.009.CSV TRR-20240304.01.008.CSV "
		ok "... as it is" cmp "$stl" "$(incoming)/STL-20240304.01.009.CSV"
	done
fi

# ---- and reconciled ----

new_site night
daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
fetch
timeout 60 "$bin/daybook-reconcile" --fetched --post-missing >"$tmp/r.out" 2>"$tmp/r.err"
like "what was fetched is reconciled" "$(head -n 1 "$tmp/r.out")" '^(CLEAN|BREAKS|INCOMPLETE)'
is "... and quiet" "$(cat "$tmp/r.err")" ""
timeout 60 "$bin/daybook-reconcile" --fetched >"$tmp/r.out"
is "... once" "$(tail -n 1 "$tmp/r.out")" "nothing was fetched that is not reconciled already"
is "no secret in anything that was written or said" "$(grep -rl 's3cret' "$tmp" 2>/dev/null | grep -v '/secrets/paypal_checkout.json$' |
    sed "s|$tmp/||")" pw
done_testing
