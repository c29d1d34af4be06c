/** How much of a file is looked at for a page, in bytes. */
const sniffedBytes = 512;

// What a page begins with, after comments and an XML declaration, which may stand before all of them.
const opening = /^(?:<\?xml[^>]*>|<!--[\s\S]*?-->|\s)*<(?:!doctype\s+html|html|head|body|script|title|meta|h1)\b/i;

/** Whether a file that begins like this is a web page, such as the error page that a server sends with status 200. */
export const looksLikeWebPage = (start: Uint8Array): boolean => opening.test(decode(start.subarray(0, sniffedBytes)));

const decode = (bytes: Uint8Array): string => {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
	return new TextDecoder('utf-8').decode(bytes);
};

const pageNames = /\.(?:x?html?|mht(?:ml)?|php|aspx?|jsp)$/i;
const otherNames =
	/\.(?:mp4|m4[abv]|mkv|webm|avi|mov|wmv|flv|mpe?g|ts|m2ts|3gp|ogv|mp3|flac|ogg|oga|opus|wav|aac|wma|aiff?|alac|ape|zip|rar|7z|tar|t?gz|t?bz2|t?xz|zst|iso|img|dmg|exe|msi|deb|rpm|apk|jar|pdf|epub|cbz|cbr|mobi|jpe?g|png|gif|webp|avif|bmp|tiff?|srt|ass|vtt|bin)$/i;

/**
 * Whether a web page would be the wrong thing: what was asked for is named like something else, or nothing says that a
 * page was meant.
 */
export const isWebPageWrong = (name: string, source: string, isExpected: boolean | undefined): boolean => {
	const path = pathOf(source);
	if (otherNames.test(name) || otherNames.test(path)) return true;
	return isExpected !== true && !pageNames.test(name);
};

const pathOf = (source: string): string => {
	const url = URL.parse(source);
	return url === null ? '' : url.pathname;
};
