#!/usr/bin/env python3
"""A stand-in for PayPal's interfaces: OAuth, Transaction Search and Balances (REST), and NVP's
TransactionSearch, GetTransactionDetails, GetBalance, all over the same transactions.

  paypal_api.py serve --port-file FILE

While it serves:
  POST /_/rows     JSON array of transactions {"id","time","amount","fee"?,"currency"?,"code"?,"type"?,
                   "status"?,"moved"?,"updated"?,"reference"?,"payer"?,"payer_id"?,"invoice"?}; moved: when
                   the money did (default: time); status is REST's S P D V F
  POST /_/set      JSON object of settings, see State
  POST /_/fault    words, each the fate of one coming request of /v1/reporting or /nvp: 429 503 html cut short
                   close hang grow 401 403 busy (NVP's 10001) ok
  GET  /_/log      one line a request: what was asked, never a secret
"""
import argparse
import base64
import datetime
import decimal
import http.server
import json
import os
import socketserver
import threading
import time
import urllib.parse

WHOLE = ("JPY", "HUF", "TWD")
TYPES = {"T0006": "Payment", "T0007": "Payment", "T0000": "Payment", "T1107": "Refund", "T0400": "Transfer",
         "T0200": "Currency Conversion (debit)", "T1105": "Temporary Hold", "T1503": "Temporary Hold",
         "T0001": "Mass Payment Sent", "T0106": "Fee"}
NVP_STATUS = {"S": "Completed", "P": "Pending", "D": "Denied", "V": "Refunded", "F": "Partially Refunded"}


class State:
    lock = threading.Lock()
    rows = []
    faults = []
    log = []
    set = {
        "opening": {"USD": "0.00"},         # before all rows
        "refreshed": "2100-01-01T00:00:00Z",    # last_refreshed_datetime
        "account": "MERCHANTID123",
        "large": 10000,                     # rows a window may match
        "page": 500,                        # rows a page holds at most
        "nvp": 100,                         # rows of an NVP search
        "now": "",                          # the clock of NVP answers, "" the real one
        "uses": 0,                          # requests a token lasts; 0: for good
        "by": "time",                       # what a window is of: time or updated
        "client": "client-id:client-s3cret", "user": "api-user:api-pw-s3cret:api-sig-s3cret",
    }
    tokens = {}


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00").replace("+0000", "+00:00"))


def number(text):
    return decimal.Decimal(str(text or "0"))


def money(amount, currency):
    return f"{amount:.0f}" if currency in WHOLE else f"{amount:.2f}"


def currency_of(row):
    return row.get("currency", "USD")


def moves(row):
    return row.get("status", "S") in "SVF" and not row.get("code", "").startswith("T13")


def net(row):
    return number(row["amount"]) + number(row.get("fee"))


def balances(at):
    total = {c: number(a) for c, a in State.set["opening"].items()}
    for row in State.rows:
        if moves(row) and moment(row.get("moved", row["time"])) <= at:
            total[currency_of(row)] = total.get(currency_of(row), number(0)) + net(row)
    return total


def rest_time(text):
    return text.replace("Z", "+0000")


def rest_row(row):
    ccy = currency_of(row)
    info = {"paypal_account_id": row.get("payer_id", ""), "transaction_id": row["id"],
            "transaction_event_code": row.get("code", "T0006"),
            "transaction_initiation_date": rest_time(row["time"]),
            "transaction_updated_date": rest_time(row.get("updated", row.get("moved", row["time"]))),
            "transaction_amount": {"currency_code": ccy, "value": money(number(row["amount"]), ccy)},
            "transaction_status": row.get("status", "S"), "invoice_id": row.get("invoice", "")}
    if row.get("fee"):
        info["fee_amount"] = {"currency_code": ccy, "value": money(number(row["fee"]), ccy)}
    if row.get("reference"):
        info["paypal_reference_id"] = row["reference"]
        info["paypal_reference_id_type"] = "TXN"
    return {"transaction_info": info,
            "payer_info": {"account_id": row.get("payer_id", "BUYERACCT0001"),
                           "email_address": row.get("payer", "alice@example.net"),
                           "payer_name": {"alternate_full_name": "Alice B\u00fcyer"}}}


def nvp_search(row):
    ccy = currency_of(row)
    out = {"TIMESTAMP": row["time"], "TIMEZONE": "GMT",
           "TYPE": row.get("type", TYPES.get(row.get("code", "T0006"), "Payment")),
           "EMAIL": row.get("payer", "alice@example.net"), "NAME": "Alice B\u00fcyer",
           "TRANSACTIONID": row["id"], "STATUS": NVP_STATUS[row.get("status", "S")],
           "AMT": money(number(row["amount"]), ccy), "CURRENCYCODE": ccy,
           "FEEAMT": money(number(row.get("fee")), ccy), "NETAMT": money(net(row), ccy)}
    return out


