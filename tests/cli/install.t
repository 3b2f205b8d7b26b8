#!/bin/sh
# INSTALL as it stands: make install, section 4 (the site's permissions), the web server's snippet,
# the crontab's lines as cron runs them, sections 12 and 13 (backup and restore).  Users go by
# number, so that none is added to this machine; without root there is only one.
# shellcheck disable=SC2086	# as_daybook, as_intake: a command with its arguments
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
# shellcheck source=tests/web/common.sh
. "$top/tests/web/common.sh"

usr=$tmp/usr
export PATH="$usr/bin:$PATH"
chmod 711 "$tmp"
mkdir "$tmp/lib" "$tmp/backups" "$tmp/log" "$tmp/www"
if [ "$(id -u)" = 0 ]; then
	root=1
	as_daybook="setpriv --reuid=64001 --regid=64001 --clear-groups"
	as_intake="setpriv --reuid=64002 --regid=64003 --clear-groups"
else
	root=
	as_daybook=env as_intake=env
fi

# section N: its commands, for this test's paths and users
section() {
	sed -n "/^$1\. /,/^$(($1 + 1))\. /s/^    //p" "$top/INSTALL" |
	    sed -e '/systemctl/d' -e "s|runuser -u daybook --|$as_daybook|" \
	        -e "s|/var/lib|$tmp/lib|g" -e "s|/var/backups|$tmp/backups|g" \
	        -e 's|daybook init|& --stand-ins|' \
	        -e 's|-o daybook -g daybook|-o 64001 -g 64001|' -e 's|daybook-in:daybook|64002:64001|' \
	        -e 's|chgrp daybook-cgi|chgrp 64003|' |
	    if [ "$root" ]; then cat; else sed -e '/^ch[og]/d' -e 's|-o 64001 -g 64001||'; fi
}
follow() {	# N: runs it, as root does
	section "$1" >"$tmp/section.$1"
	ok "INSTALL, section $1" sh -eu "$tmp/section.$1"
}
# What the installed crontab runs, as cron runs it: its own variables, nothing else.
as_cron() {	# PATTERN
	line=$(grep "^[0-9*].*$1" "$usr/share/daybook/crontab" | sed 's/^\([^ ]* *\)\{6\}//')
	(
		cd /
		# shellcheck disable=SC2046
		env -i $(sed -n "s|/var/lib|$tmp/lib|; /^[A-Z_]*=/p" "$usr/share/daybook/crontab") \
		    HOME=/nonexistent LOGNAME=daybook "$(command -v setsid)" -w \
		    $as_daybook sh -c "$line" >"$tmp/cron.out" 2>"$tmp/cron.err" </dev/null
	)
}
as() { DAYBOOK_SITE=$site $as_daybook "$@"; }
credit() { as daybook balance Liabilities:Customers --format csv | tr -d '\r' | sed -n 's/.*,USD,//p'; }
# who may do what: the tree without what posting makes and removes
owners() { (cd "$site" && find . ! -path './spool/*/*/*' ! -path './spool/post/*' ! -name 'ledger.*' \
    ! -name '*~' -printf '%M %U %G %p\n' | sort -k4); }

# ---- make install ----

ok "make install" make -s -C "$top" -o all install "B=$B" "PREFIX=$usr" DESTDIR=
for f in daybook daybook-post daybook-fetch daybook-masspay daybook-reconcile daybook-audit; do
	like "$f --version" "$("$usr/bin/$f" --version)" "^$f [0-9]"
	ok "... and its manual" test -s "$usr/share/man/man8/$f.8"
done
is "the samples name the prefix, and no other" \
    "$(grep -l /usr/local "$usr"/share/daybook/*.* "$usr"/share/daybook/crontab "$usr"/share/man/man8/* 2>/dev/null)" ""
for f in lighttpd.conf nginx.conf apache.conf crontab daybook-post.service daybook-nightly.service \
    daybook-nightly.timer daybook-fetch.service daybook-poll.service daybook-poll.timer daybook-mail.service \
    daybook-mail.timer fcgiwrap-daybook-in.service fcgiwrap-daybook-in.socket INSTALL LICENSE; do
	ok "share/daybook/$f" test -s "$usr/share/daybook/$f"
done
if command -v systemd-analyze >/dev/null; then
	is "systemd finds nothing in the units" \
	    "$(systemd-analyze verify "$usr"/share/daybook/*.service "$usr"/share/daybook/*.socket \
	    "$usr"/share/daybook/*.timer 2>&1 | grep "$usr")" ""
fi

# ---- a site, and who may do what in it ----

standin_start
site=$tmp/lib/daybook
export DAYBOOK_SITE="$site"
follow 4
like "the site is daybook's" "$(as daybook integration list 2>&1)" 'STAND-IN'
as daybook integration add paypal-ipn --mode live receiver=billing@example.com,MERCHANTID123 \
    "endpoint=$standin" >/dev/null
