import {parseAniworld} from '../domain/aniworld.ts';
import {defaultPriority, type JobOptions} from '../domain/job.ts';
import {catalogOfReference} from '../domain/music-reference.ts';
import {fixedPath, parseTemplate} from '../domain/organise.ts';
import {cleanText, maskSecrets, shorten} from '../domain/text.ts';
import {cleanTrack, trackName} from '../domain/track.ts';
import type {AddRequest, BadSource, NewJob, Provider} from './ports.ts';

const longestSource = 16_384;
const longestTitle = 500;

/** A job with more attempts than this would hardly end. */
export const mostAttempts = 100;

/** Digest lengths in hexadecimal digits. */
const digestLengths: Readonly<Record<string, number>> = {md5: 32, sha1: 40, sha256: 64, sha512: 128};

/** Turns what a person asked for into jobs; names each source that cannot be one, and why. */
export const admit = (
	requests: readonly AddRequest[],
	providers: readonly Provider[],
	maxAttempts: number,
): {readonly jobs: readonly NewJob[]; readonly bad: readonly BadSource[]} => {
	const jobs: NewJob[] = [];
	const bad: BadSource[] = [];
	for (const [index, request] of requests.entries()) {
		const found = toJob(request, providers, maxAttempts);
		if ('problem' in found)
			bad.push({index, source: shorten(maskSecrets(cleanText(request.source)), 200), problem: found.problem});
		else jobs.push(found.job);
	}

	return {jobs, bad};
};

/** A job, or why there is none, in words that say what would help. */
export type Found = {readonly job: NewJob} | {readonly problem: string};

/** What a request becomes. */
export const toJob = (request: AddRequest, providers: readonly Provider[], maxAttempts: number): Found => {
	const source = request.source.trim();
	const problem = problemOf(request, source);
	if (problem !== undefined) return {problem};
	const chosen = choose(source, request.provider, providers);
	if ('problem' in chosen) return chosen;
	const {provider} = chosen;
	const asked = cleanOptions(request.options ?? {});
	const said = provider.describe?.(source, asked);
	const options = said?.options ?? asked;
	const unfit = provider.problemWith?.(source, options);
	if (unfit !== undefined) return {problem: unfit};
	return {
		job: {
			title: shorten(cleanText(request.title ?? '') || (said?.title ?? titleOf(source, options)), longestTitle),
			provider: provider.id,
			lane: provider.laneOf(source),
			source,
			identity: identityOf(provider, source, options),
			options,
			isSourced: !provider.abilities.needsSearch || (provider.isSourced?.(source) ?? false),
			isPaused: request.isPaused ?? false,
			priority: request.priority ?? defaultPriority,
			maxAttempts: request.maxAttempts ?? maxAttempts,
			expectedSize: request.expectedSize,
			checksum: request.checksum?.toLowerCase(),
			output: request.output,
			...destinationOf(request.output),
		},
	};
};

/** Options come from outside as titles do, and go into arguments, paths and lists. */
const cleanOptions = ({language, hoster, quality, track, fields, ...others}: JobOptions): JobOptions => ({
	...others,
	...(language === undefined ? {} : {language: shorten(cleanText(language), longestTitle)}),
	...(hoster === undefined ? {} : {hoster: shorten(cleanText(hoster), longestTitle)}),
	...(quality === undefined ? {} : {quality: shorten(cleanText(quality), longestTitle)}),
	...(track === undefined ? {} : {track: cleanTrack(track)}),
	...(fields === undefined
		? {}
		: {
				fields: Object.fromEntries(
					Object.entries(fields).map(([name, text]) => [name, shorten(cleanText(text), longestTitle)]),
				),
			}),
});

const destinationOf = (output: string | undefined): Pick<NewJob, 'destination'> => {
	const parsed = output === undefined ? undefined : parseTemplate(output);
	const path = parsed !== undefined && 'template' in parsed ? fixedPath(parsed.template) : undefined;
	return path === undefined ? {} : {destination: path};
};

