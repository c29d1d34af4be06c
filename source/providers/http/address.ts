import {parse} from 'content-disposition';
import {withoutRootDot} from '../../domain/address.ts';
import {safeName, splitName} from '../../domain/organise.ts';

/** An address as it is asked for: the credentials have moved from the URL to a header. */
export type Address = {readonly url: string; readonly authorization: string | undefined};

const parseUrl = (text: string): URL | undefined => {
	const url = URL.parse(text);
	return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== ''
		? url
		: undefined;
};

/** Whether it is an http: or https: URL with a host. */
export const isHttpUrl = (source: string): boolean => parseUrl(source.trim()) !== undefined;

/** One form for all spellings of a URL: host in lower case, default port and fragment dropped. Other text stays as it is. */
export const canonicalUrl = (source: string): string => {
	const url = parseUrl(source.trim());
	if (url === undefined) return source;
	url.hash = '';
	return url.href;
};

/** The server of a URL with its port: each has a lane of its own. */
export const laneOfUrl = (source: string): string => {
	const url = parseUrl(source.trim());
	return url === undefined ? 'http' : `http:${withoutRootDot(url.host)}`;
};

/** Takes the credentials out of a URL; undefined when it is none that can be asked for. */
export const addressOf = (source: string): Address | undefined => {
	const url = parseUrl(source.trim());
	if (url === undefined) return undefined;
	const {username, password} = url;
	url.username = '';
	url.password = '';
	url.hash = '';
	if (username === '' && password === '') return {url: url.href, authorization: undefined};
	const credentials = new TextEncoder().encode(`${decodePercent(username)}:${decodePercent(password)}`);
	return {url: url.href, authorization: `Basic ${btoa(String.fromCharCode(...credentials))}`};
};

/** Where a redirect leads, or why it is not followed. Credentials stay with the server they were given for. */
export const followRedirect = (
	from: Address,
	location: string,
): {readonly to: Address} | {readonly problem: string} => {
	const target = URL.parse(asUtf8(location), from.url);
	const to = target === null ? undefined : addressOf(target.href);
	if (target === null || to === undefined) return {problem: 'the server redirects to something that is no web address'};
	const old = new URL(from.url);
	if (old.protocol === 'https:' && target.protocol === 'http:')
		return {problem: 'the server redirects from https to unprotected http, which is refused'};
	const isSameOrigin = old.origin === target.origin;
	return {to: {url: to.url, authorization: to.authorization ?? (isSameOrigin ? from.authorization : undefined)}};
};

/**
 * The name for the file, one safe path component: what the server says, else the last part of the address (the final one
 * after redirects or the first, whichever has an extension), else the host.
 */
export const fileNameOf = (disposition: string | undefined, first: string, last: string): string => {
	const said = disposition === undefined ? undefined : dispositionName(disposition);
	if (said !== undefined) return said;
	const names = [last, first].map(url => urlName(url)).filter(name => name !== undefined);
	return names.find(name => splitName(name).ext !== '') ?? names[0] ?? safeName(new URL(first).hostname);
};

/** Whether a web page is what the address asks for, so that HTML is no sign of an error. */
export const isWebPageAddress = (url: string, name: string): boolean =>
	/\.(?:x?html?|xht|shtml|mht(?:ml)?)$/i.test(name) || /(?:\/|\.(?:x?html?|shtml))$/i.test(new URL(url).pathname);

const dispositionName = (header: string): string | undefined => {
	const {parameters} = parse(header);
	const name = parameters['filename'];
	if (name === undefined) return undefined;
	// The extended form is decoded by the library; the plain one is UTF-8 in practice, whatever the RFCs allow. Only the
	// last component counts, as RFC 6266 (4.3) asks.
	const component = asUtf8(name).split(/[/\\]/).at(-1) ?? '';
	const safe = safeName(component);
	return safe === '_' ? undefined : safe;
};

const urlName = (url: string): string | undefined => {
	const component = decodePercent(new URL(url).pathname.split('/').at(-1) ?? '');
	const safe = safeName(component.split(/[/\\]/).at(-1) ?? '');
	return safe === '_' ? undefined : safe;
};

/** Header bytes arrive as Latin-1 characters; where they are valid UTF-8, that is what was meant. */
const asUtf8 = (text: string): string => {
	if (!/^[\0-\u00FF]*$/.test(text) || !/[\u0080-\u00FF]/.test(text)) return text;
	try {
		return new TextDecoder('utf-8', {fatal: true}).decode(Uint8Array.from(text, char => char.charCodeAt(0)));
	} catch {
		return text;
	}
};

const decodePercent = (text: string): string => {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
};
