<?php
// A resident IPN listener as people write it: one row a message, synced before the answer.
$db = new PDO('sqlite:' . getenv('BENCH_DB'), null, null,
    [PDO::ATTR_PERSISTENT => true, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$db->exec('PRAGMA busy_timeout=10000');
$db->exec('PRAGMA journal_mode=WAL');
$db->exec('PRAGMA synchronous=FULL');
$db->exec('CREATE TABLE IF NOT EXISTS ipn (received REAL, remote TEXT, body BLOB)');
$row = $db->prepare('INSERT INTO ipn VALUES (?, ?, ?)');
$row->execute([microtime(true), $_SERVER['REMOTE_ADDR'], file_get_contents('php://input')]);
header('Content-Type: text/plain');
