import type {Failure} from '../domain/failure.ts';
import {parseTemplate} from '../domain/organise.ts';
import type {Finisher, Verdict} from '../engine/ports.ts';
import {realFiles, type FileOperations} from '../system/files.ts';
import {isInPlace, placeArtefact, type Placed} from './place.ts';
import {createPrivateDirectories} from './private-directory.ts';
import {chooseTarget, expectedTarget} from './target.ts';
import type {ProbeMode} from './playable.ts';
import {refineArtefact, type RefineStep} from './refine.ts';
import {verifyArtefact} from './verify.ts';

export type FinisherOptions = {
	/** The storage root, absolute. */
	readonly storage: string;
	/** Names the queue: several may share a storage, and each has jobs 1, 2, 3. One path component. */
	readonly queue: string;
	/** The output template of jobs that have none of their own. It was checked with the configuration. */
	readonly template: string;
	/** Whether the storage's volume is there; without it, an existing folder is enough. */
	readonly isMounted?: () => Promise<boolean>;
	/** When ffprobe is asked whether a media file plays. Default: never. */
	readonly probe?: ProbeMode;
	/** What is done to a file between its check and its place, in this order. Default: nothing. */
	readonly steps?: readonly RefineStep[];
	/** The file operations, where a test wants others. */
	readonly files?: FileOperations;
};

type Refused = {readonly ok: false; readonly failure: Failure};

/** Verifies and places what providers have fetched. Throws where the template is none. */
export const createFinisher = (options: FinisherOptions): Finisher => {
	const {storage, queue, files = realFiles, steps = []} = options;
	const parsed = parseTemplate(options.template);
	if ('problem' in parsed) throw new TypeError(parsed.problem);
	const privateDirectories = createPrivateDirectories({storage, queue}, options.isMounted, files);
	const {directoryOf} = privateDirectories;
	// On a volume that is gone, every file is gone: that is no fault of the job and costs it nothing.
	const unlessUnmounted = async <Answer extends Verdict | Placed>(answer: Answer): Promise<Answer | Refused> => {
		if (answer.ok || answer.failure.code !== 'no-artefact') return answer;
		if (options.isMounted === undefined || (await options.isMounted())) return answer;
		return {ok: false, failure: {code: 'volume-missing', message: `the volume of ${storage} is not mounted`}};
	};

	return {
		...privateDirectories,
		verify: async (job, outcome, signal) =>
			unlessUnmounted(await verifyArtefact(directoryOf(job.id), job, outcome, signal, files, options.probe)),
		refine: (job, outcome, verified, help) =>
			refineArtefact(
				{directory: directoryOf(job.id), job, outcome, verified, help},
				{steps, files, ...(options.probe === undefined ? {} : {probe: options.probe})},
			),
		target: (job, batchTitle, fileName) => chooseTarget(storage, job, batchTitle, fileName, parsed.template, files),
		expectedTarget: (job, batchTitle) => expectedTarget(job, batchTitle, parsed.template),
		place: async (job, placing) =>
			unlessUnmounted(await placeArtefact({storage, queue}, directoryOf(job.id), job.id, placing, files)),
		async isPlaced(job, placing) {
			if (options.isMounted !== undefined && !(await options.isMounted())) {
				throw new Error(`the volume of ${storage} is not mounted`);
			}

			return isInPlace({storage, queue}, directoryOf(job.id), job.id, placing, files);
		},
	};
};
