import type {BatchId, Job, JobId} from '../domain/job.ts';
import {add} from './add.ts';
import type {Core} from './core.ts';
import type {AddRequest, CommandResult, Duplicate, EngineCommand, Provider, Refusal} from './ports.ts';

type Upgrade = Extract<EngineCommand, {type: 'upgrade'}>;
type Wanted = {readonly id: JobId; readonly request: AddRequest};

/**
 * Adds a second job for each completed one, in another quality: the file goes beside the first, and a quality that was
 * asked for before is a duplicate.
 */
export const upgrade = async (core: Core, command: Upgrade): Promise<CommandResult> => {
	const refused: Refusal[] = [];
	const groups = new Map<BatchId | undefined, Wanted[]>();
	for (const id of new Set(command.ids)) {
		const job = await core.store.get(id);
		const reason = job === undefined ? 'there is no such job' : whyNot(job);
		if (job === undefined || reason !== undefined) {
			refused.push({id, reason: reason ?? ''});
			continue;
		}

		const provider = core.providers.find(one => one.id === job.provider);
		groups.set(job.batch, [...(groups.get(job.batch) ?? []), {id, request: requestOf(job, provider, command)}]);
	}

	const changed: JobId[] = [];
	const duplicates: Duplicate[] = [];
	for (const [batch, wanted] of groups) {
		const title = batch === undefined ? undefined : (await core.store.batch(batch))?.title;
		const requests = wanted.map(({request}) => request);
		const batched = title === undefined ? {} : {batch: title};
		const result = await add(core, {type: 'add', requests, ...batched, skipBad: true});
		if (!result.ok) return result;
		changed.push(...result.changed);
		duplicates.push(...(result.duplicates ?? []));
		for (const {index, problem} of result.bad ?? []) {
			const id = wanted[index]?.id;
			if (id !== undefined) refused.push({id, reason: problem});
		}

		if (result.isStopped === true) return {ok: true, changed, refused, duplicates, isStopped: true};
	}

	return {ok: true, changed, refused, duplicates};
};

/** What keeps a job from getting a better one, in words. */
export const whyNot = ({status}: Pick<Job, 'status'>): string | undefined =>
	status === 'completed' ? undefined : `it is ${status}; only a completed job gets a second one`;

/** Size and sum are those of the other file, and stay with it. */
const requestOf = (job: Job, provider: Provider | undefined, command: Upgrade): AddRequest => {
	const output = command.output ?? job.output;
	return {
		source: sourceOf(job, provider),
		provider: job.provider,
		title: job.title,
		options: {...job.options, quality: command.quality},
		priority: command.priority ?? job.priority,
		...(output === undefined ? {} : {output}),
		...(command.isPaused === undefined ? {} : {isPaused: command.isPaused}),
	};
};

/** What a search has found has the quality that it was found for: another one is searched for anew. */
const sourceOf = (job: Job, provider: Provider | undefined): string => {
	if (provider?.abilities.needsSearch !== true) return job.source;
	const {track} = job.options;
	const [, asAdded = ''] = job.identity.split('\u001F');
	return (track === undefined ? undefined : provider.sourceOfTrack?.(track)) ?? (asAdded || job.source);
};
