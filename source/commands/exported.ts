import {isJobStatus, type JobStatus} from '../domain/job.ts';
import type {Track} from '../domain/track.ts';
import type {AddRequest} from '../engine/ports.ts';
import {callSchemas} from '../remote/wire.ts';
import {plain} from './format.ts';
import {usageError} from './verb.ts';

/** A job as `export` wrote it, ready to be added again. */
export type Exported = {readonly batch: string | undefined; readonly request: AddRequest; readonly place: string};

export type Skipped = {readonly what: string; readonly why: string};

type Row = Readonly<Record<string, unknown>>;

/** Reads what `export` printed. Jobs that have ended well or were cancelled are left out, with the reason. */
export const readExported = (
	text: string,
	file: string,
): {readonly rows: readonly Exported[]; readonly skipped: readonly Skipped[]} => {
	const rows: Exported[] = [];
	const skipped: Skipped[] = [];
	for (const [index, line] of text.split('\n').entries()) {
		if (line.trim() === '') continue;
		const place = `${file}:${index + 1}`;
		const row = parseRow(line, place);
		const status = statusOf(row, place);
		if (status === 'completed' || status === 'cancelled')
			skipped.push({what: plain(String(row['source'])), why: `it is ${status}`});
		else if (row['is_masked'] === true)
			skipped.push({what: plain(String(row['source'])), why: 'its address was masked; export it with --with-secrets'});
		else rows.push({batch: textIn(row, 'batch', place), request: requestOf(row, status, place), place});
	}

	return {rows, skipped};
};

const parseRow = (line: string, place: string): Row => {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		throw usageError(`${place}: this is no JSON; import reads what \`tidegate export\` printed`);
	}

	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw usageError(`${place}: this is no JSON object; import reads what \`tidegate export\` printed`);
	}

	return value as Row;
};

const statusOf = (row: Row, place: string): JobStatus => {
	const status = textIn(row, 'status', place) ?? 'queued';
	if (!isJobStatus(status)) throw usageError(`${place}: \`${plain(status)}\` is no status`);
	return status;
};

const textIn = (row: Row, name: string, place: string): string | undefined => {
	const value = row[name] ?? undefined;
	if (value !== undefined && typeof value !== 'string') throw usageError(`${place}: \`${name}\` must be a text`);
	return value;
};

const numberIn = (row: Row, name: string, place: string): number | undefined => {
	const value = row[name] ?? undefined;
	if (value !== undefined && typeof value !== 'number') throw usageError(`${place}: \`${name}\` must be a number`);
	return value;
};

const requestOf = (row: Row, status: JobStatus, place: string): AddRequest => {
	const source = textIn(row, 'source', place);
	if (source === undefined) throw usageError(`${place}: \`source\` is missing`);
	const [provider, title, output, checksum] = ['provider', 'title', 'output', 'checksum'].map(name =>
		textIn(row, name, place),
	);
	const priority = numberIn(row, 'priority', place);
	const expectedSize = numberIn(row, 'expected_size', place);
	return {
		source,
		...(provider === undefined ? {} : {provider}),
		...(title === undefined ? {} : {title}),
		...(output === undefined ? {} : {output}),
		...(checksum === undefined ? {} : {checksum}),
		...(priority === undefined ? {} : {priority}),
		...(expectedSize === undefined ? {} : {expectedSize}),
		...(status === 'paused' || status === 'pausing' ? {isPaused: true} : {}),
		options: optionsIn(row, place),
	};
};

const optionsIn = (row: Row, place: string): NonNullable<AddRequest['options']> => {
	const value = row['options'] ?? {};
	if (typeof value !== 'object') throw usageError(`${place}: \`options\` must be an object`);
	const options = value as Row;
	const [language, hoster, quality] = ['language', 'hoster', 'quality'].map(name => textIn(options, name, place));
	const episode = numberIn(options, 'episode', place);
	const track = trackIn(options, place);
	const fields = options['fields'] ?? undefined;
	if (fields !== undefined && !isTexts(fields))
		throw usageError(`${place}: \`options.fields\` must be an object of texts`);
	return {
		...(language === undefined ? {} : {language}),
		...(hoster === undefined ? {} : {hoster}),
		...(quality === undefined ? {} : {quality}),
		...(episode === undefined ? {} : {episode}),
		...(track === undefined ? {} : {track}),
		...(fields === undefined ? {} : {fields}),
	};
};

/** The piece of music that a job wants, in the form in which it travels to a scheduler. */
const trackIn = (options: Row, place: string): Track | undefined => {
	const track = options['track'] ?? undefined;
	if (track === undefined) return undefined;
	const parsed = callSchemas.preview.safeParse({requests: [{source: '-', options: {track}}]});
	const [issue] = parsed.error?.issues ?? [];
	if (issue === undefined) return track as Track;
	const [, , , ...path] = issue.path;
	throw usageError(`${place}: \`options.${path.join('.')}\`: ${plain(issue.message)}`);
};

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
	typeof value === 'object' && value !== null && Object.values(value).every(text => typeof text === 'string');
