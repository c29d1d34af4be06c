import type {z} from 'zod';
import type {ApiEngine} from './feed.ts';
import type {ProblemCode} from './problem.ts';
import type {Streams} from './streams.ts';
import type {Veil} from './veil.ts';

/** What a route may use. */
export type ApiWorld = {
	readonly engine: ApiEngine;
	readonly veil: Veil;
	readonly version: string;
	readonly streams: Streams;
	/** The document of all routes. */
	readonly openapi: () => unknown;
};

export type Answer = {
	readonly status?: number;
	readonly body: unknown;
	readonly headers?: Readonly<Record<string, string>>;
	/** Default: JSON. */
	readonly type?: string;
};

/** How one answer is documented. */
export type AnswerNotes = {readonly about: string; readonly schema?: z.ZodType; readonly type?: string};

/** What came with a request, checked. `signal` is aborted when whoever asked has gone. */
export type Input<Path, Query, Body> = {
	readonly path: Path;
	readonly query: Query;
	readonly body: Body;
	readonly signal: AbortSignal;
};

export type Route = {
	readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** With `{name}` for parameters. */
	readonly path: string;
	readonly summary: string;
	readonly tag: string;
	readonly pathSchema: z.ZodObject | undefined;
	readonly querySchema: z.ZodObject | undefined;
	readonly bodySchema: z.ZodType | undefined;
	readonly answers: Readonly<Record<number, AnswerNotes>>;
	/** Beside those that every route has. */
	readonly problems: readonly ProblemCode[];
	/** `stream`: the server answers by itself, as long as the client stays. */
	readonly handle: ((world: ApiWorld, input: Input<unknown, unknown, unknown>) => Promise<Answer>) | 'stream';
};

type Definition<Path extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> = Pick<
	Route,
	'method' | 'path' | 'summary' | 'tag' | 'answers'
> & {
	readonly problems?: readonly ProblemCode[];
	readonly params?: Path;
	readonly query?: Query;
	readonly body?: Body;
	readonly handle:
		'stream' | ((world: ApiWorld, input: Input<z.output<Path>, z.output<Query>, z.output<Body>>) => Promise<Answer>);
};

/** A route whose handler is given what its schemas have checked. */
export const route = <
	Path extends z.ZodObject = z.ZodObject,
	Query extends z.ZodObject = z.ZodObject,
	Body extends z.ZodType = z.ZodType,
>({
	params,
	query,
	body,
	problems = [],
	...rest
}: Definition<Path, Query, Body>): Route => ({
	...rest,
	problems,
	pathSchema: params,
	querySchema: query,
	bodySchema: body,
	handle: rest.handle as Route['handle'],
});
