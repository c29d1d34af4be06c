import {expect, test} from 'vitest';
import type {JobView} from '../../source/domain/job.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {scriptedActive, scriptedEngine, scriptedJob} from '../support/scripted-engine.ts';

const queue = (...ids: readonly number[]): readonly JobView[] =>
	ids.map((id, order) => scriptedJob(id, {title: `job number ${id}`, order}));

const failed = (...ids: readonly number[]): readonly JobView[] =>
	ids.map(id => scriptedJob(id, {status: 'failed', title: `job number ${id}`, endedAt: 1000 - id}));

const links = (count: number): readonly string[] =>
	Array.from({length: count}, (_, index) => `https://example.org/qcxpy/${index + 1}.mkv`);

test('an arrow that comes in two pieces moves, and takes no worker away', async () => {
	const engine = scriptedEngine({}, queue(1, 2));
	using mounted = await mountScreen(engine);
	await mounted.type('2');
	await mounted.type('\u001B[');
	await new Promise(resolve => setTimeout(resolve, 60));
	await mounted.type('B');
	await mounted.see('▌· job number 2');
	expect(engine.commands).toEqual([]);
});

test('sequences that mean no key do nothing', async () => {
	const engine = scriptedEngine({}, queue(1, 2));
	using mounted = await mountScreen(engine);
	await mounted.type('2\u001B[?1;2c\u001B[<0;3;4M\u001B]11;rgb:ffff/ffff/ffff\u001B\\\u001B[Iu\u001B');
	await mounted.type('j');
	expect(engine.commands).toEqual([]);
	expect(mounted.ends).toEqual([]);
});

test('Escape and a key in one read are both, where nothing is changed by it', async () => {
	using mounted = await mountScreen(scriptedEngine({}, queue(1, 2)));
	await mounted.type('2\r');
	await mounted.see('Goes to');
	await mounted.type('\u001Bj');
	await mounted.see('▌· job number 2');
});

test('Escape and a key in one read may have been Alt, so that nothing is removed by it', async () => {
	const engine = scriptedEngine({}, failed(1, 2));
	using mounted = await mountScreen(engine);
	await mounted.type('3\u001Bx');
	await mounted.see('Esc and x came as one; press x again if it was meant');
	expect(engine.commands).toEqual([]);
	await mounted.type('x');
	expect(engine.commands).toEqual([{type: 'remove', selection: {ids: [1]}}]);
});

test('Alt with a letter does not leave a line of text', async () => {
	const engine = scriptedEngine({}, queue(1, 2));
	using mounted = await mountScreen(engine);
	await mounted.type('2/one two');
	await mounted.type('\u001Bx\u001Bq');
	await mounted.see('filter: one two▏');
	await mounted.type('\u001Bb\u001Bd');
	await mounted.see('filter: one ▏');
	expect(engine.commands).toEqual([]);
});

