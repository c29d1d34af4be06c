import {spawnSync} from 'node:child_process';
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
 * A canary in every place where a secret can be configured or come in, and a look at everything that others may see or that
 * is kept: arguments and environments of all children, logs, database, crash reports, answers, screen, socket. Mutations
 * tried, each of which is found: `viewsOf` without `masked`; the snapshot without it; `hidingSecrets` that hides nothing;
 * `config print --json` as it was read; the tool's source in its arguments; a crash report that knows no values; aria2c with
 * its secret in its arguments; its configuration file left, or readable by others.
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

/** Preloaded into the scheduler: ends it, when it is asked to, with an error that says all that it should not. */
const crashesWithAll = `process.on('SIGUSR2', () => {
	const cause = new Error('cookie ${canaries.cookie}, password=${canaries.literal}');
	const address = 'https://user:${canaries.urlPassword}@h/?token=${canaries.urlToken}&X-Amz-Signature=${canaries.signature}';
	throw new Error('${canaries.byReference} ${canaries.byFile} ' + address, {cause});
});
`;

const env = {BABBLER_TOKEN: canaries.byReference, SCHEDULER_SECRET: canaries.scheduler};

/** Command lines and environments of everything below a process, as long as it is asked. */
const watchChildren = (root: number) => {
	const ownLine = readFileSync(`/proc/${root}/cmdline`, 'utf8').replaceAll('\0', ' ');
	const seen = new Map<string, {readonly line: string; readonly environment: string}>();
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
				if (line === ownLine) continue;
				seen.set(`${child} ${line}`, {line, environment: readFileSync(`/proc/${child}/environ`, 'utf8')});
			} catch {
				// It has ended.
			}

			look(Number(child));
		}
	};
	const timer = setInterval(() => look(root), 10);
	return {
		stop: () => clearInterval(timer),
		argv: () => [...seen.values()].map(({line}) => line),
		/** Those for which it is not meant that they know this provider's secrets. */
		strangersTo(name: string) {
			const all = [...seen.values()];
			const own = new Set(all.filter(({line}) => line.includes(name)).map(({environment}) => attemptOf(environment)));
			return all.filter(({environment}) => !own.has(attemptOf(environment)));
		},
	};
};

/** All that lies in a folder, by path. */
const contentsOf = async (folder: string): Promise<ReadonlyMap<string, string>> => {
	const entries = await readdir(folder, {recursive: true, withFileTypes: true});
	const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
	return new Map(await Promise.all(files.map(async file => [file, await readFile(file, 'latin1')] as const)));
};

const attemptOf = (environment: string): string => /TIDEGATE_ATTEMPT=([^\0]*)/.exec(environment)?.[1] ?? 'none';

