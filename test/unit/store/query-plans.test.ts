import {join} from 'node:path';
import Database from 'better-sqlite3';
import {expect, test} from 'vitest';
import {endedStatuses, type BatchId, type JobId, type OwnerId} from '../../../source/domain/job.ts';
import {sortKeys, type JobFilter, type JobStore, type PageRange} from '../../../source/engine/ports.ts';
import {openSqliteStore} from '../../../source/store/sqlite.ts';
import {changeOf, newJob, token} from '../../contract/job-store/jobs.ts';
import {temporaryDirectory} from '../../support/temp.ts';

// Mutations seen to fail: candidates without their index; candidates in the order of their ids.
test('no question of the scheduler or the screen reads a whole table or sorts one', async () => {
	const path = join(await temporaryDirectory(), 'queue.db');
	// One of each kind: what differs only in its values has the same plan.
	const statements = new Map<string, string>();
	const store = openSqliteStore({
		path,
		trace: sql => statements.set(sql.slice(0, 400).replaceAll(/\d+|'[^']*'/g, ''), sql),
	});
	await askEverything(store);
	await store.close();
	const database = new Database(path, {readonly: true});
	const plans = [...statements.values()]
		// What a migration does once, with functions of its own, is no question of these.
		.filter(sql => /^(SELECT|UPDATE|DELETE|INSERT)/.test(sql) && !sql.includes('canonical_identity'))
		.map(sql => ({sql, steps: planOf(database, sql)}));
	database.close();
	expect(plans.length).toBeGreaterThan(50);
	const costly = plans.filter(({steps}) => steps.some(isCostly));
	expect(costly.map(({sql, steps}) => `${steps.join('; ')}: ${sql.slice(0, 200)}`)).toEqual([]);
});

const planOf = (database: Database.Database, sql: string): readonly string[] =>
	(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as Array<{detail: string}>).map(({detail}) => detail);

/** Other tables stay small whatever the size of the queue. */
const isCostly = (step: string): boolean => /TEMP B-TREE|^SCAN (jobs|attempts|batches|batch_totals)/.test(step);

/** Everything but statistics, which a person asks for now and then. */
const askEverything = async (store: JobStore): Promise<void> => {
	const me = 'me' as OwnerId;
	// More than a search looks at in one go, with the same end and the same size.
	const {ids, batch} = await store.add(
		{title: 'Batch', jobs: Array.from({length: 9500}, (_, index) => newJob(`${index}`))},
		1,
	);
	for (let start = 0; start < 4500; start += 900)
		await store.moveMany(ids.slice(start, start + 900), changeOf('cancel'));
	const [first, second, third] = ids.slice(-3) as [JobId, JobId, JobId];
	await store.claim(first, token('a'), me, 2);
	await store.saveProgress([{id: first, attempt: token('a'), bytes: 1, total: 2}]);
	await store.move(first, token('a'), changeOf('defer', 3));
	await store.claim(second, token('b'), me, 2);
	await store.move(second, token('b'), changeOf('finish'));
	await store.move(second, token('b'), changeOf('complete'));
	await store.prioritise([third], 9);
	await store.reorder([third], {at: 'bottom'});
	await store.reorder([third], {at: 'top'});
	for (const id of ids.slice(-60, -20)) await store.reorder([id], {before: third});
	await store.add({title: 'Batch', jobs: [newJob('1')]}, 4);
	await store.nextRetryAt(5);
	await store.holders([newJob('1'), newJob('free', {destination: 'a.mkv'})]);
	await store.orders([first, second]);
	await store.candidates('http:example.org', 64, 9_000_000);
	await store.candidates('http:example.org', 64, 9_000_000, undefined, {except: batch === undefined ? [] : [batch]});
	await store.candidates('http:example.org', 64, 9_000_000, 5, {only: [undefined, batch]});
	await store.lanes();
	await store.active();
	await store.attempts(first);
	await store.get(first);
	await store.counts();
	await store.batch('Batch');
	await store.readSetting('queue-paused');
	await store.writeSetting('queue-paused', 'true');
	await askForLists(store, batch);
	await store.add({title: undefined, jobs: Array.from({length: 50}, (_, index) => newJob(`loose ${index}`))}, 5);
	for (let one = 0; one < 40; one++) await store.add({title: `Other ${one}`, jobs: [newJob(`other ${one}`)]}, 6);
	await askForGroups(store, batch);
	await askForUndo(store, ids);
	await store.moveMany([second], changeOf('remove'));
};

const askForUndo = async (store: JobStore, ids: readonly JobId[]): Promise<void> => {
	const some = ids.slice(5000, 5020);
	await store.halfPlaced(some);
	for (const kind of ['cancel', 'retry', 'cancel', 'remove'] as const) {
		const step = await store.steps.begin(kind, '', 1, 2);
		await store.moveMany(some, changeOf(kind), step);
		await store.steps.undo(step, 1, 2);
		await store.steps.redo(step, 1, 2);
		await store.moveMany(await store.steps.jobs(step, 100), changeOf(kind), step);
		await store.steps.of(some[0] as JobId);
		await store.steps.noteBytes(step, some[0] as JobId, 5);
		await store.steps.forgetBytes(step, some);
		if (kind === 'remove') await store.steps.undo(step, 1, 2);
	}

	for (const kind of ['prioritise', 'reorder'] as const) {
		const step = await store.steps.begin(kind, '', 1, 2);
		if (kind === 'prioritise') await store.prioritise(some, 9, step);
		else await store.reorder(some, {at: 'bottom'}, step);
		await store.steps.undo(step, 1, 2);
	}

	for (const {id} of await store.steps.list()) {
		await store.steps.expire(id);
		await store.steps.drop(id);
	}
};

const askForLists = async (store: JobStore, batch: BatchId | undefined): Promise<void> => {
	const filters: readonly JobFilter[] = [
		{},
		{statuses: ['queued', 'waiting', 'paused']},
		{statuses: endedStatuses},
		{text: '99'},
		{provider: 'none', statuses: ['cancelled', 'completed']},
		...(batch === undefined ? [] : [{batch}, {batch, statuses: ['cancelled' as const]}]),
	];
	for (const filter of filters) {
		await store.ids(filter, 10);
		for (const sort of sortKeys) {
			for (const isDescending of [false, true]) {
				await readParts(range => store.page({...filter, sort, isDescending, ...range}));
			}
		}
	}
};

/** From both ends, on from a page in both directions, and from a number. */
const readParts = async (
	read: (range: PageRange) => Promise<{readonly next: string | undefined; readonly previous?: string | undefined}>,
): Promise<void> => {
	await read({limit: 2});
	await read({limit: 2, from: 'end', isNumbered: true});
	const {next, previous} = await read({limit: 2, from: 21, isNumbered: true});
	if (next !== undefined) await read({limit: 2, after: next, isNumbered: true});
	if (previous !== undefined) await read({limit: 2, before: previous, isNumbered: true});
};

const askForGroups = async (store: JobStore, batch: BatchId | undefined): Promise<void> => {
	const statuses = [['queued', 'waiting', 'paused'], ['failed'], ['completed', 'cancelled']] as const;
	for (const wanted of statuses) {
		for (const isDescending of [false, true]) {
			for (const open of [[], batch === undefined ? [] : [batch]]) {
				await readParts(range => store.groupedPage({statuses: wanted, open, isDescending, ...range}));
			}
		}
	}
};
