import {failureClass, failureFromText, type Failure, type FailureCode} from '../../domain/failure.ts';
import {cleanText} from '../../domain/text.ts';
import {parseSize} from '../command/parse.ts';
import {toolFailure} from '../supervision/tool-failure.ts';
import {failureFromErrors} from '../yt-dlp/parse.ts';
import type {Hit} from './titles.ts';

export type Helper = 'yt-dlp' | 'aria2c' | 'ffmpeg';

/** What a line means that ani-cli or one of its helpers printed. */
export type AniCliLine =
	| {readonly type: 'progress'; readonly by: Helper; readonly bytes?: number; readonly total?: number}
	/** The helper does something with what it has fetched. */
	| {readonly type: 'phase'}
	/** ani-cli itself goes on: the next step, an episode, links. */
	| {readonly type: 'step'}
	| {readonly type: 'words'; readonly text: string}
	| {readonly type: 'nothing'};

/** Reads one line of any of the four programs, colours and all. Never throws. */
export const readAniCliLine = (line: string): AniCliLine => {
	const text = cleanText(line.slice(0, longestRead));
	if (text === '') return {type: 'nothing'};
	const progress = ofYtDlp(text) ?? ofAria2(text) ?? ofFfmpeg(text);
	if (progress !== undefined) return progress;
	if (/^\[(?:Fixup\w+|Merger|MoveFiles|VideoRemuxer)\] /.test(text)) return {type: 'phase'};
	if (/^(?:Checking dependencies|Playing episode |\S.{0,40} links fetched$)/i.test(text)) return {type: 'step'};
	return {type: 'words', text};
};

/** Nobody prints a longer line of progress or of failure. In UTF-16 units. */
const longestRead = 2000;

const size = String.raw`([\d.]+ ?(?:[KMGT]i?)?B)`;

// yt-dlp 2023.03.04: `[download]   6.9% of ~1018.95KiB at  347.04KiB/s ETA 00:00 (frag 1/15)`; without a total
// `[download]  130.00KiB at  347.04KiB/s (00:00:01)`.
const ytDlpPercent = new RegExp(String.raw`^\[download\] +([\d.]+)% of +~? *${size}`);
const ytDlpBytes = new RegExp(String.raw`^\[download\] +${size} at `);

const ofYtDlp = (text: string): AniCliLine | undefined => {
	const [, percent, total] = ytDlpPercent.exec(text) ?? [];
	if (percent !== undefined) {
		const whole = parseSize(total ?? '');
		// The estimate belongs to the percents of the same line; the next line may have another one.
		return whole === undefined
			? {type: 'nothing'}
			: {
					type: 'progress',
					by: 'yt-dlp',
					bytes: Math.round((whole * Math.min(100, Number(percent))) / 100),
					total: whole,
				};
	}

	const bytes = parseSize(ytDlpBytes.exec(text)?.[1] ?? '');
	return bytes === undefined ? undefined : {type: 'progress', by: 'yt-dlp', bytes};
};

// aria2c 1.36.0: `[#a2a665 409600B/3000000B(13%) CN:1 DL:402753B ETA:6s]`, or with KiB and MiB.
const aria2Readout = new RegExp(String.raw`^\[#[\da-f]+ (?:SIZE:)?${size}/${size}\(\d+%\)`);

const ofAria2 = (text: string): AniCliLine | undefined => {
	const [, bytes, total] = aria2Readout.exec(text) ?? [];
	if (bytes === undefined || total === undefined) return undefined;
	const [now, whole] = [parseSize(bytes), parseSize(total)];
	// Before the first byte the total is not known: `0B/0B(0%)`.
	return {type: 'progress', by: 'aria2c', ...(now === undefined ? {} : {bytes: now}), ...(whole ? {total: whole} : {})};
};

// ffmpeg 5.1: `frame=  750 fps=0.0 q=-1.0 Lsize=     921kB time=00:00:30.02 bitrate= …`; from 7.0 on `size=     921KiB`.
const ffmpegStats = /^(?:frame= *\d+ .*?)?L?size= *(\d+ ?[kKM]i?B|N\/A) time=/;

