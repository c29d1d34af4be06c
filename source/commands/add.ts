import {problemOfChecksum} from '../engine/admit.ts';
import {titleOfAniCli} from '../domain/ani-cli.ts';
import {
	aniworldUrl,
	episodeMark,
	episodesOfAniworld,
	isEpisode,
	parseAniworld,
	seriesTitle,
} from '../domain/aniworld.ts';
import {fillEpisode, hasEpisodePlaceholder} from '../domain/episodes.ts';
import {parseTemplate} from '../domain/organise.ts';
import {builtInProfiles} from '../domain/quality-profiles.ts';
import type {AddRequest, Engine} from '../engine/ports.ts';
import {addRequests, foreseeAdd, printAdded, printForeseen, requireTool, type Sources, type Taken} from './adding.ts';
import {isSet, parseBytes, parseEpisodes, parsePriority, textOf} from './arguments.ts';
import {exitCodes, usageError, type CommandContext, type ExitCode, type Options, type Verb} from './verb.ts';

export const add: Verb = {
	name: 'add',
	summary: 'Add sources to the queue; prints their ids',
	arguments: [['<source...>', 'addresses, or - to read them from stdin, one a line']],
	options: [
		['--provider <name>', 'fetch with this provider; default: the first that takes the source'],
		['--title <text>', 'title of the job'],
		['--batch <name>', 'keep the jobs together under this name'],
		['--episodes <list>', 'one job for each, such as 1-12,15; fills {episode} or {episode:03} in the source'],
		['--language <name>', 'language, in the words of the provider'],
		['--hoster <name>', 'hoster, in the words of the provider'],
		['--quality <name>', 'a word of the provider, or a profile such as lossless'],
		['--priority <n>', '0 (last) to 9 (first); default: 5'],
		['--paused', 'do not start before it is resumed'],
		['--output <template>', 'where the file goes below the storage folder, such as {batch}/{episode:03}.{ext}'],
		['--expect-size <n>', 'the file must have this size, such as 1048576 or 700MB'],
		['--checksum <sum>', 'the file must match, such as sha256:HEX'],
		['--skip-bad', 'add the good sources even when others cannot be added'],
	],
	help: `--episodes writes the number of each episode into the source, where {episode}
stands; the providers http, yt-dlp and aria2 know no episodes of their own.
ani-cli is told the episode beside the title; of a season of aniworld.to or s.to
they become the addresses of its episodes.

--quality is a word of the provider, such as 720 or best, or a profile: the
built-in ones are ${builtInProfiles.map(({name}) => name).join(', ')}; [quality.NAME]
in config.toml makes others. \`tidegate upgrade\` fetches a better one later, beside
the first.

  tidegate add https://example.org/a.iso https://example.org/b.iso
  tidegate add - < list.txt
  tidegate add 'https://example.org/e{episode:02}.mkv' --episodes 1-12 --batch S1
  tidegate add 'ani-cli:Some Series' --episodes 1-12 --language dub
  tidegate add https://aniworld.to/anime/stream/some-series/staffel-1 \\
    --episodes 1-12 --language 'German Dub' --hoster VOE`,
	run: async (context, args, options) => {
		const requested = requestsOf(await readSources(context, args), options);
		const provider = textOf(options, 'provider');
		if (textOf(options, 'batch')?.trim() === '') throw usageError('--batch is empty; leave it out, or name the batch');
		const use = async (engine: Engine, isAttached: boolean): Promise<ExitCode> => {
			if (provider !== undefined) await requireTool(engine, provider);
			const said = {provider, language: textOf(options, 'language')};
			const sources = {...requested, isSkippingBad: isSet(options, 'skipBad')};
			if (context.globals.isDryRun) {
				const foreseen = await foreseeAdd(context, engine, sources);
				printForeseen(context, engine, foreseen, said);
				return exitCodeOf(foreseen.count, foreseen.taken);
			}

			const added = await addRequests(context, engine, sources);
			await printAdded(context, engine, added, said);
			if (added.isStopped) context.io.err('stopped on the way, by the screen; add it again for the rest\n');
			if (!isAttached && added.ids.length > 0 && !context.globals.isJson) {
				context.io.err('no scheduler is running; `tidegate run` starts one\n');
			}

			return exitCodeOf(added.ids.length, added.duplicates);
		};

		return context.withEngine(use);
	},
};

const exitCodeOf = (count: number, taken: readonly Taken[]): ExitCode => {
	if (count > 0) return exitCodes.done;
	if (taken.length === 0) return exitCodes.usage;
	// What is in the queue is as it was asked for; a source whose file another job writes is not.
	return taken.some(({destination}) => destination !== undefined) ? exitCodes.refused : exitCodes.done;
};

type Line = {readonly source: string; readonly place: string};

const readSources = async (context: CommandContext, args: readonly string[]): Promise<readonly Line[]> => {
	if (!args.includes('-')) return args.map((source, index) => ({source, place: `source ${index + 1}`}));
	if (args.length > 1) throw usageError('`add -` reads all sources from stdin; leave the others out');
	const lines = sourceLines(await context.io.readStdin(), 'stdin');
	if (lines.length === 0) throw usageError('stdin holds no source; write one a line');
	return lines;
};

