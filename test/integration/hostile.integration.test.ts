import {existsSync, readdirSync} from 'node:fs';
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {connectEngine} from '../../source/remote/client.ts';
import {usualSocketPath} from '../../source/remote/socket-path.ts';
import {programVersion} from '../../source/system/runtime.ts';
import {forbiddenIn, hostilePieces} from '../support/hostile-text.ts';
import {createProgram, type Program} from '../support/program.ts';

/*
 * Hostile text through the whole program. A canary file lies in wait for everything that a shell would do. It found
 * options that were kept with their control codes, and JSON that carried C1 codes and turning marks to the terminal.
 */

const titles = [
	'$(touch canary)',
	'`touch canary`',
	"'; touch canary; '",
	'"; touch canary #',
	'| touch canary',
	'&& touch canary',
	'-rf',
	'--exec=touch canary',
	'--output=/tmp/canary',
	'../../../../canary',
	'..',
	'.',
	'%(title)s %(x)s %n%s',
	'{source} {directory} {title}',
	'a\u001B]0;owned\u0007b\u001B[2J',
	'line one\nline two',
	'2026-01-01T00:00:00.000Z completed job 1\r\n2026-01-01T00:00:00.000Z failed job 2',
	'abc\u202Egpj.exe',
	'zero\u200Bwidth',
	'x'.repeat(5000),
	'\u0301'.repeat(200),
	'"},{"id":99,"status":"completed","title":"forged',
	'\uD800 half',
	'CON',
	'~root',
	'👨‍👩‍👧‍👦 family 日本語 שלום',
];

/** Prints everything that is hostile, on both streams, and does what it was asked for with names of its own choosing. */
const chatterbox = `#!/usr/bin/env node
import {writeFileSync, readFileSync} from 'node:fs';
if (process.argv[2] === '--version') { console.log('chatterbox \\u001b]0;owned\\u0007 1.0'); process.exit(0); }
const pieces = JSON.parse(readFileSync(new URL('./pieces.json', import.meta.url), 'utf8'));
for (const piece of pieces) { process.stdout.write('out ' + piece + ' end\\n'); process.stderr.write('err ' + piece + ' end\\n'); }
process.stdout.write('DLF {"filepath":"/etc/passwd"}\\nSAVED\\n');
writeFileSync('args.json.part', JSON.stringify(process.argv.slice(2)));
writeFileSync('--exec=touch canary \\u001b[31m\\n.bin', JSON.stringify(process.argv.slice(2)));
`;

const config = (directory: string): string => `[disk_management]
pause_below_free_gb = 0.2
resume_above_free_gb = 0.3
stop_below_free_gb = 0.1
[queue]
max_attempts = 1
[providers.chatterbox]
type = "command"
command = ${JSON.stringify(join(directory, 'chatterbox.mjs'))}
args = ["--title={title}", "--language", "{language}", "--", "{source}", "{title}"]
accepts = "^chat:"
max_active = 4
success = "^SAVED$"
`;

const setUp = async (): Promise<Program> => {
	const program = await createProgram();
	const {directory} = program;
	await mkdir(program.storage, {recursive: true});
	await writeFile(join(directory, 'chatterbox.mjs'), chatterbox, {mode: 0o755});
	await writeFile(join(directory, 'pieces.json'), JSON.stringify(hostilePieces));
	await writeFile(join(directory, 'config.toml'), config(directory));
	return program;
};

