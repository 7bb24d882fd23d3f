/* An HTTP server that ends in order on SIGINT: on a free port of the loopback, or `http_server PORT`.
 *
 * It is the last example of Python's signal documentation: the handler does not throw, it writes to a socket pair that the
 * loop selects. Its printf is safe under sigtame only. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int interrupts[2];

static void on_interrupt(int sig) {
	printf("Signal handler called with signal %d\n", sig);
	(void)!write(interrupts[1], "", 1);
}

static int listen_on(unsigned short port) {
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int server = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(server, (void *)&address, length) != 0 || listen(server, 16) != 0 || getsockname(server, (void *)&address, &length) != 0)
		return -1;
	printf("Serving on port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return server;
}

static void handle_request(int server) {
	static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nspam\n";
	char request[4096];
	int client = accept(server, NULL, NULL);
	if (client < 0)
		return;
	if (read(client, request, sizeof request) > 0)
		(void)!write(client, answer, sizeof answer - 1);
	shutdown(client, SHUT_WR);
	close(client);
}

static void serve_forever(int server) {
	int most = server > interrupts[0] ? server : interrupts[0];
	for (;;) {
		fd_set readable;
		FD_ZERO(&readable);
		FD_SET(server, &readable);
		FD_SET(interrupts[0], &readable);
		if (select(most + 1, &readable, NULL, NULL, NULL) < 0)
			continue; /* EINTR: the handler has written */
		if (FD_ISSET(interrupts[0], &readable))
			return;
		if (FD_ISSET(server, &readable))
			handle_request(server);
	}
}

int main(int argc, char **argv) {
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, interrupts) != 0)
		return 1;
	signal(SIGINT, on_interrupt);
	int server = listen_on(argc > 1 ? (unsigned short)atoi(argv[1]) : 0);
	if (server < 0) {
		perror("http_server");
		return 1;
	}
	serve_forever(server);
	printf("Shutdown...\n");
	return 0;
}
