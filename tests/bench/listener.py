#!/usr/bin/python3
"""An IPN listener as a Python CGI: one row a message, synced before the answer."""
import os
import sqlite3
import sys
import time

body = sys.stdin.buffer.read(int(os.environ["CONTENT_LENGTH"]))
db = sqlite3.connect(os.environ["BENCH_DB"], timeout=10, isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=FULL")
db.execute("CREATE TABLE IF NOT EXISTS ipn (received REAL, remote TEXT, body BLOB)")
db.execute("INSERT INTO ipn VALUES (?, ?, ?)", (time.time(), os.environ["REMOTE_ADDR"], body))
db.close()
sys.stdout.write("Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n")
