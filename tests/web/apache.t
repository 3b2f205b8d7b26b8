#!/bin/sh
# The whole way through Apache httpd, with etc/apache.conf.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"
# shellcheck source=tests/web/common.sh
. "$top/tests/web/common.sh"
command -v apache2 >/dev/null || skip_all "apache2 is not here"
modules=/usr/lib/apache2/modules

web_prepare
mkdir "$tmp/log" "$tmp/www" "$tmp/run"
if [ "$(id -u)" = 0 ]; then
	# Apache will not run programs as root: intake becomes another user, as in production.
	chown -R www-data "$DAYBOOK_SITE/spool/in"
	chgrp -R www-data "$DAYBOOK_SITE/integrations"
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
LoadModule env_module $modules/mod_env.so
LoadModule setenvif_module $modules/mod_setenvif.so
LoadModule reqtimeout_module $modules/mod_reqtimeout.so
LoadModule cgid_module $modules/mod_cgid.so
ScriptSock $tmp/run/cgid.sock
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
