import {setImmediate as nextTurn} from 'node:timers/promises';
import type {JobId} from '../domain/job.ts';
import {cleanText, maskSecrets, shorten} from '../domain/text.ts';
import {admit} from './admit.ts';
import type {Core} from './core.ts';
import type {AddRequest, BadSource, CommandResult, Duplicate, EngineCommand, NewJob} from './ports.ts';

/** Sources that are looked at before what runs gets a turn. */
const admittedAtOnce = 500;

/** Jobs of one transaction. Up to here all are added or none; a longer list is added in parts, and can be stopped between them. */
const addedAtOnce = 10_000;

/** Adds what can be added; with bad sources nothing, unless they are to be skipped. */
export const add = async (core: Core, command: Extract<EngineCommand, {type: 'add'}>): Promise<CommandResult> => {
	const {requests} = command;
	const work = core.works.begin({
		label: 'adding sources',
		total: requests.length,
		canCancel: requests.length > addedAtOnce,
	});
	try {
		const {jobs, bad} = await admitAll(core, requests);
		if (bad.length > 0 && command.skipBad !== true) {
			const what = bad.length === 1 ? '1 source' : `${bad.length} sources`;
			return {ok: false, code: 'bad-request', message: `${what} cannot be added; nothing was added`, bad};
		}

		const added = await addAll(core, batchTitle(command.batch), jobs, {
			signal: work.signal,
			advance: done => work.advance(bad.length + done),
		});
		return 'problem' in added ? {ok: false, code: 'store-failed', message: added.problem} : {...added, bad};
	} finally {
		work.end();
	}
};

const admitAll = async (core: Core, requests: readonly AddRequest[]): Promise<ReturnType<typeof admit>> => {
	const jobs: NewJob[] = [];
	const bad: BadSource[] = [];
	for (let from = 0; from < requests.length; from += admittedAtOnce) {
		if (from > 0) await nextTurn();
		const chunk = requests.slice(from, from + admittedAtOnce);
		await prepareFor(core, chunk);
		const part = admit(chunk, core.providers, core.settings.maxAttempts);
		jobs.push(...part.jobs);
		for (const one of part.bad) bad.push({...one, index: one.index + from});
	}

	return {jobs, bad};
};

/** Lets providers that these sources may go to look at their tools. */
const prepareFor = async ({providers}: Core, requests: readonly AddRequest[]): Promise<void> => {
	for (const provider of providers) {
		if (provider.prepare !== undefined && requests.some(({source}) => provider.accepts(source)))
			await provider.prepare();
	}
};

type Added = Omit<Extract<CommandResult, {ok: true}>, 'bad'>;

const addAll = async (
	core: Core,
	title: string | undefined,
	jobs: readonly NewJob[],
	{signal, advance}: {readonly signal: AbortSignal; readonly advance: (done: number) => void},
): Promise<Added | {readonly problem: string}> => {
	const ids: JobId[] = [];
	const duplicates: Duplicate[] = [];
	// A list of nothing is added as well: the store says what that means.
	for (let from = 0; from === 0 || from < jobs.length; from += addedAtOnce) {
		if (signal.aborted) return {ok: true, changed: ids, refused: [], duplicates, isStopped: true};
		try {
			const added = await core.store.add({title, jobs: jobs.slice(from, from + addedAtOnce)}, core.clock.now());
			ids.push(...added.ids);
			for (const duplicate of added.duplicates) {
				duplicates.push({...duplicate, source: maskSecrets(duplicate.source)});
			}

			core.events.emit({type: 'added', at: core.clock.now(), count: added.ids.length});
		} catch (error) {
			if (ids.length === 0) throw error;
			const why = error instanceof Error ? error.message : String(error);
			return {problem: `${ids.length} jobs were added, then the queue could not be changed: ${why}`};
		}

		advance(Math.min(jobs.length, from + addedAtOnce));
		if (from + addedAtOnce < jobs.length) {
			core.touch('state');
			core.wake('queue');
			await nextTurn();
		}
	}

	return {ok: true, changed: ids, refused: [], duplicates};
};

const longestBatchTitle = 500;

/** Titles that look the same are the same batch, however Unicode writes their letters; one that says nothing is none. */
export const batchTitle = (title: string | undefined): string | undefined =>
	title === undefined ? undefined : shorten(cleanText(title), longestBatchTitle) || undefined;
