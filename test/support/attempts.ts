import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, onTestFinished} from 'vitest';
import type {AttemptToken, Job, JobId} from '../../source/domain/job.ts';
import type {Provider, ProviderReport, RunContext, RunOutcome} from '../../source/engine/ports.ts';
import {endSurvivors, findSurvivors} from '../../source/system/survivors.ts';
import {temporaryDirectory} from './temp.ts';

/** A job as the engine hands it to a provider. */
export const jobFor = (source: string, more: Partial<Job> = {}): Job => ({
	id: 1 as JobId,
	batch: undefined,
	title: 'A film',
	provider: 'any',
	lane: 'any',
	source,
	identity: source,
	options: {},
	status: 'starting',
	isSourced: true,
	priority: 5,
	order: 1,
	attempts: 0,
	maxAttempts: 3,
	attempt: undefined,
	owner: undefined,
	bytes: 0,
	total: undefined,
	expectedSize: undefined,
	checksum: undefined,
	output: undefined,
	placing: undefined,
	outputPath: undefined,
	size: undefined,
	error: undefined,
	retryAt: undefined,
	createdAt: 0,
	startedAt: 0,
	endedAt: undefined,
	...more,
});

export type Attempt = {
	readonly directory: string;
	readonly token: AttemptToken;
	readonly reports: readonly ProviderReport[];
	readonly log: readonly string[];
	/** Bytes that were reported last. */
	readonly bytes: () => number;
	readonly stop: () => void;
	/** Runs the job in this directory; reports after the end fail the test. */
	readonly run: (provider: Provider, job: Job, more?: Partial<RunContext>) => Promise<RunOutcome>;
	/** Stops as soon as so many bytes were reported. */
	readonly stopAfter: (bytes: number) => void;
};

/** A private directory below an empty parent, and everything that an attempt in it tells. Its processes end with the test. */
export const newAttempt = async (parent?: string): Promise<Attempt> => {
	const directory = join(parent ?? (await temporaryDirectory()), 'job');
	await mkdir(directory, {recursive: true});
	const token = `test-${directory}-${String(process.hrtime.bigint())}` as AttemptToken;
	const reports: ProviderReport[] = [];
	const log: string[] = [];
	const late: ProviderReport[] = [];
	const controller = new AbortController();
	let threshold = Infinity;
	let isOver = false;
	const bytes = (): number => reports.findLast(report => report.bytes !== undefined)?.bytes ?? 0;
	onTestFinished(async () => {
		const left = findSurvivors(token);
		await endSurvivors(token, {killAfter: 0});
		expect({left, late}).toEqual({left: [], late: []});
	});
	return {
		directory,
		token,
		reports,
		log,
		bytes,
		stop: () => controller.abort(),
		stopAfter: most => {
			threshold = most;
		},
		run: async (provider, job, more = {}) => {
			isOver = false;
			const outcome = await provider.run(job, {
				directory,
				signal: controller.signal,
				attempt: 0,
				token,
				rateLimit: undefined,
				log: line => log.push(line),
				report: report => {
					(isOver ? late : reports).push(report);
					if ((report.bytes ?? 0) >= threshold) controller.abort();
				},
				...more,
			});
			isOver = true;
			return outcome;
		},
	};
};
