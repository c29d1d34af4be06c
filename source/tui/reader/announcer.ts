import type {JobId, JobView} from '../../domain/job.ts';
import type {Duration, Instant} from '../../domain/time.ts';
import type {Engine} from '../../engine/ports.ts';
import {newsOf, type Told} from './news.ts';

/** Says what changed in the queue, at most once in a while. */
export type Announcer = {
	/** What is so now is known: it was just said in an answer. */
	acknowledge(): void;
	close(): void;
};

/** What happens within so long is said in one go. */
export const burst: Duration = 2000;

/** Ended jobs that are looked at after one burst; more are counted among them. */
const mostEnded = 100;

/**
 * Watches the engine and hands over what is news. Nothing runs while nothing happens: the one timer is started by a change.
 */
export const createAnnouncer = (
	engine: Engine,
	say: (lines: readonly string[]) => void,
	name: (job: JobView) => number,
	pause: Duration = burst,
): Announcer => {
	let told: Told = engine.getSnapshot();
	let revision = -1;
	let timer: NodeJS.Timeout | undefined;
	let isClosed = false;
	// What ended before was told in the summary.
	const ended = createEndedJobs(engine, engine.getSnapshot().at);

	const tell = async (): Promise<void> => {
		const snapshot = engine.getSnapshot();
		const isOther = snapshot.queueRevision !== revision;
		const jobs = isOther ? await ended.take() : [];
		revision = snapshot.queueRevision;
		if (isClosed) return;
		const lines = newsOf(told, snapshot, jobs, name);
		told = snapshot;
		if (lines.length > 0) say(lines);
	};
	const start = (): void => {
		if (timer !== undefined || isClosed) return;
		timer = setTimeout(() => {
			// A line that was cut is told by what ends the reader.
			void tell()
				.catch(() => undefined)
				.finally(() => {
					timer = undefined;
					if (differs(told, engine.getSnapshot())) start();
				});
		}, pause);
	};
	const unsubscribe = engine.subscribe(() => {
		if (differs(told, engine.getSnapshot())) start();
	});
	return {
		acknowledge() {
			const {isQueuePaused} = engine.getSnapshot();
			told = {...told, isQueuePaused};
		},
		close() {
			isClosed = true;
			clearTimeout(timer);
			unsubscribe();
		},
	};
};

/** Whether there may be news: progress alone is none. */
const differs = (told: Told, now: Told): boolean =>
	told.isQueuePaused !== now.isQueuePaused ||
	told.isScheduling !== now.isScheduling ||
	told.isStopping !== now.isStopping ||
	told.notices !== now.notices ||
	Object.entries(now.counts).some(([status, value]) => told.counts[status as keyof Told['counts']] !== value) ||
	now.volumes.some(volume => told.volumes.find(one => one.id === volume.id)?.gate.state !== volume.gate.state);

/** Hands over each job that completed or failed once, oldest first. */
const createEndedJobs = (engine: Engine, since: Instant) => {
	let latest = since;
	let atLatest: ReadonlySet<JobId> = new Set();
	return {
		async take(): Promise<readonly JobView[]> {
			const {rows} = await engine.list({
				statuses: ['completed', 'failed'],
				sort: 'ended',
				isDescending: true,
				limit: mostEnded,
			});
			const fresh = rows.filter(
				job => job.endedAt !== undefined && (job.endedAt > latest || (job.endedAt === latest && !atLatest.has(job.id))),
			);
			const newest = rows[0]?.endedAt ?? latest;
			if (newest >= latest) {
				atLatest = new Set(rows.filter(job => job.endedAt === newest).map(job => job.id));
				latest = newest;
			}

			return fresh.toReversed();
		},
	};
};
