import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import type {AddRequest, BadSource, Engine} from '../engine/ports.ts';
import {createRepeatMarker} from '../domain/preview.ts';
import {addRequests, whyDuplicate, whyTaken, type Added} from './adding.ts';
import {badSourcesError, printJson} from './answer.ts';
import {sourceLines} from './add.ts';
import {isSet, textOf} from './arguments.ts';
import {createProgressBar} from './progress-bar.ts';
import {listenForStop, type StopRequest} from './signals.ts';
import {readExported, type Exported, type Skipped} from './exported.ts';
import {
	CommandError,
	exitCodes,
	usageError,
	type CommandContext,
	type ExitCode,
	type Options,
	type Verb,
} from './verb.ts';

const laterKinds = new Set(['gda2025', 'soulspot', 'deemusic']);

export const importQueue: Verb = {
	name: 'import',
	summary: 'Take over what `export` printed, or with `urls` a list of addresses; - is stdin',
	usage: '[options] [urls] <file>',
	arguments: [
		['<kind>', 'the file that export printed, or the word urls'],
		['[file]', 'after urls: the list, one address a line, # for comments'],
	],
	options: [
		['--batch <name>', 'after urls: keep the jobs together under this name'],
		['--skip-bad', 'take the good ones even when others cannot be added'],
	],
	run: async (context, [kind = '', file], options) => {
		if (laterKinds.has(kind)) {
			throw new CommandError(
				exitCodes.refused,
				`taking over a queue of ${kind} is not possible yet; export it as a list and use \`import urls\``,
			);
		}

		if (kind === 'urls') {
			if (file === undefined) throw usageError('name the list: `tidegate import urls FILE`');
			return importGroups(context, await urlGroups(context, file, options), [], options);
		}

		if (file !== undefined)
			throw usageError(
				`\`${kind}\` cannot be imported; write \`import urls FILE\`, or \`import FILE\` for what export printed`,
			);
		const {rows, skipped} = readExported(await readText(context, kind), nameOf(kind));
		return importGroups(context, exportedGroups(rows), skipped, options);
	},
};

/** The text of a file, or of stdin for `-`. */
const readText = async (context: CommandContext, file: string): Promise<string> => {
	if (file === '-') return context.io.readStdin();
	try {
		return readFileSync(resolve(context.io.cwd, file), 'utf8');
	} catch (error) {
		const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
		throw usageError(isMissing ? `${file}: there is no such file` : `${file} cannot be read: ${String(error)}`);
	}
};

const nameOf = (file: string): string => (file === '-' ? 'stdin' : file);

type Group = {
	readonly batch: string | undefined;
	readonly rows: ReadonlyArray<{readonly request: AddRequest; readonly place: string}>;
};

const urlGroups = async (context: CommandContext, file: string, options: Options): Promise<readonly Group[]> => {
	if (textOf(options, 'batch')?.trim() === '') throw usageError('--batch is empty; leave it out, or name the batch');
	const lines = sourceLines(await readText(context, file), nameOf(file));
	if (lines.length === 0) throw usageError(`${nameOf(file)} holds no address; write one a line`);
	return [{batch: textOf(options, 'batch'), rows: lines.map(({source, place}) => ({request: {source}, place}))}];
};

/** Jobs by their batch, in the order of the file. */
const exportedGroups = (rows: readonly Exported[]): readonly Group[] => {
	const groups = new Map<string | undefined, Array<Group['rows'][number]>>();
	for (const {batch, request, place} of rows) {
		const group = groups.get(batch) ?? [];
		group.push({request, place});
		groups.set(batch, group);
	}

	return [...groups].map(([batch, members]) => ({batch, rows: members}));
};

const importGroups = async (
	context: CommandContext,
	groups: readonly Group[],
	skipped: readonly Skipped[],
	options: Options,
): Promise<ExitCode> =>
	context.withEngine(async engine => {
		const parts = groups.flatMap(partsOf);
		const isSkippingBad = isSet(options, 'skipBad');
		const stop = listenForStop(() => undefined);
		try {
			if (context.globals.isDryRun) {
				const foreseen = await lookAhead(context, engine, parts, isSkippingBad, stop);
				return answer(context, {...foreseen, skipped: [...skipped, ...foreseen.skipped]});
			}

			// A file is taken whole or not at all, though it is added in parts: hence this look before.
			if (!isSkippingBad) await lookAhead(context, engine, parts, false, stop);
			const added = await addParts(context, engine, parts, isSkippingBad, stop);
			return answer(context, {...added, skipped: [...skipped, ...added.skipped]});
		} finally {
			stop.release();
		}
	});

