import type {Job} from '../domain/job.ts';
import type {Duration} from '../domain/time.ts';
import type {Clock, JobStore} from '../engine/ports.ts';
import {fileIsThere} from './artefacts.ts';
import type {Link} from './link.ts';
import type {Outbox} from './outbox.ts';
import {pipelineProvider, sourceOf} from './request.ts';
import {downloadingRows, type HeldRow} from './rows.ts';
import {isAbandoned, isOwnClaim, settleDownloading} from './settle.ts';
import type {Shared} from './shared.ts';
import {keyText, tellOf, type Tell} from './stages.ts';
import {heartbeatsFor} from './workers.ts';
import {giveBack} from './writes.ts';

export type SettlerParts = {
	readonly clock: Clock;
	readonly store: JobStore;
	readonly link: Link;
	readonly outbox: Outbox;
	readonly shared: Shared;
	readonly staleAfter: Duration;
	readonly say: (text: string) => void;
	/** Hands over a job that was completed before anybody could say so. */
	readonly handOver: (row: HeldRow, job: Job) => void;
};

/** Rows that are looked at at once. */
const pageSize = 100;

/** Brings rows that are `downloading`, and that no attempt of this life has, to what is true. */
export const settleRows = async (parts: SettlerParts): Promise<void> => {
	const {link, shared, outbox} = parts;
	for (let after = 0; !shared.isStopping;) {
		const rows = (await link.use(connection => downloadingRows(connection, after, pageSize)))?.result ?? [];
		const strange = rows.filter(row => !shared.running.has(keyText(row)) && !outbox.has(keyText(row)));
		const jobs = await jobsOf(parts, strange);
		for (const [index, row] of strange.entries()) {
			const job = jobs[index];
			const isOwn = job !== undefined && isOwnClaim(row.startedAt, await parts.store.attempts(job.id));
			if (isOwn) await settleOwn(parts, row, job);
			else await settleStranger(parts, row);
		}

		const last = rows.at(-1);
		if (last === undefined || rows.length < pageSize) break;
		after = last.id;
	}

	await outbox.flush();
};

/** The jobs that we have for rows, by the identity that both have. */
export const jobsOf = async (
	{shared, store}: Pick<SettlerParts, 'shared' | 'store'>,
	rows: readonly HeldRow[],
): Promise<ReadonlyArray<Job | undefined>> => {
	if (rows.length === 0 || shared.engine === undefined) return [];
	const previews = await shared.engine.preview(
		rows.map(row => ({source: sourceOf('x', row), provider: pipelineProvider, options: {episode: row.episode}})),
	);
	return Promise.all(previews.map(one => (one.type === 'duplicate' ? store.get(one.id) : undefined)));
};

const settleOwn = async (parts: SettlerParts, row: HeldRow, job: Job): Promise<void> => {
	const {store, clock, outbox, shared, handOver} = parts;
	// An attempt may have taken it while the job was looked for.
	if (shared.running.has(keyText(row))) return;
	const key = {anime: row.anime, episode: row.episode};
	const back: Tell = {key, stage: 'queued', from: ['downloading'], error: undefined, retries: 0};
	switch (settleDownloading(job, await fileIsThere(job))) {
		case 'leave':
			break;
		case 'renew':
			await store.moveMany([job.id], {event: 'remove', at: clock.now()});
			outbox.put(back);
			break;
		case 'tell':
			if (job.status === 'completed') handOver(row, job);
			// An attempt that is about to begin takes the row as any other.
			else outbox.put(tellOf(key, job, clock.now()) ?? back);
			break;
	}
};

const settleStranger = async (parts: SettlerParts, row: HeldRow): Promise<void> => {
	const {link, clock, staleAfter, say} = parts;
	const given = await link.use(connection => {
		const signs = {row, heartbeats: heartbeatsFor(connection, row.id)};
		return isAbandoned(signs, clock.now(), staleAfter) && giveBack(connection, row, clock.now());
	});
	if (given?.result === true)
		say(`episode ${row.episode} of the pipeline's series ${row.anime} is queued again: its downloader is dead`);
};
