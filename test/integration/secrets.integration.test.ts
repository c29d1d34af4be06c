import {readdirSync, readFileSync} from 'node:fs';
import {chmod, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';
import {startMediaServer} from '../../source/demo/media-server.ts';
import {connectEngine} from '../../source/remote/client.ts';
import {usualSocketPath} from '../../source/remote/socket-path.ts';
import {programVersion} from '../../source/system/runtime.ts';
import {createProgram, programPath, type Program} from '../support/program.ts';
import {startInTerminal} from '../support/terminal.ts';

/*
 * A canary in every place where a secret can be configured or come in. Mutations tried, each of which is found: `viewsOf`
 * without `masked`; the snapshot without it; `hidingSecrets` that hides nothing; `config print --json` as it was read; the
 * tool's source in its arguments.
 */

const canaries = {
	urlPassword: 'Cq1urlpassQq',
	urlToken: 'Cq2urltokenQq',
	signature: 'Cq3signatureQq',
	byReference: 'Cq4byenvironmentQq',
	byFile: 'Cq5byfileQq',
	literal: 'Cq6literalQq',
	cookie: 'Cq7cookieQq',
	argument: 'Cq8argumentQq',
	scheduler: 'Cq9schedulerQq',
} as const;

/** Where an address is kept whole, because the job needs it: the database, for this user's eyes only. */
const inAddresses: readonly string[] = [canaries.urlPassword, canaries.urlToken, canaries.signature];

const found = (text: string, allowed: readonly string[] = []): readonly string[] =>
	Object.entries(canaries).flatMap(([name, canary]) =>
		text.includes(canary) && !allowed.includes(canary) ? [`${name}: …${around(text, canary)}…`] : [],
	);

const around = (text: string, canary: string): string => {
	const at = text.indexOf(canary);
	return text.slice(Math.max(0, at - 60), at + 40);
};

/** Repeats everything that it was given, as tools in trouble do, then fails. */
const babbler = `#!/bin/sh
[ "$1" = --version ] && { echo babbler 1.0; exit 0; }
echo "token $API_TOKEN and $SESSION_FILE and $MY_PASSWORD"
echo "scheduler has $SCHEDULER_SECRET"
cat "$1"
sleep 0.4
echo "ERROR: login with ${canaries.urlPassword} and $API_TOKEN refused by $(cat "$1"): HTTP Error 403: Forbidden" >&2
exit 1
`;

/** In the place of yt-dlp: shows its cookies and its arguments. */
const fakeYtDlp = `#!/bin/sh
for a in "$@"; do [ "$a" = --version ] && { echo 2026.01.01; exit 0; }; done
echo "called with $*"
while [ $# -gt 0 ]; do
	[ "$1" = --cookies ] && cat "$2"
	[ "$1" = --batch-file ] && cat "$2"
	shift
done
sleep 0.4
echo "ERROR: cookie ${canaries.cookie} was not accepted: HTTP Error 403: Forbidden" >&2
exit 1
`;

const config = (directory: string): string => `[disk_management]
pause_below_free_gb = 0.2
resume_above_free_gb = 0.3
stop_below_free_gb = 0.1
[queue]
max_attempts = 1
[providers.babbler]
type = "command"
command = ${JSON.stringify(join(directory, 'babbler'))}
args = ["{source_file}"]
accepts = "babbler[.]example"
env = {API_TOKEN = "env:BABBLER_TOKEN", SESSION_FILE = "file:secret.txt", MY_PASSWORD = "${canaries.literal}"}
[providers.yt-dlp]
command = ${JSON.stringify(join(directory, 'fake-yt-dlp'))}
cookies = "file:cookies.txt"
extra_args = ["--referer", "https://u:${canaries.argument}@example.org/"]
`;

const setUp = async (program: Program): Promise<void> => {
	const {directory} = program;
	await mkdir(program.storage, {recursive: true});
	await writeFile(join(directory, 'babbler'), babbler, {mode: 0o755});
	await writeFile(join(directory, 'fake-yt-dlp'), fakeYtDlp, {mode: 0o755});
	await writeFile(join(directory, 'config.toml'), config(directory));
	await writeFile(join(directory, 'secret.txt'), `${canaries.byFile}\n`);
	const cookie = ['.example.org', 'TRUE', '/', 'FALSE', '0', 'sid', canaries.cookie].join('\t');
	await writeFile(join(directory, 'cookies.txt'), `# Netscape HTTP Cookie File\n${cookie}\n`);
	await chmod(join(directory, 'cookies.txt'), 0o600);
};

const env = {BABBLER_TOKEN: canaries.byReference, SCHEDULER_SECRET: canaries.scheduler};

/** Command lines and environments of everything below a process, as long as it is asked. */
const watchChildren = (root: number) => {
	const own = readFileSync(`/proc/${root}/cmdline`, 'utf8').replaceAll('\0', ' ');
	const lines = new Map<string, string>();
	const look = (pid: number): void => {
		let children: readonly string[] = [];
		try {
			children = readdirSync(`/proc/${pid}/task`).flatMap(task =>
				readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
			);
		} catch {
			// It has ended.
		}

		for (const child of children) {
			try {
				const line = readFileSync(`/proc/${child}/cmdline`, 'utf8').replaceAll('\0', ' ');
				// Between fork and exec it is still a picture of its parent.
				if (line === own) continue;
				lines.set(line, readFileSync(`/proc/${child}/environ`, 'utf8'));
			} catch {
				// It has ended.
			}

			look(Number(child));
		}
	};
	const timer = setInterval(() => look(root), 10);
	return {
		stop: () => clearInterval(timer),
		argv: () => [...lines.keys()],
		environments: () => [...lines],
	};
};

/** All that lies in a folder, by path. */
const contentsOf = async (folder: string): Promise<ReadonlyMap<string, string>> => {
	const entries = await readdir(folder, {recursive: true, withFileTypes: true});
	const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
	return new Map(await Promise.all(files.map(async file => [file, await readFile(file, 'latin1')] as const)));
};

const isDatabase = (file: string): boolean => /\.db(?:-wal|-shm|-journal)?$/.test(file);

test('no secret stands in arguments, logs, the database, answers or on the screen, wherever it came in', async context => {
	if (process.platform !== 'linux') context.skip('needs /proc');
	const program = await createProgram();
	await setUp(program);
	await using server = closing(
		await startMediaServer({
			routes: {'/gone.bin': {answers: [{type: 'status', status: 404, body: canaries.signature}]}},
		}),
	);
	const query = `token=${canaries.urlToken}&X-Amz-Signature=${canaries.signature}`;
	const scheduler = program.start(['--config', 'config.toml', 'run'], {env});
	const children = watchChildren(scheduler.process.pid ?? 0);
	const outputs: Array<readonly [what: string, text: string]> = [];
	const ask = async (...args: readonly string[]): Promise<string> => {
		const ended = await program.run(['--config', 'config.toml', ...args], {env});
		outputs.push([args.join(' '), ended.stdout + ended.stderr]);
		return ended.stdout;
	};

	await vi.waitFor(() => expect(scheduler.stderr()).toContain('runs with'), {timeout: 10_000});
	const snapshots: string[] = [];
	const early = await connectEngine({socketPath: () => usualSocketPath(program.data), version: programVersion()});
	if (!early.ok) throw new Error(early.message);
	early.engine.subscribe(() => snapshots.push(JSON.stringify(early.engine.getSnapshot())));
	const address = server.url.replace('http://', `http://user:${canaries.urlPassword}@`);
	const sources = [
		`http://user:${canaries.urlPassword}@babbler.example/video?${query}`,
		`${address}/gone.bin?${query}`,
		`https://user:${canaries.urlPassword}@videos.example/watch?${query}`,
	];
	await ask('add', sources[0]!);
	await ask('add', sources[1]!);
	await ask('add', '--provider', 'yt-dlp', sources[2]!);
	// Once more: the answer names what is there already.
	await ask('--json', 'add', sources[1]!);
	await ask('add', `gopher://user:${canaries.urlPassword}@host/?${query}`);
	await vi.waitFor(
		async () => {
			const {counts} = (await program.json(['--config', 'config.toml', 'status'])) as {counts: {failed: number}};
			expect(counts.failed).toBe(3);
		},
		{timeout: 20_000, interval: 200},
	);
	children.stop();
	await early.engine.close();
	expect(snapshots.some(text => text.includes('babbler.example'))).toBe(true);
	outputs.push(['snapshots', snapshots.join('\n')]);

	for (const id of ['1', '2', '3']) {
		await ask('show', id);
		await ask('--json', 'show', id);
		await ask('log', id);
	}

	for (const args of [
		['list'],
		['list', '--jsonl'],
		['export'],
		['--json', 'status'],
		['--json', 'health'],
		['doctor'],
	])
		await ask(...args);
	await ask('config', 'print');
	await ask('--json', 'config', 'print');

	// The socket, as the screen speaks with it.
	const connection = await connectEngine({socketPath: () => usualSocketPath(program.data), version: programVersion()});
	if (!connection.ok) throw new Error(connection.message);
	const {engine} = connection;
	const {rows} = await engine.list({});
	const details = await Promise.all(rows.map(({id}) => engine.show(id)));
	const logs = await Promise.all(rows.map(({id}) => engine.readLog(id, {tail: 100})));
	outputs.push(['socket', JSON.stringify([engine.getSnapshot(), rows, details, logs, await engine.statistics()])]);
	await engine.close();

	// The screen, with the details of a job on it.
	{
		await using terminal = startInTerminal(
			process.execPath,
			[programPath, '--data', program.data, '--storage', program.storage, '--config', 'config.toml'],
			{cwd: program.directory, env: {HOME: program.directory, ...env}, columns: 160, rows: 50},
		);
		await terminal.until(text => text.includes('gone.bin'), 'the failed jobs');
		terminal.type('3');
		// The status line tells what the cursor stands on once it stands in the pane of the failed.
		await terminal.until(text => text.includes('forbidden:') || text.includes('not-found:'), 'the failure in full');
		terminal.type('\r');
		await terminal.until(text => text.includes('Works in'), 'the details');
		outputs.push(['screen', terminal.raw()], ['screen text', terminal.text()]);
	}

	outputs.push(['what `run` told', scheduler.stderr() + scheduler.stdout()]);
	for (const [what, text] of outputs) expect([what, found(text)]).toEqual([what, []]);
	// The tools did run and did babble, or all of this would prove nothing.
	expect(outputs.find(([what]) => what === 'log 1')?.[1]).toContain('token *** and *** and ***');
	expect(outputs.find(([what]) => what === 'log 3')?.[1]).toContain('called with');

	const argv = children.argv();
	expect(argv.some(line => line.includes('babbler'))).toBe(true);
	// What the configuration itself puts into extra_args stands there; config.toml says so.
	for (const line of argv) expect(found(line, [canaries.argument])).toEqual([]);
	for (const [line, environment] of children.environments())
		expect([line, environment.includes(canaries.scheduler)]).toEqual([line, false]);

	scheduler.process.kill('SIGTERM');
	await scheduler.ended;
	const contents = await contentsOf(program.data);
	expect([...contents.keys()].some(isDatabase)).toBe(true);
	for (const [file, text] of contents) {
		expect([file, found(text, isDatabase(file) ? inAddresses : [])]).toEqual([file, []]);
		if (isDatabase(file) || file.endsWith('.log')) expect([file, (await stat(file)).mode & 0o077]).toEqual([file, 0]);
	}

	// Nothing is left in the folders of the jobs.
	for (const [file, text] of await contentsOf(program.storage)) expect([file, found(text)]).toEqual([file, []]);
});

test('an export holds secrets only when asked for them, and what was masked is not taken for an address', async () => {
	const program = await createProgram();
	const secret = `http://user:${canaries.urlPassword}@127.0.0.1:9/a.bin`;
	await program.run(['add', secret, 'http://127.0.0.1:9/b.bin']);
	const masked = await program.run(['export']);
	expect(found(masked.stdout)).toEqual([]);
	expect(masked.stderr).toContain('--with-secrets prints it whole');
	const whole = await program.run(['export', '--with-secrets']);
	expect(whole.stdout).toContain(secret);

	const other = await createProgram();
	await writeFile(join(other.directory, 'masked.jsonl'), masked.stdout);
	const taken = await other.run(['import', 'masked.jsonl']);
	expect(taken.stdout).toContain('1 job taken over');
	expect(taken.stderr).toContain('its address was masked');
	await writeFile(join(other.directory, 'whole.jsonl'), whole.stdout);
	expect(await other.json(['import', 'whole.jsonl'])).toMatchObject({imported: 1});
	expect((await other.run(['export', '--with-secrets'])).stdout).toContain(secret);
});

/** A server that is closed with the block that uses it. */
const closing = <Server extends {close(): Promise<void>}>(server: Server): Server & AsyncDisposable =>
	Object.assign(server, {[Symbol.asyncDispose]: () => server.close()});
