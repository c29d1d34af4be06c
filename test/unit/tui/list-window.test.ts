import {expect, test} from 'vitest';
import type {BatchId, JobView} from '../../../source/domain/job.ts';
import type {Engine, JobQuery} from '../../../source/engine/ports.ts';
import type {ListQuery} from '../../../source/tui/list-rows.ts';
import {createListWindow, pageRows, type ListWindow} from '../../../source/tui/list-window.ts';
import {keyed, rowTitle, type PaneRow} from '../../../source/tui/rows.ts';
import {scriptedEngine, scriptedJob, type ScriptedEngine} from '../../support/scripted-engine.ts';

const inOrder: ListQuery = {list: {sort: 'order'}, open: []};

/** A queue of any length that is never in memory: rows are made when they are asked for. Cursors are numbers of rows. */
const endless = (
	length: number,
): {readonly engine: Engine; readonly queries: JobQuery[]; readonly read: () => number} => {
	const queries: JobQuery[] = [];
	let rowsRead = 0;
	const engine: Engine = {
		...scriptedEngine(),
		async list(query) {
			queries.push(query);
			const {limit = 100, after, before, from, isNumbered} = query;
			const end = before === undefined ? length : Number(before);
			const start =
				after !== undefined
					? Number(after)
					: typeof from === 'number'
						? Math.min(from, length - limit)
						: before !== undefined || from === 'end'
							? Math.max(0, end - limit)
							: 0;
			const rows: JobView[] = [];
			for (let row = start; rows.length < limit && row < end; row++) rows.push(scriptedJob(row + 1));
			rowsRead += rows.length;
			const stop = start + rows.length;
			return {
				rows,
				next: stop < length ? String(stop) : undefined,
				previous: start > 0 ? String(start) : undefined,
				...(isNumbered === true ? {numbers: {first: start, total: length}} : {}),
			};
		},
	};
	return {engine, queries, read: () => rowsRead};
};

const idsOf = (rows: readonly PaneRow[]): readonly number[] => rows.map(({key}) => keyed(key).id);

/** Row numbers, from 0, as the window tells them: they must be those of the rows that it holds. */
const expectTrueNumbers = (window: ListWindow): void => {
	const {rows, first} = window.getState();
	expect(idsOf(rows)).toEqual(rows.map((_, index) => (first ?? Number.NaN) + index + 1));
};

const jobs = (...ids: readonly number[]): readonly JobView[] => ids.map(id => scriptedJob(id));
const upTo = (last: number): readonly JobView[] => jobs(...Array.from({length: last}, (_, index) => index + 1));

test('a million rows cost one page to begin with', async () => {
	const {engine, read} = endless(1_000_000);
	const window = createListWindow(engine, inOrder);
	await window.settled();
	expect(window.getState()).toMatchObject({first: 0, total: 1_000_000, isAtTop: true, isAtEnd: false});
	expect(read()).toBe(pageRows);
	window.close();
});

test('the last of a million rows is one page away, and from there it scrolls upwards', async () => {
	const {engine, read} = endless(1_000_000);
	const window = createListWindow(engine, inOrder);
	await window.settled();
	window.jump('end');
	await window.settled();
	expect(window.getState().rows.at(-1)?.key).toBe('j1000000');
	expect(window.getState()).toMatchObject({isAtTop: false, isAtEnd: true});
	expectTrueNumbers(window);
	window.reach(window.getState().base);
	await window.settled();
	expect(idsOf(window.getState().rows).slice(0, 2)).toEqual([999_801, 999_802]);
	expectTrueNumbers(window);
	expect(read()).toBeLessThanOrEqual(5 * pageRows);
	window.close();
});

test('any row of a million is one page away by its number, with rows above and below it', async () => {
	const {engine, read} = endless(1_000_000);
	const window = createListWindow(engine, inOrder);
	await window.settled();
	window.jump(654_320);
	await window.settled();
	const {rows, base} = window.getState();
	expect(rows[654_320 - base]?.key).toBe('j654321');
	expectTrueNumbers(window);
	for (const place of [654_000, 655_000]) {
		window.reach(place);
		await window.settled();
		expectTrueNumbers(window);
		expect(window.getState().rows[place - window.getState().base]?.key).toBe(`j${place + 1}`);
	}

	expect(read()).toBeLessThanOrEqual(20 * pageRows);
	window.jump(5_000_000);
	await window.settled();
	expect(window.getState().rows.at(-1)?.key).toBe('j1000000');
	window.close();
});

test('scrolling far down and back shows every row once and in order, and holds only a few pages', async () => {
	const {engine} = endless(2000);
	const window = createListWindow(engine, inOrder);
	await window.settled();
	const seen: number[] = [];
	const look = async (row: number): Promise<void> => {
		window.reach(row);
		await window.settled();
		const {rows, base} = window.getState();
		expect(rows.length).toBeLessThanOrEqual(5 * pageRows);
		expectTrueNumbers(window);
		seen.push(idsOf(rows)[row - base] ?? -1);
	};
	for (let row = 0; row < 2000; row += 40) await look(row);
	for (let row = 1999; row >= 0; row -= 40) await look(row);
	expect(seen).toEqual([
		...Array.from({length: 50}, (_, index) => index * 40 + 1),
		...Array.from({length: 50}, (_, index) => 2000 - index * 40),
	]);
	window.close();
});

