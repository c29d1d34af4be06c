import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {contentSha256, startMediaServer, type MediaRoute} from '../../source/demo/media-server.ts';
import {isActive, type JobId} from '../../source/domain/job.ts';
import type {LocalEngine} from '../../source/engine/index.ts';
import type {CommandResult} from '../../source/engine/ports.ts';
import {mulberry32} from './fake-clock.ts';
import {processTable, watchGroups, type GroupWatch} from './process-table.ts';
import {asideOfNobody, auditDatabase, filesBelow, privateDirectories, sha256Of} from './queue-audit.ts';
import {makeEnginePlace, type EnginePlace} from './temp-engine.ts';

export type CancelOrder = {
	/** Cancels and pauses that are to be carried out, refused ones not counted. */
	readonly count: number;
	readonly seed: number;
	/** How often each provider is chosen, in parts of their sum. */
	readonly shares: Readonly<Record<string, number>>;
	/** Jobs that are kept open while actions last. Default: 60. */
	readonly kept?: number;
	readonly say?: (line: string) => void;
};

export type CancelFindings = {
	readonly carriedOut: Readonly<Record<string, number>>;
	/** Of the cancels and pauses: those that met a running attempt, by what it was doing. */
	readonly moments: Readonly<Record<string, number>>;
	readonly byProvider: Readonly<Record<string, number>>;
	readonly jobs: number;
	readonly completed: number;
	readonly groupsSeen: number;
	/** Each of these has to be empty. */
	readonly wrong: {
		readonly zombies: readonly string[];
		readonly orphans: readonly string[];
		readonly filesInTheWrongPlace: readonly string[];
		readonly directoriesOfNobody: readonly string[];
		readonly contents: readonly string[];
		readonly unfinished: readonly string[];
		readonly contradictions: readonly string[];
	};
};

const tree = fileURLToPath(new URL('../fixtures/tools/fetching-tree.sh', import.meta.url));

const lane = (most: number): string => `max_active = ${most}\nbreaker_failures = 100\nstart_interval_seconds = 0\n`;

const commandProvider = (name: string, temper: string): string => `[providers.${name}]
type = "command"
command = "${tree}"
args = ["${temper}", "{directory}", "{source}"]
artefact = "[.]bin$"
${lane(10)}`;

const configuration = `[disk_management]
max_concurrent_downloads = 24
pause_below_free_gb = 0.2
resume_above_free_gb = 0.3
stop_below_free_gb = 0.1
[queue]
retry_base_seconds = 0.1
${commandProvider('obedient', 'obedient')}
${commandProvider('stubborn', 'stubborn')}
[providers.http]
segment_threshold_mb = 1
${lane(8)}
[providers.aria2]
${lane(8)}
[providers.yt-dlp]
${lane(2)}`;

const mostRoutes = 20_000;

/** Small and large, fast and slow: some are over before anyone can act, some last for seconds. */
const routeOf = (number: number): MediaRoute => ({
	content: {seed: number + 1, size: 20_000 + ((number * 7919) % 600_000)},
	answers: [{type: 'file', rate: [300_000, 600_000, 2_000_000, 50_000_000][number % 4] ?? 600_000}],
});

/** Cancels, pauses, resumes, retries and removes at moments of chance, then lets the rest end and looks at what is there. */
export const runCancels = async (order: CancelOrder): Promise<CancelFindings> => {
	const chance = mulberry32(order.seed);
	const routes = Object.fromEntries(Array.from({length: mostRoutes}, (_, n) => [`/file-${n}.bin`, routeOf(n)]));
	const server = await startMediaServer({routes});
	const place = await makeEnginePlace(configuration);
	const engine = await place.open();
	const tokens = new Set<string>();
	engine.onEvent(event => {
		if (event.type === 'job' && event.job.attempt !== undefined) tokens.add(event.job.attempt);
	});
	// A completed job that is removed leaves its file.
	const released = new Set<string>();
	engine.onEvent(event => {
		if (event.type === 'job' && event.to === 'removed' && event.job.outputPath !== undefined)
			released.add(event.job.outputPath);
	});
	const groups = watchGroups(token => tokens.has(token));
	try {
		await engine.start();
		const acting = await act(engine, order, chance, server.url);
		order.say?.(`acted on ${acting.added} jobs; the rest may end now`);
		await letTheRestEnd(engine);
		groups.look();
		const running = processesLeft(tokens, groups);
		await engine.close();
		groups.stop();
		const left = processesLeft(tokens, groups);
		return {
			...acting.findings,
			groupsSeen: groups.seen(),
			...withProcesses(await judge(place, released), running, left),
		};
	} finally {
		groups.stop();
		await engine.close();
		await server.close();
		await place.remove();
	}
};

