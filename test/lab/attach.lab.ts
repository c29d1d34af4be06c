import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {get, type IncomingMessage} from 'node:http';
import {connect, createServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {EngineSnapshot} from '../../source/domain/snapshot.ts';
import type {Engine} from '../../source/engine/ports.ts';
import {connectEngine} from '../../source/remote/client.ts';
import {usualSocketPath} from '../../source/remote/socket-path.ts';
import {percentile} from '../bench/bench.ts';
import {startEndlessServer} from '../support/endless-server.ts';
import {program, runTidegate} from '../support/tidegate.ts';
import {same, type Lab, type LabRow} from './lab.ts';

const count = Number(process.env['LAB_COUNT'] ?? 500);
const seed = Number(process.env['LAB_SEED'] ?? 1);
const [screens, listeners, jobs] = [20, 50, 32];
const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {version: string};

const randomOf = (start: number): (() => number) => {
	let state = start;
	return () => {
		state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
		return state / 4_294_967_296;
	};
};

/** A line to the socket that can be cut: everything that goes over it is gone at once. */
const startLine = async (
	path: string,
	target: string,
): Promise<{readonly cut: () => void; readonly server: Server}> => {
	const open = new Set<Socket>();
	const server = createServer(near => {
		const far = connect(target);
		for (const socket of [near, far]) {
			open.add(socket);
			socket
				.on('error', () => undefined)
				.on('close', () => {
					open.delete(socket);
					near.destroy();
					far.destroy();
				});
		}

		near.pipe(far).pipe(near);
	});
	server.listen(path);
	await once(server, 'listening');
	return {
		server,
		cut() {
			for (const socket of open) socket.destroy();
		},
	};
};

/** What two views of one scheduler have to agree on, whatever moves meanwhile. */
const stateOf = (snapshot: EngineSnapshot): string =>
	JSON.stringify([
		snapshot.isScheduling,
		snapshot.isQueuePaused,
		snapshot.workers,
		snapshot.limit,
		snapshot.counts,
		snapshot.active.map(({id, status}) => [id, status]),
	]);

const agrees = async (one: Engine, other: Engine): Promise<boolean> => {
	for (let tries = 0; tries < 200; tries++) {
		if (stateOf(one.getSnapshot()) === stateOf(other.getSnapshot())) return true;
		await delay(50);
	}

	return false;
};

const listen = async (socketPath: string): Promise<IncomingMessage> => {
	const request = get({socketPath, path: '/api/downloads/manager/events', agent: false});
	request.on('error', () => undefined);
	const [response] = (await once(request, 'response')) as [IncomingMessage];
	response.on('error', () => undefined);
	return response;
};

const ticksPerSecond = 100;

/** Seconds of processor that a process has used. */
const cpuOf = (pid: number): number => {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
		.replace(/^.*\) /s, '')
		.split(' ');
	return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
};

const residentOf = (pid: number): number =>
	Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** How the scheduler does for a while: processor, memory, and how long it takes to answer. */
const measure = async (pid: number, engine: Engine, seconds: number) => {
	const [before, begun] = [cpuOf(pid), performance.now()];
	const waits: number[] = [];
	while (performance.now() - begun < seconds * 1000) {
		const asked = performance.now();
		await engine.send({type: 'wake'});
		waits.push(performance.now() - asked);
		await delay(50);
	}

	const span = (performance.now() - begun) / 1000;
	return {
		cpu: ((cpuOf(pid) - before) / span) * 100,
		memory: residentOf(pid),
		p50: percentile(waits, 0.5),
		p95: percentile(waits, 0.95),
	};
};

const told = ({cpu, memory, p50, p95}: Awaited<ReturnType<typeof measure>>): string =>
	`${cpu.toFixed(1)} % of a core, ${memory.toFixed(0)} MB, answers after ${p50.toFixed(1)} ms (95 %: ${p95.toFixed(1)})`;

const connected = async (socketPath: string): Promise<Engine> => {
	const found = await connectEngine({socketPath: () => socketPath, version});
	if (!found.ok) throw new Error(found.message);
	return found.engine;
};

const untilRunning = async (engine: Engine): Promise<void> => {
	for (let tries = 0; tries < 600; tries++) {
		if (engine.getSnapshot().active.filter(({bytes}) => bytes > 0).length === jobs) return;
		await delay(100);
	}

	throw new Error('the jobs do not run');
};

