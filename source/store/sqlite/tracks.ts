import {hasEnded, jobStatuses, type BatchId, type JobStatus} from '../../domain/job.ts';
import type {JobFilter, SortKey} from '../../engine/ports.ts';
import type {Connection} from './connection.ts';

/** One walk along one index, in the order of its key. */
export type Track = {
	readonly key: 'id' | 'sort_key' | 'ended_at' | 'size';
	readonly from: string;
	readonly where: string;
	readonly values: readonly unknown[];
	/** Whose jobs these are: that many are in it. All jobs where there is no status. */
	readonly counted: {readonly status?: JobStatus; readonly batch?: BatchId};
};

/** What no index answers: it is looked at row by row. */
export type Residual = {readonly where: string; readonly values: readonly unknown[]};

/** A part of a list whose tracks have the same kind of key and are merged; the parts follow each other. */
export type Segment = {readonly tracks: readonly Track[]; readonly residual: Residual};

/** A row's place in a segment. Ids tell apart what has the same key. */
export type Key = readonly [key: number, id: number];

/** Whether rows have to be looked at one by one. */
export const isSearched = (segment: Segment | undefined): boolean =>
	segment !== undefined && segment.residual.where !== '';

/** The place right before a row, for a walk that begins with it. */
export const justBefore = ({tracks}: Segment, [key, id]: Key, isDescending: boolean): Key => {
	const step = isDescending ? 1 : -1;
	return isUnique(tracks[0]) ? [key + step, id] : [key, id + step];
};

const isUnique = (track: Pick<Track, 'key'> | undefined): boolean => track?.key === 'id' || track?.key === 'sort_key';

/**
 * The walks that give a list in its order. Jobs that have not ended come last when sorted by their end, and those without
 * a finished file when sorted by size, in both directions.
 */
export const segmentsOf = (filter: JobFilter, sort: SortKey): readonly Segment[] => {
	const only = filter.statuses === undefined ? undefined : [...new Set(filter.statuses)];
	const statuses = only ?? jobStatuses;
	switch (sort) {
		case 'order':
			return [walk(filter, only, 'sort_key')];
		case 'added':
			return [walk(filter, only, 'id')];
		case 'ended':
			return [
				{tracks: statuses.filter(hasEnded).map(endedTrack), residual: residualOf(filter, filter.batch, undefined)},
				walk(
					filter,
					statuses.filter(status => !hasEnded(status)),
					'id',
				),
			];
		case 'size':
			return [
				{
					tracks: statuses.includes('completed') ? [sizeTrack] : [],
					residual: residualOf(filter, filter.batch, undefined),
				},
				walk(
					filter,
					statuses.filter(status => status !== 'completed'),
					'id',
				),
			];
	}
};

export type Range = {readonly after?: Key | undefined; readonly upTo?: Key | undefined; readonly isDescending: boolean};

/** The nth key (from 1) of a track in a range, or how many there are where there are fewer. Walks the index alone. */
export const nthKey = (connection: Connection, track: Track, range: Range, nth: number): Key | number => {
	let passed = 0;
	for (const stretch of stretches(track, range)) {
		const direction = range.isDescending ? 'DESC' : 'ASC';
		const from = `FROM ${track.from} WHERE ${track.where} AND ${stretch.where}`;
		const values = [...track.values, ...stretch.values];
		const found = connection
			.prepare(`SELECT ${track.key}, id ${from} ORDER BY ${stretch.order} ${direction} LIMIT 1 OFFSET ?`)
			.raw()
			.get(...values, nth - passed - 1) as Key | undefined;
		if (found !== undefined) return found;
		passed += connection
			.prepare(`SELECT count(*) ${from}`)
			.pluck()
			.get(...values) as number;
	}

	return passed;
};

/** So many keys of a segment beyond one place, up to another one (included), merged from all its tracks. */
export const readKeys = (
	connection: Connection,
	segment: Segment,
	range: Range,
	limit: number,
	isFiltered: boolean,
): readonly Key[] => {
	const {tracks, residual} = segment;
	const read = (track: Track): readonly Key[] => {
		const keys: Key[] = [];
		for (const stretch of stretches(track, range)) {
			if (keys.length >= limit) break;
			const direction = range.isDescending ? 'DESC' : 'ASC';
			const sql = `SELECT ${track.key}, id FROM ${track.from} WHERE ${track.where} AND ${stretch.where}${
				isFiltered ? residual.where : ''
			} ORDER BY ${stretch.order} ${direction} LIMIT ?`;
			const values = [...track.values, ...stretch.values, ...(isFiltered ? residual.values : []), limit - keys.length];
			keys.push(
				...(connection
					.prepare(sql)
					.raw()
					.all(...values) as Key[]),
			);
		}

		return keys;
	};

	const found = tracks.map(read);
	return found.length === 1 ? (found[0] ?? []) : merge(found, range.isDescending).slice(0, limit);
};

type Stretch = {readonly where: string; readonly values: readonly unknown[]; readonly order: string};

/**
 * A range of (key, id) as ranges that SQLite finds by its index: it does not use the id of a row value comparison, so
 * rows with the same key as either end are read by themselves.
 */
