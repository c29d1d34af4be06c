import {expect, test} from 'vitest';
import type {JobId} from '../../source/domain/job.ts';
import type {SourcePreview} from '../../source/domain/preview.ts';
import type {AddRequest, CommandResult, EngineCommand, Expanded} from '../../source/engine/ports.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {newSource, scriptedEngine, scriptedJob, type ScriptedEngine} from '../support/scripted-engine.ts';

const links = (number: number): readonly string[] =>
	Array.from({length: number}, (_, index) => `https://example.org/${index + 1}.mkv`);

/** Adds everything but what begins with `gopher`. */
const takeGood = (engine: ScriptedEngine): void =>
	engine.answer((command: EngineCommand): CommandResult => {
		if (command.type !== 'add') return {ok: true, changed: [], refused: []};
		const bad = command.requests.flatMap(({source}, index) =>
			source.startsWith('gopher') ? [{index, source, problem: 'no provider takes gopher: addresses'}] : [],
		);
		const changed = command.requests
			.map((_, index) => (index + 1) as JobId)
			.filter(id => !bad.some(({index}) => index === id - 1));
		return {ok: true, changed, refused: [], bad};
	});

const judge = (source: string): SourcePreview =>
	source.startsWith('gopher')
		? {type: 'bad', source, problem: 'no provider takes gopher: addresses'}
		: source.includes('known')
			? {...known(source)}
			: newSource(source);

const known = (source: string): SourcePreview => {
	const {type: _type, ...rest} = newSource(source) as Extract<SourcePreview, {type: 'new'}>;
	return {...rest, type: 'duplicate', id: 17 as JobId, status: 'queued', because: 'source'};
};

const sent = (engine: ScriptedEngine): readonly string[] =>
	engine.commands.flatMap(command => (command.type === 'add' ? command.requests.map(({source}) => source) : []));

test('a typed source is added with Enter', async () => {
	const engine = scriptedEngine();
	engine.answer(() => ({ok: true, changed: [7 as JobId], refused: []}));
	using mounted = await mountScreen(engine);
	await mounted.type('a');
	await mounted.type('qpx1');
	await mounted.see('source: qpx1');
	await mounted.see('+ new, by http');
	await mounted.type('\r');
	await mounted.see('added 1 job');
	expect(engine.commands).toEqual([{type: 'add', requests: [{source: 'qpx1'}], skipBad: true}]);
});

test('Enter right behind the last letter does not wait for anybody to read the preview', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.type('aqpx1\r');
	await mounted.see('added 0 jobs');
	expect(sent(engine)).toEqual(['qpx1']);
});

test('a thousand pasted lines are one list, shown with what each of them is, and one command', async () => {
	const engine = scriptedEngine();
	takeGood(engine);
	using mounted = await mountScreen(engine);
	await mounted.paste(links(1000).join('\r\n'));
	await mounted.see('Add 1,000 lines: 1,000 new');
	expect(engine.commands).toEqual([]);
	await mounted.type('\r');
	await mounted.see('added 1,000 jobs');
	expect(engine.commands).toHaveLength(1);
	expect(sent(engine)).toEqual(links(1000));
});

test('a paste without marks of a paste is none the less not read as keys', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1)]);
	using mounted = await mountScreen(engine);
	await mounted.type('https://example.org/qcxp\rhttps://example.org/2\r');
	await mounted.see('Add 2 lines: 2 new');
	expect(engine.commands).toEqual([]);
	expect(mounted.ends).toEqual([]);
});

test.each([1, 3, 7, 41, 64, 1000])('a list that comes bare in pieces of %i characters is the same list', async size => {
	const engine = scriptedEngine({}, [scriptedJob(1)]);
	using mounted = await mountScreen(engine);
	const text = `${links(60).join('\r')}\r`;
	for (let from = 0; from < text.length; from += size) await mounted.type(text.slice(from, from + size));
	await mounted.see('Add 60 lines: 60 new');
	expect(engine.commands).toEqual([]);
	await mounted.type('\r');
	await mounted.see('added');
	expect(sent(engine)).toEqual(links(60));
});

