/** Whether a source is an address with one of these schemes, such as `https:`, and a host. */
export const isUrl = (source: string, schemes: readonly string[]): boolean => {
	const url = URL.parse(source.trim());
	return url !== null && schemes.includes(url.protocol) && url.hostname !== '';
};

/** The one spelling of an address: scheme and host in lower case, no default port, no blanks. Other texts stay as they are. */
export const canonicalUrl = (source: string): string => URL.parse(source.trim())?.href ?? source.trim();
