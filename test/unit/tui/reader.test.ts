import * as fc from 'fast-check';
import {expect, test, vi} from 'vitest';
import {noCounts} from '../../../source/domain/batch.ts';
import type {JobView} from '../../../source/domain/job.ts';
import {keymapTable} from '../../../source/tui/keymap.ts';
import {createAnnouncer} from '../../../source/tui/reader/announcer.ts';
import {findCommand, readerCommands} from '../../../source/tui/reader/commands.ts';
import {createLineEditor} from '../../../source/tui/reader/line-editor.ts';
import {newsOf, type Told} from '../../../source/tui/reader/news.ts';
import {createNumbers} from '../../../source/tui/reader/numbers.ts';
import {parse} from '../../../source/tui/reader/parse.ts';
import {createVoice} from '../../../source/tui/reader/voice.ts';
import {about} from '../../../source/tui/reader/words.ts';
import {scriptedEngine, scriptedJob, scriptedNow, scriptedSnapshot} from '../../support/scripted-engine.ts';

test.each([
	['pause 2', 'pause', [2]],
	['2 pause', 'pause', [2]],
	['p2', 'p', [2]],
	['2p', 'p', [2]],
	['P', 'P', []],
	['Pause 2', 'pause', [2]],
	['cancel 3-5, 8', 'cancel', [3, 4, 5, 8]],
	['7', '', [7]],
	['  list   failed ', 'list', []],
	['5-3 pause', 'pause', []],
	['', '', []],
	['!', '!', []],
])('%j is the word %j and the numbers %j', (line, word, numbers) => {
	expect(parse(line)).toMatchObject({word, numbers});
});

test('an address alone is something to add, whatever numbers are in it', () => {
	expect(parse('https://example.org/2/3-4.mkv')).toMatchObject({
		word: 'add',
		numbers: [],
		rest: 'https://example.org/2/3-4.mkv',
	});
	expect(parse('add https://example.org/2')).toMatchObject({word: 'add', rest: 'https://example.org/2'});
});

test('no line, however strange, makes parsing fail or takes long', () => {
	fc.assert(
		fc.property(fc.oneof(fc.string({unit: 'binary'}), fc.stringMatching(/^[\d\-, a-z]*$/)), line => {
			expect(parse(line).numbers.length).toBeLessThanOrEqual(1000 * 100);
		}),
	);
	expect(parse('1-999999 pause').numbers.length).toBeLessThanOrEqual(1000);
});

test('no word and no letter means two things', () => {
	const words = readerCommands.flatMap(command => command.words);
	expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
});

test('whatever a key of the screen does that a shell command does too, a line does as well', () => {
	for (const row of keymapTable()) {
		const [verb] = row.command?.split(' ') ?? [];
		if (verb !== undefined) expect(findCommand(verb), `${row.action}: ${verb}`).toBeDefined();
	}
});

test('letters mean what the keys of the same name mean on the screen', () => {
	for (const row of keymapTable().filter(one => one.scope === 'panes' && one.command !== undefined)) {
		for (const key of row.keys.filter(one => /^[A-Za-z!?/<>[\]]$/.test(one))) {
			const command = findCommand(key);
			if (command === undefined || command.words.length === 1) continue;
			const [verb = ''] = row.command?.split(' ') ?? [];
			// The screen's own order of words: `/` finds, `>` and `<` shift the priority.
			const same: Readonly<Record<string, string>> = {'/': 'find', '>': 'raise', '<': 'lower'};
			expect(command.words, `${key}: ${row.label}`).toContain(same[key] ?? verb);
		}
	}
});

test('a number means the same job until there is another list', () => {
	const numbers = createNumbers();
	expect(numbers.name(scriptedJob(7, {title: 'seven'}))).toBe(1);
	expect(numbers.name(scriptedJob(9, {title: 'ni\u001B[2Jne'}))).toBe(2);
	expect(numbers.name(scriptedJob(7))).toBe(1);
	expect(numbers.get(2)).toEqual({number: 2, id: 9, title: 'nine'});
	numbers.clear();
	expect(numbers.get(1)).toBeUndefined();
});

const told = (change: Partial<Told> = {}): Told => ({...scriptedSnapshot, ...change});
const completed = (id: number): JobView =>
	scriptedJob(id, {status: 'completed', size: 1_200_000, title: `Title ${id}`});
