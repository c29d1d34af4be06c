import {failureFromHttpStatus, failureFromText, type Failure, type FailureCode} from '../../domain/failure.ts';
import {toolFailure} from '../supervision/tool-failure.ts';
import {isRecord, parseJson, type Fields} from '../supervision/json.ts';

export type Aria2State = 'active' | 'waiting' | 'paused' | 'error' | 'complete' | 'removed';

export type Aria2Status = {
	readonly gid: string;
	readonly state: Aria2State;
	readonly bytes: number;
	/** Undefined before the server told it. */
	readonly total: number | undefined;
	readonly path: string | undefined;
	readonly errorCode: string | undefined;
	readonly errorMessage: string | undefined;
};

/** What is asked for with `aria2.tellStatus`. */
export const statusKeys = ['gid', 'status', 'completedLength', 'totalLength', 'files', 'errorCode', 'errorMessage'];

/** A message of the daemon: the answer to a call, or a notification about a download. Undefined: neither. Never throws. */
export type Aria2Message =
	| {readonly type: 'answer'; readonly id: string; readonly result: unknown}
	| {readonly type: 'refusal'; readonly id: string; readonly message: string}
	| {readonly type: 'notification'; readonly gids: readonly string[]};

export const parseMessage = (text: string): Aria2Message | undefined => {
	const message = parseJson(text);
	if (!isRecord(message)) return undefined;
	const {id, method, params, error} = message;
	if (typeof method === 'string' && Array.isArray(params)) {
		const gids = params.map(entry => (isRecord(entry) ? textIn(entry, 'gid') : undefined));
		return {type: 'notification', gids: gids.filter(gid => gid !== undefined)};
	}

	if (typeof id !== 'string') return undefined;
	if (!isRecord(error)) return {type: 'answer', id, result: message['result']};
	return {type: 'refusal', id, message: textIn(error, 'message') ?? 'refused without a reason'};
};

/** The answer to `aria2.tellStatus`, in which all numbers are texts. Never throws. */
export const parseStatus = (value: unknown): Aria2Status | undefined => {
	if (!isRecord(value)) return undefined;
	const [gid, state] = [textIn(value, 'gid'), value['status']];
	if (gid === undefined || !isState(state)) return undefined;
	const files = value['files'];
	const first: unknown = Array.isArray(files) ? files[0] : undefined;
	const total = amountIn(value, 'totalLength');
	return {
		gid,
		state,
		bytes: amountIn(value, 'completedLength') ?? 0,
		total: total === 0 && state !== 'complete' ? undefined : total,
		path: isRecord(first) ? textIn(first, 'path') : undefined,
		errorCode: textIn(value, 'errorCode'),
		errorMessage: textIn(value, 'errorMessage'),
	};
};

/** The answers to a `system.multicall`: a list of one result for each call, or an error in its place. Never throws. */
export const parseStatuses = (value: unknown): ReadonlyArray<Aria2Status | undefined> =>
	Array.isArray(value) ? value.map(entry => parseStatus(Array.isArray(entry) ? entry[0] : undefined)) : [];

/** Exit statuses and error codes of aria2 1.36.0 (manual, EXIT STATUS). What is not here is told by the message alone. */
const codes: Readonly<Record<string, FailureCode>> = {
	'2': 'timeout',
	'3': 'not-found',
	'4': 'not-found',
	'5': 'stalled',
	'6': 'connection-lost',
	'8': 'connection-lost',
	'9': 'disk-full',
	'10': 'source-changed',
	'13': 'destination-exists',
	'19': 'name-not-resolved',
	'20': 'unsupported',
	'23': 'too-many-redirects',
	'24': 'login-required',
	'25': 'unsupported',
	'26': 'unsupported',
	'27': 'unsupported',
	'28': 'bad-arguments',
	'29': 'service-unavailable',
	'32': 'wrong-checksum',
};

/** The failure that an error code and its message mean. */
export const failureFromAria2 = (errorCode: string | undefined, message: string | undefined): Failure => {
	const words = message ?? 'gave no reason';
	const line = errorCode === undefined ? words : `errorCode=${errorCode} ${words}`;
	return toolFailure('aria2', codeOf(errorCode, words), words, line);
};

const codeOf = (errorCode: string | undefined, words: string): FailureCode => {
	// A response that aria2 does not want has code 22, or 1, and its status in the message.
	const status = /\bstatus=(\d{3})\b/.exec(words)?.[1];
	const fromStatus = status === undefined ? undefined : failureFromHttpStatus(Number(status));
	if (fromStatus !== undefined) return fromStatus;
	const known = errorCode === undefined ? undefined : codes[errorCode];
	// An unreachable resolver is the machine's trouble, not the name's: the message tells them apart.
	if (known === 'name-not-resolved') return failureFromText(words, known, rules);
	return known ?? failureFromText(words, errorCode === '22' ? 'server-error' : 'tool-failed', rules);
};

const rules: ReadonlyArray<readonly [RegExp, FailureCode]> = [
	[/got eof|unexpected end|invalid range|connection .*closed/i, 'connection-lost'],
	[/failed to (?:establish connection|connect)/i, 'connection-refused'],
];

const states: readonly unknown[] = [
	'active',
	'waiting',
	'paused',
	'error',
	'complete',
	'removed',
] satisfies Aria2State[];
const isState = (value: unknown): value is Aria2State => states.includes(value);

const textIn = (fields: Fields, name: string): string | undefined => {
	const value = fields[name];
	return typeof value === 'string' && value !== '' ? value : undefined;
};

const amountIn = (fields: Fields, name: string): number | undefined => {
	const value = Number(textIn(fields, name) ?? Number.NaN);
	return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
};
