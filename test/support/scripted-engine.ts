import {noCounts, type BatchView, type Counts} from '../../source/domain/batch.ts';
import {
	defaultPriority,
	jobStatuses,
	type BatchId,
	type Job,
	type JobDetail,
	type JobId,
	type JobStatus,
	type JobView,
} from '../../source/domain/job.ts';
import type {SourcePreview} from '../../source/domain/preview.ts';
import type {Finding} from '../../source/domain/finding.ts';
import {cutPage} from './cut-page.ts';
import type {ActiveJob, EngineSnapshot} from '../../source/domain/snapshot.ts';
import type {
	AddRequest,
	CommandResult,
	Engine,
	EngineCommand,
	GroupedPage,
	GroupedQuery,
	GroupedRowView,
	JobPage,
	JobQuery,
	Statistics,
} from '../../source/engine/ports.ts';
import {logLines} from './log-lines.ts';

/** An Engine in memory whose snapshot and answers are written by the test, and which remembers what it was asked. */
export type ScriptedEngine = Engine & {
	/** Every command that was sent, in order. */
	readonly commands: readonly EngineCommand[];
	/** Every page that was asked for. */
	readonly queries: readonly JobQuery[];
	/** Changes the snapshot and tells the subscribers. */
	change(change: Partial<EngineSnapshot>): void;
	/** Other rows in the queue; the counts follow. */
	setJobs(jobs: readonly JobView[]): void;
	setActive(active: readonly ActiveJob[]): void;
	/** What the machine looks like from now on. */
	setFindings(next: readonly Finding[]): void;
	/** What a batch is called. */
	setBatch(id: BatchId, title: string): void;
	setLog(id: JobId, lines: readonly string[]): void;
	/** What sources are said to be from now on; without it, all are new. */
	answerPreview(respond: PreviewAnswer): void;
	/** Every preview that was asked for. */
	readonly previews: ReadonlyArray<readonly AddRequest[]>;
	/** What references stand for from now on; without it, for nothing. */
	answerExpand(respond: Engine['expand']): void;
	/** Every reference that was expanded. */
	readonly expansions: readonly string[];
	/** How commands are answered from now on. */
	answer(respond: (command: EngineCommand) => CommandResult | Promise<CommandResult>): void;
	readonly isClosed: boolean;
};

export type PreviewAnswer = (
	requests: readonly AddRequest[],
) => readonly SourcePreview[] | Promise<readonly SourcePreview[]>;

/** A source that nobody has, for the provider `http`. */
export const newSource = (
	source: string,
	change: {readonly title?: string; readonly key?: string} = {},
): SourcePreview => ({
	type: 'new',
	source,
	title: source.split('/').at(-1) ?? source,
	provider: 'http',
	lane: 'http:example.org',
	isToolThere: true,
	toolProblem: undefined,
	key: source,
	destination: undefined,
	...change,
});

/** The instant that scripted things are told at. */
export const scriptedNow = Date.UTC(2026, 2, 14, 20, 15, 0);

export const scriptedJob = (id: number, change: Partial<JobView> = {}): JobView => ({
	id: id as JobId,
	batch: undefined,
	title: `Job ${id}`,
	provider: 'http',
	lane: 'http:example.org',
	source: `https://example.org/files/${id}.mkv`,
	identity: `http ${id}`,
	options: {},
	status: 'queued',
	isSourced: true,
	priority: defaultPriority,
	order: id,
	attempts: 0,
	maxAttempts: 5,
	attempt: undefined,
	owner: undefined,
	bytes: 0,
	total: undefined,
	expectedSize: undefined,
	checksum: undefined,
	output: undefined,
	placing: undefined,
	outputPath: undefined,
	size: undefined,
	error: undefined,
	retryAt: undefined,
	createdAt: scriptedNow - 3_600_000,
	startedAt: undefined,
	endedAt: undefined,
	hold: undefined,
	progress: {bytes: 0, total: undefined, speed: 0, eta: undefined},
	...change,
});

export const scriptedActive = (id: number, slot: number, change: Partial<ActiveJob> = {}): ActiveJob => ({
	...scriptedJob(id, {status: 'downloading'}),
	slot,
	phase: '',
	...change,
});

export const scriptedSnapshot: EngineSnapshot = {
	revision: 1,
	queueRevision: 1,
	at: scriptedNow,
	isScheduling: true,
	isQueuePaused: false,
	isStopping: false,
	workers: 3,
	limit: undefined,
	counts: noCounts,
	active: [],
	volumes: [],
	lanes: [],
	rate: 0,
	rateHistory: [],
	resources: {memory: 96_000_000, cpu: 0.03},
	undo: undefined,
	redo: undefined,
	notices: [],
	works: [],
};

const noStatistics: Statistics = {
	counts: noCounts,
	successRate: undefined,
	sizes: undefined,
	batches: [],
	topErrors: [],
};

const agree = (command: EngineCommand): CommandResult => ({
	ok: true,
	changed: 'selection' in command && 'ids' in command.selection ? command.selection.ids : [],
	refused: [],
});

const allNew: PreviewAnswer = requests => requests.map(({source}) => newSource(source));

const nobodyExpands: Engine['expand'] = async () => ({
	ok: false,
	code: 'bad-request',
	message: 'no catalog takes it',
});

