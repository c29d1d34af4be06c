import {isRecord, parseJson, type Fields} from '../supervision/json.ts';
import {flagsOf, list, number, records, text} from './fields.ts';
import type {Instant} from '../../domain/time.ts';
import type {Version} from './requests.ts';

/*
 * What slskd 0.22 to 0.26 answers. Null members are left out there, so that everything may be missing; names of peers and
 * files come from strangers.
 */

/** The version in the answer to `/application`, where it is an object, or to `/application/version`. */
export const parseVersion = (answer: string): Version | undefined => {
	const value = parseJson(answer);
	const version = isRecord(value) ? value['version'] : (value ?? answer);
	const words = isRecord(version) ? (text(version['full']) ?? text(version['current'])) : text(version);
	const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.\d+)*/.exec(words?.trim() ?? '');
	return match === null ? undefined : {major: Number(match[1]), minor: Number(match[2]), text: match[0]};
};

/** Whether slskd is on the network, with its own word for the state. */
export const parseServer = (answer: string): {readonly isReady: boolean; readonly state: string} | undefined => {
	const value = parseJson(answer);
	if (!isRecord(value)) return undefined;
	const state = text(value['state']) ?? '';
	const flags = flagsOf(state);
	return {isReady: value['isLoggedIn'] === true || (flags.has('Connected') && flags.has('LoggedIn')), state};
};

/** Where finished downloads go, as slskd itself calls it. */
export const parseDownloadsDirectory = (answer: string): string | undefined => {
	const value = parseJson(answer);
	const directories = isRecord(value) ? value['directories'] : undefined;
	return isRecord(directories) ? text(directories['downloads']) : undefined;
};

export type TransferState =
	/** `Requested`, `Queued, Locally`: slskd has yet to ask the peer, for the first time or again. */
	| 'preparing'
	/** `Queued, Remotely`. */
	| 'queued'
	/** `Initializing`, `InProgress`. */
	| 'moving'
	| 'succeeded'
	| 'cancelled'
	| 'timed-out'
	| 'errored'
	| 'rejected'
	| 'aborted';

/** A download as slskd tells of it. Instants are those of its clock. */
export type Transfer = {
	readonly id: string;
	readonly peer: string;
	readonly file: string;
	readonly size: number;
	readonly state: TransferState;
	readonly bytes: number;
	/** Bytes a second. */
	readonly speed: number;
	readonly place: number | undefined;
	/** In milliseconds. */
	readonly remaining: number | undefined;
	readonly exception: string | undefined;
	readonly requestedAt: Instant;
	readonly endedAt: Instant | undefined;
};

const endings: ReadonlyArray<readonly [flag: string, state: TransferState]> = [
	['Succeeded', 'succeeded'],
	['Cancelled', 'cancelled'],
	['TimedOut', 'timed-out'],
	['Rejected', 'rejected'],
	['Aborted', 'aborted'],
	['Errored', 'errored'],
];

/** The state behind the flags: `Completed` first, then how. */
export const stateOf = (state: string): TransferState => {
	const flags = flagsOf(state);
	if (flags.has('Completed')) return endings.find(([flag]) => flags.has(flag))?.[1] ?? 'errored';
	if (flags.has('InProgress') || flags.has('Initializing')) return 'moving';
	return flags.has('Queued') && flags.has('Remotely') ? 'queued' : 'preparing';
};

export const hasEndedThere = ({state}: Pick<Transfer, 'state'>): boolean =>
	state !== 'preparing' && state !== 'queued' && state !== 'moving';

/** Downloads of the nested list: users, their folders, the files in them. Undefined: no such list. */
export const parseDownloads = (answer: string): readonly Transfer[] | undefined => {
	const value = parseJson(answer);
	if (!Array.isArray(value)) return undefined;
	return records(value).flatMap(user =>
		records(user['directories']).flatMap(directory =>
			records(directory['files']).flatMap(file => transferOf(file, text(user['username'])) ?? []),
		),
	);
};

