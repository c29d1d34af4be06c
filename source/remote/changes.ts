import {request, type IncomingMessage} from 'node:http';
import type {EngineSnapshot} from '../domain/snapshot.ts';
import {readLines} from './lines.ts';
import {changesPath, protocol, protocolHeader, versionHeader} from './wire-names.ts';

export type ClientOptions = {
	/** Asked before each connection: a scheduler that was started anew may answer somewhere else. */
	readonly socketPath: () => string;
	readonly version: string;
	/** Waits between attempts to connect again, in milliseconds. */
	readonly retryDelays?: readonly number[];
};

/** An open stream of snapshots. */
export type Changes = {
	readonly ok: true;
	readonly snapshot: EngineSnapshot;
	/** Tells each further snapshot, and once that the stream has ended. To be called once. */
	follow(onSnapshot: (snapshot: EngineSnapshot) => void, onEnd: () => void): void;
	close(): void;
};

export type Unconnected = {
	readonly ok: false;
	/** `absent`: nobody listens there. `mismatch`: another version. `silent`: no sensible answer in time. */
	readonly reason: 'absent' | 'mismatch' | 'silent';
	readonly message: string;
};

/** How long the first answer may take. */
const connectTimeout = 10_000;
/** The longest line: a snapshot of 32 jobs is a few dozen kilobytes. */
const mostLineBytes = 16 * 1024 * 1024;

export const headersOf = (options: ClientOptions): Record<string, string> => ({
	[protocolHeader]: String(protocol),
	[versionHeader]: options.version,
});

/** Opens the stream of snapshots and waits for the first. Never rejects. */
export const openChanges = async (options: ClientOptions): Promise<Changes | Unconnected> =>
	new Promise(resolve => {
		const outgoing = request({
			socketPath: options.socketPath(),
			path: changesPath,
			headers: headersOf(options),
			agent: false,
		});
		const timer = setTimeout(() => {
			outgoing.destroy(new Error('it does not answer'));
		}, connectTimeout);
		const settle = (outcome: Changes | Unconnected): void => {
			clearTimeout(timer);
			resolve(outcome);
		};

		outgoing.on('error', error => settle(unconnected(error)));
		outgoing.once('response', response => {
			response.once('close', () =>
				settle({ok: false, reason: 'silent', message: 'the scheduler closed the connection'}),
			);
			if (response.statusCode === 200) readSnapshots(response, settle);
			else void readAll(response).then(body => settle(refused(response, body)));
		});
		outgoing.end();
	});

/** Settles with the first snapshot; what comes before somebody follows is not lost, but only the newest is kept. */
const readSnapshots = (response: IncomingMessage, settle: (changes: Changes) => void): void => {
	let waiting: EngineSnapshot | undefined;
	let isFirst = true;
	let tell = (snapshot: EngineSnapshot): void => {
		waiting = snapshot;
	};

	readLines(response, mostLineBytes, line => {
		const snapshot = parseSnapshot(line);
		if (snapshot === undefined) {
			response.destroy();
			return;
		}

		if (!isFirst) {
			tell(snapshot);
			return;
		}

		isFirst = false;
		settle({
			ok: true,
			snapshot,
			follow(onSnapshot, onEnd) {
				tell = onSnapshot;
				if (waiting !== undefined) onSnapshot(waiting);
				if (response.closed) onEnd();
				else response.once('close', onEnd);
			},
			close() {
				response.destroy();
			},
		});
	});
};

const parseSnapshot = (line: string): EngineSnapshot | undefined => {
	try {
		const value: unknown = JSON.parse(line);
		return typeof value === 'object' && value !== null && 'revision' in value ? (value as EngineSnapshot) : undefined;
	} catch {
		return undefined;
	}
};

const unconnected = (error: NodeJS.ErrnoException): Unconnected => {
	const isAbsent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK';
	return isAbsent
		? {ok: false, reason: 'absent', message: 'no scheduler is running'}
		: {ok: false, reason: 'silent', message: `the scheduler cannot be reached: ${error.message}`};
};

/** An answer that is no success, in the server's own words. */
export const refused = (response: IncomingMessage, body: string): Unconnected => ({
	ok: false,
	reason: response.statusCode === 409 ? 'mismatch' : 'silent',
	message: textIn(body, 'message') ?? `the scheduler answered with HTTP ${response.statusCode ?? 0}`,
});

/** A field of an answer that is no success. */
export const textIn = (body: string, name: 'message' | 'code'): string | undefined => {
	try {
		const {[name]: value} = JSON.parse(body) as Record<string, unknown>;
		return typeof value === 'string' ? value : undefined;
	} catch {
		return undefined;
	}
};

/** The body of an answer, or what has arrived of it when the connection broke. */
export const readAll = async (response: IncomingMessage): Promise<string> => {
	const chunks: Buffer[] = [];
	try {
		for await (const chunk of response) chunks.push(chunk as Buffer);
	} catch {
		// The caller looks at `complete`.
	}

	return Buffer.concat(chunks).toString('utf8');
};
