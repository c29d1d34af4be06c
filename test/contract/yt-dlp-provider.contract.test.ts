import {createYtDlpProvider} from '../../source/providers/yt-dlp/index.ts';
import {providerContract} from './provider.contract.ts';

providerContract({
	name: 'yt-dlp',
	needs: ['yt-dlp', '--version'],
	create: () => createYtDlpProvider(),
	createWithoutTool: () => createYtDlpProvider({command: 'no-such-yt-dlp'}),
	// Each run begins by looking at the first bytes of the address.
	resumeSlack: 400_000,
});
