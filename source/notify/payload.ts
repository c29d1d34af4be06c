import type {NoticeKind} from '../domain/notices.ts';
import type {Notice} from './notice.ts';
import type {NtfyTarget} from './target.ts';

/*
 * A notice in the forms in which it leaves: JSON for a webhook, variables for a command, JSON for ntfy. Pure.
 */

/** What a webhook gets; fields that do not apply are null. `id` is the same however often the same notice is sent. */
export type WebhookBody = {
	readonly version: 1;
	readonly id: string;
	readonly event: NoticeKind | 'test';
	/** ISO 8601. */
	readonly at: string;
	readonly title: string;
	readonly message: string;
	/** Further notices that this one stands for. */
	readonly more: number;
	readonly job: {
		readonly id: number;
		readonly title: string;
		readonly provider: string;
		readonly error: {readonly code: string; readonly message: string};
	} | null;
	readonly batch: {
		readonly id: number;
		readonly title: string;
		readonly completed: number;
		readonly failed: number;
		readonly cancelled: number;
		/** Of completed files. */
		readonly bytes: number;
	} | null;
	/** With `queue-idle`: what has ended since the queue was idle before. */
	readonly queue: {readonly completed: number; readonly failed: number; readonly cancelled: number} | null;
	readonly volume: {readonly path: string; readonly state: string} | null;
	readonly lane: {readonly name: string; readonly provider: string} | null;
};

export const webhookBody = (notice: Notice): WebhookBody => ({
	version: 1,
	id: notice.id,
	event: notice.kind,
	at: new Date(notice.at).toISOString(),
	title: notice.title,
	message: notice.message,
	more: notice.more,
	job:
		notice.job === undefined
			? null
			: {
					id: notice.job.id,
					title: notice.job.title,
					provider: notice.job.provider,
					error: {code: notice.job.code, message: notice.job.error},
				},
	batch:
		notice.batch === undefined
			? null
			: {id: notice.batch.id, title: notice.batch.title, ...notice.batch.ends, bytes: notice.batch.bytes},
	queue: notice.queue ?? null,
	volume: notice.volume ?? null,
	lane: notice.lane ?? null,
});

/** What a command finds in its environment; a variable that does not apply is not there. */
export const commandEnvironment = (notice: Notice): Readonly<Record<string, string>> => {
	const {job, batch, volume, lane} = notice;
	const ends = batch?.ends ?? notice.queue;
	const all: Readonly<Record<string, string | number | undefined>> = {
		TIDEGATE_EVENT: notice.kind,
		TIDEGATE_EVENT_ID: notice.id,
		TIDEGATE_AT: new Date(notice.at).toISOString(),
		TIDEGATE_TITLE: notice.title,
		TIDEGATE_MESSAGE: notice.message,
		TIDEGATE_MORE: notice.more,
		TIDEGATE_JOB_ID: job?.id,
		TIDEGATE_JOB_TITLE: job?.title,
		TIDEGATE_PROVIDER: job?.provider ?? lane?.provider,
		TIDEGATE_ERROR: job?.error,
		TIDEGATE_ERROR_CODE: job?.code,
		TIDEGATE_BATCH_ID: batch?.id,
		TIDEGATE_BATCH: batch?.title,
		TIDEGATE_BYTES: batch?.bytes,
		TIDEGATE_COMPLETED: ends?.completed,
		TIDEGATE_FAILED: ends?.failed,
		TIDEGATE_CANCELLED: ends?.cancelled,
		TIDEGATE_PATH: volume?.path,
		TIDEGATE_DISK_STATE: volume?.state,
		TIDEGATE_LANE: lane?.name,
	};
	return Object.fromEntries(
		Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
	);
};

/** ntfy's own: 1 is the least urgent, 3 the usual, 5 the most urgent. Tags that name an emoji are shown as one. */
const usual: Readonly<Record<NoticeKind | 'test', {readonly priority: number; readonly tag: string}>> = {
	'batch-done': {priority: 3, tag: 'white_check_mark'},
	'queue-idle': {priority: 3, tag: 'checkered_flag'},
	'needs-person': {priority: 4, tag: 'wave'},
	'job-failed': {priority: 3, tag: 'x'},
	'disk-paused': {priority: 4, tag: 'floppy_disk'},
	'disk-resumed': {priority: 2, tag: 'floppy_disk'},
	'lane-broken': {priority: 4, tag: 'construction'},
	test: {priority: 3, tag: 'bell'},
};

/** What is posted to the root of an ntfy server (https://docs.ntfy.sh/publish/#publish-as-json). */
export const ntfyBody = (
	notice: Notice,
	target: Pick<NtfyTarget, 'topic' | 'priority' | 'tags' | 'click'>,
): Readonly<Record<string, unknown>> => ({
	topic: target.topic,
	title: notice.title,
	message: notice.message,
	priority: target.priority ?? usual[notice.kind].priority,
	tags: [usual[notice.kind].tag, ...target.tags],
	...(target.click === undefined ? {} : {click: target.click}),
});
