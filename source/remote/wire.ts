import {z} from 'zod';
import {jobStatuses} from '../domain/job.ts';
import {sortKeys, type Engine, type EngineCommand, type GroupedQuery, type JobQuery} from '../engine/ports.ts';
import type {CallName} from './wire-names.ts';

/*
 * What travels between an Engine and its client: JSON over HTTP. Everything that comes in is checked here, once.
 * Answers need no codec: they are plain data, and what is undefined is left out.
 */

/** The largest request: about half a million sources in one command. */
export const mostRequestBytes = 128 * 1024 * 1024;

const id = z.int().min(1);
const ids = z.array(id).max(1_000_000);
const text = z.string().max(20_000);

const filter = z.strictObject({
	statuses: z.array(z.enum(jobStatuses)).max(jobStatuses.length).exactOptional(),
	provider: text.exactOptional(),
	batch: id.exactOptional(),
	text: text.exactOptional(),
});

const pageRange = z.strictObject({
	limit: z.int().min(1).max(1000).exactOptional(),
	after: text.exactOptional(),
	before: text.exactOptional(),
	from: z.union([z.int().min(0), z.literal('end')]).exactOptional(),
	isNumbered: z.boolean().exactOptional(),
});

const groupedQuery = z.strictObject({
	...pageRange.shape,
	statuses: z.array(z.enum(jobStatuses)).max(jobStatuses.length),
	open: z.array(id).max(1000),
	isDescending: z.boolean().exactOptional(),
});

const query = z.strictObject({
	...filter.shape,
	sort: z.enum(sortKeys).exactOptional(),
	isDescending: z.boolean().exactOptional(),
	...pageRange.shape,
	withSecrets: z.boolean().exactOptional(),
});

const number = z.number();
const track = z.strictObject({
	title: text,
	artists: z.array(text).max(50),
	album: text.exactOptional(),
	albumArtist: text.exactOptional(),
	number: number.exactOptional(),
	numberOf: number.exactOptional(),
	disc: number.exactOptional(),
	discOf: number.exactOptional(),
	date: text.exactOptional(),
	duration: number.exactOptional(),
	isrc: text.exactOptional(),
	genre: text.exactOptional(),
	cover: text.exactOptional(),
	musicBrainz: z
		.strictObject({
			recording: text.exactOptional(),
			track: text.exactOptional(),
			release: text.exactOptional(),
			releaseGroup: text.exactOptional(),
			artist: text.exactOptional(),
		})
		.exactOptional(),
	link: text.exactOptional(),
});

const options = z.strictObject({
	language: text.exactOptional(),
	hoster: text.exactOptional(),
	quality: text.exactOptional(),
	episode: number.exactOptional(),
	track: track.exactOptional(),
	fields: z.record(z.string().max(100), text).exactOptional(),
});

const request = z.strictObject({
	source: z.string().max(100_000),
	provider: text.exactOptional(),
	title: text.exactOptional(),
	options: options.exactOptional(),
	priority: z.number().exactOptional(),
	maxAttempts: z.number().exactOptional(),
	isPaused: z.boolean().exactOptional(),
	output: text.exactOptional(),
	expectedSize: z.number().exactOptional(),
	checksum: text.exactOptional(),
});

const statuses = z.array(z.enum(jobStatuses)).max(jobStatuses.length);
const selection = z.union([
	z.strictObject({ids, statuses: statuses.exactOptional()}),
	z.strictObject({filter, except: ids.exactOptional()}),
]);
const place = z.union([z.strictObject({at: z.enum(['top', 'bottom'])}), z.strictObject({before: id})]);

