import {expect, test} from 'vitest';
import type {JobId, JobView} from '../../source/domain/job.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {scriptedActive, scriptedEngine, scriptedJob} from '../support/scripted-engine.ts';

const queue = (...ids: readonly number[]): readonly JobView[] =>
	ids.map((id, order) => scriptedJob(id, {title: `job number ${id}`, order}));

const failed = (...ids: readonly number[]): readonly JobView[] =>
	ids.map(id => scriptedJob(id, {status: 'failed', title: `job number ${id}`, endedAt: 1000 - id}));

const numbers = (count: number): readonly number[] => Array.from({length: count}, (_, index) => index + 1);

const queued = ['queued', 'waiting', 'paused'];

test('Space marks the row and goes down; an act is about all that are marked', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3, 4));
	using mounted = await mountScreen(engine);
	await mounted.type('2 j p');
	await mounted.see('2 Queue 4 · 2 marked');
	expect(engine.commands).toEqual([{type: 'pause', selection: {ids: [1, 3], statuses: queued}}]);
	await mounted.see('2 jobs paused');
});

test('marks are to be seen by their shape and counted in the title and below', async () => {
	using mounted = await mountScreen(scriptedEngine({}, queue(1, 2, 3)));
	await mounted.type('2  ');
	await mounted.see(/▐· job number 1[^]*▐· job number 2[^]*▌· job number 3/);
	await mounted.see('· 2 marked ');
	await mounted.see('2 marked: keys act on them');
	await mounted.type('k');
	await mounted.see('█· job number 2');
});

test('marks stay with their jobs when the rows are put in another order', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3, 4));
	using mounted = await mountScreen(engine);
	await mounted.type('2 ');
	engine.setJobs(queue(4, 3, 2, 1));
	await mounted.see(/job number 4[^]*▐· job number 1/);
	await mounted.type('p');
	expect(engine.commands).toEqual([{type: 'pause', selection: {ids: [1], statuses: queued}}]);
});

test('v marks from there to where the cursor goes, and back; again keeps it', async () => {
	const engine = scriptedEngine({}, queue(...numbers(9)));
	using mounted = await mountScreen(engine);
	await mounted.type('2jjvjjjk');
	await mounted.see('· 3 marked ');
	await mounted.type('vjjj');
	await mounted.see('· 3 marked ');
	await mounted.type('p');
	expect(engine.commands).toEqual([{type: 'pause', selection: {ids: [3, 4, 5], statuses: queued}}]);
});

test('Esc drops the range, then the marks, then the filter', async () => {
	using mounted = await mountScreen(scriptedEngine({}, queue(...numbers(9))));
	await mounted.type('2/number\r');
	await mounted.type(' vj');
	await mounted.see('· 3 marked · filter: number ');
	await mounted.type('\u001B');
	await mounted.see('· 1 marked · filter: number ');
	await mounted.type('\u001B');
	await mounted.see('━ 2 Queue 9 · filter: number ');
	await mounted.type('\u001B');
	await mounted.notSee('filter:');
});

test('a range goes on over pages that are let go behind it', async () => {
	const engine = scriptedEngine({}, queue(...numbers(1500)));
	using mounted = await mountScreen(engine);
	await mounted.type('2jv');
	for (let press = 0; press < 60; press++) await mounted.type('jjjjjjjjjjjjjjjjjjjj');
	await mounted.see('1,201 marked');
	await mounted.type('c');
	await mounted.see('Cancel 1,201 marked jobs?');
	await mounted.type('y');
	const [command] = engine.commands;
	expect(command).toEqual({type: 'cancel', selection: {ids: numbers(1202).slice(1), statuses: queued}});
});

test('a jump over rows that were never read ends a range and says so', async () => {
	using mounted = await mountScreen(scriptedEngine({}, queue(...numbers(1500))));
	await mounted.type('2vj');
	await mounted.type('G');
	await mounted.see('the range ends');
	await mounted.see('· 2 marked ');
});

test('Ctrl-a marks all that match, however many, as what the filter means and not one by one', async () => {
	const engine = scriptedEngine({}, queue(...numbers(1500)));
	using mounted = await mountScreen(engine);
	await mounted.type('2\u0001');
	await mounted.see('· all marked ');
	await mounted.type('j ');
	await mounted.see('all but 1 row marked');
	await mounted.type('c');
	await mounted.see('Cancel 1,499 marked jobs?');
	expect(engine.commands).toEqual([]);
	await mounted.type('y');
	expect(engine.commands).toEqual([{type: 'cancel', selection: {filter: {statuses: queued}, except: [2]}}]);
});

test('with a filter the question counts what matches', async () => {
	const engine = scriptedEngine({}, queue(...numbers(1500)));
	using mounted = await mountScreen(engine);
	await mounted.type('2/number 1\r');
	await mounted.type('\u0001c');
	await mounted.see('Cancel all jobs that match "number 1" (612 jobs)?');
	await mounted.type('y');
	expect(engine.commands).toEqual([{type: 'cancel', selection: {filter: {statuses: queued, text: 'number 1'}}}]);
});

