/*
 * Becomes root and runs a command, for a scratch host's only user (scratch-host.ts): what sudo(8) does where
 * nobody is asked for a password. Set-uid on a file system that nobody else has mounted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **words)
{
	char caller[16];

	snprintf(caller, sizeof(caller), "%d", (int)getuid());
	if (count < 2 || setgid(0) || setuid(0) || setenv("SUDO_UID", caller, 1) || setenv("HOME", "/root", 1))
		return 1;
	execvp(words[1], words + 1);
	perror(words[1]);
	return 127;
}