/** Every command, as it may come from outside. */
export const commandSchema = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('add'),
		requests: z.array(request).max(1_000_000),
		batch: text.exactOptional(),
		skipBad: z.boolean().exactOptional(),
	}),
	z.strictObject({
		type: z.enum(['pause', 'resume', 'retry', 'cancel', 'remove']),
		selection,
		continues: z.boolean().exactOptional(),
	}),
	z.strictObject({type: z.enum(['pause-queue', 'resume-queue'])}),
	z.strictObject({
		type: z.literal('upgrade'),
		ids,
		quality: text,
		output: text.exactOptional(),
		priority: z.int().min(0).max(9).exactOptional(),
		isPaused: z.boolean().exactOptional(),
	}),
	z.strictObject({type: z.literal('prioritise'), ids, priority: z.int().min(0).max(9)}),
	z.strictObject({type: z.literal('reorder'), ids, place}),
	z.strictObject({type: z.enum(['undo', 'redo'])}),
	z.strictObject({type: z.literal('set-workers'), count: z.number()}),
	z.strictObject({type: z.literal('set-limit'), rate: z.number().nullable().exactOptional()}),
	z.strictObject({type: z.enum(['wake', 'measure-disk', 'reload'])}),
	z.strictObject({type: z.literal('cancel-work'), id}),
]);

/** The command in a JSON value; throws a ZodError that says what is wrong with it. Brands are put on here. */
export const parseCommand = (value: unknown): EngineCommand => commandSchema.parse(value) as EngineCommand;

const none = z.strictObject({});
const range = z.union([
	z.strictObject({tail: z.int().min(0).max(100_000)}),
	z.strictObject({from: z.int().min(0), limit: z.int().min(1).max(100_000)}),
	z.strictObject({before: z.int().min(0), limit: z.int().min(1).max(100_000)}),
]);

/** The calls of an Engine with the form of their request. */
export const callSchemas = {
	list: query,
	'list-grouped': groupedQuery,
	show: z.strictObject({id}),
	'find-batch': z.strictObject({ref: text}),
	'read-log': z.strictObject({id, range}),
	statistics: none,
	health: none,
	findings: none,
	expand: z.strictObject({
		reference: text,
		kind: z.enum(['album', 'playlist']).exactOptional(),
		provider: text.exactOptional(),
		isDryRun: z.boolean().exactOptional(),
	}),
	preview: z.strictObject({requests: z.array(request).max(1_000_000)}),
	send: commandSchema,
} as const satisfies Record<CallName, z.ZodType>;

type Parsed<Name extends CallName> = z.infer<(typeof callSchemas)[Name]>;

/** Carries out a call that has been checked. An answer that is undefined travels as null. */
export const answer = async (
	engine: Engine,
	name: CallName,
	body: unknown,
	/** Aborted when whoever asked has gone. */
	signal?: AbortSignal,
): Promise<unknown> => {
	switch (name) {
		case 'list':
			return engine.list(callSchemas.list.parse(body) as unknown as JobQuery);
		case 'list-grouped':
			return engine.listGrouped(callSchemas['list-grouped'].parse(body) as unknown as GroupedQuery);
		case 'show':
			return engine.show(idOf(callSchemas.show.parse(body)));
		case 'find-batch':
			return engine.findBatch(callSchemas['find-batch'].parse(body).ref);
		case 'read-log': {
			const parsed: Parsed<'read-log'> = callSchemas['read-log'].parse(body);
			return engine.readLog(idOf(parsed), parsed.range);
		}

		case 'statistics':
			none.parse(body);
			return engine.statistics();
		case 'health':
			none.parse(body);
			return engine.health();
		case 'findings':
			none.parse(body);
			return engine.findings();
		case 'preview':
			return engine.preview(callSchemas.preview.parse(body).requests);
		case 'expand': {
			const {reference, ...asked} = callSchemas.expand.parse(body);
			return engine.expand(reference, {...asked, ...(signal === undefined ? {} : {signal})});
		}

		case 'send':
			return engine.send(parseCommand(body));
	}
};

const idOf = (parsed: {readonly id: number}): Parameters<Engine['show']>[0] =>
	parsed.id as Parameters<Engine['show']>[0];
