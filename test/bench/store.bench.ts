import {fdatasyncSync, openSync, closeSync, writeSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {AttemptToken, JobId, OwnerId} from '../../source/domain/job.ts';
import type {JobQuery, JobStore, NewJob} from '../../source/engine/ports.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {median, percentile, type Bench, type BenchRow} from './bench.ts';

const small = 200_000;
const large = 1_000_000;
const lane = 'http:media.example.org';
const owner = 'bench' as OwnerId;

const run = async (): Promise<readonly BenchRow[]> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
	try {
		const rows = [await addingAlone(directory)];
		const store = openSqliteStore({path: join(directory, 'queue.db')});
		try {
			const added = [await timedAdd(store, 0, 'Part 0')];
			const few = await claims(store, small);
			for (let start = small; start < large; start += small) {
				added.push(await timedAdd(store, start, `Part ${start / small}`));
			}

			const many = await claims(store, large);
			rows.push(addRow('add 200,000 jobs to a batch, five times up to 1,000,000', added));
			rows.push(claimRow(few, small, undefined), claimRow(many, large, few), syncRow(directory));
			rows.push(...(await pages(store)), ...(await windows(store)), ...(await smallThings(store)));
			return rows;
		} finally {
			await store.close();
		}
	} finally {
		await rm(directory, {recursive: true, force: true});
	}
};

// ---------------------------------------------------------------- adding

const jobAt = (index: number): NewJob => ({
	title: `Episode ${index} of the long series`,
	provider: 'http',
	lane,
	source: `https://media.example.org/series/season-1/episode-${index}.mkv`,
	identity: `http https://media.example.org/series/season-1/episode-${index}.mkv`,
	options: {},
	isSourced: true,
	isPaused: false,
	priority: 5,
	maxAttempts: 5,
	expectedSize: undefined,
	checksum: undefined,
	output: undefined,
});

type Added = {readonly rate: number; readonly longestGap: number};

const timedAdd = async (store: JobStore, start: number, title: string | undefined): Promise<Added> => {
	const jobs = Array.from({length: small}, (_, index) => jobAt(start + index));
	let longestGap = 0;
	let last = performance.now();
	const beat = setInterval(() => {
		longestGap = Math.max(longestGap, performance.now() - last);
		last = performance.now();
	}, 1);
	const begun = performance.now();
	await store.add({title, jobs}, 1);
	const rate = small / ((performance.now() - begun) / 1000);
	await new Promise(setImmediate);
	clearInterval(beat);
	return {rate, longestGap};
};

const addingAlone = async (directory: string): Promise<BenchRow> => {
	const added: Added[] = [];
	for (let round = 0; round < 3; round += 1) {
		const store = openSqliteStore({path: join(directory, `alone-${round}.db`)});
		added.push(await timedAdd(store, 0, undefined));
		await store.close();
	}

	return addRow('add 200,000 jobs to an empty queue', added);
};

const addRow = (what: string, added: readonly Added[]): BenchRow => {
	const rate = median(added.map(one => one.rate));
	const gap = Math.max(...added.map(one => one.longestGap));
	return {
		what,
		measured: `${Math.round(rate / 1000)},000 jobs/s`,
		aim: '>= 100,000 jobs/s',
		isMet: rate >= 100_000,
		note: `one transaction each, median of ${added.length}; event loop held ${Math.round(gap)} ms at most`,
	};
};

// ---------------------------------------------------------------- claiming

type Timed = readonly number[];

/** Microseconds of each call. */
const timed = async (count: number, call: (index: number) => Promise<unknown>): Promise<Timed> => {
	const times: number[] = [];
	for (let index = 0; index < count; index += 1) {
		const begun = performance.now();
		await call(index);
		times.push((performance.now() - begun) * 1000);
	}

	return times;
};

type Claims = {readonly claim: Timed; readonly next: Timed};

const claims = async (store: JobStore, size: number): Promise<Claims> => {
	const ids: JobId[] = [];
	const next = await timed(500, async () => {
		const [job] = await store.candidates(lane, 1, 5);
		if (job !== undefined) ids.push(job.id);
	});
	const line = await store.candidates(lane, 600, 5);
	// The first hundred warm up what is compiled and cached.
	const claim = await timed(600, async index => {
		const job = line[index];
		const claimed = await store.claim(job?.id ?? ids[0]!, `${size}-${index}` as AttemptToken, owner, 6);
		if (claimed === undefined) throw new Error('the job was not to be had');
	});
	return {claim: claim.slice(100), next};
};

const microseconds = (times: Timed): string =>
	`${Math.round(median(times))} µs (p95 ${Math.round(percentile(times, 0.95))})`;

const claimRow = ({claim, next}: Claims, size: number, base: Claims | undefined): BenchRow => {
	const ratio = base === undefined ? 1 : median(claim) / median(base.claim);
	return {
		what: `claim a job among ${size.toLocaleString('en')}, durably`,
		measured: microseconds(claim),
		aim: base === undefined ? '<= 200 µs' : '<= 200 µs, flat (ratio <= 1.5)',
		isMet: median(claim) <= 200 && ratio <= 1.5,
		note: `${base === undefined ? '' : `ratio ${ratio.toFixed(2)}; `}finding the next in line ${microseconds(next)}`,
	};
};

