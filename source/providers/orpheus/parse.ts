import {cleanText, shorten} from '../../domain/text.ts';
import {parseSize} from '../command/parse.ts';

/*
 * What OrpheusDL prints, version a45ff479 of 2023 and its variants (OrpheusDL-Modded 2caf379e; one whose markers hold signs
 * and no ids). A title is printed as it is, also when it holds a line break and looks like a marker: what is read here is a
 * hint, and never believed alone.
 */

export type OrpheusLine =
	/** A download begins; without an id where the line is cut in the middle of a name. */
	| {readonly type: 'begun'; readonly what: What; readonly name: string; readonly id: string | undefined}
	| {readonly type: 'ended'; readonly how: How; readonly id: string | undefined}
	/** Why the track could not be had, as the tool quotes it. */
	| {readonly type: 'warning'; readonly text: string}
	| {readonly type: 'duration'; readonly seconds: number}
	| {readonly type: 'artists'; readonly text: string}
	| {readonly type: 'phase'; readonly phase: string}
	| {readonly type: 'progress'; readonly bytes: number; readonly total?: number; readonly share?: number}
	/** Something that ends a run before any track, and what it means. */
	| {readonly type: 'refusal'; readonly why: Refusal; readonly text: string}
	| {readonly type: 'interrupted'}
	| {readonly type: 'words'; readonly text: string}
	| {readonly type: 'nothing'};

export type What = 'track' | 'album' | 'playlist' | 'artist';
/** `too-poor`: not to be had in the quality that the settings of a variant demand. */
export type How = 'downloaded' | 'skipped' | 'failed' | 'too-poor';
export type Refusal = 'settings' | 'no-modules' | 'bad-address' | 'usage';

/** Nobody prints a longer line that matters. In UTF-16 units. */
const longestRead = 2000;

/** Reads one line of stdout or stderr, or one repaint of a progress bar. Never throws. */
export const readOrpheusLine = (line: string): OrpheusLine => {
	const text = cleanText(line.slice(0, longestRead));
	if (text === '' || banner.test(text)) return {type: 'nothing'};
	return ofMarker(text) ?? ofBar(text) ?? ofBody(text) ?? {type: 'words', text};
};

/** The name of the tool in large letters. */
const banner = /^[\s_|\\/()<'`.,-]+$/;

const begun = /^=== Downloading (track|album|playlist|artist)(?: (.*))?$/;
const named = /^(.*) \((\S+)\) ===$/;
const ended =
	/^=== (?:[^\w\s]{1,3} )?Track (?:(\S+) )?(downloaded|completed|skipped|failed)( due to strict quality requirements)? ===$/;

const ofMarker = (text: string): OrpheusLine | undefined => {
	if (!text.startsWith('=== ')) return undefined;
	const [, what, rest = ''] = begun.exec(text) ?? [];
	if (what !== undefined) {
		const [, name = rest, id] = named.exec(rest) ?? [];
		return {type: 'begun', what: what as What, name, id};
	}

	const [, id, how, strict] = ended.exec(text) ?? [];
	if (how === undefined) return {type: 'words', text};
	return {
		type: 'ended',
		how: strict !== undefined ? 'too-poor' : how === 'completed' ? 'downloaded' : (how as How),
		id,
	};
};

const amount = String.raw`(\d+(?:\.\d+)?[kMGT]?)`;
// tqdm 4: `52%|█████▏    | 81.0k/157k [00:01<00:01, 60.5kB/s]`; without a total `81.0kB [00:01, 60.5kB/s]`.
const bar = new RegExp(String.raw`^(\d{1,3})%\|.*\| *${amount}/${amount} \[.*B/s\]?`);
const openBar = new RegExp(String.raw`^${amount}B \[.*B/s\]?`);

const ofBar = (text: string): OrpheusLine | undefined => {
	const [, percent, done = '', whole = ''] = bar.exec(text) ?? [];
	const [bytes, total] = [parseSize(done), parseSize(whole)];
	if (percent !== undefined && bytes !== undefined && total !== undefined) {
		return {type: 'progress', bytes: Math.min(bytes, total), total, share: Number(percent) / 100};
	}

	const open = parseSize(openBar.exec(text)?.[1] ?? '');
	return open === undefined ? undefined : {type: 'progress', bytes: open};
};

const phases: ReadonlyArray<readonly [RegExp, string]> = [
	[/^Downloading (?:track file|audio)\b/, 'downloading'],
	[/^Downloading (?:artwork|animated cover|album cover|booklet)\b/, 'fetching the cover'],
	[/^Retrieving (?:lyrics|credits)\b/, 'fetching words'],
	[/^Converting to /, 'converting'],
	[/^Tagging file\b/, 'tagging'],
	[/^Logging into /, 'logging in'],
];

const refusals: ReadonlyArray<readonly [RegExp, Refusal]> = [
	[/^New settings detected\b/, 'settings'],
	[/^No modules are installed\b/, 'no-modules'],
	[/^Invalid URL\b|^No links given\b/, 'bad-address'],
	[/^(?:Download|Search) must be done as |^usage: /, 'usage'],
];

const ofBody = (text: string): OrpheusLine | undefined => {
	const warning = /^Warning: Track download failed: (.*)$/.exec(text)?.[1];
	if (warning !== undefined) return {type: 'warning', text: shorten(warning, 500)};
	const artists = /^Artists?: (.*?)(?: \(\S*\))?$/.exec(text)?.[1];
	if (artists !== undefined) return {type: 'artists', text: artists};
	const [, hours = '0', minutes, seconds = '0'] = /^Duration: (?:(\d+)h:)?(\d+)m:(\d+)s$/.exec(text) ?? [];
	if (minutes !== undefined) {
		return {type: 'duration', seconds: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)};
	}

	const phase = phases.find(([pattern]) => pattern.test(text))?.[1];
	if (phase !== undefined) return {type: 'phase', phase};
	const why = refusals.find(([pattern]) => pattern.test(text))?.[1];
	if (why !== undefined) return {type: 'refusal', why, text};
	return /^\^C pressed\b|^Deleting partially downloaded file "/.test(text) ? {type: 'interrupted'} : undefined;
};

/** The end of a Python traceback: the exception, and where it was raised. */
export type Raised = {readonly exception: string; readonly where: string | undefined};

/**
 * The exceptions in what was written to stderr, the last one first: it wraps the others. The lines of code between are left
 * out: they tell a person little, and may hold what is secret.
 */
export const exceptionsIn = (lines: readonly string[]): readonly Raised[] => {
	const found: Raised[] = [];
	let isInside = false;
	let where: string | undefined;
	for (const line of lines) {
		if (/^\s*Traceback \(most recent call last\):/.test(line)) {
			isInside = true;
			where = undefined;
		} else if (isInside) {
			const [, path, number] = /^\s+File "(.+)", line (\d+)/.exec(line) ?? [];
			if (path !== undefined) where = `${path.split('/').slice(-3).join('/')}:${number}`;
			if (/^\S/.test(line)) {
				found.push({exception: shorten(cleanText(line), 500), where});
				isInside = false;
			}
		}
	}

	return found.toReversed();
};
