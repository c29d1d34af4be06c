import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {startMediaServer} from '../../source/demo/media-server.ts';
import {createProgram, programPath, type Program} from '../support/program.ts';
import {startInTerminal, type TerminalSession} from '../support/terminal.ts';

/** `tidegate` without a verb in a terminal of its own. */
const openScreen = (program: Program, ...args: readonly string[]): TerminalSession => {
	const session = startInTerminal(
		process.execPath,
		[programPath, '--data', program.data, '--storage', program.storage, ...args],
		{cwd: program.directory, env: {HOME: program.directory}},
	);
	onTestFinished(() => session[Symbol.asyncDispose]());
	return session;
};

const holder = (program: Program): {readonly pid: number; readonly socket: string} =>
	JSON.parse(readFileSync(join(program.data, 'scheduler.json'), 'utf8')) as {
		readonly pid: number;
		readonly socket: string;
	};

/** Ends the scheduler of a program when the test has ended, whichever process it is by then. */
const endScheduler = (program: Program): void => {
	onTestFinished(() => {
		try {
			process.kill(holder(program).pid, 'SIGKILL');
		} catch {
			// It has ended.
		}
	});
};

const isScheduling = async (program: Program): Promise<boolean> =>
	((await program.json(['status'])) as {readonly is_scheduling: boolean}).is_scheduling;

const isAlive = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
};

const patience = {timeout: 20_000};

/** A queue with one download that takes so many seconds the first time. */
const withSlowDownload = async (): Promise<Program> => {
	const program = await createProgram();
	const content = {seed: 1, size: 4_000_000};
	const server = await startMediaServer({
		routes: {
			'/slow.bin': {
				content,
				answers: [
					{type: 'file', rate: 200_000},
					{type: 'file', rate: 1_000_000},
				],
			},
		},
	});
	onTestFinished(() => server.close());
	await program.run(['add', `${server.url}/slow.bin`]);
	return program;
};

describe('the screen', () => {
	test('runs the queue itself; a second one attaches to it', async () => {
		const program = await createProgram();
		endScheduler(program);
		const first = openScreen(program);
		await first.until(() => first.isAlternate(), 'the screen is open');
		await vi.waitFor(async () => expect(await isScheduling(program)).toBe(true), patience);
		expect(holder(program).pid).toBe(first.pid);
		const second = openScreen(program, '--workers', '9');
		await vi.waitFor(async () => expect(await program.json(['status'])).toMatchObject({workers: 9}), patience);
		await second.until(() => second.isAlternate(), 'the second screen is open');
		second.type('q');
		expect((await second.ended()).exitCode).toBe(0);
		expect(await isScheduling(program)).toBe(true);
		first.type('q');
		expect((await first.ended()).exitCode).toBe(0);
		expect(await isScheduling(program)).toBe(false);
	});

	test('goes when the line drops, and the queue goes on', async () => {
		const program = await withSlowDownload();
		endScheduler(program);
		const screen = openScreen(program);
		await screen.until(text => text.includes('slow.bin'), 'the download is shown');
		screen.signal('SIGHUP');
		await vi.waitFor(async () => expect(await isScheduling(program)).toBe(true), patience);
		expect(isAlive(screen.pid)).toBe(true);
		expect(holder(program).pid).toBe(screen.pid);
		process.kill(screen.pid, 'SIGTERM');
		expect((await screen.ended()).exitCode).toBe(0);
		expect(await program.json(['list'])).toMatchObject({jobs: [{status: 'queued', attempts: 0}]});
	});

	test('gives the terminal back at SIGTERM and keeps the bytes', async () => {
		const program = await withSlowDownload();
		const screen = openScreen(program);
		await screen.until(text => text.includes('slow.bin'), 'the download is shown');
		process.kill(screen.pid, 'SIGTERM');
		expect((await screen.ended()).exitCode).toBe(0);
		expect(screen.isAlternate()).toBe(false);
		expect(await program.json(['list'])).toMatchObject({jobs: [{status: 'queued', attempts: 0}]});
	});

	test.each(['exception', 'rejection'])(
		'an %s that nobody has foreseen gives the terminal back and leaves a report',
		async kind => {
			const program = await withSlowDownload();
			const preload = fileURLToPath(new URL('../support/throw-on-signal.mjs', import.meta.url));
			const shell = startInTerminal(
				'/bin/sh',
				[
					'-c',
					`echo before; "$0" --import "${preload}" "${programPath}" --data "${program.data}" --storage "${program.storage}"; echo "code $?"; stty -a | tr ';' '\\n'; echo after`,
					process.execPath,
				],
				{cwd: program.directory, columns: 200, rows: 70, env: {HOME: program.directory, FAIL_AS: kind}},
			);
			onTestFinished(() => shell[Symbol.asyncDispose]());
			await shell.until(text => text.includes('Active 1') && text.includes('slow.bin'), 'the download is shown');
			await vi.waitFor(() => expect(holder(program).socket).not.toBe(''), patience);
			const isDownloading = {jobs: [{status: 'downloading', attempts: 1, error: null}]};
			await vi.waitFor(async () => expect(await program.json(['list'])).toMatchObject(isDownloading), patience);
			process.kill(holder(program).pid, 'SIGUSR2');
			await shell.until(text => text.includes('after'), 'the shell');
			expect(shell.isAlternate()).toBe(false);
			expect(shell.raw()).toMatch(/\u001B\[\?25h[^]*$/);
			expect(shell.text()).toMatch(/[^-]icanon/);
			expect(shell.text()).toMatch(/[^-]echo/);
			expect(shell.text()).toContain('code 1');
			const [, path = ''] = /tidegate: unexpected error: .*; please report it with (\S+)/.exec(shell.text()) ?? [];
			expect(path).toContain(program.data);
			expect(statSync(path).mode & 0o777).toBe(0o600);
			const report = readFileSync(path, 'utf8');
			expect(report).toContain('Error: a defect');
			expect(report).toContain('caused by: Error: the inner one');
			expect(report).toMatch(/started job 1 slow\.bin/);
			expect(report + shell.text()).not.toContain('canary');
			// oxlint-disable-next-line no-control-regex
			expect(report).not.toMatch(/[\u0000-\u0009\u000B-\u001F]/);
			expect(await program.json(['list'])).toMatchObject(isDownloading);
			// The attempt that went down with the screen is not held against the job.
			expect(await program.json(['run', '--until-idle'])).toMatchObject({completed: 1, failed: 0});
			expect(await program.json(['list'])).toMatchObject({jobs: [{status: 'completed', attempts: 1}]});
		},
	);

	test('hands the queue to the background and comes back to it', async () => {
		const program = await withSlowDownload();
		endScheduler(program);
		const screen = openScreen(program);
		await vi.waitFor(
			async () => expect(await program.json(['list'])).toMatchObject({jobs: [{status: 'downloading'}]}),
			patience,
		);
		screen.type('q');
		await screen.until(text => text.includes('background'), 'leaving is asked');
		screen.type('b');
		expect((await screen.ended()).exitCode).toBe(0);
		expect(screen.text()).toContain('the queue goes on in the background');
		expect(holder(program).pid).not.toBe(screen.pid);
		expect(await program.json(['wait'])).toMatchObject({jobs: [{status: 'completed', size: 4_000_000}]});
		process.kill(holder(program).pid, 'SIGTERM');
		await vi.waitFor(async () => expect(await isScheduling(program)).toBe(false), patience);
	});
});
