/*
 * What cannot be done is told as problem details (RFC 9457).
 */
import type {CommandProblem} from '../../engine/ports.ts';

/** Every problem that the API tells, with its status and its title. */
export const problemKinds = {
	'bad-request': {status: 400, title: 'The request is not understood'},
	unauthorized: {status: 401, title: 'The token is missing or wrong'},
	'foreign-origin': {status: 403, title: 'Requests of other web sites are refused'},
	'not-found': {status: 404, title: 'There is no such resource'},
	'no-such-job': {status: 404, title: 'There is no such job'},
	refused: {status: 409, title: 'This is refused in the present state'},
	'too-large': {status: 413, title: 'The request is too large'},
	'unsupported-media-type': {status: 415, title: 'The body has to be JSON'},
	'wrong-host': {status: 421, title: 'The server is not called by this name'},
	'bad-source': {status: 422, title: 'It cannot be added'},
	'too-many-requests': {status: 429, title: 'Too many requests'},
	internal: {status: 500, title: 'An error that nobody expected'},
	'catalog-failed': {status: 502, title: 'The catalog could not be read'},
	'no-scheduler': {status: 503, title: 'The scheduler does not answer'},
	'store-failed': {status: 503, title: 'The queue cannot be written'},
	'too-many-streams': {status: 503, title: 'Too many clients follow the events'},
} as const satisfies Record<string, {readonly status: number; readonly title: string}>;

export type ProblemCode = keyof typeof problemKinds;

/** Where in the request something is wrong, as a JSON pointer or the name of a parameter. */
export type ProblemPlace = {readonly pointer: string; readonly detail: string};

export type Problem = {
	readonly code: ProblemCode;
	readonly detail: string;
	readonly errors?: readonly ProblemPlace[];
	readonly headers?: Readonly<Record<string, string>>;
};

/** Ends a request with a problem; anything else that is thrown there is a defect. */
export class ProblemError extends Error {
	readonly problem: Problem;

	constructor(code: ProblemCode, detail: string, more: Omit<Problem, 'code' | 'detail'> = {}) {
		super(detail);
		this.problem = {code, detail, ...more};
	}
}

/** The document that is sent. `success` and `error` are what clients of AniWorld-Downloader look at. */
export const problemJson = ({code, detail, errors}: Problem): Readonly<Record<string, unknown>> => ({
	type: 'about:blank',
	title: problemKinds[code].title,
	status: problemKinds[code].status,
	detail,
	code,
	...(errors === undefined ? {} : {errors}),
	success: false,
	error: detail,
});

export const problemType = 'application/problem+json';

/** What a refused command is told as. */
export const codeOfCommand = {
	'bad-request': 'bad-request',
	'no-such-job': 'no-such-job',
	refused: 'refused',
	'no-scheduler': 'no-scheduler',
	'store-failed': 'store-failed',
} as const satisfies Record<CommandProblem, ProblemCode>;
