import type {JobId, JobStatus} from '../domain/job.ts';
import type {SourcePreview} from '../domain/preview.ts';
import type {AddRequest, BadSource, Duplicate, Engine} from '../engine/ports.ts';
import {suggestion} from '../config/nearest.ts';
import {badSourceLines, badSourcesError, expectDone, printJson, type PlaceOf} from './answer.ts';
import {plain} from './format.ts';
import {usageError, type CommandContext} from './verb.ts';

export type Sources = {
	readonly requests: readonly AddRequest[];
	readonly placeOf: PlaceOf;
	readonly batch?: string | undefined;
	readonly isSkippingBad: boolean;
};

export type Added = {
	readonly ids: readonly JobId[];
	readonly duplicates: readonly Duplicate[];
	readonly bad: readonly BadSource[];
	/** It was stopped before all were added. */
	readonly isStopped: boolean;
};

/** A source that would not be added, because of a job or of an earlier source of the same list. */
export type Taken = {
	readonly source: string;
	readonly id?: JobId;
	readonly status?: JobStatus;
	/** The place of the earlier source. */
	readonly repeats?: string;
	/** Where both would write their file. */
	readonly destination?: string;
};

/** What adding would do. */
export type Foreseen = {
	readonly count: number;
	/** The provider of those that are new, where it is the same for all. */
	readonly provider: string | null;
	readonly taken: readonly Taken[];
	readonly bad: readonly BadSource[];
};

/** What would become of the sources in this queue, now; nothing is written. Bad ones are named with their place. */
export const foreseeAdd = async (
	context: CommandContext,
	engine: Engine,
	{requests, placeOf, isSkippingBad}: Omit<Sources, 'batch'>,
): Promise<Foreseen> => {
	const previews = await engine.preview(requests);
	const bad = previews.flatMap((preview, index) =>
		preview.type === 'bad' ? [{index, source: preview.source, problem: preview.problem}] : [],
	);
	if (bad.length > 0 && !isSkippingBad) throw badSourcesError(bad, placeOf);
	for (const line of badSourceLines(bad, placeOf)) context.io.err(`would be left out: ${line}\n`);
	const fresh = previews.filter(({type}) => type === 'new');
	const providers = new Set(fresh.map(preview => ('provider' in preview ? preview.provider : '')));
	const [provider] = providers;
	return {
		count: fresh.length,
		provider: providers.size === 1 ? (provider ?? null) : null,
		taken: previews.flatMap(preview => takenOf(preview, placeOf)),
		bad,
	};
};

const takenOf = (preview: SourcePreview, placeOf: PlaceOf): readonly Taken[] => {
	if (preview.type !== 'duplicate' && preview.type !== 'repeat') return [];
	const {source, destination, because} = preview;
	const place = because === 'destination' && destination !== undefined ? {destination} : {};
	return preview.type === 'duplicate'
		? [{source, id: preview.id, status: preview.status, ...place}]
		: [{source, repeats: placeOf(preview.of), ...place}];
};

/** Adds all sources or none; with `isSkippingBad` all good ones. Bad ones are named with their place. */
export const addRequests = async (context: CommandContext, engine: Engine, sources: Sources): Promise<Added> => {
	const {requests, placeOf, batch, isSkippingBad} = sources;
	const result = await engine.send({
		type: 'add',
		requests,
		...(batch === undefined ? {} : {batch}),
		...(isSkippingBad ? {skipBad: true} : {}),
	});
	if (!result.ok && result.bad !== undefined && result.bad.length > 0) throw badSourcesError(result.bad, placeOf);
	const done = expectDone(result);
	const bad = done.bad ?? [];
	for (const line of badSourceLines(bad, placeOf)) context.io.err(`left out: ${line}\n`);
	return {ids: done.changed, duplicates: done.duplicates ?? [], bad, isStopped: done.isStopped ?? false};
};

/** A provider that a person names must exist, and its tool must be there. */
export const requireTool = async (engine: Engine, provider: string): Promise<void> => {
	const reports = await engine.health();
	const found = reports.find(row => row.provider === provider);
	if (found === undefined) {
		const known = reports.map(row => row.provider);
		throw usageError(`there is no provider \`${provider}\`; ${suggestion(provider, known)}`);
	}

	if (!found.report.ok) {
		const {name, problem, fix} = found.report;
		throw usageError(
			`the provider ${provider} is not usable: ${plain(problem ?? `${name} is missing`)}${fix === undefined ? '' : `; ${plain(fix)}`}`,
		);
	}
};

