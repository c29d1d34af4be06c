/** A file that a tool left, relative to the job's directory. */
export type LeftFile = {readonly path: string; readonly size: number; readonly modifiedAt: number};

export type Choice =
	| {readonly type: 'chosen'; readonly file: LeftFile}
	| {readonly type: 'none'}
	| {readonly type: 'unclear'; readonly count: number};

/** What tools call a file that is not whole yet: yt-dlp, aria2, browsers, wget and curl wrappers, ani-cli, aniworld. */
const partial =
	/(?:\.(?:part|aria2|ytdl|tmp|temp|crdownload|download|partial|incomplete)|\.part-Frag\d+(?:\.part)?)$|\.temp[._]/i;

/** Which file is the result: the newest whole one that matches the pattern; without a pattern, the only whole one. */
export const chooseArtefact = (files: readonly LeftFile[], pattern: RegExp | undefined): Choice => {
	const whole = files.filter(file => file.size > 0 && !partial.test(file.path));
	const matching = pattern === undefined ? whole : whole.filter(file => pattern.test(file.path));
	const [first, ...others] = matching.toSorted((left, right) => right.modifiedAt - left.modifiedAt);
	if (first === undefined) return {type: 'none'};
	return pattern === undefined && others.length > 0
		? {type: 'unclear', count: matching.length}
		: {type: 'chosen', file: first};
};
