import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import type {LaneView} from '../../source/domain/snapshot.ts';
import {connectEngine} from '../../source/remote/client.ts';
import {usualSocketPath} from '../../source/remote/socket-path.ts';
import {programVersion} from '../../source/system/runtime.ts';
import {createProgram, type Program, type Running} from '../support/program.ts';

/*
 * The circuit breaker as a person meets it: the built program, a server or a tool that shuts everyone out, and what the
 * commands say of it. Mutations tried, each of which is found: the breaker that never opens; that lets everyone in when its
 * time is over; whose pause does not grow; that counts permanent failures; a Retry-After that is not heeded.
 */

const patience = {timeout: 30_000, interval: 50};

type Hold = {readonly reason: string; readonly until?: string} | null;
type Lane = {
	readonly id: string;
	readonly running: number;
	readonly state: string;
	readonly failure_count: number;
	readonly last_failure: string;
	readonly hold: Hold;
};
type Health = Readonly<Record<string, {readonly state: string; readonly lanes: readonly Lane[]}>>;
type Listed = {readonly id: number; readonly status: string; readonly attempts: number; readonly hold: Hold};

/** What was asked of the server and waits for its answer. */
type Asked = {readonly path: string; readonly at: number; readonly response: ServerResponse};

/** A server that answers only when the test says what. */
const startServer = async () => {
	const waiting: Asked[] = [];
	let requests = 0;
	const server = createServer((request, response) => {
		requests++;
		waiting.push({path: request.url ?? '', at: Date.now(), response});
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(async () => {
		server.closeAllConnections();
		await new Promise(resolve => server.close(resolve));
	});
	const next = async (): Promise<Asked> => {
		await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0), patience);
		return waiting.shift() as Asked;
	};

	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests: () => requests,
		untilWaiting: (count: number) => vi.waitFor(() => expect(waiting).toHaveLength(count), patience),
		next,
		/** Answers the oldest request that waits. */
		async answer(status: number, headers: Readonly<Record<string, string>> = {}): Promise<Asked> {
			const asked = await next();
			const body = status === 200 ? Buffer.alloc(1000, asked.path) : 'no';
			asked.response.writeHead(status, {'content-length': String(body.length), ...headers}).end(body);
			return asked;
		},
	};
};

const configure = (program: Program, more: string): Promise<void> =>
	writeFile(
		join(program.directory, 'config.toml'),
		`[disk_management]
max_concurrent_downloads = 4
pause_below_free_gb = 0.02
resume_above_free_gb = 0.03
stop_below_free_gb = 0.01
[queue]
max_attempts = 3
retry_base_seconds = 0.1
retry_cap_seconds = 0.1
${more}`,
	);

const withServers = async (more = ''): Promise<Program> => {
	const program = await createProgram();
	await configure(program, `[providers.http]\n${quickBreaker}${more}`);
	return program;
};

const started = async (program: Program): Promise<Running> => {
	const running = program.start(['run']);
	await vi.waitFor(() => expect(running.stderr()).toContain('runs with'), patience);
	return running;
};

const laneOf = async (program: Program, provider: string): Promise<Lane> => {
	const health = (await program.json(['health'])) as Health;
	const [lane] = health[provider]?.lanes ?? [];
	if (lane === undefined) throw new Error(`${provider} has no lane yet`);
	expect(health[provider]?.state).toBe(lane.state);
	return lane;
};

const untilLane = async (program: Program, provider: string, wanted: Partial<Lane>): Promise<Lane> =>
	vi.waitFor(async () => {
		const lane = await laneOf(program, provider);
		expect(lane).toMatchObject(wanted);
		return lane;
	}, patience);

const jobsOf = async (program: Program): Promise<readonly Listed[]> =>
	((await program.json(['list'])) as {readonly jobs: readonly Listed[]}).jobs;

const reasonsOf = async (program: Program): Promise<readonly string[]> =>
	(await jobsOf(program)).filter(({status}) => status === 'queued').map(({hold}) => hold?.reason ?? 'none');

const quickBreaker = `breaker_failures = 3
breaker_open_seconds = 1
`;

/** Every lane of this provider as it was told, from the first change on: states that last a moment are not missed. */
const watchLanes = async (program: Program, provider: string): Promise<readonly LaneView[]> => {
	const found = await connectEngine({socketPath: () => usualSocketPath(program.data), version: programVersion()});
	if (!found.ok) throw new Error(found.message);
	const {engine} = found;
	onTestFinished(() => engine.close());
	const told: LaneView[] = [];
	engine.subscribe(() => told.push(...engine.getSnapshot().lanes.filter(lane => lane.provider === provider)));
	return told;
};

