#!/bin/sh
# ipn.cgi called as a web server would: every row of the HTTP table, limits, deadline.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

site_new "$tmp/site"
integration_new paypal_ipn live
where=paypal_ipn/$ikey
body=$top/tests/data/ipn/6.01-web_accept.body

# call VARIABLE=VALUE... <body: with other variables than ipn sets; status on standard output
call() {
	env -i PATH="$PATH" DAYBOOK_SITE="$DAYBOOK_SITE" GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST \
	    PATH_INFO="/$where" CONTENT_TYPE=application/x-www-form-urlencoded "$@" "$cgi/ipn.cgi" \
	    >"$tmp/answer" 2>"$tmp/answer.err"
	sed -n '1s/^Status: \([0-9]*\).*/\1/p' "$tmp/answer"
}
length=$(wc -c <"$body" | tr -d ' ')

is "stored: 200" "$(ipn "$where" "$body")" 200
is "... with an empty body" "$(tr -d '\r' <"$tmp/answer" | sed '1,/^$/d' | wc -c | tr -d ' ')" 0
is "... one file" "$(spooled)" 1
f=$(find "$DAYBOOK_SITE/spool/in/new" -type f)
ok "... with the exact bytes behind the header" sh -c "sed '1,/^\$/d' '$f' | cmp - '$body'"
like "... and how they came" "$(sed '/^$/q' "$f" | tr '\n' ' ')" \
    '^daybook-message 1 integration paypal_ipn kind paypal-ipn mode live received [^ ]*Z remote 192.0.2.7 length 1045 '
is "... readable by its owner and group only" "$(stat -c %a "$f")" 640

none() { is "$1" "$2" "$3"; is "... nothing stored" "$(spooled)" 1; }
none "another method: 405" "$(call REQUEST_METHOD=GET </dev/null)" 405
like "... with Allow" "$(tr -d '\r' <"$tmp/answer")" '^Allow: POST$'
none "PUT: 405" "$(call REQUEST_METHOD=PUT CONTENT_LENGTH="$length" <"$body")" 405
none "wrong key: 404" "$(ipn paypal_ipn/AAAAAAAAAAAAAAAAAAAAAA "$body")" 404
none "no key: 404" "$(ipn paypal_ipn "$body")" 404
none "empty key: 404" "$(ipn paypal_ipn/ "$body")" 404
none "key with more behind it: 404" "$(ipn "$where/x" "$body")" 404
none "unknown integration: 404" "$(ipn "nobody/$ikey" "$body")" 404
none "a path for an integration: 404" "$(ipn "../secrets/paypal_ipn/$ikey" "$body")" 404
none "no path at all: 404" "$(call PATH_INFO= CONTENT_LENGTH="$length" <"$body")" 404
none "wrong content type: 415" "$(ipn "$where" "$body" text/plain)" 415
none "no content type: 415" "$(call CONTENT_TYPE= CONTENT_LENGTH="$length" <"$body")" 415
none "body shorter than it says: 400" "$(call CONTENT_LENGTH=2000 <"$body")" 400
for l in -1 abc 1e3 99999999999999999999 0x10 ' 5' ''; do
	none "CONTENT_LENGTH \"$l\": 400" "$(call "CONTENT_LENGTH=$l" <"$body")" 400
done
none "no CONTENT_LENGTH: 400" "$(call </dev/null)" 400
none "empty body: 400" "$(call CONTENT_LENGTH=0 </dev/null)" 400
head -c 2097153 /dev/zero | tr '\0' a >"$tmp/big"
none "2 MiB and one byte: 413" "$(ipn "$where" "$tmp/big")" 413
none "said to be larger: 413" "$(call CONTENT_LENGTH=2097153 </dev/null)" 413
none "no site there: 503" "$(call DAYBOOK_SITE="$tmp/nowhere" CONTENT_LENGTH="$length" <"$body")" 503
like "... with Retry-After" "$(tr -d '\r' <"$tmp/answer")" '^Retry-After: [0-9]+$'
head -c 2097152 "$tmp/big" >"$tmp/two"
is "2 MiB: 200" "$(ipn "$where" "$tmp/two")" 200
is "charset behind the type: 200" "$(ipn "$where" "$body" 'application/x-www-form-urlencoded; charset=UTF-8')" 200
is "upper-case type: 200" "$(ipn "$where" "$body" Application/X-WWW-Form-URLEncoded)" 200
printf 'a\000b\377' >"$tmp/bytes"
is "any bytes are taken: 200" "$(ipn "$where" "$tmp/bytes")" 200
is "all in all" "$(spooled)" 5

