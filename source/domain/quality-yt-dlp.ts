import type {AudioFormat, AudioStep, Bounds, QualityProfile, VideoCodec, VideoStep} from './quality.ts';

/**
 * A profile as yt-dlp's `-f` says it: one alternative after the other, the best first (syntax checked with 2023.03.04).
 * Undefined where yt-dlp can know nothing of what the profile asks for, such as a bit depth.
 */
export const ytDlpFormat = (profile: QualityProfile): string | undefined => {
	const {video, audio, takesOthers} = profile;
	const others = !takesOthers ? [] : video.length > 0 ? ['bv*+ba', 'b', 'ba'] : ['ba', 'b'];
	const alternatives = [
		...video.flatMap(step => videoAlternatives(step, audio.length > 0)),
		...audio.flatMap(step => audioAlternatives(step)),
		...others,
	];
	return alternatives.length === 0 ? undefined : [...new Set(alternatives)].join('/');
};

/** How yt-dlp names what is in a file, at its beginning: the names of RFC 6381 and those of FFmpeg. */
const videoNames: Readonly<Record<VideoCodec, string>> = {
	h264: 'avc|h264',
	h265: 'hev1|hvc1|hevc|h265',
	vp9: 'vp0?9',
	av1: 'av0?1',
};

const audioNames: Readonly<Record<AudioFormat, string | undefined>> = {
	flac: 'flac',
	alac: 'alac',
	wav: 'pcm',
	aiff: undefined,
	mp3: 'mp3',
	aac: 'aac|mp4a',
	ogg: 'vorbis',
	opus: 'opus',
};

/** Extensions that say the format by themselves, for sites that do not tell the codec. */
const extensions: Readonly<Record<AudioFormat, string | undefined>> = {
	flac: 'flac',
	alac: undefined,
	wav: 'wav',
	aiff: 'aiff?',
	mp3: 'mp3',
	aac: 'm4a|aac',
	ogg: 'ogg|oga',
	opus: 'opus',
};

/**
 * @param isOfBoth the profile is one for music as well: where a site has nothing but music, `b` would take any of it
 * (2023.03.04), and what the profile says of music would never be looked at
 */
const videoAlternatives = ({height, codecs, containers, size}: VideoStep, isOfBoth: boolean): readonly string[] => {
	const single = isOfBoth ? 'b[vcodec!=?none]' : 'b';
	const plain = `${filter('height', height)}${codecs === undefined ? '' : oneOf('vcodec', codecs, videoNames)}`;
	return sizes(size).flatMap(sized =>
		(containers ?? [undefined]).flatMap(container => {
			const all = `${plain}${sized}${container === undefined ? '' : `[ext=${container}]`}`;
			const sound = container === 'mp4' ? 'ba[ext=m4a]' : container === 'webm' ? 'ba[ext=webm]' : 'ba';
			// Nothing puts two streams together to Matroska on its own account: such a file is one, or is none.
			return container === 'mkv' ? [`${single}${all}`] : [`bv*${all}+${sound}`, `${single}${all}`];
		}),
	);
};

const audioAlternatives = ({formats, bitRate, sampleRate, bitDepth, size}: AudioStep): readonly string[] => {
	// yt-dlp tells no bit depth, and what is unknown reaches no lower bound.
	if (bitDepth?.least !== undefined) return [];
	const plain = `${filter('abr', bitRate)}${filter('asr', sampleRate)}`;
	const kinds =
		formats === undefined
			? ['']
			: [oneOf('acodec', formats, audioNames), oneOf('ext', formats, extensions, '$')].filter(kind => kind !== '');
	return kinds.flatMap(kind => sizes(size).map(sized => `ba${kind}${plain}${sized}`));
};

const filter = (field: string, bounds: Bounds | undefined): string =>
	[
		bounds?.least === undefined ? '' : `[${field}>=${bounds.least}]`,
		bounds?.most === undefined ? '' : `[${field}<=?${bounds.most}]`,
	].join('');

/** Some sites tell the size, others let it be worked out. */
const sizes = (size: Bounds | undefined): readonly string[] => {
	const most = size?.most === undefined ? {} : {most: size.most};
	const upper = `${filter('filesize', most)}${filter('filesize_approx', most)}`;
	return size?.least === undefined
		? [upper]
		: ['filesize', 'filesize_approx'].map(field => `[${field}>=${size.least}]${upper}`);
};

const oneOf = <Name extends string>(
	field: string,
	wanted: readonly Name[],
	names: Readonly<Record<Name, string | undefined>>,
	end = '',
): string => {
	const known = wanted.map(name => names[name]).filter(name => name !== undefined);
	return known.length === 0 ? '' : `[${field}~='^(${known.join('|')})${end}']`;
};
