/*
 * When two addresses are one, by RFC 3986, section 6.2: beyond what a URL parser makes equal (scheme and host in lower case,
 * default ports, dot segments), escapes of characters that need none are those characters, hexadecimal digits have no case,
 * and a host with the dot of the root behind it (section 3.2.2) is the host.
 */

const schemes = new Set(['http:', 'https:', 'ftp:']);

/** The one spelling of a web or FTP address; other texts stay as they are. For comparing, not for asking. */
export const canonicalAddress = (source: string): string => {
	const url = URL.parse(source.trim());
	if (url === null || !schemes.has(url.protocol) || url.hostname === '') return source;
	const host = withoutRootDot(url.hostname);
	if (host !== url.hostname) url.hostname = host;
	return canonicalEscapes(url.href);
};

/** `example.org` for `example.org.`; also with a port behind it. */
export const withoutRootDot = (host: string): string => host.replace(/(?<=[^.])\.(?=:\d+$|$)/, '');

const escapes = /%([\da-f]{2})/gi;
const unreserved = /[A-Za-z\d\-._~]/;

const canonicalEscapes = (text: string): string =>
	// A per cent sign that stands for itself could become an escape when what is behind it is decoded.
	/%(?![\da-f]{2})/i.test(text)
		? text
		: text.replaceAll(escapes, (escape, digits: string) => {
				const character = String.fromCharCode(Number.parseInt(digits, 16));
				return unreserved.test(character) ? character : escape.toUpperCase();
			});

/** Between the parts of an identity: provider, address, and what makes a variant. */
export const identitySeparator = '\u001F';

/**
 * An identity as it is made since addresses are compared by RFC 3986, from one that was made before. A migration of the
 * queue's database uses it: what it makes of a text must never change.
 */
export const canonicalIdentity = (identity: string): string => {
	const [provider = '', address, ...variant] = identity.split(identitySeparator);
	return address === undefined ? identity : [provider, canonicalAddress(address), ...variant].join(identitySeparator);
};
