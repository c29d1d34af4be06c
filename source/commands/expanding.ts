import {existsSync} from 'node:fs';
import {catalogOfReference, type UsualKind} from '../domain/music-reference.ts';
import {parseTemplate} from '../domain/organise.ts';
import type {AddRequest, Engine, Expanded, ExpandedGroup} from '../engine/ports.ts';
import {addRequests, foreseeAdd, printAdded, printForeseen, requireTool, type Added, type Foreseen} from './adding.ts';
import {isSet, parsePriority, textOf} from './arguments.ts';
import {plain} from './format.ts';
import {absolutePath} from './list-path.ts';
import {createProgressBar, type ProgressBar} from './progress-bar.ts';
import {listenForStop} from './signals.ts';
import {
	CommandError,
	exitCodes,
	usageError,
	type CommandContext,
	type ExitCode,
	type Options,
	type Verb,
} from './verb.ts';

/** `album` or `playlist`: what a catalog says becomes batches. */
export const expandVerb = (kind: UsualKind, words: Pick<Verb, 'summary' | 'help'>): Verb => ({
	name: kind,
	...words,
	arguments: [['<ref>', 'a reference such as deezer:123, an address, or a file']],
	options: [
		['--provider <name>', 'fetch with this provider'],
		['--batch <name>', 'keep the jobs together under this name; default: what the catalog calls it'],
		['--title <text>', 'the same as --batch'],
		['--language <name>', 'language, in the words of the provider'],
		['--quality <name>', 'a word of the provider, or a profile such as lossless'],
		['--priority <n>', '0 (last) to 9 (first); default: 5'],
		['--paused', 'do not start before it is resumed'],
		[
			'--output <template>',
			'where the files go below the storage folder, such as {artist}/{album}/{track:02} {title}.{ext}',
		],
		['--skip-bad', 'add the good ones even when others cannot be added'],
	],
	run: (context, [ref = ''], options) => run(context, kind, ref, options),
});

const run = async (context: CommandContext, kind: UsualKind, ref: string, options: Options): Promise<ExitCode> => {
	const reference = absoluteReference(ref, context);
	const shape = shapeOf(options);
	const provider = textOf(options, 'provider');
	return context.withEngine(async (engine, isAttached) => {
		if (provider !== undefined) await requireTool(engine, provider);
		const expanded = await expand(context, engine, reference, kind, provider);
		tellAbout(context, expanded);
		const wholes = expanded.groups.map(({title, requests}): ExpandedGroup => ({
			title: shape.batch ?? title,
			requests: requests.map(request => shape.of(request)),
		}));
		const said = {provider, language: textOf(options, 'language')};
		const isSkippingBad = isSet(options, 'skipBad');
		if (context.globals.isDryRun) return foresee(context, engine, wholes, {said, isSkippingBad, expanded});
		const added = await addGroups(context, engine, wholes, isSkippingBad);
		await printAdded(context, engine, added, said, moreOf(wholes, expanded));
		if (added.isStopped) context.io.err('stopped on the way, by the screen; add it again for the rest\n');
		if (!isAttached && added.ids.length > 0 && !context.globals.isJson) {
			context.io.err('no scheduler is running; `tidegate run` starts one\n');
		}

		return added.ids.length > 0 || added.duplicates.length > 0 ? exitCodes.done : exitCodes.usage;
	});
};

