import type {Failure} from '../../domain/failure.ts';
import {cleanText, maskSecrets, shorten} from '../../domain/text.ts';
import type {Instant} from '../../domain/time.ts';
import type {Clock} from '../../engine/ports.ts';
import type {Api} from '../../system/api.ts';
import type {Pace} from '../http/pace.ts';
import {createShare} from '../http/share.ts';
import {durationOf, fieldsOf, textOf} from '../json.ts';

export type TokenOrder = {
	readonly url: string;
	/** The client's id and secret, read when they are needed. */
	readonly client: () => {readonly id: string; readonly secret: string} | {readonly problem: string};
	readonly api: Api;
	readonly clock: Clock;
	readonly pace: Pace;
};

export type Token = {readonly token: string} | {readonly failure: Failure} | {readonly type: 'stopped'};

export type TokenSource = {
	/** A token that is good for a while; it stays in memory. */
	get(signal: AbortSignal): Promise<Token>;
	/** The token was refused; true where another one can be asked for. */
	drop(): boolean;
	/** What must not be told to anybody. */
	secrets(): readonly string[];
};

/** Used up to a minute before its end, so that it does not end on the way. */
const margin = 60_000;

/** Tokens by Spotify's client credentials: they belong to the client, not to a person, so that no private list is seen. */
export const createTokenSource = ({url, client, api, clock, pace}: TokenOrder): TokenSource => {
	let held: {readonly token: string; readonly until: Instant} | undefined;
	const share = createShare<Token>();
	const secrets = new Set<string>();

	const ask = async (signal: AbortSignal): Promise<Token> => {
		const known = client();
		if ('problem' in known) return {failure: {code: 'bad-arguments', message: known.problem}};
		secrets.add(known.secret);
		const login = Buffer.from(`${known.id}:${known.secret}`).toString('base64');
		secrets.add(login);
		const answer = await pace.begin(
			() =>
				api.ask({
					method: 'POST',
					url,
					headers: {authorization: `Basic ${login}`, 'content-type': 'application/x-www-form-urlencoded'},
					body: 'grant_type=client_credentials',
					signal,
					timeout: 30_000,
				}),
			signal,
		);
		if (answer === undefined || answer.type === 'stopped') return {type: 'stopped'};
		if (answer.type === 'failed') {
			const words = shorten(maskSecrets(cleanText(answer.fault.message)), 200);
			return {failure: {code: 'connection-lost', message: `Spotify gives no token: ${words}`}};
		}

		const fields = readFields(answer.text);
		const token = textOf(fields['access_token']);
		if (answer.status !== 200 || token === undefined) return {failure: refusal(answer.status, fields)};
		secrets.add(token);
		held = {token, until: clock.now() + (durationOf(fields['expires_in'], 1000) ?? 3_600_000) - margin};
		return {token};
	};

	return {
		async get(signal) {
			if (held !== undefined && clock.now() < held.until) return {token: held.token};
			return (await share('token', signal, ask)) ?? {type: 'stopped'};
		},
		drop() {
			held = undefined;
			return true;
		},
		secrets: () => [...secrets],
	};
};

const readFields = (text: string): Readonly<Record<string, unknown>> => {
	try {
		return fieldsOf(JSON.parse(text));
	} catch {
		return {};
	}
};

const refusal = (status: number, fields: Readonly<Record<string, unknown>>): Failure => {
	const words = shorten(
		maskSecrets(cleanText(textOf(fields['error_description']) ?? textOf(fields['error']) ?? '')),
		200,
	);
	if (status === 400 || status === 401) {
		const what = words === '' ? '' : ` (${words})`;
		return {
			code: 'login-required',
			message: `Spotify does not know this client${what}; check [catalogs.spotify] client_id and client_secret`,
		};
	}

	return {code: 'server-error', message: `Spotify gives no token (status ${status})`};
};