const stretches = ({key}: Pick<Track, 'key'>, {after, upTo, isDescending}: Range): readonly Stretch[] => {
	const [beyond, within] = isDescending ? ['<', '>='] : ['>', '<='];
	const start = after?.[0] ?? (isDescending ? Number.MAX_SAFE_INTEGER : -1);
	if (isUnique({key})) {
		// No two rows share it.
		return upTo === undefined
			? [{where: `${key} ${beyond} ?`, values: [start], order: key}]
			: [{where: `${key} ${beyond} ? AND ${key} ${within} ?`, values: [start, upTo[0]], order: key}];
	}

	if (after !== undefined && upTo !== undefined && after[0] === upTo[0]) {
		return [
			{where: `${key} = ? AND id ${beyond} ? AND id ${within} ?`, values: [after[0], after[1], upTo[1]], order: 'id'},
		];
	}

	const order = isDescending ? `${key} DESC, id` : `${key}, id`;
	return [
		...(after === undefined ? [] : [{where: `${key} = ? AND id ${beyond} ?`, values: [...after], order: 'id'}]),
		...(upTo === undefined
			? [{where: `${key} ${beyond} ?`, values: [start], order}]
			: [
					{where: `${key} ${beyond} ? AND ${key} ${beyond === '>' ? '<' : '>'} ?`, values: [start, upTo[0]], order},
					{where: `${key} = ? AND id ${within} ?`, values: [...upTo], order: 'id'},
				]),
	];
};

const merge = (lists: ReadonlyArray<readonly Key[]>, isDescending: boolean): readonly Key[] => {
	const sign = isDescending ? -1 : 1;
	return lists.flat().toSorted((a, b) => sign * (a[0] - b[0] || a[1] - b[1]));
};

/** A walk by order or by id over some statuses, or all where they are undefined. */
const walk = (filter: JobFilter, statuses: readonly JobStatus[] | undefined, key: 'id' | 'sort_key'): Segment => {
	if (filter.batch !== undefined && statuses?.length !== 0) {
		const {batch} = filter;
		return key === 'id'
			? {tracks: [batchTrack(batch)], residual: residualOf(filter, undefined, statuses)}
			: {
					tracks: (statuses ?? jobStatuses).map(status => groupTrack(batch, status)),
					residual: residualOf(filter, undefined, undefined),
				};
	}

	const residual = residualOf(filter, undefined, undefined);
	if (statuses === undefined && key === 'id') {
		return {tracks: [{key, from: 'jobs NOT INDEXED', where: 'TRUE', values: [], counted: {}}], residual};
	}

	return {tracks: (statuses ?? jobStatuses).map(status => statusTrack(status, key)), residual};
};

const statusTrack = (status: JobStatus, key: 'id' | 'sort_key'): Track => ({
	key,
	from: `jobs INDEXED BY ${key === 'id' ? 'jobs_status' : 'jobs_status_key'}`,
	where: 'status = ?',
	values: [status],
	counted: {status},
});

/** Jobs of one status in a batch, or of those without a batch, in the order in which they start. */
export const groupTrack = (batch: BatchId | undefined, status: JobStatus): Track => ({
	key: 'sort_key',
	from: 'jobs INDEXED BY jobs_in_batch',
	where: batch === undefined ? 'batch IS NULL AND status = ?' : 'batch = ? AND status = ?',
	values: batch === undefined ? [status] : [batch, status],
	counted: batch === undefined ? {status} : {batch, status},
});

// Statuses are looked at row by row here, and not counted.
const batchTrack = (batch: BatchId): Track => ({
	key: 'id',
	from: 'jobs INDEXED BY jobs_batch',
	where: 'batch = ?',
	values: [batch],
	counted: {batch},
});

const endedTrack = (status: JobStatus): Track => ({
	key: 'ended_at',
	from: 'jobs INDEXED BY jobs_ended',
	where: 'status = ?',
	values: [status],
	counted: {status},
});

const sizeTrack: Track = {
	key: 'size',
	from: 'jobs INDEXED BY jobs_size',
	where: 'TRUE',
	values: [],
	counted: {status: 'completed'},
};

const residualOf = (
	{provider, text}: JobFilter,
	batch: BatchId | undefined,
	statuses: readonly JobStatus[] | undefined,
): Residual => {
	const terms: Array<readonly [where: string, values: readonly unknown[]]> = [];
	if (provider !== undefined) terms.push(['provider = ?', [provider]]);
	if (batch !== undefined) terms.push(['batch = ?', [batch]]);
	if (statuses !== undefined) terms.push([`status IN (${statuses.map(() => '?').join(', ')})`, statuses]);
	const needle = text?.toLowerCase() ?? '';
	if (needle !== '') {
		terms.push([
			'CASE WHEN folded IS NULL THEN instr(lower(title), ?) > 0 OR instr(lower(source), ?) > 0 ELSE instr(folded, ?) > 0 END',
			[needle, needle, needle],
		]);
	}

	return {where: terms.map(([where]) => ` AND ${where}`).join(''), values: terms.flatMap(([, values]) => values)};
};
