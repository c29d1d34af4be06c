/*
 * The shells' side of completion. Each asks `tidegate complete -- WORD…` for the words up to the cursor; the first line of
 * the answer is `files` where a file belongs, else `words`, and then come lines of a value, a tab and what it is. What was
 * typed is handed over as arguments and never evaluated.
 */

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const bash = `# tidegate completion for bash: eval "$(tidegate completion bash)" in ~/.bashrc
_tidegate() {
	local answer value
	mapfile -t answer < <(command tidegate complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
	COMPREPLY=()
	if [[ \${answer[0]:-} == files ]]; then
		compopt -o default
		return
	fi
	for value in "\${answer[@]:1}"; do
		printf -v value '%q' "\${value%%$'\\t'*}"
		COMPREPLY+=("$value")
	done
}
complete -F _tidegate tidegate
`;

const zsh = `#compdef tidegate
# tidegate completion for zsh: eval "$(tidegate completion zsh)" in ~/.zshrc, after compinit
_tidegate() {
	local -a answer described
	answer=("\${(@f)$(command tidegate complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
	if [[ \${answer[1]} == files ]]; then
		_files
		return
	fi
	local line
	for line in "\${(@)answer[2,-1]}"; do
		described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
	done
	_describe -V tidegate described
}
if [[ \${funcstack[1]:-} == _tidegate ]]; then _tidegate "$@"; else compdef _tidegate tidegate; fi
`;

const fish = `# tidegate completion for fish: tidegate completion fish | source in ~/.config/fish/config.fish
function __tidegate_complete
	set -l words (commandline -opc) (commandline -ct)
	set -l answer (command tidegate complete -- $words[2..-1] 2>/dev/null)
	if test "$answer[1]" = files
		__fish_complete_path (commandline -ct)
	else
		printf '%s\\n' $answer[2..-1]
	end
end
complete -c tidegate -f -k -a '(__tidegate_complete)'
`;

export const completionScripts: Readonly<Record<Shell, string>> = {bash, zsh, fish};
