import {failureFromText, type Failure, type FailureCode} from '../../domain/failure.ts';
import type {ProviderReport} from '../../engine/ports.ts';
import {toolFailure} from '../supervision/tool-failure.ts';
import {marks} from './arguments.ts';
import {isRecord, parseJson, type Fields} from '../supervision/json.ts';

export type YtDlpEvent =
	| {
			readonly type: 'info';
			readonly title: string | undefined;
			/** Entries of the list that the address is, or undefined for a single item. */
			readonly entries: number | undefined;
			/** Seconds that the site says it plays. */
			readonly duration: number | undefined;
	  }
	/** Sizes of the formats that are fetched one after the other, where they are known. */
	| {readonly type: 'formats'; readonly sizes: readonly (number | undefined)[]}
	| {
			readonly type: 'progress';
			readonly isFinished: boolean;
			readonly file: string;
			readonly bytes: number;
			readonly total: number | undefined;
	  }
	| {readonly type: 'phase'}
	| {
			readonly type: 'file';
			readonly path: string;
			readonly title: string | undefined;
			readonly extension: string | undefined;
	  };

/** What a line on stdout says; undefined for lines that our templates, with this seal, did not print. Never throws. */
export const parseYtDlpLine = (line: string, seal = ''): YtDlpEvent | undefined => {
	if (!line.startsWith(`${seal} `, 3)) return undefined;
	const [mark, rest] = [line.slice(0, 3), line.slice(3 + seal.length + 1)];
	switch (mark) {
		case marks.progress:
			return progressOf(record(rest));
		case marks.info:
			return infoOf(record(rest));
		case marks.formats:
			return {type: 'formats', sizes: sizesOf(parseJson(rest))};
		case marks.phase:
			return {type: 'phase'};
		case marks.file:
			return fileOf(record(rest));
		default:
			return undefined;
	}
};

/** Bytes of each file that is fetched, in the order in which they began. */
export type YtDlpProgress = {
	readonly sizes: readonly (number | undefined)[];
	readonly files: ReadonlyMap<string, {readonly bytes: number; readonly total: number | undefined}>;
	readonly reported: number;
};

export const noProgress: YtDlpProgress = {sizes: [], files: new Map(), reported: 0};

/** Adds an event to what is known. Video and audio are fetched after each other and start from 0 each: they are summed. */
export const withEvent = (known: YtDlpProgress, event: YtDlpEvent): YtDlpProgress => {
	if (event.type === 'formats') return {...known, sizes: event.sizes};
	if (event.type !== 'progress') return known;
	const total = event.total ?? known.files.get(event.file)?.total;
	const files = new Map(known.files).set(event.file, {bytes: event.bytes, total});
	return {...known, files, reported: Math.max(known.reported, sum([...files.values()].map(each => each.bytes)))};
};

/** What to report: bytes never fall, and the total is only given when that of every file is known. */
export const reportOf = (known: YtDlpProgress): ProviderReport => {
	const files = [...known.files.values()];
	const totals = Array.from(
		{length: Math.max(files.length, known.sizes.length)},
		(_, index) => files[index]?.total ?? known.sizes[index],
	);
	const bytes = known.reported;
	if (totals.length === 0 || !totals.every(total => total !== undefined)) return {bytes};
	// An estimate may be too small by some.
	return {bytes, total: Math.max(bytes, sum(totals))};
};

/** The failure that yt-dlp's words on stderr mean: the first `ERROR:` that is understood, else the last one. */
export const failureFromErrors = (lines: readonly string[], exitCode: number | undefined): Failure | undefined => {
	const told = lines.flatMap(line => {
		const words = wordsOf(line);
		return words === undefined ? [] : [{line, words}];
	});
	// yt-dlp 2023.03.04 gives up a broken download with `ERROR: ` and its words on a line of their own after a bare `\r`.
	const errors = told.length > 0 ? told : lines.flatMap(line => gotError(line));
	// Of a missing fragment it says `404` first; but a fragment is no address that a person gave, and a new list may have it.
	const understood =
		errors.find(({words}) => missingFragment.test(words)) ??
		errors.find(({words}) => codeOf(words) !== undefined) ??
		errors.at(-1);
	if (understood !== undefined) {
		const {line, words} = understood;
		return toolFailure('yt-dlp', codeOf(words) ?? 'tool-failed', words.replace(/ \(caused by .*$/s, ''), line);
	}

	if (exitCode !== 2) return undefined;
	const usage = lines.findLast(line => line.trim() !== '') ?? 'does not understand its arguments';
	return toolFailure('yt-dlp', 'bad-arguments', usage.replace(/^yt-dlp: error: /, ''), usage);
};

/** The words after `ERROR: [extractor] id: `, without the request to report a bug, which even a 404 carries. */
const wordsOf = (line: string): string | undefined =>
	/^ERROR: (?:\[[^\]]*\] )?(?:[\w-]{1,40}: )?(.+)$/s
		.exec(line)?.[1]
		?.replace(/;? ?please report this issue on .*$/s, '');

