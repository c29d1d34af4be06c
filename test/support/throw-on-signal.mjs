/*
 * Preloaded into the built program with `--import`: makes it fail in ways that nobody has foreseen, when a test asks for it.
 */
process.on('SIGUSR2', () => {
	const cause = new Error('the inner one, with password=hunter2-canary');
	const error = new Error('a defect at https://user:pw-canary@example.org/?token=token-canary \u001B[31m', {cause});
	if (process.env['FAIL_AS'] === 'rejection') void Promise.reject(error);
	else throw error;
});