const problemOf = (request: AddRequest, source: string): string | undefined => {
	const {priority, maxAttempts, expectedSize, checksum, output} = request;
	if (source === '') return 'the source is empty';
	if (source.length > longestSource) return `the source is longer than ${longestSource} characters`;
	if (cleanText(source) !== source.normalize('NFC')) return 'the source holds control or invisible characters';
	if (expectedSize !== undefined && !(Number.isSafeInteger(expectedSize) && expectedSize > 0)) {
		return `the expected size ${expectedSize} is not a whole number of bytes above 0`;
	}

	if (
		maxAttempts !== undefined &&
		!(Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= mostAttempts)
	) {
		return `${maxAttempts} attempts are not a whole number from 1 to ${mostAttempts}`;
	}

	return (
		(priority === undefined ? undefined : problemOfPriority(priority)) ??
		(checksum === undefined ? undefined : problemOfChecksum(checksum)) ??
		(output === undefined ? undefined : problemOfTemplate(output))
	);
};

/** What is wrong with a priority, in words. */
export const problemOfPriority = (priority: number): string | undefined =>
	Number.isInteger(priority) && priority >= 0 && priority <= 9
		? undefined
		: `the priority ${priority} is not a whole number from 0 (last) to 9 (first)`;

const problemOfTemplate = (output: string): string | undefined => {
	const parsed = parseTemplate(output);
	return 'problem' in parsed ? parsed.problem : undefined;
};

/** What is wrong with a checksum such as `sha256:HEX`, in words. */
export const problemOfChecksum = (checksum: string): string | undefined => {
	const [algorithm = '', ...rest] = checksum.toLowerCase().split(':');
	const digest = rest.join(':');
	const length = digestLengths[algorithm];
	if (length === undefined) {
		return `the checksum must begin with one of ${Object.keys(digestLengths)
			.map(name => `${name}:`)
			.join(' ')}`;
	}

	if (!/^[\da-f]*$/.test(digest)) return `the ${algorithm} checksum holds characters that are not hexadecimal`;
	return digest.length === length
		? undefined
		: `a ${algorithm} checksum has ${length} hexadecimal digits; this one has ${digest.length}`;
};

const choose = (
	source: string,
	wanted: string | undefined,
	providers: readonly Provider[],
): {readonly provider: Provider} | {readonly problem: string} => {
	if (wanted !== undefined) {
		const provider = providers.find(({id}) => id === wanted);
		if (provider === undefined) {
			return {problem: `there is no provider ${wanted}; there are ${providers.map(({id}) => id).join(', ')}`};
		}

		return provider.accepts(source) ? {provider} : {problem: `the provider ${wanted} does not take this source`};
	}

	const provider = providers.find(candidate => candidate.accepts(source));
	if (provider?.id === 'http' && parseAniworld(source) !== undefined) {
		return {
			problem:
				'it is a page about an episode, not the episode; enable [providers.aniworld] in config.toml, or name a provider with --provider',
		};
	}

	if (provider !== undefined) return {provider};
	if (catalogOfReference(source) !== undefined) {
		return {
			problem: `it stands for several files or for a name; add it by: tidegate album ${shorten(cleanText(source), 200)}`,
		};
	}

	const scheme = /^[a-z][\w+.-]*(?=:)/i.exec(source)?.[0];
	return {
		problem:
			scheme === undefined
				? 'it is no address; addresses look like https://host/file'
				: `no provider takes ${scheme}: addresses; enable one in config.toml or name it with --provider`,
	};
};

/**
 * Two jobs with the same identity are the same thing: provider, canonical source, and what makes a variant. What looks the
 * same is the same: letters that Unicode writes in two ways count as one.
 */
const identityOf = (
	provider: Provider,
	source: string,
	{language, hoster: _hoster, quality, episode}: JobOptions,
): string =>
	[provider.id, provider.canonical(source), language, quality, episode]
		.map(part => (part === undefined ? '' : cleanText(String(part))))
		.join('\u001F')
		.replace(/\u001F+$/, '');

/** A title for a job that came without one: its track, or the last part of its address that says something. */
const titleOf = (source: string, {track}: JobOptions): string => {
	if (track !== undefined) return trackName(track);
	try {
		const url = new URL(source);
		const last = url.pathname.split('/').findLast(part => part !== '');
		return cleanText(last === undefined ? url.host : decodeURIComponent(last)) || url.host || source;
	} catch {
		return cleanText(maskSecrets(source)) || 'untitled';
	}
};
