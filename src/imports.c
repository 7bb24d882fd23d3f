/* imports.c: functions of the C library that stand in our code under their own names: each is found when it is first called. As
 * an import it would cost the loader six hundred instructions at every start. What symbol.c and this file call must not stand here.
 * Called by the whole library, and by the compiler's code. Async-signal-safe. */
#include "next.h"

#include <pthread.h>
#include <time.h>

#define FORWARD(ret, name, params, args)                                  \
	__attribute__((visibility("hidden"))) ret name params;            \
	ret name params { return ((ret(*) params)next_get(NEXT_##name)) args; }
#include "rows.h"