/** Paths are those of the person's shell; the scheduler may stand elsewhere. */
const absoluteReference = (ref: string, {io}: CommandContext): string => {
	const text = ref.trim();
	if (text === '') throw usageError('name an album, a playlist or a file');
	if (/^file:/i.test(text) || /^https?:\/\//i.test(text)) return text;
	const path = absolutePath(text, io);
	if (existsSync(path)) return path;
	if (catalogOfReference(text) !== undefined || /^list:\//i.test(text)) return text;
	const isPath = /[/.]/.test(text) && !/^[a-z][\w+.-]+:/i.test(text);
	throw usageError(
		isPath
			? `there is no file ${plain(text)}`
			: `\`${plain(text)}\` is neither a reference such as deezer:123 nor a file that is there`,
	);
};

type Shape = {readonly batch: string | undefined; readonly of: (request: AddRequest) => AddRequest};

/** What the options say about every request. */
const shapeOf = (options: Options): Shape => {
	const [batch, title, output, language, quality, priority] = [
		'batch',
		'title',
		'output',
		'language',
		'quality',
		'priority',
	].map(name => textOf(options, name));
	if (batch?.trim() === '' || title?.trim() === '') {
		throw usageError('the name of the batch is empty; leave it out, or name the batch');
	}

	const parsed = output === undefined ? undefined : parseTemplate(output);
	if (parsed !== undefined && 'problem' in parsed) throw usageError(`--output: ${parsed.problem}`);
	const common = {
		...(output === undefined ? {} : {output}),
		...(priority === undefined ? {} : {priority: parsePriority(priority)}),
		...(isSet(options, 'paused') ? {isPaused: true} : {}),
	};
	const wishes = {
		...(language === undefined ? {} : {language}),
		...(quality === undefined ? {} : {quality}),
	};
	return {
		batch: batch ?? title,
		of: request => ({...request, ...common, options: {...request.options, ...wishes}}),
	};
};

type Whole = Extract<Expanded, {ok: true}>;

const expand = async (
	context: CommandContext,
	engine: Engine,
	reference: string,
	kind: UsualKind,
	provider: string | undefined,
): Promise<Whole> => {
	const stop = listenForStop(() => undefined);
	const stopShowing = showProgress(context, engine);
	try {
		const expanded = await engine.expand(reference, {
			kind,
			signal: stop.signal,
			...(provider === undefined ? {} : {provider}),
			...(context.globals.isDryRun ? {isDryRun: true} : {}),
		});
		if (!expanded.ok) throw new CommandError(exitCodeOf[expanded.code], plain(expanded.message));
		if (stop.signal.aborted) throw new CommandError(exitCodes.interrupted, 'stopped; nothing was added');
		return expanded;
	} finally {
		stopShowing();
		stop.release();
	}
};

/** A service that is asked page by page, once a second, keeps a person waiting: how far it is stands on the terminal. */
const showProgress = ({io}: CommandContext, engine: Engine): (() => void) => {
	let bar: ProgressBar | undefined;
	const unsubscribe = engine.subscribe(() => {
		const work = engine.getSnapshot().works.find(({label}) => label.startsWith('reading from '));
		if (work?.total === undefined) return;
		bar ??= createProgressBar(io, work.label, work.total);
		bar.advance(work.done);
	});
	return () => {
		unsubscribe();
		bar?.end();
	};
};

const exitCodeOf = {
	'bad-request': exitCodes.usage,
	failed: exitCodes.someFailed,
	stopped: exitCodes.interrupted,
	'no-scheduler': exitCodes.noScheduler,
} as const;

const mostTold = 20;

const tellAbout = ({io}: CommandContext, {notes, leftOut}: Whole): void => {
	for (const note of notes) io.err(`${plain(note)}\n`);
	for (const {what, why} of leftOut.slice(0, mostTold)) io.err(`left out: ${plain(what)}: ${plain(why)}\n`);
	if (leftOut.length > mostTold) io.err(`… and ${leftOut.length - mostTold} more\n`);
};

/** What the answer says beyond that of `add`. */
const moreOf = (groups: readonly ExpandedGroup[], {leftOut}: Whole): Readonly<Record<string, unknown>> => ({
	batches: groups.map(({title}) => title ?? null),
	left_out: leftOut,
});

const placeIn =
	({requests}: ExpandedGroup) =>
	(index: number): string =>
		requests[index]?.title ?? `entry ${index + 1}`;

const addGroups = async (
	context: CommandContext,
	engine: Engine,
	groups: readonly ExpandedGroup[],
	isSkippingBad: boolean,
): Promise<Added> => {
	let sum: Added = {ids: [], duplicates: [], bad: [], isStopped: false};
	for (const group of groups) {
		const {title: batch, requests} = group;
		const added = await addRequests(context, engine, {requests, placeOf: placeIn(group), batch, isSkippingBad});
		sum = {
			ids: [...sum.ids, ...added.ids],
			duplicates: [...sum.duplicates, ...added.duplicates],
			bad: [...sum.bad, ...added.bad],
			isStopped: added.isStopped,
		};
		if (sum.isStopped) break;
	}

	return sum;
};

type Foreseeing = {
	readonly said: {readonly provider: string | undefined; readonly language: string | undefined};
	readonly isSkippingBad: boolean;
	readonly expanded: Whole;
};

/** All groups together, so that what two albums share is told as well. */
const foresee = async (
	context: CommandContext,
	engine: Engine,
	groups: readonly ExpandedGroup[],
	{said, isSkippingBad, expanded}: Foreseeing,
): Promise<ExitCode> => {
	const requests = groups.flatMap(group => group.requests);
	const placeOf = placeIn({title: undefined, requests});
	const foreseen: Foreseen = await foreseeAdd(context, engine, {requests, placeOf, isSkippingBad});
	if (!context.globals.isJson) {
		for (const group of groups) context.io.out(`${linesOf(group).join('\n')}\n`);
	}

	printForeseen(context, engine, foreseen, said, {
		...moreOf(groups, expanded),
		tracks: requests.map(({title, source}) => title ?? source),
	});
	return foreseen.count > 0 || foreseen.taken.length > 0 ? exitCodes.done : exitCodes.usage;
};

const linesOf = ({title, requests}: ExpandedGroup): readonly string[] => [
	...(title === undefined ? [] : [plain(title)]),
	...requests.map(request => `${title === undefined ? '' : '  '}${plain(request.title ?? request.source)}`),
];