const failed = (id: number): JobView =>
	scriptedJob(id, {
		status: 'failed',
		title: `Title ${id}`,
		error: {code: 'not-found', class: 'permanent', message: 'the server answered 404'},
	});

test('one that completed is told with its size, several are told in one breath', () => {
	const name = createNumbers().name;
	const busy = told({counts: {...noCounts, queued: 1}});
	expect(newsOf(busy, busy, [completed(1)], name)).toEqual(['completed: Title 1, 1.2 MB']);
	expect(newsOf(busy, busy, [1, 2, 3, 4, 5].map(completed), name)).toEqual([
		'5 completed: Title 1; Title 2; Title 3; and 2 more',
	]);
});

test('one that failed is told with its reason and a number to act on', () => {
	const numbers = createNumbers();
	const busy = told({counts: {...noCounts, queued: 1}});
	expect(newsOf(busy, busy, [4, 5, 6, 7, 8].map(failed), numbers.name)).toEqual([
		'failed: number 1, Title 4, the server answered 404',
		'failed: number 2, Title 5, the server answered 404',
		'failed: number 3, Title 6, the server answered 404',
		'2 more failed; say: list failed',
	]);
	expect(numbers.get(2)?.id).toBe(5);
});

test('progress is no news, and neither is what was undone before it was told', () => {
	const counts = {...noCounts, queued: 3};
	expect(newsOf(told({counts}), told({counts: {...counts}}), [], () => 1)).toEqual([]);
});

test('the queue that runs empty, is paused, or loses its scheduler is news once', () => {
	const busy = told({counts: {...noCounts, queued: 1}});
	const empty = told({counts: {...noCounts, completed: 1, paused: 2, failed: 1}});
	expect(newsOf(busy, empty, [], () => 1)).toEqual(['nothing is left to do; 2 jobs paused, 1 job failed']);
	expect(newsOf(empty, empty, [], () => 1)).toEqual([]);
	// One that was added and done since.
	expect(newsOf(empty, empty, [completed(1)], () => 1)).toHaveLength(2);
	expect(newsOf(busy, told({...busy, isQueuePaused: true}), [], () => 1)).toEqual(['the queue is paused']);
	expect(newsOf(busy, told({...busy, isScheduling: false}), [], () => 1)[0]).toMatch(/^the scheduler has ended/);
	expect(newsOf(busy, told({...busy, notices: ['yt-dlp is missing']}), [], () => 1)).toEqual(['yt-dlp is missing']);
});

test.each([
	[20_000, 'less than a minute'],
	[61_000, 'about 1 minute'],
	[45 * 60_000, 'about 45 minutes'],
	[90 * 60_000, 'about 2 hours'],
	[3 * 86_400_000, 'about 3 days'],
])('%d ms are %j', (span, words) => {
	expect(about(span)).toBe(words);
});

test('a burst of changes is said in one go, each job once, and nothing is said while only progress comes', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1), scriptedJob(2), {...completed(9), endedAt: scriptedNow - 5}]);
	const said: Array<readonly string[]> = [];
	const announcer = createAnnouncer(engine, lines => said.push(lines), createNumbers().name, 20);
	engine.change({rate: 5, active: []});
	for (let id = 1; id <= 3; id++)
		engine.setJobs(
			Array.from({length: id}, (_, index) => ({...completed(index + 1), endedAt: scriptedNow + 10 + index})),
		);
	await vi.waitFor(() => expect(said.flat()).toContain('3 completed: Title 1; Title 2; Title 3'));
	engine.setJobs([1, 2, 3, 4].map(id => ({...(id === 4 ? failed(id) : completed(id)), endedAt: scriptedNow + 9 + id})));
	await vi.waitFor(() => expect(said.flat()).toContain('failed: number 1, Title 4, the server answered 404'));
	expect(said.flat().filter(line => line.includes('Title 1'))).toHaveLength(1);
	expect(said.flat().join('\n')).not.toContain('Title 9');
	announcer.close();
});

test('an engine that is closed, or cannot be asked, is no reason to end', async () => {
	const engine = scriptedEngine({}, [scriptedJob(1)]);
	const said: Array<readonly string[]> = [];
	const announcer = createAnnouncer(
		{...engine, list: () => Promise.reject(new Error('the line is cut'))},
		lines => said.push(lines),
		createNumbers().name,
		5,
	);
	engine.change({isQueuePaused: true, queueRevision: 7});
	await new Promise(resolve => setTimeout(resolve, 40));
	announcer.close();
	expect(said).toEqual([]);
});

