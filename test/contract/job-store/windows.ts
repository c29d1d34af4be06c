import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {jobStatuses, type BatchId, type Job, type JobStatus} from '../../../source/domain/job.ts';
import type {GroupedQuery, GroupedRow, JobStore, Page, PageRange} from '../../../source/engine/ports.ts';
import {addOne, changeOf, newJob, type NewSubject} from './jobs.ts';
import {by, fits, listing, member, populate} from './page-model.ts';

const runs = {numRuns: Number(process.env['FC_RUNS'] ?? 60)};

/** Reads any part of a list. */
type Read<Row> = (range: PageRange) => Promise<Page<Row>>;

/** Every page from the last to the first. */
const backwards = async <Row>(read: Read<Row>, limit: number): Promise<readonly Row[]> => {
	let page = await read({limit, from: 'end'});
	let rows = page.rows;
	for (let pages = 0; page.previous !== undefined; pages++) {
		if (pages > 1000) throw new Error('the list has no start');
		page = await read({limit, before: page.previous});
		rows = [...page.rows, ...rows];
	}

	return rows;
};

const forwards = async <Row>(read: Read<Row>, limit: number): Promise<readonly Row[]> => {
	let page = await read({limit});
	let rows = page.rows;
	for (let pages = 0; page.next !== undefined; pages++) {
		if (pages > 1000) throw new Error('the list has no end');
		page = await read({limit, after: page.next});
		rows = [...rows, ...page.rows];
	}

	return rows;
};

/** Whatever part of a list is read, it is that part of the whole; cursors lead on in both directions, and numbers are true. */
const expectParts = async <Row>(
	read: Read<Row>,
	whole: readonly Row[],
	{limit, from, isNumbered}: {limit: number; from: number; isNumbered: boolean},
): Promise<void> => {
	const numbersAt = (first: number) => (isNumbered ? {first, total: whole.length} : undefined);
	expect(await backwards(read, limit)).toEqual(whole);
	const part = await read({limit, from, isNumbered: true});
	const start = from < whole.length ? from : Math.max(0, whole.length - limit);
	expect(part.rows).toEqual(whole.slice(start, start + limit));
	expect(part.numbers).toEqual(numbersAt(start));
	if (part.rows.length > 0) expect((await read({limit, after: part.here!})).rows).toEqual(part.rows);
	if (part.previous !== undefined) {
		expect(part.previous).toBe(part.here);
		const before = await read({limit, before: part.previous, isNumbered: true});
		expect(before.rows).toEqual(whole.slice(Math.max(0, start - limit), start));
		expect(before.numbers).toEqual(numbersAt(Math.max(0, start - limit)));
		if (before.next !== undefined) expect((await read({limit, before: before.next})).rows).toEqual(before.rows);
	}

	if (part.next !== undefined) {
		const behind = await read({limit, after: part.next, isNumbered: true});
		expect(behind.rows).toEqual(whole.slice(start + limit, start + 2 * limit));
		expect(behind.numbers).toEqual(numbersAt(behind.rows.length === 0 ? whole.length : start + limit));
	}
};

