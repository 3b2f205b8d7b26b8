#!/bin/sh
# The whole way through lighttpd: etc/lighttpd.conf with fcgiwrap.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
# shellcheck source=tests/web/common.sh
. "$top/tests/web/common.sh"
for program in lighttpd fcgiwrap; do
	command -v $program >/dev/null || skip_all "$program is not here"
done

web_prepare
fcgiwrap_start
mkdir "$tmp/log" "$tmp/www"
{
	cat <<END
server.document-root = "$tmp/www"
server.bind = "127.0.0.1"
server.port = $port
server.errorlog = "$tmp/log/error.log"
accesslog.filename = "$tmp/log/access.log"
END
	snippet lighttpd.conf
} >"$tmp/lighttpd.conf"
lighttpd -D -f "$tmp/lighttpd.conf" &
reap $!
web_checks lighttpd
done_testing
