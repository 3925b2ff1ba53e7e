/*
 * Looks a name up and connects, as a static program with a libc of its own does (musl): prints the first line that
 * the server sends to "GET /", or what went wrong.
 *
 * In: lookup NAME PORT
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;
	char answer[4096] = "", *body;
	size_t got = 0;
	ssize_t part;
	int result, connection;

	if (argc != 3)
		return 2;
	result = getaddrinfo(argv[1], argv[2], &hints, &found);
	if (result) {
		puts(gai_strerror(result));
		return 0;
	}
	connection = socket(found->ai_family, found->ai_socktype, 0);
	if (connect(connection, found->ai_addr, found->ai_addrlen)) {
		puts(strerror(errno));
		return 0;
	}
	if (write(connection, "GET / HTTP/1.0\r\n\r\n", 18) < 0)
		return 1;
	while (got < sizeof(answer) - 1 && (part = read(connection, answer + got, sizeof(answer) - 1 - got)) > 0)
		got += part;
	body = strstr(answer, "\r\n\r\n");
	fputs(body ? body + 4 : "nothing\n", stdout);
	return 0;
}
