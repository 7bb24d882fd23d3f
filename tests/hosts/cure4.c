/* Prints its results, buffered, and writes to a pipe (or a socket) whose reader has left. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
	int ends[2], use_socket = argc > 1 && !strcmp(argv[1], "socket");
	ssize_t written;

	if (use_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends))
		return 2;
	close(ends[0]);
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	printf("results, ");
	written = write(ends[1], "ping", 4);
	printf("write: %s\n", written < 0 ? strerror(errno) : "no error");
	return !(written == -1 && errno == EPIPE);
}
