import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {createProgram, programPath, type Program} from '../support/program.ts';
import {serveDirectory} from '../support/static-server.ts';
import {temporaryDirectory} from '../support/temp.ts';
import {startInTerminal, type TerminalOptions, type TerminalSession} from '../support/terminal.ts';

/*
 * The queue as plain lines, in a real terminal. What a screen reader reads is what is appended, so that the bytes count here
 * as well as the picture.
 */

const open = (program: Program, options: TerminalOptions = {}, more: readonly string[] = []): TerminalSession =>
	startInTerminal(process.execPath, [programPath, '--data', program.data, '--storage', program.storage, ...more], {
		cwd: program.directory,
		...options,
		env: {
			HOME: program.directory,
			LANG: 'C.UTF-8',
			TIDEGATE_SCREEN_READER: '1',
			XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(program.directory, 'cache'),
			...options.env,
		},
	});

/** Types a line as a person does, and not as a paste: the words first, Enter when they stand there. */
const enter = async (terminal: TerminalSession, line: string): Promise<void> => {
	const before = spoken(terminal).split(line).length;
	terminal.type(line);
	await terminal.until(() => spoken(terminal).split(line).length > before, `the echo of "${line}"`);
	terminal.type('\r');
};

const say = async (terminal: TerminalSession, line: string, answer: string): Promise<void> => {
	const before = spoken(terminal).split(line).length;
	terminal.type(line);
	await terminal.until(() => spoken(terminal).split(line).length > before, `the echo of "${line}"`);
	const answered = spoken(terminal).split(answer).length;
	terminal.type('\r');
	await terminal.until(() => spoken(terminal).split(answer).length > answered, `hearing "${answer}" now`);
};

/** Whether it was said at any time: what has scrolled away was heard all the same. */
const heard = (terminal: TerminalSession, words: string): Promise<void> =>
	terminal.until(() => spoken(terminal).includes(words), `hearing "${words}"`);

const spoken = (terminal: TerminalSession): string => terminal.raw().replaceAll(/\r?\n/g, ' ').replaceAll(/ +/g, ' ');

/** Asks until something runs. */
const running = async (terminal: TerminalSession): Promise<void> => {
	await vi.waitFor(
		async () => {
			const before = terminal.raw().length;
			await enter(terminal, 'status');
			await terminal.until(() => /running, .*> $/s.test(terminal.raw().slice(before)));
			expect(terminal.raw().slice(before)).toContain('1 running');
		},
		{timeout: 20_000, interval: 100},
	);
};

const files = async (names: readonly string[], slow = 0): Promise<string> => {
	const directory = await temporaryDirectory();
	for (const name of names) await writeFile(join(directory, name), Buffer.alloc(20_000, `\u0000${name}`));
	return (await serveDirectory(directory, slow)).url;
};

const endByPid = (pid: number): void => {
	onTestFinished(() => {
		try {
			process.kill(pid, 'SIGKILL');
		} catch {
			// It has ended.
		}
	});
};