/** Jobs that are taken over at once: Ctrl-C is heard between them. */
const partSize = 2000;

const partsOf = ({batch, rows}: Group): readonly Group[] =>
	Array.from({length: Math.ceil(rows.length / partSize)}, (_, index) => ({
		batch,
		rows: rows.slice(index * partSize, (index + 1) * partSize),
	}));

type Outcome = {
	readonly imported: number;
	readonly skipped: readonly Skipped[];
	/** Rows that nobody has looked at any more, because it was stopped. */
	readonly left: number;
};

const sizeOf = (parts: readonly Group[]): number => parts.reduce((sum, {rows}) => sum + rows.length, 0);

/** What would be taken over; a CommandError where something is bad and is not to be skipped. */
const lookAhead = async (
	context: CommandContext,
	engine: Engine,
	parts: readonly Group[],
	isSkippingBad: boolean,
	stop: StopRequest,
): Promise<Outcome> => {
	const total = sizeOf(parts);
	const bar = createProgressBar(context.io, 'looking at the list', total);
	const rows = parts.flatMap(part => part.rows);
	const repeats = createRepeatMarker();
	const skipped: Skipped[] = [];
	const bad: BadSource[] = [];
	let fresh = 0;
	let seen = 0;
	try {
		for (const part of parts) {
			if (stop.signal.aborted) throw new CommandError(exitCodes.interrupted, 'stopped; nothing was taken over');
			const previews = repeats.mark(await engine.preview(part.rows.map(({request}) => request)));
			for (const preview of previews) {
				if (preview.type === 'bad') bad.push({index: seen, source: preview.source, problem: preview.problem});
				else if (preview.type === 'new') fresh++;
				else skipped.push({what: preview.source, why: whyTaken(preview, index => rows[index]?.place ?? '')});
				seen++;
			}

			bar.advance(seen);
		}
	} finally {
		bar.end();
	}

	if (bad.length > 0 && !isSkippingBad) throw badSourcesError(bad, index => rows[index]?.place ?? '');
	return {imported: fresh, skipped: [...skipped, ...bad.map(toSkipped)], left: 0};
};

const toSkipped = ({source, problem}: BadSource): Skipped => ({what: source, why: problem});

const addParts = async (
	context: CommandContext,
	engine: Engine,
	parts: readonly Group[],
	isSkippingBad: boolean,
	stop: StopRequest,
): Promise<Outcome> => {
	const total = sizeOf(parts);
	const bar = createProgressBar(context.io, 'taking over', total);
	const skipped: Skipped[] = [];
	let imported = 0;
	let done = 0;
	try {
		for (const {batch, rows} of parts) {
			if (stop.signal.aborted) break;
			const added = await addRequests(context, engine, {
				requests: rows.map(({request}) => request),
				placeOf: index => rows[index]?.place ?? '',
				batch,
				isSkippingBad,
			});
			imported += added.ids.length;
			skipped.push(...leftOut(added));
			done += rows.length;
			bar.advance(done);
		}
	} finally {
		bar.end();
	}

	return {imported, skipped, left: total - done};
};

const mostShown = 20;

const answer = (context: CommandContext, {imported, skipped, left}: Outcome): ExitCode => {
	const {isJson, isDryRun} = context.globals;
	const isStopped = left > 0;
	if (isJson) printJson(context, {imported, skipped, ...(isStopped ? {left} : {})});
	else {
		for (const {what, why} of skipped.slice(0, mostShown)) context.io.err(`left out: ${what}: ${why}\n`);
		if (skipped.length > mostShown) context.io.err(`… and ${skipped.length - mostShown} more\n`);
		context.io.out(`${imported === 1 ? '1 job' : `${imported} jobs`} ${isDryRun ? 'would be ' : ''}taken over\n`);
	}

	if (!isStopped) return exitCodes.done;
	context.io.err(
		`stopped; ${left} of the list were not looked at. Run it again for them: nothing is taken over twice\n`,
	);
	return exitCodes.interrupted;
};

const leftOut = ({duplicates, bad}: Added): readonly Skipped[] => [
	...duplicates.map(duplicate => ({what: duplicate.source, why: whyDuplicate(duplicate)})),
	...bad.map(({source, problem}) => ({what: source, why: problem})),
];