test('a change of the queue reads again what is near the cursor, and nothing else', async () => {
	const engine = scriptedEngine({}, upTo(1000));
	const window = createListWindow(engine, inOrder);
	await window.settled();
	for (const place of [100, 200, 300, 400]) {
		window.reach(place);
		await window.settled();
	}

	const before = engine.queries.length;
	engine.setJobs(upTo(1000).slice(1));
	window.refresh();
	window.refresh();
	await window.settled();
	expect(engine.queries.length - before).toBeLessThanOrEqual(5);
	const {rows, base} = window.getState();
	expect(rows[400 - base]?.key).toBe('j401');
	window.close();
});

test('rows that go or come above a row leave it in its place', async () => {
	const engine = scriptedEngine({}, upTo(1000));
	const window = createListWindow(engine, inOrder);
	await window.settled();
	window.jump(500);
	await window.settled();
	window.reach(500);
	await window.settled();
	const rowAt = (place: number): string | undefined => {
		const {rows, base} = window.getState();
		return rows[place - base]?.key;
	};
	expect(rowAt(500)).toBe('j501');
	// Before the held rows, among them, and the row itself.
	for (const gone of [(id: number) => id <= 300, (id: number) => id <= 300 || (id >= 470 && id < 490)]) {
		engine.setJobs(upTo(1000).filter(({id}) => !gone(id)));
		window.refresh();
		await window.settled();
		expect(rowAt(500)).toBe('j501');
		expect(rowAt(510)).toBe('j511');
	}

	// The list begins here now, and then it does so no more.
	for (const gone of [480, 0]) {
		engine.setJobs(upTo(1000).filter(({id}) => id > gone));
		window.refresh();
		await window.settled();
		expect(rowAt(500)).toBe('j501');
		expect(window.getState()).toMatchObject({isAtTop: gone > 0});
	}

	engine.setJobs(upTo(1000).filter(({id}) => id !== 501));
	window.refresh();
	await window.settled();
	expect(rowAt(500)).toBe('j502');
	window.close();
});

test('rows that have not changed stay the same objects, so that they are not laid out again', async () => {
	const engine = scriptedEngine({}, upTo(50));
	const window = createListWindow(engine, inOrder);
	await window.settled();
	const before = window.getState().rows;
	engine.setJobs(upTo(50).map(job => (job.id === 7 ? {...job, title: 'another title'} : structuredClone(job))));
	window.refresh();
	await window.settled();
	const after = window.getState().rows;
	expect(after.filter((row, index) => row !== before[index]).map(rowTitle)).toEqual(['another title']);
	window.close();
});

test('when all rows from here on are taken away, what is left before them is shown', async () => {
	const engine = scriptedEngine({}, upTo(1000));
	const window = createListWindow(engine, inOrder);
	await window.settled();
	window.jump('end');
	await window.settled();
	engine.setJobs(upTo(300));
	window.refresh();
	await window.settled();
	expect(window.getState()).toMatchObject({isAtEnd: true, total: 300, first: 200});
	expect(window.getState().rows.at(-1)?.key).toBe('j300');
	engine.setJobs([]);
	window.refresh();
	await window.settled();
	expect(window.getState()).toMatchObject({rows: [], isAtTop: true, isAtEnd: true});
	window.close();
});

test('a batch that is unfolded in the middle of a list keeps its place', async () => {
	const engine: ScriptedEngine = scriptedEngine(
		{},
		upTo(900).map(job => ({...job, batch: (Math.floor((job.id - 1) / 3) + 1) as BatchId})),
	);
	const list: ListQuery['list'] = {isGrouped: true, statuses: ['queued'], isDescending: false};
	const window = createListWindow(engine, {list, open: []});
	await window.settled();
	expect(window.getState()).toMatchObject({total: 300, first: 0});
	window.jump(200);
	await window.settled();
	window.reach(200);
	const titles = (from: number, to: number): readonly string[] => {
		const {rows, base} = window.getState();
		return rows.slice(from - base, to - base).map(rowTitle);
	};
	expect(titles(200, 202)).toEqual(['Batch 201', 'Batch 202']);
	window.show({list, open: [201 as BatchId]});
	await window.settled();
	expect(window.getState().total).toBe(303);
	expect(titles(200, 205)).toEqual(['Batch 201', 'Job 601', 'Job 602', 'Job 603', 'Batch 202']);
	window.show({list, open: []});
	await window.settled();
	expect(titles(200, 202)).toEqual(['Batch 201', 'Batch 202']);
	window.close();
});

test('a filter that is typed quickly shows the rows of the last letter', async () => {
	const engine = scriptedEngine(
		{},
		['abc', 'abd', 'x'].map((title, index) => scriptedJob(index + 1, {title})),
	);
	const window = createListWindow(engine, inOrder);
	for (const text of ['a', 'ab', 'abd']) window.show({list: {sort: 'order', text}, open: []});
	await window.settled();
	expect(window.getState().rows.map(rowTitle)).toEqual(['abd']);
	window.close();
});

test('a queue that cannot be read says so, and is read again with the next change', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1)]);
	let isBroken = true;
	const window = createListWindow(
		{...engine, list: async query => (isBroken ? Promise.reject(new Error('disk I/O error')) : engine.list(query))},
		inOrder,
	);
	await window.settled();
	expect(window.getState().problem).toBe('cannot read the queue: disk I/O error');
	isBroken = false;
	window.refresh();
	await window.settled();
	expect(window.getState()).toMatchObject({problem: undefined, rows: [{key: 'j1'}]});
	window.close();
});
