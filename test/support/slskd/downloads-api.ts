import {randomUUID} from 'node:crypto';
import {guid, isObject, type Answer, type Api, type Request} from './api.ts';
import type {Downloads, Wanted} from './downloads.ts';
import type {Traits} from './scenario.ts';
import {shownTransfer, type Batch, type Transfer} from './transfer.ts';

/** Answers what is below `/transfers/downloads`; `parts` is the rest of the path, still encoded. */
export const downloadsAnswer = async (api: Api, request: Request, parts: readonly string[]): Promise<Answer> => {
	const {downloads, traits} = api;
	const {method, query} = request;
	const [encoded, id, rest] = parts;
	if (encoded === undefined) {
		const all = downloads.list(query.get('includeRemoved')?.toLowerCase() === 'true');
		return {status: 200, body: nested(api, all)};
	}

	if (encoded === 'batches' && traits.hasBatches)
		return method === 'POST' && id === undefined ? enqueueBatch(api, request.body) : showBatch(api, id ?? '');
	if (method === 'DELETE' && encoded === 'all' && id === 'completed') {
		for (const transfer of downloads.list(false)) downloads.remove(transfer.id);
		return {status: 204};
	}

	const username = decoded(encoded, traits);
	if (method === 'POST') return enqueueFiles(api, username, request.body);
	if (id === undefined) {
		const [own] = nested(
			api,
			downloads.list(false).filter(transfer => transfer.username === username),
		);
		return own === undefined ? {status: 404} : {status: 200, body: own};
	}

	if (!guid.test(id)) return {status: 400};
	if (method === 'DELETE') {
		downloads.cancel(id);
		if (query.get('remove')?.toLowerCase() === 'true') downloads.remove(id);
		return {status: 204};
	}

	const transfer = downloads.find(id);
	if (transfer?.username !== username) return {status: 404};
	if (rest === 'position') return {status: 200, body: downloads.position(id)};
	return {status: 200, body: shownTransfer(transfer, traits.hasBatches, Date.now())};
};

/** A user name as the binder reads it from the path: decoded once. */
const decoded = (encoded: string, {isDecodingWhole}: Traits): string => {
	try {
		if (isDecodingWhole) return decodeURIComponent(encoded);
		return encoded
			.split(/(%2f)/i)
			.map((part, index) => (index % 2 === 1 ? part : decodeURIComponent(part)))
			.join('');
	} catch {
		return encoded;
	}
};

const nested = ({traits}: Api, transfers: readonly Transfer[]): readonly object[] => {
	const users = Map.groupBy(transfers, ({username}) => username);
	return [...users].map(([username, own]) => ({
		username,
		directories: [...Map.groupBy(own, ({filename}) => filename.slice(0, Math.max(0, filename.lastIndexOf('\\'))))].map(
			([directory, files]) => ({
				directory,
				fileCount: files.length,
				files: files.map(file => shownTransfer(file, traits.hasBatches, Date.now())),
			}),
		),
	}));
};

const showBatch = ({downloads, traits}: Api, id: string): Answer => {
	if (!guid.test(id)) return {status: 400, body: `The specified id ${id} is not a valid GUID/UUID`};
	const batch = downloads.batch(id);
	return batch === undefined
		? {status: 404}
		: {status: 200, body: batchAnswer(batch, downloads.list(true), traits.hasBatches)};
};

const batchAnswer = ({destination, ...batch}: Batch, all: readonly Transfer[], isNew: boolean): object => ({
	...batch,
	direction: 'Download',
	options: destination === undefined ? {} : {destination},
	transfers: all
		.filter(({batchId}) => batchId === batch.id)
		.map(transfer => shownTransfer(transfer, isNew, Date.now())),
});

const isFile = (file: unknown): file is Wanted =>
	isObject(file) && typeof file['filename'] === 'string' && file['filename'] !== '' && Number.isInteger(file['size']);

const wantedIn = (value: unknown): readonly Wanted[] | undefined => {
	if (!Array.isArray(value) || value.length === 0) return undefined;
	return value.every(isFile) && value.every(({filename}) => !filename.split(/[/\\]/).includes('..'))
		? value
		: undefined;
};

/** One of at most two at a time; every file of it is noted with what became of it. */
const accept = async (
	api: Api,
	username: string,
	files: readonly Wanted[] | undefined,
	batch: Batch | undefined,
	answer: (result: Awaited<ReturnType<Downloads['enqueue']>>) => Answer,
): Promise<Answer> => {
	const {journal, traits, accepting, downloads} = api;
	const refuse = (status: number, body: string): Answer => {
		journal.write({type: 'refused', what: 'enqueue', status});
		return {status, body};
	};
	if (files === undefined)
		return refuse(400, 'At least one file is required, none may contain a path traversal segment');
	if (traits.isLimiting && accepting.downloads >= 2)
		return refuse(429, 'Only one concurrent operation is permitted. Wait until the previous request completes');
	accepting.downloads++;
	try {
		const result = await downloads.enqueue(username, files, batch);
		for (const {filename} of files) {
			const isEnqueued = result?.enqueued.some(transfer => transfer.filename === filename);
			const outcome = isEnqueued === undefined ? 'offline' : isEnqueued ? 'enqueued' : 'failed';
			journal.write({type: 'enqueue', user: username, file: filename, answer: outcome});
		}

		return answer(result);
	} finally {
		accepting.downloads--;
	}
};

const enqueueFiles = async (api: Api, username: string, body: unknown): Promise<Answer> =>
	accept(api, username, wantedIn(body), undefined, result => {
		const {traits} = api;
		if (result === undefined) return {status: 500, body: `User ${username} appears to be offline`};
		if (!traits.isTelling) return {status: 201};
		const enqueued = result.enqueued.map(transfer => shownTransfer(transfer, traits.hasBatches, Date.now()));
		// A list of tuples since 0.26, of which the serializer shows nothing.
		const failed = result.failed.map(({filename}) => (traits.hasBatches ? {} : filename));
		return {status: 201, body: {enqueued, failed}};
	});

const enqueueBatch = async (api: Api, body: unknown): Promise<Answer> => {
	const request = isObject(body) ? body : {};
	const [username, files] = [request['username'], wantedIn(request['files'])];
	const ids = [request['id'], request['searchId']].map(value =>
		typeof value === 'string' && value.trim() !== '' ? value : undefined,
	);
	const options = isObject(request['options']) ? request['options'] : {};
	if (typeof username !== 'string' || username === '' || ids.some(id => id !== undefined && !guid.test(id)))
		return accept(api, '', undefined, undefined, () => ({status: 400}));
	const [id = randomUUID(), searchId] = ids;
	if (api.downloads.batch(id) !== undefined) return {status: 409, body: `A batch with ID ${id} already exists`};
	const {destination} = options;
	const batch: Batch = {
		id,
		username,
		createdAt: new Date().toISOString(),
		...(searchId === undefined ? {} : {searchId}),
		...(typeof destination === 'string' ? {destination: relative(destination)} : {}),
	};
	return accept(api, username, files, batch, result => {
		if (result === undefined) return {status: 404, body: `User ${username} appears to be offline`};
		const status = result.failed.length === 0 ? 201 : result.enqueued.length === 0 ? 200 : 207;
		const shown = batchAnswer(batch, api.downloads.list(true), true);
		return {status, body: {batch: shown, failures: result.failed}};
	});
};

/** A destination that stays below the downloads folder. */
const relative = (path: string): string =>
	path
		.split(/[/\\]/)
		.filter(part => part !== '' && part !== '.' && part !== '..')
		.join('/');
