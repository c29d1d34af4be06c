import {existsSync, readFileSync} from 'node:fs';
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {startMediaServer, type MediaRoute} from '../../source/demo/media-server.ts';
import {createProgram, programPath, type Program} from '../support/program.ts';
import {startInTerminal, type TerminalOptions, type TerminalSession} from '../support/terminal.ts';

/*
 * What people do with the screen, from its first minute on: the built program in a real pseudo-terminal, real downloads from
 * loopback, and nothing but keys.
 */

const open = (program: Program, options: TerminalOptions = {}): TerminalSession =>
	startInTerminal(process.execPath, [programPath, '--data', program.data, '--storage', program.storage], {
		cwd: program.directory,
		...options,
		env: {
			HOME: program.directory,
			LANG: 'C.UTF-8',
			XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(program.directory, 'cache'),
		},
	});

const serve = async (routes: Readonly<Record<string, MediaRoute>>): Promise<string> => {
	const server = await startMediaServer({routes});
	onTestFinished(() => server.close());
	return server.url;
};

const small: MediaRoute = {content: {seed: 1, size: 40_000}};
const file = (seed: number): MediaRoute => ({content: {seed, size: 400_000}});
/** Longer than any of these tests. */
const endless: MediaRoute = {content: {seed: 2, size: 50_000_000}, answers: [{type: 'file', rate: 60_000}]};

const see = (terminal: TerminalSession, wanted: string | RegExp): Promise<void> =>
	terminal.until(
		text => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)),
		`seeing ${String(wanted)}`,
	);

const add = async (terminal: TerminalSession, source: string): Promise<void> => {
	terminal.type('a');
	await see(terminal, / Add |━ Add/);
	terminal.paste(source);
	await see(terminal, '1 new');
	terminal.type('\r');
	await terminal.until(text => !/━ Add/.test(text), 'the panel closes');
};

const isAlive = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
};

/** Ends whatever scheduler is left on the data directory when the test has ended. */
const endScheduler = (program: Program): void => {
	onTestFinished(() => {
		const holder = join(program.data, 'scheduler.json');
		if (!existsSync(holder)) return;
		const {pid} = JSON.parse(readFileSync(holder, 'utf8')) as {readonly pid: number};
		if (isAlive(pid)) process.kill(pid, 'SIGKILL');
	});
};

test('the first minute: an empty queue explains itself, and an added file is watched until it is done', async () => {
	const program = await createProgram();
	const url = await serve({'/first.mp4': {...small, answers: [{type: 'file', rate: 20_000}]}});
	await using terminal = open(program);
	await see(terminal, /To add|empty/);
	await add(terminal, `${url}/first.mp4`);
	terminal.type('1');
	await see(terminal, /↓ first\.mp4.*%/);
	await see(terminal, /Done 1/);
	terminal.type('4');
	await see(terminal, /▌✓ first\.mp4/);
	terminal.type('\r');
	await see(terminal, join(program.storage, 'first.mp4'));
	terminal.type('\u001B');
	await see(terminal, /▌✓ first\.mp4/);
	terminal.type('q');
	expect(await terminal.ended()).toEqual({exitCode: 0, signal: 0});
});

test('a failure is read, its cause mended, and the job retried', async () => {
	const program = await createProgram();
	const url = await serve({
		'/once.mp4': {...small, answers: [{type: 'status', status: 404}, {type: 'file'}]},
	});
	await using terminal = open(program);
	await see(terminal, /To add|empty/);
	await add(terminal, `${url}/once.mp4`);
	await see(terminal, /Failed 1/);
	terminal.type('3');
	await see(terminal, /▌✗ once\.mp4/);
	terminal.type('\r');
	await see(terminal, '404');
	await see(terminal, 'Helps');
	terminal.type('\u001B');
	await see(terminal, /▌✗ once\.mp4/);
	terminal.type('r');
	await see(terminal, /Done 1/);
	terminal.type('q');
	expect((await terminal.ended()).exitCode).toBe(0);
});

