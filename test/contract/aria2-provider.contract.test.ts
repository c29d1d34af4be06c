import {createAria2Provider} from '../../source/providers/aria2/index.ts';
import {providerContract} from './provider.contract.ts';

providerContract({
	name: 'aria2',
	needs: ['aria2c', '--version'],
	create: runtimeDirectory => createAria2Provider({runtimeDirectory, interval: 100, connections: 2}),
	createWithoutTool: runtimeDirectory => createAria2Provider({runtimeDirectory, command: 'no-such-aria2c'}),
	// Of two connections, one is told to stop in the middle of its answer.
	resumeSlack: 400_000,
});
