import {cleanText, shorten} from '../domain/text.ts';

/*
 * What a file is by its first bytes, as far as that contradicts its name beyond doubt. A film of unknown bytes is accepted:
 * nobody knows all containers. One that is a text, a picture or a program is not.
 */

/** How much of a file is looked at, in bytes. */
export const sniffedBytes = 4096;

const media =
	/\.(?:mp4|m4[abv]|mov|3gp|mkv|mka|webm|avi|wm[av]|flv|mpe?g|m2ts|og[gav]|opus|mp3|flac|wav|aac|aiff?|ape)$/i;
/** Whether a file of this name is to be seen or heard. */
export const isMediaName = (name: string): boolean => media.test(name);

const pictures = /\.(?:jpe?g|png|gif|webp|avif|heic|bmp|tiff?)$/i;
// Not gz and its kin: a server that calls a packed text encoded makes clients unpack it on the way.
const archives = /\.(?:zip|rar|7z|tar|tgz|tbz2?|txz|jar|apk|cbz|cbr|epub|deb|rpm|iso|pdf)$/i;
const packed = /\.(?:gz|bz2|xz|zst|srt|ass|vtt|mobi|dmg|msi)$/i;

/** What came instead of the file, in words, where the first bytes say so with certainty. `size` is that of the whole file. */
export const wrongKind = (name: string, start: Uint8Array, size: number): string | undefined => {
	const isBinary = media.test(name) || pictures.test(name) || archives.test(name);
	if ((!isBinary && !packed.test(name)) || start.length === 0) return undefined;
	const text = textOf(start.subarray(0, sniffedBytes));
	if (text !== undefined) {
		if (isErrorMessage(text)) return `an error message came instead of the file: ${quote(text)}`;
		if (isBinary && !isTextInside(text)) return `text came instead of the file: ${quote(text)}`;
		return undefined;
	}

	const other = media.test(name) ? foreignTo(start, size) : undefined;
	return other === undefined ? undefined : `${other} came instead of the file`;
};

const quote = (text: string): string => shorten(cleanText(text), 100);

/** The beginning as text, or undefined where some byte of it is of no text. */
const textOf = (start: Uint8Array): string | undefined => {
	try {
		// In a stream, a character that is cut at the end is no error.
		const text = new TextDecoder('utf-8', {fatal: true}).decode(start, {stream: true});
		// oxlint-disable-next-line no-control-regex -- those that no text has are meant
		return /[\0-\u0008\u000B\u000E-\u001A\u001C-\u001F\u007F]/.test(text) ? undefined : text;
	} catch {
		return undefined;
	}
};

// A PDF may be all text, and an archive that unpacks itself begins with the script that does it.
const isTextInside = (text: string): boolean => text.startsWith('#!') || text.slice(0, 1024).includes('%PDF-');

const jsonError =
	/^\s*[[{]\s*\{?\s*"(?:errors?|error_?(?:code|message|description)|message|detail|code|status|success|fault)"\s*:/i;
const xmlError = /^\s*(?:<\?xml[^>]*>\s*)?<(?:\w+:)?(?:errors?|errorresponse|fault|problem|exception)\b/i;

const isErrorMessage = (text: string): boolean => jsonError.test(text) || xmlError.test(text);

/** Pictures larger than this are films in disguise: some hosts put a picture's head before them. */
const largestPicture = 4 * 1024 * 1024;

type Magic = readonly [words: string, bytes: string, isPicture: boolean];

/** Beginnings of what is no film and no sound, in Latin-1. */
const magics: readonly Magic[] = [
	['a PNG picture', '\u0089PNG\r\n\u001A\n', true],
	['a GIF picture', 'GIF89a', true],
	['a GIF picture', 'GIF87a', true],
	['a JPEG picture', '\u00FF\u00D8\u00FF\u00E0', true],
	['a JPEG picture', '\u00FF\u00D8\u00FF\u00E1', true],
	['a JPEG picture', '\u00FF\u00D8\u00FF\u00DB', true],
	['a PDF document', '%PDF-', false],
	['a ZIP archive', 'PK\u0003\u0004', false],
	['a RAR archive', 'Rar!\u001A\u0007', false],
	['a 7z archive', '7z\u00BC\u00AF\u0027\u001C', false],
	['an XZ archive', '\u00FD7zXZ\0', false],
	['a program', '\u007FELF', false],
];

const foreignTo = (start: Uint8Array, size: number): string | undefined => {
	const beginning = Buffer.from(start.subarray(0, 16)).toString('latin1');
	const found = magics.find(
		([, bytes, isPicture]) => beginning.startsWith(bytes) && !(isPicture && size > largestPicture),
	);
	return found?.[0] ?? (isWindowsProgram(Buffer.from(start)) ? 'a program' : undefined);
};

/** `MZ` alone is too little to be sure: the PE header has to be where it says. */
const isWindowsProgram = (start: Buffer): boolean => {
	if (start.length < 64 || start.toString('latin1', 0, 2) !== 'MZ') return false;
	const at = start.readUInt32LE(60);
	return start.toString('latin1', at, at + 4) === 'PE\0\0';
};
