import {describe, expect, test} from 'vitest';
import {createCommandProvider} from '../../../source/providers/command/index.ts';
import {createYtDlpProvider} from '../../../source/providers/yt-dlp/index.ts';
import type {Track} from '../../../source/domain/track.ts';

const track: Track = {title: 'Jóga', artists: ['Björk', 'Guest']};

const make = (accepts: string | undefined) =>
	createCommandProvider({id: 'x', command: 'x', args: ['{source}'], accepts});

describe('who looks for a piece of music by its name', () => {
	test('yt-dlp only where a search was configured, and then it takes that search and addresses', () => {
		expect(createYtDlpProvider().sourceOfTrack).toBeUndefined();
		const provider = createYtDlpProvider({trackSearch: 'ytsearch1:'});
		const source = provider.sourceOfTrack?.(track) ?? '';
		expect(source).toBe('ytsearch1:Björk, Guest - Jóga');
		expect([source, 'https://e.org/', 'ytsearch1:', 'ytsearch5:x', 'scsearch1:x'].map(provider.accepts)).toEqual([
			true,
			true,
			false,
			false,
			false,
		]);
		expect(provider.canonical('ytsearch1:A - B')).toBe(provider.canonical(' ytsearch1:a - b'));
		expect(createYtDlpProvider().accepts(source)).toBe(false);
	});

	test('a tool of one’s own where it says that it takes such words', () => {
		expect(make('^[^:]+ - .+$').sourceOfTrack?.(track)).toBe('Björk, Guest - Jóga');
		expect(make('^https://').sourceOfTrack?.(track)).toBeUndefined();
		expect(make(undefined).sourceOfTrack).toBeUndefined();
	});
});
