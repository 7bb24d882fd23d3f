/* auxv.c: see auxv.h. Async-signal-safe. */
#include "auxv.h"

#include "arch/arch.h"
#include <fcntl.h>
#include <link.h>
#include <sys/syscall.h>

enum { LENGTH = 64 }; /* of a vector, at most; its types are fewer */

static const ElfW(auxv_t) *vector;

static bool is_known_part(const ElfW(auxv_t) *v) {
	return v[0].a_type == AT_PHDR && v[1].a_type == AT_PHENT && v[1].a_un.a_val == sizeof(ElfW(Phdr)) && v[2].a_type == AT_PHNUM;
}

void auxv_look(const void *address) {
	const ElfW(auxv_t) *v = address;
	if ((uintptr_t)address < (uintptr_t)__builtin_frame_address(0)) /* the program has moved its environment */
		return;
	while (v->a_type > AT_IGNORE && v->a_type < LENGTH && v->a_type != AT_PHDR)
		v++;
	if (is_known_part(v))
		vector = address;
}

static bool read_all(ElfW(auxv_t) *to, size_t size) {
	long fd = raw4(SYS_openat, AT_FDCWD, (long)"/proc/self/auxv", O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	long n = raw4(SYS_read, fd, (long)to, (long)size, 0);
	raw4(SYS_close, fd, 0, 0, 0);
	return n > 0;
}

/* Nothing else of that form lies above the frames of the thread that the program starts with. Before the vector's first lies
 * the environment: addresses, or 0. */
static const ElfW(auxv_t) *find_on_stack(void) {
	const ElfW(auxv_t) *v = __builtin_frame_address(0);
	while (!is_known_part(v))
		v = (const ElfW(auxv_t) *)((const uintptr_t *)v + 1);
	while (v[-1].a_type > AT_IGNORE && v[-1].a_type < LENGTH)
		v--;
	return v;
}

static unsigned long value_in(const ElfW(auxv_t) *v, unsigned long type) {
	while (v->a_type != type && v->a_type != AT_NULL)
		v++;
	return v->a_type == type ? v->a_un.a_val : 0;
}

/* A constructor of another library calls us before our own, or has changed the environment: in the first thread, as every way to
 * another goes by us. A loader that was started itself has written the program's headers into the vector on the stack alone. */
static const ElfW(auxv_t) *find(void) {
	static ElfW(auxv_t) copy[LENGTH]; /* the last stays AT_NULL */
	static bool reading;
	if (reading) /* the stub in C is looking up syscall() to read with */
		return find_on_stack();
	reading = true;
	bool is_whole = read_all(copy, sizeof copy - sizeof *copy) && value_in(copy, AT_BASE);
	reading = false;
	return is_whole ? copy : find_on_stack();
}

unsigned long auxv_get(unsigned long type) {
	if (vector == NULL)
		vector = find();
	return value_in(vector, type);
}
