import {describe, expect, test} from 'vitest';
import type {QualityProfile} from '../../../source/domain/quality.ts';
import {createProfiles} from '../../../source/domain/quality-profiles.ts';
import {aniCliQuality, orpheusDifference, orpheusLevelsFor} from '../../../source/domain/quality-tools.ts';
import {ytDlpFormat} from '../../../source/domain/quality-yt-dlp.ts';
import {ytDlpArguments} from '../../../source/providers/yt-dlp/arguments.ts';
import {createAniCliProvider} from '../../../source/providers/ani-cli/index.ts';
import {qualityNote, qualityProblem} from '../../../source/providers/orpheus/arguments.ts';
import {createOrpheusProvider} from '../../../source/providers/orpheus/index.ts';
import {createYtDlpProvider} from '../../../source/providers/yt-dlp/index.ts';

const empty: QualityProfile = {name: 'mine', audio: [], video: [], goodEnough: undefined, takesOthers: false};
const named = (name: string): QualityProfile => createProfiles().find(name) ?? empty;

describe('a profile in the words of yt-dlp', () => {
	test('each step is an alternative, the best first', () => {
		expect(ytDlpFormat({...empty, video: [{height: {least: 700, most: 800}}, {height: {most: 699}}]})).toBe(
			'bv*[height>=700][height<=?800]+ba/b[height>=700][height<=?800]/bv*[height<=?699]+ba/b[height<=?699]',
		);
	});

	test('codec, container and size are asked for as well, and others last', () => {
		const profile: QualityProfile = {
			...empty,
			video: [{codecs: ['h264'], containers: ['mp4'], size: {most: 5e8}}],
			takesOthers: true,
		};
		const most = "[vcodec~='^(avc|h264)'][filesize<=?500000000][filesize_approx<=?500000000][ext=mp4]";
		expect(ytDlpFormat(profile)).toBe(`bv*${most}+ba[ext=m4a]/b${most}/bv*+ba/b/ba`);
	});

	test('a least size is looked for where sites tell it, and where it can be worked out', () => {
		expect(ytDlpFormat({...empty, audio: [{size: {least: 1000}}]})).toBe(
			'ba[filesize>=1000]/ba[filesize_approx>=1000]',
		);
	});

	test('what yt-dlp cannot know is no alternative', () => {
		expect(ytDlpFormat({...empty, audio: [{bitDepth: {least: 24}}]})).toBeUndefined();
		expect(ytDlpFormat({...empty, audio: [{bitDepth: {least: 24}}], takesOthers: true})).toBe('ba/b');
	});
});

const problemOfAniCli = (quality: string): string | undefined =>
	createAniCliProvider().problemWith?.('ani-cli:Some Series', {episode: 1, quality});

describe('a quality that a job names', () => {
	const files = {directory: '/job', partial: '/job/partial', source: '/job/source.txt', cookies: undefined};
	const formatOf = (quality: string, own: readonly QualityProfile[] = []): string | undefined => {
		const settings = {format: undefined, extraArgs: [], profiles: createProfiles(own)};
		const built = ytDlpArguments({options: {quality}}, settings, files, undefined);
		return built.ok ? built.args[built.args.indexOf('-f') + 1] : built.problem;
	};

	test('is a word of yt-dlp first, as it always was, unless a person has a profile of that name', () => {
		expect(formatOf('best')).toBe('bv*+ba/b');
		expect(formatOf('1080p')).toContain('[height<=?1080]');
		expect(formatOf('best', [{...empty, name: 'best', video: [{codecs: ['av1']}]}])).toContain('av0?1');
	});

	test('is a profile otherwise', () => {
		expect(formatOf('lossless')).toBe(ytDlpFormat(named('lossless')));
	});

	test('is refused before it is queued where neither knows it, with the names of the profiles', () => {
		const refusal = createYtDlpProvider().problemWith?.('https://example.org/x', {quality: 'shiny'});
		expect(refusal).toMatch(/^yt-dlp knows no quality "shiny"; use best, .*lossless, high, small/);
		expect(createYtDlpProvider().problemWith?.('https://example.org/x', {quality: 'high'})).toBeUndefined();
		expect(createYtDlpProvider().problemWith?.('https://example.org/x', {})).toBeUndefined();
	});

	test('of ani-cli is a height, a word of its own or a profile for films', () => {
		for (const word of ['best', 'worst', '720', '1080p', 'small']) expect(problemOfAniCli(word), word).toBeUndefined();
		expect(problemOfAniCli('lossless')).toContain('says nothing of films; those for films are small, best, 1080p');
		expect(problemOfAniCli('shiny')).toContain('or a profile for films: small, best, 1080p');
	});
});