const run = async (
	say: (line: string) => void,
	directory: string,
	scheduler: ChildProcess,
): Promise<readonly LabRow[]> => {
	const target = usualSocketPath(join(directory, 'data'));
	const pid = scheduler.pid ?? 0;
	const plain = await connected(target);
	await untilRunning(plain);
	const alone = await measure(pid, plain, 20);
	say(`nobody else attached: ${told(alone)}`);
	const path = join(directory, 'line.sock');
	const {server, cut} = await startLine(path, target);
	const attached = await Promise.all(Array.from({length: screens}, () => connected(path)));
	const streams = await Promise.all(Array.from({length: listeners}, () => listen(target)));
	let heard = 0;
	for (const stream of streams) stream.on('data', () => heard++);
	const crowded = await measure(pid, plain, 20);
	say(`${screens} screens and ${listeners} listeners attached: ${told(crowded)}`);
	for (const stream of streams) stream.destroy();

	const random = randomOf(seed);
	const before = {scheduler: residentOf(pid), here: process.memoryUsage().rss / 2 ** 20};
	let drops = 0;
	let different = 0;
	while (drops < count) {
		// Something that whoever has not heard of it would show wrongly.
		await plain.send({type: 'set-workers', count: jobs - 1 + Math.round(random())});
		await plain.send(random() < 0.5 ? {type: 'pause-queue'} : {type: 'resume-queue'});
		await delay(random() * 150);
		cut();
		drops += screens;
		for (const engine of attached) if (!(await agrees(engine, plain))) different++;
	}

	await delay(2000);
	const after = {scheduler: residentOf(pid), here: process.memoryUsage().rss / 2 ** 20};
	for (const engine of [...attached, plain]) await engine.close();
	server.close();
	say(
		`scheduler ${before.scheduler.toFixed(0)} → ${after.scheduler.toFixed(0)} MB, the screens' process ${before.here.toFixed(0)} → ${after.here.toFixed(0)} MB`,
	);
	return [
		{what: 'disconnects of a screen', expected: `${count}`, seen: `${drops}`, isRight: drops >= count},
		same('screens whose state differs when they are back', 0, different),
		{
			what: 'memory of the scheduler afterwards',
			expected: 'within 15 MB',
			seen: `${(after.scheduler - before.scheduler).toFixed(1)} MB more`,
			isRight: after.scheduler - before.scheduler <= 15,
		},
		{
			what: 'listeners that heard events',
			expected: `${listeners} or more`,
			seen: `${heard}`,
			isRight: heard >= listeners,
		},
		{
			what: 'its answers with all of them attached (95 %)',
			expected: 'within 25 ms of before',
			seen: `${alone.p95.toFixed(1)} → ${crowded.p95.toFixed(1)} ms`,
			isRight: crowded.p95 <= alone.p95 + 25,
		},
	];
};

const attach: Lab = {
	name: 'attach',
	about: `${screens} screens and ${listeners} listeners on ${jobs} running downloads; ${count} disconnects (seed ${seed})`,
	async run(say) {
		const directory = await mkdtemp(join(tmpdir(), 'tidegate-lab-'));
		const media = await startEndlessServer(1e9);
		const args = ['--data', join(directory, 'data'), '--storage', join(directory, 'storage')];
		await writeFile(
			join(directory, 'config.toml'),
			`[disk_management]\nmax_concurrent_downloads = ${jobs}\n[bandwidth]\nlimit = "16MB"\n[providers.http]\nmax_active = 32\n`,
		);
		const list = Array.from({length: jobs + 200}, (_, index) => `${media.url}/${index}.mp4`).join('\n');
		await runTidegate([...args, 'add', '-'], {cwd: directory, input: list});
		const env = {PATH: process.env['PATH'] ?? '', HOME: directory, LANG: 'C.UTF-8'};
		const scheduler = spawn(process.execPath, [program, ...args, 'run'], {cwd: directory, env, stdio: 'ignore'});
		try {
			await delay(1500);
			return await run(say, directory, scheduler);
		} finally {
			scheduler.kill('SIGTERM');
			if (scheduler.exitCode === null) await once(scheduler, 'exit');
			media.close();
			await rm(directory, {recursive: true, force: true, maxRetries: 5});
		}
	},
};

export default attach;