/** All that ever lies in a folder while it is watched: what a file has held, by its path. */
const watchFolder = (folder: string) => {
	const held: Array<readonly [path: string, text: string]> = [];
	let isOver = false;
	const look = async (): Promise<void> => {
		while (!isOver) {
			const contents = await contentsOf(folder).catch(() => new Map<string, string>());
			held.push(...[...contents].filter(([path]) => !isDatabase(path)));
			await new Promise(resolve => setTimeout(resolve, 20));
		}
	};
	const looking = look();
	return {
		async stop() {
			isOver = true;
			await looking;
			return held;
		},
	};
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
	const preload = join(program.directory, 'preload.mjs');
	await writeFile(preload, crashesWithAll);
	const scheduler = program.start(['--config', 'config.toml', 'run'], {
		env: {...env, NODE_OPTIONS: `--import=${preload}`},
	});
	const folder = watchFolder(program.data);
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
	const kept = await folder.stop();
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
		['stats'],
		['--json', 'stats'],
		['disk'],
		['config', 'check'],
		['config', 'path'],
		['wait', '1'],
		['--dry-run', 'add', sources[0]!.replace('video', 'another')],
		['--json', '--dry-run', 'add', sources[0]!.replace('video', 'another')],
		['--dry-run', 'run'],
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
	const previews = await engine.preview(
		[...sources, `${sources[0]!}&x=1`, 'gopher://u:p@h/'].map(source => ({source})),
	);
	outputs.push(['preview', JSON.stringify(previews)], ['findings', JSON.stringify(await engine.findings())]);
	// What was acted on can be undone, and its name is told for that.
	await engine.send({type: 'retry', selection: {ids: [rows[0]!.id]}});
	outputs.push(['after an act', JSON.stringify(engine.getSnapshot())]);
	await engine.close();
	await ask('undo');

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
	const strangers = children.strangersTo('babbler');
	expect(strangers.some(({line}) => line.includes('fake-yt-dlp'))).toBe(true);
	for (const {line, environment} of strangers) expect([line, found(environment)]).toEqual([line, []]);
	for (const [path, text] of kept) expect([path, found(text)]).toEqual([path, []]);

	scheduler.process.kill('SIGUSR2');
	const crashed = await scheduler.ended;
	expect(crashed.code).toBe(1);
	expect(found(crashed.stderr + crashed.stdout)).toEqual([]);
	expect(crashed.stderr).toContain('unexpected error: *** ***');
	const contents = await contentsOf(program.data);
	expect([...contents.keys()].some(isDatabase)).toBe(true);
	expect([...contents.keys()].filter(isReport)).toHaveLength(1);
	for (const [file, text] of contents) {
		expect([file, found(text, isDatabase(file) ? inAddresses : [])]).toEqual([file, []]);
		if (isDatabase(file) || isReport(file) || file.endsWith('.log'))
			expect([file, (await stat(file)).mode & 0o077]).toEqual([file, 0]);
	}

	// Nothing is left in the folders of the jobs.
	for (const [file, text] of await contentsOf(program.storage)) expect([file, found(text)]).toEqual([file, []]);
});

const isReport = (file: string): boolean => /crash-[^/]*\.txt$/.test(file);

/** In the place of aria2c: keeps its configuration and who may read it, then is aria2c. */
const nosyAria2 = (directory: string): string => `#!/bin/sh
for a in "$@"; do
	case "$a" in --conf-path=*)
		cp "\${a#--conf-path=}" "${directory}/seen.conf"
		stat -c %a "\${a#--conf-path=}" >"${directory}/seen.mode"
	esac
done
exec aria2c "$@"
`;

