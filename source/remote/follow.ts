import type {EngineSnapshot} from '../domain/snapshot.ts';
import type {Engine} from '../engine/ports.ts';
import {openChanges, type Changes, type ClientOptions} from './changes.ts';

const defaultRetryDelays: readonly number[] = [100, 200, 500, 1000, 2000];

/** Keeps the newest snapshot of a scheduler, and connects again whenever the stream breaks. */
export const followSnapshots = (
	options: ClientOptions,
	first: Changes,
): Pick<Engine, 'getSnapshot' | 'subscribe'> & {close(): void} => {
	const listeners = new Set<() => void>();
	const delays = options.retryDelays ?? defaultRetryDelays;
	let snapshot = first.snapshot;
	let stream = first;
	let timer: NodeJS.Timeout | undefined;
	let isClosed = false;
	// A scheduler that was started anew counts from the beginning; for our listeners the revisions go on.
	let offset = {revision: 0, queueRevision: 0};

	const publish = (next: EngineSnapshot): void => {
		if (isClosed) return;
		snapshot = next;
		for (const listener of listeners) listener();
	};

	const attach = (changes: Changes): void => {
		stream = changes;
		changes.follow(
			next => publish(shifted(next, offset)),
			() => {
				if (isClosed) return;
				publish(away(snapshot));
				reconnectAfter(0);
			},
		);
	};

	const reconnectAfter = (attempt: number): void => {
		timer = setTimeout(
			() => {
				void reconnect(attempt);
			},
			delays[Math.min(attempt, delays.length - 1)] ?? 1000,
		);
	};

	const reconnect = async (attempt: number): Promise<void> => {
		const changes = await openChanges(options);
		if (isClosed) {
			if (changes.ok) changes.close();
		} else if (changes.ok) {
			offset = {revision: snapshot.revision + 1, queueRevision: snapshot.queueRevision + 1};
			publish(shifted(changes.snapshot, offset));
			attach(changes);
		} else {
			reconnectAfter(attempt + 1);
		}
	};

	attach(first);
	return {
		getSnapshot: () => snapshot,
		subscribe(listener) {
			listeners.add(listener);
			return () => {
				listeners.delete(listener);
			};
		},
		close() {
			isClosed = true;
			clearTimeout(timer);
			stream.close();
			listeners.clear();
		},
	};
};

type Revisions = Pick<EngineSnapshot, 'revision' | 'queueRevision'>;

const shifted = (snapshot: EngineSnapshot, offset: Revisions): EngineSnapshot =>
	offset.revision === 0
		? snapshot
		: {
				...snapshot,
				revision: snapshot.revision + offset.revision,
				queueRevision: snapshot.queueRevision + offset.queueRevision,
			};

/** What is known when the scheduler does not answer: nothing runs, as far as anybody can tell. */
const away = (last: EngineSnapshot): EngineSnapshot => ({
	...last,
	revision: last.revision + 1,
	queueRevision: last.queueRevision + 1,
	isScheduling: false,
	isStopping: false,
	active: [],
	rate: 0,
	notices: ['The scheduler does not answer; connecting again.'],
	works: [],
});
