import {createMemoryStore} from '../support/memory-store.ts';
import {describeJobStore} from './job-store.contract.ts';

describeJobStore('the memory store', async () => ({open: async () => createMemoryStore()}));
