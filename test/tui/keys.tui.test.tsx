import {expect, test} from 'vitest';
import type {JobView} from '../../source/domain/job.ts';
import type {VolumeView} from '../../source/domain/snapshot.ts';
import {keymapTable} from '../../source/tui/keymap.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {scriptedActive, scriptedEngine, scriptedJob, type ScriptedEngine} from '../support/scripted-engine.ts';

const failure = {code: 'not-found', class: 'permanent', message: 'the server answered 404'} as const;

const jobs: readonly JobView[] = [
	scriptedJob(11, {title: 'first in line'}),
	scriptedJob(12, {title: 'second in line'}),
	scriptedJob(13, {title: 'third in line', status: 'paused', hold: {reason: 'paused'}}),
	scriptedJob(21, {title: 'gone wrong', status: 'failed', attempts: 5, endedAt: 2, error: failure}),
	scriptedJob(22, {title: 'gone wrong before', status: 'failed', endedAt: 1, error: failure}),
	scriptedJob(31, {title: 'well done', status: 'completed', size: 1000, endedAt: 1, outputPath: '/srv/well-done.mkv'}),
];

const engineWithAll = (): ScriptedEngine =>
	scriptedEngine(
		{active: [scriptedActive(1, 1, {title: 'running'}), scriptedActive(2, 2, {title: 'running too'})]},
		jobs,
	);

const ids = (...wanted: readonly number[]) => ({selection: {ids: wanted}});