const ofFfmpeg = (text: string): AniCliLine | undefined => {
	const written = ffmpegStats.exec(text)?.[1];
	if (written === undefined) return undefined;
	const bytes = parseSize(written);
	return {type: 'progress', by: 'ffmpeg', ...(bytes === undefined ? {} : {bytes})};
};

/** Why ani-cli itself gave up. */
export type OwnReason = 'no-results' | 'bad-index' | FailureCode;

// ani-cli 4.8 to 5.0. In this order: what Cloudflare turns away is followed by `No results found!`.
const ownWords: ReadonlyArray<readonly [RegExp, OwnReason]> = [
	[/^Blocked by cloudflare\b/i, 'blocked'],
	[/^Program "?.{1,60}"? not found\b|^Neither \S+ nor \S+ found|^No (?:player|menu) found\b/, 'tool-missing'],
	[/^missing argument!/, 'internal'],
	[/^Invalid anime selection/, 'bad-index'],
	[/^Invalid episode\b|^Invalid range!|^Episode not released!/, 'not-yet-available'],
	[/^Episode is released, but no valid sources!|^No sources found for (?:sub|dub)!/, 'no-sources'],
	[/^No results found!/, 'no-results'],
];

/** What ani-cli itself said it ended for, and in which words; undefined where it said nothing of that kind. */
export const ownReason = (
	words: readonly string[],
): {readonly reason: OwnReason; readonly text: string} | undefined => {
	for (const [pattern, reason] of ownWords) {
		const text = words.find(line => pattern.test(line));
		if (text !== undefined) return {reason, text};
	}

	return undefined;
};

/**
 * The failure that the words of the helpers mean: yt-dlp's errors first, because ffmpeg is started after them with words that
 * it does not know. A link is found anew for each attempt: that one is refused or gone says nothing about the next.
 */
export const helperFailure = (words: readonly string[], otherwise: FailureCode): Failure => {
	const told = words.filter(line => !noCause.test(line));
	// yt-dlp says that it may not write there.
	const tooLong = told.find(line => /file ?name too long/i.test(line));
	if (tooLong !== undefined) return toolFailure('ani-cli', 'bad-arguments', tooLong, tooLong);
	const failure = failureFromErrors(told, 0) ?? failureOfLast(told, otherwise);
	const isOfLink = failureClass(failure.code) === 'permanent' || ofLink.has(failure.code);
	return isOfLink ? {...failure, code: 'no-sources'} : failure;
};

const ofLink: ReadonlySet<FailureCode> = new Set<FailureCode>(['forbidden', 'login-required', 'captcha']);

/**
 * Words that are no cause: what ffmpeg 5.1 says to `-extension_picky` of ani-cli 5.0, and any ffmpeg to our word for yt-dlp; a
 * quality that another one stands in for; names of files, which are titles and may say anything.
 */
const noCause =
	/Unrecognized option '(?:extension_picky|o\S*|-newline)'|Option extension_picky not found|^Error splitting the argument list|not found, defaulting to best$|^\[(?:download\] Destination:|info\]|generic\]|hlsnative\])/;

const failureOfLast = (words: readonly string[], otherwise: FailureCode): Failure => {
	const understood = words.findLast(line => failureFromText(line, 'internal') !== 'internal');
	if (understood !== undefined) return toolFailure('ani-cli', failureFromText(understood), understood, understood);
	const last = words.at(-1);
	const said = last === undefined ? 'it said nothing' : `its last words: ${last}`;
	return toolFailure('ani-cli', otherwise, `ended without a file; ${said}`, last);
};

/** The hits in what ani-cli 5.0 gives to its menu: `1 Title`, one a line. */
export const hitsIn = (listing: string): readonly Hit[] =>
	listing.split('\n').flatMap(line => {
		const [, index, title] = /^\s*(\d{1,4}) (.+)$/.exec(line) ?? [];
		return index === undefined || title === undefined ? [] : [{index: Number(index), title}];
	});

/** The title of what was chosen last, as ani-cli notes it in its history: `episode TAB id TAB title`. */
export const titleInHistory = (history: string): string | undefined => {
	const last = history.split('\n').findLast(line => line.trim() !== '');
	return last?.split('\t').slice(2).join('\t').trim() || undefined;
};
