import {readFileSync} from 'node:fs';
import type {BatchId, JobDetail, JobId, JobView} from '../../../source/domain/job.ts';
import type {EngineSnapshot} from '../../../source/domain/snapshot.ts';
import {scriptedEngine, type ScriptedEngine} from '../scripted-engine.ts';

/** One moment of a run of the demo: all that a screen may ask of the engine then. */
export type RecordedMoment = {
	readonly snapshot: EngineSnapshot;
	readonly jobs: readonly JobView[];
	readonly batches: ReadonlyArray<{readonly id: BatchId; readonly title: string}>;
	/** Of the jobs that have failed. */
	readonly details: readonly JobDetail[];
	readonly logs: ReadonlyArray<{readonly id: JobId; readonly lines: readonly string[]}>;
};

/** A recording as it is kept. JSON has no undefined: fields without a value are not there, which reads the same. */
export const readMoment = (path: string): RecordedMoment => JSON.parse(readFileSync(path, 'utf8')) as RecordedMoment;

/** An engine that stands still at that moment. */
export const replay = ({snapshot, jobs, batches, details, logs}: RecordedMoment): ScriptedEngine => {
	const engine = scriptedEngine(snapshot, jobs);
	for (const {id, title} of batches) engine.setBatch(id, title);
	for (const {id, lines} of logs) engine.setLog(id, lines);
	return Object.assign(engine, {
		show: async (id: JobId): Promise<JobDetail | undefined> => details.find(detail => detail.id === id),
	});
};