test('the disk fills and frees: the gate closes with its reason, and opens by itself when a reader has taken a file', async () => {
	const program = await createProgram();
	const url = await serve({'/a.mp4': file(1), '/b.mp4': file(2), '/c.mp4': file(3), '/d.mp4': file(4)});
	await writeFile(
		join(program.directory, 'config.toml'),
		`[disk_management]
hard_limit_gb = 0.0012
pause_threshold_gb = 0.0009
resume_threshold_gb = 0.0005
pause_below_free_gb = 0.02
resume_above_free_gb = 0.03
stop_below_free_gb = 0.01
check_interval_seconds = 1
cache_duration_seconds = 0.2
resume_dwell_seconds = 0.5
max_concurrent_downloads = 1
`,
	);
	await using terminal = open(program);
	await see(terminal, /To add|empty/);
	terminal.paste(['a', 'b', 'c', 'd'].map(name => `${url}/${name}.mp4`).join('\n'));
	await see(terminal, '4 new');
	terminal.type('\r');
	await see(terminal, /PAUSED since/);
	await see(terminal, /Done 2/);
	await see(terminal, 'to be freed');
	// The reader takes both; nobody presses a key.
	await rm(join(program.storage, 'a.mp4'));
	await rm(join(program.storage, 'b.mp4'));
	await see(terminal, /Done 4/);
	terminal.type('q');
	expect((await terminal.ended()).exitCode).toBe(0);
});

test('the line is cut while something runs, and the next tidegate shows it running on', async () => {
	const program = await createProgram();
	endScheduler(program);
	const url = await serve({'/long.mp4': endless});
	{
		await using terminal = open(program);
		await see(terminal, /To add|empty/);
		await add(terminal, `${url}/long.mp4`);
		await see(terminal, /↓ long\.mp4/);
		terminal.hangUp();
	}

	await using again = open(program);
	await see(again, /↓ long\.mp4.*[1-9]\d*%|↓ long\.mp4.*kB\/s/);
	again.type('q');
	// Attached, there is nothing to ask.
	expect((await again.ended()).exitCode).toBe(0);
});

test('the window changes its size again and again while bars move, and the picture is that of the last size', async () => {
	const program = await createProgram();
	const url = await serve({'/long.mp4': endless});
	await using terminal = open(program);
	await see(terminal, /To add|empty/);
	await add(terminal, `${url}/long.mp4`);
	await see(terminal, /↓ long\.mp4/);
	for (const [columns, rows] of [
		[40, 12],
		[120, 40],
		[30, 8],
		[250, 60],
		[60, 20],
	] as const) {
		terminal.resize(columns, rows);
		await terminal.until(
			text => text.startsWith(columns < 40 ? 'tidegate needs' : ' tidegate') && terminal.lines().length === rows,
			`a picture of ${columns}x${rows}`,
		);
	}

	await see(terminal, /↓ long\.mp4/);
	expect(terminal.lines().filter(line => line.startsWith(' tidegate'))).toHaveLength(1);
	terminal.type('q');
	await see(terminal, /s +stop now/);
	terminal.type('s');
	expect((await terminal.ended()).exitCode).toBe(0);
});

test('leaving while something runs: it goes on in the background, it is finished first, or it stops and keeps its bytes', async () => {
	const program = await createProgram();
	endScheduler(program);
	const url = await serve({
		'/long.mp4': endless,
		'/short.mp4': {content: {seed: 3, size: 120_000}, answers: [{type: 'file', rate: 40_000}]},
	});
	{
		await using terminal = open(program);
		await see(terminal, /To add|empty/);
		await add(terminal, `${url}/short.mp4`);
		await see(terminal, /↓ short\.mp4/);
		terminal.type('q');
		await see(terminal, /f +finish what runs/);
		terminal.type('f');
		expect((await terminal.ended()).exitCode).toBe(0);
	}

	expect(await program.json(['list', '--status', 'completed'])).toMatchObject({jobs: [{title: 'short.mp4'}]});
	{
		await using terminal = open(program);
		await see(terminal, /Done 1/);
		await add(terminal, `${url}/long.mp4`);
		await see(terminal, /↓ long\.mp4.*kB\/s/);
		terminal.type('q');
		await see(terminal, /s +stop now/);
		terminal.type('s');
		expect((await terminal.ended()).exitCode).toBe(0);
	}

	const kept = (await program.json(['list', '--status', 'queued'])) as {
		readonly jobs: ReadonlyArray<{readonly progress: {readonly bytes: number}; readonly attempts: number}>;
	};
	expect(kept.jobs[0]?.progress.bytes).toBeGreaterThan(0);
	expect(kept.jobs[0]?.attempts).toBe(0);
	await using terminal = open(program);
	await see(terminal, /↓ long\.mp4.*kB\/s/);
	terminal.type('q');
	await see(terminal, /b +go on in the background/);
	terminal.type('b');
	expect((await terminal.ended()).exitCode).toBe(0);
	expect(await program.json(['list', '--status', 'downloading'])).toMatchObject({jobs: [{title: 'long.mp4'}]});
});