describe('a profile in the words of ani-cli', () => {
	test.each([
		[[{height: {least: 530, most: 720}}], '720'],
		[[{height: {least: 1500}}], 'best'],
		[[{codecs: ['h264'] as const}], 'best'],
		[[{height: {most: 60}}], 'worst'],
		[[{height: {most: 480.5}}], '480'],
	])('%j', (video, term) => {
		expect(aniCliQuality({...empty, video})?.term).toBe(term);
	});

	test('what it cannot be asked for is told', () => {
		expect(aniCliQuality({...empty, video: [{codecs: ['av1']}]})?.lost).toContain('codec, container and size');
		expect(aniCliQuality(named('720p'))?.lost).toContain('takes the best that there is');
		expect(aniCliQuality(named('lossless'))).toBeUndefined();
	});
});

describe('a profile and the settings of OrpheusDL', () => {
	test('agree, or what to change is told', () => {
		expect(orpheusLevelsFor(named('high'))[0]).toBe('high');
		expect(orpheusLevelsFor(named('small'))[0]).toBe('low');
		expect(orpheusDifference(named('high'), 'high')).toBeUndefined();
		expect(orpheusDifference(named('lossless'), 'hifi')).toBeUndefined();
		expect(orpheusDifference(named('lossless'), 'high')).toMatch(
			/"high"; the profile lossless asks for "hifi" or "lossless"/,
		);
		expect(orpheusDifference(named('lossless'), 'lossless')).toBeUndefined();
	});

	test.each([
		['small', 'low', undefined, undefined],
		['small', 'lossless', undefined, 'asks for "low"'],
		['mine', 'hifi', undefined, undefined],
		['mine', 'high', 'asks for "hifi"', undefined],
		// A word of its own first.
		['high', 'lossless', 'another quality', undefined],
		['shiny', 'high', 'use hifi, lossless, high, medium, low, minimum, or a profile: lossless', undefined],
	])('--quality %s with settings of %s', (wanted, configured, problem, note) => {
		const profiles = createProfiles([{...empty, audio: [{bitDepth: {least: 24}}]}]);
		const [refusal, told] = [qualityProblem(wanted, configured, profiles), qualityNote(wanted, configured, profiles)];
		if (problem === undefined) {
			expect(refusal).toBeUndefined();
			expect(told ?? '').toContain(note ?? '');
			expect(told === undefined).toBe(note === undefined);
		} else expect(refusal).toContain(problem);
	});

	test('a word that nobody knows is refused before it is queued', () => {
		const provider = createOrpheusProvider({directories: ['/opt/orpheus']});
		const refusal = provider.problemWith?.('https://example.org/track/1', {quality: 'shiny'});
		expect(refusal).toMatch(/^orpheus: it cannot be asked for the quality "shiny"; use hifi/);
		for (const quality of ['hifi', 'small', 'lossless']) {
			expect(provider.problemWith?.('orpheus:deezer/track/1', {quality})).toBeUndefined();
		}
	});

	test('a profile for films says nothing to it, and a level that nobody knows is told', () => {
		expect(orpheusDifference(named('720p'), 'low')).toBeUndefined();
		expect(orpheusDifference(named('high'), 'shiny')).toContain('asks for "high"');
		expect(orpheusDifference({...empty, audio: [{formats: ['aiff']}]}, 'high')).toContain('has no download_quality');
	});
});
