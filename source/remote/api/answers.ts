import {z} from 'zod';
import {jobStatuses} from '../../domain/job.ts';
import {problemKinds} from './problem.ts';
import {feedEvents} from './feed.ts';

/*
 * What the API answers. These forms are documented, and real answers are held to them in the tests; nothing is checked
 * against them while it is sent.
 */

const time = z.iso.datetime();
const bytes = z.number().min(0).describe('bytes');
const jobId = z.int().min(1);
const countsByStatus = z
	.object(Object.fromEntries(jobStatuses.map(status => [status, z.int().min(0)])))
	.describe('jobs by status');

export const hold = z.object({
	reason: z.string().describe('such as `workers-busy` or `disk-paused`'),
	until: time.optional().describe('when it may change by itself'),
	detail: z.string().describe('the same for people'),
});

const jobError = z.object({
	code: z.string(),
	message: z.string(),
	class: z.enum(['transient', 'permanent', 'environment', 'person']),
});

const jobFields = {
	id: jobId,
	batch: z.string().nullable().describe('title of its batch'),
	batch_id: z.int().nullable(),
	title: z.string(),
	provider: z.string(),
	source: z.string().describe('without logins and signatures'),
	status: z.enum(jobStatuses),
	hold: hold.nullable().describe('why it does not run'),
	priority: z.int().min(0).max(9),
	attempts: z.int().min(0),
	max_attempts: z.int().min(1),
	progress: z
		.object({
			bytes,
			total: bytes.nullable(),
			speed: z.number().describe('bytes per second'),
			eta: z.number().nullable().describe('seconds'),
		})
		.nullable(),
	error: jobError.nullable(),
	output_path: z.string().nullable().describe('below the storage folder'),
	size: bytes.nullable(),
	created_at: time.nullable(),
	started_at: time.nullable(),
	completed_at: time.nullable(),
	retry_at: time.nullable(),
};

export const job = z.object(jobFields);
export const activeJob = z.object({...jobFields, slot: z.int(), phase: z.string()});

export const jobDetail = z.object({
	...jobFields,
	ended_at: time.nullable(),
	options: z.record(z.string(), z.unknown()),
	output: z.string().nullable().describe('its path template'),
	expected_size: bytes.nullable(),
	checksum: z.string().nullable(),
	candidates: z.array(z.record(z.string(), z.unknown())).describe('what a search has found, best first'),
	history: z.array(
		z.object({
			number: z.int(),
			started_at: time.nullable(),
			ended_at: time.nullable(),
			outcome: z.string().nullable(),
			error: jobError.nullable(),
			bytes,
		}),
	),
});

export const jobPage = z.object({
	jobs: z.array(job),
	next: z.string().nullable().describe('cursor for `after`, where more may follow'),
});

const duplicates = z.array(
	z.object({
		source: z.string(),
		id: jobId.describe('the job that has it'),
		destination: z.string().nullable().describe('where both would write their file'),
	}),
);

/** What 000 lists, and what was not added. */
export const added = z.object({
	success: z.boolean(),
	message: z.string(),
	episode_count: z.int().min(0).describe('jobs that were added'),
	queue_ids: z.array(jobId).describe('one id for each of them'),
	max_concurrent: z.int().describe('jobs that run at once'),
	language: z.string().nullable(),
	provider: z.string().nullable().describe('as it was asked for, else the one that fetches them'),
	duplicates,
	skipped: z.array(z.object({what: z.string(), why: z.string()})).describe('what could not be added'),
	notes: z.array(z.string()),
});

export const changed = z.object({
	success: z.boolean(),
	changed: z.array(jobId),
	refused: z.array(z.object({id: jobId, reason: z.string()})),
});

export const changedOne = z.object({success: z.boolean(), id: jobId, job: job.nullable().describe('null: removed')});

export const active = z.object({
	at: time.nullable(),
	count: z.int(),
	max_concurrent: z.int(),
	rate: z.number().describe('bytes per second of all together'),
	downloads: z.array(activeJob),
});

const mark = z.record(z.string(), z.number());
const volume = z.object({
	id: z.string(),
	path: z.string(),
	state: z.string(),
	detail: z.string().nullable(),
	since: time.nullable(),
	free: bytes.nullable(),
	total: bytes.nullable(),
	used: bytes.nullable(),
	reserved: bytes,
	marks: z.object({used: mark.nullable(), free: mark}),
	time_to_full: z.number().nullable().describe('seconds'),
	breakdown: z.record(z.string(), z.number()).nullable(),
});