test.each([
	['\u001B[D\u001B[DX', 'abX▏cd'],
	['\u0001X', 'X▏abcd'],
	['\u001B[HX\u001B[FY', 'XabcdY▏'],
	['\u001B[D\u001B[3~', 'abc▏'],
	['\u0001\u001B[C\u000B', 'a▏'],
	['\u001B[D\u0015', '▏d'],
	[' two\u0017', 'abcd ▏'],
	['\u0005\u007F\u007F', 'ab▏'],
	['漢字\u001B[D\u007F', 'abcd▏字'],
])('while filtering %j makes of abcd %j', async (keys, expected) => {
	using mounted = await mountScreen(scriptedEngine({}, queue(1)));
	await mounted.type('2/abcd');
	for (const key of keys.match(/\u001B\[\d?.~?|[^\u001B]/g) ?? []) await mounted.type(key);
	await mounted.see(`filter: ${expected} `);
});

test('the caret works in every line that is written', async () => {
	using mounted = await mountScreen(scriptedEngine());
	await mounted.type('a');
	await mounted.type('abc\u001B[D\u001B[DX');
	await mounted.see('source: aX▏bc');
	await mounted.type('\u001B');
	await mounted.type(':abc\u001B[D\u001B[DX');
	await mounted.see(':aX▏bc');
	await mounted.type('\u001B');
	await mounted.type('w1\u001B[D2');
	await mounted.see('(1-32): 2▏1');
});

test('digits before a key of a page say how often it is meant', async () => {
	using mounted = await mountScreen(scriptedEngine({}, queue(1)), {rows: 24});
	await mounted.type('?');
	await mounted.see('In the panes');
	await mounted.type('12');
	await mounted.see('12 times the next key');
	await mounted.type('j');
	const after = mounted.frame();
	await mounted.type('g');
	for (let press = 0; press < 12; press++) await mounted.type('j');
	expect(mounted.frame()).toBe(after);
	await mounted.type('5k');
	await mounted.type('5j');
	expect(mounted.frame()).toBe(after);
});

test('a count is forgotten by the key that follows', async () => {
	using mounted = await mountScreen(scriptedEngine({}, queue(1)), {rows: 24});
	await mounted.type('?9');
	await mounted.see('9 times');
	await mounted.type('\u001B');
	await mounted.notSee('9 times');
	await mounted.type('3');
	await mounted.see('━ 3 Failed');
});

test('help is about where one is, then about everywhere, and can be filtered', async () => {
	using mounted = await mountScreen(scriptedEngine({}, queue(1)), {rows: 24});
	await mounted.type('2\r');
	await mounted.type('?');
	await mounted.see(/━ Keys ━[^]*In the details of a job/);
	await mounted.type('/draw');
	await mounted.see('Keys · filter: draw▏');
	await mounted.see(/Everywhere[^]*Ctrl-l +Draw the screen again/);
	await mounted.notSee('Scroll down');
	await mounted.type('\r');
	await mounted.see('Keys · filter: draw ');
	await mounted.type('/');
	await mounted.type('\u001B');
	await mounted.see('Scroll down');
});

test.each([1, 1000])('%i pasted lines are never read as keys', async count => {
	const engine = scriptedEngine({}, queue(1, 2));
	using mounted = await mountScreen(engine);
	await mounted.type('2');
	await mounted.paste(links(count).join('\n'));
	await mounted.see(count === 1 ? 'source: https://example.org/qcxpy/1.mkv' : /Add 1,000 lines/);
	expect(engine.commands).toEqual([]);
	expect(mounted.ends).toEqual([]);
});

test('a bare paste of a thousand lines, cut anywhere, is one paste', async () => {
	const engine = scriptedEngine({}, queue(1, 2));
	using mounted = await mountScreen(engine);
	await mounted.type('2');
	const whole = `${links(1000).join('\r')}\r`;
	for (let from = 0; from < whole.length; from += 997) mounted.send(whole.slice(from, from + 997));
	await mounted.see(/Add 1,000 lines/);
	expect(engine.commands).toEqual([]);
	expect(mounted.ends).toEqual([]);
});

test('a paste with marks, cut anywhere, is one paste', async () => {
	const engine = scriptedEngine({}, queue(1, 2));
	using mounted = await mountScreen(engine);
	const whole = `\u001B[200~${links(40).join('\r')}\u001B[201~`;
	for (let from = 0; from < whole.length; from += 7) mounted.send(whole.slice(from, from + 7));
	await mounted.see(/Add 40 lines/);
	expect(engine.commands).toEqual([]);
});

test('sequences in a pasted text are no keys, with marks or bare', async () => {
	const engine = scriptedEngine({}, queue(1, 2));
	using mounted = await mountScreen(engine);
	await mounted.paste('https://example.org/\u001B[B\u001Bxq\u0003/1\u001B[5~\r\nhttps://example.org/2');
	await mounted.see(/Add 2 lines/);
	await mounted.type('\u001B');
	await mounted.notSee('Add 2 lines');
	mounted.send('https://example.org/3\u001B[A\u0003\u001Bq\rhttps://example.org/4\r');
	await mounted.see('https://example.org/3');
	expect(engine.commands).toEqual([]);
	expect(mounted.ends).toEqual([]);
});

test.each([
	['with marks', (text: string) => `\u001B[200~${text}\u001B[201~`],
	['bare', (text: string) => text],
])('a paste %s answers no question', async (_how, marked) => {
	const engine = scriptedEngine({}, failed(1, 2, 3));
	using mounted = await mountScreen(engine);
	await mounted.type('3  x');
	await mounted.see('Remove 2 marked jobs?');
	await mounted.type(marked('yes y\ry\r'));
	await mounted.see(/close this first|nothing was done/);
	await mounted.see('Remove 2 marked jobs?');
	await mounted.type(marked('yes, please'));
	await mounted.see(/close this first|nothing was done/);
	expect(engine.commands).toEqual([]);
});

test('a paste does not choose how to leave', async () => {
	const engine = scriptedEngine({active: [scriptedActive(1, 1)]});
	using mounted = await mountScreen(engine);
	await mounted.type('q');
	await mounted.see('1 job running');
	await mounted.type('some text');
	expect(mounted.ends).toEqual([]);
	await mounted.paste('s');
	expect(mounted.ends).toEqual([]);
});

test('a paste goes into the line that is being written, its first line only', async () => {
	using mounted = await mountScreen(scriptedEngine({}, queue(1, 2)));
	await mounted.type('2/ab\u001B[D');
	await mounted.paste('XY\nz');
	await mounted.see('filter: aXY▏b ');
});
