/* slow_malloc.c: an object that brings malloc, which waits for its lock, on request, by making calls. */
#include "host.h"
#include <sched.h>

extern void *__libc_malloc(size_t size);
volatile sig_atomic_t slow_malloc_wanted, slow_malloc_inside;

void *malloc(size_t size) {
	if (slow_malloc_wanted) {
		struct timespec a_while = {0, 2000000};
		slow_malloc_inside = 1;
		for (int i = 0; i < 1000; i++)
			sched_yield();
		nanosleep(&a_while, NULL);
		slow_malloc_inside = 0;
	}
	return __libc_malloc(size);
}