test('the secret that aria2c is spoken to with is known to it alone, and so are the logins of its addresses', async context => {
	if (process.platform !== 'linux') context.skip('needs /proc');
	if (spawnSync('aria2c', ['--version']).error !== undefined) context.skip('needs aria2c');
	const program = await createProgram();
	await writeFile(join(program.directory, 'nosy-aria2c'), nosyAria2(program.directory), {mode: 0o755});
	await writeFile(
		join(program.directory, 'config.toml'),
		`[disk_management]
pause_below_free_gb = 0.2
resume_above_free_gb = 0.3
stop_below_free_gb = 0.1
[queue]
max_attempts = 1
[providers.aria2]
command = ${JSON.stringify(join(program.directory, 'nosy-aria2c'))}
extra_args = ["--referer=https://u:${canaries.argument}@example.org/"]
`,
	);
	await using server = closing(
		await startMediaServer({
			rate: 100_000,
			routes: {
				'/slow.bin': {content: {seed: 1, size: 80_000}},
				'/refused.bin': {answers: [{type: 'status', status: 403, body: canaries.signature}]},
			},
		}),
	);
	const scheduler = program.start(['--config', 'config.toml', 'run'], {env});
	const folder = watchFolder(program.data);
	const children = watchChildren(scheduler.process.pid ?? 0);
	const query = `token=${canaries.urlToken}&X-Amz-Signature=${canaries.signature}`;
	const address = server.url.replace('http://', `http://user:${canaries.urlPassword}@`);
	const outputs: Array<readonly [what: string, text: string]> = [];
	const ask = async (...args: readonly string[]): Promise<void> => {
		const ended = await program.run(['--config', 'config.toml', ...args], {env});
		outputs.push([args.join(' '), ended.stdout + ended.stderr]);
	};

	await vi.waitFor(() => expect(scheduler.stderr()).toContain('runs with'), {timeout: 20_000});
	for (const name of ['slow.bin', 'refused.bin'])
		await ask('add', '--provider', 'aria2', `${address}/${name}?${query}`);
	await vi.waitFor(
		async () =>
			expect(await program.json(['--config', 'config.toml', 'status'])).toMatchObject({
				counts: {completed: 1, failed: 1},
			}),
		{timeout: 30_000, interval: 200},
	);
	children.stop();
	const kept = await folder.stop();
	for (const id of ['1', '2']) for (const verb of ['show', 'log']) await ask(verb, id);
	for (const args of [['list'], ['export'], ['health'], ['doctor'], ['status'], ['config', 'print']])
		await ask(...args);
	scheduler.process.kill('SIGTERM');
	const ended = await scheduler.ended;
	outputs.push(['what `run` told', ended.stderr + ended.stdout]);

	const configuration = await readFile(join(program.directory, 'seen.conf'), 'utf8');
	expect(await readFile(join(program.directory, 'seen.mode'), 'utf8')).toBe('600\n');
	const [, rpcSecret = ''] = /^rpc-secret=(\w{64})$/m.exec(configuration) ?? [];
	expect(rpcSecret).not.toBe('');
	expect(found(configuration)).toEqual([]);
	const both = (text: string, allowed: readonly string[] = []): readonly string[] => [
		...found(text, allowed),
		...(text.includes(rpcSecret) ? [`the secret: …${around(text, rpcSecret)}…`] : []),
	];
	for (const [what, text] of outputs) expect([what, both(text)]).toEqual([what, []]);
	const argv = children.argv();
	expect(argv.some(line => line.includes('--conf-path='))).toBe(true);
	// What the configuration itself puts into extra_args stands there; config.toml says so.
	for (const line of argv) expect(both(line, [canaries.argument])).toEqual([]);
	for (const {line, environment} of children.strangersTo('nobody'))
		expect([line, both(environment)]).toEqual([line, []]);
	for (const [path, text] of kept.filter(([file]) => !/aria2-[\da-f-]+\.conf$/.test(file)))
		expect([path, both(text)]).toEqual([path, []]);
	for (const [file, text] of await contentsOf(program.data))
		expect([file, both(text, isDatabase(file) ? inAddresses : [])]).toEqual([file, []]);
	for (const [file, text] of await contentsOf(program.storage)) expect([file, both(text)]).toEqual([file, []]);
});

test.each([
	['yt-dlp', `extra_args = ["--password", "${canaries.argument}"]`],
	['aria2', `extra_args = ["--header=Authorization: Bearer ${canaries.argument}"]`],
	['aria2', `extra_args = ["--http-passwd=${canaries.argument}"]`],
	['yt-dlp', `cookies = "${canaries.cookie}"`],
	['yt-dlp', `extra_args = "-u me -p ${canaries.argument}"`],
	['babbler', `type = "command"\ncommand = "true"\nargs = ["{source}"]\nenv = {TOKEN = ["${canaries.literal}"]}`],
	['http', `api_key = "${canaries.literal}"`],
])(
	'a login that stands where others could read it is refused without being repeated (%s, %#)',
	async (provider, line) => {
		const program = await createProgram();
		await writeFile(join(program.directory, 'config.toml'), `[providers.${provider}]\n${line}\n`);
		for (const args of [['config', 'check'], ['--json', 'config', 'print'], ['doctor'], ['list'], ['run']]) {
			const ended = await program.run(['--config', 'config.toml', ...args]);
			expect([args, ended.code]).toEqual([args, args[0] === 'doctor' ? ended.code : 2]);
			expect([args, found(ended.stdout + ended.stderr)]).toEqual([args, []]);
		}
	},
);

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
