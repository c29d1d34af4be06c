import type {JobId} from '../domain/job.ts';
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
	return {ids: done.changed, duplicates: done.duplicates ?? [], bad};
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
export const whyDuplicate = ({id, destination}: Duplicate): string =>
	destination === undefined
		? `already in the queue as job ${id}`
		: `job ${id} is about to write the same file, ${plain(destination)}`;

const mostDuplicatesShown = 20;

/** Prints the answer to an addition: the ids, or the document that scripts expect. */
export const printAdded = async (
	context: CommandContext,
	engine: Engine,
	added: Added & {readonly provider?: string | undefined; readonly language?: string | undefined},
): Promise<void> => {
	const {ids, duplicates} = added;
	const message = messageOf(added, context.globals.isDryRun);
	if (context.globals.isJson) {
		printJson(context, {
			success: ids.length > 0 || duplicates.length > 0,
			message,
			episode_count: ids.length,
			// The ids of a rehearsal are nobody's.
			queue_ids: context.globals.isDryRun ? [] : ids,
			max_concurrent: engine.getSnapshot().workers,
			provider: added.provider ?? (await commonProvider(engine, ids)),
			language: added.language ?? null,
			duplicates,
		});
		return;
	}

	if (ids.length > 0 && !context.globals.isDryRun) context.io.out(`${ids.join('\n')}\n`);
	for (const duplicate of duplicates.slice(0, mostDuplicatesShown)) {
		context.io.err(`${whyDuplicate(duplicate)}: ${plain(duplicate.source)}\n`);
	}

	context.io.err(`${message}\n`);
};

const messageOf = ({ids, duplicates, bad}: Added, isDryRun: boolean): string => {
	const jobs = ids.length === 1 ? '1 job' : `${ids.length} jobs`;
	const rivals = duplicates.filter(({destination}) => destination !== undefined).length;
	const known = duplicates.length - rivals;
	return [
		isDryRun ? `would add ${jobs}; nothing was written` : `${jobs} added`,
		...(known > 0 ? [`${known} already in the queue`] : []),
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
