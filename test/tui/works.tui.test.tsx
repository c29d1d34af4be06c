import {expect, test} from 'vitest';
import type {JobId} from '../../source/domain/job.ts';
import type {WorkId, WorkView} from '../../source/domain/snapshot.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {scriptedEngine, scriptedJob} from '../support/scripted-engine.ts';

const cancelling: WorkView = {
	id: 4 as WorkId,
	label: 'cancelling jobs',
	done: 50_000,
	total: 200_000,
	isEstimate: false,
	canCancel: true,
};

test('a long work is a bar in the line above the keys, which moves nothing else, and Ctrl-x stops it', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1)]);
	using mounted = await mountScreen(engine);
	await mounted.see('Job 1');
	const before = mounted.frame().split('\n');
	engine.change({works: [cancelling]});
	await mounted.see(/cancelling jobs .* 25% 50,000 of 200,000 Ctrl-x stops it/);
	const during = mounted.frame().split('\n');
	expect(during).toHaveLength(before.length);
	expect(during.filter((line, index) => line !== before[index])).toHaveLength(1);
	await mounted.type('\u0018');
	expect(engine.commands).toEqual([{type: 'cancel-work', id: 4}]);
	engine.change({works: []});
	await mounted.type('j');
	await mounted.notSee('cancelling jobs');
});

test('without a long work, Ctrl-x says that there is none', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1)]);
	using mounted = await mountScreen(engine);
	await mounted.type('\u0018');
	await mounted.see('nothing long is going on that could be stopped');
	expect(engine.commands).toEqual([]);
});

test('Ctrl-x reaches a work also while something is being written, and writes nothing there', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.type('a');
	await mounted.type('https');
	await mounted.see('source: https');
	engine.change({works: [{...cancelling, label: 'adding 100000 sources'}]});
	await mounted.see('adding 100000 sources');
	await mounted.type('\u0018');
	expect(engine.commands).toEqual([{type: 'cancel-work', id: 4}]);
	await mounted.see('source: https');
});

test('an act that was stopped on the way says how far it came', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1), scriptedJob(2)]);
	engine.answer(() => ({ok: true, changed: [1 as JobId], refused: [], isStopped: true}));
	using mounted = await mountScreen(engine);
	await mounted.type('\t');
	await mounted.type('p');
	await mounted.see('stopped: 1 job done, the rest is as it was');
});

test('an act on marked jobs that was stopped says how many are done, and leaves the marks to go on with', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1), scriptedJob(2), scriptedJob(3)]);
	engine.answer(() => ({ok: true, changed: [1 as JobId, 2 as JobId], refused: [], isStopped: true}));
	using mounted = await mountScreen(engine);
	await mounted.type('2');
	await mounted.type('\u0001');
	await mounted.type('c');
	await mounted.see('Sure?');
	await mounted.type('y');
	await mounted.see('stopped: 2 jobs cancelled, the rest is as it was');
	await mounted.type('j');
	await mounted.see('3 marked');
});

test('what was not added because it was stopped is still in the panel', async () => {
	const engine = scriptedEngine();
	engine.answer(() => ({ok: true, changed: [1 as JobId], refused: [], isStopped: true}));
	using mounted = await mountScreen(engine);
	await mounted.paste('https://a/1\nhttps://a/2');
	await mounted.type('\r');
	await mounted.see('stopped: added 1 job; the rest is still here');
	await mounted.see('Add 2 lines');
});