as daybook customer add C1001 --name Alice --paypal-email alice@example.net >/dev/null
ikey=$(as daybook integration show paypal_ipn --format json | sed -n 's|.*"url": "[^"]*/\([^/"]*\)".*|\1|p')
ok "... and has an integration" test -n "$ikey"
if [ "$root" ]; then
	owned() { stat -c '%U %u:%g %a' "$site/$1" | cut -d' ' -f2-; }
	is "spool/in" "$(owned spool/in/new)" "64002:64001 2770"
	is "integrations" "$(owned integrations)" "64001:64003 2750"
	is "... a file there" "$(owned integrations/paypal_ipn.json)" "64001:64003 640"
	for f in books books/live/journal register audit secrets gnupg spool/post spool/aside \
	    spool/desk/new orders sessions; do
		not_ok "intake can't read $f" $as_intake test -r "$site/$f" -o -x "$site/$f"
	done
	for f in daybook.json integrations integrations/paypal_ipn.json; do
		ok "intake reads $f" $as_intake test -r "$site/$f"
		not_ok "... and can't write it" $as_intake test -w "$site/$f"
	done
	stranger="setpriv --reuid=64009 --regid=64009 --clear-groups"
	for f in integrations spool/in/new books register gnupg audit; do
		not_ok "a stranger reads nothing of $f" $stranger test -r "$site/$f" -o -w "$site/$f" -o -x "$site/$f"
	done
	exits "root is refused, before it leaves files behind" 78 "$usr/bin/daybook" -C "$site" balance
	like "... and told who to be" "$(cat "$tmp/cmd.err")" "belongs to another user \(uid 64001\): .*sudo -u daybook"
	for f in daybook-post daybook-audit "daybook-reconcile $top/tests/data/activity/b.csv"; do
		exits "... by $f too" 78 "$usr"/bin/$f -C "$site"
	done
fi

# ---- a notification through the web server, as the users of INSTALL ----

body=$top/tests/data/ipn/6.01-web_accept.body
remember "$body"
if command -v lighttpd >/dev/null && command -v fcgiwrap >/dev/null; then
	mkdir "$tmp/run"
	[ ! "$root" ] || chown 64002:64003 "$tmp/run"
	start=$(sed -n 's/^ExecStart=//p' "$usr/share/daybook/fcgiwrap-daybook-in.service")
	setsid $as_intake $start -s "unix:$tmp/run/sock" 2>"$tmp/fcgiwrap.err" &
	reap $!
	wait_for 5 test -S "$tmp/run/sock"
	user=
	if [ "$root" ]; then
		chown www-data "$tmp/run/sock"
		chmod 600 "$tmp/run/sock"
		chown www-data "$tmp/log"
		user='server.username = "www-data"'
	fi
	port=$(free_port)
	{
		printf '%s\n' "server.document-root = \"$tmp/www\"" 'server.bind = "127.0.0.1"' \
		    "server.port = $port" "server.errorlog = \"$tmp/log/error.log\"" "$user"
		sed -e "s|/var/lib|$tmp/lib|; s|/run/daybook-in.sock|$tmp/run/sock|" "$usr/share/daybook/lighttpd.conf"
	} >"$tmp/lighttpd.conf"
	lighttpd -D -f "$tmp/lighttpd.conf" &
	reap $!
	wait_for 10 curl -s -o /dev/null "http://127.0.0.1:$port/"
	url=http://127.0.0.1:$port/daybook/ipn.cgi/paypal_ipn
	is "a wrong key: 404" "$(answer --data x=1 "$url/wrong")" 404
	is "a notification: 200" "$(answer --data-binary "@$body" "$url/$ikey")" 200
else
	is "a notification: 200" "$(ipn "paypal_ipn/$ikey" "$body")" 200
fi
is "it is in the spool" "$(spooled)" 1
[ ! "$root" ] || is "... intake's, readable for daybook" \
    "$(stat -c '%u:%g %a' "$site"/spool/in/new/*)" "64002:64001 640"

# ---- cron ----

as_cron daybook-post
is "the crontab's daybook-post books it" "$? $(cat "$tmp/cron.out" "$tmp/cron.err")" "0 "
is "... to the customer" "$(credit)" "-100.00"
as_cron daybook-audit
is "the crontab's night is well" "$? $(cat "$tmp/cron.err")" "0 "
is "... and its verdict comes by mail" "$(head -n 1 "$tmp/cron.out")" CLEAN
pack=$(ls -d "$site"/audit/live/2*)
exits "the pack verifies" 0 as daybook-audit --verify "$pack"

# ---- backup, an accident, restore ----

remember "$top/tests/data/ipn/6.11-refund_partial.body"
put() {	# FILE: as ipn.cgi of the intake user
	$as_intake env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST "PATH_INFO=/paypal_ipn/$ikey" \
	    CONTENT_TYPE=application/x-www-form-urlencoded "CONTENT_LENGTH=$(wc -c <"$1" | tr -d ' ')" \
	    "$usr/lib/daybook/cgi-bin/ipn.cgi" <"$1" | sed -n '1s/^Status: \([0-9]*\).*/\1/p'
}
is "another notification, not booked yet" "$(put "$top/tests/data/ipn/6.11-refund_partial.body")" 200
owners >"$tmp/owners"
follow 12
is "only root reads the backup" "$(stat -c %a "$tmp/backups/daybook.tar.gz")" 600
is "no index in it, but the packs" "$(tar -tzf "$tmp/backups/daybook.tar.gz" | grep 'ledger\.' | sed 's|.*/||')" \
    ledger.hledger
as daybook-post >/dev/null
was=$(credit)
is "the second one is booked after the backup" "$was" "-90.00"
follow 13
owners >"$tmp/now"
ok "who may do what is as it was" diff "$tmp/owners" "$tmp/now"
exits "the restored pack verifies" 0 as daybook-audit --verify "$pack"
is "books as of the backup" "$(credit)" "-100.00"
is "... what was in the spool is booked now" "$(as daybook-post | head -n 1) $(credit)" "CLEAN $was"
exits "daybook verify is clean" 0 as daybook verify
done_testing
