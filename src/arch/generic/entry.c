/* arch/generic/entry.c: in C what x86_64/entry.S does by hand, as far as C can: vfork is fork; __sigsetjmp, setjmp and
 * getcontext are not interposed. */
#include "base.h"
#include <unistd.h>

EXPORT pid_t __vfork(void);
EXPORT pid_t vfork(void) { return fork(); }
EXPORT pid_t __vfork(void) { return fork(); }