/** Why a source was not added, in words. */
export const whyDuplicate = ({id, status, repeats, destination}: Omit<Taken, 'source'>): string => {
	const other = repeats ?? `job ${id ?? '?'}`;
	if (destination !== undefined) return `${other} is about to write the same file, ${plain(destination)}`;
	if (repeats !== undefined) return `the same as ${repeats}`;
	return `already in the queue as ${other}${status === undefined ? '' : ` (${status})`}`;
};

/** Why a source would not be added, in words. */
export const whyTaken = (preview: SourcePreview, placeOf: PlaceOf): string =>
	takenOf(preview, placeOf).map(whyDuplicate).join('');

const mostDuplicatesShown = 20;

/** What was asked for, where it was said. */
type Said = {readonly provider?: string | undefined; readonly language?: string | undefined};

/** Prints the answer to an addition: the ids, or the document that scripts expect. */
export const printAdded = async (
	context: CommandContext,
	engine: Engine,
	{ids, duplicates, bad}: Added,
	said: Said,
	more: More = {},
): Promise<void> => {
	const provider = context.globals.isJson ? (said.provider ?? (await commonProvider(engine, ids))) : null;
	printAnswer(context, engine, {count: ids.length, provider, taken: duplicates, bad}, {ids, said, more});
};

/** The same for an addition that was only foreseen: there are no ids yet. */
export const printForeseen = (
	context: CommandContext,
	engine: Engine,
	foreseen: Foreseen,
	said: Said,
	more: More = {},
): void => {
	printAnswer(context, engine, {...foreseen, provider: said.provider ?? foreseen.provider}, {ids: [], said, more});
};

/** What the JSON document says beside the rest. */
type More = Readonly<Record<string, unknown>>;

const printAnswer = (
	context: CommandContext,
	engine: Engine,
	answer: Foreseen,
	{ids, said, more}: {readonly ids: readonly JobId[]; readonly said: Said; readonly more: More},
): void => {
	const {count, provider, taken} = answer;
	const message = messageOf(answer, context.globals.isDryRun);
	if (context.globals.isJson) {
		printJson(context, {
			success: count > 0 || taken.length > 0,
			message,
			episode_count: count,
			queue_ids: ids,
			max_concurrent: engine.getSnapshot().workers,
			provider,
			language: said.language ?? null,
			duplicates: taken,
			...more,
		});
		return;
	}

	if (ids.length > 0) context.io.out(`${ids.join('\n')}\n`);
	for (const one of taken.slice(0, mostDuplicatesShown)) {
		context.io.err(`${whyDuplicate(one)}: ${plain(one.source)}\n`);
	}

	context.io.err(`${message}\n`);
};

const messageOf = ({count, taken, bad}: Foreseen, isDryRun: boolean): string => {
	const jobs = count === 1 ? '1 job' : `${count} jobs`;
	const rivals = taken.filter(({destination}) => destination !== undefined).length;
	const repeats = taken.filter(one => one.repeats !== undefined && one.destination === undefined).length;
	const known = taken.length - rivals - repeats;
	return [
		isDryRun ? `would add ${jobs}; nothing was written` : `${jobs} added`,
		...(known > 0 ? [`${known} already in the queue`] : []),
		...(repeats > 0 ? [`${repeats} named twice`] : []),
		...(rivals > 0 ? [`${rivals} refused because another job is about to write the same file`] : []),
		...(bad.length > 0 ? [`${bad.length} left out`] : []),
	].join(', ');
};

const mostLooks = 100;

/** The provider of the jobs where it is the same for the first hundred, else null. */
const commonProvider = async (engine: Engine, ids: readonly JobId[]): Promise<string | null> => {
	const names = new Set<string>();
	for (const id of ids.slice(0, mostLooks)) {
		const job = await engine.show(id);
		if (job !== undefined) names.add(job.provider);
	}

	const [name] = names;
	return names.size === 1 ? (name ?? null) : null;
};
