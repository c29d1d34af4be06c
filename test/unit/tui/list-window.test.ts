import {expect, test} from 'vitest';
import type {JobView} from '../../../source/domain/job.ts';
import type {Engine, JobQuery} from '../../../source/engine/ports.ts';
import {createListWindow, pageRows} from '../../../source/tui/list-window.ts';
import {keyed, rowTitle, type PaneRow} from '../../../source/tui/rows.ts';
import {scriptedEngine, scriptedJob} from '../../support/scripted-engine.ts';

/** A queue of any length that is never in memory: rows are made when they are asked for. */
const endless = (
	length: number,
): {readonly engine: Engine; readonly queries: JobQuery[]; readonly read: () => number} => {
	const queries: JobQuery[] = [];
	let rowsRead = 0;
	const engine: Engine = {
		...scriptedEngine(),
		async list(query) {
			queries.push(query);
			const limit = query.limit ?? 100;
			const step = query.isDescending === true ? -1 : 1;
			const start = query.after === undefined ? (step === 1 ? 1 : length) : Number(query.after) + step;
			const rows: JobView[] = [];
			for (let id = start; rows.length < limit && id >= 1 && id <= length; id += step) rows.push(scriptedJob(id));
			rowsRead += rows.length;
			const last = rows.at(-1)?.id ?? 0;
			const hasMore = step === 1 ? last < length : last > 1;
			return {rows, next: hasMore && rows.length > 0 ? String(last) : undefined};
		},
	};
	return {engine, queries, read: () => rowsRead};
};

const idsOf = (rows: readonly PaneRow[]): readonly number[] => rows.map(({key}) => keyed(key).id);

test('a million rows cost one page to begin with', async () => {
	const {engine, read} = endless(1_000_000);
	const window = createListWindow(engine, {sort: 'order'});
	await window.settled();
	expect(window.getState()).toMatchObject({base: 0, isAtTop: true, isAtEnd: false});
	expect(read()).toBe(pageRows);
	window.close();
});

test('the last of a million rows is one page away, and from there it scrolls upwards', async () => {
	const {engine, read} = endless(1_000_000);
	const window = createListWindow(engine, {sort: 'order'});
	await window.settled();
	window.jump('end');
	await window.settled();
	expect(window.getState().rows.at(-1)?.key).toBe('j1000000');
	expect(window.getState()).toMatchObject({isAtTop: false, isAtEnd: true});
	window.reach(window.getState().base);
	await window.settled();
	expect(idsOf(window.getState().rows).slice(0, 2)).toEqual([999_801, 999_802]);
	expect(read()).toBeLessThanOrEqual(5 * pageRows);
	window.close();
});

test('scrolling far down and back shows every row once and in order, and holds only a few pages', async () => {
	const {engine} = endless(2000);
	const window = createListWindow(engine, {sort: 'order'});
	await window.settled();
	const seen: number[] = [];
	const look = async (row: number): Promise<void> => {
		window.reach(row);
		await window.settled();
		const {rows, base} = window.getState();
		expect(rows.length).toBeLessThanOrEqual(5 * pageRows);
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

test('a change of the queue reads again what is held, and nothing else', async () => {
	const engine = scriptedEngine(
		{},
		Array.from({length: 250}, (_, index) => scriptedJob(index + 1)),
	);
	const window = createListWindow(engine, {sort: 'order'});
	await window.settled();
	const before = engine.queries.length;
	engine.setJobs(Array.from({length: 250}, (_, index) => scriptedJob(index + 1)).slice(1));
	window.refresh();
	window.refresh();
	await window.settled();
	expect(window.getState().rows[0]?.key).toBe('j2');
	expect(engine.queries.length - before).toBeLessThanOrEqual(2);
	window.close();
});

test('a filter that is typed quickly shows the rows of the last letter', async () => {
	const engine = scriptedEngine(
		{},
		['abc', 'abd', 'x'].map((title, index) => scriptedJob(index + 1, {title})),
	);
	const window = createListWindow(engine, {sort: 'order'});
	window.setText('a');
	window.setText('ab');
	window.setText('abd');
	await window.settled();
	expect(window.getState().rows.map(rowTitle)).toEqual(['abd']);
	window.close();
});

test('a queue that cannot be read says so, and is read again with the next change', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1)]);
	let isBroken = true;
	const window = createListWindow(
		{...engine, list: async query => (isBroken ? Promise.reject(new Error('disk I/O error')) : engine.list(query))},
		{sort: 'order'},
	);
	await window.settled();
	expect(window.getState().problem).toBe('cannot read the queue: disk I/O error');
	isBroken = false;
	window.refresh();
	await window.settled();
	expect(window.getState()).toMatchObject({problem: undefined, rows: [{key: 'j1'}]});
	window.close();
});
