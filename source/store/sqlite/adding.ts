import {setImmediate as nextTurn} from 'node:timers/promises';
import type {BatchId, JobId} from '../../domain/job.ts';
import type {Instant} from '../../domain/time.ts';
import type {AddResult, Duplicate, Holder, NewBatch, NewJob} from '../../engine/ports.ts';
import type {Connection} from './connection.ts';
import {keysBehind} from './order.ts';

/** How many jobs one statement adds: a call and a trigger's journal cost as much as the row itself. */
const group = 32;

/** How many jobs are added before the event loop gets a turn: a few milliseconds' worth. */
const chunk = 32 * group;

/** Adds jobs inside a transaction that stays open over several turns of the event loop. */
export const addJobs = async (connection: Connection, {title, jobs}: NewBatch, now: Instant): Promise<AddResult> => {
	const known = title === undefined ? undefined : batchIdOf(connection, title);
	const batch = known ?? (title === undefined ? undefined : newBatch(connection, title, now));
	const keys = keysOf(connection, jobs);
	const ids: JobId[] = [];
	const duplicates: Duplicate[] = [];
	for (let start = 0; start < jobs.length;) {
		const count = jobs.length - start < group ? 1 : group;
		const rows = jobs.slice(start, start + count);
		const values = rows.flatMap((job, index) => valuesOf(job, keys[start + index] ?? Number.NaN, batch, now));
		const inserted = insert(connection, count, values);
		sortOut(connection, rows, inserted, ids, duplicates);
		if (inserted.changes < rows.length) giveBackIds(connection, inserted.before, ids.at(-1));
		start += count;
		if (start % chunk === 0) await nextTurn();
	}

	if (batch !== undefined && known === undefined && ids.length === 0) {
		connection.prepare('DELETE FROM batches WHERE id = ?').run(batch);
		return {ids, batch: undefined, duplicates};
	}

	return {ids, batch, duplicates};
};

/** The id of the batch with exactly this title. */
export const batchIdOf = (connection: Connection, title: string): BatchId | undefined =>
	connection.prepare('SELECT id FROM batches WHERE title = ?').pluck().get(title) as BatchId | undefined;

// oxlint-disable-next-line no-control-regex -- all of ASCII is meant
const ascii = /^[\u0000-\u007F]*$/;

/** Title and source in lower case, or null where SQLite's own lower() does it: that spares most rows the space. */
export const folded = (title: string, source: string): string | null =>
	ascii.test(title) && ascii.test(source) ? null : `${title}\u001F${source}`.toLowerCase();

const newBatch = (connection: Connection, title: string, now: Instant): BatchId =>
	Number(
		connection.prepare('INSERT INTO batches (title, created_at) VALUES (?, ?)').run(title, now).lastInsertRowid,
	) as BatchId;

/** A key for each job, in the order in which they were asked for; those of duplicates stay unused. */
const keysOf = (connection: Connection, jobs: readonly NewJob[]): readonly number[] => {
	const wanted = new Map<number, number>();
	for (const {priority} of jobs) wanted.set(priority, (wanted.get(priority) ?? 0) + 1);
	const keys = new Map(
		[...wanted].map(([priority, count]) => [priority, keysBehind(connection, priority, count).values()]),
	);
	return jobs.map(({priority}) => keys.get(priority)?.next().value ?? Number.NaN);
};

const columns = [
	'batch',
	'title',
	'provider',
	'lane',
	'source',
	'identity',
	'options',
	'status',
	'is_sourced',
	'priority',
	'sort_key',
	'max_attempts',
	'expected_size',
	'checksum',
	'output',
	'created_at',
	'folded',
	'destination',
];

