#!/bin/sh
# The whole way through Apache httpd: etc/apache.conf with fcgiwrap.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
# shellcheck source=tests/web/common.sh
. "$top/tests/web/common.sh"
for program in apache2 fcgiwrap; do
	command -v $program >/dev/null || skip_all "$program is not here"
done
modules=/usr/lib/apache2/modules

web_prepare
fcgiwrap_start
mkdir "$tmp/log" "$tmp/www" "$tmp/run"
if [ "$(id -u)" = 0 ]; then	# Apache serves as another user
	chown www-data "$tmp/fcgi.sock"
	user="User www-data
Group www-data"
fi
{
	cat <<END
ServerRoot $tmp/run
ServerName localhost
Listen 127.0.0.1:$port
PidFile $tmp/run/pid
ErrorLog $tmp/log/error.log
DefaultRuntimeDir $tmp/run
Mutex file:$tmp/run default
DocumentRoot $tmp/www
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule alias_module $modules/mod_alias.so
LoadModule setenvif_module $modules/mod_setenvif.so
LoadModule reqtimeout_module $modules/mod_reqtimeout.so
LoadModule proxy_module $modules/mod_proxy.so
LoadModule proxy_fcgi_module $modules/mod_proxy_fcgi.so
LogFormat "%r %>s" common
CustomLog $tmp/log/access.log common env=!daybook
${user:-}
END
	snippet apache.conf
} >"$tmp/apache.conf"
apache2 -X -d "$tmp/run" -f "$tmp/apache.conf" -D FOREGROUND >"$tmp/apache.out" 2>&1 &
reap $!
web_checks apache
done_testing
