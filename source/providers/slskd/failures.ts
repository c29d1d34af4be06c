import type {Failure} from '../../domain/failure.ts';
import {cleanText, shorten} from '../../domain/text.ts';
import type {HttpFault} from '../../system/http.ts';

/** What is told of the words of slskd and of its peers. */
export const told = (words: string): string => shorten(cleanText(words.replace(/^"|"$/g, '')), 200);

/** How long a job that has found slskd away lets others go first, in milliseconds. */
const headStart = 5000;

/** slskd does not answer: no fault of any job. */
export const unreachable = (url: string, {code, message}: HttpFault): Failure => ({
	code: 'service-unreachable',
	message: `slskd does not answer at ${url} (${told(code === 'UNKNOWN' || code === '' ? message : code)})`,
	waitAtLeast: headStart,
});

/** slskd answers, and is not on the network itself. */
export const notConnected: Failure = {
	code: 'service-unreachable',
	message: 'slskd is not connected to the Soulseek network',
	waitAtLeast: headStart,
};

/** The key is wrong, or may not do this: a matter of the configuration, in words. Undefined for every other status. */
export const refusal = (status: number): Failure | undefined => {
	if (status === 401) {
		return {
			code: 'misconfigured',
			message:
				'slskd refuses the API key (401): check api_key in [providers.slskd], and the addresses that slskd allows it to come from (cidr)',
		};
	}

	return status === 403
		? {
				code: 'misconfigured',
				message:
					'slskd forbids this (403): the API key needs the role ReadWrite, and a relay agent cannot be used at all',
			}
		: undefined;
};

/** An answer that nobody expects. */
export const unexpected = (doing: string, status: number, words: string): Failure => {
	const said = told(words);
	const message = `slskd: ${doing} was answered with ${status}${said === '' ? '' : `: ${said}`}`;
	if (status === 409) return notConnected;
	if (status === 429) return {code: 'service-unavailable', message, retryAfter: 30_000};
	return {code: status >= 500 ? 'server-error' : 'tool-failed', message};
};

/** An answer that is none of slskd's. */
export const unreadable = (doing: string): Failure => ({
	code: 'tool-failed',
	message: `slskd: the answer to ${doing} cannot be read; is it slskd 0.22 or newer?`,
});
