import {describe, expect, test} from 'vitest';
import {exceptionsIn, readOrpheusLine} from '../../../../source/providers/orpheus/parse.ts';

const tab = ' '.repeat(8);

describe('a line of OrpheusDL', () => {
	test.each([
		['=== Downloading track Song t1 (t1) ===', {type: 'begun', what: 'track', name: 'Song t1', id: 't1'}],
		[`${tab}=== Downloading track A (B) (c) ===`, {type: 'begun', what: 'track', name: 'A (B)', id: 'c'}],
		['=== Downloading album My: Album? (A1) ===', {type: 'begun', what: 'album', name: 'My: Album?', id: 'A1'}],
		['=== Downloading track cut in the mid', {type: 'begun', what: 'track', name: 'cut in the mid', id: undefined}],
		['=== Track t1 downloaded ===', {type: 'ended', how: 'downloaded', id: 't1'}],
		[`${tab}=== Track 5f4zXd skipped ===`, {type: 'ended', how: 'skipped', id: '5f4zXd'}],
		['=== Track exc failed ===', {type: 'ended', how: 'failed', id: 'exc'}],
		['=== Track 789 failed due to strict quality requirements ===', {type: 'ended', how: 'too-poor', id: '789'}],
		['=== \u2705 Track completed ===', {type: 'ended', how: 'downloaded', id: undefined}],
		['=== \u2717 Track failed ===', {type: 'ended', how: 'failed', id: undefined}],
		['=== Album My: Album? downloaded ===', {type: 'words'}],
		['=== Album X downloaded (3/4 tracks) ===', {type: 'words'}],
		[`${tab}Warning: Track download failed: 'url'`, {type: 'warning', text: "'url'"}],
		[`${tab}Duration: 03m:50s`, {type: 'duration', seconds: 230}],
		[`${tab}Duration: 01h:02m:03s`, {type: 'duration', seconds: 3723}],
		[`${tab}Artists: Be Svendsen, Other (4082685)`, {type: 'artists', text: 'Be Svendsen, Other'}],
		[`${tab}Downloading track file`, {type: 'phase', phase: 'downloading'}],
		[`${tab}Tagging file`, {type: 'phase', phase: 'tagging'}],
		[`${tab}Track file already exists`, {type: 'words'}],
		['No modules are installed, quitting', {type: 'refusal', why: 'no-modules'}],
		['\tInvalid URL: "https://x/y"', {type: 'refusal', why: 'bad-address'}],
		[
			'New settings detected, or the configuration has been reset. Please update settings.json',
			{type: 'refusal', why: 'settings'},
		],
		['\t^C pressed - abort', {type: 'interrupted'}],
		['\tDeleting partially downloaded file "Song.mp3"', {type: 'interrupted'}],
		[`${tab}Album: ^C pressed (1)`, {type: 'words'}],
		['', {type: 'nothing'}],
		[' | |  | |_ __ _ __ | |__   ___ _   _ ___| |  | | |', {type: 'nothing'}],
		['  / __ \\           | |                  |  __ \\| |', {type: 'nothing'}],
	])('%s', (line, expected) => {
		expect(readOrpheusLine(line)).toMatchObject(expected);
	});

	test.each([
		['52%|\u2588\u2588\u2588\u2588\u2588\u258F    | 81.0k/157k [00:01<00:01, 60.5kB/s]', 82_944, 160_768, 0.52],
		['  0%|          | 0.00/157k [00:00<?, ?B/s]', 0, 160_768, 0],
		[
			'100%|\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588| 1.53M/1.53M [00:01<00:00, 1.2MB/s]',
			1_604_321,
			1_604_321,
			1,
		],
	])('a bar tells bytes and how much of all that is: %s', (line, bytes, total, share) => {
		expect(readOrpheusLine(`${tab}${tab}${line}`)).toEqual({type: 'progress', bytes, total, share});
	});

	test('a bar without a total tells bytes, and a bar of something else tells none', () => {
		expect(readOrpheusLine('81.0kB [00:01, 60.5kB/s]')).toEqual({type: 'progress', bytes: 82_944});
		expect(readOrpheusLine(' 52%|###  | 13/25 [00:01<00:01,  8.1it/s]')).toMatchObject({type: 'words'});
	});
});

test('of a traceback its last line and its place are kept, and the lines of code are not', () => {
	const lines = [
		'Traceback (most recent call last):',
		'  File "/opt/OrpheusDL/modules/qobuz/qobuz_api.py", line 34, in _get',
		"    raise self.exception('hunter2')",
		'socket.gaierror: [Errno -2] Name or service not known',
		'',
		'During handling of the above exception, another exception occurred:',
		'',
		'Traceback (most recent call last):',
		'  File "/opt/OrpheusDL/orpheus.py", line 225, in <module>',
		'    main()',
		'    ~~~~^^',
		'  File "/opt/OrpheusDL/modules/tidal/interface.py", line 363, in get_album_info',
		'    album = self.session.get(id)',
		'requests.exceptions.ConnectionError: Max retries exceeded',
	];
	expect(exceptionsIn(lines)).toEqual([
		{exception: 'requests.exceptions.ConnectionError: Max retries exceeded', where: 'modules/tidal/interface.py:363'},
		{exception: 'socket.gaierror: [Errno -2] Name or service not known', where: 'modules/qobuz/qobuz_api.py:34'},
	]);
	expect(JSON.stringify(exceptionsIn(lines))).not.toContain('hunter2');
});
