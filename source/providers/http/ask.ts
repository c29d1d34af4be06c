import type {Clock} from '../../engine/ports.ts';
import type {Failure} from '../../domain/failure.ts';
import type {Duration} from '../../domain/time.ts';
import type {Http, HttpBody, HttpHeaders} from '../../system/http.ts';
import {followRedirect, type Address} from './address.ts';
import {lineFailure, safeText} from './failures.ts';
import {headersFor, readAnswer, type Meaning, type Wish} from './request.ts';

export type AskSetup = {
	readonly http: Http;
	readonly clock: Pick<Clock, 'now'>;
	readonly userAgent: string;
	/** Headers for the server of the source; they do not travel to another one. */
	readonly headers: Readonly<Record<string, string>>;
	/** The origin of the source. */
	readonly home: string;
	readonly headersTimeout: Duration;
	readonly stallTimeout: Duration;
	readonly log: (line: string) => void;
};

/** The answer after all redirects, with the address that gave it. Its body waits to be read, discarded or stopped. */
export type Asked =
	| {
			readonly type: 'answer';
			readonly meaning: Exclude<Meaning, {type: 'redirect'}>;
			readonly headers: HttpHeaders;
			readonly body: HttpBody;
			readonly address: Address;
	  }
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'};

const mostRedirects = 10;

/** Sends one request and follows redirects, 10 at most and never in circles. */
export const ask = async (setup: AskSetup, start: Address, wish: Wish, signal: AbortSignal): Promise<Asked> => {
	const seen = new Set<string>();
	let address = start;
	for (;;) {
		seen.add(address.url);
		const extra = new URL(address.url).origin === setup.home ? setup.headers : {};
		const headers = headersFor(address, wish, setup.userAgent, extra);
		const {headersTimeout, stallTimeout} = setup;
		const answer = await setup.http.get({url: address.url, headers, signal, headersTimeout, stallTimeout});
		if (answer.type === 'stopped') return answer;
		if (answer.type === 'failed') return {type: 'failed', failure: lineFailure(answer.fault)};
		const meaning = readAnswer(answer, wish, setup.clock.now());
		setup.log(safeText(`GET ${address.url}${rangeOf(headers)}: HTTP ${answer.status}`));
		if (meaning.type !== 'redirect')
			return {type: 'answer', meaning, headers: answer.headers, body: answer.body, address};
		await answer.body.discard();
		const next = followRedirect(address, meaning.location);
		if ('problem' in next) return {type: 'failed', failure: {code: 'unsupported', message: next.problem}};
		if (seen.has(next.to.url) || seen.size > mostRedirects)
			return {type: 'failed', failure: redirectFailure(seen.size)};
		address = next.to;
	}
};

const redirectFailure = (count: number): Failure => ({
	code: 'too-many-redirects',
	message: count > mostRedirects ? `more than ${mostRedirects} redirects in a row` : 'the redirects lead in a circle',
});

const rangeOf = (headers: Readonly<Record<string, string>>): string =>
	headers['range'] === undefined ? '' : ` (${headers['range']})`;
