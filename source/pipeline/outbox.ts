import type {Clock} from '../engine/ports.ts';
import type {Connection} from './connection.ts';
import {isForbidden, type Link} from './link.ts';
import {keyText, type Tell} from './stages.ts';
import {tellRow} from './writes.ts';

/** What rows are still to be told: kept until it is written, the newest of each row. What a crash loses is found out anew. */
export type Outbox = {
	put(tell: Tell): void;
	has(key: string): boolean;
	/** Resolves when everything that was put before is written, or refused for good. */
	flush(): Promise<void>;
};

export type OutboxOrder = {
	readonly link: Link;
	readonly clock: Clock;
	/** Done in the same transaction as the tells. */
	readonly together: (connection: Connection) => void;
	/** Is told what was written. */
	readonly onTold: (tell: Tell) => void;
	/** A row refuses what it is told. */
	readonly onRefused: (tell: Tell, error: unknown) => void;
};

/** Rows of one transaction: a few milliseconds' worth. */
const atOnce = 50;

export const createOutbox = ({link, clock, together, onTold, onRefused}: OutboxOrder): Outbox => {
	const pending = new Map<string, Tell>();
	let writing: Promise<void> | undefined;

	const settle = (tell: Tell): void => {
		const key = keyText(tell.key);
		if (pending.get(key) === tell) pending.delete(key);
	};

	const writeAll = async (tells: readonly Tell[]): Promise<void> => {
		try {
			await link.use(connection =>
				connection.transact(() => {
					for (const tell of tells) tellRow(connection, tell, clock.now());
					together(connection);
				}),
			);
			for (const tell of tells) {
				settle(tell);
				onTold(tell);
			}
		} catch (error) {
			// One row that refuses keeps none of the others from being told.
			const [only, ...others] = tells;
			if (only === undefined || !isForbidden(error)) throw error;
			if (others.length === 0) {
				settle(only);
				onRefused(only, error);
			} else for (const tell of tells) await writeAll([tell]);
		}
	};

	const write = async (): Promise<void> => {
		try {
			while (pending.size > 0) await writeAll([...pending.values()].slice(0, atOnce));
		} finally {
			writing = undefined;
		}
	};

	return {
		put(tell) {
			pending.set(keyText(tell.key), tell);
			// What comes in one breath goes in one transaction. What cannot be written while the link is closed is found
			// out anew at the next start.
			writing ??= Promise.resolve().then(write);
			writing.catch(() => undefined);
		},
		has: key => pending.has(key),
		async flush() {
			while (writing !== undefined) await writing;
		},
	};
};
