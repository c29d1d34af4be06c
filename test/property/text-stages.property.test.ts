import {describe, expect, test} from 'vitest';
import {hostileTexts} from '../support/hostile-text.ts';
import {checkLog, textStages} from '../support/text-stages.ts';

/*
 * The short form of `npm run lab -- text`. Mutations tried, each of which it kills: `cleanText` without U+2028, without
 * its marks; `fit` without cleaning; `plain` without cleaning; `safeName` without its separators; a job log
 * whose lines are not cleaned.
 */

describe('3,000 hostile titles and lines leave nothing behind that a terminal would obey, and forge nothing', () => {
	test.each(textStages)('$name', ({check, every}) => {
		const next = hostileTexts(20_260_314);
		const wrong: string[] = [];
		for (let index = 0; index < 3000; index++) {
			const text = next();
			// The slow ways see a third of what the others see.
			if (every >= 10 && index % 3 !== 0) continue;
			const problem = check(text, index);
			if (problem !== undefined) wrong.push(`${JSON.stringify(text.slice(0, 200))}: ${problem}`);
		}

		expect(wrong).toEqual([]);
	});

	test('job logs', async () => {
		const next = hostileTexts(20_260_315);
		expect(await checkLog(Array.from({length: 3000}, () => next()))).toEqual([]);
	});
});
