import type {ServerResponse} from 'node:http';
import type {WebSocket} from 'ws';
import type {Feed, FeedMessage} from './feed.ts';

/** The clients that follow the events now, by whatever they follow. */
export type Streams = {
	/** Whether there is room for one more. */
	hasRoom(): boolean;
	readonly count: number;
	/** Server-sent events on an answer whose head is written. */
	sse(out: ServerResponse, lastId: string | undefined): void;
	/** The same events as messages `{"id","event","data"}`. */
	webSocket(socket: WebSocket, lastId: string | undefined): void;
	close(): void;
};

export type StreamsOptions = {
	readonly most: number;
	/** Between two signs of life, in milliseconds. A client that takes nothing for two of them is dropped. */
	readonly heartbeat: number;
};

/** How one client is written to. */
type Line = {
	/** Writes one message; false where the client has to take it first, and then `onReady` is called. */
	write(message: FeedMessage): boolean;
	beat(): void;
	drop(): void;
};

/** Hands the feed to each client as fast as that client takes it. */
export const createStreams = (feed: Feed, {most, heartbeat}: StreamsOptions): Streams => {
	const members = new Set<{readonly line: Line; isWaiting: boolean; beats: number}>();
	const timer = setInterval(() => {
		for (const member of members) {
			// A sign of life goes to whoever takes what it is sent.
			if (!member.isWaiting) member.line.beat();
			else if (++member.beats > 1) member.line.drop();
		}
	}, heartbeat);
	timer.unref();

	const join = (line: Line, lastId: string | undefined): {onReady(): void; leave(): void} => {
		const member = {line, isWaiting: false, beats: 0};
		let isGone = false;
		const pump = (): void => {
			while (!member.isWaiting && !isGone) {
				const message = reader.next();
				if (message === undefined) return;
				if (!line.write(message)) member.isWaiting = true;
			}
		};
		const reader = feed.read(lastId, pump);
		members.add(member);
		// The first message goes when the caller knows how to stop it.
		setImmediate(pump);
		return {
			onReady() {
				member.isWaiting = false;
				member.beats = 0;
				pump();
			},
			leave() {
				isGone = true;
				members.delete(member);
				reader.close();
			},
		};
	};

	return {
		hasRoom: () => members.size < most,
		get count() {
			return members.size;
		},
		sse(out, lastId) {
			out.write('retry: 3000\n\n');
			const stay = join(
				{
					write: ({id, event, data}) => out.write(`id: ${id}\nevent: ${event}\ndata: ${data()}\n\n`),
					beat: () => void out.write(': still here\n\n'),
					drop: () => out.destroy(),
				},
				lastId,
			);
			// A client that is gone shows itself as `close`.
			out.on('error', () => undefined).on('drain', stay.onReady);
			out.once('close', stay.leave);
		},
		webSocket(socket, lastId) {
			let hasAnswered = true;
			const stay = join(
				{
					write({id, event, data}) {
						socket.send(`{"id":${JSON.stringify(id)},"event":${JSON.stringify(event)},"data":${data()}}`, () =>
							stay.onReady(),
						);
						return false;
					},
					beat() {
						if (!hasAnswered) socket.terminate();
						hasAnswered = false;
						socket.ping();
					},
					drop: () => socket.terminate(),
				},
				lastId,
			);
			socket.on('pong', () => {
				hasAnswered = true;
			});
			socket.on('error', () => socket.terminate());
			socket.once('close', stay.leave);
		},
		close() {
			clearInterval(timer);
			for (const {line} of members) line.drop();
			members.clear();
		},
	};
};