/** Sources one a line; blank lines and lines that begin with `#` say nothing. */
export const sourceLines = (text: string, name: string): readonly Line[] =>
	text
		.replace(/^\uFEFF/, '')
		.split(/\r\n|\r|\n/)
		.map((line, index) => ({source: line.trim(), place: `${name}:${index + 1}`}))
		.filter(({source}) => source !== '' && !source.startsWith('#'));

/** What the options say about every source. */
const requestsOf = (lines: readonly Line[], options: Options): Pick<Sources, 'requests' | 'placeOf' | 'batch'> => {
	const [provider, title, episodes, output, checksum, size, priority] = [
		'provider',
		'title',
		'episodes',
		'output',
		'checksum',
		'expectSize',
		'priority',
	].map(name => textOf(options, name));
	for (const [name, value] of Object.entries({'--title': title, '--expect-size': size, '--checksum': checksum})) {
		const isMany = lines.length > 1 || (episodes !== undefined && name !== '--title');
		if (value !== undefined && isMany) throw usageError(`${name} is for one source; there are several`);
	}

	requireTemplate(output);
	requireChecksum(checksum);
	const common: Omit<AddRequest, 'source'> = {
		...(provider === undefined ? {} : {provider}),
		...(title === undefined ? {} : {title}),
		...(output === undefined ? {} : {output}),
		...(checksum === undefined ? {} : {checksum}),
		...(size === undefined ? {} : {expectedSize: parseBytes('--expect-size', size)}),
		...(priority === undefined ? {} : {priority: parsePriority(priority)}),
		...(isSet(options, 'paused') ? {isPaused: true} : {}),
		options: optionsOf(options),
	};
	const numbers = episodes === undefined ? undefined : parseEpisodes(episodes);
	const expanded = lines.flatMap(line => expand(line, numbers).map(part => ({...part, place: line.place})));
	return {
		requests: expanded.map(({source, episode, series, mark}) =>
			withMark(withEpisode({...(series === undefined ? {} : {title: series}), ...common, source}, episode), mark),
		),
		batch: textOf(options, 'batch') ?? commonSeries(expanded, title),
		placeOf: index => expanded[index]?.place ?? '',
	};
};

const requireTemplate = (output: string | undefined): void => {
	const parsed = output === undefined ? undefined : parseTemplate(output);
	if (parsed !== undefined && 'problem' in parsed) throw usageError(`--output: ${parsed.problem}`);
};

const requireChecksum = (checksum: string | undefined): void => {
	const problem = checksum === undefined ? undefined : problemOfChecksum(checksum);
	if (problem !== undefined) throw usageError(`--checksum: ${problem}`);
};

const optionsOf = (options: Options): NonNullable<AddRequest['options']> => {
	const [language, hoster, quality] = ['language', 'hoster', 'quality'].map(name => textOf(options, name));
	return {
		...(language === undefined ? {} : {language}),
		...(hoster === undefined ? {} : {hoster}),
		...(quality === undefined ? {} : {quality}),
	};
};

/** `series`: what it is called where nobody says otherwise. `mark`: what tells it from others of the same title. */
type Part = {
	readonly source: string;
	readonly episode: number | undefined;
	readonly series?: string;
	readonly mark?: string;
};

const expand = ({source, place}: Line, episodes: readonly number[] | undefined): readonly Part[] => {
	const address = parseAniworld(source);
	if (address !== undefined) {
		const found = episodesOfAniworld(address, episodes);
		if ('problem' in found) throw usageError(`${place}: ${found.problem} (--episodes 1-12)`);
		// The spelling that was given says as much as ours, where nothing was expanded.
		if (isEpisode(address)) return [{source, episode: undefined}];
		return found.episodes.map(one => ({source: aniworldUrl(one), episode: undefined, mark: episodeMark(one)}));
	}

	const series = titleOfAniCli(source);
	if (series !== undefined) {
		if (episodes !== undefined) return episodes.map(episode => ({source, episode, series}));
		throw usageError(`${place}: say which episodes with --episodes, such as 1-12; a film is --episodes 1`);
	}

	if (episodes === undefined) return [{source, episode: undefined}];
	if (!hasEpisodePlaceholder(source)) {
		throw usageError(
			`${place}: --episodes needs {episode} or {episode:03} in the source, because its provider knows no episodes`,
		);
	}

	return episodes.map(episode => ({source: fillEpisode(source, episode), episode}));
};

/** The series, where all sources are addresses of one that tell it: it keeps its episodes together. */
const commonSeries = (parts: readonly Part[], title: string | undefined): string | undefined => {
	const first = parseAniworld(parts[0]?.source ?? '');
	if (first === undefined) return undefined;
	const isOne = parts.every(({source}) => {
		const address = parseAniworld(source);
		return address?.site === first.site && address.slug === first.slug;
	});
	return isOne ? (title ?? seriesTitle(first)) : undefined;
};

const withMark = (request: AddRequest, mark: string | undefined): AddRequest =>
	mark === undefined || request.title === undefined ? request : {...request, title: `${request.title} ${mark}`};

const withEpisode = (request: AddRequest, episode: number | undefined): AddRequest =>
	episode === undefined
		? request
		: {
				...request,
				...(request.title === undefined ? {} : {title: `${request.title} ${String(episode).padStart(2, '0')}`}),
				options: {...request.options, episode},
			};
