import {hasEnded, jobStatuses, type BatchId, type JobStatus} from '../../domain/job.ts';
import type {JobFilter, SortKey} from '../../engine/ports.ts';
import type {Connection} from './connection.ts';

/** One walk along one index, in the order of its key. */
export type Track = {
	readonly key: 'id' | 'sort_key' | 'ended_at' | 'size';
	readonly from: string;
	readonly where: string;
	readonly values: readonly unknown[];
};

/** What no index answers: it is looked at row by row. */
export type Residual = {readonly where: string; readonly values: readonly unknown[]};

/** A part of a list whose tracks have the same kind of key and are merged; the parts follow each other. */
export type Segment = {readonly tracks: readonly Track[]; readonly residual: Residual};

/** A row's place in a segment. Ids tell apart what has the same key. */
export type Key = readonly [key: number, id: number];

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

/** So many keys of a segment beyond one place, up to another one (included), merged from all its tracks. */
export const readKeys = (
	connection: Connection,
	segment: Segment,
	range: {readonly after: Key | undefined; readonly upTo?: Key | undefined; readonly isDescending: boolean},
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
const stretches = (
	{key}: Track,
	{
		after,
		upTo,
		isDescending,
	}: {readonly after: Key | undefined; readonly upTo?: Key | undefined; readonly isDescending: boolean},
): readonly Stretch[] => {
	const [beyond, within] = isDescending ? ['<', '>='] : ['>', '<='];
	const start = after?.[0] ?? (isDescending ? Number.MAX_SAFE_INTEGER : -1);
	if (key === 'id' || key === 'sort_key') {
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
		return {tracks: [batchTrack(filter.batch, key)], residual: residualOf(filter, undefined, statuses)};
	}

	const residual = residualOf(filter, undefined, undefined);
	if (statuses === undefined && key === 'id') {
		return {tracks: [{key, from: 'jobs NOT INDEXED', where: 'TRUE', values: []}], residual};
	}

	return {tracks: (statuses ?? jobStatuses).map(status => statusTrack(status, key)), residual};
};

const statusTrack = (status: JobStatus, key: 'id' | 'sort_key'): Track => ({
	key,
	from: `jobs INDEXED BY ${key === 'id' ? 'jobs_status' : 'jobs_status_key'}`,
	where: 'status = ?',
	values: [status],
});

const batchTrack = (batch: BatchId, key: 'id' | 'sort_key'): Track => ({
	key,
	from: `jobs INDEXED BY ${key === 'id' ? 'jobs_batch' : 'jobs_batch_key'}`,
	where: 'batch = ?',
	values: [batch],
});

const endedTrack = (status: JobStatus): Track => ({
	key: 'ended_at',
	from: 'jobs INDEXED BY jobs_ended',
	where: 'status = ?',
	values: [status],
});

const sizeTrack: Track = {key: 'size', from: 'jobs INDEXED BY jobs_size', where: 'TRUE', values: []};

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