test.each([
	['p pauses the job under the cursor', 'p', [{type: 'pause', ...ids(1)}]],
	['c cancels it', 'c', [{type: 'cancel', ...ids(1)}]],
	['j goes to the next row', 'jp', [{type: 'pause', ...ids(2)}]],
	['three keys in one read are three keys', 'jkjp', [{type: 'pause', ...ids(2)}]],
	['jjj stops at the last row', 'jjjp', [{type: 'pause', ...ids(2)}]],
	['arrows do as j and k', '\u001B[B\u001B[B\u001B[Ap', [{type: 'pause', ...ids(1)}]],
	['2 goes to the queue', '2c', [{type: 'cancel', ...ids(11)}]],
	['Tab goes to the next pane', '\tc', [{type: 'cancel', ...ids(11)}]],
	['Shift-Tab goes around to the last pane', '\u001B[Zx', [{type: 'remove', ...ids(31)}]],
	['p lets a paused job go on', '2jjp', [{type: 'resume', ...ids(13)}]],
	['r retries a failed job', '3r', [{type: 'retry', ...ids(21)}]],
	['x removes a failed job without asking', '3x', [{type: 'remove', ...ids(21)}]],
	['x asks before it removes a job that has not ended', '2jjx', []],
	['y says yes to that', '2jjxy', [{type: 'remove', ...ids(13)}]],
	['n says no to that', '2jjxn', []],
	['F asks before it retries all', '3F', []],
	['F and y retry all failed jobs', '3Fy', [{type: 'retry', selection: {filter: {statuses: ['failed']}}}]],
	['P pauses the queue', 'P', [{type: 'pause-queue'}]],
	['K moves a job before the one above it', '2jK', [{type: 'reorder', ids: [12], place: {before: 11}}]],
	['J moves a job behind the one below it', '2J', [{type: 'reorder', ids: [11], place: {before: 13}}]],
	['J moves the last but one to the end', '2jJ', [{type: 'reorder', ids: [12], place: {at: 'bottom'}}]],
	['> raises the priority', '2>', [{type: 'prioritise', ids: [11], priority: 6}]],
	['< lowers it', '2<', [{type: 'prioritise', ids: [11], priority: 4}]],
	['] adds a worker', ']', [{type: 'set-workers', count: 4}]],
	['[ takes one away', '[', [{type: 'set-workers', count: 2}]],
	['w asks for a number of workers', 'w12\r', [{type: 'set-workers', count: 12}]],
	['33 workers are too many', 'w33\r', []],
])('%s', async (_title, keys, commands) => {
	const engine = engineWithAll();
	using mounted = await mountScreen(engine);
	for (const key of keys.match(/\u001B\[.|./gs) ?? []) await mounted.type(key);
	expect(engine.commands).toEqual(commands);
});

test('a whole burst in one read does the same as its keys one by one', async () => {
	const engine = engineWithAll();
	using mounted = await mountScreen(engine);
	await mounted.type('2jjpkc');
	expect(engine.commands).toEqual([
		{type: 'resume', ...ids(13)},
		{type: 'cancel', ...ids(12)},
	]);
});

test('a key that is not possible now says why', async () => {
	const engine = engineWithAll();
	using mounted = await mountScreen(engine);
	await mounted.type('2r');
	await mounted.see('a job that is queued cannot be retried');
	await mounted.type('x');
	await mounted.see('it is queued; cancel it first');
	await mounted.type('4r');
	await mounted.see('its file is there already');
	expect(engine.commands).toEqual([]);
});

test('a refusal of the engine is told in its own words', async () => {
	const engine = engineWithAll();
	engine.answer(() => ({ok: true, changed: [], refused: [{id: 1 as never, reason: 'its file is being put in place'}]}));
	using mounted = await mountScreen(engine);
	await mounted.type('p');
	await mounted.see('refused: its file is being put in place');
});

test('an engine that fails does not take the screen with it', async () => {
	const engine = engineWithAll();
	engine.answer(() => Promise.reject(new Error('the line is cut')));
	using mounted = await mountScreen(engine);
	await mounted.type('p');
	await mounted.see('that did not work: the line is cut');
});

test('filtering narrows the pane with each letter; Enter keeps it, Esc clears it', async () => {
	using mounted = await mountScreen(engineWithAll());
	await mounted.type('2/seco');
	await mounted.see('filter: seco');
	await mounted.notSee('first in line');
	await mounted.type('\r');
	await mounted.see('second in line');
	await mounted.type('\u001B');
	await mounted.see('first in line');
});

test('letters that are keys elsewhere are letters while filtering', async () => {
	const engine = engineWithAll();
	using mounted = await mountScreen(engine);
	await mounted.type('2/cqx');
	await mounted.see('filter: cqx');
	expect(engine.commands).toEqual([]);
	expect(mounted.ends).toEqual([]);
});

test('Esc goes back one level and never leaves', async () => {
	using mounted = await mountScreen(engineWithAll());
	await mounted.type('\r');
	await mounted.see('Goes to');
	await mounted.type('?');
	await mounted.see('In the details of a job');
	await mounted.type('\u001B');
	await mounted.see('Goes to');
	await mounted.type('\u001B');
	await mounted.see('1 Active');
	await mounted.type('\u001B');
	await mounted.see('1 Active');
	expect(mounted.ends).toEqual([]);
});

test('help names every key of the panes', async () => {
	using mounted = await mountScreen(engineWithAll(), {rows: 70});
	await mounted.type('?');
	for (const row of keymapTable().filter(one => one.scope === 'panes')) await mounted.see(row.label.slice(0, 60));
});

test('details show the log and follow it while it grows', async () => {
	const engine = engineWithAll();
	engine.setLog(1 as never, ['line one']);
	using mounted = await mountScreen(engine);
	await mounted.type('\rG');
	await mounted.see('line one');
	engine.setLog(1 as never, ['line one', 'line \u001B[2Jtwo']);
	engine.change({});
	await mounted.see('line two');
});

test('statistics draw the lanes as a table', async () => {
	const engine = engineWithAll();
	engine.change({
		lanes: [
			{
				id: 'http:example.org',
				provider: 'http',
				running: 2,
				limit: 4,
				breaker: 'half-open',
				failures: 3,
				lastSuccessAt: undefined,
				lastFailureAt: undefined,
				hold: undefined,
			},
		],
	});
	using mounted = await mountScreen(engine);
	await mounted.type('i');
	await mounted.see(/│ http:example\.org │ 2\/4 {2}│ half-open │ 3/);
});

test('statistics show what the program takes of memory, processor, network and disk', async () => {
	const engine = engineWithAll();
	const volume: VolumeView = {
		id: 'v1',
		path: '/srv/films',
		marks: {used: undefined, free: {stop: 0, pause: 1e9, resume: 2e9}},
		level: {at: 0, used: 0, free: 78_700_000_000, total: 270_600_000_000},
		gate: {state: 'open'},
		reserved: 0,
		timeToFull: undefined,
		fillRate: 1_200_000,
		breakdown: undefined,
	};
	engine.change({
		resources: {memory: 96_000_000, cpu: 0.07},
		rate: 3_000_000,
		volumes: [volume, {...volume, path: '/mnt/music', level: undefined}],
	});
	using mounted = await mountScreen(engine);
	await mounted.type('i');
	await mounted.see(/96(?:\.0)? MB of memory, 7% of a core/);
	await mounted.see(/3(?:\.0\d?)? MB\/s now/);
	await mounted.see(/78\.7 GB of 270\.6 GB free in \/srv\/films, 1\.2\d? MB\/s written/);
	await mounted.see('/mnt/music is not mounted');
});

test('q asks while something runs, and each answer is told', async () => {
	for (const [key, choice] of [
		['b', 'detach'],
		['f', 'finish'],
		['s', 'stop'],
	] as const) {
		using mounted = await mountScreen(engineWithAll(), {canDetach: true});
		await mounted.type('q');
		await mounted.see('2 jobs running');
		expect(mounted.ends).toEqual([]);
		await mounted.type(key);
		expect(mounted.ends).toEqual([{reason: 'quit', choice}]);
	}
});

test('going on in the background is not offered where it is not possible', async () => {
	using mounted = await mountScreen(engineWithAll());
	await mounted.type('q');
	await mounted.see('finish what runs');
	await mounted.notSee('background');
	await mounted.type('b');
	expect(mounted.ends).toEqual([]);
});

test('q leaves at once when nothing runs, and an attached screen never asks', async () => {
	using idle = await mountScreen(scriptedEngine({}, jobs));
	await idle.type('q');
	expect(idle.ends).toEqual([{reason: 'quit', choice: 'stop'}]);
	using attached = await mountScreen(engineWithAll(), {isAttached: true});
	await attached.type('q');
	expect(attached.ends).toEqual([{reason: 'quit', choice: 'detach'}]);
});

test('Ctrl-c twice stops now', async () => {
	using mounted = await mountScreen(engineWithAll());
	await mounted.type('\u0003');
	await mounted.see('2 jobs running');
	await mounted.type('\u0003');
	expect(mounted.ends).toEqual([{reason: 'quit', choice: 'stop'}]);
});
