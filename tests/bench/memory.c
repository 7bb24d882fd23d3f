/* memory.c: the memory that this process alone has written to, once a handler has run and each of its threads has made a call.
 * memory THREADS */
#include "bench.h"
#include <pthread.h>

static pthread_barrier_t ready, over;

static void on_signal(int sig) { (void)sig; }

static void *thread(void *unused) {
	char byte;
	int zero = open("/dev/zero", O_RDONLY);
	(void)!read(zero, &byte, 1);
	close(zero);
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&over);
	return unused;
}

static long private_dirty_kib(void) {
	char line[256];
	long kib = -1;
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	while (file && fgets(line, sizeof line, file))
		sscanf(line, "Private_Dirty: %ld kB", &kib);
	return kib;
}

int main(int argc, char **argv) {
	long threads = argc > 1 ? atol(argv[1]) : 0;
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	pthread_barrier_init(&ready, NULL, (unsigned)threads + 1);
	pthread_barrier_init(&over, NULL, (unsigned)threads + 1);
	set_handler(SIGUSR1, on_signal, SA_RESTART);
	raise(SIGUSR1);
	for (long i = 0; i < threads; i++) {
		pthread_t id;
		if (pthread_create(&id, &small, thread, NULL) != 0)
			fail("pthread_create");
	}
	pthread_barrier_wait(&ready);
	print("bytes", (double)private_dirty_kib() * 1024);
	fflush(stdout);
	_exit(0);
}