type Acting = {
	readonly added: number;
	readonly findings: Pick<CancelFindings, 'carriedOut' | 'moments' | 'byProvider'>;
};

const verbs = ['pause', 'cancel', 'pause', 'cancel', 'resume', 'retry', 'remove'] as const;
type Act = (typeof verbs)[number];

const act = async (engine: LocalEngine, order: CancelOrder, chance: () => number, url: string): Promise<Acting> => {
	const carriedOut: Record<string, number> = {};
	const moments: Record<string, number> = {};
	const byProvider: Record<string, number> = {};
	const providerOf = new Map<JobId, string>();
	const stopped = new Set<JobId>();
	const open = new Set<JobId>();
	const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(chance() * items.length)];
	engine.onEvent(event => {
		if (event.type !== 'job') return;
		const {id} = event.job;
		if (['completed', 'cancelled', 'failed', 'removed'].includes(event.to)) open.delete(id);
		else open.add(id);
	});
	let added = 0;
	const addMore = async (): Promise<void> => {
		const provider = providerBy(order.shares, chance());
		const requests = Array.from({length: 6}, () => ({source: `${url}/file-${added++}.bin`, provider}));
		const result = await engine.send({type: 'add', requests, ...(chance() < 0.3 ? {batch: `batch ${added % 9}`} : {})});
		if (!result.ok) throw new Error(JSON.stringify(result));
		for (const id of result.changed) {
			providerOf.set(id, provider);
			open.add(id);
		}
	};

	const target = (verb: Act): JobId | undefined => {
		if (verb === 'resume' || verb === 'retry' || verb === 'remove') return pick([...stopped]);
		// The provider first, so that a slow one is not met more often than its share.
		const provider = providerBy(order.shares, chance());
		const active = engine.getSnapshot().active.filter(job => providerOf.get(job.id) === provider);
		if (active.length > 0 && chance() < 0.9) return pick(active)?.id;
		return pick([...open].filter(id => providerOf.get(id) === provider));
	};

	let outstanding = 0;
	const one = async (verb: Act): Promise<void> => {
		const id = target(verb);
		if (id === undefined) return;
		const status = engine.getSnapshot().active.find(job => job.id === id)?.status ?? 'at rest';
		const result: CommandResult = await engine.send({type: verb, selection: {ids: [id]}});
		if (!result.ok) throw new Error(`${verb}: ${JSON.stringify(result)}`);
		if (result.changed.length === 0) return;
		bump(carriedOut, verb);
		if (verb === 'pause' || verb === 'cancel') {
			stopped.add(id);
			bump(moments, status);
			bump(byProvider, providerOf.get(id) ?? '?');
		} else if (verb !== 'retry' || chance() < 0.5) stopped.delete(id);
	};

	const count = (): number => (carriedOut['pause'] ?? 0) + (carriedOut['cancel'] ?? 0);
	let said = 0;
	while (count() < order.count) {
		while (open.size < (order.kept ?? 60)) await addMore();
		const verb = pick(verbs);
		if (verb !== undefined && outstanding < 8) {
			outstanding++;
			void one(verb).finally(() => outstanding--);
		}

		await delay(chance() * 24);
		if (count() - said >= 250) {
			said = count();
			order.say?.(`${said} of ${order.count}`);
		}
	}

	while (outstanding > 0) await delay(10);
	return {added, findings: {carriedOut, moments, byProvider}};
};

const bump = (tally: Record<string, number>, key: string): void => {
	tally[key] = (tally[key] ?? 0) + 1;
};