test('a bare list that pauses in the middle of a line goes on there, and its last line end adds nothing', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1)]);
	using mounted = await mountScreen(engine);
	const text = `${links(30).join('\r')}\r`;
	const cut = text.indexOf('/12.mkv') + 4;
	await mounted.type(text.slice(0, cut));
	await mounted.see('source: https://example.org/12.');
	await mounted.type(text.slice(cut, -4));
	await mounted.see('source: https://example.org/30');
	await mounted.type(text.slice(-4));
	await mounted.see('source: ▏');
	await mounted.see('Add 30 lines: 30 new');
	expect(engine.commands).toEqual([]);
	await mounted.type('\r');
	await mounted.see('added');
	expect(sent(engine)).toEqual(links(30));
});

test('what is new, known and bad is counted and named, and what needs a look stands first', async () => {
	const engine = scriptedEngine();
	engine.answerPreview(requests => requests.map(({source}) => judge(source)));
	using mounted = await mountScreen(engine);
	await mounted.paste([...links(20), 'https://example.org/known', 'gopher://x'].join('\n'));
	await mounted.see('Add 22 lines: 20 new, 1 already queued as job 17, 1 cannot be added: no provider takes');
	await mounted.see(
		/22 ✗ cannot be added: no provider takes gopher: addresses · gopher:\/\/x\s*\n.*21 = already queued as job 17/,
	);
	await mounted.see(/ 1 \+ new, by http · /);
});

test('Enter adds what is good; what is bad stays to be corrected', async () => {
	const engine = scriptedEngine();
	engine.answerPreview(requests => requests.map(({source}) => judge(source)));
	takeGood(engine);
	using mounted = await mountScreen(engine);
	await mounted.paste('https://a/1\ngopher://x\nhttps://a/3');
	await mounted.see('1 cannot be added');
	await mounted.type('\r');
	await mounted.see('added 2 jobs; 1 line that cannot be stays here');
	await mounted.see('Add 1 line: 1 cannot be added');
	// Up to the line, into the field, and mended there.
	await mounted.type('\u001B[B');
	await mounted.type('\u000F');
	await mounted.see('source: gopher://x');
	await mounted.type('\u0015');
	await mounted.type('https:');
	await mounted.see('Add 1 line: 1 new');
	await mounted.type('\r');
	await mounted.see('added 1 job');
	expect(sent(engine)).toEqual(['https://a/1', 'gopher://x', 'https://a/3', 'https:']);
});

test('Esc leaves adding without adding, and what was written is there again', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.paste(links(3).join('\n'));
	await mounted.type('typed');
	await mounted.see('Add 4 lines');
	await mounted.type('\u001B');
	await mounted.notSee('Add 4 lines');
	expect(engine.commands).toEqual([]);
	await mounted.type('a');
	await mounted.see('Add 4 lines: 4 new');
	await mounted.see('source: typed');
});

test('a line can be left out of a pasted list', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.paste(links(3).join('\n'));
	await mounted.see('3 new');
	await mounted.type('\u001B[B');
	await mounted.type('\u001B[B');
	await mounted.type('\u007F');
	await mounted.see('Add 2 lines: 2 new');
	await mounted.type('\r');
	await mounted.see('added');
	expect(sent(engine)).toEqual(['https://example.org/1.mkv', 'https://example.org/3.mkv']);
});

test('batch, priority, paused, provider and quality are one Tab away each', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.type('a');
	await mounted.type('one');
	await mounted.type('\tSeason 1\t7\t \taria2\t720p');
	await mounted.see('batch Season 1  priority 7  paused yes  provider aria2  quality 720p');
	await mounted.type('\r');
	await mounted.see('added');
	expect(engine.commands).toEqual([
		{
			type: 'add',
			batch: 'Season 1',
			skipBad: true,
			requests: [{source: 'one', provider: 'aria2', priority: 7, isPaused: true, options: {quality: '720p'}}],
		},
	]);
	// The next addition begins anew.
	await mounted.type('a');
	await mounted.see('batch none  priority 5  paused no  provider any  quality any  episodes none');
});

