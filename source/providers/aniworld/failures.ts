import {failureClass, failureFromText, countsForBreaker, type Failure, type FailureCode} from '../../domain/failure.ts';
import {cleanText, maskSecrets, shorten} from '../../domain/text.ts';
import {toolFailure} from '../supervision/tool-failure.ts';

export const name = 'aniworld';

/** Why a run came to nothing: the hoster's matter, which another one may do without; or not. */
export type Cause =
	| {readonly of: 'hoster'; readonly code: FailureCode; readonly reason: string}
	| {readonly of: 'all'; readonly failure: Failure};

export type Said = {
	/** Lines that are no progress, without the heads of log lines. */
	readonly words: readonly string[];
	/** Why the last try at the hoster failed. */
	readonly reason: string | undefined;
	/** The page that wants a person. */
	readonly captcha: string | undefined;
	/** Languages that there are, where it said that the asked one is not among them. */
	readonly available: readonly string[] | undefined;
	/** Another hoster that it went on to by itself. */
	readonly other: string | undefined;
};

/** What a run was asked for. */
export type Asked = {
	readonly language: string;
	readonly hoster: string;
	/** Languages that this version knows for the site. */
	readonly languages: readonly string[];
};

/** What the words of a run without a file mean. */
export const causeOf = (said: Said, asked: Asked, otherwise: FailureCode): Cause => {
	const {words, captcha, available, other} = said;
	const {language, hoster} = asked;
	if (captcha !== undefined) {
		const url = maskSecrets(captcha);
		return forAll(toolFailure(name, 'captcha', `a page asks for a captcha: ${url}`, `CAPTCHA detected for ${url}`));
	}

	if (available !== undefined) return forAll(withoutLanguage(asked, available, undefined));
	const last = lastWords(words);
	if (other !== undefined) {
		const reason = said.reason ?? `does not have the episode in ${language}`;
		return {of: 'hoster', code: codeOfHoster(failureFromText(reason, 'no-sources')), reason};
	}

	const choice = /argument -(\w)\/\S+: invalid choice: .{0,200}/.exec(last);
	if (choice !== null) {
		if (choice[1] === 'p') return {of: 'hoster', code: 'no-sources', reason: `this aniworld does not know it`};
		return forAll(toolFailure(name, 'bad-arguments', choice[0], last));
	}

	const reason = reasonIn(last, hoster);
	if (reason !== undefined && noLanguage.test(reason)) return forAll(withoutLanguage(asked, undefined, reason));
	const text = reason ?? last;
	const code = failureFromText(text, otherwise);
	if (failureClass(code) === 'environment' || isOfSite(text) || code === 'permission-denied') {
		return forAll(toolFailure(name, code, text || 'ended without a file and without a word', text));
	}

	return {of: 'hoster', code: codeOfHoster(code), reason: text || 'no file came, and not a word'};
};

const forAll = (failure: Failure): Cause => ({of: 'all', failure});

// 4.6.1: `aniworld_to` and `s_to`.
const noLanguage =
	/^Language '.{1,60}?' with provider '.{1,60}?' is not available for |^No provider data found for language/;

const withoutLanguage = (
	{language, languages}: Asked,
	available: readonly string[] | undefined,
	words: string | undefined,
): Failure => {
	if (available !== undefined) {
		const there = available.length === 0 ? 'there is none at all' : `there is ${available.join(', ')}`;
		return toolFailure(name, 'unavailable', `the episode is not offered in ${language}; ${there}`, words);
	}

	// 4.x reads an error page as an episode without any.
	const others = languages.filter(one => one !== language).join(', ');
	const sentence = `the episode is not offered in ${language}, or not there at all; 4.x does not tell which languages there are, it can be asked for ${others}`;
	return toolFailure(name, 'unavailable', sentence, words);
};

/**
 * What speaks against one hoster speaks against neither the job nor the lane: a page that is gone there, a refusal, a server
 * that does not answer. What may pass by itself stays what it is.
 */
const codeOfHoster = (code: FailureCode): FailureCode =>
	failureClass(code) === 'transient' && !countsForBreaker(code) ? code : 'no-sources';

