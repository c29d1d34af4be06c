import type {Batch} from '../domain/batch.ts';
import type {JobFilter, Engine, Selection} from '../engine/ports.ts';
import {parseId, parseStatuses, textOf} from './arguments.ts';
import {CommandError, exitCodes, usageError, type Options, type Verb} from './verb.ts';

/** Options that say which jobs are meant. */
export const filterOptions = [
	['--status <list>', 'jobs in these statuses, such as queued,failed'],
	['--provider <name>', 'jobs of this provider'],
	['--batch <name>', 'jobs of this batch, by title or id'],
	['--filter <text>', 'jobs with this text in title or source'],
] as const satisfies Verb['options'];

export const selectionOptions = [['--all', 'every job'], ...filterOptions] as const satisfies Verb['options'];

/** A batch by title or id; a CommandError with exit code 3 where there is none. */
export const requireBatch = async (engine: Engine, ref: string): Promise<Batch> => {
	const batch = await engine.findBatch(ref);
	if (batch === undefined) throw new CommandError(exitCodes.noSuchJob, `there is no batch \`${ref}\``);
	return batch;
};

/** The filter that the options describe. */
export const filterOf = async (engine: Engine, options: Options): Promise<JobFilter> => {
	const [status, provider, batch, text] = ['status', 'provider', 'batch', 'filter'].map(name => {
		const value = textOf(options, name);
		// An empty variable of a script must not become every job.
		if (value?.trim() === '') throw usageError(`--${name} is empty; leave it out, or say which jobs`);
		return value;
	});
	return {
		...(status === undefined ? {} : {statuses: parseStatuses(status)}),
		...(provider === undefined ? {} : {provider}),
		...(batch === undefined ? {} : {batch: (await requireBatch(engine, batch)).id}),
		...(text === undefined ? {} : {text}),
	};
};

/** The jobs that ids or options name; nothing is never everything. */
export const selectionOf = async (engine: Engine, args: readonly string[], options: Options): Promise<Selection> => {
	const ids = args.map(text => parseId(text));
	const filter = await filterOf(engine, options);
	const isAll = options['all'] === true;
	const hasFilter = Object.keys(filter).length > 0;
	if (ids.length > 0 && (isAll || hasFilter))
		throw usageError('give either ids or a selection such as --status, not both');
	if (ids.length > 0) return {ids};
	if (!isAll && !hasFilter) {
		throw usageError('say which jobs: ids, or --all, --status, --batch, --provider, --filter');
	}

	return {filter};
};
