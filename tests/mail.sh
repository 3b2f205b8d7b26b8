# shellcheck shell=sh disable=SC2034,SC2154
# mail.sh -- what the tests of mail share.  Sourced behind lib.sh.
for p in faketime gpg openssl strace; do command -v $p >/dev/null || skip_all "$p is not there"; done
secret=s3cret-of-the-mail-server
ca=good n=0

cert() {	# NAME HOSTNAME: $tmp/NAME.pem (key and certificate), which is its own authority
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$tmp/$1.key" \
	    -out "$tmp/$1.crt" -days 9000 -subj "/CN=$2" -addext "subjectAltName=DNS:$2" 2>/dev/null
	cat "$tmp/$1.key" "$tmp/$1.crt" >"$tmp/$1.pem"
}
server() {	# NAME OPTION...: a server in $tmp/NAME
	sname=$1
	shift
	mkdir -p "$tmp/$sname"
	setsid python3 "$top/tests/standin/smtpd.py" "$tmp/$sname" "$@" 2>"$tmp/$sname/err" &
	reap $!
	wait_for 10 test -s "$tmp/$sname/port" || { echo "Bail out! no mail server"; exit 1; }
}
settings() {	# JSON: the member mail of daybook.json, null for none
	python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
m = json.loads(sys.argv[2])
j.pop("mail", None)
if m is not None:
    j["mail"] = m
json.dump(j, open(sys.argv[1], "w"), indent=2)' "$DAYBOOK_SITE/daybook.json" "$1"
}
use() {	# SERVER HOST [, "MORE": "SETTINGS" [s [TIMEOUT]]]
	settings "{\"from\": \"books@example.net\", \"smtp\": \"smtp${4:-}://$2:$(cat "$tmp/$1/port")\",
	    \"timeout\": ${5:-1}${ca:+, \"ca_file\": \"$tmp/$ca.crt\"}${3:-}}"
}
# mode SERVER WORD: what it does from now on; log.new begins anew
mode() { echo "$2" >"$tmp/$1/mode"; : >"$tmp/$1/log.new"; }
taken() { find "$tmp/$1" -name '*.eml' | wc -l | tr -d ' '; }
audit() { "$bin/daybook-audit" "$@" >"$tmp/audit.out" 2>"$tmp/audit.err"; }
night() {	# a quiet day's pack, another each time
	n=$((n + 1))
	day=$(date -u -d "2024-01-01 + $n days" +%F)
	audit --day "$day" --mail
}
ids() { daybook mail --format csv | awk -F, -v s="$1" 'NR > 1 && $2 == s {print $1}'; }	# STATE
# Message-IDs that some server took more than once
twice() { cat "$tmp"/*/*.eml 2>/dev/null | grep -i '^Message-ID:' | sort | uniq -d | wc -l | tr -d ' '; }
part() { python3 "$top/tests/standin/mail_part.py" "$@"; }
find_to() { grep -l "^To: $2" "$tmp/$1"/*.eml | tail -n 1; }

# the accountant's own keys
acc() { gpg --homedir "$tmp/acc" --batch --quiet --pinentry-mode loopback --passphrase '' "$@"; }
make_key() {	# USERID EXPIRY NAME: public key in $tmp/NAME.asc
	[ -d "$tmp/acc" ] || mkdir -m 700 "$tmp/acc"
	acc --quick-gen-key "$1" default default "$2" 2>/dev/null
	acc --armor --export "$1" >"$tmp/$3.asc"
}
fingerprint() { acc --with-colons --list-keys "$1" | awk -F: '$1 == "fpr" {print $10; exit}'; }
