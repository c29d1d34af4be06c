export type ListFormat = 'm3u' | 'csv' | 'json' | 'plain';

const byExtension: Readonly<Record<string, ListFormat | undefined>> = {
	m3u: 'm3u',
	m3u8: 'm3u',
	csv: 'csv',
	tsv: 'csv',
	json: 'json',
	jspf: 'json',
};

/** What a list is written in: by the end of its name, else by how it begins. */
export const formatOf = async (path: string, chunks: AsyncIterable<string>): Promise<ListFormat> => {
	const known = byExtension[/\.([a-z\d]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''];
	if (known !== undefined) return known;
	for await (const chunk of chunks) {
		const start = chunk.trimStart();
		if (start === '') continue;
		if (/^#EXTM3U\b/i.test(start)) return 'm3u';
		return /^[[{]/.test(start) ? 'json' : 'plain';
	}

	return 'plain';
};
