import type {BatchId, JobId} from '../domain/job.ts';
import type {NoticeKind} from '../domain/notices.ts';
import type {Instant} from '../domain/time.ts';

/** How many jobs ended how. */
export type Ends = {readonly completed: number; readonly failed: number; readonly cancelled: number};

/** One thing that people are told, once. All texts are clean: one line each, without controls and known secrets. */
export type Notice = {
	/** The same thing has the same id, whoever asks and however often. */
	readonly id: string;
	readonly kind: NoticeKind | 'test';
	readonly at: Instant;
	readonly title: string;
	readonly message: string;
	/** Further notices that this one stands for; their titles are in its message as far as they fit. */
	readonly more: number;
	readonly job?: {
		readonly id: JobId;
		readonly title: string;
		readonly provider: string;
		readonly error: string;
		readonly code: string;
	};
	readonly batch?: {readonly id: BatchId; readonly title: string; readonly ends: Ends; readonly bytes: number};
	readonly queue?: Ends;
	readonly volume?: {readonly path: string; readonly state: string};
	readonly lane?: {readonly name: string; readonly provider: string};
};

/** Whether a rule that names these kinds wants a notice. */
export const isWanted = ({kind}: Pick<Notice, 'kind'>, kinds: readonly NoticeKind[]): boolean =>
	kind === 'test' || kinds.includes(kind) || (kind === 'needs-person' && kinds.includes('job-failed'));
