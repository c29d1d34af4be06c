import type {Duration} from '../domain/time.ts';
import type {Clock} from '../engine/ports.ts';
import {errorCode} from '../system/files.ts';
import {fileOf, isBusy, openPipeline, type Connection} from './connection.ts';

/** The way to the pipeline's database, which others lock, replace or take away as they like. */
export type Link = {
	/**
	 * Does something with the database, and again until it can be done: at once in the usual case, soon where another
	 * program writes, later where the database cannot be had. Undefined where the signal has ended it. Rejects with what
	 * the database refuses for good, such as a value that its rules forbid, and when the link is closed.
	 */
	use<Result>(
		work: (connection: Connection) => Result,
		signal?: AbortSignal,
	): Promise<{readonly result: Result} | undefined>;
	/** Opens the database anew where another file has taken its place. */
	refresh(): void;
	/** What keeps it from being used, in a sentence. */
	trouble(): string | undefined;
	/** From now on, what is asked for has this long. */
	hurry(patience: Duration): void;
	/** What has not ended is given up. */
	close(): void;
};

export type LinkOrder = {
	readonly path: string;
	readonly clock: Clock;
	/** Is told when a trouble begins, changes or is over. */
	readonly onTrouble: () => void;
};

/** Before the second try; it doubles with each, so that a lock that stays costs what runs next to nothing. */
const busyPause: Duration = 20;
const longestBusyPause: Duration = 500;
const troublePause: Duration = 2000;

/** Another program may write for a while before a person has to know. */
const busyForLong: Duration = 15_000;

export const createLink = ({path, clock, onTrouble}: LinkOrder): Link => {
	let connection: Connection | undefined;
	let trouble: string | undefined;
	let deadline = Infinity;
	let isOver = false;
	const waiting = new Set<() => void>();

	const setTrouble = (text: string | undefined): void => {
		if (trouble === text) return;
		trouble = text;
		onTrouble();
	};

	const pause = (duration: Duration, signal: AbortSignal | undefined): Promise<void> =>
		new Promise(resolve => {
			const end = (): void => {
				cancel();
				signal?.removeEventListener('abort', end);
				waiting.delete(end);
				resolve();
			};
			const cancel = clock.at(clock.now() + duration, end);
			signal?.addEventListener('abort', end, {once: true});
			waiting.add(end);
		});

	const drop = (): void => {
		connection?.close();
		connection = undefined;
	};

	const attempt = <Result>(
		work: (connection: Connection) => Result,
	): {readonly result: Result} | {readonly error: unknown} => {
		try {
			connection ??= openPipeline(path, {isReadOnly: false});
			const result = work(connection);
			setTrouble(undefined);
			return {result};
		} catch (error) {
			return {error};
		}
	};

	const use = async <Result>(
		work: (connection: Connection) => Result,
		signal: AbortSignal | undefined,
	): Promise<{readonly result: Result} | undefined> => {
		const begun = clock.now();
		for (let tries = 0; ; tries++) {
			if (signal?.aborted === true) return undefined;
			if (isOver) throw new Error('the pipeline was left');
			const answer = attempt(work);
			if ('result' in answer) return answer;
			const {error} = answer;
			// A defect of ours is no trouble with the database.
			if (isForbidden(error) || !isOfDatabase(error)) throw error;
			const isShort = isBusy(error);
			if (!isShort) drop();
			if (!isShort || clock.now() - begun > busyForLong) setTrouble(wordsFor(path, error));
			if (clock.now() >= deadline) throw error;
			const wait = isShort
				? Math.min(longestBusyPause, busyPause * 2 ** Math.min(tries, 10)) * (0.5 + clock.chance())
				: troublePause;
			await pause(Math.min(wait, deadline - clock.now()), signal);
		}
	};

	return {
		use,
		refresh() {
			if (connection !== undefined && fileOf(path) !== connection.file) drop();
		},
		trouble: () => trouble,
		hurry(patience) {
			deadline = clock.now() + patience;
			for (const end of waiting) end();
		},
		close() {
			isOver = true;
			for (const end of waiting) end();
			drop();
		},
	};
};

/** Whether the database refuses what is written, whoever tries it and however often. */
export const isForbidden = (error: unknown): boolean =>
	/^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)/.test(errorCode(error) ?? '');

/** What SQLite says, or what was said about opening the file. */
const isOfDatabase = (error: unknown): boolean =>
	errorCode(error)?.startsWith('SQLITE_') === true || (error instanceof Error && error.cause instanceof Error);

const wordsFor = (path: string, error: unknown): string => {
	if (isBusy(error)) return `another program keeps the pipeline's database ${path} locked; its rows wait`;
	const message = error instanceof Error ? error.message : String(error);
	return message.includes(path) ? message : `the pipeline's database ${path} cannot be used: ${message}`;
};