const transferOf = (fields: Fields, username: string | undefined): Transfer | undefined => {
	const [id, peer, file] = [text(fields['id']), text(fields['username']) ?? username, text(fields['filename'])];
	if (id === undefined || peer === undefined || file === undefined) return undefined;
	return {
		id,
		peer,
		file,
		size: number(fields['size']) ?? 0,
		state: stateOf(text(fields['state']) ?? ''),
		bytes: number(fields['bytesTransferred']) ?? 0,
		speed: number(fields['averageSpeed']) ?? 0,
		place: number(fields['placeInQueue']),
		remaining: parseSpan(text(fields['remainingTime'])),
		exception: text(fields['exception']),
		requestedAt: parseTime(fields['enqueuedAt']) ?? parseTime(fields['requestedAt']) ?? 0,
		endedAt: parseTime(fields['endedAt']),
	};
};

/** Times come with and without their zone; without one they are UTC. */
const parseTime = (value: unknown): Instant | undefined => {
	const words = text(value);
	if (words === undefined) return undefined;
	const time = Date.parse(/(?:z|[+-]\d\d:?\d\d)$/i.test(words) ? words : `${words}Z`);
	return Number.isNaN(time) ? undefined : time;
};

/** `hh:mm:ss.fffffff`, with days before a dot where there are some, in milliseconds. */
export const parseSpan = (words: string | undefined): number | undefined => {
	const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(words ?? '');
	if (match === null) return undefined;
	const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map(part => Number(part ?? 0));
	return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
};

/** What an accepted request has enqueued, as far as it says so. */
export type Enqueued =
	/** It is in the list, or about to be. */
	| {readonly type: 'enqueued'}
	| {readonly type: 'refused'; readonly reason: string}
	/** Neither is said: the list has to be asked. */
	| {readonly type: 'unknown'};

/** The answers of 0.22 to 0.26, of which some are empty and some lie about their contents: only counts are believed. */
export const parseEnqueued = (answer: string): Enqueued => {
	const value = parseJson(answer);
	if (!isRecord(value)) return {type: 'unknown'};
	const batch = value['batch'];
	const enqueued = isRecord(batch) ? list(batch['transfers']) : list(value['enqueued']);
	if (enqueued.length > 0) return {type: 'enqueued'};
	const failures = Array.isArray(value['failures']) ? value['failures'] : list(value['failed']);
	if (failures.length === 0) return {type: 'unknown'};
	const reason = records(failures).flatMap(failure => text(failure['message']) ?? [])[0];
	// Without a reason it may well be there already: that is refused as well.
	return reason === undefined || isThereAlready(reason) ? {type: 'unknown'} : {type: 'refused', reason};
};

export const isThereAlready = (reason: string): boolean =>
	/already in progress|already (?:queued|exists)/i.test(reason);

/** Says where a finished file was put. */
export type FileEvent = {
	readonly id: string;
	readonly at: Instant;
	readonly peer: string | undefined;
	readonly file: string;
	/** As slskd calls it. */
	readonly path: string;
	readonly transfer: string | undefined;
};

/** Events of one page: their ids, newest first, and those among them that tell of finished files. */
export const parseEvents = (
	answer: string,
): {readonly ids: readonly string[]; readonly files: readonly FileEvent[]} | undefined => {
	const value = parseJson(answer);
	if (!Array.isArray(value)) return undefined;
	const rows = records(value);
	return {
		ids: rows.flatMap(row => text(row['id']) ?? []),
		files: rows.flatMap(row => fileEventOf(row) ?? []),
	};
};

const fileEventOf = (row: Fields): FileEvent | undefined => {
	if (row['type'] !== 'DownloadFileComplete') return undefined;
	// What happened is JSON in a text (0.26); whoever sends it as an object is understood as well.
	const told = typeof row['data'] === 'string' ? parseJson(row['data']) : (row['data'] ?? row);
	if (!isRecord(told)) return undefined;
	const [file, path] = [text(told['remoteFilename']), text(told['localFilename'])];
	if (file === undefined || path === undefined) return undefined;
	const transfer = isRecord(told['transfer']) ? told['transfer'] : {};
	return {
		id: text(row['id']) ?? '',
		at: parseTime(row['timestamp']) ?? 0,
		peer: text(transfer['username']),
		file,
		path,
		transfer: text(transfer['id']),
	};
};
