import type {
	Attempt,
	AttemptToken,
	BatchId,
	Job,
	JobError,
	JobId,
	JobOptions,
	JobStatus,
	OwnerId,
	Placing,
} from '../../domain/job.ts';

/*
 * Rows are trusted: the CHECK constraints of the schema are the border at which they were validated, whoever wrote them.
 */

type ErrorColumns = {
	readonly error_code: string | null;
	readonly error_message: string | null;
	readonly error_class: string | null;
};

/** A row of `jobs`. */
export type JobRow = ErrorColumns & {
	readonly id: number;
	readonly batch: number | null;
	readonly title: string;
	readonly provider: string;
	readonly lane: string;
	readonly source: string;
	readonly identity: string;
	readonly options: string;
	readonly status: string;
	readonly is_sourced: number;
	readonly priority: number;
	readonly sort_key: number;
	readonly attempts: number;
	readonly max_attempts: number;
	readonly attempt: string | null;
	readonly owner: string | null;
	readonly bytes: number;
	readonly total: number | null;
	readonly expected_size: number | null;
	readonly checksum: string | null;
	readonly output: string | null;
	readonly placing: string | null;
	readonly output_path: string | null;
	readonly size: number | null;
	readonly retry_at: number | null;
	readonly created_at: number;
	readonly started_at: number | null;
	readonly ended_at: number | null;
	/** Only where it was asked for. */
	readonly ran_for?: number | null;
};

/** A row of `attempts`. */
export type AttemptRow = ErrorColumns & {
	readonly number: number;
	readonly token: string;
	readonly owner: string;
	readonly started_at: number;
	readonly ended_at: number | null;
	readonly outcome: string | null;
	readonly bytes: number;
};

export const toJob = (row: JobRow): Job => ({
	id: row.id as JobId,
	batch: (row.batch ?? undefined) as BatchId | undefined,
	title: row.title,
	provider: row.provider,
	lane: row.lane,
	source: row.source,
	identity: row.identity,
	options: row.options === '{}' ? noOptions : (JSON.parse(row.options) as JobOptions),
	status: row.status as JobStatus,
	isSourced: row.is_sourced === 1,
	priority: row.priority,
	order: row.sort_key,
	attempts: row.attempts,
	maxAttempts: row.max_attempts,
	attempt: (row.attempt ?? undefined) as AttemptToken | undefined,
	owner: (row.owner ?? undefined) as OwnerId | undefined,
	bytes: row.bytes,
	total: row.total ?? undefined,
	expectedSize: row.expected_size ?? undefined,
	checksum: row.checksum ?? undefined,
	output: row.output ?? undefined,
	placing: row.placing === null ? undefined : (JSON.parse(row.placing) as Placing),
	outputPath: row.output_path ?? undefined,
	size: row.size ?? undefined,
	error: toError(row),
	retryAt: row.retry_at ?? undefined,
	createdAt: row.created_at,
	startedAt: row.started_at ?? undefined,
	endedAt: row.ended_at ?? undefined,
	...(typeof row.ran_for === 'number' ? {ranFor: row.ran_for} : {}),
});

export const toAttempt = (row: AttemptRow): Attempt => ({
	number: row.number,
	token: row.token as AttemptToken,
	owner: row.owner as OwnerId,
	startedAt: row.started_at,
	endedAt: row.ended_at ?? undefined,
	outcome: row.outcome ?? undefined,
	error: toError(row),
	bytes: row.bytes,
});

const noOptions: JobOptions = {};

const toError = (row: ErrorColumns): JobError | undefined =>
	row.error_code === null || row.error_message === null || row.error_class === null
		? undefined
		: ({code: row.error_code, message: row.error_message, class: row.error_class} as JobError);
