import {describe, expect, test} from 'vitest';
import {isGoodEnough, qualityOf, rank, type AudioFacts, type QualityProfile} from '../../../source/domain/quality.ts';
import {builtInProfiles, createProfiles} from '../../../source/domain/quality-profiles.ts';

const named = (name: string): QualityProfile => {
	const found = createProfiles().find(name);
	if (found === undefined) throw new Error(`there is no profile ${name}`);
	return found;
};

const flac: AudioFacts = {extension: '.flac', bitDepth: 16, sampleRate: 44_100, size: 30_000_000, duration: 240};
const mp3 = (bitRate: number | undefined): AudioFacts => ({extension: 'MP3', bitRate});

describe('a profile for music', () => {
	test('lossless takes FLAC and refuses MP3, and says why', () => {
		expect(qualityOf(named('lossless'), flac)).toMatchObject({
			step: 1,
			isGoodEnough: true,
			reasons: ['flac', '16 bit', '44.1 kHz', 'step 1 of 3'],
		});
		expect(qualityOf(named('lossless'), mp3(320))).toEqual({
			step: undefined,
			score: 0,
			isGoodEnough: false,
			reasons: ['mp3 is not asked for'],
		});
	});

	test('high prefers what plays at more, and takes lossless where there is nothing else', () => {
		const score = (facts: AudioFacts): number => qualityOf(named('high'), facts).score;
		const order = [score(mp3(320)), score(mp3(245)), score(flac), score(mp3(128))];
		expect(order).toEqual(order.toSorted((a, b) => b - a));
		expect(order.at(-2)).toBeGreaterThan(0);
		expect(order.at(-1)).toBe(0);
		expect(isGoodEnough(named('high'), {kind: 'audio', ...flac})).toBe(false);
	});

	test('a rate that the size belies counts as what the size allows', () => {
		const lie: AudioFacts = {extension: 'mp3', bitRate: 320, size: 3_840_000, duration: 240};
		const told = qualityOf(named('high'), lie);
		expect(told.step).toBeUndefined();
		expect(told.reasons.join()).toContain('128 of 220 kbit/s');
		expect(qualityOf(named('small'), lie).reasons).toContain('not 320 as it says');
	});

	test('a rate that nobody tells is worked out of size and duration', () => {
		expect(qualityOf(named('high'), {extension: 'mp3', size: 9_600_000, duration: 240}).step).toBe(1);
	});

	test('what is unknown reaches no lower bound and breaks no upper one', () => {
		expect(qualityOf(named('high'), mp3(undefined))).toMatchObject({step: undefined});
		expect(qualityOf(named('high'), mp3(undefined)).reasons[0]).toBe('kbit/s unknown, 310 wanted');
		expect(qualityOf(named('small'), mp3(undefined)).step).toBe(4);
	});

	test('m4a is ALAC where it says so many bits, else AAC', () => {
		expect(qualityOf(named('lossless'), {extension: 'm4a', bitDepth: 16, sampleRate: 44_100}).step).toBe(2);
		expect(qualityOf(named('lossless'), {extension: 'm4a', bitRate: 900}).step).toBe(2);
		expect(qualityOf(named('lossless'), {extension: 'm4a', bitRate: 256}).step).toBeUndefined();
	});

	test('sizes are bounds as well', () => {
		const profile: QualityProfile = {...named('lossless'), audio: [{formats: ['flac'], size: {most: 10_000_000}}]};
		expect(qualityOf(profile, flac).reasons).toEqual(['30000000 bytes, more than 10000000']);
		expect(qualityOf(profile, {...flac, size: undefined}).step).toBe(1);
	});

	test('other formats are taken last, where the profile takes them, and never named like a property of objects', () => {
		expect(qualityOf(named('best'), {extension: 'wma', bitRate: 192})).toMatchObject({step: 10, isGoodEnough: false});
		expect(qualityOf(named('lossless'), {extension: 'constructor'}).reasons).toEqual(['constructor is not asked for']);
		expect(qualityOf(named('lossless'), {extension: ''}).reasons).toEqual(['an unknown format is not asked for']);
	});

	test('a profile that says nothing of music takes all of it', () => {
		expect(qualityOf(named('720p'), mp3(128))).toMatchObject({step: 1, isGoodEnough: true});
	});
});

describe('a profile for films', () => {
	test('takes the greatest height up to its own', () => {
		const order = [1080, 800, 720, 480, 2160].map(height => rank(named('1080p'), {kind: 'video', height}).score);
		expect(order).toEqual(order.toSorted((a, b) => b - a));
		expect(new Set(order).size).toBe(order.length);
		expect(order.at(-1)).toBe(0);
	});

	test('asks for codecs and containers', () => {
		const profile: QualityProfile = {
			...named('720p'),
			video: [{codecs: ['h264'], containers: ['mp4']}, {codecs: ['h264']}],
		};
		expect(rank(profile, {kind: 'video', codec: 'h264', container: 'mp4'}).step).toBe(1);
		expect(rank(profile, {kind: 'video', codec: 'h264', container: 'mkv'}).step).toBe(2);
		expect(rank(profile, {kind: 'video', codec: 'av1'}).reasons).toEqual(['av1 is not asked for']);
		expect(rank(profile, {kind: 'video'}).reasons).toEqual(['an unknown codec is not asked for']);
	});
});

describe('names of profiles', () => {
	test('a profile of a person replaces the built-in one of its name, whatever its case', () => {
		const own: QualityProfile = {...named('high'), name: 'High', audio: [{formats: ['opus']}]};
		const profiles = createProfiles([own]);
		expect(profiles.find('HIGH')).toBe(own);
		expect(profiles.isOwn('high')).toBe(true);
		expect(profiles.isOwn('small')).toBe(false);
		expect(profiles.names).toHaveLength(builtInProfiles.length);
	});

	test('there is none that nobody wrote', () => {
		for (const name of ['', 'constructor', '__proto__']) expect(createProfiles().find(name)).toBeUndefined();
	});
});
