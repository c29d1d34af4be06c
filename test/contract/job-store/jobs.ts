import {onTestFinished} from 'vitest';
import type {AttemptToken, Job, JobError, JobId, JobStatus, OwnerId, Placing} from '../../../source/domain/job.ts';
import type {JobEvent} from '../../../source/domain/transitions.ts';
import type {Change, JobQuery, JobStore, NewJob} from '../../../source/engine/ports.ts';

/** How a store is made for a test, and what it can do beyond the port. */
export type Subject = {
	/** An empty store. */
	readonly open: () => Promise<JobStore>;
	/** Closes a store and opens it again from what it has kept. */
	readonly reopen?: (store: JobStore) => Promise<JobStore>;
	/** Another connection to the same queue, as another process would have it. */
	readonly join?: (store: JobStore) => Promise<JobStore>;
};

/** Made inside each test. */
export type NewSubject = () => Promise<Subject>;

export const token = (text: string): AttemptToken => text as AttemptToken;
export const owner = (text: string): OwnerId => text as OwnerId;
export const jobId = (id: number): JobId => id as JobId;

/** A job to add; `name` makes its identity. */
export const newJob = (name: string, facts: Partial<NewJob> = {}): NewJob => ({
	title: `Title of ${name}`,
	provider: 'http',
	lane: 'http:example.org',
	source: `https://example.org/${name}`,
	identity: `http https://example.org/${name}`,
	options: {},
	isSourced: true,
	isPaused: false,
	priority: 5,
	maxAttempts: 5,
	expectedSize: undefined,
	checksum: undefined,
	output: undefined,
	...facts,
});

/** Adds one job and tells its id. */
export const addOne = async (store: JobStore, job: NewJob, batch?: string, now = 1000): Promise<JobId> => {
	const {ids} = await store.add({title: batch, jobs: [job]}, now);
	if (ids[0] === undefined) throw new Error('the job was not added');
	return ids[0];
};

export const notFound: JobError = {code: 'not-found', message: 'the server has nothing there', class: 'permanent'};
export const timeout: JobError = {code: 'timeout', message: 'no answer in 30 s', class: 'transient'};

export const placing: Placing = {artefact: 'a.mkv', target: 'Show/a.mkv', size: 700, identity: '8:77'};

/** An event with all that belongs to it. */
export const changeOf = (event: JobEvent, at = 2000): Change => {
	switch (event) {
		case 'defer':
			return {event, at, error: timeout, retryAt: at + 500, bytes: 300};
		case 'fail':
			return {event, at, error: notFound};
		case 'finish':
			return {event, at, placing};
		case 'complete':
			return {event, at, outputPath: '/storage/Show/a.mkv', size: 700};
		case 'find':
			return {event, at, source: 'https://example.org/found'};
		default:
			return {event, at};
	}
};

/** The events that lead from a new job to a status. */
export const waysTo: Record<JobStatus, readonly JobEvent[]> = {
	waiting: [],
	searching: ['claim'],
	queued: [],
	starting: ['claim'],
	downloading: ['claim', 'begin'],
	finishing: ['claim', 'begin', 'finish'],
	pausing: ['claim', 'pause'],
	cancelling: ['claim', 'cancel'],
	paused: ['pause'],
	completed: ['claim', 'begin', 'finish', 'complete'],
	failed: ['claim', 'fail'],
	cancelled: ['cancel'],
};

/** Whether a job without a source can have this status. */
export const canLackSource = (status: JobStatus): boolean =>
	!['queued', 'starting', 'downloading', 'finishing', 'completed'].includes(status);

export const canHaveSource = (status: JobStatus): boolean => status !== 'waiting' && status !== 'searching';

/** Adds a job and brings it to a status; its attempt, where it has one, is `NAME#1`. */
export const jobIn = async (store: JobStore, status: JobStatus, name: string, facts: Partial<NewJob> = {}) => {
	const isSourced = facts.isSourced ?? canHaveSource(status);
	const id = await addOne(store, newJob(name, {...facts, isSourced}));
	const attempt = token(`${name}#1`);
	for (const event of waysTo[status]) {
		if (event === 'claim') {
			await store.claim(id, attempt, owner('me'), 1500);
			continue;
		}

		const result = await store.move(id, await currentAttempt(store, id), changeOf(event, 1600));
		if (!result.ok) throw new Error(`${event} was ${result.reason}`);
	}

	return {id, attempt};
};

export const currentAttempt = async (store: JobStore, id: JobId): Promise<AttemptToken | undefined> =>
	(await store.get(id))?.attempt;

/** Every page of a list, one after the other. */
export const allPages = async (store: JobStore, query: JobQuery): Promise<readonly Job[]> => {
	const rows: Job[] = [];
	let after: string | undefined;
	for (let pages = 0; pages < 1000; pages += 1) {
		const page = await store.page({...query, ...(after === undefined ? {} : {after})});
		rows.push(...page.rows);
		after = page.next;
		if (after === undefined) return rows;
	}

	throw new Error('the list does not end');
};

/** Closes a store when the test has ended. */
export const closedAfterwards = (store: JobStore): JobStore => {
	onTestFinished(async () => {
		await store.close();
	});
	return store;
};
