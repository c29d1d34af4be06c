import type {Holder} from '../system/lock.ts';

/** Who holds a data directory, in words. */
export const holderWords = (holder: Holder | undefined): string =>
	holder === undefined ? 'another scheduler' : `the scheduler with pid ${holder.pid}, started ${holder.started},`;