export const describeWindows = (newSubject: NewSubject): void => {
	describe('any part of a list', () => {
		// Mutations seen to fail: segments not turned round; the row itself left out after `previous`; the nth of several tracks
		// taken from the farthest key.
		test('pages are read in both directions, from any number, and tell their numbers', async () => {
			const subject = await newSubject();
			await fc.assert(
				fc.asyncProperty(
					fc.array(member, {maxLength: 40, size: 'max'}),
					fc.array(fc.tuple(listing, fc.integer({min: 0, max: 45})), {minLength: 1, maxLength: 8}),
					async (members, listings) => {
						const store = await subject.open();
						const jobs = await populate(store, members);
						for (const [{filter, isInBatch, sort, isDescending, limit}, from] of listings) {
							const batch = isInBatch ? (await store.batch('Even'))?.id : undefined;
							const query = {...filter, ...(batch === undefined ? {} : {batch}), sort, isDescending};
							const read: Read<Job> = async range => {
								const {rows, ...page} = await store.page({...query, ...range});
								return {...page, rows: rows.map(({ranFor: _ranFor, ...job}) => job)};
							};

							const whole = jobs.filter(job => fits(job, query)).toSorted(by(sort, isDescending));
							const isSearched = 'text' in filter || 'provider' in filter;
							// Within a batch, only the order is counted by itself.
							const isNumbered = !isSearched && (batch === undefined || sort === 'order');
							const wanted = {limit, from, isNumbered};
							if (isNumbered || isSearched) await expectParts(read, whole, wanted);
						}
					},
				),
				runs,
			);
		});

		test('only one place is asked for, and it has to be a number', async () => {
			const {open} = await newSubject();
			const store = await open();
			await addOne(store, newJob('a'));
			await addOne(store, newJob('b'));
			const {next = ''} = await store.page({limit: 1});
			await expect(store.page({after: next, before: next})).rejects.toThrow();
			await expect(store.page({after: next, from: 1})).rejects.toThrow();
			await expect(store.page({from: -1})).rejects.toThrow();
			await expect(store.page({from: 0.5})).rejects.toThrow();
		});

		test('a place stays when the rows on both sides of it are gone', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {ids} = await store.add({title: undefined, jobs: [...'abcdef'].map(name => newJob(name))}, 1);
			const page = await store.page({limit: 2, from: 2});
			const gone = [ids[1]!, ids[2]!, ids[3]!];
			await store.moveMany(gone, changeOf('cancel'));
			await store.moveMany(gone, changeOf('remove'));
			const idsOf = async (range: PageRange) => (await store.page(range)).rows.map(job => job.id);
			expect(await idsOf({after: page.previous!})).toEqual([ids[4], ids[5]]);
			expect(await idsOf({before: page.previous!})).toEqual([ids[0]]);
			expect(await idsOf({after: page.next!})).toEqual([ids[4], ids[5]]);
			expect(await idsOf({before: page.next!})).toEqual([ids[0]]);
		});
	});

	describe('a list by batch', () => {
		// Mutations seen to fail: a batch with jobs of two statuses counted twice; open batches counted on the wrong side; the
		// jobs of an open batch turned round with the batches; the row of an open batch left out backwards.
		test('each batch is a row, its jobs stand below it while it is open, and the others come last', async () => {
			const subject = await newSubject();
			await fc.assert(
				fc.asyncProperty(
					fc.array(grouped, {maxLength: 40, size: 'max'}),
					fc.array(fc.tuple(grouping, fc.integer({min: 0, max: 45})), {minLength: 1, maxLength: 6}),
					async (members, groupings) => {
						const store = await subject.open();
						const jobs = await fill(store, members);
						for (const [{open, statuses, isDescending, limit}, from] of groupings) {
							const ids = await Promise.all(open.map(async title => (await store.batch(title))?.id));
							const query: GroupedQuery = {statuses, isDescending, open: ids.filter(id => id !== undefined)};
							const read: Read<string> = async range => {
								const {rows, ...page} = await store.groupedPage({...query, ...range});
								return {...page, rows: rows.map(nameOf)};
							};

							const whole = byHand(jobs, query);
							expect(await forwards(read, limit)).toEqual(whole);
							await expectParts(read, whole, {limit, from, isNumbered: true});
						}
					},
				),
				runs,
			);
		});

		test('a batch tells its counts, its bytes and the job that it waits with', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {ids, batch} = await store.add(
				{
					title: 'Season',
					jobs: [...'abc'].map((name, index) => newJob(name, {isPaused: index === 0, priority: 5 - index})),
				},
				1,
			);
			const rowOf = async (statuses: readonly JobStatus[]) =>
				(await store.groupedPage({statuses, open: []})).rows[0] as Extract<GroupedRow, {kind: 'batch'}>;
			const waiting = ['queued', 'paused'] as const;
			expect(await rowOf(waiting)).toMatchObject({
				batch: {id: batch, title: 'Season', counts: {queued: 2, paused: 1}, bytes: 0},
				isOpen: false,
				next: {id: ids[1]},
			});
			await store.moveMany([ids[1]!, ids[2]!], changeOf('cancel'));
			expect((await rowOf(waiting)).next?.id).toBe(ids[0]);
			expect((await rowOf(['cancelled'])).next).toBeUndefined();
			await store.moveMany([ids[0]!], changeOf('cancel'));
			expect(await rowOf(waiting)).toBeUndefined();
		});

		test('a cursor of another list, and more open batches than a screen can have, are refused', async () => {
			const {open} = await newSubject();
			const store = await open();
			await store.add({title: 'One', jobs: [newJob('a'), newJob('b')]}, 1);
			const statuses = ['queued'] as const;
			const flat = await store.page({limit: 1});
			const {next} = await store.groupedPage({statuses, open: [1 as BatchId], limit: 1});
			expect(next).toBeDefined();
			await expect(store.groupedPage({statuses, open: [], after: flat.next!})).rejects.toThrow();
			await expect(store.groupedPage({statuses, open: [], after: next!, isDescending: true})).rejects.toThrow();
			const many = Array.from({length: 1001}, (_, index) => (index + 1) as BatchId);
			await expect(store.groupedPage({statuses, open: many})).rejects.toThrow();
		});
	});
};

