import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {
	audioFormats,
	qualityOf,
	type AudioFacts,
	type AudioStep,
	type Bounds,
	type QualityProfile,
} from '../../source/domain/quality.ts';
import {ytDlpFormat} from '../../source/domain/quality-yt-dlp.ts';

const bounds = (most: number): fc.Arbitrary<Bounds> =>
	fc.record({least: fc.integer({min: 0, max: most}), most: fc.integer({min: 0, max: most})}, {requiredKeys: []});

const step: fc.Arbitrary<AudioStep> = fc.record(
	{
		formats: fc.uniqueArray(fc.constantFrom(...audioFormats), {minLength: 1, maxLength: 3}),
		bitRate: bounds(400),
		sampleRate: bounds(100_000),
		bitDepth: bounds(32),
		size: bounds(1000),
	},
	{requiredKeys: []},
);

const profile: fc.Arbitrary<QualityProfile> = fc.record({
	name: fc.constant('any'),
	audio: fc.array(step, {maxLength: 6}),
	video: fc.constant([]),
	goodEnough: fc.option(fc.integer({min: 1, max: 6}), {nil: undefined}),
	takesOthers: fc.boolean(),
});

/** Extensions that name their format; without a duration, nothing is worked out of the size. */
const facts: fc.Arbitrary<AudioFacts> = fc.record(
	{
		extension: fc.constantFrom('flac', 'alac', 'wav', 'aiff', 'mp3', 'aac', 'ogg', 'opus', 'wma', ''),
		bitRate: fc.integer({min: 1, max: 400}),
		sampleRate: fc.integer({min: 1, max: 100_000}),
		bitDepth: fc.integer({min: 1, max: 32}),
		size: fc.integer({min: 0, max: 1000}),
	},
	{requiredKeys: ['extension']},
);

/** The rule in the plainest words: every bound that is there holds, and a least one only of what is known. */
const fits = (wanted: AudioStep, file: AudioFacts): boolean =>
	(wanted.formats === undefined || (wanted.formats as readonly string[]).includes(file.extension)) &&
	(['bitRate', 'sampleRate', 'bitDepth', 'size'] as const).every(name => {
		const {least = -Infinity, most = Infinity} = wanted[name] ?? {};
		const value = file[name];
		return value === undefined ? wanted[name]?.least === undefined : value >= least && value <= most;
	});

const settings = {numRuns: Number(process.env['TIDEGATE_RUNS'] ?? 1000)};

test('a file stands at the first step that it fits, whatever the profile', () => {
	fc.assert(
		fc.property(profile, facts, (wanted, file) => {
			const first = wanted.audio.findIndex(one => fits(one, file)) + 1;
			const others = wanted.takesOthers || wanted.audio.length === 0 ? wanted.audio.length + 1 : undefined;
			const {step: found, isGoodEnough} = qualityOf(wanted, file);
			expect(found).toBe(first === 0 ? others : first);
			const isGood = first > 0 && first <= (wanted.goodEnough ?? 6);
			expect(isGoodEnough).toBe(wanted.audio.length === 0 || isGood);
		}),
		settings,
	);
});

test('a better step always has the better score, and what is not wanted has none', () => {
	fc.assert(
		fc.property(profile, facts, facts, (wanted, one, other) => {
			const [a, b] = [qualityOf(wanted, one), qualityOf(wanted, other)];
			for (const rank of [a, b]) {
				expect(rank.score).toBeLessThan(1);
				expect(rank.score > 0).toBe(rank.step !== undefined);
				expect(rank.reasons.length).toBeGreaterThan(0);
			}

			if (a.step !== undefined && b.step !== undefined && a.step < b.step) expect(a.score).toBeGreaterThan(b.score);
		}),
		settings,
	);
});

test('what yt-dlp is told has the form of its expressions, whatever the profile', () => {
	const filter = String.raw`\[(?:[a-z_]+(?:>=|<=\?)[\d.]+|[a-z]+~='\^\([\w|?]+\)\$?'|ext=\w+)\]`;
	const form = new RegExp(`^(?:b|ba|bv\\*)(?:${filter})*(?:\\+ba(?:${filter})*)?$`);
	fc.assert(
		fc.property(profile, wanted => {
			for (const part of (ytDlpFormat(wanted) ?? 'b').split('/')) expect(part).toMatch(form);
		}),
		settings,
	);
});
