import {expect, test} from 'vitest';
import type {JobView} from '../../source/domain/job.ts';
import type {ActiveJob} from '../../source/domain/snapshot.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {scriptedActive, scriptedEngine, scriptedJob} from '../support/scripted-engine.ts';

const queue = (...wanted: readonly number[]): readonly JobView[] =>
	wanted.map((id, order) => scriptedJob(id, {title: `job number ${id}`, order}));

const failed = (...ids: readonly number[]): readonly JobView[] =>
	ids.map(id => scriptedJob(id, {status: 'failed', title: `job number ${id}`, endedAt: 100 - id}));

const active = (...ids: readonly number[]): readonly ActiveJob[] =>
	ids.map((id, index) => scriptedActive(id, index + 1, {title: `run ${id}`}));

const cursorRow = (frame: string): string => frame.split('\n').find(line => line.startsWith('▌')) ?? '';

test('the cursor follows its job when the rows are put in another order', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3, 4));
	using mounted = await mountScreen(engine);
	await mounted.type('2j');
	expect(cursorRow(mounted.frame())).toContain('job number 2');
	engine.setJobs(queue(4, 3, 2, 1));
	await mounted.see(/job number 4[^]*▌· job number 2/);
	await mounted.type('c');
	expect(engine.commands).toEqual([{type: 'cancel', selection: {ids: [2]}}]);
});

test('a key that lands while the rows change under it acts on the job that was on the screen', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3, 4));
	using mounted = await mountScreen(engine);
	await mounted.type('2j');
	// No wait: the key is pressed before the new order is drawn.
	engine.setJobs(queue(4, 3, 2, 1));
	await mounted.type('c');
	expect(engine.commands).toEqual([{type: 'cancel', selection: {ids: [2]}}]);
});

test('when the job under the cursor has left, the first key only says which job it would hit now', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3));
	using mounted = await mountScreen(engine);
	await mounted.type('2j');
	engine.setJobs(queue(1, 3));
	await mounted.see(/▌· job number 3/);
	await mounted.type('c');
	expect(engine.commands).toEqual([]);
	await mounted.see('once more for: job number 3');
	await mounted.type('c');
	expect(engine.commands).toEqual([{type: 'cancel', selection: {ids: [3]}}]);
});

test('after moving by hand nothing is asked', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3));
	using mounted = await mountScreen(engine);
	await mounted.type('2j');
	engine.setJobs(queue(1, 3));
	await mounted.see(/▌· job number 3/);
	await mounted.type('kc');
	expect(engine.commands).toEqual([{type: 'cancel', selection: {ids: [1]}}]);
});

test('removing one job after the other does not ask, because the person made them leave', async () => {
	const engine = scriptedEngine({}, failed(1, 2, 3));
	engine.answer(() => ({ok: true, changed: [], refused: []}));
	using mounted = await mountScreen(engine);
	await mounted.type('3x');
	engine.setJobs(failed(2, 3));
	await mounted.see(/▌✗ job number 2/);
	await mounted.type('x');
	expect(engine.commands).toEqual([
		{type: 'remove', selection: {ids: [1]}},
		{type: 'remove', selection: {ids: [2]}},
	]);
});

test('the same key twice in one read hits the same job twice, not the next one', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3));
	using mounted = await mountScreen(engine);
	await mounted.type('2cc');
	expect(engine.commands).toEqual([
		{type: 'cancel', selection: {ids: [1]}},
		{type: 'cancel', selection: {ids: [1]}},
	]);
});

test('an active job that ends gives its row to another, and a key does not hit that one unasked', async () => {
	const engine = scriptedEngine({active: active(1, 2)});
	using mounted = await mountScreen(engine);
	engine.setActive(active(2, 3));
	await mounted.see('run 3');
	await mounted.type('c');
	expect(engine.commands).toEqual([]);
	await mounted.see('once more for: run 2');
});

test('G goes to the last of many rows, and a key in the same read does not hit another one meanwhile', async () => {
	const engine = scriptedEngine({}, queue(...Array.from({length: 3000}, (_, index) => index + 1)));
	using mounted = await mountScreen(engine);
	await mounted.type('2Gc');
	expect(engine.commands).toEqual([]);
	await mounted.see(/▌· job number 3000/);
	await mounted.type('c');
	expect(engine.commands).toEqual([{type: 'cancel', selection: {ids: [3000]}}]);
	await mounted.type('g');
	await mounted.see(/▌· job number 1 /);
	expect(engine.queries.every(query => (query.limit ?? 0) <= 100)).toBe(true);
});

test('holding j goes through pages that were not read yet', async () => {
	const engine = scriptedEngine({}, queue(...Array.from({length: 400}, (_, index) => index + 1)));
	using mounted = await mountScreen(engine);
	await mounted.type('2');
	for (let press = 0; press < 30; press++) await mounted.type('jjjjjjjjjj');
	await mounted.see(/▌· job number 301/);
});

test('a window that is too small to show a row takes no key for it', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3));
	using mounted = await mountScreen(engine);
	await mounted.type('2');
	mounted.screen.ui.dispatch({type: 'resize', columns: 20, rows: 5});
	await mounted.see('tidegate needs');
	await mounted.type('cxpy');
	expect(engine.commands).toEqual([]);
	mounted.screen.ui.dispatch({type: 'resize', columns: 100, rows: 30});
	await mounted.see(/▌· job number 1/);
	await mounted.type('c');
	expect(engine.commands).toMatchObject([{type: 'cancel', selection: {ids: [1]}}]);
});
