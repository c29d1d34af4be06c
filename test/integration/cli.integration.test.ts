import {readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {startMediaServer, type MediaRoute, type MediaServer} from '../../source/demo/media-server.ts';
import {createProgram, type Program} from '../support/program.ts';

type Json = Readonly<Record<string, unknown>>;

const size = 50_000;

/** A server with so many files, `/1.bin` and so on, and `/none.bin`, which is not there. */
const startServer = async (count: number, routes: Readonly<Record<string, MediaRoute>> = {}): Promise<MediaServer> => {
	const files = Object.fromEntries(
		Array.from({length: count}, (_unused, index) => [`/${index + 1}.bin`, {content: {seed: index + 1, size}}]),
	);
	const server = await startMediaServer({routes: {...files, ...routes}});
	onTestFinished(() => server.close());
	return server;
};

const sourcesOf = (server: MediaServer, count: number): readonly string[] =>
	Array.from({length: count}, (_unused, index) => `${server.url}/${index + 1}.bin`);

const jobsOf = async (program: Program, ...args: readonly string[]): Promise<readonly Json[]> =>
	((await program.json(['list', ...args])) as {readonly jobs: readonly Json[]}).jobs;

/** Starts a scheduler and waits until it says that it runs. */
const startScheduler = async (program: Program, ...args: readonly string[]) => {
	const running = program.start(['run', ...args]);
	await vi.waitFor(() => expect(running.stderr()).toContain('runs with'), {timeout: 10_000});
	return running;
};

/** Exported rows without their time, those that an import leaves out put aside. */
const plain = (text: string) =>
	text
		.trim()
		.split('\n')
		.map(line => ({...(JSON.parse(line) as Json), created_at: null}))
		.filter(row => (row as Json)['status'] !== 'cancelled');

describe('without a scheduler', () => {
	test('twelve sources become twelve jobs, which the next run completes', async () => {
		const [program, server] = [await createProgram(), await startServer(12)];
		const added = await program.run(['add', ...sourcesOf(server, 12), '--batch', 'Season']);
		expect(added.code).toBe(0);
		expect(added.stdout.trim().split('\n')).toHaveLength(12);
		expect(added.stderr).toContain('no scheduler is running');
		expect((await jobsOf(program)).map(({hold}) => hold)).toContainEqual(
			expect.objectContaining({reason: 'no-scheduler'}),
		);

		const summary = await program.json(['--workers', '3', 'run', '--until-idle']);
		expect(summary).toEqual({
			completed: 12,
			failed: 0,
			cancelled: 0,
			remaining: 0,
			bytes: 12 * size,
			seconds: expect.any(Number) as number,
		});
		expect((await stat(join(program.storage, 'Season', '12.bin'))).size).toBe(size);
	});

	test('a failed job makes the run end with exit code 1 and tells why', async () => {
		const [program, server] = [await createProgram(), await startServer(1)];
		await program.run(['add', `${server.url}/1.bin`, `${server.url}/none.bin`]);
		const ended = await program.run(['run', '--until-idle']);
		expect(ended.code).toBe(1);
		expect(ended.stdout).toMatch(/^1 completed, 1 failed, 0 cancelled, 0 remaining; 50 kB in /);
		expect(ended.stderr).toMatch(/failed job 2 none\.bin: .*404/);
		const [, failed] = await jobsOf(program, '--sort', 'added');
		expect(failed).toMatchObject({
			status: 'failed',
			attempts: 1,
			error: {code: 'not-found', class: 'permanent', message: expect.stringContaining('404') as string},
			hold: null,
		});
		expect((await program.run(['log', '2'])).stdout).toContain('404');
	});

	test('the answer to an addition has the fields that scripts expect', async () => {
		const [program, server] = [await createProgram(), await startServer(1)];
		await program.run(['add', `${server.url}/1.bin`]);
		const answer = await program.json([
			'add',
			`${server.url}/1.bin`,
			`${server.url}/e{episode:02}.mkv`,
			'--language',
			'de',
		]);
		expect(answer).toEqual({
			success: true,
			message: '2 jobs added',
			episode_count: 2,
			queue_ids: [expect.any(Number), expect.any(Number)],
			max_concurrent: 5,
			provider: 'http',
			language: 'de',
			duplicates: [],
		});
		expect(await program.json(['add', `${server.url}/1.bin`])).toMatchObject({
			success: true,
			episode_count: 0,
			queue_ids: [],
			duplicates: [{source: `${server.url}/1.bin`, id: 1}],
		});
	});

	test('episodes fill their place in the source and in the title', async () => {
		const program = await createProgram();
		await program.run([
			'add',
			'http://127.0.0.1:9/s/{episode:03}.mkv',
			'--episodes',
			'1-2,12',
			'--title',
			'Show',
			'--batch',
			'S',
		]);
		expect((await jobsOf(program)).map(({title, source, batch}) => [title, source, batch])).toEqual([
			['Show 01', 'http://127.0.0.1:9/s/001.mkv', 'S'],
			['Show 02', 'http://127.0.0.1:9/s/002.mkv', 'S'],
			['Show 12', 'http://127.0.0.1:9/s/012.mkv', 'S'],
		]);
	});

	test('jobs are paused, resumed, cancelled, retried, ordered and removed', async () => {
		const program = await createProgram();
		await program.run(['add', ...['a', 'b', 'c', 'd'].map(name => `http://127.0.0.1:9/${name}`)]);
		expect(await program.json(['pause', '2'])).toEqual({changed: [2], refused: []});
		expect(await program.json(['pause', '2'], 4)).toEqual({
			changed: [],
			refused: [{id: 2, reason: 'it is paused already'}],
		});
		expect(await program.json(['resume', '--status', 'paused'])).toEqual({changed: [2], refused: []});
		expect(await program.json(['cancel', '1'])).toEqual({changed: [1], refused: []});
		expect(await program.json(['remove', '2'], 4)).toMatchObject({refused: [{id: 2}]});
		expect(await program.json(['retry', '--all'])).toEqual({changed: [1], refused: []});
		const order = async () => (await jobsOf(program)).map(({id}) => id);
		await program.run(['priority', '4', '3', '9']);
		expect((await order()).slice(0, 2)).toEqual([3, 4]);
		await program.run(['move', '1', '--top']);
		expect((await order())[0]).toBe(1);
		await program.run(['move', '1', '--bottom']);
		expect((await order()).at(-1)).toBe(1);
		await program.run(['move', '4', '--before', '3']);
		expect((await order()).slice(0, 2)).toEqual([4, 3]);
		await program.run(['cancel', '--all']);
		expect(await program.json(['remove', '--all'])).toMatchObject({refused: []});
		expect(await order()).toEqual([]);
	});

	test('of several ids those that can be acted on are, and the exit code tells of the others', async () => {
		const program = await createProgram();
		await program.run(['add', ...['a', 'b', 'c'].map(name => `http://127.0.0.1:9/${name}`)]);
		const missing = {id: 99, reason: 'there is no such job'};
		expect(await program.json(['--dry-run', 'pause', '1', '99'], 3)).toEqual({changed: [1], refused: [missing]});
		expect(await program.json(['pause', '1', '99'], 3)).toEqual({changed: [1], refused: [missing]});
		expect(await program.json(['pause', '99'], 3)).toEqual({changed: [], refused: [missing]});
		expect(await program.json(['pause', '1', '2'], 4)).toEqual({
			changed: [2],
			refused: [{id: 1, reason: 'it is paused already'}],
		});
		expect(await program.json(['priority', '3', '99', '7'], 3)).toEqual({changed: [3], refused: [missing]});
		expect(await program.json(['move', '2', '99', '--top'], 3)).toEqual({changed: [2], refused: [missing]});
		expect(await program.json(['pause', '--status', 'paused'])).toEqual({changed: [], refused: []});
	});

	test('attempts are counted as they are made: a file that came at once took one', async () => {
		const answers = [{type: 'status', status: 503, headers: {'retry-after': '0'}}, {type: 'file'}] as const;
		const [program, server] = [
			await createProgram(),
			await startServer(1, {'/busy.bin': {content: {seed: 1, size: 1000}, answers}}),
		];
		await writeFile(join(program.directory, 'config.toml'), '[queue]\nretry_base_seconds = 0.1\n');
		await program.run(['add', `${server.url}/1.bin`, `${server.url}/busy.bin`, '--batch', 'B']);
		await program.run(['run', '--until-idle']);
		expect(await jobsOf(program, '--sort', 'added')).toMatchObject([
			{id: 1, status: 'completed', attempts: 1, max_attempts: 4},
			{id: 2, status: 'completed', attempts: 2, max_attempts: 4},
		]);
		expect((await program.run(['list', '--sort', 'added'])).stdout).toMatch(/1\/4 .*1\.bin\n.*2\/4 .*busy\.bin/);
		expect((await program.run(['show', '2'])).stdout).toMatch(/attempts +2 of 4/);
	});

	test('exit codes tell what kind of no it is', async () => {
		const program = await createProgram();
		await program.run(['add', 'http://127.0.0.1:9/x']);
		const codes: Record<string, number | null> = {};
		for (const line of [
			'show 99',
			'log 99',
			'pause 99',
			'wait',
			'workers 3',
			'limit 2MB',
			'move 1 --before 99',
			'list --batch none',
		]) {
			codes[line] = (await program.run(line.split(' '))).code;
		}

		expect(codes).toEqual({
			'show 99': 3,
			'log 99': 3,
			'pause 99': 3,
			wait: 5,
			'workers 3': 5,
			'limit 2MB': 5,
			'move 1 --before 99': 3,
			'list --batch none': 3,
		});
	});

	test('a dry run writes nothing', async () => {
		const program = await createProgram();
		const url = 'http://127.0.0.1:9/x';
		expect(await program.run(['--dry-run', 'add', url, `${url}2`])).toMatchObject({
			code: 0,
			stdout: '',
			stderr: 'would add 2 jobs; nothing was written\n',
		});
		expect(await program.json(['--dry-run', 'add', url])).toMatchObject({episode_count: 1, queue_ids: []});
		expect((await program.run(['--dry-run', 'add', 'gopher://x'])).code).toBe(2);
		await expect(stat(program.data)).rejects.toThrow('ENOENT');
		await expect(stat(program.storage)).rejects.toThrow('ENOENT');
		await program.run(['add', url]);
		expect(await program.json(['--dry-run', 'cancel', '1'])).toEqual({changed: [1], refused: []});
		expect(await program.json(['--dry-run', 'run'])).toMatchObject({jobs: [{id: 1}]});
		await writeFile(join(program.directory, 'list.txt'), `${url}3\n`);
		for (const [line, words] of [
			['pause --queue', 'the queue would be paused'],
			['import urls list.txt', '1 job would be taken over'],
			['move 1 --top', '1 job would be moved'],
			['priority 1 9', '1 job would get priority 9'],
		] as const) {
			expect((await program.run(['--dry-run', ...line.split(' ')])).stdout).toBe(`${words}\n`);
		}

		expect(await program.json(['status'])).toMatchObject({is_queue_paused: false});
		expect(await jobsOf(program)).toMatchObject([{id: 1, status: 'queued', priority: 5}]);
	});

	test('a list is read page by page, and whole as lines', async () => {
		const program = await createProgram();
		await program.run(['add', '-'], {
			stdin: Array.from({length: 25}, (_unused, index) => `http://127.0.0.1:9/${index}`).join('\n'),
		});
		const first = (await program.json(['list', '--limit', '20'])) as {
			readonly jobs: readonly Json[];
			readonly next: string;
		};
		expect(first.jobs).toHaveLength(20);
		const second = (await program.json(['list', '--limit', '20', '--after', first.next])) as typeof first;
		expect(second.jobs).toHaveLength(5);
		expect(second.next).toBeNull();
		const lines = (await program.run(['list', '--jsonl'])).stdout.trim().split('\n');
		expect(lines.map(line => (JSON.parse(line) as Json)['id'])).toEqual(
			[...first.jobs, ...second.jobs].map(({id}) => id),
		);
	});

	test('what was exported is taken over as it was', async () => {
		const [one, other] = [await createProgram(), await createProgram()];
		const checksum = `sha256:${'ab'.repeat(32)}`;
		await one.run([
			'add',
			'http://127.0.0.1:9/a',
			'--title',
			'Ä "x"',
			'--batch',
			'B',
			'--priority',
			'8',
			'--checksum',
			checksum,
		]);
		await one.run(['add', 'http://127.0.0.1:9/b', '--paused', '--quality', '720p', '--output', '{title}.{ext}']);
		await one.run(['add', 'http://127.0.0.1:9/c']);
		await one.run(['cancel', '3']);
		const exported = (await one.run(['export'])).stdout;
		await writeFile(join(other.directory, 'queue.jsonl'), exported);
		expect(await other.json(['--dry-run', 'import', 'queue.jsonl'])).toMatchObject({imported: 2});
		expect(await other.json(['import', 'queue.jsonl'])).toEqual({
			imported: 2,
			skipped: [{what: 'http://127.0.0.1:9/c', why: 'it is cancelled'}],
		});
		expect(plain((await other.run(['export'])).stdout)).toEqual(plain(exported));
		const third = await createProgram();
		expect((await third.run(['import', '-'], {stdin: exported})).stdout).toBe('2 jobs taken over\n');
	});

	test('the views of the whole have the fields that scripts expect', async () => {
		const program = await createProgram();
		expect(await program.json(['status'])).toMatchObject({
			is_scheduling: false,
			workers: 5,
			active: [],
			counts: {queued: 0},
		});
		const number = expect.any(Number) as number;
		expect(await program.json(['stats'])).toMatchObject({
			success_rate: null,
			sizes: null,
			batches: [],
			top_errors: [],
			resources: {
				memory: number,
				cpu: number,
				network: {now: 0, last_minute: 0},
				disk: [{path: program.storage, free: number, total: number, reserved: 0, fill_rate: number}],
			},
		});
		expect(await program.json(['disk'])).toMatchObject({
			volumes: [
				{path: program.storage, state: 'open', free: expect.any(Number) as number, marks: {free: {pause: 2e9}}},
			],
			breakdown: {videos: 0, other: 0},
		});
		expect(await program.json(['health'])).toMatchObject({
			http: {state: 'closed', failure_count: 0, last_success: null, last_failure: null, tool: {found: true}},
		});
		expect(await program.json(['config', 'path'])).toMatchObject({
			config: null,
			data: program.data,
			storage: program.storage,
		});
		expect((await program.run(['config', 'print'])).stdout).toContain('max_concurrent_downloads = 5');
		const {stdout} = await program.run(['--json', 'doctor']);
		const {checks} = JSON.parse(stdout) as {readonly checks: readonly Json[]};
		expect(
			checks.filter(({name}) => ['node', 'config', 'data', 'storage', 'space'].includes(String(name))),
		).toHaveLength(5);
		for (const check of checks) expect(Object.keys(check)).toEqual(['name', 'ok', 'detail', 'fix']);
	});

	test('without a verb and without a terminal it is the status', async () => {
		const program = await createProgram();
		const ended = await program.run([]);
		expect(ended.code).toBe(0);
		expect(ended.stdout).toContain('no scheduler is running');
	});

	test('a reader that leaves early does no harm', async () => {
		const program = await createProgram();
		const running = program.start(['help']);
		running.process.stdout?.destroy();
		expect((await running.ended).code).toBe(0);
	});
});

describe('with a scheduler', () => {
	test('commands reach it through its socket', async () => {
		const [program, server] = [await createProgram(), await startServer(3)];
		const scheduler = await startScheduler(program);
		expect((await stat(join(program.data, 'tidegate.sock'))).mode & 0o777).toBe(0o600);
		expect((await stat(program.data)).mode & 0o777).toBe(0o700);
		await program.run(['add', ...sourcesOf(server, 3), '--batch', 'B']);
		expect(await program.json(['wait', '--batch', 'B'])).toMatchObject({
			jobs: [{status: 'completed'}, {status: 'completed'}, {status: 'completed'}],
		});
		expect(await program.json(['status'])).toMatchObject({is_scheduling: true, counts: {completed: 3}});
		await program.run(['workers', '7']);
		expect(await program.json(['status'])).toMatchObject({workers: 7});
		await program.run(['add', `${server.url}/none.bin`]);
		expect(await program.json(['wait', '4'], 1)).toMatchObject({jobs: [{id: 4, status: 'failed'}]});
		scheduler.process.kill('SIGTERM');
		expect(await scheduler.ended).toMatchObject({code: 0, stdout: ''});
		await expect(stat(join(program.data, 'tidegate.sock'))).rejects.toThrow('ENOENT');
	});

	test('a second one is told who holds the queue', async () => {
		const program = await createProgram();
		const scheduler = await startScheduler(program);
		const second = await program.run(['run']);
		expect(second.code).toBe(5);
		expect(second.stderr).toContain(`the scheduler with pid ${scheduler.process.pid}`);
	});

	test('a pause is heard while the job runs, and its log can be followed to its end', async () => {
		const slow = {
			content: {seed: 1, size: 20_000_000},
			answers: [{type: 'file', rate: 200_000}, {type: 'file'}],
		} as const;
		const [program, server] = [await createProgram(), await startServer(0, {'/slow.bin': slow})];
		await startScheduler(program);
		await program.run(['add', `${server.url}/slow.bin`]);
		await vi.waitFor(async () => expect(await jobsOf(program)).toMatchObject([{status: 'downloading'}]), {
			timeout: 10_000,
		});
		expect(await program.json(['pause', '1'])).toMatchObject({changed: [1]});
		await vi.waitFor(async () => expect(await jobsOf(program)).toMatchObject([{status: 'paused'}]), {timeout: 10_000});
		const following = program.start(['log', '1', '--follow']);
		await program.run(['resume', '1']);
		expect((await following.ended).stdout).toContain('GET ');
		expect(await jobsOf(program)).toMatchObject([{status: 'completed', size: 20_000_000}]);
	});

	test('SIGINT stops it with the bytes kept, and the next run fetches the rest', async () => {
		const slow = {
			content: {seed: 1, size: 3_000_000},
			answers: [{type: 'file', rate: 300_000}, {type: 'file'}],
		} as const;
		const [program, server] = [await createProgram(), await startServer(0, {'/slow.bin': slow})];
		await program.run(['add', `${server.url}/slow.bin`]);
		const scheduler = await startScheduler(program, '--until-idle');
		await vi.waitFor(() => expect(server.served('/slow.bin').bytes).toBeGreaterThan(300_000), {timeout: 10_000});
		scheduler.process.kill('SIGINT');
		expect((await scheduler.ended).code).toBe(130);
		const [stopped] = await jobsOf(program);
		expect(stopped).toMatchObject({status: 'queued', attempts: 0});
		expect(await program.json(['run', '--until-idle'])).toMatchObject({completed: 1, bytes: 3_000_000});
		expect(server.served('/slow.bin').bytes).toBeLessThan(5_000_000);
	});

	test('a second signal ends it at once', async () => {
		const slow = {content: {seed: 1, size: 3_000_000}, answers: [{type: 'file', rate: 100_000}]} as const;
		const [program, server] = [await createProgram(), await startServer(0, {'/slow.bin': slow})];
		await program.run(['add', `${server.url}/slow.bin`]);
		const scheduler = await startScheduler(program);
		scheduler.process.kill('SIGTERM');
		scheduler.process.kill('SIGINT');
		// Whichever the kernel delivers second.
		expect([130, 143]).toContain((await scheduler.ended).code);
		expect(await program.json(['status'])).toMatchObject({is_scheduling: false, counts: {failed: 0}});
	});

	test('after kill -9 nothing is lost and nothing is done twice', async () => {
		const slow = {
			content: {seed: 1, size: 3_000_000},
			answers: [{type: 'file', rate: 300_000}, {type: 'file'}],
		} as const;
		const [program, server] = [await createProgram(), await startServer(2, {'/slow.bin': slow})];
		await program.run(['add', ...sourcesOf(server, 2), `${server.url}/slow.bin`]);
		const scheduler = await startScheduler(program);
		await vi.waitFor(async () => expect(await jobsOf(program, '--status', 'completed')).toHaveLength(2), {
			timeout: 10_000,
		});
		scheduler.process.kill('SIGKILL');
		await scheduler.ended;
		expect(await program.json(['status'])).toMatchObject({is_scheduling: false});
		expect(await program.json(['run', '--until-idle'])).toMatchObject({completed: 1, remaining: 0});
		expect(server.served('/1.bin').requests).toBe(1);
		expect((await readFile(join(program.storage, 'slow.bin'))).length).toBe(3_000_000);
	});

	test('a data directory with a very long name still has a socket', async () => {
		const program = await createProgram();
		const long = join(program.directory, 'x'.repeat(120));
		const scheduler = await startScheduler(program, '--data', long);
		expect(await program.json(['--data', long, 'status'])).toMatchObject({is_scheduling: true});
		scheduler.process.kill('SIGTERM');
		expect((await scheduler.ended).code).toBe(0);
	});
});
