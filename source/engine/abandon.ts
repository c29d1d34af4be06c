import type {Job} from '../domain/job.ts';
import type {Core} from './core.ts';

/** Lets the provider end what it may have under way elsewhere for a job that was paused or cancelled while nothing ran. Never rejects. */
export const abandon = async (core: Core, job: Job): Promise<void> => {
	const provider = core.providerOf(job.provider);
	if (provider?.abandon === undefined || !job.isSourced) return;
	try {
		provider.abandon(job, await core.store.candidatesOf(job.id));
	} catch (error) {
		core.log.write(job.id, `what ${job.provider} has under way cannot be ended: ${String(error)}`);
	}
};
