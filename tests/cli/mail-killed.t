#!/bin/sh
# Killed while mail is sent, before each call that changes a file or sends a byte: never twice; what the
# server has is sent or uncertain, never queued again; what it has not is queued or uncertain, never sent.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
# shellcheck source=tests/mail.sh
. "$top/tests/mail.sh"
strace -o /dev/null true 2>/dev/null || skip_all "strace may not be used here"

server plain --tls none
site_new "$tmp/site"
ca=
use plain 127.0.0.1
"$bin/daybook" receiver add bob@acc.example >/dev/null

# The letter is queued once and copied back for each kill, under its own name, so each round is short.
mode plain busy
night
mode plain ok
id=$(ids queued)
like "a message waits" "$id" '^[0-9a-f]{32}$'
cp -a "$DAYBOOK_SITE/outbox" "$tmp/outbox"
rm -f "$tmp/outbox/try/$id"

server_has() { grep -l "Message-ID: <notice.$id@" "$tmp"/plain/*.eml 2>/dev/null | wc -l | tr -d ' '; }
state() { daybook mail --format csv | awk -F, -v i="$id" '$1 == i {print $2}'; }
bad='' seen='' rounds=0
for call in fsync renameat unlinkat sendto write; do
	k=0
	while [ $k -lt 40 ]; do
		k=$((k + 1)) rounds=$((rounds + 1))
		rm -rf "$DAYBOOK_SITE/outbox" "$tmp"/plain/*.eml
		cp -a "$tmp/outbox" "$DAYBOOK_SITE/outbox"
		strace -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$k" \
		    "$bin/daybook" mail send >/dev/null 2>&1
		[ $? = 137 ] || break	# no such call any more: it came to its end
		sleep 0.05		# the server's own end of it
		has=$(server_has) is=$(state)
		case $has/$is in
		0/queued | 0/uncertain | 1/uncertain | 1/sent) ;;
		*) bad="$bad $call $k: server has $has, we say $is;" ;;
		esac
		seen="$seen $has/$is"
		# whoever comes next
		"$bin/daybook" mail send >/dev/null 2>&1
		[ "$(server_has)" -le 1 ] || bad="$bad $call $k: sent twice;"
		[ "$has/$is/$(server_has)" != 0/queued/0 ] || bad="$bad $call $k: queued and not sent later;"
		[ "$(state)" = sent ] || [ "$is" = uncertain ] || bad="$bad $call $k: $is, then $(state);"
	done
	ok "killed before each $call, $k of them" test $k -gt 1
done
is "in $rounds rounds" "$bad" ""
for s in 0/queued 0/uncertain 1/uncertain 1/sent; do
	like "... seen: $s" "$seen " " $s "
done

# Killed while a pack is made and queued: afterwards it is there once, and goes once.
rm -rf "$DAYBOOK_SITE/outbox" "$tmp"/plain/*.eml
k=0 bad=''
while [ $k -lt 8 ]; do
	k=$((k + 1))
	day=$(date -u -d "2021-01-01 + $k days" +%F)
	strace -o /dev/null -e trace=renameat,renameat2 -e "inject=renameat,renameat2:signal=KILL:when=$((2 * k))" \
	    "$bin/daybook-audit" --day "$day" --mail >/dev/null 2>&1
	audit --day "$day" --mail
	is=$(daybook packs --format csv | grep -c ",$day,")
	[ "$is" = 1 ] || bad="$bad $day: $is packs;"
	daybook packs --format csv | grep ",$day," | grep -q 'notice \(sent\|uncertain\)' || bad="$bad $day: not sent;"
done
is "killed while it is made" "$bad" ""
is "nothing was sent twice" "$(twice)" 0
gpgconf --homedir "$DAYBOOK_SITE/gnupg" --kill all
verify_clean
done_testing
