import {jobJson, snapshotJson} from '../../commands/json.ts';
import type {EngineEvent} from '../../engine/events.ts';
import type {Engine} from '../../engine/ports.ts';
import {maskSecrets} from '../../domain/text.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import type {Veil} from './veil.ts';

/** An Engine that may also tell what happens, as one in this process does. */
export type ApiEngine = Engine & {onEvent?(listener: (event: EngineEvent) => void): () => void};

/** What is told to whoever follows. `data` is one line of JSON, made when it is first asked for. */
export type FeedMessage = {readonly id: string; readonly event: FeedEventName; data(): string};

/** Every event of the stream, one sentence each. */
export const feedEvents = {
	snapshot: 'The live state as a whole: the first event of a stream.',
	reset: 'The same, in the place of events that are too old to be told, or that a slow client has missed.',
	state: 'The live state after a change, at most once a second, and only the newest.',
	job: 'A job went from one status to another, or was removed.',
	added: 'Jobs were added.',
	gate: 'The disk closed or opened the way for new jobs.',
	queue: 'The whole queue was paused or resumed.',
	undone: 'An act on jobs was taken back.',
	redone: 'It was done again.',
	notice: 'Something that a person should know.',
} as const;
export type FeedEventName = keyof typeof feedEvents;

/** One follower's place in the feed. It holds no backlog: what it has not read yet is read from the ring, or is gone. */
export type FeedReader = {
	/** The next message, or undefined where there is none now. */
	next(): FeedMessage | undefined;
	close(): void;
};

export type Feed = {
	/** From the beginning, or after the event with this id. `onNews` says that `next` may have something. */
	read(lastId: string | undefined, onNews: () => void): FeedReader;
	close(): void;
};

export type FeedOptions = {
	readonly veil: Veil;
	/** Names this feed: ids of another one mean nothing here. */
	readonly name: string;
	/** Events that are kept for whoever comes back. */
	readonly most?: number;
	/** Between two states, in milliseconds. */
	readonly pause?: number;
};

type Kept = {readonly number: number; readonly message: FeedMessage};

/** One source for all followers, whatever they follow by. */
export const createFeed = (engine: ApiEngine, {veil, name, most = 1000, pause = 1000}: FeedOptions): Feed => {
	const ring: Kept[] = [];
	const readers = new Set<() => void>();
	let last = 0;
	let isTelling = false;
	let resting: NodeJS.Timeout | undefined;
	/** What the followers are to see; it stays behind the engine while the feed rests. */
	let shown: EngineSnapshot = engine.getSnapshot();

	const tell = (): void => {
		if (isTelling || readers.size === 0) return;
		isTelling = true;
		// Many events of one act are told together.
		setImmediate(() => {
			isTelling = false;
			for (const onNews of readers) onNews();
		});
	};

	const unlisten = engine.onEvent?.(event => {
		last++;
		const number = last;
		ring.push({
			number,
			message: {id: `${name}.${number}`, event: event.type, data: once(() => eventJson(event, veil))},
		});
		// Taken away in pieces, because each time costs the whole length.
		if (ring.length >= most * 2) ring.splice(0, ring.length - most);
		tell();
	});

	const show = (): void => {
		if (resting !== undefined || readers.size === 0 || shown === engine.getSnapshot()) return;
		shown = engine.getSnapshot();
		tell();
		resting = setTimeout(() => {
			resting = undefined;
			show();
		}, pause);
		resting.unref();
	};

	const unsubscribe = engine.subscribe(show);
	const documents = new WeakMap<EngineSnapshot, () => string>();
	const state = (event: FeedEventName, snapshot: EngineSnapshot): FeedMessage => {
		const data = documents.get(snapshot) ?? once(() => stateJson(snapshot, veil));
		documents.set(snapshot, data);
		return {id: `${name}.${last}`, event, data};
	};

	const oldest = (): number => Math.max(ring[0]?.number ?? last + 1, last - most + 1);
	const numberIn = (id: string | undefined): number | undefined => {
		const number = id?.startsWith(`${name}.`) === true ? Number(id.slice(name.length + 1)) : Number.NaN;
		return Number.isSafeInteger(number) && number >= oldest() - 1 && number <= last ? number : undefined;
	};

	return {
		read(lastId, onNews) {
			readers.add(onNews);
			show();
			let place = numberIn(lastId);
			let greeting: FeedEventName | undefined =
				place === undefined ? (lastId === undefined || lastId === '' ? 'snapshot' : 'reset') : undefined;
			let seen: EngineSnapshot | undefined;
			return {
				next() {
					if (place === undefined || place < oldest() - 1) {
						place = last;
						seen = shown;
						const event = greeting ?? 'reset';
						greeting = undefined;
						return state(event, shown);
					}

					const kept = ring[place - (ring[0]?.number ?? 0) + 1];
					if (place < last && kept !== undefined) {
						place++;
						return kept.message;
					}

					if (seen === shown) return undefined;
					seen = shown;
					return state('state', shown);
				},
				close() {
					readers.delete(onNews);
				},
			};
		},
		close() {
			clearTimeout(resting);
			unlisten?.();
			unsubscribe();
			readers.clear();
		},
	};
};

const once = (make: () => unknown): (() => string) => {
	let text: string | undefined;
	return () => {
		text ??= JSON.stringify(make());
		return text;
	};
};

/** The live state as the API tells it. */
export const stateJson = (snapshot: EngineSnapshot, veil: Veil): unknown =>
	veil.json({...snapshotJson(snapshot), limit: snapshot.limit ?? null});

const eventJson = (event: EngineEvent, veil: Veil): unknown => {
	const at = new Date(event.at).toISOString();
	switch (event.type) {
		case 'job': {
			const {job, from, to, error} = event;
			const progress = {bytes: job.bytes, total: job.total, speed: 0, eta: undefined};
			const told = jobJson({...job, source: maskSecrets(job.source), hold: undefined, progress});
			return veil.json({
				at,
				id: job.id,
				from,
				to,
				error: error === undefined ? null : {code: error.code, message: error.message, class: error.class},
				job: {...told, batch_id: job.batch ?? null},
			});
		}

		case 'added':
			return {at, count: event.count};
		case 'gate':
			return veil.json({at, state: event.gate.state, detail: 'detail' in event.gate ? event.gate.detail : null});
		case 'queue':
			return {at, is_paused: event.isPaused};
		case 'undone':
		case 'redone':
			return veil.json({at, label: event.label, ids: event.jobs});
		case 'notice':
			return veil.json({at, text: event.text});
	}
};
