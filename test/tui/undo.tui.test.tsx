import {expect, test} from 'vitest';
import {mountScreen} from '../support/mounted-screen.tsx';
import {scriptedEngine, scriptedJob, scriptedNow} from '../support/scripted-engine.ts';

const jobs = [
	scriptedJob(11, {title: 'first in line'}),
	scriptedJob(12, {title: 'second in line'}),
	scriptedJob(31, {title: 'well done', status: 'completed', size: 1000, endedAt: 1, outputPath: '/srv/well-done.mkv'}),
];

const step = (label: string) => ({label, until: scriptedNow + 300_000});

// Mutation seen to fail: the hint behind every command.
test('an act that can be taken back says with which key; others do not', async () => {
	const engine = scriptedEngine({}, jobs);
	engine.answer(() => ({ok: true, changed: [11 as never], refused: []}));
	using mounted = await mountScreen(engine);
	await mounted.type('2c');
	await mounted.see('cancelled: first in line · z undoes');
	await mounted.type('p');
	await mounted.see('paused: first in line');
	await mounted.notSee('z undoes');
	await mounted.type('>');
	await mounted.see('priority 6: first in line · z undoes');
});

test('z takes the last act back and says what it was; Z does it again', async () => {
	const engine = scriptedEngine({undo: step('cancel: first in line'), redo: step('remove 3 jobs')}, jobs);
	engine.answer(({type}) => ({
		ok: true,
		changed: [],
		refused: [],
		label: type === 'undo' ? 'cancel: first in line' : 'remove 3 jobs',
	}));
	using mounted = await mountScreen(engine);
	await mounted.type('z');
	await mounted.see('undone: cancel: first in line · Z does it again');
	await mounted.type('Z');
	await mounted.see('done again: remove 3 jobs · z undoes');
	expect(engine.commands).toEqual([{type: 'undo'}, {type: 'redo'}]);
});

test('z says that there is nothing to undo', async () => {
	const engine = scriptedEngine({}, jobs);
	engine.answer(({type}) => ({ok: false, code: 'refused', message: `there is nothing to ${type}`}));
	using mounted = await mountScreen(engine);
	await mounted.type('z');
	await mounted.see('there is nothing to undo');
	await mounted.type('Z');
	await mounted.see('there is nothing to redo');
});

test('what could not be taken back says why', async () => {
	const engine = scriptedEngine({undo: step('cancel 2 jobs')}, jobs);
	engine.answer(() => ({
		ok: true,
		changed: [11 as never],
		refused: [{id: 12 as never, reason: 'it has been started since'}],
		label: 'cancel 2 jobs',
	}));
	using mounted = await mountScreen(engine);
	await mounted.type('z');
	await mounted.see('undone: cancel 2 jobs; 1 job changed; not 1: it has been started since');
});

// Mutation seen to fail: sent at once, `undo` came before the cancel that it was to take back.
test('an act and z in one read are an act and its undo, however long the act takes', async () => {
	const engine = scriptedEngine({}, jobs);
	const {promise, resolve} = Promise.withResolvers<void>();
	engine.answer(async ({type}) => {
		if (type === 'cancel') await promise;
		return {ok: true, changed: [11 as never], refused: [], label: 'cancel: first in line'};
	});
	using mounted = await mountScreen(engine);
	await mounted.type('2cz');
	expect(engine.commands.map(({type}) => type)).toEqual(['cancel']);
	resolve();
	await mounted.see('undone: cancel: first in line');
	expect(engine.commands.map(({type}) => type)).toEqual(['cancel', 'undo']);
});

test('the footer shows z where there is something to take back', async () => {
	const engine = scriptedEngine({}, jobs);
	using mounted = await mountScreen(engine);
	await mounted.notSee('z undo');
	engine.change({undo: step('cancel: first in line')});
	await mounted.see('z undo');
});