const untilTold = (told: readonly LaneView[], wanted: Partial<LaneView>): Promise<void> =>
	vi.waitFor(() => expect(told).toContainEqual(expect.objectContaining(wanted)), patience);

/** How long a lane was said to be closed, in milliseconds. */
const pauses = (told: readonly LaneView[]): readonly number[] => [
	...new Set(
		told.flatMap(({hold, lastFailureAt = 0}) => (hold?.reason === 'breaker-open' ? [hold.until - lastFailureAt] : [])),
	),
];

describe('a server that answers 429', () => {
	test('closes its lane for all until the time that it has asked for, and everyone is told', async () => {
		const program = await withServers();
		const [server, other] = [await startServer(), await startServer()];
		await program.run(['add', ...Array.from({length: 7}, (_, index) => `${server.url}/${index}.bin`)]);
		await started(program);
		await server.untilWaiting(4);
		await server.answer(429, {'retry-after': '600'});
		const lane = await untilLane(program, 'http', {failure_count: 1, running: 3});
		expect(lane.hold?.reason).toBe('lane-cooling');
		expect(Date.parse(lane.hold?.until ?? '') - Date.parse(lane.last_failure)).toBe(600_000);
		expect((await program.run(['status'])).stdout).toMatch(/is cooling down.*; again in \d+m/);
		expect((await program.run(['health'])).stdout).toMatch(/^http\s+(?:half-)?open\s+1\s/m);
		// A worker is free, and only the job of another server starts.
		await program.run(['add', `${other.url}/other.bin`]);
		await other.answer(200);
		// Those that were under way are heard to their end.
		for (let running = 0; running < 3; running++) await server.answer(429);
		await untilLane(program, 'http', {failure_count: 4, running: 0});
		expect(await reasonsOf(program)).toEqual(
			Array.from({length: 7}, () => expect.stringMatching(/lane-cooling|retry-later/)),
		);
		expect(server.requests()).toBe(4);
		expect(await jobsOf(program)).toContainEqual(expect.objectContaining({id: 8, status: 'completed'}));
	});

	test('is asked by one probe after each pause, which grows; its first success lets everyone in', async () => {
		const program = await withServers();
		const server = await startServer();
		await program.run(['add', ...Array.from({length: 7}, (_, index) => `${server.url}/${index}.bin`)]);
		await started(program);
		const told = await watchLanes(program, 'http');
		await server.untilWaiting(4);
		for (let running = 0; running < 4; running++) await server.answer(429);
		await untilTold(told, {breaker: 'open', failures: 4, running: 0});
		expect(pauses(told)[0]).toBe(1000);

		const probe = await server.next();
		await untilLane(program, 'http', {state: 'half-open', running: 1});
		// Those that were refused before may have a wait of their own left.
		expect(await reasonsOf(program)).toEqual(
			Array.from({length: 6}, () => expect.stringMatching(/^(?:probing|retry-later)$/)),
		);
		expect((await program.run(['status'])).stdout).toContain('is being tried with one job');
		expect(server.requests()).toBe(5);
		probe.response.writeHead(429).end();
		const second = await server.answer(503);
		// Another one is sent ahead: the first may be refused for a reason of its own.
		expect(second.path).not.toBe(probe.path);
		await server.untilWaiting(1);
		expect(server.requests()).toBe(7);
		expect(pauses(told).filter(pause => pause > 1000)).toEqual([2000, 4000]);
		await server.answer(200);
		// All that wait, as many as there are workers.
		await server.untilWaiting(4);
		await untilLane(program, 'http', {state: 'closed', failure_count: 0, running: 4});
		for (let last = 0; last < 6; last++) await server.answer(200);
		await vi.waitFor(
			async () => expect((await jobsOf(program)).every(({status}) => status === 'completed')).toBe(true),
			patience,
		);
		// That it lasted was held against nobody but the first four, and the one that met a mere 503.
		const spent = (await jobsOf(program)).map(({attempts}) => attempts - 1);
		expect(spent.reduce((sum, attempts) => sum + attempts, 0)).toBe(2);
	});
});

