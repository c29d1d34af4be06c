import {testProvider} from '../support/http-run.ts';
import {providerContract} from './provider.contract.ts';

providerContract({
	name: 'http',
	create: () => testProvider(),
	// What was on the way when the first attempt was stopped.
	resumeSlack: 200_000,
});