def nvp_details(row):
    ccy = currency_of(row)
    amount = number(row["amount"])
    out = {"RECEIVEREMAIL": "billing@example.com", "RECEIVERID": State.set["account"],
           "EMAIL": row.get("payer", "alice@example.net"), "PAYERID": row.get("payer_id", "BUYERACCT0001"),
           "TRANSACTIONID": row["id"], "PARENTTRANSACTIONID": row.get("reference", ""),
           "TRANSACTIONTYPE": "webaccept", "ORDERTIME": row["time"], "AMT": money(amount, ccy),
           "CURRENCYCODE": ccy, "PAYMENTSTATUS": NVP_STATUS[row.get("status", "S")].replace(" ", "-"),
           "INVNUM": row.get("invoice", "")}
    if moves(row):
        out["FEEAMT"] = money(abs(number(row.get("fee"))), ccy)
    return out


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body, kind="application/json", headers=(), length=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def fault(self, fate):
        """1 where that was the answer."""
        if fate == "429":
            self.reply(429, {"name": "RATE_LIMIT_REACHED"}, headers=[("Retry-After", "1")])
        elif fate == "503":
            self.reply(503, {"name": "SERVICE_UNAVAILABLE"})
        elif fate == "later":
            self.reply(503, {"name": "SERVICE_UNAVAILABLE"}, headers=[("Retry-After", "7200")])
        elif fate == "html":
            self.reply(200, b"<html><body>We are sorry</body></html>\n", "text/html")
        elif fate == "cut":
            self.reply(200, b'{"transaction_details":[{"transaction_info":{"transac')
        elif fate == "short":
            self.reply(200, b'{"transaction_details":[', length=5000)
            self.close_connection = True
        elif fate == "close":
            self.close_connection = True
            self.connection.close()
        elif fate == "401":
            self.reply(401, {"error": "invalid_token"})
        elif fate == "403":
            self.reply(403, {"name": "NOT_AUTHORIZED", "debug_id": "d1"})
        elif fate == "busy":
            self.nvp_reply({"ACK": "Failure", "L_ERRORCODE0": "10001", "L_LONGMESSAGE0": "Internal Error"})
        elif fate.startswith("dies:"):      # whoever asked ends in the middle of it
            os.kill(int(fate[5:]), 9)
            self.close_connection = True
        elif fate == "grow":
            State.rows.append(dict(State.rows[-1], id=f"GROWN{len(State.rows):012}"))
            return 0
        else:
            return 0
        return 1

    def fate(self, asked):
        with State.lock:
            State.log.append(asked)
            return State.faults.pop(0) if State.faults else "ok"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/_/log":
            self.reply(200, "".join(x + "\n" for x in State.log).encode(), "text/plain")
        elif url.path.startswith("/v1/reporting/"):
            fate = self.fate(f"{url.path} {urllib.parse.unquote(url.query)}")
            if self.fault(fate):
                return
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if State.tokens.get(token, 0) <= 0:
                self.reply(401, {"error": "invalid_token"})
                return
            State.tokens[token] -= 1
            if url.path.endswith("/transactions"):
                self.transactions(query, fate)
            else:
                self.balances(query)
        else:
            self.reply(404, {"name": "NOT_FOUND"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/_/rows":
            State.rows = json.loads(body)
            self.reply(200, b"")
        elif self.path == "/_/set":
            State.set.update(json.loads(body))
            self.reply(200, b"")
        elif self.path == "/_/fault":
            State.faults = body.decode().split()
            self.reply(200, b"")
        elif self.path == "/v1/oauth2/token":
            State.log.append("/v1/oauth2/token")
            sent = self.headers.get("Authorization", "").removeprefix("Basic ")
            if base64.b64decode(sent).decode() != State.set["client"]:
                self.reply(401, {"error": "invalid_client"})
                return
            token = f"A21AAt0ken-s3cret-{len(State.tokens)}"
            State.tokens[token] = State.set["uses"] or 1 << 30
            self.reply(200, {"access_token": token, "token_type": "Bearer", "expires_in": 32400})
        elif self.path == "/nvp":
            self.nvp(dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)))
        else:
            self.reply(404, {"name": "NOT_FOUND"})

    # ---- REST ----

    def window(self, query):
        start, end = moment(query["start_date"]), moment(query["end_date"])
        key = State.set["by"]
        rows = [r for r in State.rows if start <= moment(r.get(key, r.get("moved", r["time"]))) <= end]
        if query.get("balance_affecting_records_only", "Y") == "Y":
            rows = [r for r in rows if moves(r)]
        for name, member, default in (("transaction_id", "id", ""), ("transaction_status", "status", "S")):
            if name in query:
                rows = [r for r in rows if r.get(member, default) == query[name]]
        return start, end, rows

    def transactions(self, query, fate):
        start, end, rows = self.window(query)
        refreshed = moment(State.set["refreshed"])
        if end - start > datetime.timedelta(days=31) or start > end:
            self.reply(400, {"name": "INVALID_REQUEST", "message": "Date range is greater than 31 days"})
            return
        if len(rows) > State.set["large"]:
            self.reply(400, {"name": "INVALID_REQUEST", "details": [{"issue": "RESULTSET_TOO_LARGE"}]})
            return
        rows = [r for r in rows if moment(r["time"]) <= refreshed]
        size = min(int(query["page_size"]), State.set["page"])
        page = int(query["page"])
        self.reply(200, {
            "transaction_details": [rest_row(r) for r in rows[(page - 1) * size:page * size]],
            "account_number": State.set["account"], "start_date": rest_time(query["start_date"]),
            "end_date": rest_time(query["end_date"]),
            "last_refreshed_datetime": rest_time(State.set["refreshed"]), "page": page,
            "total_items": len(rows), "total_pages": (len(rows) + size - 1) // size, "links": []})

    def balances(self, query):
        total = balances(moment(query["as_of_time"]))
        self.reply(200, {
            "balances": [{"currency": c, "primary": c == "USD",
                          "total_balance": {"currency_code": c, "value": money(v, c)},
                          "available_balance": {"currency_code": c, "value": money(v, c)},
                          "withheld_balance": {"currency_code": c, "value": money(number(0), c)}}
                         for c, v in sorted(total.items())],
            "account_id": State.set["account"], "as_of_time": query["as_of_time"],
            "last_refresh_time": State.set["refreshed"]})

    # ---- NVP ----

    def nvp_reply(self, fields):
        now = State.set["now"] or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        fields = dict({"TIMESTAMP": now, "CORRELATIONID": "c0rr1d", "VERSION": "124.0"}, **fields)
        # PayPal encodes what need not be, and in lower case
        text = "&".join(k + "=" + urllib.parse.quote(v, safe="").replace("-", "%2d").replace(".", "%2e")
                        .replace("%C3%BC", "%c3%bc") for k, v in fields.items())
        self.reply(200, text.encode(), "text/plain")

    def nvp(self, asked):
        sent = ":".join(asked.get(k, "") for k in ("USER", "PWD", "SIGNATURE"))
        show = {k: v for k, v in asked.items() if k not in ("PWD", "SIGNATURE", "USER", "VERSION")}
        if self.fault(self.fate("/nvp " + " ".join(f"{k}={v}" for k, v in show.items()))):
            return
        if sent != State.set["user"]:
            self.nvp_reply({"ACK": "Failure", "L_ERRORCODE0": "10002",
                            "L_LONGMESSAGE0": "Security header is not valid"})
            return
        if asked["METHOD"] == "GetBalance":
            at = moment(State.set["now"]) if State.set["now"] else datetime.datetime.now(datetime.timezone.utc)
            fields = {"ACK": "Success"}
            for i, (c, v) in enumerate(sorted(balances(at).items())):
                fields.update({f"L_AMT{i}": money(v, c), f"L_CURRENCYCODE{i}": c})
            self.nvp_reply(fields)
        elif asked["METHOD"] == "GetTransactionDetails":
            rows = [r for r in State.rows if r["id"] == asked["TRANSACTIONID"]]
            if rows:
                self.nvp_reply(dict({"ACK": "Success"}, **nvp_details(rows[0])))
            else:
                self.nvp_reply({"ACK": "Failure", "L_ERRORCODE0": "10004",
                                "L_LONGMESSAGE0": "Transaction refused: The transaction id is not valid"})
        elif asked["METHOD"] == "TransactionSearch":
            start, end = moment(asked["STARTDATE"]), moment(asked["ENDDATE"])
            rows = [r for r in State.rows if start <= moment(r["time"]) <= end]
            rows.sort(key=lambda r: moment(r["time"]), reverse=True)
            most = State.set["nvp"]
            fields = {"ACK": "Success"}
            if len(rows) > most:
                fields = {"ACK": "SuccessWithWarning", "L_ERRORCODE0": "11002",
                          "L_SHORTMESSAGE0": "Search warning"}
            for i, row in enumerate(rows[:most]):
                fields.update({f"L_{k}{i}": v for k, v in nvp_search(row).items()})
            self.nvp_reply(fields)
        else:
            self.nvp_reply({"ACK": "Failure", "L_ERRORCODE0": "81002"})


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("serve")
    p.add_argument("--port-file", required=True)
    args = parser.parse_args()
    server = Server(("127.0.0.1", 0), Handler)
    with open(args.port_file + ".tmp", "w", encoding="ascii") as f:
        f.write(f"{server.server_address[1]}\n")
    os.rename(args.port_file + ".tmp", args.port_file)
    server.serve_forever()


if __name__ == "__main__":
    main()