# With GATEWAY_INTERFACE set, arguments (a query without '=' under Apache) are not options.
is "arguments are ignored" "$(env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET DAYBOOK_SITE="$DAYBOOK_SITE" \
    "$cgi/ipn.cgi" --version -C /etc | sed -n '1s/^Status: \([0-9]*\).*/\1/p')" 405
for p in daybook daybook-post daybook-reconcile daybook-audit; do
	not_ok "$p ignores them too" sh -c "GATEWAY_INTERFACE=CGI/1.1 '$bin/$p' --version | grep -q '^daybook[a-z-]* [0-9]'"
done

# An integration of another kind, removed, rotated.
daybook integration rotate paypal_ipn >/dev/null
is "the old key after rotate: 404" "$(ipn "$where" "$body")" 404
ikey=$(daybook integration show paypal_ipn --format json | sed -n 's|.*"url": "[^"]*/\([^/"]*\)".*|\1|p')
is "the new one: 200" "$(ipn "paypal_ipn/$ikey" "$body")" 200
where=paypal_ipn/$ikey

# Named maxima: files, bytes, free disk.
settings() {
	python3 - "$DAYBOOK_SITE/daybook.json" "$@" <<'END'
import json, sys
s = json.load(open(sys.argv[1]))
for a in sys.argv[2:]:
    k, v = a.split("=")
    s[k] = int(v)
    if v == "0":
        del s[k]
json.dump(s, open(sys.argv[1], "w"))
END
}
have=$(spooled)
settings spool_max_files="$have"
is "as many files as may be: 503" "$(ipn "$where" "$body")" 503
like "... with Retry-After" "$(tr -d '\r' <"$tmp/answer")" '^Retry-After: [0-9]+$'
is "... nothing stored" "$(spooled)" "$have"
settings spool_max_files=0 spool_max_bytes=4096
is "as many bytes as may be: 503" "$(ipn "$where" "$body")" 503
settings spool_max_bytes=0 min_free=9000000000000000
is "disk near full: 503" "$(ipn "$where" "$body")" 503
settings min_free=0
is "room again: 200" "$(ipn "$where" "$body")" 200

# Not allowed to write: 503 and no half file (root may write anywhere, so a missing folder).
mv "$DAYBOOK_SITE/spool/in/tmp" "$DAYBOOK_SITE/spool/in/away"
is "no folder to write to: 503" "$(ipn "$where" "$body")" 503
mv "$DAYBOOK_SITE/spool/in/away" "$DAYBOOK_SITE/spool/in/tmp"

# A sender that stops in the middle is let go at the deadline, nothing half done stays.
start=$(date +%s)
{ head -c 100 "$body"; sleep 17; } | call CONTENT_LENGTH="$length" >"$tmp/slow"
took=$(($(date +%s) - start))
is "a slow sender: 503" "$(cat "$tmp/slow")" 503
ok "... at the deadline of 15 s, not before" test "$took" -ge 14
is "... nothing half done stays" "$(find "$DAYBOOK_SITE/spool/in/tmp" -type f ! -name '.*' | wc -l | tr -d ' ')" 0


not_ok "ipn.cgi carries no libcurl" grep -q curl_easy_init "$cgi/ipn.cgi"
# ---- at a prompt ----

exits "--version" 0 "$cgi/ipn.cgi" --version
like "... says it" "$(cat "$tmp/cmd.out")" '^ipn.cgi [0-9]'
exits "-h" 0 "$cgi/ipn.cgi" -h
like "... says what it is for" "$(cat "$tmp/cmd.out")" 'usage: .*POST .*/INTEGRATION/KEY'
exits "another argument" 64 "$cgi/ipn.cgi" --site x
is "a query that came as an argument is no argument of ours" "$(env -i DAYBOOK_SITE="$DAYBOOK_SITE" \
    GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET "$cgi/ipn.cgi" --version 2>/dev/null | sed -n '1s/^Status: \([0-9]*\).*/\1/p')" 405
done_testing