// ---------------------------------------------------------------- by hand

const titles = ['A', 'B', 'C', 'D', 'E', 'F'] as const;

type Grouped = {
	readonly status: JobStatus;
	readonly batch: string | undefined;
	readonly priority: number;
};

const grouped: fc.Arbitrary<Grouped> = fc.record({
	status: fc.constantFrom('queued', 'paused', 'completed', 'failed', 'cancelled' as const),
	batch: fc.option(fc.constantFrom(...titles), {nil: undefined}),
	priority: fc.constantFrom(3, 5, 9),
});

const grouping = fc.record({
	open: fc.uniqueArray(fc.constantFrom(...titles)),
	statuses: fc.oneof(
		fc.constant<readonly JobStatus[]>(['queued', 'waiting', 'paused']),
		fc.constant<readonly JobStatus[]>(['completed', 'cancelled']),
		fc.uniqueArray(fc.constantFrom(...jobStatuses), {minLength: 1}),
	),
	isDescending: fc.boolean(),
	limit: fc.integer({min: 1, max: 7}),
});

const fill = async (store: JobStore, members: readonly Grouped[]): Promise<readonly Job[]> => {
	const jobs: Job[] = [];
	for (const [index, {status, batch, priority}] of members.entries()) {
		const isPaused = status === 'paused';
		const id = await addOne(store, newJob(`${index}`, {priority, isPaused}), batch);
		if (status === 'completed') {
			await store.claim(id, 't' as never, 'me' as never, 1);
			await store.move(id, 't' as never, changeOf('finish'));
			await store.move(id, 't' as never, changeOf('complete'));
		} else if (status === 'failed') {
			await store.claim(id, 't' as never, 'me' as never, 1);
			await store.move(id, 't' as never, changeOf('fail'));
		} else if (status === 'cancelled') await store.move(id, undefined, changeOf('cancel'));
		jobs.push((await store.get(id))!);
	}

	return jobs;
};

const nameOf = (row: GroupedRow): string =>
	row.kind === 'job' ? `job ${row.job.id}` : `batch ${row.batch.id}${row.isOpen ? ' open' : ''}`;

const byHand = (jobs: readonly Job[], {statuses, open, isDescending = false}: GroupedQuery): readonly string[] => {
	const listed = jobs.filter(job => statuses.includes(job.status)).toSorted((a, b) => a.order - b.order);
	const batches = [...new Set(listed.flatMap(({batch}) => batch ?? []))].toSorted((a, b) => a - b);
	const loose = listed.filter(({batch}) => batch === undefined).map(({id}) => `job ${id}`);
	const rows = (isDescending ? batches.toReversed() : batches).flatMap(batch =>
		open.includes(batch)
			? [`batch ${batch} open`, ...listed.filter(job => job.batch === batch).map(({id}) => `job ${id}`)]
			: [`batch ${batch}`],
	);
	return [...rows, ...(isDescending ? loose.toReversed() : loose)];
};