const providerBy = (shares: Readonly<Record<string, number>>, chance: number): string => {
	const sum = Object.values(shares).reduce((a, b) => a + b, 0);
	let rest = chance * sum;
	for (const [provider, share] of Object.entries(shares)) {
		rest -= share;
		if (rest < 0) return provider;
	}

	return Object.keys(shares)[0] ?? 'http';
};

/** Resumes half of what is paused and waits until nothing runs. The other half stays as it is, with its bytes. */
const letTheRestEnd = async (engine: LocalEngine): Promise<void> => {
	for (;;) {
		await engine.untilIdle(AbortSignal.timeout(240_000));
		if (!engine.getSnapshot().active.some(({status}) => isActive(status))) break;
	}

	const {rows} = await engine.list({statuses: ['paused'], limit: 1000});
	const ids = rows.filter((_, index) => index % 2 === 0).map(({id}) => id);
	await engine.send({type: 'resume', selection: {ids}});
	await engine.untilIdle(AbortSignal.timeout(240_000));
};

type Left = {readonly zombies: readonly string[]; readonly orphans: readonly string[]};

/** Zombies of this process, and living processes of ended attempts, by their token or their group. */
const processesLeft = (tokens: ReadonlySet<string>, groups: GroupWatch): Left => {
	const table = processTable();
	const words = (row: (typeof table)[number]): string => `${row.pid} ${row.name} (${row.state}, group ${row.group})`;
	const byToken = table.filter(({token, state}) => state !== 'Z' && token !== undefined && tokens.has(token));
	return {
		zombies: table.filter(({parent, state}) => parent === process.pid && state === 'Z').map(words),
		orphans: [...new Set([...byToken, ...groups.left()].map(words))],
	};
};

const withProcesses = (judged: Judged, ...lefts: readonly Left[]): Judged => ({
	...judged,
	wrong: {
		...judged.wrong,
		zombies: lefts.flatMap(({zombies}) => zombies),
		orphans: lefts.flatMap(({orphans}) => orphans),
	},
});

type Judged = Pick<CancelFindings, 'jobs' | 'completed' | 'wrong'>;

/** Whether what lies on the disk is what the database says, and the database agrees with itself. */
const judge = async ({paths}: EnginePlace, released: ReadonlySet<string>): Promise<Judged> => {
	const {jobs, contradictions} = auditDatabase(paths.database);
	const completed = jobs.filter(({status}) => status === 'completed');
	const placed = new Set(completed.map(job => (job.output_path ?? '').slice(paths.storage.length + 1)));
	const there = await filesBelow(paths.storage);
	const mayHaveDirectory = new Set(
		jobs.filter(({status}) => status === 'paused' || status === 'queued').map(({id}) => String(id)),
	);
	const contents: string[] = [];
	for (const job of completed) {
		const number = Number(/file-(\d+)\.bin$/.exec(job.source)?.[1]);
		const expected = contentSha256(routeOf(number).content ?? {seed: 0, size: 0});
		const found = await sha256Of(job.output_path ?? '').catch((error: unknown) => String(error));
		if (found !== expected) contents.push(`job ${job.id}: ${job.output_path}: ${found}`);
	}

	return {
		jobs: jobs.length,
		completed: completed.length,
		wrong: {
			zombies: [],
			orphans: [],
			filesInTheWrongPlace: [
				...there
					.filter(path => !placed.has(path) && !released.has(`${paths.storage}/${path}`))
					.map(path => `${path} belongs to no completed job`),
				...[...placed].filter(path => !there.includes(path)).map(path => `${path} is not there`),
				...(placed.size === completed.length ? [] : ['two jobs have the same file']),
			],
			directoriesOfNobody: [
				...(await privateDirectories(paths.storage)).filter(name => !mayHaveDirectory.has(name)),
				...(await asideOfNobody(paths.storage, paths.database)),
			],
			contents,
			unfinished: jobs
				.filter(({status}) => !['completed', 'cancelled', 'paused'].includes(status))
				.map(job => `job ${job.id} (${job.provider}) is ${job.status}: ${job.error_code} ${job.error_message}`),
			contradictions,
		},
	};
};
