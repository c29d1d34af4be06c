import {randomUUID} from 'node:crypto';
import {guid, isObject, type Answer, type Api, type Request} from './api.ts';
import {downloadsAnswer} from './downloads-api.ts';
import type {SearchRequest} from './searches.ts';

/** Answers one request as slskd does. */
export const answerRequest = async (api: Api, request: Request): Promise<Answer> => {
	const {method, path} = request;
	if (path === '/health') return {status: 200, body: 'Healthy'};
	if (!path.startsWith('/api/v0/')) return {status: 404};
	if (request.apiKey !== api.scenario.apiKey) return {status: 401};
	if (api.scenario.isRelayAgent === true) return {status: 403};
	const parts = path.slice('/api/v0/'.length).split('/');
	const [first, ...rest] = parts;
	switch (first) {
		case 'application':
			return applicationAnswer(api, rest);
		case 'server':
			return serverAnswer(api, method);
		case 'options':
			return {status: 200, body: {directories: directoriesOf(api), web: {port: 5030}, soulseek: {password: '*****'}}};
		case 'session':
			return {status: 403};
		case 'searches':
			return searchesAnswer(api, request, rest);
		case 'events':
			return eventsAnswer(api, request);
		case 'transfers':
			return rest[0] === 'downloads' ? downloadsAnswer(api, request, rest.slice(1)) : {status: 404};
		default:
			return {status: 404};
	}
};

const directoriesOf = ({files}: Api): object => ({
	downloads: files.reported(files.downloads),
	incomplete: files.reported(files.incomplete),
});

const applicationAnswer = ({scenario}: Api, [rest]: readonly string[]): Answer => {
	const current = scenario.version;
	if (rest === 'version') return {status: 200, body: JSON.stringify(current), headers: {'content-type': json}};
	const version = {full: `${current}+0`, current, isCanary: false, isDevelopment: false, isUpdateAvailable: false};
	return {status: 200, body: {version, pendingRestart: false}};
};

const json = 'application/json; charset=utf-8';

const serverAnswer = ({connection}: Api, method: string): Answer => {
	const {isConnected, isConnecting} = connection;
	if (method === 'DELETE') {
		connection.isConnected = false;
		return {status: 204};
	}

	if (method === 'PUT') {
		if (!isConnecting) connection.isConnected = true;
		return {status: isConnecting ? 205 : 200};
	}

	const state = isConnected ? 'Connected, LoggedIn' : isConnecting ? 'Connecting' : 'Disconnected';
	const body = {
		address: 'server.invalid:2271',
		state,
		isConnected,
		isConnecting,
		isLoggedIn: isConnected,
		isLoggingIn: false,
		isTransitioning: isConnecting,
	};
	return {status: 200, body};
};

const searchesAnswer = async (api: Api, request: Request, [id, rest]: readonly string[]): Promise<Answer> => {
	const {searches} = api;
	if (id === undefined) {
		if (request.method === 'POST') return startSearch(api, request.body);
		return {status: 200, body: searches.list()};
	}

	if (request.method === 'PUT') return {status: searches.stop(id) ? 200 : 404};
	if (request.method === 'DELETE') return {status: searches.remove(id) ? 204 : 404};
	const found =
		rest === 'responses'
			? searches.responses(id)
			: searches.show(id, request.query.get('includeResponses')?.toLowerCase() === 'true');
	return found === undefined ? {status: 404} : {status: 200, body: found};
};

const startSearch = async (api: Api, body: unknown): Promise<Answer> => {
	const {searches, accepting, traits, pace, scenario, journal} = api;
	const refuse = (status: number, words: string): Answer => {
		journal.write({type: 'refused', what: 'search', status});
		return {status, body: words};
	};
	if (!isObject(body) || typeof body['searchText'] !== 'string' || body['searchText'].trim() === '')
		return refuse(400, 'The SearchText field is required.');
	const id = body['id'] ?? randomUUID();
	if (typeof id !== 'string' || !guid.test(id)) return refuse(400, 'The id is not a valid GUID');
	if (traits.isLimiting && accepting.searches > 0)
		return refuse(429, 'Only one concurrent operation is permitted. Wait until the previous request completes');
	accepting.searches++;
	try {
		await pace.wait(scenario.acceptAfter ?? 100);
		if (!api.connection.isConnected) return refuse(409, 'The server connection must be connected and logged in');
		if (!searches.start({...(body as unknown as SearchRequest), id}))
			return refuse(400, `A search with id ${id} exists already`);
		return {status: 200, body: searches.show(id, false)};
	} finally {
		accepting.searches--;
	}
};

const eventsAnswer = ({downloads}: Api, {query}: Request): Answer => {
	const [offset, limit] = [Number(query.get('offset') ?? 0), Number(query.get('limit') ?? 100)];
	if (!(offset >= 0) || !(limit > 0)) return {status: 400, body: 'Offset must be greater than or equal to zero'};
	const events = downloads.events();
	return {
		status: 200,
		body: events.slice(offset, offset + limit),
		headers: {'x-total-count': String(events.length)},
	};
};
