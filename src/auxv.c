/* auxv.c: see auxv.h. Async-signal-safe. */
#include "auxv.h"

#include <link.h>
#include <sys/auxv.h>

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

/* Before our constructor, when that of another library calls us, the C library's own look is the only one that needs no /proc. */
unsigned long auxv_get(unsigned long type) { return vector ? value_in(vector, type) : getauxval(type); }