test('episodes fill the place in the source, and each is looked at', async () => {
	const engine = scriptedEngine();
	engine.answerPreview(requests => requests.map(({source}) => judge(source.replace('e02', 'known'))));
	using mounted = await mountScreen(engine);
	await mounted.type('a');
	await mounted.type('x/e{{episode:02}'.replace('{{', '{'));
	await mounted.see('cannot be added: say which episodes');
	await mounted.type('\u001B[Z');
	await mounted.type('1-3');
	await mounted.see('3 episodes: 2 new, 1 already queued as job 17');
	await mounted.type('\r');
	await mounted.see('added');
	expect(sent(engine)).toEqual(['x/e01', 'x/e02', 'x/e03']);
});

test('the path of a list is looked into, and its sources are added', async () => {
	const engine = scriptedEngine();
	engine.answerPreview(requests =>
		requests.map(({source}): SourcePreview =>
			source.startsWith('~') ? {type: 'bad', source, problem: 'it is no address'} : judge(source),
		),
	);
	engine.answerExpand(async path =>
		path === '/home/me/lists/all.txt'
			? {ok: true, groups: [{title: 'all', requests: links(132).map(source => ({source}))}], leftOut: [], notes: []}
			: {ok: false, code: 'bad-request', message: `${path}: there is no such file`},
	);
	using mounted = await mountScreen(engine, {absolutePath: path => path.replace('~', '/home/me')});
	await mounted.type('a');
	await mounted.type('~/lists/all.tx');
	await mounted.see('cannot be added: /home/me/lists/all.tx: there is no such file');
	await mounted.type('t');
	await mounted.see('a list of 132 sources: 132 new');
	await mounted.type('\r');
	await mounted.see('added');
	expect(sent(engine)).toEqual(links(132));
	expect(engine.commands).toMatchObject([{batch: 'all'}]);
});

const tracks = (...names: readonly string[]): readonly AddRequest[] =>
	names.map(title => ({source: `finder:${title}`, title, options: {track: {title, artists: ['Air']}}}));

const album: Expanded = {
	ok: true,
	groups: [{title: 'Air - Moon Safari', requests: tracks('one', 'two', 'known')}],
	leftOut: [{what: 'four', why: 'it is a video'}],
	notes: [],
};

test('an album is shown for what it is before it is added, as a batch of its name', async () => {
	const engine = scriptedEngine();
	engine.answerPreview(requests => requests.map(({source}) => judge(source)));
	engine.answerExpand(async () => album);
	takeGood(engine);
	using mounted = await mountScreen(engine);
	await mounted.type('a');
	await mounted.paste('deezer:album/302127');
	await mounted.see('Air - Moon Safari, 3 tracks, 1 left out: 2 new, 1 already queued as job 17');
	expect(engine.expansions).toEqual(['deezer:album/302127']);
	await mounted.type('\r');
	await mounted.see('added 3 jobs');
	expect(engine.commands).toEqual([
		{type: 'add', requests: tracks('one', 'two', 'known'), skipBad: true, batch: 'Air - Moon Safari'},
	]);
});

test('Enter on an album that nobody has seen shows it first, and adds it the second time', async () => {
	const engine = scriptedEngine();
	engine.answerExpand(async () => album);
	takeGood(engine);
	using mounted = await mountScreen(engine);
	await mounted.type('adeezer:1\r');
	await mounted.see('Enter adds what is shown');
	await mounted.see('Air - Moon Safari, 3 tracks');
	expect(engine.commands).toEqual([]);
	await mounted.type('\r');
	await mounted.see('added 3 jobs');
});

test('the albums of an artist become batches of their own, unless one name is given for all', async () => {
	const engine = scriptedEngine();
	engine.answerExpand(async () => ({
		ok: true,
		groups: [
			{title: 'A', requests: tracks('1', '2')},
			{title: 'B', requests: tracks('3')},
		],
		leftOut: [],
		notes: [],
	}));
	takeGood(engine);
	using mounted = await mountScreen(engine);
	await mounted.type('a');
	await mounted.paste('deezer:artist/27\nhttps://example.org/x.iso\n');
	await mounted.see('2 albums, 3 tracks: 3 new');
	await mounted.type('\r');
	await mounted.see('added 4 jobs');
	expect(engine.commands).toMatchObject([
		{batch: 'A', requests: tracks('1', '2')},
		{batch: 'B', requests: tracks('3')},
		{requests: [{source: 'https://example.org/x.iso'}]},
	]);
	await mounted.type('a');
	await mounted.paste('deezer:artist/27');
	await mounted.see('2 albums');
	await mounted.type('\t');
	await mounted.type('Mine');
	await mounted.type('\r');
	await mounted.see('added 3 jobs');
	expect(engine.commands.at(-1)).toMatchObject({batch: 'Mine'});
	expect(engine.commands).toHaveLength(4);
});

