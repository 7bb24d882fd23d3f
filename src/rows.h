/* rows.h: calls.def, but for the kinds of row that the includer has not defined. May be included again and again. */
#ifndef SAFEPOINT_AS
#define SAFEPOINT_AS(ret, name, nr, kind, params, names, args)
#endif
#ifndef SAFEPOINT_CHECKED
#define SAFEPOINT_CHECKED(ret, name, nr, kind, fits, params, names, args) SAFEPOINT_AS(ret, name, nr, kind, params, names, args)
#endif
#ifndef SAFEPOINT
#define SAFEPOINT(ret, name, nr, kind, params, args)
#endif
#ifndef SAFEPOINT_NONE
#define SAFEPOINT_NONE(ret, name, nr, kind) SAFEPOINT(ret, name, nr, kind, (void), (0))
#endif
#ifndef REGION
#define REGION(ret, name, kind, params, args)
#endif
#ifndef LOCK
#define LOCK(ret, name, attempt, lock, busy, params, args)
#endif
#ifndef CALL
#define CALL(ret, name, params, args)
#endif
#ifndef PLAIN
#define PLAIN(ret, name, kind, duty, params, args) CALL(ret, name, params, args)
#endif
#ifndef EXEC
#define EXEC(ret, name, path, params, args) CALL(ret, name, params, args)
#endif
#ifndef BYHAND
#define BYHAND(name)
#endif
#ifndef BEHIND
#define BEHIND(name)
#endif
#ifndef FORWARD
#define FORWARD(ret, name, params, args)
#endif
#include "calls.def"
#undef SAFEPOINT_AS
#undef SAFEPOINT
#undef SAFEPOINT_CHECKED
#undef SAFEPOINT_NONE
#undef REGION
#undef LOCK
#undef CALL
#undef PLAIN
#undef EXEC
#undef BYHAND
#undef BEHIND
#undef FORWARD