export const disk = z.object({volumes: z.array(volume), breakdown: z.record(z.string(), z.number())});

const breaker = z.enum(['closed', 'open', 'half-open']);
const lane = z.object({
	id: z.string(),
	provider: z.string(),
	running: z.int(),
	limit: z.int(),
	state: breaker,
	failure_count: z.int(),
	last_success: time.nullable(),
	last_failure: time.nullable(),
	hold: hold.nullable(),
});

const breakerFields = {
	state: breaker,
	failure_count: z.int(),
	last_success: time.nullable(),
	last_failure: time.nullable(),
};

export const health = z.object({
	...breakerFields,
	is_scheduling: z.boolean(),
	providers: z.record(
		z.string(),
		z.object({
			...breakerFields,
			held_until: time.nullable(),
			tool: z.object({
				name: z.string(),
				found: z.boolean(),
				version: z.string().nullable(),
				problem: z.string().nullable(),
				fix: z.string().nullable(),
			}),
			lanes: z.array(lane),
		}),
	),
});

const throughput = z.object({now: z.number(), last_minute: z.number()}).describe('bytes per second');

export const stats = z.object({
	total: z.int(),
	active: z.int(),
	completed: z.int(),
	failed: z.int(),
	counts: countsByStatus,
	success_rate: z.number().min(0).max(1).nullable(),
	sizes: z.object({average: z.number(), least: z.number(), most: z.number(), sum: z.number()}).nullable(),
	batches: z.array(z.object({id: z.int(), title: z.string(), counts: countsByStatus, bytes})),
	top_errors: z.array(z.object({code: z.string(), message: z.string(), count: z.int()})),
	throughput,
	resources: z.object({
		memory: bytes,
		cpu: z.number(),
		network: throughput,
		disk: z.array(
			z.object({
				path: z.string(),
				free: bytes.nullable(),
				total: bytes.nullable(),
				used: bytes.nullable(),
				reserved: bytes,
				fill_rate: z.number(),
			}),
		),
	}),
	pipeline: z.record(z.string(), z.unknown()).optional().describe('of the anime pipeline, where there is one'),
});

export const state = z.object({
	at: time.nullable(),
	revision: z.int(),
	is_scheduling: z.boolean(),
	is_queue_paused: z.boolean(),
	is_stopping: z.boolean(),
	workers: z.int(),
	counts: countsByStatus,
	active: z.array(z.object({...jobFields, slot: z.int(), phase: z.string()}).omit({batch_id: true})),
	volumes: z.array(volume),
	lanes: z.array(lane),
	rate: z.number(),
	limit: z.number().nullable(),
	resources: z.object({memory: bytes, cpu: z.number()}),
	notices: z.array(z.string()),
	works: z.array(z.object({id: z.int(), label: z.string(), done: z.number(), total: z.number().nullable()})),
});

export const log = z.object({
	lines: z.array(z.string()),
	from: z.int().min(0).describe('byte of the first line; `before` it stands what is earlier'),
	next: z.int().min(0).describe('byte to go on from'),
});

export const batch = z.object({
	id: z.int(),
	title: z.string(),
	jobs: z.int(),
	ended: z.int(),
	completed: z.int(),
	failed: z.int(),
	cancelled: z.int(),
	bytes,
	expected_bytes: bytes.nullable(),
	is_complete: z.boolean(),
});
export const batchPage = z.object({batches: z.array(batch), next: z.string().nullable()});

export const workers = z.object({success: z.boolean(), workers: z.int()});
export const limit = z.object({success: z.boolean(), limit: z.number().nullable().describe('bytes per second')});
export const queue = z.object({success: z.boolean(), is_queue_paused: z.boolean()});

export const problem = z.object({
	type: z.string(),
	title: z.string(),
	status: z.int(),
	detail: z.string(),
	code: z.enum(Object.keys(problemKinds) as [keyof typeof problemKinds]),
	errors: z.array(z.object({pointer: z.string(), detail: z.string()})).optional(),
	success: z.literal(false),
	error: z.string().describe('the same as `detail`'),
});

/** A message of the WebSocket; of server-sent events, `data` is this `data`. */
export const message = z.object({
	id: z.string().describe('for `Last-Event-ID`'),
	event: z.enum(Object.keys(feedEvents) as [keyof typeof feedEvents]),
	data: z.record(z.string(), z.unknown()),
});
