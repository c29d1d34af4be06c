import {expect, test} from 'vitest';
import type {JobView} from '../../source/domain/job.ts';
import {remapped} from '../../source/tui/remap.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {scriptedActive, scriptedEngine, scriptedJob} from '../support/scripted-engine.ts';

const queue = (...ids: readonly number[]): readonly JobView[] =>
	ids.map((id, order) => scriptedJob(id, {title: `job number ${id}`, order}));

test('every action is there by its name, with its key; Enter does it', async () => {
	const engine = scriptedEngine({}, queue(1, 2));
	using mounted = await mountScreen(engine);
	await mounted.type('2:');
	await mounted.see('━ Actions ');
	await mounted.type('cancel');
	await mounted.see(/▌ cancel +Cancel the job +c$/m);
	await mounted.type('\r');
	expect(engine.commands).toEqual([{type: 'cancel', selection: {ids: [1]}}]);
	await mounted.notSee('━ Actions ');
});

test('an action that is not possible says why in its place, and again when it is tried', async () => {
	const engine = scriptedEngine({}, queue(1));
	using mounted = await mountScreen(engine);
	await mounted.type('2:retry');
	await mounted.see(/retry +a job that is queued cannot be retried +r$/m);
	await mounted.type('\r');
	await mounted.see('! a job that is queued cannot be retried');
	expect(engine.commands).toEqual([]);
});

test('the arrows choose, Esc goes back, and nothing is done', async () => {
	const engine = scriptedEngine({}, queue(1));
	using mounted = await mountScreen(engine);
	await mounted.type('2:focus');
	await mounted.see(/▌ focus-active/);
	await mounted.type('\u001B[B');
	await mounted.see(/▌ focus-queued/);
	await mounted.type('\u001B');
	await mounted.notSee('━ Actions ');
	expect(engine.commands).toEqual([]);
});

test('what nothing is called is said', async () => {
	using mounted = await mountScreen(scriptedEngine());
	await mounted.type(':frobnicate');
	await mounted.see('nothing is called so');
	await mounted.type('\r');
	await mounted.see('there is no action "frobnicate"');
});

test.each([
	[':workers 8', [{type: 'set-workers', count: 8}]],
	[':w 12', [{type: 'set-workers', count: 12}]],
	[':w 40', []],
	[':w x', []],
])('%s sets the workers', async (keys, commands) => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.type(keys);
	await mounted.type('\r');
	expect(engine.commands).toEqual(commands);
});

test(':120 goes to the row of this number', async () => {
	using mounted = await mountScreen(scriptedEngine({}, queue(...Array.from({length: 1500}, (_, index) => index + 1))));
	await mounted.type('2');
	await mounted.type(':120\r');
	await mounted.see(/▌· job number 120 /);
	await mounted.type(':1400');
	await mounted.type('\r');
	await mounted.see(/▌· job number 1400 /);
	await mounted.type('\u0007');
	await mounted.see(':go-to ▏');
	await mounted.type('3\r');
	await mounted.see(/▌· job number 3 /);
});

test(':filter sets a filter, :sort a sort, :theme a theme, :add begins to add', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 12));
	using mounted = await mountScreen(engine);
	await mounted.type('2:filter number 1');
	await mounted.type('\r');
	await mounted.see('2 Queue 3 · filter: number 1');
	await mounted.notSee('job number 2 ');
	await mounted.type(':sort added');
	await mounted.type('\r');
	await mounted.see('newest first');
	await mounted.type(':theme nosuch');
	await mounted.type('\r');
	await mounted.see(/no theme "nosuch"|without colours/);
	await mounted.type(':add something-else');
	await mounted.type('\r');
	await mounted.see('source: something-else');
	expect(engine.commands).toEqual([]);
});

test('Tab writes the name of what is chosen, so that a value can be given', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.type(':work');
	await mounted.type('\t9');
	await mounted.see(':workers 9▏');
	await mounted.type('\r');
	expect(engine.commands).toEqual([{type: 'set-workers', count: 9}]);
});

test('the palette asks before it acts on a job that has slipped under the cursor, as keys do', async () => {
	const engine = scriptedEngine({}, queue(1, 2, 3));
	using mounted = await mountScreen(engine);
	await mounted.type('2j');
	engine.setJobs(queue(1, 3));
	await mounted.see(/▌· job number 3/);
	await mounted.type(':cancel\r');
	await mounted.see('once more for: job number 3');
	expect(engine.commands).toEqual([]);
});

test('over a page the palette has the actions of that page, and the page stays to be seen', async () => {
	using mounted = await mountScreen(scriptedEngine({active: [scriptedActive(1, 1, {title: 'running'})]}));
	await mounted.type('\r');
	await mounted.see('Goes to');
	await mounted.type(':');
	await mounted.see(/follow +/);
	await mounted.see('Goes to');
	await mounted.notSee('retry-all');
	await mounted.type('close\r');
	await mounted.see('1 Active');
});

test('the answers when leaving can be given by name', async () => {
	using mounted = await mountScreen(scriptedEngine({active: [scriptedActive(1, 1)]}));
	await mounted.type(':quit-finish\r');
	expect(mounted.ends).toEqual([{reason: 'quit', choice: 'finish'}]);
});

test('other keys hold everywhere: in what is done, in the footer, in help, in the palette and in questions', async () => {
	const engine = scriptedEngine({active: [scriptedActive(1, 1, {title: 'running'})]}, queue(11));
	const keymap = remapped({panes: {cancel: 'C', 'toggle-pause': 'f5', quit: ['Q']}, quit: {'quit-finish': 'e'}});
	using mounted = await mountScreen(engine, {keymap});
	await mounted.see('f5 pause');
	await mounted.type('c');
	await mounted.type('p');
	expect(engine.commands).toEqual([]);
	await mounted.type('C');
	await mounted.type('\u001B[15~');
	expect(engine.commands.map(({type}) => type)).toEqual(['cancel', 'pause']);
	await mounted.type('?');
	await mounted.type('/cancel the');
	await mounted.see(/^ {2}C +Cancel the job/m);
	await mounted.type('\u001B');
	await mounted.type('\u001B');
	await mounted.type(':cancel');
	await mounted.see(/cancel +Cancel the job +C$/m);
	await mounted.type('\u001B');
	await mounted.type('Q');
	await mounted.see(/^ e +finish what runs/m);
	await mounted.type('e');
	expect(mounted.ends).toEqual([{reason: 'quit', choice: 'finish'}]);
});
