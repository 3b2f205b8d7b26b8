// duck.mjs DB LEDGER.csv REPORT.csv ROUNDS FOUND.csv -- the same comparison by DuckDB, in this process.
//
// The ledger is a stored table, loaded before anything is timed.  Timed: the download read from its
// CSV, texts made amounts and times, full outer join, the list of differences.  A line a round:
// "SECONDS CPU-SECONDS DIFFERENCES"; those of the first round go to FOUND.csv as category,id.
// A round begins when a line comes on standard input, so that others can have their turns between.
import { createInterface } from 'node:readline';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.env.DUCK_MODULES + '/');
const { DuckDBInstance } = require('@duckdb/node-api');
const [db, ledger, report, rounds, found] = process.argv.slice(2);
const instance = await DuckDBInstance.create(db);
const duck = await instance.connect();
await duck.run(`CREATE OR REPLACE TABLE ledger AS SELECT * FROM read_csv('${ledger}', header = true, columns = {
	'id': 'VARCHAR', 'event': 'TIMESTAMP', 'currency': 'VARCHAR', 'gross': 'DECIMAL(18,2)',
	'fee': 'DECIMAL(18,2)', 'status': 'VARCHAR'})`);
await duck.run('CHECKPOINT');

const amount = (name) => `CAST(replace("${name}", ',', '') AS DECIMAL(18,2))`;
const sql = `
WITH r AS (
	SELECT "Transaction ID" AS id, "Currency" AS currency, ${amount('Gross')} AS gross, -${amount('Fee')} AS fee,
	    strptime("Date" || ' ' || "Time", '%m/%d/%Y %H:%M:%S') AS event
	FROM read_csv('${report}', header = true, all_varchar = true, delim = ',', quote = '"', escape = '"')
	WHERE "Balance Impact" <> 'Memo'),
span AS (SELECT min(event) AS a, max(event) AS z FROM r)
SELECT CASE WHEN l.id IS NULL THEN 'missing-in-ledger' WHEN r.id IS NULL THEN 'missing-in-report'
	WHEN r.currency <> l.currency THEN 'currency' WHEN r.gross <> l.gross THEN 'amount'
	WHEN l.status <> 'completed' THEN 'status' ELSE 'fee' END AS category, coalesce(r.id, l.id) AS id
FROM r FULL OUTER JOIN ledger l ON r.id = l.id
WHERE l.id IS NULL OR r.currency <> l.currency OR r.gross <> l.gross OR r.fee <> l.fee OR l.status <> 'completed'
	OR (r.id IS NULL AND l.event > (SELECT a FROM span) AND l.event < (SELECT z FROM span))`;

let round = 0;
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
	const began = process.hrtime.bigint(), cpu = process.cpuUsage();
	const rows = (await duck.runAndReadAll(sql)).getRows();
	const took = Number(process.hrtime.bigint() - began) / 1e9, used = process.cpuUsage(cpu);
	if (round++ === 0)
		writeFileSync(found, rows.map((r) => r.join(',') + '\n').join(''));
	console.log(`${took.toFixed(3)} ${((used.user + used.system) / 1e6).toFixed(3)} ${rows.length}`);
	if (round >= Number(rounds))
		break;
}
process.exit(0);
