import type {Job} from '../domain/job.ts';
import type {Provider, RunContext, RunOutcome} from '../engine/ports.ts';
import {canonicalOf, pipelineProvider, rowOfJob, withoutMark} from './request.ts';
import type {RowKey} from './stages.ts';

/**
 * Takes the row of a job for an attempt. False: somebody else has it, or it is gone, and the job has been given up; also
 * where the signal has ended the waiting.
 */
export type ClaimForAttempt = (job: Job, key: RowKey, context: RunContext) => Promise<boolean>;

/**
 * The provider of the pipeline's jobs, with the pipeline asked before each attempt: a row is taken in the moment in which
 * its download begins. Other providers, and jobs that a person has added, are none of its business.
 */
export const gated = (provider: Provider, claim: ClaimForAttempt): Provider => {
	if (provider.id !== pipelineProvider) return provider;
	const run = async (job: Job, context: RunContext): Promise<RunOutcome> => {
		const key = rowOfJob(job);
		if (key === undefined) return provider.run(job, context);
		if (!(await claim(job, key, context))) return {type: 'stopped'};
		return provider.run({...job, source: withoutMark(job.source)}, context);
	};

	return {
		...provider,
		accepts: source => provider.accepts(withoutMark(source)),
		laneOf: source => provider.laneOf(withoutMark(source)),
		canonical: source => canonicalOf(source) ?? provider.canonical(source),
		run,
	};
};
