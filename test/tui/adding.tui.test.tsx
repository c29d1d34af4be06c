import {expect, test} from 'vitest';
import type {JobId} from '../../source/domain/job.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {scriptedEngine, scriptedJob} from '../support/scripted-engine.ts';

const links = (number: number): readonly string[] =>
	Array.from({length: number}, (_, index) => `https://example.org/${index + 1}.mkv`);

test('a typed source is added with Enter', async () => {
	const engine = scriptedEngine();
	engine.answer(() => ({ok: true, changed: [7 as JobId], refused: []}));
	using mounted = await mountScreen(engine);
	await mounted.type('a');
	await mounted.type('qpx1');
	await mounted.see('source: qpx1');
	await mounted.type('\r');
	expect(engine.commands).toEqual([{type: 'add', requests: [{source: 'qpx1'}]}]);
	await mounted.see('added 1 job');
});

test('a thousand pasted lines are one list, shown with their count, and one command', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.paste(links(1000).join('\r\n'));
	await mounted.see('Add 1,000 pasted lines');
	expect(engine.commands).toEqual([]);
	await mounted.type('\r');
	expect(engine.commands).toHaveLength(1);
	expect(engine.commands[0]).toEqual({type: 'add', requests: links(1000).map(source => ({source}))});
});

test('a paste without marks of a paste is none the less not read as keys', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1)]);
	using mounted = await mountScreen(engine);
	await mounted.type('https://example.org/qcxp\rhttps://example.org/2\r');
	await mounted.see('Add 2 pasted lines');
	expect(engine.commands).toEqual([]);
	expect(mounted.ends).toEqual([]);
});

test('bad lines are named with their number, nothing is added, and a second Enter adds the others', async () => {
	const engine = scriptedEngine();
	engine.answer(command =>
		command.type === 'add' && command.skipBad !== true
			? {
					ok: false,
					code: 'bad-request',
					message: '1 of 3 sources cannot be added',
					bad: [{index: 1, source: 'gopher://x', problem: 'no provider takes gopher addresses'}],
				}
			: {ok: true, changed: [1 as JobId, 2 as JobId], refused: [], bad: []},
	);
	using mounted = await mountScreen(engine);
	await mounted.paste('https://a/1\ngopher://x\nhttps://a/3');
	await mounted.type('\r');
	await mounted.see('Nothing was added: 1 bad line. Enter adds the other 2');
	await mounted.see('line 2: no provider takes gopher addresses: gopher://x');
	await mounted.type('\r');
	expect(engine.commands.at(-1)).toMatchObject({type: 'add', skipBad: true});
	await mounted.see('added 2 jobs');
});

test('sources that are known already are counted', async () => {
	const engine = scriptedEngine();
	engine.answer(() => ({
		ok: true,
		changed: [],
		refused: [],
		duplicates: [{source: 'https://a/1', id: 3 as JobId}],
	}));
	using mounted = await mountScreen(engine);
	await mounted.paste('https://a/1');
	await mounted.type('\r');
	await mounted.see('added 0 jobs, 1 source known already');
});

test('control characters of a paste reach neither the screen nor the engine', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.paste('https://a/\u001B]0;title\u0007x\u202Ey');
	await mounted.type('\r');
	expect(engine.commands).toEqual([{type: 'add', requests: [{source: 'https://a/xy'}]}]);
});

test('Esc leaves adding without adding', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.paste(links(3).join('\n'));
	await mounted.type('\u001B');
	await mounted.notSee('pasted lines');
	expect(engine.commands).toEqual([]);
});