test('an album that is erased while a catalog is asked is not asked for any longer', async () => {
	const engine = scriptedEngine();
	const signals: AbortSignal[] = [];
	engine.answerExpand(
		(_, options) =>
			new Promise(resolve => {
				const {signal} = options ?? {};
				if (signal === undefined) return;
				signals.push(signal);
				signal.addEventListener('abort', () => resolve({ok: false, code: 'stopped', message: 'it was stopped'}));
			}),
	);
	using mounted = await mountScreen(engine);
	await mounted.type('a');
	await mounted.paste('deezer:1');
	await mounted.see('being looked up');
	await expect.poll(() => signals.length).toBe(1);
	await mounted.type('\u0015');
	await expect.poll(() => signals[0]?.aborted).toBe(true);
	await mounted.notSee('being looked up');
});

test('a provider that is named and takes the page itself is given the page', async () => {
	const engine = scriptedEngine();
	takeGood(engine);
	using mounted = await mountScreen(engine);
	await mounted.type('a');
	await mounted.paste('https://www.deezer.com/track/1');
	await mounted.type('\t\t\t\t');
	await mounted.type('orpheus');
	await mounted.see('new, by http');
	await mounted.type('\r');
	await mounted.see('added 1 job');
	expect(sent(engine)).toEqual(['https://www.deezer.com/track/1']);
});

test('an answer that comes late does not stand beside what was written since', async () => {
	const engine = scriptedEngine();
	const gates: Array<() => void> = [];
	engine.answerPreview(
		requests =>
			new Promise(resolve => {
				gates.push(() => resolve(requests.map(({source}) => judge(source))));
			}),
	);
	using mounted = await mountScreen(engine);
	await mounted.paste('gopher://x');
	await mounted.see('being looked at');
	await mounted.type('\u0015');
	await mounted.type('good');
	gates[0]?.();
	await mounted.see('being looked at');
	expect(mounted.frame()).not.toContain('cannot be added');
	await expect.poll(() => gates.length).toBe(2);
	gates[1]?.();
	await mounted.see('1 new');
});

test('when nobody answers what the sources are, they can be added all the same', async () => {
	const engine = scriptedEngine();
	engine.answerPreview(() => Promise.reject(new Error('the scheduler cannot be reached')));
	using mounted = await mountScreen(engine);
	await mounted.paste('https://a/1');
	await mounted.see('nobody answers what they are');
	await mounted.type('\r');
	await mounted.see('added');
	expect(sent(engine)).toEqual(['https://a/1']);
});

test('what the queue refuses as a whole stays in the panel', async () => {
	const engine = scriptedEngine();
	engine.answer(() => ({ok: false, code: 'store-failed', message: 'the disk of the queue is full'}));
	using mounted = await mountScreen(engine);
	await mounted.paste(links(3).join('\n'));
	await mounted.type('\r');
	await mounted.see('the disk of the queue is full');
	await mounted.see('Add 3 lines: 3 new');
});

test('sources that are known already are counted', async () => {
	const engine = scriptedEngine();
	engine.answer(() => ({ok: true, changed: [], refused: [], duplicates: [{source: 'https://a/1', id: 3 as JobId}]}));
	using mounted = await mountScreen(engine);
	await mounted.paste('https://a/1');
	await mounted.type('\r');
	await mounted.see('added 0 jobs, 1 known already');
});

test('control characters of a paste reach neither the screen nor the engine', async () => {
	const engine = scriptedEngine();
	using mounted = await mountScreen(engine);
	await mounted.paste('https://a/\u001B]0;title\u0007x\u202Ey');
	await mounted.type('\r');
	await mounted.see('added');
	expect(sent(engine)).toEqual(['https://a/xy']);
});