export const scriptedEngine = (
	initial: Partial<EngineSnapshot> = {},
	jobs: readonly JobView[] = [],
): ScriptedEngine => {
	const listeners = new Set<() => void>();
	const commands: EngineCommand[] = [];
	const queries: JobQuery[] = [];
	const titles = new Map<number, string>();
	const logs = new Map<JobId, readonly string[]>();
	let rows = jobs;
	let respond: (command: EngineCommand) => CommandResult | Promise<CommandResult> = agree;
	let previewed: PreviewAnswer = allNew;
	const previews: Array<readonly AddRequest[]> = [];
	let expanded: Engine['expand'] = nobodyExpands;
	const expansions: string[] = [];
	let isClosed = false;
	let findings: readonly Finding[] = [];
	const countAll = (active: readonly ActiveJob[]): Counts => {
		const counts: Record<JobStatus, number> = {...noCounts};
		for (const job of [...rows, ...active]) counts[job.status]++;
		return counts;
	};
	let snapshot: EngineSnapshot = {...scriptedSnapshot, counts: countAll(initial.active ?? []), ...initial};
	const change = (next: Partial<EngineSnapshot>): void => {
		snapshot = {...snapshot, ...next, revision: snapshot.revision + 1};
		for (const listener of listeners) listener();
	};
	const queueChanged = (next: Partial<EngineSnapshot> = {}): void =>
		change({
			queueRevision: snapshot.queueRevision + 1,
			counts: countAll(next.active ?? snapshot.active),
			...next,
		});
	return {
		commands,
		queries,
		get isClosed() {
			return isClosed;
		},
		change,
		setJobs(next) {
			rows = next;
			queueChanged();
		},
		setActive: active => queueChanged({active}),
		setFindings(next) {
			findings = next;
		},
		setBatch: (id, title) => void titles.set(id, title),
		setLog: (id, lines) => void logs.set(id, lines),
		previews,
		answerPreview(next) {
			previewed = next;
		},
		answerExpand(next) {
			expanded = next;
		},
		expansions,
		answer(next) {
			respond = next;
		},
		getSnapshot: () => snapshot,
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		async list(query) {
			queries.push(query);
			return pageOf(rows, query);
		},
		async listGrouped(query) {
			return groupedPageOf(rows, titles, query);
		},
		async show(id) {
			const job = [...snapshot.active, ...rows].find(one => one.id === id);
			return job === undefined ? undefined : detailOf(job);
		},
		findBatch: async () => undefined,
		async readLog(id, range) {
			return logLines(logs.get(id) ?? [], range);
		},
		statistics: async () => ({...noStatistics, counts: snapshot.counts}),
		health: async () => [],
		findings: async () => findings,
		async preview(requests) {
			previews.push(requests);
			return previewed(requests);
		},
		expand(reference, options) {
			expansions.push(reference);
			return expanded(reference, options);
		},
		async send(command) {
			commands.push(command);
			return respond(command);
		},
		async close() {
			isClosed = true;
			listeners.clear();
		},
	};
};

const detailOf = (job: JobView): JobDetail => ({
	...job,
	history: [],
	batchTitle: undefined,
	directory: `/media/.tidegate/${job.id}`,
});

const isAbout = (job: JobView, query: {readonly statuses?: readonly JobStatus[]; readonly text?: string}): boolean => {
	const statuses: readonly JobStatus[] = query.statuses ?? jobStatuses;
	const wanted = query.text?.toLowerCase() ?? '';
	return statuses.includes(job.status) && `${job.title}\n${job.source}`.toLowerCase().includes(wanted);
};

/** The part of a queue that a query means. */
const pageOf = (rows: readonly JobView[], query: JobQuery): JobPage => {
	const direction = query.isDescending === true ? -1 : 1;
	const key = (job: Job): number =>
		query.sort === 'ended' ? (job.endedAt ?? 0) : query.sort === 'size' ? (job.size ?? 0) : job.order;
	const matching = rows
		.filter(job => isAbout(job, query))
		.map(row => ({row, values: [key(row) * direction, row.id * direction]}));
	return cutPage(matching, query, [query.sort, direction], query.text === undefined);
};

const groupedPageOf = (
	rows: readonly JobView[],
	titles: ReadonlyMap<number, string>,
	query: GroupedQuery,
): GroupedPage => {
	const direction = query.isDescending === true ? -1 : 1;
	const listed = rows.filter(job => isAbout(job, query));
	const ids = new Set(listed.flatMap(({batch}) => batch ?? []));
	const batchOf = (id: BatchId): BatchView => {
		const counts: Record<JobStatus, number> = {...noCounts};
		for (const job of rows) if (job.batch === id) counts[job.status]++;
		const bytes = rows.reduce((sum, job) => sum + (job.batch === id ? (job.size ?? 0) : 0), 0);
		const hold = listed.find(job => job.batch === id && job.hold !== undefined)?.hold;
		return {id, title: titles.get(id) ?? `Batch ${id}`, createdAt: scriptedNow, counts, bytes, hold};
	};
	return cutPage<GroupedRowView>(
		[
			...[...ids].map(id => ({
				row: {kind: 'batch' as const, batch: batchOf(id), isOpen: query.open.includes(id)},
				values: [0, direction * id, -1],
			})),
			...listed
				.filter(job => job.batch === undefined || query.open.includes(job.batch))
				.map(job => ({
					row: {kind: 'job' as const, job},
					values: job.batch === undefined ? [1, 0, direction * job.order] : [0, direction * job.batch, job.order],
				})),
		],
		query,
		['batches', direction],
		true,
	);
};
