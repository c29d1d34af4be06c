/*
 * Titles, file names and the words of other programs are hostile: they may hold control codes, line ends, marks that turn
 * the direction of writing, or nothing visible at all. No library takes out all of these without also changing what people
 * wrote (checked: strip-ansi leaves C1 and bidi marks, Ink lets OSC and tabs through), hence these few lines.
 */

const controls = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
// ANSI sequences go as a whole, so that no `[31m` stays behind: CSI, OSC (ended by BEL, ST or the end) and two-byte escapes.
const escapes =
	/(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|(?:\u001B\]|\u009D)[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C|$)|\u001B[@-_]?/g;
const invisible =
	/[\u00AD\u034F\u061C\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFE00-\uFE0F\u20E3\uFEFF]|[\u{1F3FB}-\u{1F3FF}]|[\u{E0000}-\u{E01EF}]/gu;
const loneSurrogates = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** One line of text that is safe to show, to log and to keep: composed, without controls, escapes or invisible marks. */
export const cleanText = (text: string): string =>
	text
		.replaceAll(escapes, '')
		.replaceAll(loneSurrogates, '\uFFFD')
		.normalize('NFC')
		.replaceAll(controls, ' ')
		.replaceAll(invisible, '')
		.trim();

/** A text of at most so many characters, with an ellipsis where something was cut. Never splits a surrogate pair. */
export const shorten = (text: string, most: number): string => {
	if (text.length <= most) return text;
	const cut = text.slice(0, Math.max(0, most - 1));
	return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
};

const secretInQuery =
	/([?&;](?:[\w.-]*(?:token|key|sig|signature|secret|passw(?:or)?d|auth|session|credential|expires?|hash)[\w.-]*|[tse])=)[^&#\s"']+/gi;
const credentialsInUrl = /\b([a-z][a-z\d+.-]*:\/\/)[^\s/?#@]+@/gi;
const headerSecrets =
	/\b((?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|token|arl)\s*[:=]\s*)(?:(?:bearer|basic)\s+)?[^\s,;"']+/gi;

/** The text without what could be a secret: signed query strings, credentials in addresses, header values. */
export const maskSecrets = (text: string): string =>
	text.replaceAll(credentialsInUrl, '$1***@').replaceAll(secretInQuery, '$1***').replaceAll(headerSecrets, '$1***');
