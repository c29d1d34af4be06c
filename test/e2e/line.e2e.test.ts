import {expect, test} from 'vitest';
import {drops, hasTmux} from '../support/line.ts';
import {runLine} from '../support/line-run.ts';

// The long form is `npm run lab -- line`.
test('when lines drop, the downloads go on, and the next tidegate shows them', async context => {
	if (!hasTmux()) context.skip('needs tmux');
	const result = await runLine({drops, files: 8, seconds: 6});
	expect(result).toMatchObject({
		drops: 3,
		still: 0,
		schedulersLost: 0,
		interrupted: 0,
		completed: 8,
		wrongChecksums: 0,
		leftBehind: 0,
	});
});
