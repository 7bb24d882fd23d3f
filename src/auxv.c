/* auxv.c: see auxv.h. Async-signal-safe. */
#include "auxv.h"

#include "arch/arch.h"
#include <fcntl.h>
#include <link.h>
#include <sys/syscall.h>

static const ElfW(auxv_t) *vector;

void auxv_found(char **environment) {
	while (*environment)
		environment++;
	vector = (const ElfW(auxv_t) *)(environment + 1);
}

static unsigned long value_in(const ElfW(auxv_t) *v, unsigned long type) {
	while (v->a_type != type && v->a_type != AT_NULL)
		v++;
	return v->a_type == type ? v->a_un.a_val : 0;
}

/* A constructor of another library has called us. */
static unsigned long value_in_file(unsigned long type) {
	ElfW(auxv_t) entry;
	unsigned long value = 0;
	long fd = raw4(SYS_openat, AT_FDCWD, (long)"/proc/self/auxv", O_RDONLY | O_CLOEXEC, 0);
	while (fd >= 0 && raw4(SYS_read, fd, (long)&entry, sizeof entry, 0) == sizeof entry && entry.a_type != AT_NULL)
		if (entry.a_type == type)
			value = entry.a_un.a_val;
	if (fd >= 0)
		raw4(SYS_close, fd, 0, 0, 0);
	return value;
}

unsigned long auxv_get(unsigned long type) { return vector ? value_in(vector, type) : value_in_file(type); }