/** A server whose headers are as hostile as HTTP lets them be. */
const startHostileServer = async (): Promise<string> => {
	const names = [
		'attachment; filename="../../../outside"',
		'attachment; filename="/etc/outside"',
		'attachment; filename="..\\\\..\\\\outside"',
		"attachment; filename*=UTF-8''%1B%5D0%3Bowned%07%0A%2e%2e%2foutside.bin",
		"attachment; filename*=UTF-8''%E2%80%AEnib.exe",
		'attachment; filename="-rf"',
		'attachment; filename=".bashrc"',
		`attachment; filename="${'n'.repeat(4000)}.bin"`,
	];
	const server: Server = createServer((request, response) => {
		const index = Number(/\d+/.exec(request.url ?? '')?.[0] ?? 0);
		if (request.url?.startsWith('/redirect') === true) {
			const places = ['file:///etc/passwd', 'http://127.0.0.1:1/\u00ff', 'javascript:alert(1)', '/name/3', '//'];
			response.writeHead(302, {location: places[index % places.length] ?? '/'});
			response.end();
			return;
		}

		response.writeHead(200, {
			'content-type': 'application/octet-stream',
			'content-disposition': names[index % names.length] ?? '',
			'content-length': 7,
		});
		response.end('content');
	});
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const expectClean = (what: string, text: string): void => {
	for (const line of text.split('\n')) expect([what, line, forbiddenIn(line)]).toEqual([what, line, undefined]);
};

const hasCanary = (program: Program): boolean =>
	[program.directory, program.data, program.storage, process.cwd(), '/tmp', '/etc'].some(folder =>
		existsSync(join(folder, 'canary')),
	) ||
	[program.directory, program.data, '/tmp', '/etc'].some(folder => existsSync(join(folder, 'outside'))) ||
	readdirSync(program.directory).some(name => name.includes('canary'));

const ask = (program: Program, ...args: readonly string[]) => program.run(['--config', 'config.toml', ...args]);

test('hostile titles, names, headers and tools: nothing is executed, forged, misplaced or sent to the terminal', async () => {
	const program = await setUp();
	const server = await startHostileServer();
	const scheduler = program.start(['--config', 'config.toml', '--verbose', 'run']);
	await vi.waitFor(() => expect(scheduler.stderr()).toContain('runs with'), {timeout: 20_000});

	// By the command line, by a list on stdin, and by the socket.
	for (const title of ['$(touch canary)', '-rf', '--exec=touch canary', 'line one\nline two']) {
		const added = await ask(program, 'add', `--title=${title}`, `--language=${title}`, `chat:cli-${title.length}`);
		expect([title, added.code]).toEqual([title, 0]);
		expectClean('add', added.stdout + added.stderr);
	}

	const list = [
		...Array.from({length: 8}, (_, index) => `${server}/name/${index}`),
		...Array.from({length: 5}, (_, index) => `${server}/redirect/${index}`),
		'chat:$(touch canary)',
		'chat:; touch canary',
		'-rf',
		'--exec=touch canary',
		'chat:\u001B[31mred',
		'gopher://\u202Eevil',
	];
	const listed = await program.run(['--config', 'config.toml', 'add', '-', '--skip-bad'], {stdin: list.join('\n')});
	expect(listed.code).toBe(0);
	expectClean('add -', listed.stdout + listed.stderr);

	const connection = await connectEngine({socketPath: () => usualSocketPath(program.data), version: programVersion()});
	if (!connection.ok) throw new Error(connection.message);
	const {engine} = connection;
	const answer = await engine.send({
		type: 'add',
		batch: '../\u001B]0;batch\u0007',
		requests: titles.map((title, index) => ({
			source: `chat:socket-${index}`,
			title,
			options: {language: title, hoster: title, fields: {artist: title}},
		})),
	});
	expect(answer).toMatchObject({ok: true});
	await vi.waitFor(
		() => {
			const {counts, active} = engine.getSnapshot();
			expect([counts.queued, active.length]).toEqual([0, 0]);
			expect(counts.completed + counts.failed).toBeGreaterThan(30);
		},
		{timeout: 60_000, interval: 100},
	);
	const {rows} = await engine.list({limit: 1000});
	await engine.close();

	// One record stays one record, one line one line.
	const jobs = (await program.json(['--config', 'config.toml', 'list', '--limit', '1000'])) as {jobs: unknown[]};
	expect(jobs.jobs).toHaveLength(rows.length);
	const jsonl = await ask(program, 'list', '--jsonl');
	expect(jsonl.stdout.trim().split('\n')).toHaveLength(rows.length);
	const table = await ask(program, 'list', '--limit', '1000');
	expect(table.stdout.trim().split('\n')).toHaveLength(rows.length + 1);
	const exported = await ask(program, 'export');
	expect(exported.stdout.trim().split('\n')).toHaveLength(rows.length);
	for (const [what, text] of Object.entries({table, jsonl, exported})) expectClean(what, text.stdout + text.stderr);
	const chatty = rows.find(row => row.provider === 'chatterbox' && row.status === 'completed');
	expect(chatty).toBeDefined();
	for (const verb of ['show', 'log']) {
		const told = await ask(program, verb, String(chatty?.id));
		expectClean(verb, told.stdout + told.stderr);
	}

	expectClean('health', (await ask(program, 'health')).stdout);
	scheduler.process.kill('SIGTERM');
	await scheduler.ended;
	expectClean('run', scheduler.stderr());
	for (const line of scheduler.stderr().trim().split('\n').slice(1, -2))
		expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z |^SIGTERM|^\d+ completed|^tidegate /);

	// Every line of a log has its time, and no tool wrote another one.
	for (const name of await readdir(join(program.data, 'logs'))) {
		const text = await readFile(join(program.data, 'logs', name), 'utf8');
		expectClean(name, text);
		for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z /);
	}

	// What lies in the storage lies there under a harmless name, and what the tools were given were no options.
	const files = await readdir(program.storage, {recursive: true, withFileTypes: true});
	const placed = files.filter(entry => entry.isFile() && !entry.parentPath.includes('.tidegate'));
	expect(placed.length).toBeGreaterThan(20);
	for (const {name, parentPath} of placed) {
		expect([name, forbiddenIn(name)]).toEqual([name, undefined]);
		expect(name).not.toMatch(/^[-.~]/);
		const content = await readFile(join(parentPath, name), 'utf8');
		if (!content.startsWith('[')) continue;
		const given = JSON.parse(content) as readonly string[];
		const end = given.indexOf('--');
		for (const argument of given.slice(0, end)) expect(argument).toMatch(/^--title=|^--language$|^[^-]/s);
	}

	expect(hasCanary(program)).toBe(false);
});
