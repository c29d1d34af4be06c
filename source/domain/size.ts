/** A size or a rate as people write it: `500 kB`, `2MiB`, `1.5M`; without `i` a thousand is 1000. Undefined where it is none. */
export const parseSize = (text: string): number | undefined => {
	// Own lines, because the `bytes` package reads 1 MB as 1,048,576 while the disk marks are powers of ten.
	const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?(?:\/s)?$/i.exec(text.trim());
	if (match === null) return undefined;
	const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase());
	const size = Math.round(Number(match[1]) * (match[3] === '' ? 1000 : 1024) ** power);
	return Number.isSafeInteger(size) ? size : undefined;
};
