import {expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import {addSpoken} from '../../../source/tui/reader/adding.ts';
import {createNumbers} from '../../../source/tui/reader/numbers.ts';
import type {Session} from '../../../source/tui/reader/session.ts';
import {scriptedEngine} from '../../support/scripted-engine.ts';

test('an album is told for what it is, and added when a person says yes', async () => {
	const engine = scriptedEngine();
	const requests = [{source: 'x:1'}, {source: 'x:2'}];
	engine.answerExpand(async () => ({
		ok: true,
		groups: [{title: 'Air - Moon \u001B[31mSafari', requests}],
		leftOut: [{what: 'three', why: 'it is a video'}],
		notes: ['an edition was chosen'],
	}));
	engine.answer(() => ({ok: true, changed: [7 as JobId], refused: []}));
	const said: string[] = [];
	let asked = '';
	let yes: (() => unknown) | undefined;
	const session = {
		engine,
		numbers: createNumbers(),
		say: (...lines: readonly string[]) => void said.push(...lines),
		ask(question: string, answers: ReadonlyArray<{readonly words: readonly string[]; readonly act: () => unknown}>) {
			asked = question;
			yes = answers.find(({words}) => words.includes('yes'))?.act;
		},
	} as unknown as Session;
	await addSpoken(session, 'deezer:302127');
	expect(engine.expansions).toEqual(['deezer:302127']);
	expect(said).toEqual(['looking it up', 'an edition was chosen', 'left out: three, it is a video']);
	expect(asked).toBe('Air - Moon Safari 2 tracks. Add?');
	expect(engine.commands).toEqual([]);
	await yes?.();
	expect(engine.commands).toMatchObject([{type: 'add', requests, batch: expect.stringContaining('Air - Moon')}]);
	engine.answerExpand(async () => ({ok: false, code: 'failed', message: 'Deezer has nothing of that id'}));
	await addSpoken(session, 'deezer:1');
	expect(said.at(-1)).toBe('Deezer has nothing of that id');
});