const valuesOf = (job: NewJob, key: number, batch: BatchId | undefined, now: Instant): readonly unknown[] => [
	batch ?? null,
	job.title,
	job.provider,
	job.lane,
	job.source,
	job.identity,
	JSON.stringify(job.options),
	job.isPaused ? 'paused' : job.isSourced ? 'queued' : 'waiting',
	job.isSourced ? 1 : 0,
	job.priority,
	key,
	job.maxAttempts,
	job.expectedSize ?? null,
	job.checksum ?? null,
	job.output ?? null,
	now,
	folded(job.title, job.source),
	job.destination ?? null,
];

/** The open job whose file goes there. */
export const openJobTo = (connection: Connection, destination: string): JobId | undefined =>
	connection
		.prepare('SELECT id FROM jobs WHERE destination = ? AND destination IS NOT NULL AND ended_at IS NULL')
		.pluck()
		.get(destination) as JobId | undefined;

/** For each, the job that keeps it from being added; in one and the same state of the queue. */
export const holders = (
	connection: Connection,
	jobs: ReadonlyArray<Pick<NewJob, 'identity' | 'destination'>>,
): ReadonlyArray<Holder | undefined> => {
	if (jobs.length > 1000) throw new RangeError(`at most 1000 jobs are looked for at once, not ${jobs.length}`);
	const byIdentity = connection.prepare('SELECT id, status FROM jobs WHERE identity = ?');
	const byDestination = connection.prepare(
		'SELECT id, status FROM jobs WHERE destination = ? AND destination IS NOT NULL AND ended_at IS NULL',
	);
	return connection.snapshot(() =>
		jobs.map(({identity, destination}) => {
			const same = byIdentity.get(identity) as Omit<Holder, 'because'> | undefined;
			if (same !== undefined) return {...same, because: 'source'};
			const rival =
				destination === undefined ? undefined : (byDestination.get(destination) as Omit<Holder, 'because'> | undefined);
			return rival === undefined ? undefined : {...rival, because: 'destination'};
		}),
	);
};

/** What one statement has added: all ids above `before`, `last` the highest. */
type Inserted = {readonly changes: number; readonly before: number; readonly last: number};

const insert = (connection: Connection, count: number, values: readonly unknown[]): Inserted => {
	const before = connection
		.prepare("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'jobs'), 0)")
		.pluck()
		.get() as number;
	const row = `(${columns.map(() => '?').join(', ')})`;
	const {changes, lastInsertRowid} = connection
		.prepare(
			`INSERT INTO jobs (${columns.join(', ')}) VALUES ${Array.from({length: count}, () => row).join(', ')}
			ON CONFLICT DO NOTHING`,
		)
		.run(...values);
	return {changes, before, last: Number(lastInsertRowid)};
};

/** What was refused has taken ids as well (AUTOINCREMENT counts each row that is tried): those behind the last job are free. */
const giveBackIds = (connection: Connection, before: number, last: JobId | undefined): void => {
	connection.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'jobs'").run(Math.max(before, last ?? before));
};

/** Tells the jobs that were added from those whose identity or destination was taken, by an older job or by one in the same request. */
const sortOut = (
	connection: Connection,
	rows: readonly NewJob[],
	{changes, before, last}: Inserted,
	ids: JobId[],
	duplicates: Duplicate[],
): void => {
	if (changes === rows.length) {
		ids.push(...rows.map((_, index) => (last - changes + 1 + index) as JobId));
		return;
	}

	const holder = connection.prepare('SELECT id FROM jobs WHERE identity = ?').pluck();
	let newest = before;
	for (const {identity, source, destination} of rows) {
		const id = holder.get(identity) as JobId | undefined;
		if (id === undefined) {
			const other = destination === undefined ? undefined : openJobTo(connection, destination);
			if (other === undefined || destination === undefined)
				throw new Error(`${source} was refused, and nobody holds it`);
			duplicates.push({source, id: other, destination});
			continue;
		}

		// Ids of one statement ascend: one that is not above those seen so far belongs to a job that was there already.
		if (id > newest) {
			ids.push(id);
			newest = id;
		} else {
			duplicates.push({source, id});
		}
	}
};
