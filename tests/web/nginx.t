#!/bin/sh
# The whole way through nginx and fcgiwrap, with etc/nginx.conf.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
# shellcheck source=tests/web/common.sh
. "$top/tests/web/common.sh"
for program in nginx fcgiwrap; do
	command -v $program >/dev/null || skip_all "$program is not here"
done

web_prepare
fcgiwrap_start
mkdir "$tmp/log" "$tmp/nginx"
{
	[ "$(id -u)" != 0 ] || echo "user root;"
	cat <<END
daemon off;
pid $tmp/nginx/pid;
error_log $tmp/log/error.log;
events { worker_connections 64; }
http {
    access_log $tmp/log/access.log;
    client_body_temp_path $tmp/nginx/body;
    proxy_temp_path $tmp/nginx/proxy;
    fastcgi_temp_path $tmp/nginx/fastcgi;
    uwsgi_temp_path $tmp/nginx/uwsgi;
    scgi_temp_path $tmp/nginx/scgi;
    server {
        listen 127.0.0.1:$port;
END
	snippet nginx.conf
	printf '    }\n}\n'
} >"$tmp/nginx.conf"
nginx -c "$tmp/nginx.conf" -e "$tmp/log/error.log" &
reap $!
web_checks nginx
done_testing
