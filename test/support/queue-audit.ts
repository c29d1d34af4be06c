import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {pipeline} from 'node:stream/promises';
import Database from 'better-sqlite3';

export type AuditedJob = {
	readonly id: number;
	readonly title: string;
	readonly provider: string;
	readonly source: string;
	readonly identity: string;
	readonly status: string;
	readonly bytes: number;
	readonly attempts: number;
	readonly output_path: string | null;
	readonly error_code: string | null;
	readonly error_message: string | null;
};

export type Audit = {
	readonly jobs: readonly AuditedJob[];
	/** Tokens of all attempts that were ever made of jobs that are still there. */
	readonly tokens: readonly string[];
	/** What the database says of itself that is not so: kept counts against a recount, attempts without an end. */
	readonly contradictions: readonly string[];
};

/** Reads a queue's database with nothing of the store: what is there, and what does not agree with itself. */
export const auditDatabase = (path: string): Audit => {
	const database = new Database(path, {readonly: true});
	try {
		const all = (sql: string): unknown[] => database.prepare(sql).all();
		const jobs = all('SELECT * FROM jobs ORDER BY id') as AuditedJob[];
		const recounts = {
			totals: `SELECT t.status, t.jobs AS kept, count(j.id) AS counted, t.bytes AS kept_bytes, coalesce(sum(j.size), 0) AS counted_bytes
				FROM totals t LEFT JOIN jobs j ON j.status = t.status GROUP BY t.status HAVING kept <> counted OR kept_bytes <> counted_bytes`,
			batches: `SELECT t.batch, t.status, t.jobs AS kept, count(j.id) AS counted FROM batch_totals t
				LEFT JOIN jobs j ON j.batch = t.batch AND j.status = t.status GROUP BY t.batch, t.status HAVING kept <> counted`,
			lanes: `SELECT l.lane, l.startable AS kept, count(j.id) AS counted FROM lane_loads l LEFT JOIN jobs j
				ON j.lane = l.lane AND j.provider = l.provider AND j.status IN ('waiting', 'queued')
				GROUP BY l.lane, l.provider HAVING kept <> counted`,
			'attempts without an end': `SELECT a.job, a.number, j.status FROM attempts a JOIN jobs j ON j.id = a.job
				WHERE a.ended_at IS NULL AND j.status NOT IN ('searching', 'starting', 'downloading', 'finishing', 'pausing', 'cancelling')`,
			'attempts of nobody': 'SELECT job FROM attempts WHERE job NOT IN (SELECT id FROM jobs)',
			'the same thing twice': 'SELECT identity, count(*) AS count FROM jobs GROUP BY identity HAVING count > 1',
			'kept by no step': `SELECT step FROM step_states WHERE step NOT IN (SELECT id FROM steps)
				UNION ALL SELECT step FROM step_rows WHERE step NOT IN (SELECT id FROM steps)
				UNION ALL SELECT step FROM step_keys WHERE step NOT IN (SELECT id FROM steps)`,
			'two jobs in one place': 'SELECT sort_key, count(*) AS count FROM jobs GROUP BY sort_key HAVING count > 1',
			'the same batch twice': 'SELECT title, count(*) AS count FROM batches GROUP BY title HAVING count > 1',
			'pragma integrity_check': "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
		};
		return {
			jobs,
			tokens: (all('SELECT token FROM attempts') as Array<{readonly token: string}>).map(({token}) => token),
			contradictions: Object.entries(recounts).flatMap(([what, sql]) =>
				all(sql).map(row => `${what}: ${JSON.stringify(row)}`),
			),
		};
	} finally {
		database.close();
	}
};

/** Files below a folder by their relative path, links and folders themselves left out; `.tidegate` apart. */
export const filesBelow = async (folder: string): Promise<readonly string[]> => {
	const entries = await readdir(folder, {recursive: true, withFileTypes: true});
	return entries
		.filter(entry => !entry.isDirectory())
		.map(entry => relative(folder, join(entry.parentPath, entry.name)))
		.filter(path => !path.startsWith('.tidegate/'))
		.toSorted();
};

/**
 * Names of the jobs' private directories, and of whatever else lies beside them, of all queues that use the storage; apart
 * from what is set aside until it can no longer be taken back.
 */
export const privateDirectories = async (storage: string): Promise<readonly string[]> =>
	(await entriesOfQueues(storage)).filter(({name}) => name !== 'aside').map(({name}) => name);

/** What is set aside by steps that the database does not know. */
export const asideOfNobody = async (storage: string, path: string): Promise<readonly string[]> => {
	const database = new Database(path, {readonly: true});
	try {
		const known = new Set(database.prepare('SELECT id FROM steps').pluck().all().map(String));
		const places = (await entriesOfQueues(storage)).filter(({name}) => name === 'aside');
		const steps = (await Promise.all(places.map(({parent}) => readdir(join(parent, 'aside'))))).flat();
		return steps.filter(step => !known.has(step)).map(step => `aside/${step}`);
	} finally {
		database.close();
	}
};

const entriesOfQueues = async (
	storage: string,
): Promise<ReadonlyArray<{readonly parent: string; readonly name: string}>> => {
	const common = join(storage, '.tidegate');
	try {
		const queues = (await readdir(common, {withFileTypes: true})).filter(entry => entry.isDirectory());
		const all = queues.map(async ({name}) => {
			const parent = join(common, name);
			return (await readdir(parent)).map(entry => ({parent, name: entry}));
		});
		return (await Promise.all(all)).flat();
	} catch {
		return [];
	}
};

export const sha256Of = async (path: string): Promise<string> => {
	const hash = createHash('sha256');
	await pipeline(createReadStream(path), hash);
	return hash.digest('hex');
};