describe('failures that say nothing against the server', () => {
	test('are not counted, and of the others three in a row open the breaker, not two', async () => {
		const program = await withServers('max_active = 4\n');
		const server = await startServer();
		await program.run(['add', ...Array.from({length: 8}, (_, index) => `${server.url}/${index}.bin`)]);
		await started(program);
		const told = await watchLanes(program, 'http');
		for (let gone = 0; gone < 5; gone++) await server.answer(gone % 2 === 0 ? 404 : 410);
		await untilLane(program, 'http', {state: 'closed', failure_count: 0});
		await server.answer(503);
		await untilLane(program, 'http', {state: 'closed', failure_count: 1});
		// One that is not there leaves the count as it is.
		await server.answer(404);
		await server.answer(500);
		await untilLane(program, 'http', {state: 'closed', failure_count: 2});
		await server.answer(503);
		await untilTold(told, {breaker: 'open', failures: 3, hold: expect.objectContaining({reason: 'breaker-open'})});
		const failed = (await jobsOf(program)).filter(({status}) => status === 'failed');
		expect(failed.map(({attempts}) => attempts)).toEqual(Array.from({length: 6}, () => 1));
	});
});

/** Tells that it is there, and ends with the words that it is given: NAME OF ITS FOLDER, FOLDER OF ALL. */
const obedient = `#!/bin/sh
[ "$1" = --version ] && { echo obedient 1.0; exit 0; }
: >"$2/there/$$"
while [ ! -e "$2/say/$$" ]; do sleep 0.05; done
read -r words <"$2/say/$$"
[ "$words" = ok ] && { echo media >"$1/film.bin"; exit 0; }
echo "ERROR: $words" >&2
exit 1
`;

/** A program whose tool does what the test says; at most three of it at once. */
const withTool = async () => {
	const program = await createProgram();
	const world = join(program.directory, 'world');
	await mkdir(join(world, 'there'), {recursive: true});
	await mkdir(join(world, 'say'));
	const tool = join(program.directory, 'obedient');
	await writeFile(tool, obedient, {mode: 0o755});
	await configure(
		program,
		`[providers.obedient]
type = "command"
command = ${JSON.stringify(tool)}
args = ["{directory}", ${JSON.stringify(world)}, "{source}"]
accepts = "^obedient:"
max_active = 3
${quickBreaker}`,
	);
	const known = new Set<string>();
	return {
		program,
		/** Processes that have come since the last look, when there are so many. */
		come: (count: number): Promise<readonly string[]> =>
			vi.waitFor(async () => {
				const pids = (await readdir(join(world, 'there'))).filter(pid => !known.has(pid));
				expect(pids).toHaveLength(count);
				for (const pid of pids) known.add(pid);
				return pids;
			}, patience),
		say: (pid: string | undefined, words: string) => writeFile(join(world, 'say', String(pid)), `${words}\n`),
		all: async () => (await readdir(join(world, 'there'))).length,
	};
};

test('a ban that one process of a tool meets keeps all others of the tool from starting, until one probe has gone well', async () => {
	const {program, come, say, all} = await withTool();
	await program.run(['add', ...Array.from({length: 6}, (_, index) => `obedient:${index}`)]);
	await started(program);
	const told = await watchLanes(program, 'obedient');
	const [first, second, third] = await come(3);
	await say(first, 'blocked by Cloudflare, anti-bot');
	await untilTold(told, {breaker: 'open', failures: 1, running: 2});
	// Those under way go on; that they end well says nothing about the ban.
	await say(second, 'ok');
	await say(third, 'HTTP Error 429: Too Many Requests');
	await vi.waitFor(
		async () => expect(await program.json(['status'])).toMatchObject({counts: {completed: 1}}),
		patience,
	);
	const [probe] = await come(1);
	await untilLane(program, 'obedient', {
		state: 'half-open',
		running: 1,
		hold: expect.objectContaining({reason: 'probing'}),
	});
	expect(await reasonsOf(program)).toEqual(
		Array.from({length: 4}, () => expect.stringMatching(/^(?:probing|retry-later)$/)),
	);
	expect(await all()).toBe(4);
	await say(probe, 'ok');
	const others = await come(3);
	await untilLane(program, 'obedient', {state: 'closed', failure_count: 0, running: 3});
	for (const pid of others) await say(pid, 'ok');
	const [last] = await come(1);
	await say(last, 'ok');
	await vi.waitFor(
		async () => expect(await program.json(['status'])).toMatchObject({counts: {completed: 6, failed: 0}}),
		patience,
	);
});
