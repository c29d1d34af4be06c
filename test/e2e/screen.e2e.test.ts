import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {bundleApp} from '../support/bundle-app.ts';
import {startInTerminal, type TerminalOptions, type TerminalSession} from '../support/terminal.ts';

// The test runner is itself run by the pinned Node.
const node = process.execPath;
let folder = '';
let app = '';

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'tidegate-screen-'));
	app = join(folder, 'screen-app.mjs');
	await bundleApp('screen-app.tsx', app);
});

afterAll(async () => {
	await rm(folder, {recursive: true, force: true});
});

const open = (args: readonly string[] = ['realistic'], options: TerminalOptions = {}): TerminalSession =>
	startInTerminal(node, [app, ...args], options);

/** The screen in a shell, as a person has it: what the shell shows before and after tells whether it was given back. */
const openInShell = (args = 'realistic', options: TerminalOptions = {}): TerminalSession =>
	startInTerminal(
		'/bin/sh',
		['-c', `echo before; ${node} ${app} ${args}; stty -a | tr ';' '\\n'; echo after`],
		options,
	);

const isDrawn = (text: string): boolean =>
	text.includes('Enter details') && text.includes('Cowboy') && text.includes('Members-only');

type Report = {readonly end: unknown; readonly isRaw: boolean};

const reportOf = (text: string): Report =>
	JSON.parse(/REPORT (\{.*\})/.exec(text.replaceAll('\n', ''))?.[1] ?? '{}') as Report;

test('the first frame fills 80x24 exactly, within 4 kB and without a full clear', async () => {
	await using terminal = open();
	await terminal.until(isDrawn, 'the first frame');
	const lines = terminal.lines();
	expect(lines[0]).toMatch(/^ tidegate/);
	expect(lines[1]).toMatch(/media ■+R■+P.*H 452\.4 GB of 500\.0 GB/);
	expect(lines[23]).toMatch(/^ Enter details {2}a add/);
	expect(lines[22]).toContain('downloading by http');
	expect(terminal.bytes()).toBeLessThan(4000);
	expect(terminal.raw()).not.toContain('\u001B[2J');
});

test.each([
	[40, 10],
	[40, 12],
	[60, 20],
	[120, 40],
	[250, 80],
])('the frame fits %ix%i: header above, keys below, nothing wrapped', async (columns, rows) => {
	await using terminal = open(['realistic'], {columns, rows});
	await terminal.until(text => text.includes('Enter details'), 'the first frame');
	const lines = terminal.lines();
	expect(lines[0]).toMatch(/^ tidegate/);
	expect(lines[rows - 1]).toMatch(/^ Enter details/);
	expect(terminal.text().match(/tidegate {2}/g)).toHaveLength(1);
});

