import type {Downloads} from './downloads.ts';
import type {Journal} from './journal.ts';
import type {LocalFiles} from './local-files.ts';
import type {Pace} from './pace.ts';
import type {Scenario, Traits} from './scenario.ts';
import type {Searches} from './searches.ts';

export type Answer = {
	readonly status: number;
	/** A text goes as text, everything else as JSON; undefined is an empty body. */
	readonly body?: unknown;
	readonly headers?: Readonly<Record<string, string>>;
};

export type Request = {
	readonly method: string;
	/** Still encoded. */
	readonly path: string;
	readonly query: URLSearchParams;
	readonly apiKey: string | undefined;
	/** What JSON.parse made of the body; undefined where it was none. */
	readonly body: unknown;
};

export type Api = {
	readonly scenario: Scenario;
	readonly traits: Traits;
	readonly searches: Searches;
	readonly downloads: Downloads;
	readonly files: LocalFiles;
	readonly journal: Journal;
	readonly pace: Pace;
	readonly connection: {isConnected: boolean; isConnecting: boolean};
	/** How many POSTs are being accepted now. */
	readonly accepting: {searches: number; downloads: number};
};

export const guid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
