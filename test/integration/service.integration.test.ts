import {execFile, spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {closeSync, fstatSync, openSync} from 'node:fs';
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {contentSha256, startMediaServer} from '../../source/demo/media-server.ts';
import {createProgram, programPath, type Program} from '../support/program.ts';

const standIn = fileURLToPath(new URL('../fixtures/tools/service-manager.py', import.meta.url));

const has = (command: string): boolean => spawnSync(command, ['--version']).error === undefined;
const hasManager = has('python3') && has('systemd-notify');

/** What `NAME=VALUE` says to the manager, or what it did itself. */
type Word = readonly [what: string, value: string | number | null];

/** Starts `tidegate run` as a service of the stand-in for systemd. */
const startService = async (program: Program, {watchdog = 0, socket}: {watchdog?: number; socket: string}) => {
	const command = [process.execPath, programPath, '--data', program.data, '--storage', program.storage, 'run'];
	const manager = spawn('python3', [standIn, socket, String(watchdog), ...command], {
		cwd: program.directory,
		env: {PATH: process.env['PATH'] ?? '', HOME: program.directory, LANG: 'C.UTF-8'},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let [stdout, stderr] = ['', ''];
	manager.stdout.setEncoding('utf8').on('data', (text: string) => {
		stdout += text;
	});
	manager.stderr.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
	});
	const ended = new Promise<void>(resolve => manager.once('close', () => resolve()));
	const words = (): readonly Word[] =>
		stdout
			.split('\n')
			.slice(0, -1)
			.map(line => JSON.parse(line) as Word);
	const pid = (): number => Number(words().findLast(([what]) => what === 'started')?.[1] ?? 0);
	const stop = async (): Promise<void> => {
		manager.kill('SIGTERM');
		await ended;
	};

	onTestFinished(async () => {
		if (manager.exitCode !== null) return;
		const last = pid();
		manager.kill('SIGKILL');
		try {
			process.kill(last, 'SIGKILL');
		} catch {
			// It has ended.
		}

		await ended;
	});
	return {words, pid, stop, stderr: () => stderr};
};

const waitFor = async (condition: () => unknown): Promise<void> => {
	await vi.waitFor(async () => expect(await condition()).toBeTruthy(), {timeout: 20_000, interval: 50});
};

const workers = (count: number | string): string => `[disk_management]\nmax_concurrent_downloads = ${count}\n`;

describe('under a service manager', () => {
	test('a scheduler whose process hangs is killed and comes back with nothing lost', async context => {
		if (!hasManager) context.skip('needs python3 and systemd-notify');
		const program = await createProgram();
		const content = {seed: 7, size: 4_000_000};
		const server = await startMediaServer({rate: 1_000_000, routes: {'/film.bin': {content}}});
		onTestFinished(() => server.close());
		await program.run(['add', `${server.url}/film.bin`]);
		const service = await startService(program, {watchdog: 2, socket: `@tidegate-test-${process.pid}`});
		await waitFor(() => service.words().some(([what]) => what === 'READY'));
		const first = service.pid();
		await waitFor(() => service.words().some(([what]) => what === 'WATCHDOG'));
		await vi.waitFor(
			async () => expect(await program.json(['list'])).toMatchObject({jobs: [{status: 'downloading'}]}),
			{
				timeout: 10_000,
			},
		);
		process.kill(first, 'SIGSTOP');
		await waitFor(() => service.words().some(([what, pid]) => what === 'watchdog' && pid === first));
		await waitFor(() => service.words().filter(([what]) => what === 'READY').length === 2);
		await program.run(['wait', '1']);
		const {jobs} = (await program.json(['list'])) as {
			readonly jobs: ReadonlyArray<{readonly status: string; readonly output_path: string}>;
		};
		expect(jobs.map(({status}) => status)).toEqual(['completed']);
		const bytes = await readFile(join(program.storage, 'film.bin'));
		expect(createHash('sha256').update(bytes).digest('hex')).toBe(contentSha256(content));
		// What was there already was not fetched again, and the second one was left alone.
		expect(server.requests('/film.bin').at(-1)?.headers['range']).toMatch(/^bytes=[1-9]/);
		expect(service.words().filter(([what]) => what === 'watchdog')).toHaveLength(1);
		await service.stop();
		const said = service.words().map(([what]) => what);
		expect(said).toContain('STATUS');
		expect(said.lastIndexOf('STOPPING')).toBeGreaterThan(said.lastIndexOf('READY'));
	});

	test('SIGHUP and `tidegate reload` put a new configuration in force, and a wrong one changes nothing', async context => {
		if (!hasManager) context.skip('needs python3 and systemd-notify');
		const program = await createProgram();
		const file = join(program.directory, 'config.toml');
		await writeFile(file, workers(2));
		const service = await startService(program, {socket: join(program.directory, 'notify.sock')});
		await waitFor(() => service.words().some(([what]) => what === 'READY'));

		await writeFile(file, `${workers(4)}[tags]\nenabled = false\n`);
		process.kill(service.pid(), 'SIGHUP');
		await waitFor(() => service.words().filter(([what]) => what === 'READY').length === 2);
		expect(service.words().map(([what]) => what)).toEqual(
			expect.arrayContaining(['READY', 'RELOADING', 'MONOTONIC_USEC']),
		);
		expect(service.stderr()).toContain('[disk_management] max_concurrent_downloads: 2 → 4\n');
		expect(service.stderr()).toContain('[tags] enabled: true → false; this needs a restart\n');
		expect(await program.json(['status'])).toMatchObject({workers: 4});

		await writeFile(file, workers('"many"'));
		const refused = await program.run(['--config', '/dev/null', 'reload']);
		expect(refused.code).toBe(2);
		expect(refused.stderr).toMatch(
			/stays as it was[\s\S]*config\.toml:2: \[disk_management\] max_concurrent_downloads/,
		);
		expect(await program.json(['--config', '/dev/null', 'status'])).toMatchObject({workers: 4});

		await writeFile(file, workers(3));
		expect(await program.json(['reload'])).toEqual({told: ['[disk_management] max_concurrent_downloads: 4 → 3']});
		await service.stop();
	});
});

test('in the journal, lines bring their priority and no time', async () => {
	const program = await createProgram();
	const path = join(program.directory, 'journal');
	const journal = openSync(path, 'a');
	const {dev, ino} = fstatSync(journal);
	await program.run(['add', 'http://127.0.0.1:9/none.bin']);
	await writeFile(join(program.directory, 'config.toml'), '[queue]\nmax_attempts = 1\n');
	const child = spawn(
		process.execPath,
		[programPath, '--data', program.data, '--storage', program.storage, 'run', '--until-idle'],
		{
			cwd: program.directory,
			env: {PATH: process.env['PATH'] ?? '', HOME: program.directory, JOURNAL_STREAM: `${dev}:${ino}`},
			stdio: ['ignore', 'ignore', journal],
		},
	);
	onTestFinished(() => {
		child.kill('SIGKILL');
	});
	closeSync(journal);
	await waitFor(async () => (await readFile(path, 'utf8')).includes('started'));
	child.kill('SIGTERM');
	await new Promise(resolve => child.once('close', resolve));
	const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
	expect(lines).toContainEqual(expect.stringMatching(/^<6>started job 1 /));
	for (const line of lines) expect(line).toMatch(/^<[3-7]>(?!\d{4}-)/);
});

describe('`tidegate service`', () => {
	test.for(['user', 'system'] as const)(
		'writes a %s unit that systemd finds nothing wrong with',
		async (scope, context) => {
			if (!has('systemd-analyze')) context.skip('needs systemd-analyze');
			const program = await createProgram();
			const as = scope === 'system' ? ['--as', 'daemon'] : [];
			const {stdout, stderr, code} = await program.run(['service', 'install', `--${scope}`, ...as, '--print']);
			expect([code, stderr]).toEqual([0, '']);
			const runtime = join(program.directory, 'runtime');
			await mkdir(runtime, {mode: 0o700});
			const unit = join(program.directory, 'tidegate.service');
			await writeFile(unit, stdout);
			const {stdout: words, stderr: complaints} = await promisify(execFile)(
				'systemd-analyze',
				[`--${scope}`, 'verify', unit],
				{
					env: {...process.env, XDG_RUNTIME_DIR: runtime},
				},
			);
			expect(words + complaints).toBe('');
		},
	);

	test('installs, says what to type, and removes what is its own only', async () => {
		const program = await createProgram();
		const unit = join(program.directory, '.config/systemd/user/tidegate.service');
		const installed = await program.run(['service', 'install']);
		expect(installed.code).toBe(0);
		expect(installed.stdout).toMatch(/systemctl --user enable --now tidegate[\s\S]*loginctl enable-linger/);
		expect(await readFile(unit, 'utf8')).toContain(`--data ${program.data} --storage ${program.storage} run\n`);
		expect((await program.run(['service', 'install'])).code).toBe(0);
		expect((await program.run(['service', 'uninstall'])).code).toBe(0);
		expect((await program.run(['service', 'uninstall'])).code).toBe(4);

		await writeFile(unit, '[Service]\nExecStart=/usr/bin/true\n');
		for (const verb of ['install', 'uninstall']) {
			const refused = await program.run(['service', verb]);
			expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('was not written by tidegate')]);
		}

		expect(await readFile(unit, 'utf8')).toBe('[Service]\nExecStart=/usr/bin/true\n');
		await rm(unit);
	});
});
