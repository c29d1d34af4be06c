import {z} from 'zod';
import * as answers from './answers.ts';
import {feedEvents} from './feed.ts';
import {problemKinds, problemType, type ProblemCode} from './problem.ts';
import type {Route} from './route.ts';

/*
 * The OpenAPI document, made of the table of routes and its schemas. Zod itself writes JSON Schema, which OpenAPI 3.1
 * takes as it is, so that no generator has to be loaded.
 */

type Json = Readonly<Record<string, unknown>>;

/** Problems that any request may meet. */
const usual: readonly ProblemCode[] = [
	'bad-request',
	'unauthorized',
	'foreign-origin',
	'wrong-host',
	'too-many-requests',
	'internal',
];
const ofBodies: readonly ProblemCode[] = ['too-large', 'unsupported-media-type'];

/** The document of all routes. */
export const openapiDocument = (routes: readonly Route[], version: string): Json => {
	const paths: Record<string, Record<string, unknown>> = {};
	for (const one of routes) {
		paths[one.path] = {...paths[one.path], [one.method.toLowerCase()]: operationOf(one)};
	}

	return {
		openapi: '3.1.1',
		info: {
			title: 'tidegate',
			version,
			description: `A download queue. Times are ISO 8601, sizes bytes, speeds bytes per second, durations seconds.\n\nEvents of the stream: ${Object.entries(
				feedEvents,
			)
				.map(([name, about]) => `\`${name}\`: ${about}`)
				.join(' ')}`,
			license: {name: 'MIT', identifier: 'MIT'},
		},
		servers: [{url: '/'}],
		security: [{bearer: []}, {key: []}],
		paths,
		components: {
			schemas: schemasOf(answers),
			securitySchemes: {
				bearer: {type: 'http', scheme: 'bearer'},
				key: {type: 'apiKey', in: 'header', name: 'X-API-Key'},
			},
		},
	};
};

const nameOf = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;

/** The forms of answers by their names. */
const schemasOf = (forms: Readonly<Record<string, z.ZodType>>): Json =>
	Object.fromEntries(Object.entries(forms).map(([name, schema]) => [nameOf(name), plain(schema, 'output')]));

const plain = (schema: z.ZodType, io: 'input' | 'output'): Json => {
	const {$schema: _schema, ...rest} = z.toJSONSchema(schema, {io, unrepresentable: 'any', reused: 'inline'});
	return rest;
};

const answerNames: ReadonlyMap<z.ZodType, string> = new Map<z.ZodType, string>(
	Object.entries(answers).map(([name, schema]) => [schema, `#/components/schemas/${nameOf(name)}`]),
);

const operationOf = ({method, path, summary, tag, pathSchema, querySchema, bodySchema, ...rest}: Route): Json => {
	const parameters = [...parametersOf(pathSchema, 'path'), ...parametersOf(querySchema, 'query')];
	const codes = [...usual, ...(bodySchema === undefined ? [] : ofBodies), ...rest.problems];
	return {
		operationId: `${method.toLowerCase()}${path.replaceAll(/[^a-zA-Z]+(.)?/g, (_all, first: string | undefined) => (first ?? '').toUpperCase())}`,
		summary,
		tags: [tag],
		...(parameters.length === 0 ? {} : {parameters}),
		...(bodySchema === undefined
			? {}
			: {requestBody: {required: true, content: {'application/json': {schema: plain(bodySchema, 'input')}}}}),
		responses: {...answersOf(rest.answers), ...problemsOf(codes)},
	};
};

const parametersOf = (schema: z.ZodObject | undefined, place: 'path' | 'query'): readonly Json[] => {
	if (schema === undefined) return [];
	const {properties = {}, required = []} = plain(schema, 'input') as {
		readonly properties?: Readonly<Record<string, Json>>;
		readonly required?: readonly string[];
	};
	return Object.entries(properties).map(([name, {description, ...form}]) => ({
		name,
		in: place,
		...(place === 'path' || required.includes(name) ? {required: true} : {}),
		...(description === undefined ? {} : {description}),
		schema: form,
	}));
};

const answersOf = (notes: Route['answers']): Json =>
	Object.fromEntries(
		Object.entries(notes).map(([status, {about, schema, type = 'application/json'}]) => [
			status,
			{
				description: about,
				content: {[type]: {schema: schema === undefined ? {} : {$ref: answerNames.get(schema) ?? ''}}},
			},
		]),
	);

const problemsOf = (codes: readonly ProblemCode[]): Json => {
	const byStatus = Map.groupBy(new Set(codes), code => problemKinds[code].status);
	return Object.fromEntries(
		[...byStatus].map(([status, some]) => [
			status,
			{
				description: some.map(code => `\`${code}\`: ${problemKinds[code].title}`).join('; '),
				content: {[problemType]: {schema: {$ref: '#/components/schemas/Problem'}}},
			},
		]),
	);
};