test('in a list of which all is held nothing is meant that comes later', async () => {
	const engine = scriptedEngine({}, queue(1, 2));
	using mounted = await mountScreen(engine);
	await mounted.type('2\u0001');
	engine.setJobs(queue(1, 2, 3));
	await mounted.see('job number 3');
	await mounted.type('p');
	expect(engine.commands).toEqual([{type: 'pause', selection: {ids: [1, 2], statuses: queued}}]);
});

test('Ctrl-r marks what was not marked', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3));
	using mounted = await mountScreen(engine);
	await mounted.type('2 \u0012p');
	expect(engine.commands).toEqual([{type: 'pause', selection: {ids: [2, 3], statuses: queued}}]);
});

test('what takes something away from more than one is asked for once, with the number and what is kept', async () => {
	const engine = scriptedEngine({}, failed(1, 2, 3));
	using mounted = await mountScreen(engine);
	await mounted.type('3  x');
	await mounted.see('Remove 2 marked jobs?');
	await mounted.see('What they have fetched goes with them');
	await mounted.type('n');
	expect(engine.commands).toEqual([]);
	await mounted.type('xy');
	expect(engine.commands).toEqual([{type: 'remove', selection: {ids: [1, 2], statuses: ['failed']}}]);
	await mounted.see('2 jobs removed');
});

test('one that is marked is removed without a question, like the one under the cursor', async () => {
	const engine = scriptedEngine({}, failed(1, 2, 3));
	using mounted = await mountScreen(engine);
	await mounted.type('3jj k');
	await mounted.type('x');
	expect(engine.commands).toEqual([{type: 'remove', selection: {ids: [3], statuses: ['failed']}}]);
});

test('the result says how many changed and why the others did not; those stay marked', async () => {
	const engine = scriptedEngine({}, failed(1, 2, 3, 4));
	engine.answer(() => ({
		ok: true,
		changed: [1 as JobId],
		refused: [
			{id: 2 as JobId, reason: 'it is queued now'},
			{id: 3 as JobId, reason: 'it is queued now'},
			{id: 4 as JobId, reason: 'its file is being put in place'},
		],
	}));
	using mounted = await mountScreen(engine);
	await mounted.type('3\u0001r');
	await mounted.see('1 job queued again; not 3: it is queued now (2), its file is being put in place (1)');
	await mounted.see('· 3 marked ');
});

test('marks of running jobs that have ended are dropped', async () => {
	const engine = scriptedEngine({active: [1, 2, 3].map(id => scriptedActive(id, id, {title: `run ${id}`}))});
	using mounted = await mountScreen(engine);
	await mounted.type('1  ');
	await mounted.see('· 2 marked ');
	engine.setActive([2, 3].map(id => scriptedActive(id, id, {title: `run ${id}`})));
	await mounted.see('· 1 marked ');
	await mounted.type('p');
	expect(engine.commands).toMatchObject([{type: 'pause', selection: {ids: [2]}}]);
});

test('marks of queued jobs that have left the queue are dropped', async () => {
	const engine = scriptedEngine({}, queue(...numbers(20)));
	using mounted = await mountScreen(engine);
	await mounted.type('2   ');
	await mounted.see('· 3 marked ');
	engine.setJobs(queue(...numbers(20).filter(id => id !== 2)));
	await mounted.see('· 2 marked ');
});

test('marks do not hide that the cursor has slipped, once there are none', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3));
	using mounted = await mountScreen(engine);
	await mounted.type('2j');
	engine.setJobs(queue(1, 3));
	await mounted.see(/▌· job number 3/);
	await mounted.type('c');
	expect(engine.commands).toEqual([]);
	await mounted.see('once more for: job number 3');
});

test('marked jobs are moved together, keeping their order', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3, 4, 5));
	using mounted = await mountScreen(engine);
	await mounted.type('2jj j ');
	await mounted.type('K');
	expect(engine.commands).toEqual([{type: 'reorder', ids: [3, 5], place: {before: 2}}]);
});

test('all that match have no place of their own', async () => {
	const engine = scriptedEngine({}, queue(...numbers(1500)));
	using mounted = await mountScreen(engine);
	await mounted.type('2\u0001>');
	await mounted.see('mark them one by one, or as a range');
	expect(engine.commands).toEqual([]);
});

test('p with marks pauses when one of them is not paused, and lets all go on when all are', async () => {
	const jobs = [
		scriptedJob(1, {status: 'paused', hold: {reason: 'paused'}}),
		scriptedJob(2, {status: 'paused', hold: {reason: 'paused'}}),
		scriptedJob(3),
	];
	const engine = scriptedEngine({}, jobs);
	using mounted = await mountScreen(engine);
	await mounted.type('2  p');
	await mounted.type(' p');
	expect(engine.commands.map(({type}) => type)).toEqual(['resume', 'pause']);
});

test('an act that none of the marked jobs allows says so', async () => {
	const engine = scriptedEngine({}, queue(1, 2));
	using mounted = await mountScreen(engine);
	await mounted.type('2  x');
	await mounted.see('none of the marked: it is queued; cancel it first');
	expect(engine.commands).toEqual([]);
});
