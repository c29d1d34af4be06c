/*
 * Titles, file names and the words of other programs are hostile: they may hold control codes, line ends, marks that turn
 * the direction of writing, or nothing visible at all. No library takes out all of these without also changing what people
 * wrote (checked: strip-ansi leaves C1 and bidi marks, Ink lets OSC and tabs through), hence these few lines.
 */

const controls = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
// Escape sequences go as a whole, so that no `[31m` stays behind: CSI; the strings OSC, DCS, SOS, PM and APC, which end with
// BEL, ST, the line, or where the next sequence begins; and the short ones. Every alternative is linear in the text.
const escapes =
	/(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\n\r\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)?|\u001B[ -/]{0,2}[0-~]?/g;
// Zero width, bidi marks, variation selectors, tags and fillers are what Unicode calls default ignorable. Beside them: the
// enclosing keycap and skin tones, whose widths terminals do not agree on, and interlinear annotations.
const invisible = /[\p{Default_Ignorable_Code_Point}\u20E3\uFFF9-\uFFFB\u{1F3FB}-\u{1F3FF}]/gu;
const loneSurrogates = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** One line of text that is safe to show, to log and to keep: composed, without controls, escapes or invisible marks. */
export const cleanText = (text: string): string =>
	text
		.replaceAll(escapes, '')
		.replaceAll(loneSurrogates, '\uFFFD')
		.replaceAll(controls, ' ')
		.replaceAll(invisible, '')
		// Last: what stood on both sides of an invisible mark may compose now.
		.normalize('NFC')
		.trim();

/** A text of at most so many characters, with an ellipsis where something was cut. Never splits a surrogate pair. */
export const shorten = (text: string, most: number): string => {
	if (text.length <= most) return text;
	if (most < 1) return '';
	const cut = text.slice(0, Math.max(0, most - 1));
	return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
};

// Lengths are bounded in all of these: a hostile line must not take seconds (`a.a.a.…` did).
const credentialsInUrl = /\b([a-z][a-z\d+.-]{0,30}:\/\/)[^\s/?#]{1,1000}@/gi;
// A password that holds a slash, which belongs encoded but is written all the same; `host:8080/@name` is no password.
const slashedPassword = /\b([a-z][a-z\d+.-]{0,30}:\/\/)[^\s/?#:@[]{1,200}:(?!\d{1,5}[/?#])[^\s@]{1,500}@/gi;
// One letter alone may be a signature or a moment in a film: then the length tells.
const secretInQuery =
	/([?&;#](?:[\w.-]{0,60}?(?:token|key|sig|signature|secret|passw(?:or)?d|auth|session|credential|expires?|hash)[\w.-]{0,60}=|[tse]=(?=[^&#\s"']{6})))[^&#\s"']+/gi;
// These hold several secrets, or a scheme before the secret: all of the value goes, to its quote or the end of the line.
const secretHeaders =
	/\b((?:proxy-)?authorization|(?:set-)?cookie2?)(["']?\s{0,20}[:=]\s{0,20}["']?)(?:(?<=")[^"]*|(?<=')[^']*|[^\r\n]+)/gi;
// `token=x`, `"api_key": "x"`, `x-auth-token: x`, and the flags of other programs: `--password x`, `'--rpc-secret', 'x'`.
const secretNames = String.raw`(?:token|api[_-]?key|access[_-]?key|secret|passw(?:or)?d|passphrase|signature|credential|session[_-]?id|\barl)`;
const namedSecrets = new RegExp(
	String.raw`((?<![\w-])[\w.-]{0,40}?${secretNames}[\w.-]{0,40}["']?\s{0,20}[:=]\s{0,20}["']?)(?!\*\*\*)[^\s"'&#,;]+`,
	'gi',
);
const secretFlags = new RegExp(
	String.raw`(--[\w-]{0,40}?${secretNames}[\w-]{0,40}(?:["'],?)?\s{1,20}["']?)(?!-)[^\s"']+`,
	'gi',
);

/** The text without what could be a secret: signed query strings, credentials in addresses, header values, named secrets. */
export const maskSecrets = (text: string): string =>
	text
		.replaceAll(slashedPassword, '$1***@')
		.replaceAll(credentialsInUrl, '$1***@')
		.replaceAll(secretInQuery, '$1***')
		.replaceAll(secretHeaders, '$1$2***')
		.replaceAll(secretFlags, '$1***')
		.replaceAll(namedSecrets, '$1***');

/** Flags of one letter that hold a login in the tools that people use: yt-dlp, curl, wget. */
const secretLetters = /^-[pu2]$/;

/** Arguments of a program without what could be a secret: also the value after a flag such as `--password` or `-p`. */
export const maskArguments = (args: readonly string[]): readonly string[] =>
	args.map((argument, index) => {
		const before = args[index - 1] ?? '';
		const isValue = secretLetters.test(before) || (!argument.startsWith('-') && hidesValue(before));
		return isValue ? '***' : maskSecrets(argument);
	});

/** Whether the value that follows this flag would be masked. */
const hidesValue = (flag: string): boolean => flag.startsWith('--') && maskSecrets(`${flag} x1`) !== `${flag} x1`;

/** Shorter ones would take pieces out of ordinary words. */
const leastSecret = 6;

/** The secrets that an address carries, as they are written and decoded: its password, the values of signed queries. */
export const secretsIn = (source: string): readonly string[] => {
	const url = URL.parse(source.trim());
	if (url === null) return [];
	const pairs = [...`${url.search}&${url.hash.slice(1)}`.matchAll(/[?&;]([^=&;]+)=([^&;]+)/g)];
	const signed = pairs
		.filter(([pair]) => maskSecrets(`?${pair.slice(1)}`).endsWith('=***'))
		.map(([, , value]) => value);
	// A name without a password is a token.
	const login = url.password === '' ? url.username : url.password;
	const written = [login, ...signed].filter(value => value !== undefined);
	return longFirst(written.flatMap(value => [value, decoded(value)]));
};

/** Texts by length, because a short one may be a part of a long one; too short ones and doubles left out. */
export const longFirst = (values: readonly string[]): readonly string[] =>
	[...new Set(values)].filter(value => value.length >= leastSecret).toSorted((a, b) => b.length - a.length);

const decoded = (text: string): string => {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
};

/** The text with known secrets taken out, wherever they stand; `values` as `longFirst` gives them. */
export const hideValues = (text: string, values: readonly string[]): string =>
	values.reduce((shown, value) => shown.replaceAll(value, '***'), text);
