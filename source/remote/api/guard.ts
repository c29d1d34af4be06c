import {createHash, timingSafeEqual} from 'node:crypto';
import type {IncomingHttpHeaders} from 'node:http';
import {isIP} from 'node:net';

/** What a request has to bring before anything of it is read. */
export type Guard = {
	/** Compared in constant time, whatever its length. */
	isToken(headers: IncomingHttpHeaders): boolean;
	isHost(host: string | undefined): boolean;
	isOrigin(headers: IncomingHttpHeaders): boolean;
};

/** `allowedHosts`: names beside localhost and addresses in numbers, neither of which a foreign name server can hand out. */
export const createGuard = (token: string, allowedHosts: readonly string[]): Guard => {
	const wanted = digest(token);
	const hosts = new Set(allowedHosts.map(host => host.toLowerCase()));
	return {
		isToken(headers) {
			const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
			const key = headers['x-api-key'];
			// Both are always looked at, so that the time tells nothing about either.
			const found = [bearer, typeof key === 'string' ? key : undefined].map(value =>
				timingSafeEqual(digest(value ?? ''), wanted),
			);
			return found.includes(true);
		},
		isHost(host) {
			const name = hostNameOf(host);
			return name !== undefined && (name === 'localhost' || isIP(name) !== 0 || hosts.has(name));
		},
		isOrigin({origin, host, 'sec-fetch-site': site}) {
			if (site === 'cross-site' || site === 'same-site') return false;
			if (origin === undefined) return true;
			const url = URL.parse(origin);
			return url !== null && /^https?:$/.test(url.protocol) && url.host === host?.toLowerCase();
		},
	};
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The name in a Host header, without its port and brackets; undefined where it is none. */
const hostNameOf = (host: string | undefined): string | undefined => {
	if (host === undefined || !/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host)) return undefined;
	return host
		.replace(/:\d{1,5}$/, '')
		.replace(/^\[|\]$/g, '')
		.toLowerCase();
};