const isOfSite = (text: string): boolean =>
	/host='(?:www\.)?(?:aniworld\.to|s\.to|serienstream\.\w+|186\.2\.175\.5)'|^(?:Unsupported|Invalid) URL|\bfor url: https?:\/\/(?:www\.)?(?:aniworld\.to|s\.to|serienstream\.\w+)\//.test(
		text,
	);

/** 4.x: everything behind `An unexpected error occurred:`; 3.x: its last complaint; else the last line. */
const lastWords = (words: readonly string[]): string => {
	const told = words.filter(line => !/^Please check the logs|^For more detailed information|^Quitting\./.test(line));
	const from = told.findLastIndex(line => line.startsWith(unexpected));
	if (from !== -1) return shorten(told.slice(from).join('\n').slice(unexpected.length).trim(), 2000);
	// What follows from a cause is said behind it, in words that name none.
	const complaint = told.findLast(line => causes.test(line)) ?? told.findLast(line => consequences.test(line));
	return complaint === undefined ? (told.at(-1) ?? '') : complaint.replace(/^(?:❌ |Error: )+/, '');
};

const unexpected = 'An unexpected error occurred:';
const causes =
	/^(?:❌ |Error: |Error (?:getting|extracting) |yt-dlp download error: |Unexpected |aniworld: error: )|Unable to process|invalid choice/;
const consequences = /No direct link found|^Failed to |^No redirect link/;

/** Why this hoster failed, in the sum that 4.x draws over all; undefined where it is no such sum. */
const reasonIn = (text: string, hoster: string): string | undefined => {
	const all = /^Download failed for all providers\. ([\s\S]*)$/.exec(text)?.[1];
	return all?.replace(`${hoster}: `, '');
};

/** What became of one hoster in one attempt. */
export type Tried = {readonly attempt: number; readonly hoster: string; readonly reason: string};

export type Round = {
	readonly hosters: readonly string[];
	/** Attempts spent before this one. */
	readonly attempt: number;
	readonly maxAttempts: number;
};

/** The hoster of an attempt: one after the other, then from the first again. */
export const hosterOf = ({hosters, attempt}: Pick<Round, 'hosters' | 'attempt'>): string =>
	hosters[attempt % hosters.length] ?? '';

/**
 * The failure of one hoster: what is next, or, where nothing is left in this round, what became of each. Another hoster
 * needs no pause.
 */
export const failureOfHoster = (
	{code, reason}: Extract<Cause, {of: 'hoster'}>,
	round: Round,
	tried: readonly Tried[],
): Failure => {
	const {hosters, attempt, maxAttempts} = round;
	const hoster = hosterOf(round);
	const isLast = attempt + 1 >= maxAttempts;
	if (!isLast && (attempt + 1) % hosters.length !== 0) {
		const words = `${hoster}: ${shorten(oneLine(reason), 200)}; ${hosterOf({hosters, attempt: attempt + 1})} is next`;
		return {...toolFailure(name, code, words, reason), waitAtMost: 0};
	}

	if (hosters.length === 1) return toolFailure(name, code, `${hoster}: ${oneLine(reason)}`, reason);
	return {...toolFailure(name, code, reason, reason), message: sumOf(round, tried)};
};

/** The message that is kept with a job; longer ones are cut. In UTF-16 units. */
const mostOfMessage = 440;

/** What became of each hoster, short enough that all are named. */
const sumOf = ({hosters, attempt}: Round, tried: readonly Tried[]): string => {
	const begun = hosters.slice(0, attempt + 1);
	const others = hosters.slice(attempt + 1);
	const left = others.length === 0 ? '' : `; not tried, for want of attempts: ${others.join(', ')}`;
	const fixed = left.length + begun.join(': ; ').length;
	const each = Math.max(12, Math.floor((mostOfMessage - fixed - 50) / begun.length));
	const told = begun.map(hoster => {
		const last = tried.findLast(one => one.hoster === hoster);
		return `${hoster}: ${last === undefined ? 'see the log' : shorten(oneLine(last.reason), each)}`;
	});
	return maskSecrets(cleanText(`${name}: no hoster gave the episode. ${told.join('; ')}${left}`));
};

const oneLine = (text: string): string =>
	text
		.split('\n')
		.map(line => line.trim())
		.filter(line => line !== '')
		.join(' ');