/** The only control sequences: pasting is marked, and that is switched off again. */
const expectPlain = (terminal: TerminalSession): void => {
	// oxlint-disable-next-line no-control-regex
	const sequences = terminal.raw().match(/\u001B(?:\[[?\d;]*[ -/]*[@-~]|.)/g) ?? [];
	expect(sequences.filter(one => one !== '\u001B[?2004h' && one !== '\u001B[?2004l')).toEqual([]);
	expect(terminal.raw()).not.toMatch(/[\u2500-\u259F]/);
	expect(terminal.isAlternate()).toBe(false);
};

test('a queue is used by ear: add, hear it complete and fail, pause, let go on, cancel, undo, leave', async () => {
	const program = await createProgram();
	const url = await files(['one.mp4', 'two.mp4']);
	const slow = await files(['long.mp4'], 60_000);
	await using terminal = open(program);
	await heard(terminal, 'tidegate, plain lines 0 running, 0 in line, 0 completed');
	await say(terminal, `${url}/one.mp4`, 'added: number 1, one.mp4');
	await heard(terminal, 'completed: one.mp4, 20.0 kB nothing is left to do');
	await say(terminal, `add ${url}/missing.mp4`, 'added: number 2, missing.mp4');
	await heard(terminal, 'failed: number 2, missing.mp4, the server answered HTTP 404');
	await say(terminal, 'why 2', 'attempt 1 of');
	await say(terminal, 'add https://', 'not added: https://');
	await say(terminal, `add ${slow}/long.mp4`, 'added: number 3, long.mp4');
	await say(terminal, '3 pause', 'paused: number 3, long.mp4');
	await say(terminal, 'list', '1. long.mp4, paus');
	await say(terminal, 'p1', 'goes on: number 1, long.mp4');
	await say(terminal, 'cancel 1', 'cancelled: number 1, long.mp4');
	await say(terminal, 'undo', 'undone: cancel');
	await say(terminal, 'list', '1. long.mp4, ');
	await say(terminal, 'redo', 'done again: cancel');
	await say(terminal, 'cancel 9', 'there is no number 9; say: list');
	await say(terminal, 'frobnicate', '"frobnicate" is no command; say: help');
	await enter(terminal, 'quit');
	expect(await terminal.ended()).toEqual({exitCode: 0, signal: 0});
	expectPlain(terminal);
});

test('a pasted list is asked about, and said yes to once', async () => {
	const program = await createProgram();
	const url = await files(['one.mp4', 'two.mp4', 'three.mp4']);
	await using terminal = open(program);
	await heard(terminal, 'say: list, help, or quit');
	terminal.paste(['one', 'two', 'three'].map(name => `${url}/${name}.mp4`).join('\n'));
	await heard(terminal, '3 lines pasted');
	await say(terminal, 'yes', 'added: number 3, three.mp4');
	await heard(terminal, 'nothing is left to do');
	await say(terminal, 'remove 1-3', 'remove 3 jobs? 1. yes 2. no');
	await say(terminal, '2', 'nothing was done');
	await say(terminal, 'list done', '3. ');
	await enter(terminal, 'q');
	expect((await terminal.ended()).exitCode).toBe(0);
});

test('leaving while something runs asks how, and each way is one', async () => {
	const program = await createProgram();
	const slow = await files(['long.mp4'], 60_000);
	{
		await using terminal = open(program);
		await heard(terminal, 'say: list, help, or quit');
		await say(terminal, `add ${slow}/long.mp4`, 'added: number 1');
		await running(terminal);
		await say(terminal, 'quit', '1 job running. How? 1. background');
		await say(terminal, 'stay', 'still here');
		await say(terminal, 'quit', '3. stop');
		await enter(terminal, '3');
		expect((await terminal.ended()).exitCode).toBe(0);
	}

	await using terminal = open(program);
	await heard(terminal, 'say: list, help, or quit');
	await running(terminal);
	// Ctrl-c on an empty line asks too.
	terminal.type('\u0003');
	await heard(terminal, 'background');
	await enter(terminal, 'background');
	await heard(terminal, 'the queue goes on in the background');
	const pid = Number(/\(pid (\d+)\)/.exec(terminal.raw())?.[1]);
	endByPid(pid);
	expect((await terminal.ended()).exitCode).toBe(0);

	await using again = open(program);
	await heard(again, 'say: list, help, or quit');
	// Attached, there is nothing to ask.
	await enter(again, 'quit');
	expect((await again.ended()).exitCode).toBe(0);
	expect(() => process.kill(pid, 0)).not.toThrow();
});

test('a cut line leaves the queue running, and the next one finds it', async () => {
	const program = await createProgram();
	const slow = await files(['long.mp4'], 60_000);
	await using terminal = open(program);
	await heard(terminal, 'say: list, help, or quit');
	await say(terminal, `add ${slow}/long.mp4`, 'added: number 1');
	endByPid(terminal.pid);
	terminal.hangUp();
	await using again = open(program);
	await heard(again, 'say: list, help, or quit');
	await say(again, 'list', '1. long.mp4');
	expect(() => process.kill(terminal.pid, 0)).not.toThrow();
	await enter(again, 'quit');
	expect((await again.ended()).exitCode).toBe(0);
});

test('from plain lines to the full screen and back, and the choice is kept', async () => {
	const program = await createProgram();
	{
		await using terminal = open(program, {env: {TIDEGATE_SCREEN_READER: undefined}});
		await terminal.until(text => text.includes('1 Active'));
		terminal.type('A');
		await heard(terminal, 'tidegate, plain lines');
		expect(terminal.isAlternate()).toBe(false);
		await say(terminal, 'workers 4', '4 workers');
		await enter(terminal, 'screen');
		await terminal.until(text => text.includes('1 Active') && text.includes('0/4 workers'));
		expect(terminal.isAlternate()).toBe(true);
		terminal.type('A');
		await terminal.until(text => text.includes('say: list, help, or quit'));
		await enter(terminal, 'quit');
		expect((await terminal.ended()).exitCode).toBe(0);
	}

	await using again = open(program, {env: {TIDEGATE_SCREEN_READER: undefined}});
	await heard(again, 'tidegate, plain lines');
	await enter(again, 'quit');
	await again.ended();
	expectPlain(again);
});

test('in a terminal without control sequences there are none', async () => {
	const program = await createProgram();
	// The pseudo-terminal names itself; the shell says otherwise.
	await using terminal = startInTerminal(
		'/bin/sh',
		['-c', `TERM=dumb exec ${process.execPath} ${programPath} --data ${program.data} --storage ${program.storage}`],
		{cwd: program.directory, env: {HOME: program.directory, LANG: 'C', TIDEGATE_SCREEN_READER: '1'}},
	);
	await heard(terminal, 'say: list, help, or quit');
	await say(terminal, 'disk', '1 volume 1. disk storage: downloads go on');
	await enter(terminal, 'quit');
	expect((await terminal.ended()).exitCode).toBe(0);
	expect(terminal.raw()).not.toContain('\u001B');
});
