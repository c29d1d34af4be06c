import {expect, test} from 'vitest';
import {mixInProcesses} from '../support/mixes-process.ts';

test('no mix of keys, pastes, sizes and updates hits a job that was not meant, breaks the screen or leaves the window', async () => {
	const [seen] = await mixInProcesses({seed: 1, count: 1200, processes: 1});
	expect(seen).toMatchObject({wrongTargets: [], crashes: [], overflows: [], pasted: []});
	// Without this the lists would be empty for want of anything to look at.
	expect(seen?.compared).toBeGreaterThan(3);
});
