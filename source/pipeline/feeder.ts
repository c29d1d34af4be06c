import type {Job} from '../domain/job.ts';
import type {AddRequest, Clock, CommandResult, JobStore} from '../engine/ports.ts';
import {fileIsThere} from './artefacts.ts';
import {choose, roomFor} from './feed.ts';
import type {Link} from './link.ts';
import type {Outbox} from './outbox.ts';
import {pipelineProvider, rowOfJob, toRequest, type QueuedRow} from './request.ts';
import {nextRows} from './rows.ts';
import {reunite} from './settle.ts';
import type {Shared} from './shared.ts';
import {keyText, tellOf} from './stages.ts';

export type FeederParts = {
	readonly clock: Clock;
	readonly store: JobStore;
	readonly link: Link;
	readonly outbox: Outbox;
	readonly shared: Shared;
	readonly mal: number | undefined;
	readonly output: string;
	/** Whether the provider of the pipeline's jobs is enabled. */
	readonly hasProvider: boolean;
};

export type Feeder = {
	/** Takes rows as long as there is room in the line. */
	feed(): Promise<void>;
	/** How often rows were taken so far. */
	taken(): number;
	trouble(): string | undefined;
};

/** Rounds of one feeding: each takes rows, or tells some of them why they are not taken. */
const mostRounds = 50;

/** Keeps the queue filled with as many rows as the workers can use soon, in the order of the pipeline. */
export const createFeeder = (parts: FeederParts): Feeder => {
	const {clock, link, outbox, shared} = parts;
	let feeding: Promise<void> | undefined;
	let isAsked = false;
	let taken = 0;

	const feedOnce = async (): Promise<void> => {
		for (let round = 0; round < mostRounds; round++) {
			const {engine} = shared;
			if (engine === undefined || shared.isStopping || !parts.hasProvider) return;
			const room = roomFor(shared.open.values(), engine.getSnapshot().workers, clock.now());
			if (room === 0) return;
			await outbox.flush();
			const read = await link.use(connection =>
				nextRows(connection, shared.open.size + shared.running.size + room, parts.mal),
			);
			const rows = choose(
				read?.result ?? [],
				key => shared.open.has(key) || shared.running.has(key) || outbox.has(key),
				room,
			);
			if (rows.length === 0) return;
			await take(parts, rows);
			taken++;
		}
	};

	const feed = async (): Promise<void> => {
		while (isAsked) {
			// Who asks while it is at it may know of room that was not there when it looked.
			isAsked = false;
			await feedOnce();
		}
	};

	return {
		feed() {
			isAsked = true;
			feeding ??= feed().finally(() => {
				feeding = undefined;
			});
			return feeding;
		},
		taken: () => taken,
		trouble: () =>
			parts.hasProvider
				? undefined
				: `rows of the pipeline wait: ${pipelineProvider} is switched off; enable [providers.${pipelineProvider}]`,
	};
};

/** Makes jobs of rows, or tells the rows why there can be none. */
const take = async (parts: FeederParts, rows: readonly QueuedRow[]): Promise<void> => {
	const {outbox, output} = parts;
	const series = new Map<number, Array<{readonly row: QueuedRow; readonly request: AddRequest}>>();
	for (const row of rows) {
		const request = toRequest(row, output);
		if ('skip' in request) {
			outbox.put({key: row, stage: 'failed', error: request.skip, retries: 0});
			continue;
		}

		const members = series.get(row.anime) ?? [];
		members.push({row, request});
		series.set(row.anime, members);
	}

	for (const members of series.values()) await takeSeries(parts, members);
};

type Member = {readonly row: QueuedRow; readonly request: AddRequest};

const takeSeries = async (parts: FeederParts, members: readonly Member[]): Promise<void> => {
	const {engine} = parts.shared;
	const batch = members[0]?.row.title.trim() ?? '';
	const answer = await engine?.send({
		type: 'add',
		requests: members.map(({request}) => request),
		...(batch === '' ? {} : {batch}),
		skipBad: true,
	});
	if (answer?.ok !== true) throw new Error(answer?.message ?? 'there is no queue');
	for (const id of answer.changed) {
		const job = await parts.store.get(id);
		if (job !== undefined) know(parts, job);
	}

	for (const {index, problem} of answer.bad ?? []) {
		const row = members[index]?.row;
		if (row !== undefined) parts.outbox.put({key: row, stage: 'failed', error: problem, retries: 0});
	}

	await reuniteAll(parts, members, answer);
};

const know = ({shared}: FeederParts, job: Job): void => {
	const key = rowOfJob(job);
	if (key !== undefined) shared.note(keyText(key), job, job.status);
};

/** Rows whose job is there already: which of the two is right. */
const reuniteAll = async (
	parts: FeederParts,
	members: readonly Member[],
	{duplicates = []}: Extract<CommandResult, {ok: true}>,
): Promise<void> => {
	const {store, clock, shared, outbox} = parts;
	const again: Member[] = [];
	for (const {id} of duplicates) {
		const job = await store.get(id);
		const key = job === undefined ? undefined : rowOfJob(job);
		const member = key === undefined ? undefined : members.find(({row}) => keyText(row) === keyText(key));
		if (job === undefined || key === undefined || member === undefined) continue;
		const text = keyText(key);
		const hasFile = await fileIsThere(job);
		switch (reunite(job, {updatedAt: member.row.updatedAt, wasTold: shared.wasTold(text), hasFile})) {
			case 'known':
				know(parts, job);
				break;
			case 'tell': {
				const tell = tellOf(key, job, clock.now());
				if (tell !== undefined) outbox.put(tell);
				break;
			}

			case 'renew':
				await store.moveMany([id], {event: 'remove', at: clock.now()});
				again.push(member);
				break;
			case 'retry': {
				shared.forgetTold(text);
				// Not by a command: an undo is for what a person has done.
				const {changed} = await store.moveMany([id], {event: 'retry', at: clock.now()});
				for (const moved of changed) know(parts, moved.job);
				await shared.engine?.send({type: 'wake'});
				break;
			}
		}
	}

	if (again.length > 0) await takeSeries(parts, again);
};