const gotError = (line: string): ReadonlyArray<{readonly line: string; readonly words: string}> => {
	const words = /^\[download\] Got error: (.+)$/s.exec(line)?.[1];
	return words === undefined ? [] : [{line, words}];
};

const missingFragment = /^fragment \d+ not found/i;

/** yt-dlp's own ways to say things; what it quotes from the network is left to the common rules. */
const rules: ReadonlyArray<readonly [RegExp, FailureCode]> = [
	[/no space left|errno 28\b|quota exceeded/i, 'disk-full'],
	[/unable to (?:open for writing|create directory|rename)/i, 'permission-denied'],
	[/requested format is not available/i, 'bad-arguments'],
	[/ff(?:mpeg|probe).{0,20}not (?:found|installed)|merging .{0,40}but ffmpeg is not/i, 'tool-missing'],
	[/downloaded \d+ bytes, expected \d+ bytes/i, 'connection-lost'],
	[missingFragment, 'no-sources'],
	[/did not get any data blocks|downloaded file is empty/i, 'no-sources'],
	[/cookies.{0,40}(?:load|parse|netscape)/i, 'bad-arguments'],
	[/^unsupported url|is not a valid url/i, 'unsupported'],
];

/** Last, because the same words may accompany plain network trouble. */
const staleExtractor = /unable to extract|nsig extraction|no video formats found|javascript runtime/i;

const codeOf = (words: string): FailureCode | undefined => {
	// Words inside an address say nothing about what happened.
	const text = words.replaceAll(/\bhttps?:\/\/\S+/gi, 'address');
	const code = failureFromText(text, 'internal', rules);
	if (code !== 'internal') return code;
	return staleExtractor.test(text) ? 'tool-too-old' : undefined;
};

const record = (text: string): Fields => {
	const value = parseJson(text);
	return isRecord(value) ? value : {};
};

const amountIn = (fields: Fields, name: string): number | undefined => {
	const value = fields[name];
	return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
};

const textIn = (fields: Fields, name: string): string | undefined => {
	const value = fields[name];
	return typeof value === 'string' && value !== '' ? value : undefined;
};

const progressOf = (fields: Fields): YtDlpEvent | undefined => {
	const total = amountIn(fields, 'total_bytes') ?? amountIn(fields, 'total_bytes_estimate');
	const isFinished = fields['status'] === 'finished';
	// Of a file that was complete before, only the total is told.
	const bytes = amountIn(fields, 'downloaded_bytes') ?? (isFinished ? total : undefined);
	if (bytes === undefined) return undefined;
	return {type: 'progress', isFinished, file: textIn(fields, 'filename') ?? '', bytes, total};
};

/** A list of the formats; an empty object where there is one format only. */
const sizesOf = (formats: unknown): readonly (number | undefined)[] =>
	Array.isArray(formats) ? formats.map(format => (isRecord(format) ? amountIn(format, 'filesize') : undefined)) : [];

const infoOf = (fields: Fields): YtDlpEvent => ({
	type: 'info',
	title: textIn(fields, 'title'),
	entries: amountIn(fields, 'playlist_count'),
	duration: amountIn(fields, 'duration'),
});

const fileOf = (fields: Fields): YtDlpEvent | undefined => {
	const path = textIn(fields, 'filepath');
	if (path === undefined) return undefined;
	return {type: 'file', path, title: textIn(fields, 'title'), extension: textIn(fields, 'ext')};
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
