import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import type {AddRequest, Engine} from '../engine/ports.ts';
import {addRequests, whyDuplicate, type Added} from './adding.ts';
import {badSourcesError, printJson} from './answer.ts';
import {sourceLines} from './add.ts';
import {isSet, textOf} from './arguments.ts';
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
): Promise<ExitCode> => {
	const isSkippingBad = isSet(options, 'skipBad');
	if (!isSkippingBad || context.globals.isDryRun) await rehearse(context, groups);
	const {isDryRun} = context.globals;
	const added = isDryRun ? [] : await context.withEngine(engine => addGroups(context, engine, groups, isSkippingBad));
	const imported = isDryRun
		? groups.reduce((sum, {rows}) => sum + rows.length, 0)
		: added.reduce((sum, {ids}) => sum + ids.length, 0);
	const left = [...skipped, ...added.flatMap(group => leftOut(group))];
	if (context.globals.isJson) printJson(context, {imported, skipped: left});
	else {
		for (const {what, why} of left.slice(0, mostShown)) context.io.err(`left out: ${what}: ${why}\n`);
		if (left.length > mostShown) context.io.err(`… and ${left.length - mostShown} more\n`);
		context.io.out(`${imported === 1 ? '1 job' : `${imported} jobs`} ${isDryRun ? 'would be ' : ''}taken over\n`);
	}

	return exitCodes.done;
};

const mostShown = 20;

/** A file is taken whole or not at all, though its batches are added one after the other: hence this look before. */
const rehearse = async (context: CommandContext, groups: readonly Group[]): Promise<void> => {
	const engine = await context.rehearse();
	try {
		for (const {rows} of groups) {
			const result = await engine.send({type: 'add', requests: rows.map(({request}) => request)});
			if (!result.ok && result.bad !== undefined) throw badSourcesError(result.bad, index => rows[index]?.place ?? '');
		}
	} finally {
		await engine.close();
	}
};

const addGroups = async (
	context: CommandContext,
	engine: Engine,
	groups: readonly Group[],
	isSkippingBad: boolean,
): Promise<readonly Added[]> => {
	const added: Added[] = [];
	for (const {batch, rows} of groups) {
		added.push(
			await addRequests(context, engine, {
				requests: rows.map(({request}) => request),
				placeOf: index => rows[index]?.place ?? '',
				batch,
				isSkippingBad,
			}),
		);
	}

	return added;
};

const leftOut = ({duplicates, bad}: Added): readonly Skipped[] => [
	...duplicates.map(duplicate => ({what: duplicate.source, why: whyDuplicate(duplicate)})),
	...bad.map(({source, problem}) => ({what: source, why: problem})),
];
