import leven from 'leven';

/** The name that was probably meant, or undefined where none is near. */
export const nearest = (name: string, known: readonly string[]): string | undefined => {
	const plain = name.toLowerCase().replaceAll('-', '_');
	let best: {readonly candidate: string; readonly distance: number} | undefined;
	for (const candidate of known) {
		// Known elsewhere by the very same name: that helps nobody here.
		if (candidate === name) continue;
		const other = candidate.toLowerCase().replaceAll('-', '_');
		const isPart = plain.length >= 3 && (other.startsWith(plain) || plain.startsWith(other));
		const distance = isPart ? 1 : leven(plain, other, {maxDistance: 8});
		if (best === undefined || distance < best.distance) best = {candidate, distance};
	}

	return best !== undefined && best.distance <= Math.max(2, Math.floor(plain.length / 3)) ? best.candidate : undefined;
};

/** ` did you mean …?`, or the list of what there is. */
export const suggestion = (name: string, known: readonly string[]): string => {
	const near = nearest(name, known);
	return near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
};
