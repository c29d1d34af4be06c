import type {Failure} from '../../domain/failure.ts';
import type {Job} from '../../domain/job.ts';
import {hideValues, longFirst, secretsIn} from '../../domain/text.ts';
import type {Provider, RunContext} from '../../engine/ports.ts';

/**
 * The provider with a mouth that keeps secrets: what it and its tool say (log, phase, title, failure, name of the file) holds
 * none of the values that it was configured with, and none that the job's own address carries. Masking by pattern
 * cannot do that: a tool may print a bare password.
 *
 * @param known asked at each attempt, because a file of cookies changes
 */
export const hidingSecrets = (provider: Provider, known: () => readonly string[]): Provider => {
	const {search} = provider;
	return {
		...provider,
		async run(job, context) {
			const values = valuesFor(job, known);
			const outcome = await orQuietError(provider.run(job, quiet(context, values)), values);
			if (outcome.type === 'failed') return {...outcome, failure: quietFailure(outcome.failure, values)};
			return outcome.type === 'fetched' ? {...outcome, name: hideValues(outcome.name, values)} : outcome;
		},
		...(search === undefined
			? {}
			: {
					async search(job: Job, context: RunContext) {
						const values = valuesFor(job, known);
						const outcome = await orQuietError(search.call(provider, job, quiet(context, values)), values);
						return outcome.type === 'failed' ? {...outcome, failure: quietFailure(outcome.failure, values)} : outcome;
					},
				}),
	};
};

const valuesFor = (job: Job, known: () => readonly string[]): readonly string[] =>
	longFirst([...known(), ...secretsIn(job.source)]);

const quiet = (context: RunContext, values: readonly string[]): RunContext =>
	values.length === 0
		? context
		: {
				...context,
				log: line => context.log(hideValues(line, values)),
				report(report) {
					const {title, phase} = report;
					context.report({
						...report,
						...(title === undefined ? {} : {title: hideValues(title, values)}),
						...(phase === undefined ? {} : {phase: hideValues(phase, values)}),
					});
				},
			};

/** What a provider throws is a defect, and told as one: with its stack, in the log of the job. */
const orQuietError = <Outcome>(outcome: Promise<Outcome>, values: readonly string[]): Promise<Outcome> =>
	outcome.catch((error: unknown) => Promise.reject(quietError(error, values)));

const quietError = (error: unknown, values: readonly string[]): Error => {
	const known = error instanceof Error ? error : new Error(String(error));
	const told = new Error(hideValues(known.message, values));
	told.stack = hideValues(known.stack ?? '', values);
	return told;
};

const quietFailure = (failure: Failure, values: readonly string[]): Failure => ({
	...failure,
	message: hideValues(failure.message, values),
	...(failure.detail === undefined ? {} : {detail: hideValues(failure.detail, values)}),
});