/** What the disk alone takes, to read the claims by. */
const syncRow = (directory: string): BenchRow => {
	const file = openSync(join(directory, 'sync.bin'), 'w');
	const block = Buffer.alloc(16 * 1024);
	const times = Array.from({length: 300}, (_, index) => {
		const begun = performance.now();
		writeSync(file, block, 0, block.length, (index % 100) * block.length);
		fdatasyncSync(file);
		return (performance.now() - begun) * 1000;
	});
	closeSync(file);
	return {
		what: 'the disk alone: write 16 KiB and fdatasync',
		measured: microseconds(times),
		aim: '',
		isMet: undefined,
		note: 'a part of every durable change',
	};
};

// ---------------------------------------------------------------- looking

const pages = async (store: JobStore): Promise<readonly BenchRow[]> => {
	const rows: BenchRow[] = [];
	for (const isDescending of [false, true]) {
		for (const place of [0, 0.5, 1]) {
			const query = await queryAt(store, place, isDescending);
			const times = await timed(300, async () => store.page(query));
			rows.push({
				what: `page of 30 at ${place === 0 ? 'the start' : place === 1 ? 'the end' : 'the middle'} of 1,000,000, ${isDescending ? 'down' : 'up'}`,
				measured: microseconds(times),
				aim: '<= 1000 µs',
				isMet: median(times) <= 1000,
				note: 'all statuses, in the order of the queue',
			});
		}
	}

	const search = await timed(3, async () => store.page({text: 'no title has this', limit: 30}));
	const found = await timed(3, async () => store.page({text: 'SEASON-1/EPISODE-999999.', limit: 30}));
	rows.push({
		what: 'search for text through 1,000,000 jobs',
		measured: `${Math.round(median(search) / 1000)} ms`,
		aim: '',
		isMet: undefined,
		note: `in chunks; the last job is found in ${Math.round(median(found) / 1000)} ms`,
	});
	return rows;
};

/** A page whose cursor stands at a share of the list. */
const queryAt = async (store: JobStore, place: number, isDescending: boolean): Promise<JobQuery> => {
	const query: JobQuery = {limit: 30, isDescending};
	const target = place === 1 ? large - 40 : place * large;
	let after: string | undefined;
	for (let passed = 0; passed < target;) {
		const limit = Math.min(1000, target - passed);
		const page = await store.page({...query, limit, ...(after === undefined ? {} : {after})});
		after = page.next;
		passed += limit;
	}

	return after === undefined ? query : {...query, after};
};

/** What the screen asks for: backwards, by number, by batch. */
const windows = async (store: JobStore): Promise<readonly BenchRow[]> => {
	const statuses = ['queued', 'waiting', 'paused'] as const;
	const {rows} = await store.groupedPage({statuses, open: []});
	const open = rows.flatMap(row => (row.kind === 'batch' ? [row.batch.id] : [])).slice(1, 3);
	const middle = await store.page({statuses, from: large / 2});
	const unfolded = await store.groupedPage({statuses, open, from: 200_000});
	const asked: ReadonlyArray<readonly [what: string, ask: () => Promise<unknown>, most: number]> = [
		['the last page of the queue', async () => store.page({statuses, from: 'end', isNumbered: true}), 1000],
		['a page backwards from the middle', async () => store.page({statuses, before: middle.previous!}), 1000],
		['batches, two of 200,000 unfolded', async () => store.groupedPage({statuses, open}), 1000],
		['a page inside an unfolded batch', async () => store.groupedPage({statuses, open, after: unfolded.next!}), 1000],
		['row 500,000 by its number', async () => store.page({statuses, from: large / 2, isNumbered: true}), 50_000],
	];
	const told: BenchRow[] = [];
	for (const [what, ask, most] of asked) {
		const times = await timed(most > 1000 ? 30 : 300, ask);
		const note = most > 1000 ? 'an index is walked, in strides of less than a millisecond' : '100 rows of 1,000,000';
		told.push({what, measured: microseconds(times), aim: `<= ${most} µs`, isMet: median(times) <= most, note});
	}

	return told;
};

const smallThings = async (store: JobStore): Promise<readonly BenchRow[]> => {
	const active = (await store.active()).slice(0, 32);
	const progress = await timed(500, async index => {
		const rows = active.map(({id, attempt}) => ({id, attempt: attempt!, bytes: index, total: 1000}));
		await store.saveProgress(rows);
	});
	const counts = await timed(500, async () => store.counts());
	const line = await store.candidates(lane, 300, 5);
	const {id, attempt} = active[0]!;
	const changes: number[] = [];
	for (const [index, job] of line.entries()) {
		await store.saveProgress([{id, attempt: attempt!, bytes: index, total: 1000}]);
		changes.push(...(await timed(1, async () => store.claim(job.id, `t${index}` as AttemptToken, owner, 6))));
	}

	return [
		told('save the progress of 32 jobs', progress, 'one transaction, not synced'),
		told('counts of all statuses', counts, 'kept, not counted'),
		told('claim a job right after progress was saved', changes, 'the durability is changed for it'),
	];
};

const told = (what: string, times: Timed, note: string): BenchRow => ({
	what,
	measured: microseconds(times),
	aim: '',
	isMet: undefined,
	note,
});
export default {name: 'store', run} satisfies Bench;