test('what is news waits while a line is being typed, and the line is there again behind it', () => {
	vi.useFakeTimers();
	try {
		let written = '';
		const voice = createVoice({write: text => void (written += text), close: async () => undefined}, () => 40, 1000);
		voice.answer(['hello']);
		voice.done();
		expect(written).toBe('hello\n> ');
		voice.typing('pau');
		voice.announce(['completed: one']);
		expect(written).toBe('hello\n> ');
		vi.advanceTimersByTime(999);
		voice.typing('paus');
		vi.advanceTimersByTime(999);
		expect(written).toBe('hello\n> ');
		vi.advanceTimersByTime(1);
		expect(written).toBe('hello\n> \ncompleted: one\n> paus');
		voice.begin();
		voice.announce(['completed: two']);
		voice.answer(['paused']);
		voice.done();
		expect(written.endsWith('> pauspaused\ncompleted: two\n> ')).toBe(true);
	} finally {
		vi.useRealTimers();
	}
});

test('lines are broken between words and not within them', () => {
	let written = '';
	const voice = createVoice({write: text => void (written += text), close: async () => undefined}, () => 20);
	voice.answer(['one two three four five six seven']);
	expect(written).toBe('one two three four\nfive six seven\n');
});

const editorOf = () => {
	let echo = '';
	const lines: string[] = [];
	const pasted: Array<readonly string[]> = [];
	let interrupts = 0;
	const editor = createLineEditor(text => void (echo += text), {
		onLine: line => lines.push(line),
		onPaste: all => pasted.push(all),
		onInterrupt: () => interrupts++,
		onSuspend: () => undefined,
		onChange: () => undefined,
	});
	return {editor, lines, pasted, echo: () => echo, interrupts: () => interrupts};
};

test('a line is what stands there at Enter, and what is erased is gone', () => {
	const {editor, lines, echo} = editorOf();
	editor.hear('list\r');
	editor.hear('pauze\u007F\u007Fse 2\r');
	editor.hear('one two\u0017three\u0015four\r');
	editor.hear('a\u202E\u200Bb\u009Bc\r');
	expect(lines).toEqual(['list', 'pause 2', 'four', 'ab']);
	expect(echo()).toContain('\b \b');
	editor.close();
});

test('a list that comes bare, and in pieces, is not carried out line by line either', async () => {
	const {editor, lines, pasted} = editorOf();
	editor.hear('https://a.example/1\rquit\rhttps://a.exa');
	editor.hear('mple/2\r');
	await vi.waitFor(() => expect(pasted).toEqual([['https://a.example/1', 'quit', 'https://a.example/2']]));
	expect(lines).toEqual([]);
	expect(editor.text()).toBe('');
	editor.close();
});

test('a pasted list is never carried out line by line; one pasted line is typed', () => {
	const {editor, lines, pasted} = editorOf();
	editor.hear('\u001B[200~https://a.example/1\nquit\nhttps://a.example/2\u001B[201~');
	expect(lines).toEqual([]);
	expect(pasted).toEqual([['https://a.example/1', 'quit', 'https://a.example/2']]);
	editor.hear('add \u001B[200~https://a.example/3\n\u001B[201~');
	expect(lines).toEqual([]);
	expect(editor.text()).toBe('add https://a.example/3');
	editor.close();
});

test('whatever is typed, nothing but the characters and steps back are echoed', () => {
	fc.assert(
		fc.property(fc.array(fc.string({unit: 'binary', maxLength: 8}), {maxLength: 8}), chunks => {
			const {editor, echo} = editorOf();
			for (const chunk of chunks) editor.hear(chunk);
			editor.close();
			// oxlint-disable-next-line no-control-regex
			expect(echo().replaceAll('\b \b', '')).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
		}),
		{numRuns: 500},
	);
});

test('Ctrl-c drops a line that is begun, and asks to leave on an empty one', () => {
	const {editor, interrupts} = editorOf();
	editor.hear('abc\u0003');
	expect(editor.text()).toBe('');
	expect(interrupts()).toBe(0);
	editor.hear('\u0003\u0004');
	expect(interrupts()).toBe(2);
	editor.close();
});