test.each([
	['realistic', 80, 24],
	['realistic', 60, 14],
	['realistic', 200, 50],
	['empty', 120, 40],
	['long', 80, 24],
])('what is painted before Ink is loaded is what Ink draws: %s at %ix%i', async (scene, columns, rows) => {
	await using terminal = open([scene], {columns, rows});
	// Ink hides the cursor once more when it is there.
	await terminal.until(() => terminal.raw().split('\u001B[?25l').length > 2, 'Ink is loaded');
	await wait(100);
	// Between taking the terminal and that there is one frame, and nothing is drawn after it.
	expect(terminal.raw().split('\u001B[J')).toHaveLength(2);
	expect(terminal.raw()).toMatch(/\u001B\[m\u001B\[\?25l$/);
});

test('a window that is too small says so, and draws again when it grows', async () => {
	await using terminal = open(['realistic'], {columns: 80, rows: 24});
	await terminal.until(isDrawn, 'the first frame');
	const before = terminal.lines();
	terminal.resize(30, 8);
	await terminal.until(text => text.includes('needs 40x10'), 'the message');
	terminal.resize(40, 10);
	await terminal.until(text => text.includes('[1Run 4]') && text.includes('Enter details'), 'the small screen');
	expect(terminal.lines()[9]).toMatch(/^ Enter details/);
	terminal.resize(80, 24);
	await terminal.until(isDrawn, 'the large screen');
	await terminal.until(text => text === before.join('\n'), 'the same picture as before');
});

test('nothing is written while nothing changes', async () => {
	await using terminal = open();
	await terminal.until(isDrawn, 'the first frame');
	// The claim is about time, so time has to pass; what is asserted is the number of bytes.
	await wait(500);
	const before = terminal.bytes();
	await wait(3000);
	expect(terminal.bytes() - before).toBe(0);
});

test('progress of four jobs at fifty changes a second costs little over a thin line', async () => {
	await using terminal = open(['busy']);
	await terminal.until(isDrawn, 'the first frame');
	const before = terminal.bytes();
	await wait(4000);
	const perSecond = (terminal.bytes() - before) / 4;
	expect(perSecond).toBeGreaterThan(0);
	expect(perSecond).toBeLessThan(1000);
	expect(terminal.raw()).not.toContain('\u001B[2J');
});

test('a key is drawn at once and moves one row', async () => {
	await using terminal = open(['long']);
	await terminal.until(text => text.includes('Row 1 '), 'the first frame');
	terminal.type('2jjj');
	await terminal.until(text => /▌· Row 4 /.test(text), 'the cursor on row 4');
	terminal.type('G');
	await terminal.until(text => /▌· Row 5000 /.test(text), 'the cursor on the last row');
});

test('Ctrl-l draws the same picture again, row over row, without clearing the screen', async () => {
	await using terminal = open();
	await terminal.until(isDrawn, 'the first frame');
	const before = terminal.text();
	const bytes = terminal.bytes();
	const raw = terminal.raw().length;
	terminal.type('\u000C');
	await terminal.until(() => terminal.bytes() > bytes + 2000, 'a new drawing');
	await terminal.until(text => text === before, 'the same picture');
	// oxlint-disable-next-line no-control-regex
	expect(terminal.raw().slice(raw)).not.toMatch(/\u001B\[\d?J/);
});

test('a storm of sizes ends in the picture of the last one, without a full clear', async () => {
	await using terminal = open(['busy']);
	await terminal.until(isDrawn, 'the first frame');
	const raw = terminal.raw().length;
	for (let step = 0; step < 40; step++) {
		terminal.resize(40 + ((step * 37) % 100), 10 + ((step * 13) % 40));
		await wait(step % 5);
	}

	terminal.resize(100, 30);
	await terminal.until(
		text => text.split('\n')[29]?.startsWith(' Enter details') === true && text.startsWith(' tidegate'),
		'the picture of the last size',
	);
	expect(terminal.text().match(/tidegate {2}/g)).toHaveLength(1);
	expect(terminal.lines().filter(line => line.includes('Enter details'))).toHaveLength(1);
	// oxlint-disable-next-line no-control-regex
	expect(terminal.raw().slice(raw)).not.toMatch(/\u001B\[\d?J/);
});

test('over 9,600 baud a key is answered before much else has come through, and nothing piles up', async () => {
	await using terminal = open(['flood'], {columns: 120, rows: 40});
	await terminal.until(text => text.includes('Enter details'), 'the first frame');
	terminal.type('2');
	await terminal.until(text => text.includes('▌· Frieren'), 'the cursor in the queue');
	terminal.throttle(960);
	const drawn = terminal.bytes();
	await terminal.until(() => terminal.bytes() > drawn + 6000, 'some seconds of progress');
	const passed: number[] = [];
	for (const [key, title] of [
		['j', '進撃'],
		['j', 'Neon'],
		['j', 'ubuntu'],
		['k', 'Neon'],
		['k', '進撃'],
	] as const) {
		const before = terminal.bytes();
		terminal.type(key);
		await terminal.until(text => new RegExp(`▌. ${title}`).test(text), `the cursor on ${title}`);
		passed.push(terminal.bytes() - before);
	}

	// What has come between a key and its answer: a second's worth and the answer itself, at the end as at the beginning.
	expect(Math.max(...passed)).toBeLessThan(2000);
});

const expectGivenBack = (terminal: TerminalSession): void => {
	expect(terminal.isAlternate()).toBe(false);
	expect(terminal.text()).toContain('before');
	expect(terminal.text()).toMatch(/[^-]icanon/);
	expect(terminal.text()).toMatch(/[^-]echo/);
	const raw = terminal.raw();
	for (const [on, off] of [
		['\u001B[?1049h', '\u001B[?1049l'],
		['\u001B[?2004h', '\u001B[?2004l'],
		['\u001B[?25l', '\u001B[?25h'],
	] as const)
		expect(raw.lastIndexOf(off)).toBeGreaterThan(raw.lastIndexOf(on));
};

test('after quitting, the terminal is what it was', async () => {
	await using terminal = openInShell('realistic', {rows: 60});
	await terminal.until(isDrawn, 'the first frame');
	expect(terminal.isAlternate()).toBe(true);
	terminal.type('q');
	await terminal.until(text => text.includes('4 jobs running'), 'the question');
	terminal.type('s');
	await terminal.until(text => text.includes('after'), 'the shell');
	expect(reportOf(terminal.text())).toMatchObject({end: {reason: 'quit', choice: 'stop'}});
	expectGivenBack(terminal);
});

test('after SIGTERM, the terminal is what it was', async () => {
	await using terminal = openInShell('realistic', {rows: 60, env: {PID_FILE: join(folder, 'pid')}});
	await terminal.until(isDrawn, 'the first frame');
	process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), 'SIGTERM');
	await terminal.until(text => text.includes('after'), 'the shell');
	expectGivenBack(terminal);
});

test('a program that catches SIGTERM ends the screen by itself and goes on to tidy up', async () => {
	await using terminal = openInShell('realistic --catch-term', {rows: 60, env: {PID_FILE: join(folder, 'pid-2')}});
	await terminal.until(isDrawn, 'the first frame');
	process.kill(Number(await readFile(join(folder, 'pid-2'), 'utf8')), 'SIGTERM');
	await terminal.until(text => text.includes('after'), 'the shell');
	expect(reportOf(terminal.text())).toMatchObject({end: {reason: 'quit', choice: 'stop'}});
	expectGivenBack(terminal);
});

test('when the line drops, the screen ends and the process lives on', async () => {
	const report = join(folder, 'hangup.json');
	const terminal = open(['realistic'], {env: {REPORT: report}});
	await terminal.until(isDrawn, 'the first frame');
	terminal.signal('SIGHUP');
	await terminal.ended();
	expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({end: {reason: 'hangup'}});
	await terminal[Symbol.asyncDispose]();
});

test('a terminal that is not read does not hold up the process, and shows the newest frame afterwards', async () => {
	const beats = join(folder, 'beats');
	const count = async (): Promise<number> => Number(await readFile(beats, 'utf8'));
	await using terminal = open(['flood'], {columns: 250, rows: 60, env: {BEAT_FILE: beats}});
	await terminal.until(text => text.includes('Enter details'), 'the first frame');
	terminal.stall();
	// Five seconds of frames: many times what the buffers of a terminal take. A process that is held up never gets there.
	const from = await count();
	await vi.waitUntil(async () => (await count()) > from + 250, {timeout: 30_000, interval: 50});
	terminal.resume();
	terminal.type('\u0003');
	await terminal.until(text => text.includes('jobs running'), 'the question');
});

test('pasted lines are a list and no keys', async () => {
	await using terminal = open();
	await terminal.until(isDrawn, 'the first frame');
	terminal.paste(Array.from({length: 1000}, (_, index) => `https://example.org/q/${index}`).join('\r'));
	await terminal.until(text => text.includes('Add 1,000 lines'), 'the list');
});

test('seven bits are enough', async () => {
	await using terminal = open(['realistic', '--ascii']);
	await terminal.until(text => text.includes('Enter details'), 'the first frame');
	// oxlint-disable-next-line no-control-regex
	expect(terminal.raw()).toMatch(/^[\u0000-\u007F]*$/);
	expect(terminal.text()).toContain('> 1 v Frieren');
});
