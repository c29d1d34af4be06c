import {expect, test} from 'vitest';
import {renderToml} from '../../../source/config/describe.ts';
import {parseConfig, type Config} from '../../../source/config/load.ts';
import {profilesOf} from '../../../source/config/quality.ts';

const loaded = (text: string): Config => {
	const result = parseConfig(text, 'config.toml');
	if (!result.ok) throw new Error(result.problems.join('\n'));
	return result.config;
};

const problems = (text: string): readonly string[] => {
	const result = parseConfig(text, 'config.toml');
	return result.ok ? [] : result.problems;
};

const car = `[quality.car]
audio = [{format = "mp3", min_kbps = 190, max_kbps = 330}, {format = ["aac", "opus"], max_size_mb = 12}]
video = [{min_height = 500, max_height = 720, codec = "h264", container = ["mp4"]}]
good_enough = 1
take_others = true
`;

test('a profile of the configuration is read step by step, in the units of its keys', () => {
	expect(profilesOf(loaded(car)).find('CAR')).toEqual({
		name: 'car',
		audio: [
			{formats: ['mp3'], bitRate: {least: 190, most: 330}},
			{formats: ['aac', 'opus'], size: {most: 12_000_000}},
		],
		video: [{height: {least: 500, most: 720}, codecs: ['h264'], containers: ['mp4']}],
		goodEnough: 1,
		takesOthers: true,
	});
});

test('one that is called like a built-in profile takes its place', () => {
	const profiles = profilesOf(loaded('[quality.high]\naudio = [{format = "opus"}]'));
	expect(profiles.find('high')?.audio).toEqual([{formats: ['opus']}]);
	expect(profiles.isOwn('high')).toBe(true);
	expect(profilesOf(loaded('')).find('high')?.audio.length).toBeGreaterThan(1);
});

test('printed, it reads back as the same', () => {
	const config = loaded(`${car}[quality."a.b"]\nvideo = [{codec = "av1"}]\n`);
	expect(loaded(renderToml(config, 'printed'))).toEqual(config);
});

test('the profile that config.toml shows as a comment can be used as it stands', () => {
	const shown = renderToml(loaded(''), 'x').replaceAll(
		/^# (?=\[quality|(?:audio|video|good_enough|take_others) = )/gm,
		'',
	);
	expect(profilesOf(loaded(shown)).isOwn('car')).toBe(true);
});

test.each([
	['[quality.x]\naudio = [{format = "mp4"}]', 'must be one or a list of flac, alac'],
	['[quality.x]\naudio = [{fromat = "mp3"}]', 'did you mean format?'],
	['[quality.x]\nvidoe = []', 'did you mean video?'],
	['[quality.x]\ngood_enough = 1', 'says nothing: give it `audio` or `video`'],
	['[quality.x]\naudio = [{}]\ngood_enough = 2', 'is 2; there are 1 steps'],
	['[quality.x]\naudio = [{min_kbps = 320, max_kbps = 128}]', 'min_kbps of the first is more than max_kbps'],
	['[quality.x]\naudio = [{}]\n[quality.X]\naudio = [{}]', 'differs from another profile by capitals alone'],
	['[quality."a b"]\naudio = [{}]', 'must be a name of letters'],
	['[quality.x]\naudio = [{min_kbps = -1}]', 'must be at least 0'],
])('%j is refused with the place and a remedy', (text, words) => {
	expect(problems(text)).toHaveLength(1);
	expect(problems(text)[0]).toContain(words);
	expect(problems(text)[0]).toMatch(/^config\.toml:\d+: \[?quality/);
});
